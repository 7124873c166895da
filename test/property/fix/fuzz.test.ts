import { describe, expect, test } from "bun:test";
import * as C from "../../../src/core/codes.ts";
import { FRAME_MORE, frame, frameBounds, resync } from "../../../src/fix/codec/framing.ts";
import { readDecimalUnits, readInt, TagIndex } from "../../../src/fix/codec/tag-index.ts";
import { showMessage, wrapMessage } from "../../../src/fix/codec/text.ts";
import * as N from "../../../src/fix/counters.ts";
import { FakeVenue, START_NS } from "../../support/fake-venue.ts";

/** Rounds per test; HAIRPIN_FUZZ multiplies them. */
const ROUNDS = 3000 * Number(process.env["HAIRPIN_FUZZ"] ?? 1);
const MAX = 2048;

/** A small seeded generator: a failing round can be run again. */
function generator(seed: number): (below: number) => number {
  let s = seed >>> 0 || 1;
  return (below) => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    return (s >>> 0) % below;
  };
}

/** Bytes that throw when anything reads outside [from, to). */
function guarded(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return new Proxy(bytes, {
    get(target, key) {
      const i = typeof key === "string" && /^-?\d+$/.test(key) ? Number(key) : Number.NaN;
      if (i < from || i >= to) throw new Error(`read at ${i} outside ${from}..${to}`);
      return Reflect.get(target, key, target);
    },
  });
}

const SAMPLES = [
  "35=8|34=3|49=VENUE|56=ME|52=20260102-10:00:00|37=V|11=HP0001f00300007|17=E|150=F|39=1|55=AAPL|54=1|38=9|32=1|31=5.5|",
  "35=0|34=3|49=VENUE|56=ME|52=20260102-10:00:00|112=SYNC-1|",
  "35=2|34=3|49=VENUE|56=ME|52=20260102-10:00:00|7=1|16=0|",
  "35=4|34=3|49=VENUE|56=ME|52=20260102-10:00:00|43=Y|123=Y|36=9|",
  "35=A|34=3|49=VENUE|56=ME|52=20260102-10:00:00|98=0|108=30|141=Y|95=3|96=a|b|",
  "35=5|34=3|49=VENUE|56=ME|52=20260102-10:00:00|58=8=FIX.4.4|",
  "35=j|34=3|49=VENUE|56=ME|52=20260102-10:00:00|45=2|372=D|380=0|",
];
const ALPHABET = Buffer.from("8=FIX.4.4\u000135=0\u00019=5\u000110=\u00010123456789-.AZ");

/** A message with a few bytes changed, cut, doubled or made again whole around a changed body. */
function mutated(next: (below: number) => number): Uint8Array {
  const body = SAMPLES[next(SAMPLES.length)]!;
  let bytes = wrapMessage(body);
  for (let n = next(4); n >= 0; n--) {
    const at = next(bytes.length);
    const kind = next(5);
    if (kind === 0) bytes[at] = next(256);
    else if (kind === 1) bytes[at] = ALPHABET[next(ALPHABET.length)]!;
    else if (kind === 2) bytes = bytes.slice(0, at + 1);
    else if (kind === 3) bytes = new Uint8Array([...bytes.slice(0, at), ...bytes.slice(at / 2)]);
    else {
      const inner = [...body];
      inner[next(inner.length)] = "0123456789|=Y."[next(14)]!;
      bytes = wrapMessage(inner.join(""));
    }
  }
  return bytes;
}

describe("framing and index", () => {
  test("are watched by a guard that does catch a read outside", () => {
    const bytes = wrapMessage(SAMPLES[1]!);
    expect(() => frame(guarded(bytes, 0, bytes.length - 1), 0, bytes.length, MAX)).toThrow(
      "outside",
    );
    expect(() => frame(guarded(bytes, 1, bytes.length), 0, bytes.length, MAX)).toThrow("outside");
  });

  test("read nothing outside what was received, and always move on", () => {
    const next = generator(7);
    const index = new TagIndex(MAX);
    for (let round = 0; round < ROUNDS; round++) {
      const bytes =
        next(3) === 0
          ? Uint8Array.from({ length: 1 + next(60) }, () => ALPHABET[next(ALPHABET.length)]!)
          : mutated(next);
      const from = next(4) === 0 ? next(bytes.length) : 0;
      const to = from + next(bytes.length - from + 1);
      const watched = guarded(bytes, from, to);
      const total = frame(watched, from, to, MAX);
      expect(total <= to - from).toBe(true);
      if (total < 0) expect(-total).toBeGreaterThanOrEqual(1);
      if (from < to) {
        expect(resync(watched, from, to)).toBeGreaterThan(from);
        expect(-total <= Math.max(1, to - from)).toBe(true);
      }
      const bounds = frameBounds(watched, from, to, MAX);
      const end = bounds > 0 ? from + bounds : to;
      const count = index.parse(guarded(bytes, from, end), from, end);
      for (let i = 0; i < count; i++) {
        expect(index.offsetAt(i) >= from && index.offsetAt(i) + index.lengthAt(i) < end).toBe(true);
        const value = guarded(bytes, index.offsetAt(i), index.offsetAt(i) + index.lengthAt(i));
        readInt(value, index.offsetAt(i), index.lengthAt(i));
        readDecimalUnits(value, index.offsetAt(i), index.lengthAt(i), 4, 25);
        const found = index.find(index.tagAt(i));
        expect(index.tagAt(i) === 0 || (found >= 0 && found <= i)).toBe(true);
      }
    }
  });

  test("a stream cut at every byte gives the same messages", () => {
    const whole = Buffer.concat([
      wrapMessage(SAMPLES[0]!),
      Buffer.from("junk"),
      wrapMessage(SAMPLES[1]!),
      wrapMessage(SAMPLES[4]!),
    ]);
    for (let cut = 0; cut <= whole.length; cut++) {
      const seen: string[] = [];
      let head = 0;
      for (const to of [cut, whole.length]) {
        for (;;) {
          const total = frame(whole, head, to, MAX);
          if (total === FRAME_MORE || head >= to) break;
          if (total > 0) seen.push(showMessage(whole, head, head + total));
          head += Math.abs(total);
        }
      }
      expect(seen).toHaveLength(3);
      expect(head).toBe(whole.length);
    }
  });
});

describe("a session", () => {
  test("survives anything, whole or in pieces, in every state", () => {
    const next = generator(11);
    const venue = new FakeVenue({ reconnectNs: 1 }).up();
    for (let round = 0; round < ROUNDS; round++) {
      venue.stream.slice = next(3) === 0 ? 1 + next(40) : Number.POSITIVE_INFINITY;
      venue.stream.push(mutated(next));
      venue.clock.timeNs += next(2e9);
      venue.poll(1 + next(4));
      if (next(20) === 0) venue.stream.room = next(200);
      if (next(3) === 0) venue.stream.room = Number.POSITIVE_INFINITY;
      if (venue.session.state === C.SESSION_UP) venue.buy(next(1000));
      if (next(50) === 0) venue.stream.end();
      if (venue.session.state !== C.SESSION_UP && next(4) === 0) {
        // The venue speaks sense again, so that every state is reached.
        venue.seq = venue.session.nextIn();
        venue.stream.slice = Number.POSITIVE_INFINITY;
        if (venue.session.state === C.SESSION_LOGON_SENT) venue.say("A|98=0|108=30");
        else if (venue.session.state === C.SESSION_SYNCING) venue.answerSync();
      }
      expect(venue.session.nextOut()).toBeGreaterThan(0);
      expect(venue.session.nextIn()).toBeGreaterThan(0);
    }
    expect(venue.clock.timeNs).toBeGreaterThan(START_NS);
    expect(venue.counters[N.FIX_LOGONS]!).toBeGreaterThan(5);
    expect(venue.counters[N.FIX_GARBLED]!).toBeGreaterThan(50);
  });

  test("what it sends is whole FIX, however little the socket takes at a time", () => {
    const next = generator(13);
    const venue = new FakeVenue().up();
    const begin = venue.stream.sent.length;
    for (let round = 0; round < ROUNDS; round++) {
      venue.stream.room = next(3) === 0 ? 0 : next(400);
      if (next(2) === 0) venue.buy(next(1000));
      else venue.session.sendCancel(next(1000), 2, 1, next(3), 1, 100);
      venue.poll();
    }
    venue.stream.room = Number.POSITIVE_INFINITY;
    venue.poll(2);
    const out = Uint8Array.from(venue.stream.sent.slice(begin));
    const index = new TagIndex();
    let expected = 3;
    let head = 0;
    while (head < out.length) {
      const total = frame(out, head, out.length, MAX);
      expect(total).toBeGreaterThan(0);
      index.parse(out, head, head + total);
      expect(index.int(34, 0)).toBe(expected++);
      head += total;
    }
    expect(expected).toBe(venue.session.nextOut());
    expect(expected).toBeGreaterThan(100);
  });
});
