/** ITCH 5.0 files as benches read them: each message behind its u16 length, big endian. */
import { haveCaptures, readCapture } from "../support/captures.ts";
import { messagesOf } from "../support/sim-feed.ts";
import { makeVenue } from "../support/sim-venue.ts";

export interface ItchFile {
  bytes: Uint8Array;
  view: DataView;
  /** Offsets of each SLICE-th message; what comes after the last one is left out. */
  starts: number[];
  /** Different symbols in it, at most. */
  symbols: number;
  /** Where it is from, for the report. */
  name: string;
}

/** Messages that are timed together: short beside a time slice of the scheduler. */
export const SLICE = 512;

const SYMBOLS = 40;
const SECONDS = 3;
/** So long for 200,000 messages. */
const LARGE_SECONDS = 10;

/** The 200,000-message file: the captured one when it is there, else one from the simulator. */
export function largeFile(): ItchFile {
  return haveCaptures("itch-synthetic") ? capturedFile() : generatedFile(LARGE_SECONDS);
}

/** From the simulator: other people's orders in 40 symbols, the same ones each time. */
export function generatedFile(seconds = SECONDS): ItchFile {
  const symbols = Array.from({ length: SYMBOLS }, (_, i) => ({ symbol: `SYM${i}`, px: 20 + i }));
  const venue = makeVenue({
    seed: 7,
    session: "BENCH",
    symbols,
    lines: [{ group: "239.0.0.1" }],
    flow: { rate: 20_000, ordersPerSymbol: 100 },
  });
  venue.exchange.start();
  venue.run(1000 * seconds);
  const messages = messagesOf(venue.feed.packets[0]!);
  const bytes = new Uint8Array(new ArrayBuffer(messages.reduce((n, m) => n + 2 + m.length, 0)));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const message of messages) {
    view.setUint16(at, message.length);
    bytes.set(message, at + 2);
    at += 2 + message.length;
  }
  return { bytes, view, starts: startsOf(view), symbols: SYMBOLS, name: "generated" };
}

/** captures/itch-synthetic. */
export function capturedFile(): ItchFile {
  const read = readCapture("itch-synthetic", "syn200k.itch.gz");
  // Memory that native code may be shown: it does not move.
  const bytes = new Uint8Array(new ArrayBuffer(read.length));
  bytes.set(read);
  const view = new DataView(bytes.buffer);
  return { bytes, view, starts: startsOf(view), symbols: 256, name: "syn200k.itch" };
}

function startsOf(view: DataView): number[] {
  const starts: number[] = [];
  for (let at = 0, n = 0; at < view.byteLength; at += 2 + view.getUint16(at), n++) {
    if (n % SLICE === 0) starts.push(at);
  }
  return starts;
}
