/** MDP 3.0: decoder and books of the C reference hold the same as ours, entry for entry. */
import { afterAll, describe, expect, test } from "bun:test";
import { FACTOR_ONE, mantissasPerUnit } from "../../src/book/mdp3-units.ts";
import { SOUND } from "../../src/book/rpt-recovery.ts";
import { Mdp3Decoder } from "../../src/feed/mdp3/mdp3.ts";
import { MessagePlans } from "../../src/feed/mdp3/message-plans.ts";
import { Random } from "../../src/sim/random.ts";
import { haveCaptures } from "../support/captures.ts";
import { newCounters } from "../support/market.ts";
import {
  booksOver,
  capturedMdp3,
  dumpMdp3,
  fileOf,
  generatedMdp3,
  type Mdp3File,
  playFile,
} from "../support/mdp3-file.ts";
import { Mdp3Sum } from "../support/mdp3-sum.ts";
import { openReference } from "../support/reference.ts";

const REF_ECUT = -3;
const REF_EPACKET = -5;
const reference = await openReference();
const handles: number[] = [];
afterAll(() => {
  for (const handle of handles) reference?.ref_mdp3_close(handle);
});

function decodedByUs(file: Mdp3File) {
  const sink = new Mdp3Sum(new MessagePlans(file.schema).exponents);
  const decoder = new Mdp3Decoder({ schema: file.schema, sink, counters: newCounters() });
  // The C looks each run of one SecurityID up once, as the decoder does.
  playFile(decoder, file);
  return { entries: sink.entries, sum: sink.sum >>> 0, px: sink.px };
}

function decodedInC(file: Mdp3File) {
  const entries = reference!.ref_mdp3_decode(file.bytes, file.bytes.length);
  return { entries, sum: reference!.ref_mdp3_decode_sum(), px: reference!.ref_mdp3_decode_px() };
}

function openBooks(file: Mdp3File): number {
  const handle = reference!.ref_mdp3_open(file.ids.length, file.isLoose ? 1 : 0);
  handles.push(handle);
  const [nine, seven] = [-9, -7].map((e) => mantissasPerUnit(file.priceUnit, e, FACTOR_ONE));
  file.ids.forEach((id, i) => {
    expect(reference!.ref_mdp3_map(handle, id, i, nine!, seven!)).toBe(0);
  });
  return handle;
}

function booksInC(file: Mdp3File, handle = openBooks(file)): number[] {
  reference!.ref_mdp3_clear(handle);
  expect(reference!.ref_mdp3_run(handle, file.bytes, file.bytes.length)).toBeGreaterThan(0);
  const out = new Float64Array(new ArrayBuffer(8 * 130 * file.ids.length));
  const count = reference!.ref_mdp3_dump(handle, out, out.length);
  expect(count).toBeGreaterThan(0);
  return [...out.subarray(0, count)];
}

function booksOfOurs(file: Mdp3File): number[] {
  const { books, decoder } = booksOver(file);
  playFile(decoder, file);
  return dumpMdp3(books, file.ids.length);
}

/** Packets of a file with some left out, some with a byte changed behind their headers. */
function spoilt(file: Mdp3File, seed: number): Mdp3File {
  const random = new Random(seed);
  const packets: Uint8Array[] = [];
  for (let at = 0; at < file.bytes.length; ) {
    const length = file.view.getUint16(at, true);
    const packet = file.bytes.slice(at + 2, at + 2 + length);
    at += 2 + length;
    const kind = random.below(60);
    if (kind === 0) continue;
    // Not message sizes: the packet stays well formed.
    if (kind < 4) packet[14 + random.below(Math.min(length - 14, 60))] = random.below(256);
    packets.push(packet);
  }
  const isWell = (packet: Uint8Array) => {
    const view = new DataView(packet.buffer);
    let at = 12;
    while (at + 10 <= packet.length && view.getUint16(at, true) >= 10)
      at += view.getUint16(at, true);
    return at === packet.length;
  };
  return { ...file, ...fileOf(packets.filter(isWell)) };
}

describe.skipIf(reference === undefined)("MDP 3.0 in C", () => {
  test("reads the fields of a generated channel as ours does", () => {
    const file = generatedMdp3(4000);
    const ours = decodedByUs(file);
    expect(ours.entries).toBeGreaterThan(8000);
    expect(decodedInC(file)).toEqual(ours);
  });

  test("notices one changed byte of an entry", () => {
    const file = generatedMdp3(200);
    const before = decodedInC(file);
    const random = new Random(4);
    for (let k = 0; k < 100; k++) {
      // The first entry of the first message: root 11, dimension 3; not what makes a price inexact.
      const at = 2 + 12 + 10 + 11 + 3 + [0, 1, 2, 3, 4, 5, 8, 9, 12, 13, 16, 17][random.below(12)]!;
      file.bytes[at] = file.bytes[at]! ^ 0x15;
      expect(decodedInC(file)).not.toEqual(before);
      expect(decodedInC(file)).toEqual(decodedByUs(file));
      file.bytes[at] = file.bytes[at]! ^ 0x15;
    }
  });

  test("has our books at the end of a generated channel, all sound", () => {
    for (const seed of [1, 2, 3]) {
      const file = generatedMdp3(3000, seed);
      const ours = booksOfOurs(file);
      expect(booksInC(file)).toEqual(ours);
      const { books, decoder } = booksOver(file);
      playFile(decoder, file);
      for (let i = 0; i < file.ids.length; i++) expect(books.recovery.state[i]).toBe(SOUND);
    }
  });

  test("has our books after lost and damaged packets too", () => {
    const whole = generatedMdp3(600, 9, 6);
    let strange = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const file = spoilt(whole, seed);
      const ours = booksOfOurs(file);
      expect({ seed, books: booksInC(file) }).toEqual({ seed, books: ours });
      if (ours.some((value) => value === 2)) strange++;
    }
    expect(strange).toBeGreaterThan(10);
  });

  test("says so when a file ends inside a packet, or a packet is none", () => {
    const file = generatedMdp3(10);
    expect(reference!.ref_mdp3_decode(file.bytes, file.bytes.length - 1)).toBe(REF_ECUT);
    file.view.setUint16(2 + 12, 3, true);
    expect(reference!.ref_mdp3_decode(file.bytes, file.bytes.length)).toBe(REF_EPACKET);
  });

  test.skipIf(!haveCaptures("cme-mdp3"))(
    "reads the captured day as ours does, books and all",
    async () => {
      const file = await capturedMdp3();
      expect(file.ids.length).toBe(39);
      const ours = decodedByUs(file);
      expect(ours.entries).toBe(6195);
      expect(decodedInC(file)).toEqual(ours);
      expect(booksInC(file)).toEqual(booksOfOurs(file));
    },
  );
});
