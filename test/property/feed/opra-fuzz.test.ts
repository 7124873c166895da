/**
 * Damaged OPRA blocks: never a throw, never a read outside the packet, and never a wrong checksum
 * taken. HAIRPIN_OPRA_FUZZ: how many blocks (40,000; two million with HAIRPIN_FULL=1).
 */
import { expect, test } from "bun:test";
import { FEED_BAD_CHECKSUM, FEED_MESSAGES } from "../../../src/feed/counters.ts";
import { BlockFraming } from "../../../src/feed/opra/block-framing.ts";
import { OpraDecoder } from "../../../src/feed/opra/opra.ts";
import { describeOpra, describeOpraBlock } from "../../../src/feed/opra/opra-fields.ts";
import type { OpraSink } from "../../../src/feed/opra/opra-sink.ts";
import { haveCaptures, readCapture } from "../../support/captures.ts";
import {
  administrative,
  control,
  indexQuote,
  indexValue,
  openInterest,
  opraBlock,
  osi,
  seriesMapping,
  summary,
} from "../../support/opra-bytes.ts";
import { makeOpraDay, makeSeries, randomOf } from "../../support/opra-market.ts";
import { opraRig } from "../../support/opra-rig.ts";

const isFull = process.env["HAIRPIN_FULL"] === "1";
const BLOCKS = Number(process.env["HAIRPIN_OPRA_FUZZ"] ?? (isFull ? 2_000_000 : 40_000));
const SERIES = makeSeries(6);
/** Where the packet stands in the arena. */
const AT = 101;

/** Writes down reads that leave the packet. */
class Guarded extends DataView<ArrayBuffer> {
  end = 0;
  readonly outside: string[] = [];

  private check(what: string, at: number, size: number): void {
    if (at < AT || at + size > this.end) this.outside.push(`${what} at ${at - AT}`);
  }
  override getUint8(at: number): number {
    this.check("getUint8", at, 1);
    return super.getUint8(at);
  }
  override getUint16(at: number, little?: boolean): number {
    this.check("getUint16", at, 2);
    return super.getUint16(at, little);
  }
  override getInt32(at: number, little?: boolean): number {
    this.check("getInt32", at, 4);
    return super.getInt32(at, little);
  }
  override getUint32(at: number, little?: boolean): number {
    this.check("getUint32", at, 4);
    return super.getUint32(at, little);
  }
}

function guarded(packet: Uint8Array): { view: Guarded; bytes: Uint8Array } {
  const bytes = new Uint8Array(new ArrayBuffer(AT + packet.length + 64)).fill(0xff);
  bytes.set(packet, AT);
  const view = new Guarded(bytes.buffer as ArrayBuffer);
  view.end = AT + packet.length;
  return { view, bytes };
}

/** Blocks to damage: recorded ones, a made-up day's, and one with the rarer messages. */
function seedBlocks(): Uint8Array[] {
  const one = SERIES[0]!;
  const rare = [
    openInterest(one, 5),
    summary(one, { volume: 1, openInterest: 2, prices: [1, 2, 3, 4, 5, 6, 7], underlying: 8n }),
    seriesMapping(one, 3),
    indexValue("SPX", { code: "B", px: 4 }),
    indexQuote("SPX", "B", 4, 5n),
    administrative("A TEXT"),
    control("C"),
  ];
  const blocks = [...makeOpraDay({ seed: 5, series: SERIES, messages: 200 }).blocks];
  blocks.push(opraBlock(blocks.length + 1, rare), opraBlock(3, [control("N")]));
  if (haveCaptures("opra")) {
    for (const name of ["ControlMessage.H", "LongEquityAnIndexQuoteMessage.k"]) {
      blocks.push(readCapture("opra", `Opra_Recipient_v6_2__${name}.pcap`).slice(82));
    }
  }
  return blocks;
}

/** Changes up to four bytes; half the time puts the checksum right again, or cuts the packet. */
function damage(block: Uint8Array, random: () => number): Uint8Array {
  let bytes = block.slice();
  for (let n = 1 + Math.floor(random() * 4); n > 0; n--) {
    bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  }
  if (random() < 0.1) bytes = bytes.slice(0, Math.floor(random() * bytes.length));
  if (bytes.length >= 21 && random() < 0.5) {
    if (random() < 0.5) new DataView(bytes.buffer).setUint16(1, bytes.length);
    bytes.fill(0, 19, 21);
    const sum = bytes.reduce((n, byte) => n + byte, 0) & 0xffff;
    bytes[19] = sum >> 8;
    bytes[20] = sum & 255;
  }
  return bytes;
}

test(`${BLOCKS} damaged blocks cause no throw and no read outside themselves`, () => {
  const seeds = seedBlocks();
  const random = randomOf(17);
  const rigs = [true, false].map((verifyChecksum) => {
    const r = opraRig({ series: SERIES.map(osi) });
    const { decoder, counters } = r;
    return { ...r, framing: new BlockFraming({ decoder, counters, verifyChecksum }) };
  });
  const outside: string[] = [];
  let applied = 0;
  for (let n = 0; n < BLOCKS; n++) {
    const packet = damage(seeds[n % seeds.length]!, random);
    const { view, bytes } = guarded(packet);
    const { framing, books } = rigs[n & 1]!;
    if (!framing.read(view, bytes, AT, packet.length)) continue;
    if (!framing.isWellFormed(view, bytes, AT, packet.length)) continue;
    framing.apply(view, bytes, AT, packet.length, 0);
    books.flush(true);
    applied++;
    if (view.outside.length > 0) outside.push(...view.outside);
  }
  expect(outside).toEqual([]);
  // Damage went deep: a fair part was taken for good.
  expect(applied).toBeGreaterThan(BLOCKS / 10);
  expect(applied).toBeLessThan(BLOCKS);
});

test("the guard of the test above does report a read outside", () => {
  const { view } = guarded(opraBlock(1, []));
  view.getUint16(AT + 21);
  view.getInt32(AT - 1);
  expect(view.outside).toEqual(["getUint16 at 21", "getInt32 at -1"]);
});

test("a message of any bytes and length is decoded within its bounds or counted", () => {
  const random = randomOf(23);
  const r = opraRig({ series: 3 });
  for (let n = 0; n < 5000; n++) {
    const bytes = new Uint8Array(Math.floor(random() * 80)).map(() => Math.floor(random() * 256));
    if (bytes.length > 3 && random() < 0.9) {
      bytes[1] = "adfkqRYHC".charCodeAt(n % 9);
      bytes[3] = " ABCDEFGHIJKLMNOPQ".charCodeAt(n % 18);
    }
    const { view, bytes: arena } = guarded(bytes);
    r.decoder.decode(view, arena, AT, bytes.length);
    r.decoder.flush(true);
    expect(view.outside).toEqual([]);
    describeOpra(bytes, 0, bytes.length);
    describeOpraBlock(bytes, 0, bytes.length);
  }
});

test("what the field table accepts, the decoder accepts, and nothing else", () => {
  const random = randomOf(29);
  const calls: string[] = [];
  const counters = new Float64Array(256);
  const r = opraRig({ series: 1 });
  const sink = new Proxy(r.books as OpraSink, {
    get: (target, name) => {
      if (name === "series" || name === "takesNew") return Reflect.get(target, name);
      return () => calls.push(String(name));
    },
  });
  const decoder = new OpraDecoder({ sink, counters });
  const messages = [...makeOpraDay({ seed: 5, series: SERIES, messages: 50 }).blocks].map((block) =>
    block.slice(21),
  );
  let fits = 0;
  for (let n = 0; n < 20_000; n++) {
    const bytes = messages[n % messages.length]!.slice(0, 12 + Math.floor(random() * 60));
    if (bytes.length < 12) continue;
    if (random() < 0.5) bytes[1] = "adfkqRYHC"[n % 9]!.charCodeAt(0);
    if (random() < 0.5) bytes[2] = " IT"[n % 3]!.charCodeAt(0);
    const before = counters.reduce((a, b) => a + b, 0) - counters[26]!;
    decoder.decode(new DataView(bytes.buffer), bytes, 0, bytes.length);
    const refused = counters.reduce((a, b) => a + b, 0) - counters[26]! - before > 0;
    const told = describeOpra(bytes, 0, bytes.length) !== undefined;
    if (told) fits++;
    expect(`${told} ${String.fromCharCode(bytes[1]!)} ${bytes.length}`).toBe(
      `${!refused} ${String.fromCharCode(bytes[1]!)} ${bytes.length}`,
    );
  }
  expect(fits).toBeGreaterThan(100);
});

test("a damaged copy, whatever the damage, does not spoil the books of the other line's", () => {
  const random = randomOf(31);
  const day = makeOpraDay({ seed: 9, series: SERIES, messages: 2000 });
  const clean = opraRig({ series: SERIES.map(osi) });
  const spoiled = opraRig({ series: SERIES.map(osi) });
  for (const block of day.blocks) {
    clean.send(block);
    // The damaged copy comes first; a sum that is right by chance is one of 65,536.
    const copy = block.slice();
    copy[Math.floor(random() * copy.length)]! ^= 1 << Math.floor(random() * 8);
    spoiled.send(copy, 0);
    spoiled.send(block, 1);
  }
  expect(spoiled.counters[FEED_BAD_CHECKSUM]).toBeGreaterThan(day.blocks.length / 2);
  expect(spoiled.counters[FEED_MESSAGES]).toBe(clean.counters[FEED_MESSAGES]!);
  SERIES.forEach((_, i) => {
    expect(spoiled.books.levels(i)).toEqual(clean.books.levels(i));
    expect(spoiled.books.flags(i)).toBe(clean.books.flags(i));
  });
});
