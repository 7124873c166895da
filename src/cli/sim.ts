/** `hairpin sim`: the exchange simulator on this machine's sockets. */
import { readFileSync } from "node:fs";
import type { z } from "zod";
import { ipv4Number } from "../config/host.ts";
import { checkConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { OUCH } from "../config/session-protocol.ts";
import { cString } from "../core/c-string.ts";
import { expectOk } from "../core/status.ts";
import { readSecret } from "../engine/secret.ts";
import { HP_EPERM } from "../ffi/layout.ts";
import { loadShim } from "../ffi/load.ts";
import type { SimOptions, SimOptionsInput } from "../sim/options.ts";
import { reportProblems } from "./check.ts";
import { CliError, EXIT_CONFIG, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { portOf } from "./launch.ts";
import { defineVerb } from "./verb.ts";

/** The only version of FIX that the simulator's acceptor speaks. */
const PROTOCOL = "fix44";

const probability = { type: "number", min: 0, max: 1 } as const;

export const simVerb = defineVerb({
  name: "sim",
  summary:
    "Runs the exchange simulator: ITCH 5.0 on multicast, orders by FIX 4.4 and OUCH 5.0, order flow.",
  operands: { usage: "[CONFIG]", min: 0, max: 1 },
  flags: {
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

/** What of a config the simulator leaves out: it has one feed, and one FIX port with one CompID. */
export function notServed(config: Config): string[] {
  const [feed, ...others] = config.feed;
  const served = servedSession(config);
  const ouch = ouchSessions(config);
  if (feed === undefined || (served === undefined && ouch.length === 0)) return [];
  const sessions = config.session.flatMap((s) => {
    if (ouch.includes(s) || served === undefined) return [];
    const why =
      s.protocol === OUCH
        ? `its address is ${s.address}, the simulator's for OUCH ${ouch[0]?.address}`
        : s.address !== served.address
          ? `its address is ${s.address}, the simulator's ${served.address}`
          : s.protocol !== PROTOCOL
            ? `its protocol is ${s.protocol}, the simulator's ${PROTOCOL}`
            : s.target_comp_id !== served.target_comp_id
              ? `its target_comp_id is ${s.target_comp_id}, the simulator's ${served.target_comp_id}`
              : "";
    return why === "" ? [] : [`session "${s.name}" is not served: ${why}`];
  });
  const unheard = config.port.filter((p) => {
    const isOurs = p.driver === "exanic-sim" && p.name === cardPort(config)?.name;
    const isLoopback = p.device === "lo" && cardPort(config) === undefined;
    return !isOurs && !isLoopback && feed.lines.some((line) => line.interface === p.name);
  });
  const ports = unheard.map(
    (p) =>
      `port "${p.name}" will hear nothing: the simulator publishes ${cardPort(config) === undefined ? "on 127.0.0.1" : "into one card"}, not on ${p.device} (--options with "interface" or "veth" does)`,
  );
  const feeds = others.map(
    (f) => `feed "${f.name}" is not published: the simulator has one feed, "${feed.name}"`,
  );
  return [...sessions, ...ports, ...feeds];
}

/** The session whose port the simulator has: that of the orders of the first feed's engine. */
function servedSession(config: Config): Config["session"][number] | undefined {
  const byFix = config.session.filter((s) => s.protocol !== OUCH);
  const own = byFix.filter((s) => s.engine === config.feed[0]?.engine);
  const orders = byFix.find((s) => s.use === "orders");
  return own.find((s) => s.use === "orders") ?? own[0] ?? orders;
}

/** The OUCH sessions that it takes: those with the address of the first one. */
function ouchSessions(config: Config): Config["session"] {
  const all = config.session.filter((s) => s.protocol === OUCH);
  return all.filter((s) => s.address === all[0]!.address);
}

/** The software card that the first feed comes by. */
function cardPort(config: Config): Config["port"][number] | undefined {
  const lines = config.feed[0]?.lines ?? [];
  return config.port.find(
    (p) => p.driver === "exanic-sim" && lines.some((line) => line.interface === p.name),
  );
}

/** The venue that an appliance's config expects. */
export function optionsFor(config: Config, price: number): SimOptionsInput {
  const feed = config.feed[0];
  const own = config.session.filter((s) => s.engine === feed?.engine && s.protocol !== OUCH);
  const session = servedSession(config);
  const ouch = ouchSessions(config);
  if (feed === undefined) throw new CliError(EXIT_CONFIG, "the config has no [[feed]] to publish");
  if (session !== undefined && session.protocol !== PROTOCOL) {
    throw new CliError(
      EXIT_CONFIG,
      `session ${session.name}: its protocol is ${session.protocol}, and the simulator speaks ${PROTOCOL} only`,
    );
  }
  const instruments = config.instrument.filter((i) => i.feed === feed.name);
  const card = cardPort(config);
  return {
    ...(card === undefined ? {} : { card: card.device }),
    ...(feed.lines.length === 0
      ? {}
      : { lines: feed.lines.map((l) => ({ group: l.group, port: l.port })) }),
    ...(feed.rerequest === undefined
      ? {}
      : { rerequest: { port: portOf(feed.rerequest.address) } }),
    ...(session === undefined
      ? {}
      : {
          fix: {
            port: portOf(session.address),
            venueCompId: session.target_comp_id,
            // Orders and market data may be sessions of one port.
            clients: (own.length === 0 ? [session] : own)
              .filter((s) => s.use !== "drop-copy" && s.address === session.address)
              .map((s) => s.sender_comp_id),
            dropCopies: config.session
              .filter((s) => s.use === "drop-copy" && s.address === session.address)
              .map((s) => s.sender_comp_id),
          },
        }),
    ...(ouch.length === 0
      ? {}
      : {
          ouch: {
            port: portOf(ouch[0]!.address),
            clients: ouch.map((s) => ({
              username: readSecret(s.username_file ?? ""),
              password: readSecret(s.password_file ?? ""),
            })),
          },
        }),
    symbols: instruments.map((i) => ({
      symbol: i.feed_symbol,
      px: i.position_price > 0 ? i.position_price : price,
      tick: i.ticks.findLast((t) => t.from <= price)?.tick ?? i.ticks[0]!.tick,
    })),
  };
}

/** No commands; ends when `ends` does, or never. */
async function* stopAfter(ends: Promise<unknown> | undefined): AsyncGenerator<string> {
  await (ends ?? new Promise(() => {}));
  yield '{"cmd":"stop"}';
}

/** The ready line for a person; answers to commands have no reader here. */
function inWords(line: string): string {
  const ready = JSON.parse(line) as {
    ready?: boolean;
    session: string;
    lines: { group: string; port: number }[];
    rerequest: { address: string; port: number };
    fix: { address: string; port: number; venueCompId: string };
    ouch?: { address: string; port: number };
    symbols: { symbol: string }[];
  };
  if (ready.ready !== true) return "";
  const symbols = ready.symbols.map((s) => s.symbol);
  return [
    `feed        ${ready.lines.map((l) => `${l.group}:${l.port}`).join("  ")}  session ${ready.session}`,
    `re-request  ${ready.rerequest.address}:${ready.rerequest.port}`,
    `orders      ${ready.fix.address}:${ready.fix.port}  TargetCompID ${ready.fix.venueCompId}`,
    ...(ready.ouch === undefined ? [] : [`by OUCH     ${ready.ouch.address}:${ready.ouch.port}`]),
    `symbols     ${symbols.slice(0, 12).join(" ")}${symbols.length > 12 ? " ..." : ""}`,
    "",
  ].join("\n");
}
