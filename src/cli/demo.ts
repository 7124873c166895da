/** `hairpin demo`: simulator and appliance on loopback, real multicast, real TCP, real processes. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { NotRunning, sendCommand } from "../control/client.ts";
import { runPaths } from "../control/run-dir.ts";
import type { ApplianceStatus } from "../control/status.ts";
import type { EngineReport } from "../engine/report.ts";
import { combinedHash, dateDirectory, walkJournal } from "../journal/verify.ts";
import { MDP3_DEPTH } from "../sim/mdp3-depth.ts";
import type { SimOptionsInput } from "../sim/options.ts";
import type { ReadyLine } from "../sim/ready-line.ts";
import type { SimReport } from "../sim/report.ts";
import { checkAll } from "./check.ts";
import { compareAccount } from "./demo/account.ts";
import { compareBooks } from "./demo/compare.ts";
import { DEMO_CLIENT, demoConfig } from "./demo/config-text.ts";
import { PASSWORD_FILE } from "./demo/feed-text.ts";
import { LineProcess } from "./demo/line-process.ts";
import { DEMO_DRIVERS, type DemoDriver, demoNetwork } from "./demo/network.ts";
import { type DemoResult, demoExitCode, figuresOf } from "./demo/result.ts";
import { demoText, progressText } from "./demo/text.ts";
import { CliError, EXIT_CONFIG, EXIT_FAILED, EXIT_USAGE } from "./exit-codes.ts";
import { type Io, outJson } from "./io.ts";
import { defineVerb } from "./verb.ts";

const START_TIMEOUT_MS = 20_000;
const SETTLE_TIMEOUT_MS = 10_000;
const END_TIMEOUT_MS = 20_000;
/** The appliance stops by itself so long after its time, when the demo was killed meanwhile. */
const SPARE_S = 60;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** The venue's prices and the demo's price unit are both 1/10000 of currency. */
const UNITS_PER_VENUE_PX = 1;
const FEEDS = { itch: "itch50", pitch: "pitch", mdp3: "mdp3" } as const;
type DemoFeed = keyof typeof FEEDS;
/** Levels of each side that the feed tells; 0 = all. */
const DEPTH: Record<DemoFeed, number> = { itch: 0, pitch: 0, mdp3: MDP3_DEPTH };
/** A book that has missed a packet waits for its snapshot; a loop takes 50 ms. */
const SNAPSHOTS_MS = 500;
const FEES = { makerFee: -0.002, takerFee: 0.003 };
/** Thin books, so that the best price moves and there is something to trade on. */
const ORDERS_PER_SYMBOL = 40;
const SYMBOLS = [
  { symbol: "AAPL", px: 190 },
  { symbol: "MSFT", px: 410 },
  { symbol: "NVDA", px: 120 },
  { symbol: "AMZN", px: 180 },
];

export const demoVerb = defineVerb({
  name: "demo",
  summary: "Starts simulator and appliance on loopback, trades, and tells how it went.",
  flags: {
    feed: {
      type: "choice",
      choices: Object.keys(FEEDS),
      default: "itch",
      text: "Protocol of the venue's feed: ITCH 5.0, Cboe PITCH, CME MDP 3.0. Orders go by FIX 4.4.",
    },
    seconds: {
      type: "number",
      min: 1,
      max: 86_400,
      default: 10,
      unit: "s",
      text: "Time to trade.",
    },
    seed: { type: "whole", min: 0, max: 0xffffffff, default: 1, text: "Seed of flow and loss." },
    loss: {
      type: "number",
      min: 0,
      max: 0.5,
      default: 0.01,
      text: "Probability that a line loses a packet, on each of the two lines.",
    },
    rate: {
      type: "number",
      min: 1,
      max: 50_000,
      default: 4000,
      unit: "1/s",
      text: "Actions of the background flow, all symbols.",
    },
    core: {
      type: "whole",
      min: 0,
      max: 1023,
      text: "Core of the engine; the last one without it.",
    },
    strategy: {
      type: "text",
      value: "FILE",
      text: "A strategy of your own, instead of the built-in maker and taker.",
    },
    durable: {
      type: "choice",
      choices: ["interval", "always"],
      default: "interval",
      text: '"always": every order waits until its record is on disk.',
    },
    realtime: {
      type: "switch",
      text: "SCHED_FIFO for the engine; refused while kernel.sched_rt_runtime_us is not -1.",
    },
    capture: {
      type: "switch",
      text: "Records every input of the engine, for `hairpin replay --journal`; with --dir.",
    },
    driver: {
      type: "choice",
      choices: DEMO_DRIVERS,
      default: "socket",
      text: "How the feed comes in; all but socket and exanic-sim take root.",
    },
    dir: { type: "text", value: "FOLDER", text: "Keeps config, journal and reports there." },
  },
  details:
    "Two lines of real multicast on 127.0.0.1 (another --driver than socket: across a veth pair into a network namespace of the simulator's, or in a software card), each losing packets of its own, somebody to ask for them or a loop of snapshots, a FIX 4.4 acceptor and order flow from a seed; against it an appliance of three processes with its journal. At the end every price level is compared with the venue's (MDP 3.0 tells ten of each side), and positions and P&L with its account. Exit code 1 when anything differs, or the appliance was killed.",
  async run({ flags }, io) {
    const folder =
      flags.dir === undefined ? mkdtempSync(join(tmpdir(), "hairpin-demo-")) : flags.dir;
    mkdirSync(folder, { recursive: true });
    if (existsSync(join(folder, "journal"))) {
      throw new CliError(
        EXIT_USAGE,
        `--dir ${folder}: it holds the journal of a session, which a new venue would not know; name another folder`,
      );
    }
    const demo = new Demo(resolve(folder), io, flags.json);
    const interrupted = Promise.withResolvers<never>();
    const onSignal = () => interrupted.reject(new CliError(EXIT_FAILED, "interrupted"));
    for (const signal of SIGNALS) process.on(signal, onSignal);
    try {
      const trading = demo.run({ ...flags, core: flags.core ?? lastCore() }).catch(goneText);
      const result = await Promise.race([trading, interrupted.promise]);
      if (flags.json) outJson(io, result);
      else io.out(demoText(result, demo.latency, io));
      return demoExitCode(result);
    } finally {
      await demo.end();
      for (const signal of SIGNALS) process.off(signal, onSignal);
      if (flags.dir === undefined) rmSync(folder, { recursive: true, force: true });
    }
  },
});

/** The appliance ended while it was asked: it has said why. */
function goneText(error: unknown): never {
  if (!(error instanceof NotRunning)) throw error;
  throw new CliError(EXIT_FAILED, "the appliance has ended before the demo did");
}

interface DemoFlags {
  feed: string;
  seconds: number;
  seed: number;
  loss: number;
  rate: number;
  core: number;
  strategy?: string | undefined;
  durable: string;
  capture: boolean;
  realtime: boolean;
  driver: string;
}

class Demo {
  /** Of the end, before the appliance stopped. */
  private status: ApplianceStatus | null = null;
  /** (bucket, count) pairs of the latency histogram. */
  latency: number[] = [];
  private sim: LineProcess | null = null;
  private appliance: LineProcess | null = null;
  private socket = "";
  private network = demoNetwork("socket");
  private hasEnded = false;

  constructor(
    private readonly folder: string,
    private readonly io: Io,
    private readonly isJson: boolean,
  ) {}

  async run(flags: DemoFlags): Promise<DemoResult> {
    this.network = demoNetwork(flags.driver as DemoDriver);
    const venue = await this.startSim(flags);
    const config = await this.writeConfig(flags, venue);
    await this.startAppliance(config, flags.seconds + SPARE_S);
    await this.trade(flags.seconds);
    const report = await this.settle();
    if (flags.feed === "mdp3") await Bun.sleep(SNAPSHOTS_MS);
    this.status = await this.ask("status");
    await this.stopAppliance();
    const engine = JSON.parse(
      readFileSync(join(this.folder, "run", "demo.engine-0.report.json"), "utf8"),
    ) as EngineReport;
    this.latency = engine.latency;
    return this.result(flags, report, engine);
  }

  /** Whatever still runs must not outlive the demo: the appliance first, while it has a venue. */
  async end(): Promise<void> {
    for (const child of [this.appliance, this.sim]) {
      if (child === null) continue;
      child.kill("SIGTERM");
      await Promise.race([child.exited, Bun.sleep(END_TIMEOUT_MS)]);
      child.kill("SIGKILL");
    }
  }

  private async startSim(flags: DemoFlags): Promise<ReadyLine> {
    const line = { loss: flags.loss, duplicate: flags.loss / 2, reorder: flags.loss };
    const options: SimOptionsInput = {
      protocol: FEEDS[flags.feed as DemoFeed],
      seed: flags.seed,
      symbols: SYMBOLS,
      lines: [
        { group: "239.255.71.1", ...line },
        { group: "239.255.71.2", ...line },
      ],
      fix: { clients: [DEMO_CLIENT] },
      flow: { rate: flags.rate, ordersPerSymbol: ORDERS_PER_SYMBOL },
      avoidCores: flags.core >= 0 ? [flags.core] : [],
      ...this.network.sim,
      ...FEES,
    };
    writeFileSync(join(this.folder, "sim.json"), JSON.stringify(options));
    this.sim = new LineProcess(["sim", "--options", "sim.json", "--commands"], this.folder);
    const ready = await this.sim.next<ReadyLine>(START_TIMEOUT_MS);
    if (ready === null) throw new CliError(EXIT_FAILED, "the simulator did not start");
    return ready;
  }

  private async writeConfig(flags: DemoFlags, venue: ReadyLine): Promise<string> {
    const file = join(this.folder, "demo.toml");
    const strategy = flags.strategy === undefined ? {} : { strategy: resolve(flags.strategy) };
    const { core, seed, durable, capture, realtime } = flags;
    const { portText, portName } = this.network;
    const options = { venue, core, seed, durable, capture, realtime, portText, portName };
    if (venue.protocol === "pitch") {
      writeFileSync(join(this.folder, PASSWORD_FILE), "demo\n", { mode: 0o600 });
    }
    writeFileSync(file, demoConfig({ ...options, ...strategy }));
    const problem = await firstError(file);
    if (problem !== "") throw new CliError(EXIT_CONFIG, problem);
    return file;
  }

  private async startAppliance(config: string, seconds: number): Promise<void> {
    const args = ["run", config, "--json", "--seconds", String(seconds)];
    this.appliance = new LineProcess(args, this.folder);
    this.socket = runPaths(join(this.folder, "run"), "demo").socket;
    void this.appliance.exited.then(() => {
      this.hasEnded = true;
    });
    await this.until(
      (s) => s.sessions[0]!.state === "up" && s.feeds[0]!.state === "live" && s.state === "armed",
      START_TIMEOUT_MS,
      "the appliance did not get ready to trade",
    );
  }

  private async trade(seconds: number): Promise<void> {
    const endMs = performance.now() + seconds * 1000;
    while (performance.now() < endMs) {
      await Bun.sleep(Math.min(500, Math.max(1, endMs - performance.now())));
      if (this.isJson || !this.io.isTerminal) continue;
      this.io.err(`\r${progressText(await this.ask("status"))}`);
    }
    if (!this.isJson && this.io.isTerminal) this.io.err("\r\x1b[K");
  }

  /** Stops the flow, cancels what rests, and waits until the feed has told all of it. */
  private async settle(): Promise<SimReport> {
    await this.sim!.ask({ cmd: "quiesce" });
    await this.ask("disarm");
    const endMs = performance.now() + SETTLE_TIMEOUT_MS;
    for (;;) {
      // Quiet first, then the report: else it could still show an order that is cancelled meanwhile.
      const before = await this.ask("status");
      const isQuiet = before.state !== "armed" && before.engines[0]!.openOrders === 0;
      const answer = await this.sim!.ask<{ report: SimReport }>({ cmd: "report" });
      if (answer === null) throw new CliError(EXIT_FAILED, "the simulator does not answer");
      const status = await this.ask("status");
      if (isQuiet && status.feeds[0]!.nextSeq === answer.report.nextSequence) return answer.report;
      if (performance.now() > endMs) return answer.report;
      await Bun.sleep(50);
    }
  }

  private async stopAppliance(): Promise<void> {
    await this.ask("stop").catch(() => null);
    const code = await Promise.race([
      this.appliance!.exited,
      Bun.sleep(END_TIMEOUT_MS).then(() => null),
    ]);
    this.sim!.send({ cmd: "stop" });
    if (code === 0) return;
    const how = code === null ? "did not stop" : `ended with exit code ${code}`;
    throw new CliError(EXIT_FAILED, `the appliance ${how}`);
  }

  private result(flags: DemoFlags, report: SimReport, engine: EngineReport): DemoResult {
    const depth = DEPTH[flags.feed as DemoFeed];
    const books = compareBooks(report.books, engine.books, () => UNITS_PER_VENUE_PX, depth);
    const account = compareAccount(
      report.sessions.find((s) => s.client === DEMO_CLIENT),
      engine.positions,
    );
    const date = dateDirectory(join(this.folder, "journal"));
    const journals = date === null ? [] : walkJournal(date);
    const figures = figuresOf(this.status!);
    return {
      seconds: flags.seconds,
      ...figures,
      feed: {
        protocol: FEEDS[flags.feed as DemoFeed],
        ...figures.feed,
        dropped: report.lines.map((line) => line.lost),
      },
      bookMatchesVenue: books.matches,
      bookLevelsCompared: books.levels,
      bookDifference: books.difference,
      accountMatchesVenue: account === "",
      accountDifference: account,
      journal: {
        records: journals.reduce((sum, j) => sum + j.records, 0),
        hash: combinedHash(journals),
      },
    };
  }

  private async ask(command: "status" | "disarm" | "stop"): Promise<ApplianceStatus> {
    const answer = await sendCommand(this.socket, command);
    if (!answer.ok) throw new CliError(EXIT_FAILED, answer.error);
    return answer.status!;
  }

  private async until(
    isTrue: (status: ApplianceStatus) => boolean,
    timeoutMs: number,
    what: string,
  ): Promise<void> {
    const endMs = performance.now() + timeoutMs;
    let last = "";
    while (performance.now() < endMs) {
      if (this.hasEnded) throw new CliError(EXIT_FAILED, "the appliance ended at its start");
      try {
        const status = await this.ask("status");
        if (isTrue(status)) return;
        last = `engine ${status.state}, feed ${status.feeds[0]!.state}, session ${status.sessions[0]!.state}`;
      } catch (error) {
        if (!(error instanceof NotRunning)) throw error;
      }
      await Bun.sleep(20);
    }
    throw new CliError(EXIT_FAILED, `${what} within ${timeoutMs / 1000} s (${last})`);
  }
}

/** What is wrong with the config, or with the strategy that was named; "" = nothing. */
async function firstError(file: string): Promise<string> {
  const { problems } = await checkAll(file);
  const error = problems.find((p) => p.severity === "error");
  return error === undefined ? "" : error.message;
}

/** The last core, so that the first ones are left to the rest; -1 on a machine with one. */
function lastCore(): number {
  const count = cpus().length;
  return count > 1 ? count - 1 : -1;
}
