/** Captures of the simulator's market: a file of ITCH, or packets of two lines that each lose some. */
import { writeFileSync } from "node:fs";
import { Exchange } from "../../../src/sim/exchange.ts";
import { simOptionsSchema } from "../../../src/sim/options.ts";
import type { SimProtocol } from "../../../src/sim/protocols.ts";
import { type FeedTransport, ManualSimClock } from "../../../src/sim/transport.ts";
import { mulberry } from "../../e2e/helpers/mulberry.ts";
import { ethernet, type Frame, itchFile, pcapngSection } from "../capture-files.ts";
import { messagesOf } from "../sim-feed.ts";

/** 2026-11-20, 10:00:00 in the venue's day. */
export const DAY_S = Date.UTC(2026, 10, 20) / 1000;
const START_NS = 10 * 3600e9;
/** Destinations of the lines, as in the rig's config. */
export const LINES = [
  { group: 0xef010101, port: 2001 },
  { group: 0xef010102, port: 2001 },
];

/** 239.1.1.3 is the group behind two lines. */
const OTHER_GROUPS = 0xef010101;

interface Sent {
  line: number;
  bytes: Uint8Array;
  ns: number;
}

export interface GenerateOptions {
  seed: number;
  ms: number;
  /** Of the feed. Default "itch50". */
  protocol?: SimProtocol;
  /** Of each line's packets; never of both lines the same, unless `losesBoth`. */
  loss?: number;
  losesBoth?: boolean;
  /** Packets of each line that the capture came too late for. */
  late?: number;
  symbols?: string[];
  /** Trading halts and short sale restrictions, now and then. */
  halts?: boolean;
}

/** What the venue sent, packet by packet, with its times. */
function generate(o: GenerateOptions): Sent[] {
  const clock = new ManualSimClock(START_NS);
  const sent: Sent[] = [];
  const feed: FeedTransport = {
    send: (line, bytes) => void sent.push({ line, bytes: bytes.slice(), ns: clock.timeNs }),
  };
  const symbols = (o.symbols ?? ["AAPL", "MSFT"]).map((symbol) => ({ symbol, px: 100 }));
  const stops = o.halts === true ? { haltEveryMs: 300, haltMs: 40, restrictEveryMs: 400 } : {};
  const flow = { rate: 4000, ordersPerSymbol: 40, ...stops };
  const { seed, protocol = "itch50" } = o;
  const options = simOptionsSchema.parse({ seed, protocol, session: "GEN", symbols, flow });
  const exchange = new Exchange(options, { clock, feed });
  exchange.start();
  for (let i = 0; i < o.ms; i++) {
    clock.timeNs += 1e6;
    exchange.tick();
  }
  return sent;
}

/** A file of length-prefixed ITCH. */
export function writeItch(path: string, o: GenerateOptions): void {
  const packets = generate(o).filter((p) => p.line === 0);
  // Heartbeats have no messages.
  const messages = messagesOf(packets.filter(({ bytes }) => bytes.length > 20).map((p) => p.bytes));
  writeFileSync(path, itchFile(messages));
}

/** A pcapng with both lines, the second some us behind. */
export function writePackets(path: string, o: GenerateOptions): void {
  const random = mulberry(o.seed);
  const frames: Frame[] = [];
  const counts = [0, 0];
  for (const { bytes, line, ns } of generate(o).slice(2 * (o.late ?? 0))) {
    const mayLose = o.losesBoth === true || (line < 2 && counts[line]!++ % 2 === line);
    if (mayLose && frames.length > 20 && random() < (o.loss ?? 0)) continue;
    const at = ns + (line === 0 ? 0 : 3000 + Math.floor(random() * 9000));
    frames.push({
      // Behind the lines: the gap group of PITCH; snapshots and definitions of MDP 3.0.
      bytes: ethernet(bytes, LINES[line] ?? { group: OTHER_GROUPS + line, port: 2001 }),
      seconds: DAY_S + Math.floor(at / 1e9),
      ns: at % 1e9,
    });
  }
  writeFileSync(path, pcapngSection(frames, [{ resolution: 9 }]));
}
