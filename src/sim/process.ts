/**
 * The simulator as a process: real sockets, a timer, one JSON line on standard output when ready,
 * then a JSON line in and a JSON line out per command.
 *
 *   {"ready":true,"session":"...","lines":[{"group":"...","port":1}],"fix":{...}}   ready-line.ts
 *   > {"cmd":"report"}
 *   < {"ok":true,"cmd":"report","report":{...}}
 */
import { z } from "zod";
import { CardFeed } from "./card-feed.ts";
import { noDropCopyFaults } from "./drop-copy.ts";
import { Exchange } from "./exchange.ts";
import { noFaults } from "./faults.ts";
import { type SimOptions, type SimOptionsInput, simOptionsSchema } from "./options.ts";
import { readyLine } from "./ready-line.ts";
import { recoveryFaultsSchema } from "./recovery-faults.ts";
import { openServers } from "./servers.ts";
import { MulticastFeed } from "./sockets.ts";
import { LiveSimClock } from "./transport.ts";

/** What the caller of runSim may bring instead of the process's own. */
export interface SimEnvironment {
  /** Writes one line to standard output. */
  print?: (line: string) => void;
  /** Commands, one JSON text each; by default the lines of standard input. */
  commands?: AsyncIterable<string>;
  /** Enters a network of its own before any socket is opened (the shim's hp_veth_namespace). */
  enterNetwork?: (veth: NonNullable<SimOptions["veth"]>, address: string) => void;
  /** Moves the process off these cores (the shim's hp_process_avoid). */
  avoidCores?: (cores: readonly number[]) => void;
  /** Install handlers for SIGTERM and SIGINT. */
  signals?: boolean;
}

const faultsSchema = z.strictObject({
  ackTwice: z.boolean(),
  overfill: z.boolean(),
  silent: z.boolean(),
  rejectAll: z.boolean(),
  stallReading: z.boolean(),
  closeMidMessage: z.int().min(0),
  stallMidMessage: z.int().min(0),
  corruptChecksum: z.int().min(0),
  wrongBodyLength: z.int().min(0),
  slowAckMs: z.number().min(0),
  dropMarketData: z.int().min(0),
  loseMarketData: z.int().min(0),
  miscountMarketData: z.int().min(0),
});

const count = z.int().min(0);
const copyFaultsSchema = z.strictObject({
  drop: count,
  alter: count,
  invent: count,
  repeat: count,
  lateMs: z.number().min(0),
});

const symbol = z.string();
const client = z.string();

/** Every command; `id` comes back in the answer. */
export const simCommandSchema = z.discriminatedUnion("cmd", [
  /** Stops the background flow. */
  z.object({ cmd: z.literal("quiesce") }),
  z.object({ cmd: z.literal("report") }),
  /** Ends the feed session. */
  z.object({ cmd: z.literal("end") }),
  z.object({
    cmd: z.literal("halt"),
    symbol,
    state: z.enum(["H", "P", "Q"]).default("H"),
  }),
  /** With a symbol: trading again. Without: the background flow again. */
  z.object({ cmd: z.literal("resume"), symbol: symbol.optional() }),
  /** Reg SHO short sale price test on or off. */
  z.object({ cmd: z.literal("restrict"), symbol, on: z.boolean() }),
  z.object({ cmd: z.literal("fault"), client, faults: faultsSchema.partial() }),
  /** What is wrong with the drop copies from now on. */
  z.object({ cmd: z.literal("copy-fault"), faults: copyFaultsSchema.partial() }),
  /** An immediate-or-cancel order of a client that does not come by its session. */
  z.object({
    cmd: z.literal("order"),
    client,
    clOrdId: z.string().min(1),
    symbol,
    side: z.enum(["buy", "sell"]),
    qty: z.int().min(1),
    px: z.number().gt(0),
  }),
  /** Closes a client's connection without a word. */
  z.object({ cmd: z.literal("drop"), client }),
  /** Cancels a client's orders, or one of them, without being asked. */
  z.object({ cmd: z.literal("cancel"), client, clOrdId: z.string().optional() }),
  /** Busts a client's last match. */
  z.object({ cmd: z.literal("bust"), client }),
  z.object({ cmd: z.literal("rerequest"), refusing: z.boolean() }),
  /** What is wrong with GLIMPSE, the spin server and the gap request proxy from now on. */
  z.object({ cmd: z.literal("recovery-fault"), faults: recoveryFaultsSchema.partial() }),
  z.object({ cmd: z.literal("stop") }),
]);
export type SimCommand = z.output<typeof simCommandSchema>;

/** Runs until stopped by a command, a signal, or the end of standard input. */
export async function runSim(
  input: SimOptionsInput,
  environment: SimEnvironment = {},
): Promise<void> {
  const options = withSession(simOptionsSchema.parse(input));
  environment.avoidCores?.(options.avoidCores);
  if (options.veth !== undefined) environment.enterNetwork?.(options.veth, options.interface);
  const print = environment.print ?? ((line: string) => process.stdout.write(`${line}\n`));
  const feed =
    options.card === undefined
      ? await MulticastFeed.open(options)
      : CardFeed.open(options.card, options);
  const exchange = new Exchange(options, { clock: new LiveSimClock(), feed });
  const servers = await openServers(options, exchange);
  exchange.start();
  const timer = setInterval(() => exchange.tick(), options.tickMs);

  const ended = Promise.withResolvers<void>();
  const onSignal = () => ended.resolve();
  if (environment.signals !== false) {
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  }
  print(JSON.stringify(readyLine(options, feed.lines, servers)));
  const commands = environment.commands ?? stdinLines();
  void serve(exchange, commands, print, ended.resolve, options.stdinEnds);
  await ended.promise;

  clearInterval(timer);
  exchange.stop();
  servers.close();
  feed.close();
  process.off("SIGTERM", onSignal);
  process.off("SIGINT", onSignal);
}

/** Does one command and gives its answer, without `ok`. Throws what is wrong with it. */
export function runCommand(exchange: Exchange, command: SimCommand): Record<string, unknown> {
  switch (command.cmd) {
    case "quiesce":
      exchange.quiesce();
      return { nextSequence: exchange.feed.nextSequence };
    case "report":
      return { report: exchange.report() };
    case "end":
      exchange.endSession();
      return { nextSequence: exchange.feed.nextSequence };
    case "halt":
      exchange.setState(command.symbol, command.state);
      return {};
    case "resume":
      if (command.symbol === undefined) exchange.resume();
      else exchange.setState(command.symbol, "T");
      return {};
    case "restrict":
      exchange.setShortRestriction(command.symbol, command.on);
      return {};
    case "fault":
      exchange.setFaults(command.client, given(noFaults(), command.faults));
      return {};
    case "copy-fault":
      exchange.setDropCopyFaults(given(noDropCopyFaults(), command.faults));
      return {};
    case "order": {
      const { client, clOrdId, symbol, side, qty, px } = command;
      exchange.order(client, clOrdId, symbol, side === "buy" ? "1" : "2", qty, px.toFixed(4));
      return {};
    }
    case "drop":
      exchange.drop(command.client);
      return {};
    case "cancel":
      return { canceled: exchange.cancelUnsolicited(command.client, command.clOrdId) };
    case "bust":
      return { match: exchange.bust(command.client) };
    case "rerequest":
      exchange.feed.recovery.refusing = command.refusing;
      return {};
    case "recovery-fault":
      exchange.setRecoveryFaults(command.faults);
      return {};
    case "stop":
      return {};
  }
}

async function serve(
  exchange: Exchange,
  commands: AsyncIterable<string>,
  print: (line: string) => void,
  stop: () => void,
  stopAtEnd: boolean,
): Promise<void> {
  for await (const line of commands) {
    if (line.trim() === "") continue;
    const { answer, isStop } = answerTo(exchange, line);
    print(JSON.stringify(answer));
    if (isStop) stop();
  }
  if (stopAtEnd) stop();
}

function answerTo(exchange: Exchange, line: string): { answer: object; isStop: boolean } {
  let id: unknown;
  try {
    const json: unknown = JSON.parse(line);
    id = (json as { id?: unknown } | null)?.id;
    const command = simCommandSchema.parse(json);
    const answer = { ok: true, id, cmd: command.cmd, ...runCommand(exchange, command) };
    return { answer, isStop: command.cmd === "stop" };
  } catch (error) {
    const text = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    return { answer: { ok: false, id, error: text }, isStop: false };
  }
}

/**
 * Names of the MoldUDP64 and SoupBinTCP sessions, where none is given, that differ from one start to
 * the next: hours to hundredths of a second.
 */
export function withSession(options: SimOptions, nowMs = Date.now()): SimOptions {
  const digits = new Date(nowMs).toISOString().replaceAll(/\D/g, "").slice(8, 16);
  const { ouch } = options;
  return {
    ...options,
    session: options.session || `S${digits}`,
    ...(ouch === undefined ? {} : { ouch: { ...ouch, session: ouch.session || `O${digits}` } }),
  };
}

/** Without the keys that were not given. */
function given<T extends object>(all: T, faults: { [K in keyof T]?: T[K] | undefined }) {
  const keys = Object.keys(all) as (keyof T)[];
  const entries = keys.filter((key) => faults[key] !== undefined).map((key) => [key, faults[key]]);
  return Object.fromEntries(entries) as Partial<T>;
}

async function* stdinLines(): AsyncGenerator<string> {
  for await (const line of console) yield line;
}
