/** Decoder and books of the C reference hold the same as ours, message for message. */
import { afterAll, describe, expect, test } from "bun:test";
import { BOOK_CSV_HEADER, bookCsvRow } from "../../src/book/levels.ts";
import { ItchDecoder } from "../../src/feed/itch/itch.ts";
import { ITCH_MESSAGES } from "../../src/feed/itch/itch-fields.ts";
import { Random } from "../../src/sim/random.ts";
import { generatedFile } from "../bench/itch-file.ts";
import { haveCaptures, readCapture } from "../support/captures.ts";
import { DecodeSum } from "../support/decode-sum.ts";
import { itch } from "../support/itch-bytes.ts";
import { market, newCounters } from "../support/market.ts";
import { openReference } from "../support/reference.ts";

const ORDERS = 1 << 16;
const REF_ECUT = -3;
const reference = await openReference();
const handle = reference?.ref_book_open(ORDERS, ORDERS) ?? 0;
afterAll(() => {
  reference?.ref_book_close(handle);
});

/** Calls `each` with the offset and length of every message of a length-prefixed file. */
function eachMessage(file: Uint8Array, each: (at: number, length: number) => void): number {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let count = 0;
  for (let at = 0; at < file.length; count++) {
    const length = view.getUint16(at);
    each(at + 2, length);
    at += 2 + length;
  }
  return count;
}

function decodedByUs(file: Uint8Array): { count: number; sum: number } {
  const sink = new DecodeSum();
  const decoder = new ItchDecoder({ sink, counters: newCounters() });
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const count = eachMessage(file, (at, length) => decoder.decode(view, file, at, length));
  return { count, sum: sink.sum >>> 0 };
}

function decodedInC(file: Uint8Array): { count: number; sum: number } {
  const count = reference!.ref_decode(file, file.length, 0);
  return { count, sum: reference!.ref_decode_sum() };
}

function booksOfOurs(file: Uint8Array): string {
  const m = market({ capacity: 4096 }, { maxOrders: ORDERS, maxLevels: ORDERS });
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  eachMessage(file, (at, length) => {
    m.decoder.decode(view, file, at, length);
    m.decoder.flush(true);
  });
  const rows = [BOOK_CSV_HEADER];
  for (let locate = 0; locate < m.books.locates.length; locate++) {
    const instrument = m.books.locates[locate]! - 1;
    if (instrument < 0) continue;
    const symbol = m.instruments.definitions[instrument]!.symbol;
    rows.push(bookCsvRow(locate, symbol, m.books.levels(instrument)));
  }
  return `${rows.join("\n")}\n`;
}

function booksInC(file: Uint8Array): string {
  reference!.ref_book_clear(handle);
  expect(reference!.ref_book_run(handle, file, file.length)).toBeGreaterThan(0);
  const out = new Uint8Array(new ArrayBuffer(1 << 22));
  const length = reference!.ref_book_csv(handle, out, out.length);
  expect(length).toBeGreaterThan(0);
  return new TextDecoder().decode(out.subarray(0, length));
}

function lengthPrefixed(messages: readonly Uint8Array[]): Uint8Array {
  const parts = messages.flatMap((m) => [Uint8Array.of(m.length >> 8, m.length & 255), m]);
  return new Uint8Array(Buffer.concat(parts));
}

/** Messages of every type with random fields, now and then of a wrong length. */
function strayFile(seed: number): Uint8Array {
  const random = new Random(seed);
  const parts: Uint8Array[] = [];
  for (let n = 0; n < 2000; n++) {
    const type = ITCH_MESSAGES[random.below(ITCH_MESSAGES.length)]!;
    const length = random.below(50) === 0 ? random.below(60) : type.length;
    const bytes = new Uint8Array(2 + length);
    new DataView(bytes.buffer).setUint16(0, length);
    for (let i = 2; i < bytes.length; i++) bytes[i] = random.below(256);
    if (length > 0)
      bytes[2] = random.below(100) === 0 ? random.below(256) : type.type.charCodeAt(0);
    // Few references and locates, so that orders meet; small quantities, so that they are held.
    if (length >= 19) {
      bytes.set([0, 1 + random.below(3), 0, 0], 3);
      bytes.set([0, 0, 0, 0, 0, 0, 0, random.below(64)], 13);
    }
    const stock = type.fields.find((field) => field.name === "stock");
    if (stock !== undefined && length === type.length) {
      bytes.set(new TextEncoder().encode(`S${random.below(4)}`.padEnd(8)), 2 + stock.offset);
    }
    if (type.type === "A" && length === type.length) {
      bytes.set([random.below(2) === 0 ? 0x42 : 0x53, 0, 0, 1, random.below(256)], 21);
      bytes.set([0, 0, 0x27, random.below(16)], 34);
    }
    parts.push(bytes);
  }
  return new Uint8Array(Buffer.concat(parts));
}

describe.skipIf(reference === undefined)("the decoder in C", () => {
  test("reads the fields of a generated day as ours does", () => {
    const { bytes } = generatedFile();
    const ours = decodedByUs(bytes);
    expect(ours.count).toBeGreaterThan(50_000);
    expect(decodedInC(bytes)).toEqual(ours);
  });

  test("reads every type, and refuses wrong lengths, as ours does", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const file = strayFile(seed);
      expect({ seed, ...decodedInC(file) }).toEqual({ seed, ...decodedByUs(file) });
    }
  });

  test("notices one changed byte anywhere in a message", () => {
    const file = strayFile(1);
    const before = decodedInC(file);
    const random = new Random(2);
    let noticed = 0;
    const places: number[] = [];
    eachMessage(file, (at, length) => {
      // The tracking number is read by nobody.
      if (length === 36 && file[at] === 0x41) places.push(at + 5 + random.below(15));
    });
    for (const at of places) {
      file[at] = file[at]! ^ 0x55;
      const changed = decodedInC(file);
      if (changed.sum !== before.sum) noticed++;
      file[at] = file[at]! ^ 0x55;
    }
    expect(places.length).toBeGreaterThan(50);
    expect(noticed).toBe(places.length);
  });

  test("says so when a file ends inside a message", () => {
    const { bytes } = generatedFile();
    expect(reference!.ref_decode(bytes, bytes.length - 1, 0)).toBe(REF_ECUT);
    expect(reference!.ref_book_run(handle, bytes, bytes.length - 1)).toBe(REF_ECUT);
  });

  const have = haveCaptures("itch-synthetic");
  test.skipIf(!have)("reads the captured day as ours does", () => {
    const file = readCapture("itch-synthetic", "syn200k.itch.gz");
    const ours = decodedByUs(file);
    expect(ours.count).toBe(200_000);
    expect(decodedInC(file)).toEqual(ours);
  });
});

describe.skipIf(reference === undefined)("the books in C", () => {
  test("are ours at the end of a generated day", () => {
    const { bytes } = generatedFile();
    const ours = booksOfOurs(bytes);
    expect(ours.split("\n").length).toBe(42);
    expect(booksInC(bytes)).toBe(ours);
  });

  test("are ours after stray messages: repeats, mismatches, more executed than rests", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const file = strayFile(seed);
      expect(booksInC(file)).toBe(booksOfOurs(file));
    }
  });

  test("differ when one order has one share more", () => {
    const add = (order_reference_number: number, shares: number) =>
      itch("A", {
        stock_locate: 1,
        order_reference_number,
        buy_sell_indicator: "B",
        shares,
        price: 10_000,
      });
    const file = (shares: number) => lengthPrefixed([add(7, 100), add(8, shares)]);
    expect(booksInC(file(300))).toBe(booksOfOurs(file(300)));
    expect(booksInC(file(300))).not.toBe(booksInC(file(301)));
  });

  const have = haveCaptures("itch-synthetic");
  test.skipIf(!have)("are the golden books of the captured day", () => {
    const file = readCapture("itch-synthetic", "syn200k.itch.gz");
    const golden = new TextDecoder().decode(readCapture("itch-synthetic", "syn200k.golden.csv"));
    expect(booksInC(file)).toBe(golden);
    expect(booksOfOurs(file)).toBe(golden);
  });
});
