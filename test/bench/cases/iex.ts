/** IEX DEEP: decoder and books. A run is a slice of messages, in order; figures are of one message. */
import { join } from "node:path";
import { IexBooks } from "../../../src/book/iex-books.ts";
import { Instruments } from "../../../src/book/instruments.ts";
import { IexDecoder } from "../../../src/feed/iex/iex.ts";
import type { IexSink } from "../../../src/feed/iex/iex-sink.ts";
import { IEXTP_HEADER_BYTES } from "../../../src/feed/iex/iextp-framing.ts";
import { packetsOf } from "../../support/capture-packets.ts";
import { CAPTURES, haveCaptures } from "../../support/captures.ts";
import { drawFrom } from "../../support/feed-rigs/rig.ts";
import { level, T0, trade } from "../../support/iex-bytes.ts";
import { definition, newCounters } from "../../support/market.ts";
import type { BenchCase, Loop } from "../bench-case.ts";
import { SLICE } from "../itch-file.ts";

const SYMBOLS = 256;
const MESSAGES = 200_000;
const INSTRUMENTS = 8192;

/** Messages one behind the other, each behind its u16 length, little endian. */
interface Messages {
  bytes: Uint8Array;
  view: DataView;
  /** Offsets of each SLICE-th one. */
  starts: number[];
}

interface Source {
  name: string;
  load(): Messages | Promise<Messages>;
}

function messagesIn(bytes: Uint8Array): Messages {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const starts: number[] = [];
  for (let at = 0, n = 0; at < bytes.length; at += 2 + view.getUint16(at, true), n++) {
    if (n % SLICE === 0) starts.push(at);
  }
  return { bytes, view, starts };
}

/** Levels about a price that does not move, and a trade now and then: what a trading day is made of. */
function generated(): Messages {
  const draw = drawFrom(7);
  const depth = new Map<string, number>();
  const parts: Uint8Array[] = [];
  for (let n = 0; n < MESSAGES; n++) {
    const symbol = `S${draw(SYMBOLS)}`;
    const side = draw(2) === 0 ? "8" : "5";
    const px = 10_000 * 50 + (side === "8" ? -100 * draw(12) : 100 + 100 * draw(12));
    const key = `${symbol}${side}${px}`;
    const size = depth.has(key) && draw(3) === 0 ? 0 : 100 * (1 + draw(20));
    if (size === 0) depth.delete(key);
    else depth.set(key, size);
    const time = T0 + BigInt(n) * 1000n;
    const message =
      draw(10) === 0 ? trade(symbol, 100, px, n, time) : level(side, symbol, size, px, true, time);
    const head = new Uint8Array([message.length, 0]);
    parts.push(head, message);
  }
  return messagesIn(new Uint8Array(Buffer.concat(parts)));
}

/** Three quarters are statuses of the mornings of twelve sessions. */
async function sample(): Promise<Messages> {
  const { bytes, packets } = await packetsOf(join(CAPTURES, "iex/DEEP10.pcap.gz"), true);
  const payloads = packets.map(({ offset, length }) =>
    bytes.subarray(offset + IEXTP_HEADER_BYTES, offset + length),
  );
  return messagesIn(new Uint8Array(Buffer.concat(payloads)));
}

/** Adds up what it is told, so that no read of the decoder is for nothing. */
class SumSink implements IexSink {
  sum = 0;
  find(high: number, low: number): number {
    return (high ^ low) & 255;
  }
  onDirectory(high: number, low: number, lot: number): void {
    this.sum = (this.sum + high + low + lot) | 0;
  }
  onSystemEvent(code: number): void {
    this.sum = (this.sum + code) | 0;
  }
  onTradingStatus(h: number, status: number): void {
    this.sum = (this.sum + h + status) | 0;
  }
  onOperationalHalt(h: number, status: number): void {
    this.sum = (this.sum + h + status) | 0;
  }
  onShortSale(h: number, status: number): void {
    this.sum = (this.sum + h + status) | 0;
  }
  onPriceLevel(h: number, side: number, f: number, qty: number, hi: number, lo: number): void {
    this.sum = (this.sum + h + side + f + qty + hi + lo) | 0;
  }
  onQuote(h: number, f: number, bq: number, bh: number, bl: number, aq: number): void {
    this.sum = (this.sum + h + f + bq + bh + bl + aq) | 0;
  }
  onTrade(h: number, conditions: number, qty: number, hi: number, lo: number): void {
    this.sum = (this.sum + h + conditions + qty + hi + lo) | 0;
  }
  onBroken(h: number, hi: number, lo: number): void {
    this.sum = (this.sum + h + hi + lo) | 0;
  }
  onOther(h: number, type: number): void {
    this.sum = (this.sum + h + type) | 0;
  }
  flush(): void {}
  onLoss(): void {}
}

function marketBooks() {
  const heard = { calls: 0 };
  const counters = newCounters();
  const books = new IexBooks({
    protocol: "deep",
    feed: 0,
    instruments: new Instruments([], INSTRUMENTS),
    maxLevels: 1 << 16,
    wildcard: (symbol) => definition(symbol),
    events: {
      onBook: () => void heard.calls++,
      onTrade: () => void heard.calls++,
      onStatus: () => void heard.calls++,
    },
    counters,
  });
  return { books, decoder: new IexDecoder({ feed: "deep", sink: books, counters }) };
}

/** Slice after slice, each message flushed as a packet of its own; `restart` before the first one. */
function slices(source: Messages, decoder: IexDecoder, restart: () => void): Loop {
  const { view, bytes, starts } = source;
  let slice = starts.length;
  return {
    per: SLICE,
    before: () => {
      slice++;
      if (slice < starts.length - 1) return;
      slice = 0;
      restart();
    },
    run: () => {
      const to = starts[slice + 1]!;
      for (let at = starts[slice]!; at < to; ) {
        const length = view.getUint16(at, true);
        decoder.decode(view, bytes, at + 2, length);
        decoder.flush(true);
        at += 2 + length;
      }
    },
  };
}

function casesOf(source: Source): BenchCase[] {
  return [
    {
      name: `DEEP decode (${source.name})`,
      make: async () => {
        const counters = newCounters();
        const decoder = new IexDecoder({ feed: "deep", sink: new SumSink(), counters });
        return slices(await source.load(), decoder, () => {});
      },
    },
    {
      name: `DEEP decode + book + flush (${source.name})`,
      note: "each message flushed as a packet of its own",
      make: async () => {
        const market = marketBooks();
        return slices(await source.load(), market.decoder, () => market.books.clear());
      },
    },
  ];
}

export function iexCases(): BenchCase[] {
  const sources: Source[] = [{ name: "generated", load: generated }];
  if (haveCaptures("iex")) sources.push({ name: "IEX sample", load: sample });
  return sources.flatMap(casesOf);
}
