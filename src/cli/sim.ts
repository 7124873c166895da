/** `hairpin sim`: the exchange simulator on this machine's sockets. */
import { readFileSync } from "node:fs";
import type { z } from "zod";
import { ipv4Number } from "../config/host.ts";
import { checkConfig } from "../config/load.ts";
import { cString } from "../core/c-string.ts";
import { expectOk } from "../core/status.ts";
import { HP_EPERM } from "../ffi/layout.ts";
import { loadShim } from "../ffi/load.ts";
import type { GroupRole, SimOptions, SimOptionsInput } from "../sim/options.ts";
import { SIM_PROTOCOLS, type SimProtocol } from "../sim/protocols.ts";
import type { ReadyLine } from "../sim/ready-line.ts";
import { reportProblems } from "./check.ts";
import { CliError, EXIT_CONFIG, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { notServed, optionsFor } from "./sim-config.ts";
import { defineVerb } from "./verb.ts";

const probability = { type: "number", min: 0, max: 1 } as const;

export const simVerb = defineVerb({
  name: "sim",
  summary:
    "Runs the exchange simulator: ITCH 5.0, PITCH or MDP 3.0 on multicast, orders by FIX 4.4 and OUCH 5.0, order flow.",
  operands: { usage: "[CONFIG]", min: 0, max: 1 },
  flags: {
    feed: {
      type: "choice",
      choices: SIM_PROTOCOLS,
      text: "Protocol of the feed: ITCH 5.0, Cboe PITCH (one unit), CME MDP 3.0 (one channel, by price level).",
    },
    seed: { type: "whole", min: 0, max: 0xffffffff, text: "Seed of everything random." },
    rate: { type: "number", min: 0, max: 200_000, unit: "1/s", text: "Actions of the flow." },
    loss: { ...probability, default: 0, text: "Probability that a line loses a packet." },
    duplicate: { ...probability, default: 0, text: "Probability that a packet comes twice." },
    reorder: { ...probability, default: 0, text: "Probability that a packet is overtaken." },
    price: { type: "number", min: 0.01, max: 200_000, default: 100, text: "First price." },
    seconds: { type: "number", min: 0.1, max: 1e7, unit: "s", text: "Ends after this time." },
    options: {
      type: "text",
      value: "FILE",
      text: "JSON file with options of the simulator (src/sim/options.ts), instead of CONFIG.",
    },
    commands: {
      type: "switch",
      text: "Takes JSON commands on stdin, answers each with a line, and ends with stdin.",
    },
  },
  details:
    "With the CONFIG of an appliance it is the venue for it: the same groups and ports, symbols and CompIDs; what of it is not served is told on stderr. Without one it chooses ports and prints them. SIGINT and SIGTERM end it.",
  async run({ flags, operands }, io) {
    const input = baseOptions(operands[0], flags.options, flags.price, io);
    if (flags.feed !== undefined) input.protocol = flags.feed as SimProtocol;
    if (flags.seed !== undefined) input.seed = flags.seed;
    if (flags.rate !== undefined) input.flow = { ...input.flow, rate: flags.rate };
    const { loss, duplicate, reorder } = flags;
    if (loss + duplicate + reorder > 0) {
      const lines = input.lines ?? [{ group: "239.255.71.1" }, { group: "239.255.71.2" }];
      input.lines = lines.map((line) => ({ ...line, loss, duplicate, reorder }));
    }
    input.stdinEnds = flags.commands;
    const ends = flags.seconds === undefined ? undefined : Bun.sleep(flags.seconds * 1000);
    const { runSim } = await import("../sim/process.ts");
    const { simOptionsSchema } = await import("../sim/options.ts");
    const options = simOptionsSchema.safeParse(input);
    if (!options.success)
      throw new CliError(EXIT_CONFIG, wrongOptions(options.error, flags.options));
    try {
      await runSim(input, {
        print: (line) => io.out(flags.json || flags.commands ? `${line}\n` : inWords(line)),
        ...(flags.commands ? {} : { commands: stopAfter(ends) }),
        enterNetwork,
        avoidCores,
      });
    } catch (error) {
      throw new CliError(EXIT_FAILED, error instanceof Error ? error.message : String(error));
    }
    return EXIT_OK;
  },
});

/** A network namespace of the simulator's own, until this process ends. Throws one sentence. */
function enterNetwork(veth: NonNullable<SimOptions["veth"]>, address: string): void {
  const shim = loadShim();
  const status = shim.hp_veth_namespace(
    cString(veth.near),
    cString(veth.far),
    ipv4Number(veth.nearAddress) | 0,
    ipv4Number(address) | 0,
    veth.prefix,
  );
  const why = status === HP_EPERM ? " (it takes root: CAP_SYS_ADMIN and CAP_NET_ADMIN)" : "";
  expectOk(status, `can't make a network namespace with a veth pair${why}`, shim.hp_last_errno());
}

/** The engine's core is the engine's. */
function avoidCores(cores: readonly number[]): void {
  if (cores.length === 0) return;
  const shim = loadShim();
  const list = new Int32Array(new ArrayBuffer(4 * cores.length));
  list.set(cores);
  shim.hp_process_avoid(shim.addressOf(list.buffer), cores.length);
}

/** One line: each wrong option with its path. */
function wrongOptions(error: z.ZodError, file: string | undefined): string {
  const issues = error.issues.map((issue) => {
    const path = issue.path.map(String).join(".");
    return path === "" ? issue.message : `${path}: ${issue.message}`;
  });
  return `${file ?? "the simulator's options"}: ${issues.join("; ")}`;
}

function baseOptions(
  file: string | undefined,
  optionsFile: string | undefined,
  price: number,
  io: Io,
): SimOptionsInput {
  if (optionsFile !== undefined) {
    if (file !== undefined) throw new CliError(EXIT_USAGE, "give CONFIG or --options, not both");
    try {
      return JSON.parse(readFileSync(optionsFile, "utf8")) as SimOptionsInput;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new CliError(EXIT_CONFIG, `${optionsFile}: ${reason}`);
    }
  }
  if (file === undefined) return {};
  const result = checkConfig(file);
  reportProblems(result, io);
  if (result.config === undefined) throw new CliError(EXIT_CONFIG, `${file} has errors`);
  const options = optionsFor(result.config, price);
  for (const sentence of notServed(result.config)) io.err(`${sentence}\n`);
  return options;
}

/** No commands; ends when `ends` does, or never. */
async function* stopAfter(ends: Promise<unknown> | undefined): AsyncGenerator<string> {
  await (ends ?? new Promise(() => {}));
  yield '{"cmd":"stop"}';
}

/** The ready line for a person; answers to commands have no reader here. */
function inWords(line: string): string {
  const ready = JSON.parse(line) as Partial<ReadyLine>;
  if (ready.ready !== true) return "";
  const { lines, session, protocol, unit, channel, rerequest, spin, glimpse, fix, ouch, symbols } =
    ready as ReadyLine;
  const names = symbols.map((s) => s.symbol);
  const numbered = {
    itch50: `session ${session}`,
    pitch: `unit ${unit}`,
    mdp3: `channel ${channel}`,
  };
  const of = (role: GroupRole) =>
    lines
      .filter((l) => l.role === role)
      .map((l) => `${l.group}:${l.port}`)
      .join("  ");
  const rows: [string, string][] = [["feed", `${of("live")}  ${protocol}, ${numbered[protocol]}`]];
  if (rerequest !== undefined) rows.push(["re-request", `${rerequest.address}:${rerequest.port}`]);
  for (const role of ["gap", "snapshot", "definition"] as const) {
    if (of(role) !== "") rows.push([role, of(role)]);
  }
  if (spin !== undefined) rows.push(["spin", `${spin.address}:${spin.port}`]);
  if (glimpse !== undefined) rows.push(["glimpse", `${glimpse.address}:${glimpse.port}`]);
  rows.push(["orders", `${fix.address}:${fix.port}  TargetCompID ${fix.venueCompId}`]);
  if (ouch !== undefined) rows.push(["by OUCH", `${ouch.address}:${ouch.port}`]);
  rows.push(["symbols", `${names.slice(0, 12).join(" ")}${names.length > 12 ? " ..." : ""}`]);
  return rows.map(([name, text]) => `${name.padEnd(12)}${text}\n`).join("");
}
