/** Messages with faults in them: fields moved, doubled, lost or changed, bytes flipped, ends cut. */
import { SOH, TRAILER_BYTES } from "../../src/fix/codec/framing.ts";
import { messageBytes } from "../../src/fix/codec/text.ts";

export type Next = (below: number) => number;

/** A small seeded generator (xorshift): a failing run can be run again. */
export function generator(seed: number): Next {
  let s = seed >>> 0 || 1;
  return (below) => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    return (s >>> 0) % below;
  };
}

const ALPHABET = messageBytes("8=FIX.4.4|35=D|9=5|10=|0123456789-+.=| YNwZ");
const VALUES = [
  "",
  "0",
  "-1",
  "1",
  "9999999999",
  "2147483647",
  "+5",
  "1.5",
  "x",
  "Y",
  "20260102-10:00:00",
].map(messageBytes);
const TAGS = [
  "0",
  "-1",
  "453",
  "448",
  "802",
  "523",
  "627",
  "999",
  "5000",
  "99999999",
  "x",
  "10",
  "8",
  "35",
].map(messageBytes);
export const MUTATED_MAX = 4096;
const FIELDS_MAX = 64;

/** Makes one faulty message after another in `bytes`, from 0 to what next() returns. */
export class Mutator {
  readonly bytes = new Uint8Array(MUTATED_MAX);
  private readonly samples: Uint8Array[][];
  private readonly order: Uint8Array[] = [];
  private readonly next: Next;
  private readonly head = messageBytes("8=FIX.4.4|9=");
  private at = 0;

  /** `bodies`: "35=D|34=2|...|", without 8, 9 and 10. */
  constructor(bodies: readonly string[], next: Next) {
    this.next = next;
    this.samples = bodies.map((body) => body.split("|").slice(0, -1).map(messageBytes));
  }

  make(): number {
    const next = this.next;
    const sample = this.samples[next(this.samples.length)]!;
    this.order.length = 0;
    for (const field of sample) this.order.push(field);
    for (let n = next(4); n > 0; n--) this.shuffle();
    this.write();
    for (let n = next(3) === 0 ? 1 + next(3) : 0; n > 0; n--) this.harm();
    return this.at;
  }

  /** Moves, doubles or drops a field. */
  private shuffle(): void {
    const order = this.order;
    if (order.length === 0) return;
    const a = this.next(order.length);
    const b = this.next(order.length);
    const kind = this.next(4);
    if (kind === 0 && order.length < FIELDS_MAX) order.push(order[a]!);
    else if (kind === 1 && order.length < FIELDS_MAX) order.splice(b, 0, order[a]!);
    else if (kind === 2) order.splice(a, 1);
    else {
      const field = order[a]!;
      order[a] = order[b]!;
      order[b] = field;
    }
  }

  /** Writes the fields, some with another tag or value, and mostly the right length and sum. */
  private write(): void {
    const next = this.next;
    this.at = 0;
    this.put(this.head);
    const lengthAt = this.at;
    this.at += 4;
    this.bytes[this.at++] = SOH;
    const body = this.at;
    const changed = next(2) === 0 ? next(this.order.length + 1) : -1;
    for (let i = 0; i < this.order.length; i++) {
      const field = this.order[i]!;
      const equals = field.indexOf(0x3d);
      const kind = i === changed ? next(3) : 2;
      if (kind === 0) this.put(TAGS[next(TAGS.length)]!);
      else this.put(field, 0, equals);
      this.bytes[this.at++] = 0x3d;
      if (kind === 1) this.put(VALUES[next(VALUES.length)]!);
      else this.put(field, equals + 1);
      this.bytes[this.at++] = SOH;
    }
    this.digits(lengthAt, next(16) === 0 ? next(10_000) : this.at - body, 4);
    this.seal();
  }

  /** A fault in the bytes themselves; often the trailer is made right again, to get past it. */
  private harm(): void {
    const next = this.next;
    const where = next(this.at);
    const kind = next(4);
    if (kind === 0) this.bytes[where]! ^= 1 << next(8);
    else if (kind === 1) this.bytes[where] = ALPHABET[next(ALPHABET.length)]!;
    else if (kind === 2) this.bytes[where] = next(256);
    else this.at = where + 1;
    if (kind < 3 && next(4) > 0 && this.at > TRAILER_BYTES) {
      this.at -= TRAILER_BYTES;
      this.seal();
    }
  }

  private seal(): void {
    let sum = 0;
    for (let i = 0; i < this.at; i++) sum += this.bytes[i]!;
    this.bytes[this.at++] = 0x31;
    this.bytes[this.at++] = 0x30;
    this.bytes[this.at++] = 0x3d;
    this.digits(this.at, sum & 255, 3);
    this.at += 3;
    this.bytes[this.at++] = SOH;
  }

  private put(bytes: Uint8Array, from = 0, to = bytes.length): void {
    for (let i = from; i < to; i++) this.bytes[this.at++] = bytes[i]!;
  }

  private digits(at: number, value: number, width: number): void {
    let rest = value;
    for (let i = width - 1; i >= 0; i--) {
      this.bytes[at + i] = 0x30 + (rest % 10);
      rest = Math.floor(rest / 10);
    }
  }
}
