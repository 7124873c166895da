/** Decoder and books beside the same in C, over one file, both in one process. */
import { Books } from "../../../src/book/books.ts";
import { Instruments } from "../../../src/book/instruments.ts";
import { BOOK_CSV_HEADER, bookCsvRow } from "../../../src/book/levels.ts";
import { ItchDecoder } from "../../../src/feed/itch/itch.ts";
import type { MessageDecoder } from "../../../src/feed/message-decoder.ts";
import { haveCaptures } from "../../support/captures.ts";
import { DecodeSum } from "../../support/decode-sum.ts";
import { definition, newCounters } from "../../support/market.ts";
import { loadReference, type Reference } from "../../support/reference.ts";
import { type ItchFile, largeFile } from "../itch-file.ts";
import type { Pair, PairCase } from "../pair.ts";

export const BOOK_PAIR = "ITCH decode + book + flush of a whole file";
const CAPACITY = 1 << 16;
const CSV_BYTES = 1 << 20;

/** Every message of the file; `flushes`: each as a packet of its own. */
function play(decoder: MessageDecoder, file: ItchFile, flushes: boolean): number {
  const { view, bytes } = file;
  let count = 0;
  for (let at = 0; at < bytes.length; count++) {
    const length = view.getUint16(at);
    decoder.decode(view, bytes, at + 2, length);
    if (flushes) decoder.flush(true);
    at += 2 + length;
  }
  return count;
}

async function decodePair(): Promise<Pair> {
  const file = largeFile();
  const reference = await loadReference();
  const sink = new DecodeSum();
  const decoder = new ItchDecoder({ sink, counters: newCounters() });
  const ours = () => play(decoder, file, false);
  const other = () => reference.ref_decode(file.bytes, file.bytes.length, 0);
  const per = sameCount(ours(), other());
  if (sink.sum >>> 0 !== reference.ref_decode_sum()) {
    throw new Error("the C reference decodes other values than ours");
  }
  return { ours: { run: ours }, other: { run: other }, per, isTurn: true };
}

async function bookPair(): Promise<Pair> {
  const file = largeFile();
  const reference = await loadReference();
  const { books, decoder, instruments } = makeBooks(file);
  const handle = reference.ref_book_open(CAPACITY, CAPACITY);
  if (handle === 0) throw new Error("the C reference has no memory for its books");
  const ours = () => play(decoder, file, true);
  const other = () => reference.ref_book_run(handle, file.bytes, file.bytes.length);
  const per = sameCount(ours(), other());
  sameBooks(csvOf(books, instruments), csvOfReference(reference, handle));
  return {
    ours: { before: () => books.clear(), run: ours },
    other: { before: () => reference.ref_book_clear(handle), run: other },
    per,
    isTurn: true,
  };
}

/** As many instruments as the file has, and prices in the feed's unit. */
function makeBooks(file: ItchFile) {
  const heard = { calls: 0 };
  const counters = newCounters();
  const instruments = new Instruments([], file.symbols);
  const books = new Books({
    feed: 0,
    instruments,
    maxOrders: CAPACITY,
    maxLevels: CAPACITY,
    wildcard: (symbol) => definition(symbol),
    events: {
      onBook: () => void heard.calls++,
      onTrade: () => void heard.calls++,
      onStatus: () => void heard.calls++,
    },
    counters,
  });
  return { books, decoder: new ItchDecoder({ sink: books, counters }), instruments };
}

function sameCount(ours: number, other: number): number {
  if (ours !== other) throw new Error(`ours reads ${ours} messages, the C reference ${other}`);
  return ours;
}

function sameBooks(ours: string, other: string): void {
  if (ours !== other) throw new Error("the C reference has other books than ours");
}

/** As `hairpin book FILE --csv`. */
function csvOf(books: Books, instruments: Instruments): string {
  const lines = [BOOK_CSV_HEADER];
  books.locates.forEach((entry, locate) => {
    if (entry <= 0) return;
    const { symbol } = instruments.definitions[entry - 1]!;
    lines.push(bookCsvRow(locate, symbol, books.levels(entry - 1)));
  });
  return `${lines.join("\n")}\n`;
}

function csvOfReference(reference: Reference, handle: number): string {
  const out = new Uint8Array(new ArrayBuffer(CSV_BYTES));
  const length = reference.ref_book_csv(handle, out, out.length);
  if (length < 0) throw new Error(`the C reference writes no CSV (code ${length})`);
  return Buffer.from(out.buffer, 0, length).toString("latin1");
}

export function referenceFeedPairs(): PairCase[] {
  const note = haveCaptures("itch-synthetic") ? "syn200k.itch" : "generated";
  return [
    { name: "ITCH decode of a whole file", other: "C", note, make: decodePair },
    { name: BOOK_PAIR, other: "C", note, make: bookPair },
  ];
}
