/**
 * Who takes part in the round-trip bench: for each, the client's command and that of the server that it
 * needs, if it brings none along. Every client prints one line of JSON (round-trips.h); a server prints
 * a line when it listens, and ends when it is told to, with its client or with its standard input.
 */
import { mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { buildQuickfixAcceptor, buildQuickfixInitiator, whyNoQuickfix } from "../quickfix/build.ts";
import { buildPingPong, buildVenue } from "./build.ts";

/** Bytes of the order and of the report that the FIX contestants exchange, within a few. */
export const ORDER_BYTES = 224;
export const REPORT_BYTES = 248;
/** Compiled ahead, and compiled on the way. */
const WARM = 2_000;
const WARM_OURS = 20_000;
const COUNT = 5_000;
/** Messages are not held against a dictionary: the fastest that QuickFIX has. */
const NO_DICTIONARY = "-";
const [CLIENT_CORE, SERVER_CORE] = cpus().length > 1 ? [1, 0] : [-1, -1];

export interface Contestant {
  name: string;
  /** Port and an empty folder are new for each run. */
  server?(port: number, folder: string): string[];
  client(port: number, folder: string): string[];
}

export const PING_POLL = "TCP ping-pong in C, polling";
export const PING_BLOCK = "TCP ping-pong in C, blocking";
export const QUICKFIX = "QuickFIX to QuickFIX, memory store";
export const QUICKFIX_FILE = "QuickFIX to QuickFIX, file store";
export const OURS_TO_C = "hairpin to a venue in C";
export const OURS_TO_OURS = "hairpin to hairpin";
export const OURS_TO_QUICKFIX = "hairpin to QuickFIX, memory store";

function pingPong(name: string, mode: string): Contestant {
  const program = buildPingPong();
  const sizes = [ORDER_BYTES, REPORT_BYTES, WARM, COUNT];
  const client = () => [program, mode, ...[...sizes, CLIENT_CORE, SERVER_CORE].map(String)];
  return { name, client };
}

/** Where a QuickFIX program keeps its messages: a folder of its own, or memory. */
function store(folder: string, isFile: boolean, who: string): string {
  if (!isFile) return "memory";
  const path = join(folder, who);
  mkdirSync(path);
  return path;
}

function quickfixServer(isFile: boolean): Contestant["server"] {
  const program = buildQuickfixAcceptor();
  return (port, folder) => {
    const kept = store(folder, isFile, "acceptor");
    return [program, String(port), kept, NO_DICTIONARY, String(SERVER_CORE)];
  };
}

function quickfix(name: string, isFile: boolean): Contestant {
  const program = buildQuickfixInitiator();
  const client: Contestant["client"] = (port, folder) => {
    const kept = store(folder, isFile, "initiator");
    const counts = [CLIENT_CORE, WARM, COUNT].map(String);
    return [program, String(port), kept, NO_DICTIONARY, ...counts];
  };
  return { name, server: quickfixServer(isFile), client };
}

function venueServer(): Contestant["server"] {
  const program = buildVenue();
  return (port) => [program, String(port), String(SERVER_CORE)];
}

function hairpinServer(port: number): string[] {
  const program = join(import.meta.dir, "hairpin-acceptor.ts");
  return [process.execPath, program, String(port), String(SERVER_CORE)];
}

function hairpinClient(port: number): string[] {
  const program = join(import.meta.dir, "hairpin-initiator.ts");
  return [process.execPath, program, ...[port, CLIENT_CORE, WARM_OURS, COUNT].map(String)];
}

/** In the order of a round. Compiles what they need; throws one sentence when that fails. */
export function contestants(): Contestant[] {
  const without: Contestant[] = [
    pingPong(PING_BLOCK, "block"),
    pingPong(PING_POLL, "poll"),
    { name: OURS_TO_C, server: venueServer(), client: hairpinClient },
    { name: OURS_TO_OURS, server: hairpinServer, client: hairpinClient },
  ];
  if (whyNoQuickfix() !== undefined) return without;
  return [
    ...without,
    quickfix(QUICKFIX, false),
    { name: OURS_TO_QUICKFIX, server: quickfixServer(false), client: hairpinClient },
    quickfix(QUICKFIX_FILE, true),
  ];
}
