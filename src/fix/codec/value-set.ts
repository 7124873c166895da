// @hot
/**
 * The allowed values of a dictionary's fields that are longer than one character, as one hash table
 * with open addressing:
 *
 *   slots:  | field | offset | length |   field 0 = free; offset into `text`
 *
 * Values of one character are bits of a map in the plan and do not come here.
 */
const SLOT_WORDS = 3;
const SEED = 0x811c9dc5;
const PRIME = 0x01000193;

export class ValueSet {
  private readonly slots: Int32Array;
  private readonly text: Uint8Array;
  private readonly mask: number;

  /** `fields[i]` (above 0) allows `values[i]`. */
  constructor(fields: readonly number[], values: readonly string[]) {
    let size = 16;
    while (size < 2 * fields.length) size *= 2;
    this.mask = size - 1;
    this.slots = new Int32Array(new ArrayBuffer(4 * SLOT_WORDS * size));
    const all = Buffer.from(values.join(""), "latin1");
    this.text = new Uint8Array(new ArrayBuffer(all.length));
    this.text.set(all);
    let offset = 0;
    for (let i = 0; i < fields.length; i++) {
      const length = values[i]!.length;
      let slot = this.hash(fields[i]!, this.text, offset, length);
      while (this.slots[slot * SLOT_WORDS] !== 0) slot = (slot + 1) & this.mask;
      this.slots[slot * SLOT_WORDS] = fields[i]!;
      this.slots[slot * SLOT_WORDS + 1] = offset;
      this.slots[slot * SLOT_WORDS + 2] = length;
      offset += length;
    }
  }

  has(field: number, bytes: Uint8Array, offset: number, length: number): boolean {
    const slots = this.slots;
    let slot = this.hash(field, bytes, offset, length);
    for (;;) {
      const w = slot * SLOT_WORDS;
      const owner = slots[w]!;
      if (owner === 0) return false;
      if (owner === field && slots[w + 2] === length) {
        if (this.isText(slots[w + 1]!, bytes, offset, length)) return true;
      }
      slot = (slot + 1) & this.mask;
    }
  }

  private isText(at: number, bytes: Uint8Array, offset: number, length: number): boolean {
    for (let i = 0; i < length; i++) {
      if (this.text[at + i] !== bytes[offset + i]) return false;
    }
    return true;
  }

  private hash(field: number, bytes: Uint8Array, offset: number, length: number): number {
    let h = SEED ^ field;
    for (let i = 0; i < length; i++) h = Math.imul(h ^ bytes[offset + i]!, PRIME);
    return (h ^ (h >>> 15)) & this.mask;
  }
}
