/** Simulator and appliance of one test, as processes of the executable in a folder of their own. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compareAccount } from "../../../src/cli/demo/account.ts";
import { compareBooks } from "../../../src/cli/demo/compare.ts";
import { sendCommand } from "../../../src/control/client.ts";
import type { Command } from "../../../src/control/protocol.ts";
import type { ApplianceStatus } from "../../../src/control/status.ts";
import type { EngineReport } from "../../../src/engine/report.ts";
import type { VenueFaults } from "../../../src/sim/faults.ts";
import type { SimOptionsInput } from "../../../src/sim/options.ts";
import type { SessionReport, SimReport } from "../../../src/sim/report.ts";
import { BinaryChild, type ChildOptions } from "./child.ts";
import { CLIENT, type ConfigParts, configText, type Venue } from "./config.ts";
import { makeFolder, removeFolder, until } from "./folder.ts";

export class Rig {
  readonly folder: string;
  readonly name: string;
  sim!: BinaryChild;
  venue!: Venue;
  appliance!: BinaryChild;
  /** The last one asked for. */
  status!: ApplianceStatus;

  constructor(name: string) {
    this.name = name;
    this.folder = makeFolder(name);
  }

  get config(): string {
    return join(this.folder, "appliance.toml");
  }

  get socket(): string {
    return join(this.folder, "run", `${this.name}.sock`);
  }

  async startSim(options: SimOptionsInput = {}): Promise<Venue> {
    const input: SimOptionsInput = {
      symbols: [
        { symbol: "AAPL", px: 190 },
        { symbol: "MSFT", px: 410 },
      ],
      fix: { clients: [CLIENT] },
      flow: { rate: 1500, ordersPerSymbol: 60 },
      makerFee: -0.002,
      takerFee: 0.003,
      ...options,
    };
    writeFileSync(join(this.folder, "sim.json"), JSON.stringify(input));
    const args = ["sim", "--options", "sim.json", "--commands"];
    this.sim = new BinaryChild(args, { cwd: this.folder });
    this.venue = (await this.sim.next<Venue>(15_000))!;
    return this.venue;
  }

  writeConfig(parts: ConfigParts = {}): string {
    const text = configText(this.name, this.venue, parts);
    writeFileSync(this.config, text);
    return this.config;
  }

  run(o: Partial<ChildOptions> = {}): BinaryChild {
    this.appliance = new BinaryChild(["run", this.config, "--json"], { cwd: this.folder, ...o });
    return this.appliance;
  }

  /** Simulator, config, appliance, until it trades (or is ready to). */
  async start(parts: ConfigParts = {}, options: SimOptionsInput = {}): Promise<void> {
    await this.startSim(options);
    this.writeConfig(parts);
    this.run();
    await this.ready();
  }

  async ready(): Promise<void> {
    await this.reach(
      "armed, with its session up and its feed live",
      (s) => s.sessions[0]!.state === "up" && s.feeds[0]!.state === "live" && s.state === "armed",
      20_000,
    );
  }

  async ask(command: Command): Promise<ApplianceStatus> {
    const answer = await sendCommand(this.socket, command);
    if (!answer.ok) throw new Error(answer.error);
    return answer.status!;
  }

  /** Until the status is so. */
  async reach(
    what: string,
    isTrue: (s: ApplianceStatus) => boolean,
    timeoutMs = 10_000,
  ): Promise<ApplianceStatus> {
    await until(
      what,
      async () => {
        const code = this.appliance.process.exitCode;
        if (code !== null) throw new Error(`the appliance ended (${code}): ${this.appliance.err}`);
        try {
          this.status = await this.ask("status");
        } catch {
          return false;
        }
        return isTrue(this.status);
      },
      timeoutMs,
      () => `(${JSON.stringify(briefly(this.status))}) ${this.appliance.err}`,
    );
    return this.status;
  }

  async fault(faults: Partial<VenueFaults>): Promise<void> {
    await this.sim.ask({ cmd: "fault", client: CLIENT, faults });
  }

  async report(): Promise<SimReport> {
    return (await this.sim.ask<{ report: SimReport }>({ cmd: "report" })).report;
  }

  /** Stops the flow, cancels what rests, and waits until both sides agree on what was said. */
  async settle(): Promise<SimReport> {
    await this.sim.ask({ cmd: "quiesce" });
    await this.ask("disarm");
    let report = await this.report();
    await until(
      "no open order, and the feed told to its end",
      async () => {
        // Quiet first: else the report could still show an order that is cancelled meanwhile.
        const before = await this.ask("status");
        const isQuiet = before.state !== "armed" && before.engines[0]!.openOrders === 0;
        report = await this.report();
        this.status = await this.ask("status");
        return isQuiet && this.status.feeds[0]!.nextSeq === report.nextSequence;
      },
      10_000,
      () => `(${JSON.stringify(briefly(this.status))}) ${this.appliance.err}`,
    );
    return report;
  }

  /** Ends the appliance in good order; its exit code, null when it hangs. */
  async stop(timeoutMs = 10_000): Promise<number | null> {
    await this.ask("stop").catch(() => null);
    return await this.appliance.ended(timeoutMs);
  }

  /** What the engine wrote at its end. */
  lastReport(): EngineReport {
    const file = join(this.folder, "run", `${this.name}.engine-0.report.json`);
    return JSON.parse(readFileSync(file, "utf8")) as EngineReport;
  }

  /** Settles, stops, and compares everything with the venue: "" or the first difference. */
  async difference(): Promise<string> {
    const report = await this.settle();
    const code = await this.stop();
    if (code !== 0) return `exit code ${code}: ${this.appliance.err}`;
    const engine = this.lastReport();
    const books = compareBooks(report.books, engine.books, () => 1);
    return books.difference || compareAccount(ours(report), engine.positions);
  }

  /** Ends whatever still runs. */
  async end(): Promise<void> {
    for (const child of [this.appliance, this.sim]) {
      if (child === undefined || child.process.exitCode !== null) continue;
      child.process.kill("SIGTERM");
      if ((await child.ended(8000)) === null) child.process.kill("SIGKILL");
    }
    removeFolder(this.folder);
  }
}

export function ours(report: SimReport): SessionReport | undefined {
  return report.sessions.find((session) => session.client === CLIENT);
}

/** Sum of a counter over the engines. */
export function counter(status: ApplianceStatus, name: string): number {
  const values = status.engines.map((engine) => engine.counters[name]);
  if (values.some((value) => value === undefined)) throw new Error(`no counter ${name}`);
  return values.reduce<number>((sum, value) => sum + value!, 0);
}

function briefly(s: ApplianceStatus | undefined): object {
  if (s === undefined) return { status: "never answered" };
  return {
    state: s.state,
    killedBy: s.killedBy,
    feeds: s.feeds.map((f) => `${f.state} next ${f.nextSeq}`),
    sessions: s.sessions.map((o) => `${o.state} in ${o.nextIn} out ${o.nextOut}`),
    open: s.engines.map((e) => e.openOrders),
    counters: s.engines.map((e) =>
      Object.fromEntries(Object.entries(e.counters).filter(([, n]) => n !== 0)),
    ),
  };
}
