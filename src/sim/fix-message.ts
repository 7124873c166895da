/** A received FIX message as the simulator uses it: its own copy. */
import { INT_BAD, readDecimalUnits, readInt, TagIndex } from "../fix/codec/tag-index.ts";

/** Fields of a message to send, in order, behind the header. */
export type Fields = (readonly [tag: number, value: string | number])[];

/** Prices and quantities are refused when they aren't whole units: this marks them. */
export const NOT_A_NUMBER = INT_BAD;
export const ABSENT = -1;

/** Decimals of the venue's price unit, 1/10000. */
export const PX_DECIMALS = 4;

export class FixMessage {
  readonly type: string;
  /** MsgSeqNum, ABSENT when it is missing or no number. */
  readonly seq: number;
  readonly possDup: boolean;

  /** `fields`: first occurrence of each tag; `repeated`: every one of those that come again. */
  constructor(
    private readonly fields: ReadonlyMap<number, string>,
    private readonly repeated: ReadonlyMap<number, readonly string[]> = new Map(),
  ) {
    this.type = this.text(35);
    this.seq = Math.max(ABSENT, this.int(34));
    this.possDup = this.text(43) === "Y";
  }

  /** Value, empty when absent. */
  text(tag: number): string {
    return this.fields.get(tag) ?? "";
  }

  /** All values of a tag, in order: of the entries of a group. */
  all(tag: number): readonly string[] {
    const first = this.fields.get(tag);
    return this.repeated.get(tag) ?? (first === undefined ? [] : [first]);
  }

  has(tag: number): boolean {
    return this.fields.has(tag);
  }

  /** int32, ABSENT, or NOT_A_NUMBER. */
  int(tag: number): number {
    const value = this.fields.get(tag);
    if (value === undefined) return ABSENT;
    const bytes = Buffer.from(value, "latin1");
    return readInt(bytes, 0, bytes.length);
  }

  /** Value times 10^decimals, ABSENT, or NOT_A_NUMBER. */
  units(tag: number, decimals: number): number {
    const value = this.fields.get(tag);
    if (value === undefined) return ABSENT;
    const bytes = Buffer.from(value, "latin1");
    return readDecimalUnits(bytes, 0, bytes.length, decimals);
  }
}

/** Reads framed messages, one at a time. */
export class FixReader {
  private readonly index = new TagIndex();

  /** The message in bytes[from .. to), or undefined when it is not `tag=value` throughout. */
  read(bytes: Uint8Array, from: number, to: number): FixMessage | undefined {
    const count = this.index.parse(bytes, from, to);
    if (count <= 0 || this.index.badField >= 0) return undefined;
    const fields = new Map<number, string>();
    const repeated = new Map<number, string[]>();
    for (let i = 0; i < count; i++) {
      const tag = this.index.tagAt(i);
      const at = this.index.offsetAt(i);
      const length = this.index.lengthAt(i);
      const value = Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString("latin1");
      const first = fields.get(tag);
      if (first === undefined) fields.set(tag, value);
      else repeated.set(tag, [...(repeated.get(tag) ?? [first]), value]);
    }
    return new FixMessage(fields, repeated);
  }
}

/** Price in 1/10000 as text: 1015000 is 101.5000. */
export function pxText(px: number): string {
  const whole = Math.floor(px / 10_000);
  return `${whole}.${String(px - whole * 10_000).padStart(PX_DECIMALS, "0")}`;
}
