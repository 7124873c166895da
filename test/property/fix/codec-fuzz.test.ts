/**
 * Mutated messages through framing, index, validator and group cursors: no exception, nothing read
 * outside of the message, no memory kept.
 *
 * How reads outside are found: each message is looked at three times, at the start of a buffer of
 * exactly its size, and in the middle of two larger ones with different bytes around it. Whatever
 * was read outside would differ, and so would what comes out.
 *
 * 20,000 messages when run alone, 200,000 with CI=true, ten million with HAIRPIN_FULL=1, or
 * HAIRPIN_MESSAGES of them; HAIRPIN_SEED gives another run.
 */
import { heapStats } from "bun:jsc";
import { describe, expect, test } from "bun:test";
import { FRAME_MORE, frame, frameBounds, resync } from "../../../src/fix/codec/framing.ts";
import { groupShape } from "../../../src/fix/codec/group-shape.ts";
import { GroupCursor } from "../../../src/fix/codec/groups.ts";
import { readDecimalUnits, readInt, TagIndex } from "../../../src/fix/codec/tag-index.ts";
import { ValidationPlan } from "../../../src/fix/codec/validation-plan.ts";
import { Validator } from "../../../src/fix/codec/validator.ts";
import { generator, MUTATED_MAX, Mutator } from "../../support/fix-mutator.ts";
import { HEAD, ORDER, validationDictionary } from "../../support/fix-validation.ts";

const isFull = process.env["HAIRPIN_FULL"] === "1";
const usual = isFull ? 10_000_000 : process.env["CI"] === "true" ? 200_000 : 20_000;
const MESSAGES = Number(process.env["HAIRPIN_MESSAGES"] ?? usual);
const SEED = Number(process.env["HAIRPIN_SEED"] ?? 17);
const TIMEOUT_MS = 3_600_000;
const MAX = 2048;
const GUARD = 64;
/** Codes of validate() from -1 up. */
const CODES = 18;

const BODIES = [
  `35=0|${HEAD}112=SYNC|`,
  `35=0|${HEAD}627=2|628=H|630=1|628=I|`,
  `${ORDER}38=100|44=10.5|40=2|18=1 6|15=EUR|200=202601w2|273=10:00:00.125|`,
  `${ORDER}453=2|448=P|452=1|802=2|523=S|803=1|523=T|803=2|1=ACC|448=Q|452=12|58=x|`,
  `${ORDER}453=3|448=P|448=Q|448=R|802=1|523=S|803=1|6001=z|70001=5|`,
  `${ORDER}95=7|96=a.b=c.d|58=x|93=2|89=ab|`,
  `35=UABC|${HEAD}58=x|453=1|448=P|`,
];

class Examiner {
  readonly tags: TagIndex;
  readonly validator: Validator;
  readonly parties: GroupCursor;
  readonly subs: GroupCursor;
  readonly hops: GroupCursor;
  hash = 0;
  /** What became of the message: -2 and below not indexed, else the code of validate(). */
  code = 0;
  entries = 0;

  constructor() {
    const dictionary = validationDictionary();
    const plan = new ValidationPlan(dictionary);
    this.tags = new TagIndex(256, plan.dataTags);
    this.validator = new Validator(plan);
    this.parties = new GroupCursor(groupShape(dictionary, "D", 453));
    this.subs = this.parties.nested(802)!;
    this.hops = new GroupCursor(groupShape(dictionary, "0", 627));
  }

  /** Everything that is found in bytes[from .. to), as one number. */
  examine(bytes: Uint8Array, from: number, to: number): number {
    this.hash = 0;
    this.entries = 0;
    this.code = -2;
    this.mix(frame(bytes, from, to, MAX));
    const bounds = frameBounds(bytes, from, to, MAX);
    this.mix(bounds);
    this.mix(resync(bytes, from, to) - from);
    const end = bounds > FRAME_MORE ? from + bounds : to;
    const count = this.tags.parse(bytes, from, end);
    this.mix(count);
    if (count < 0) return this.hash;
    this.mix(this.tags.badField);
    this.mix(this.tags.checkSum);
    for (let i = 0; i < count; i++) this.field(i, from, end);
    this.code = this.validator.validate(this.tags);
    this.mix(this.code);
    this.mix(this.validator.refTag);
    this.walk(this.parties, this.parties.open(this.tags));
    this.walk(this.hops, this.hops.open(this.tags));
    return this.hash;
  }

  private field(i: number, from: number, end: number): void {
    const offset = this.tags.offsetAt(i);
    const length = this.tags.lengthAt(i);
    if (offset < from || length < 0 || offset + length >= end)
      throw new Error("a field sticks out");
    this.mix(this.tags.tagAt(i));
    this.mix(offset - from);
    this.mix(length);
    this.mix(readInt(this.tags.bytes, offset, length));
    this.mix(readDecimalUnits(this.tags.bytes, offset, length, 4));
  }

  private walk(cursor: GroupCursor, declared: number): void {
    this.mix(declared);
    while (cursor.next()) {
      this.entries++;
      this.mix(cursor.from);
      this.mix(cursor.to);
      this.mix(cursor.find(452));
      this.mix(cursor.int(630, -7));
      if (cursor === this.parties) this.walk(this.subs, this.subs.openIn(cursor));
      if (this.entries > MUTATED_MAX) throw new Error("a group does not end");
    }
  }

  private mix(value: number): void {
    this.hash = Math.imul(this.hash ^ value, 0x01000193) ^ (this.hash >>> 13);
  }
}

/** A message's surroundings: what stands before and behind it. */
class Surroundings {
  private readonly exact: Uint8Array[] = [];
  private readonly nines = new Uint8Array(MUTATED_MAX + 2 * GUARD).fill(0x39);
  private readonly ends = new Uint8Array(MUTATED_MAX + 2 * GUARD).fill(1);

  /** The message alone: its buffer has its size. */
  alone(message: Uint8Array, length: number): Uint8Array {
    this.exact[length] ??= new Uint8Array(new ArrayBuffer(length));
    const bytes = this.exact[length];
    for (let i = 0; i < length; i++) bytes[i] = message[i]!;
    return bytes;
  }

  amidNines(message: Uint8Array, length: number): Uint8Array {
    return this.amid(this.nines, 0x39, message, length);
  }

  amidEnds(message: Uint8Array, length: number): Uint8Array {
    return this.amid(this.ends, 1, message, length);
  }

  private amid(bytes: Uint8Array, guard: number, message: Uint8Array, length: number): Uint8Array {
    for (let i = 0; i < length; i++) bytes[GUARD + i] = message[i]!;
    bytes.fill(guard, GUARD + length, GUARD + length + GUARD);
    return bytes;
  }
}

describe("mutated messages", () => {
  test("are told apart by their surroundings as soon as one byte beside them is looked at", () => {
    const examiner = new Examiner();
    const around = new Surroundings();
    const mutator = new Mutator(BODIES, generator(3));
    const found = { before: 0, behind: 0 };
    for (let round = 0; round < 1000; round++) {
      const length = mutator.make();
      const nines = around.amidNines(mutator.bytes, length);
      const ends = around.amidEnds(mutator.bytes, length);
      for (const [key, from, to] of [
        ["before", GUARD - 1, GUARD + length],
        ["behind", GUARD, GUARD + length + 1],
      ] as const) {
        const one = examiner.examine(nines, from, to);
        if (one !== examiner.examine(ends, from, to)) found[key]++;
      }
    }
    expect(found.before).toBeGreaterThan(500);
    // A whole message ends by its own BodyLength: only those that are cut or garbled tempt a reader.
    expect(found.behind).toBeGreaterThan(100);
  });

  test(
    "come out the same whatever is around them, without an exception or memory kept",
    () => {
      const examiner = new Examiner();
      const around = new Surroundings();
      const mutator = new Mutator(BODIES, generator(SEED));
      const codes = new Float64Array(CODES + 2);
      let entries = 0;
      let early = 0;
      for (let round = 0; round < MESSAGES; round++) {
        const length = mutator.make();
        const alone = examiner.examine(around.alone(mutator.bytes, length), 0, length);
        codes[examiner.code + 2]!++;
        entries += examiner.entries;
        const nines = around.amidNines(mutator.bytes, length);
        const amidNines = examiner.examine(nines, GUARD, GUARD + length);
        const ends = around.amidEnds(mutator.bytes, length);
        const amidEnds = examiner.examine(ends, GUARD, GUARD + length);
        if (alone !== amidNines || alone !== amidEnds) {
          const text = Buffer.from(mutator.bytes.subarray(0, length)).toString("latin1");
          throw new Error(`round ${round} of seed ${SEED} reads outside: ${JSON.stringify(text)}`);
        }
        if (round === MESSAGES >> 2) early = heapBytes();
      }
      const growth = heapBytes() - early;
      const told = [...codes].flatMap((n, i) => (n === 0 ? [] : [`${i - 2}: ${n}`]));
      console.log(
        `fuzz: ${MESSAGES} messages of seed ${SEED}, ${entries} group entries, heap ${growth} bytes more than after a quarter; by code: ${told.join(", ")}`,
      );
      // Every outcome is reached, so that the mutations are known to get deep.
      for (const code of [-2, -1, 0, 1, 2, 3, 5, 6, 7, 12, 14, 15, 16, 17]) {
        expect(`${code}: ${codes[code + 2]! > 0}`).toBe(`${code}: true`);
      }
      expect(entries).toBeGreaterThan(MESSAGES / 10);
      expect(growth).toBeLessThan(1 << 20);
    },
    TIMEOUT_MS,
  );
});

function heapBytes(): number {
  Bun.gc(true);
  return heapStats().heapSize + heapStats().extraMemorySize;
}
