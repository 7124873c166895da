/** Cboe PITCH: decoder and books. A run is a slice of a file, in order; figures are of one message. */
import { Instruments } from "../../../src/book/instruments.ts";
import { PitchBooks } from "../../../src/book/pitch-books.ts";
import { PitchDecoder } from "../../../src/feed/pitch/pitch.ts";
import { haveCaptures } from "../../support/captures.ts";
import { definition, newCounters } from "../../support/market.ts";
import type { BenchCase, Loop } from "../bench-case.ts";
import { capturedFile, generatedFile, SLICE } from "../itch-file.ts";
import { type PitchFile, pitchFile } from "../pitch-file.ts";
import { PitchNullSink } from "../pitch-null-sink.ts";

/** Together: 40 ns a message. */
const DECODE_NS = 20;
const BOOK_NS = 20;
const EDITION = "us-equities";

interface Source {
  name: string;
  load(): PitchFile;
}

function books(symbols: number) {
  const heard = { calls: 0 };
  const counters = newCounters();
  const made = new PitchBooks({
    feed: 0,
    instruments: new Instruments([], symbols),
    maxOrders: 1 << 16,
    maxLevels: 1 << 16,
    wildcard: (symbol) => definition(symbol),
    events: {
      onBook: () => void heard.calls++,
      onTrade: () => void heard.calls++,
      onStatus: () => void heard.calls++,
    },
    counters,
  });
  return { books: made, decoder: new PitchDecoder({ sink: made, edition: EDITION, counters }) };
}

/** Messages from one offset of the file to another, each flushed as a packet of its own. */
function play(decoder: PitchDecoder, file: PitchFile, from: number, to: number): void {
  const { view, bytes } = file;
  for (let at = from; at < to; ) {
    const length = bytes[at]!;
    decoder.decode(view, bytes, at, length);
    decoder.flush(true);
    at += length;
  }
}

/** Slice after slice; `restart` before the first one, not timed. */
function slices(file: PitchFile, decoder: PitchDecoder, restart: () => void): Loop {
  const { starts } = file;
  let slice = starts.length;
  return {
    per: SLICE,
    before: () => {
      slice++;
      if (slice < starts.length - 1) return;
      slice = 0;
      restart();
    },
    run: () => play(decoder, file, starts[slice]!, starts[slice + 1]!),
  };
}

function decodeAlone(source: Source): BenchCase {
  return {
    name: `PITCH decode (${source.name})`,
    budgetNs: DECODE_NS,
    make: () => {
      const sink = new PitchNullSink();
      const decoder = new PitchDecoder({ sink, edition: EDITION, counters: newCounters() });
      return slices(source.load(), decoder, () => {});
    },
  };
}

function decodeAndBook(source: Source): BenchCase {
  return {
    name: `PITCH decode + book + flush (${source.name})`,
    budgetNs: DECODE_NS + BOOK_NS,
    note: "each message flushed as a packet of its own",
    make: () => {
      const file = source.load();
      const market = books(file.symbols);
      return slices(file, market.decoder, () => market.books.clear());
    },
  };
}

export function pitchCases(): BenchCase[] {
  const sources: Source[] = [{ name: "generated", load: () => pitchFile(generatedFile()) }];
  if (haveCaptures("itch-synthetic")) {
    sources.push({ name: "itch-synthetic", load: () => pitchFile(capturedFile()) });
  }
  return sources.flatMap((source) => [decodeAlone(source), decodeAndBook(source)]);
}
