/** A rig whose processes are killed: told apart by role, started again, and never left behind. */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "../../../src/control/run-dir.ts";
import type { ApplianceStatus } from "../../../src/control/status.ts";
import type { SimOptionsInput } from "../../../src/sim/options.ts";
import type { SessionReport } from "../../../src/sim/report.ts";
import { BINARY } from "../helpers/binary.ts";
import type { ConfigParts } from "../helpers/config.ts";
import { processesOf } from "../helpers/folder.ts";
import { ours, Rig } from "../helpers/rig.ts";

export interface Pids {
  launcher: number;
  control: number;
  guard: number;
  engine: number;
}

export interface WorldOptions {
  /** Written to the folder beside the config. */
  files?: Record<string, string>;
  parts?: ConfigParts;
  sim?: SimOptionsInput;
  /** [guard] timeout_ms; the default is far above what a busy machine does to an engine. */
  guardMs?: number;
}

export class World extends Rig {
  /** Session date, YYYYMMDD: the same for every start, also over midnight. */
  readonly date = new Date().toISOString().slice(0, 10).replaceAll("-", "");

  get journal(): string {
    return join(this.folder, "journal", this.date);
  }

  /** Simulator and appliance, until it could be armed. */
  async begin(o: WorldOptions = {}): Promise<void> {
    await this.startSim(o.sim ?? {});
    for (const [name, text] of Object.entries(o.files ?? {})) {
      writeFileSync(join(this.folder, name), text);
    }
    const date = this.date.replace(/(....)(..)(..)/, "$1-$2-$3");
    this.writeConfig({
      appliance: `session_date = "${date}"\nrestarts_per_minute = 1000\n`,
      journal: `[journal]\ndir = "journal"\nring_mib = 4\n[guard]\ntimeout_ms = ${o.guardMs ?? 3000}\n`,
      engine: ENGINE,
      session: sessionOf(this.venue.fix),
      ...o.parts,
    });
    this.run();
    await this.standby("disarmed");
  }

  /** Up and in sync with the venue, in this state, with nothing open. */
  standby(state: "disarmed" | "killed", timeoutMs = 15_000): Promise<ApplianceStatus> {
    return this.reach(
      `${state}, session up, nothing open`,
      (s) =>
        s.state === state &&
        s.engines[0]!.isAlive &&
        s.engines[0]!.state === state &&
        s.sessions[0]!.state === "up" &&
        s.engines[0]!.openOrders === 0 &&
        s.guard.isAlive,
      timeoutMs,
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
    this.run();
  }

  override async end(): Promise<void> {
    try {
      await super.end();
    } finally {
      for (const line of processesOf(this.folder)) signal(Number(line.split(" ")[0]), "SIGKILL");
      // The name is this test's alone, so are its segments.
      const segments = readdirSync("/dev/shm").filter((f) => f.startsWith(`hairpin-${this.name}-`));
      for (const name of segments) rmSync(join("/dev/shm", name), { force: true });
      rmSync(this.folder, { recursive: true, force: true });
    }
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

export { BINARY, isAlive };

const ENGINE = `[[engine]]
name = "main"
arm = "manual"
restart = true
warmup_iterations = 500
keep_warm = false
`;

function sessionOf(fix: { address: string; port: number; venueCompId: string }): string {
  return `[[session]]
name = "orders"
address = "${fix.address}:${fix.port}"
sender_comp_id = "TESTER"
target_comp_id = "${fix.venueCompId}"
heartbeat_s = 30
reconnect_ms = 20
`;
}
