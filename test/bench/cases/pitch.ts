/** Cboe PITCH: decoder and books. A run is a slice of a file, in order; figures are of one message. */
import { PitchBooks } from "../../../src/book/pitch-books.ts";
import { PitchDecoder } from "../../../src/feed/pitch/pitch.ts";
import { haveCaptures } from "../../support/captures.ts";
import { newCounters } from "../../support/market.ts";
import type { BenchCase, Loop } from "../bench-case.ts";
import { slices, wildOptions } from "../file-slices.ts";
import { capturedFile, generatedFile } from "../itch-file.ts";
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
  const options = wildOptions(symbols);
  const { counters } = options;
  const made = new PitchBooks(options);
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

function sliced(file: PitchFile, decoder: PitchDecoder, restart: () => void): Loop {
  return slices(file.starts, (from, to) => play(decoder, file, from, to), restart);
}

function decodeAlone(source: Source): BenchCase {
  return {
    name: `PITCH decode (${source.name})`,
    budgetNs: DECODE_NS,
    make: () => {
      const sink = new PitchNullSink();
      const decoder = new PitchDecoder({ sink, edition: EDITION, counters: newCounters() });
      return sliced(source.load(), decoder, () => {});
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
      return sliced(file, market.decoder, () => market.books.clear());
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
