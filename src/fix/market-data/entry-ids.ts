// @hot
/** MDEntryID (278) as 64 bits, without a string: FNV-1a. The empty text has no id. */
const FNV_PRIME_LOW = 0x1b3;
const FNV_BASIS_LO = 0x84222325;
const FNV_BASIS_HI = 0xcbf29ce4;
const TWO_32 = 4294967296;

export class EntryId {
  /** Of the last hash(), int32 each. */
  hi = 0;
  lo = 0;

  hash(bytes: Uint8Array, offset: number, length: number): void {
    let lo = FNV_BASIS_LO;
    let hi = FNV_BASIS_HI;
    for (let i = offset; i < offset + length; i++) {
      const x = (lo ^ bytes[i]!) >>> 0;
      const product = x * FNV_PRIME_LOW;
      lo = product >>> 0;
      hi = (Math.imul(hi, FNV_PRIME_LOW) + (product - lo) / TWO_32 + (x << 8)) >>> 0;
    }
    this.hi = hi | 0;
    this.lo = lo | 0;
  }
}
