/** A rig whose processes are killed: told apart by role, started again, and never left behind. */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sendCommand } from "../../../src/control/client.ts";
import type { Answer, Command } from "../../../src/control/protocol.ts";
import { isAlive } from "../../../src/control/run-dir.ts";
import type { ApplianceStatus } from "../../../src/control/status.ts";
import type { SimOptionsInput } from "../../../src/sim/options.ts";
import type { SessionReport } from "../../../src/sim/report.ts";
import { processesOf, until } from "../helpers/folder.ts";
import { ours, Rig } from "../helpers/rig.ts";
import { Relay } from "./relay.ts";
import { worldToml } from "./toml.ts";

export interface Pids {
  launcher: number;
  control: number;
  guard: number;
  engine: number;
}

export interface WorldOptions {
  /** Text of the strategy; it takes every_us. */
  strategy: string;
  sim?: SimOptionsInput;
  /** Of the engine in a minute; 0 = none at all. */
  restarts?: number;
  core?: number;
  durable?: "interval" | "always";
  /** Records the engine's inputs, for a replay. */
  capture?: boolean;
  /** Further keys of [[session]]. */
  session?: string;
  /** [guard] timeout_ms; the default is far above what a busy machine does to an engine. */
  guardMs?: number;
  /** warmup_iterations: few, since these tests are not about speed. */
  warmup?: number;
  /** The order session passes a relay that notes when it ends. */
  isRelayed?: boolean;
}

export class World extends Rig {
  /** Session date, YYYYMMDD: the same for every start, also over midnight. */
  readonly date = new Date().toISOString().slice(0, 10).replaceAll("-", "");

  isCaptured = false;

  /** Only with isRelayed. */
  relay!: Relay;

  get journal(): string {
    return join(this.folder, "journal", this.date);
  }

  /** Simulator and appliance, until it could be armed. */
  async begin(o: WorldOptions): Promise<void> {
    this.isCaptured = o.capture === true;
    const flow = { rate: 500, ordersPerSymbol: 40 };
    const venue = await this.startSim({ flow, ...o.sim });
    writeFileSync(join(this.folder, "strategy.ts"), o.strategy);
    if (o.isRelayed === true) this.relay = new Relay(venue.fix);
    const config = worldToml({
      name: this.name,
      date: this.date.replace(/(....)(..)(..)/, "$1-$2-$3"),
      venue,
      fixPort: this.relay?.port ?? venue.fix.port,
      guardMs: o.guardMs ?? 3000,
      strategy: "strategy.ts",
      warmup: o.warmup ?? 500,
      restarts: o.restarts ?? 1000,
      core: o.core ?? -1,
      durable: o.durable ?? "interval",
      capture: o.capture ?? false,
      session: o.session ?? "",
    });
    writeFileSync(this.config, config);
    this.run();
    await this.standby("disarmed");
  }

  /** Up and in sync with the venue, in one of these states, with nothing open. */
  standby(
    wanted: "disarmed" | "killed" | readonly string[],
    isEngine: (pid: number) => boolean = () => true,
  ): Promise<ApplianceStatus> {
    const states = typeof wanted === "string" ? [wanted] : wanted;
    return this.reach(
      `${states.join(" or ")}, session up, nothing open`,
      (s) =>
        states.includes(s.state) &&
        isEngine(s.engines[0]!.pid) &&
        s.engines[0]!.isAlive &&
        s.engines[0]!.state === s.state &&
        s.sessions[0]!.state === "up" &&
        s.engines[0]!.openOrders === 0 &&
        s.guard.isAlive,
      15_000,
    );
  }

  /** Arms as a person does, and waits until it trades. */
  async armAndTrade(timeoutMs = 15_000): Promise<ApplianceStatus> {
    await this.reach("a live feed", (s) => s.feeds[0]!.state === "live", timeoutMs);
    const before = this.sent(this.status);
    await this.insist("arm");
    return this.reach(
      "orders sent",
      (s) => s.engines[0]!.state === "armed" && this.sent(s) > before,
      timeoutMs,
    );
  }

  sent(status: ApplianceStatus): number {
    return status.engines[0]!.counters.order_sent ?? 0;
  }

  /** Sends a command until somebody answers: control may be on its way back. */
  async insist(command: "arm" | "disarm" | "kill", timeoutMs = 10_000): Promise<void> {
    const endMs = performance.now() + timeoutMs;
    for (;;) {
      try {
        await this.ask(command);
        return;
      } catch (error) {
        if (performance.now() > endMs) throw error;
      }
      await Bun.sleep(10);
    }
  }

  /** The answer to a command, also when it is a refusal. */
  tell(command: Command): Promise<Answer> {
    return sendCommand(this.socket, command);
  }

  /** Until the session's side of the relay has ended. */
  async ended(timeoutMs = 10_000): Promise<void> {
    const endMs = performance.now() + timeoutMs;
    while (this.relay.endedMs === 0) {
      if (performance.now() > endMs) throw new Error("the order session was not shut");
      await Bun.sleep(1);
    }
  }

  /** Until the venue has seen the end of the session and holds no order of ours. */
  async allCanceled(): Promise<void> {
    let venue = await this.venueSession();
    await until(
      "a venue that has cancelled all",
      async () => {
        venue = await this.venueSession();
        return !venue.connected && venue.orders.every((order) => order.state !== "open");
      },
      10_000,
      () => JSON.stringify(venue.orders.filter((order) => order.state === "open")),
    );
  }

  /** Until the venue holds no order of ours, over a session that is up: cancelled by us. */
  async nothingRests(): Promise<SessionReport> {
    let venue = await this.venueSession();
    await until(
      "a venue without an open order, and the session up",
      async () => {
        venue = await this.venueSession();
        return venue.connected && venue.orders.every((order) => order.state !== "open");
      },
      10_000,
      () => `connected: ${venue.connected}`,
    );
    return venue;
  }

  pids(): Pids {
    return {
      launcher: this.appliance.process.pid,
      control: this.status.control.pid,
      guard: this.status.guard.pid,
      engine: this.status.engines[0]!.pid,
    };
  }

  /** What the venue knows of us. */
  async venueSession(): Promise<SessionReport> {
    return ours(await this.report())!;
  }

  /** Ends what is left of a launcher that was killed, and starts another one. */
  async runAgain(): Promise<void> {
    await this.appliance.process.exited;
    const { epoch } = this.status;
    this.run();
    // What answers at first may be left of the old run.
    await this.reach("another run", (s) => s.epoch > epoch, 20_000);
  }

  override async end(): Promise<void> {
    try {
      await super.end();
    } finally {
      this.relay?.stop();
      for (const line of processesOf(this.folder)) signal(Number(line.split(" ")[0]), "SIGKILL");
      // The name is this test's alone, so are its segments.
      const segments = readdirSync("/dev/shm").filter((f) => f.startsWith(`hairpin-${this.name}-`));
      for (const name of segments) rmSync(join("/dev/shm", name), { force: true });
      rmSync(this.folder, { recursive: true, force: true });
    }
  }
}

/** A world for one test; what its processes said comes with a failure. */
export async function inWorld(
  name: string,
  options: WorldOptions,
  body: (world: World) => Promise<void>,
): Promise<void> {
  const world = new World(`${name}${process.pid}`);
  try {
    await world.begin(options);
    await body(world);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new Error(`${text}\n${world.appliance?.err ?? ""}`);
  } finally {
    await world.end();
  }
}

/** False when there is no such process any more. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}

export { isAlive };
