/**
 * Order round trips over loopback, one order at a time: NewOrderSingle there, ExecutionReport back. Raw
 * TCP of the same sizes in C is what the machine can do; a venue in C that does next to nothing shows
 * what our side of the session adds to it, our acceptor what both do. Client and server are processes of their own,
 * each on a core of its own where there are two; contestants take turns, and each round's figures are
 * held against those of the same round.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spreadOf } from "../pair.ts";
import { whyNoQuickfix } from "../quickfix/build.ts";
import {
  type Contestant,
  contestants,
  ORDER_BYTES,
  OURS_TO_C,
  OURS_TO_OURS,
  OURS_TO_QUICKFIX,
  PING_POLL,
  QUICKFIX,
  REPORT_BYTES,
} from "../round-trip/contestants.ts";
import type { Study, StudyFigures } from "../study.ts";

const ROUNDS = 5;
const PATIENCE_MS = 60_000;
/** Prices with zeros behind them, numbers that grow. */
const BYTES_OFF_MAX = 5;

/** What a client prints: ns, and bytes of a message each way. */
interface Trips {
  p50: number;
  p99: number;
  max: number;
  samples: number;
  request: number;
  reply: number;
}

async function runOnce(one: Contestant): Promise<Trips> {
  const folder = mkdtempSync(join(tmpdir(), "hairpin-round-trip-"));
  const port = freePort();
  const server = one.server?.(port, folder);
  const running = server === undefined ? undefined : await startServer(server);
  try {
    const client = Bun.spawn(one.client(port, folder), { stderr: "inherit", timeout: PATIENCE_MS });
    const text = await new Response(client.stdout).text();
    if ((await client.exited) !== 0) throw new Error(`${one.name}: the client failed`);
    return checked(one.name, JSON.parse(text) as Trips);
  } finally {
    running?.stdin.end();
    running?.kill();
    await running?.exited;
    rmSync(folder, { recursive: true });
  }
}

/** Contestants whose messages have other lengths are not to be held against each other. */
function checked(name: string, trips: Trips): Trips {
  const { request, reply } = trips;
  const isClose = (bytes: number, nominal: number) => Math.abs(bytes - nominal) <= BYTES_OFF_MAX;
  if (isClose(request, ORDER_BYTES) && isClose(reply, REPORT_BYTES)) return trips;
  throw new Error(`${name}: ${request} and ${reply} bytes, not ${ORDER_BYTES} and ${REPORT_BYTES}`);
}

async function startServer(command: string[]) {
  const running = Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const said = await running.stdout.getReader().read();
  if (said.done) throw new Error(`${command[0]} did not listen`);
  return running;
}

/** Free a moment ago. */
function freePort(): number {
  const socket = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = socket;
  socket.stop(true);
  return port;
}

async function measure(): Promise<StudyFigures> {
  const why = whyNoQuickfix();
  if (why !== undefined) console.error(`round trips with QuickFIX: skipped: ${why}`);
  const all = contestants();
  const trips = new Map<string, Trips[]>(all.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const one of all) trips.get(one.name)!.push(await runOnce(one));
  }
  const out: StudyFigures = [];
  for (const [name, rounds] of trips) {
    const of = (pick: (t: Trips) => number) => spreadOf(rounds.map(pick)).p50;
    out.push({ name: `${name}: median`, value: of((t) => t.p50), unit: "ns" });
    out.push({ name: `${name}: p99`, value: of((t) => t.p99), unit: "ns" });
  }
  for (const [name, ours, other] of RATIOS) {
    const a = trips.get(ours);
    const b = trips.get(other);
    if (a === undefined || b === undefined) continue;
    const value = spreadOf(a.map((t, i) => t.p50 / b[i]!.p50)).p50;
    out.push({ name, value, unit: "x" });
  }
  return out;
}

export const ROUND_TRIP_STUDY = "order round trip on loopback";
export const OVER_QUICKFIX = "hairpin over QuickFIX, against QuickFIX's acceptor";

export const OVER_PING = "hairpin to a venue in C over the ping-pong in C, polling";
export const BOTH_OVER_PING = "hairpin to hairpin over the ping-pong in C, polling";

/** Medians of a round, ours over the other's; the median of the rounds. */
const RATIOS: [name: string, ours: string, other: string][] = [
  [OVER_PING, OURS_TO_C, PING_POLL],
  [BOTH_OVER_PING, OURS_TO_OURS, PING_POLL],
  [OVER_QUICKFIX, OURS_TO_QUICKFIX, QUICKFIX],
  ["QuickFIX over the ping-pong in C, polling", QUICKFIX, PING_POLL],
];

export function roundTripStudies(): Study[] {
  return [
    {
      name: ROUND_TRIP_STUDY,
      note: `${ORDER_BYTES} B there, ${REPORT_BYTES} B back; medians of ${ROUNDS} rounds`,
      run: measure,
    },
  ];
}
