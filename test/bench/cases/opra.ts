/** OPRA blocks of a made-up day. A run is a slice of it, in order; figures are of one message. */
import { BboBooks } from "../../../src/book/bbo-books.ts";
import { Instruments } from "../../../src/book/instruments.ts";
import { BlockFraming } from "../../../src/feed/opra/block-framing.ts";
import { OpraDecoder, opraSizeAt } from "../../../src/feed/opra/opra.ts";
import type { OpraSink } from "../../../src/feed/opra/opra-sink.ts";
import { SeriesTable } from "../../../src/feed/opra/series-table.ts";
import { seriesWords } from "../../../src/feed/opra/series-text.ts";
import { definition, newCounters } from "../../support/market.ts";
import { osi } from "../../support/opra-bytes.ts";
import { makeOpraDay, makeSeries } from "../../support/opra-market.ts";
import type { BenchCase, Loop } from "../bench-case.ts";

const DECODE_NS = 20;
const BOOK_NS = 30;
/** Series that are busy at a time on one line. */
const SERIES = 1000;
const MESSAGES = 120_000;
/** Left out: while the exchanges quote a series for the first time, most quotes are the best. */
const OPENING_BLOCKS = 0.5;
const BLOCKS_PER_SLICE = 64;
const HEADER_BYTES = 21;

interface Day {
  bytes: Uint8Array;
  view: DataView;
  /** Offset and length of each block. */
  blocks: Int32Array;
  symbols: string[];
  messagesPerBlock: number;
}

let made: Day | undefined;

function day(): Day {
  if (made !== undefined) return made;
  const series = makeSeries(SERIES);
  const whole = makeOpraDay({ seed: 3, series, messages: MESSAGES }).blocks;
  const blocks = whole.slice(whole.length * OPENING_BLOCKS);
  const bytes = new Uint8Array(new ArrayBuffer(blocks.reduce((n, b) => n + b.length, 0)));
  const table = new Int32Array(blocks.length * 2);
  let at = 0;
  blocks.forEach((block, i) => {
    bytes.set(block, at);
    table.set([at, block.length], i * 2);
    at += block.length;
  });
  const view = new DataView(bytes.buffer);
  const perBlock = blocks.reduce((n, block) => n + block[10]!, 0) / blocks.length;
  made = { bytes, view, blocks: table, symbols: series.map(osi), messagesPerBlock: perBlock };
  return made;
}

/** Looks series up, and leaves it at that. */
class NullSink implements OpraSink {
  readonly series = new SeriesTable(SERIES);
  readonly takesNew = false;
  calls = 0;

  constructor(symbols: readonly string[]) {
    symbols.forEach((symbol, i) => {
      const [word0, word1, word2] = seriesWords(symbol)!;
      this.series.add(word0, word1, word2, i);
    });
  }
  onUnseenSeries(): void {}
  onBid(_handle: number, px: number): void {
    this.calls += px & 1;
  }
  onOffer(_handle: number, px: number): void {
    this.calls += px & 1;
  }
  onQuoteType(handle: number): void {
    this.calls += handle & 1;
  }
  onUnknownIndicator(): void {}
  onSale(): void {}
  onOpenInterest(): void {}
  onLine(): void {}
  onControl(): void {}
  onLoss(): void {}
  flush(): void {}
}

/** Slice after slice of the day's blocks, from the start when it ends. */
function slices(one: Day, play: (offset: number, length: number) => void): Loop {
  const { blocks, messagesPerBlock } = one;
  const words = BLOCKS_PER_SLICE * 2;
  let from = -words;
  return {
    per: BLOCKS_PER_SLICE * messagesPerBlock,
    before: () => {
      from += words;
      if (from + words > blocks.length) from = 0;
    },
    run: () => {
      for (let i = from; i < from + words; i += 2) play(blocks[i]!, blocks[i + 1]!);
    },
  };
}

function decodeAlone(): BenchCase {
  return {
    name: "OPRA decode",
    budgetNs: DECODE_NS,
    note: "with the look-up of the series",
    make: () => {
      const one = day();
      const { view, bytes } = one;
      const sink = new NullSink(one.symbols);
      const decoder = new OpraDecoder({ sink, counters: newCounters() });
      return slices(one, (offset, length) => {
        let at = offset + HEADER_BYTES;
        for (let k = bytes[offset + 10]!; k > 0; k--) {
          const size = opraSizeAt(view, at, offset + length - at);
          decoder.decode(view, bytes, at, size);
          at += size;
        }
      });
    },
  };
}

function blocksAndBook(verifyChecksum: boolean): BenchCase {
  return {
    name: `OPRA block + decode + book + flush (${verifyChecksum ? "checksum" : "no checksum"})`,
    budgetNs: DECODE_NS + BOOK_NS,
    note: "each block flushed as a packet of its own",
    make: () => {
      const one = day();
      const { view, bytes } = one;
      const counters = newCounters();
      const heard = { calls: 0 };
      const books = new BboBooks({
        feed: 0,
        instruments: new Instruments(one.symbols.map((symbol) => definition(symbol, 0.01))),
        events: {
          onBook: () => void heard.calls++,
          onTrade: () => void heard.calls++,
          onStatus: () => void heard.calls++,
        },
        counters,
      });
      const decoder = new OpraDecoder({ sink: books, counters });
      const framing = new BlockFraming({ decoder, counters, verifyChecksum });
      return slices(one, (offset, length) => {
        if (!framing.read(view, bytes, offset, length)) return;
        if (!framing.isWellFormed(view, bytes, offset, length)) return;
        framing.apply(view, bytes, offset, length, 0);
        decoder.flush(true);
      });
    },
  };
}

export function opraCases(): BenchCase[] {
  return [decodeAlone(), blocksAndBook(false), blocksAndBook(true)];
}
