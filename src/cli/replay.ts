/** `hairpin replay CAPTURE`: a capture through the engine's path, against a simulated venue. */
import { accessSync, constants, mkdirSync } from "node:fs";
import { basename } from "node:path";
import type { Config } from "../config/schema.ts";
import { sessionDate } from "../config/session-date.ts";
import { killNames } from "../control/status.ts";
import { loadShim } from "../ffi/load.ts";
import { formatCount } from "../observe/units.ts";
import { Recorder } from "../replay/recorder.ts";
import type { Replay } from "../replay/replay.ts";
import { writeReport } from "../replay/report/report.ts";
import { recordingOf } from "../replay/report-of.ts";
import { type RunResult, runReplay } from "../replay/run-replay.ts";
import { type ReplaySummary, summarizeReplay } from "../replay/summary.ts";
import { LATENCY_FORMS, type LatencyModel, latencyModel } from "../replay/venue/latency.ts";
import { QUEUE_MODELS, type QueueModel } from "../replay/venue/queue.ts";
import { CliError, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "./exit-codes.ts";
import { type Io, outJson } from "./io.ts";
import { replayConfig } from "./replay-config.ts";
import { replayJournal } from "./replay-journal.ts";
import { reportRows, summaryText } from "./replay-text.ts";
import { formatTimeOfDay, parseTimeOfDay } from "./time-of-day.ts";
import { defineVerb } from "./verb.ts";

const DAY_NS = 86_400e9;

/** Without a capture they would do nothing. */
const CAPTURE_FLAGS = ["config", "from", "to", "report"] as const;

/** The day of an ITCH file, which names none, when the config has none either. */
const DAY_OF_FILES = "1970-01-01";

export const replayVerb = defineVerb({
  name: "replay",
  summary: "Plays a capture through the engine, its orders to a simulated venue.",
  operands: { usage: "[CAPTURE]", min: 0, max: 1 },
  flags: {
    journal: {
      type: "text",
      value: "FOLDER",
      text: "Instead of CAPTURE: a journal, or one session date of it, recorded with [journal] capture = true.",
    },
    config: {
      type: "text",
      value: "FILE",
      text: "The appliance's config: feeds, strategies, limits.",
    },
    set: {
      type: "list",
      value: "KEY=VALUE",
      text: "Replaces a value of the config, e.g. strategy.maker.params.skew_ticks=0.5.",
    },
    strategy: {
      type: "list",
      value: "NAME=FILE",
      text: "With --journal: where the file of a recorded strategy is now.",
    },
    engine: {
      type: "text",
      value: "NAME",
      text: "Which engine of it; default: the first with strategies.",
    },
    from: {
      type: "text",
      value: "HH:MM:SS",
      text: "Armed from this time of day on (the config's time zone); books are built from the start.",
    },
    to: { type: "text", value: "HH:MM:SS", text: "Ends behind this time of day." },
    late: {
      type: "switch",
      text: "For a capture that begins in the middle of a session: trades on books that lack what was before; what is told no status counts as trading.",
    },
    speed: {
      type: "text",
      value: "FACTOR",
      default: "max",
      text: "1 = the original pace, 10 = ten times as fast; max = as fast as it goes.",
    },
    latency: {
      type: "text",
      value: "MODEL",
      default: "50us",
      text: `Of the simulated venue: ${LATENCY_FORMS}; half of it each way.`,
    },
    queue: {
      type: "choice",
      choices: QUEUE_MODELS,
      default: "pessimistic",
      text: "Where cancelled orders stood: behind ours as long as possible, or everywhere alike.",
    },
    report: {
      type: "text",
      value: "FOLDER",
      text: "Writes a page with equity, positions, fills on price and latency there, and the same as CSV.",
    },
    seed: { type: "whole", min: 0, max: 2 ** 32 - 1, default: 1, text: "Of the latency model." },
  },
  details:
    "With --journal, every recorded run of the session date is played again from what its engine took in, and every journal record, order bytes included, has to come out the same: exit code 1 when one differs. See docs/concepts/replay.md for what the simulated venue does, and what it can't know.",
  async run({ flags, operands }, io) {
    if (flags.journal !== undefined) {
      if (operands.length > 0)
        throw new CliError(EXIT_USAGE, "give CAPTURE or --journal, not both");
      const idle = CAPTURE_FLAGS.find((name) => flags[name] !== undefined);
      if (idle !== undefined) throw new CliError(EXIT_USAGE, `--${idle} is not for --journal`);
      const { engine, strategy: strategies, json: isJson } = flags;
      if (isJson) printToStderr();
      return await replayJournal(flags.journal, { engine, strategies, isJson }, io);
    }
    const capture = operands[0];
    if (capture === undefined)
      throw new CliError(EXIT_USAGE, "missing: CAPTURE, or --journal FOLDER");
    if (flags.config === undefined) throw new CliError(EXIT_USAGE, "missing: --config FILE");
    const speed = parseSpeed(flags.speed);
    const latency = parseLatency(flags.latency, flags.seed);
    if (flags.report !== undefined) tryFolder(flags.report);
    if (flags.json) printToStderr();
    const loaded = await replayConfig(flags.config, flags.set, flags.engine, io);
    const { config } = loaded;
    const range = rangeOf(flags, config);
    const progress = new Progress(io, flags.json);
    let result: RunResult;
    let recorder!: Recorder;
    try {
      result = await runReplay(loadShim(), {
        capture,
        speed,
        sessionStart: (startS) => sessionStart(config, startS),
        replay: {
          engine: loaded.engine,
          strategies: loaded.strategies,
          configHash: config.hash,
          latency,
          queue: flags.queue as QueueModel,
          isLate: flags.late,
          ...range,
        },
        observe: () => {
          recorder = new Recorder(loaded.engine.idPrefix);
          return Object.assign(recorder, { onProgress: (replay: Replay) => progress.show(replay) });
        },
      });
    } catch (error) {
      progress.clear();
      if (error instanceof CliError) throw error;
      throw new CliError(EXIT_FAILED, (error as Error).message);
    }
    progress.clear();
    const summary = summarizeReplay(capture, loaded.engine, result, recorder);
    checkRange(flags, range, result);
    if (flags.json) outJson(io, summary);
    else io.out(summaryText(summary, flags));
    if (flags.report !== undefined) {
      const title = `${basename(capture)}, ${loaded.engine.strategies.map((s) => s.name).join(", ")}`;
      const rows = reportRows(summary, flags);
      try {
        writeReport(flags.report, recordingOf(title, rows, result, recorder));
      } catch (error) {
        throw new CliError(EXIT_FAILED, (error as Error).message);
      }
    }
    if (summary.killed !== null) {
      const { bits, timeNs } = summary.killed;
      io.err(
        `killed at ${formatTimeOfDay(timeNs, 6)} by ${killNames(bits).join(" and ")}: what rested was cancelled, and nothing was sent from there on\n`,
      );
    }
    for (const sentence of summary.warnings) io.err(`${sentence}\n`);
    return summary.faults.length === 0 ? EXIT_OK : fail(summary, io);
  },
});

/** Before hours are spent on what can't be written. */
function tryFolder(folder: string): void {
  try {
    if (folder === "") throw new Error("it has no name");
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new CliError(EXIT_FAILED, `--report ${folder}: ${(error as Error).message}`);
  }
}

/** What a strategy prints must not stand in front of the document. */
function printToStderr(): void {
  console.log = console.error;
  console.info = console.error;
}

function fail(summary: ReplaySummary, io: Io): number {
  for (const sentence of summary.faults) io.err(`${sentence}\n`);
  return EXIT_FAILED;
}

function parseSpeed(text: string): number {
  if (text === "max") return Number.POSITIVE_INFINITY;
  const speed = Number(text);
  if (speed > 0 && speed <= 1e6) return speed;
  throw new CliError(
    EXIT_USAGE,
    `--speed: found "${text}"; allowed: max, or a number above 0 and up to 1000000`,
  );
}

function parseLatency(text: string, seed: number): LatencyModel {
  try {
    return latencyModel(text, seed);
  } catch (error) {
    throw new CliError(EXIT_USAGE, `--${(error as Error).message}`);
  }
}

function rangeOf(flags: { from: string | undefined; to: string | undefined }, config: Config) {
  const at = (flag: string, text: string) => inSession(parseTimeOfDay(flag, text), config);
  const fromNs = flags.from === undefined ? -Infinity : at("--from", flags.from);
  const toNs = flags.to === undefined ? Infinity : at("--to", flags.to);
  if (fromNs < toNs) return { fromNs, toNs };
  throw new CliError(EXIT_USAGE, `--to ${flags.to} is not behind --from ${flags.from}`);
}

/** A session date that rolls in the evening begins with the evening before. */
function inSession(timeNs: number, config: Config): number {
  const rollNs = parseTimeOfDay("roll", config.appliance.roll);
  const isEvening = rollNs >= DAY_NS / 2 && timeNs >= rollNs;
  return isEvening ? timeNs - DAY_NS : timeNs;
}

/** A range that nothing of the capture is in would give figures of nothing. */
function checkRange(
  flags: { from: string | undefined; to: string | undefined },
  range: { fromNs: number; toNs: number },
  { firstNs, lastNs }: RunResult,
): void {
  const span = `${formatTimeOfDay(firstNs, 6)} to ${formatTimeOfDay(lastNs, 6)}`;
  if (range.toNs < firstNs) {
    throw new CliError(
      EXIT_FAILED,
      `--to ${flags.to} is before the capture, which begins at ${formatTimeOfDay(firstNs, 6)}`,
    );
  }
  if (range.fromNs > lastNs) {
    throw new CliError(
      EXIT_FAILED,
      `--from ${flags.from} is behind the capture, which goes from ${span}`,
    );
  }
}

/** The session date that a capture belongs to; a file of ITCH messages belongs to the config's. */
function sessionStart(config: Config, captureStartS: number): number {
  const { roll, session_date, timezone } = config.appliance;
  const isFile = captureStartS === 0;
  const named = isFile && session_date === "today" ? DAY_OF_FILES : session_date;
  return sessionDate({
    nowMs: captureStartS * 1000,
    timezone,
    sessionDate: isFile ? named : "today",
    roll,
  }).startS;
}

/** One line on a terminal, drawn over itself. */
class Progress {
  private readonly isShown: boolean;
  private readonly startMs = performance.now();
  private isDrawn = false;

  constructor(
    private readonly io: Io,
    isJson: boolean,
  ) {
    this.isShown = io.isTerminal && !isJson;
  }

  show(replay: Replay): void {
    if (!this.isShown) return;
    const seconds = (performance.now() - this.startMs) / 1000;
    const rate = formatCount(Math.round(replay.packets / seconds));
    const orders = formatCount(replay.orders);
    this.io.err(
      `\r\x1b[K${formatTimeOfDay(replay.clock.timeNs, 3)}  ${formatCount(replay.packets)} packets, ${rate}/s, ${orders} orders`,
    );
    this.isDrawn = true;
  }

  clear(): void {
    if (this.isDrawn) this.io.err("\r\x1b[K");
    this.isDrawn = false;
  }
}
