/**
 * Follows the frames of Zstandard data (RFC 8878, 3.1) without unpacking them, to know whether the
 * data ends where a frame does: the unpacker takes data that is cut off for complete.
 */
const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
const BLOCK_RLE = 1;

const AT_MAGIC = 0;
const AT_DESCRIPTOR = 1;
const AT_SKIP_SIZE = 2;
const AT_BLOCK = 3;

export class ZstdFrames {
  /** What is read next, how many bytes it has, and those that are there, little-endian. */
  private state = AT_MAGIC;
  private need = 4;
  private have = 0;
  private value = 0;
  /** Bytes to pass over before that. */
  private toSkip = 0;
  private hasChecksum = false;
  /** No Zstandard any more: whatever follows is not looked at. */
  private isLost = false;

  /** True where the data may end. */
  get isWhole(): boolean {
    return this.isLost || (this.state === AT_MAGIC && this.have === 0 && this.toSkip === 0);
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.isLost; ) {
      const skipped = Math.min(this.toSkip, bytes.length - at);
      this.toSkip -= skipped;
      at += skipped;
      if (at === bytes.length) return;
      this.value += bytes[at++]! * 256 ** this.have++;
      if (this.have < this.need) continue;
      const { value } = this;
      this.have = 0;
      this.value = 0;
      this.step(value);
    }
  }

  private step(value: number): void {
    if (this.state === AT_MAGIC) {
      if (value === MAGIC) this.expect(AT_DESCRIPTOR, 1, 0);
      else if (value - (value % 16) === SKIPPABLE) this.expect(AT_SKIP_SIZE, 4, 0);
      else this.isLost = true;
    } else if (this.state === AT_DESCRIPTOR) {
      this.hasChecksum = (value & 4) !== 0;
      const isSingle = (value & 32) !== 0;
      const dictionary = [0, 1, 2, 4][value & 3]!;
      const content = [isSingle ? 1 : 0, 2, 4, 8][value >> 6]!;
      this.expect(AT_BLOCK, 3, (isSingle ? 0 : 1) + dictionary + content);
    } else if (this.state === AT_SKIP_SIZE) {
      this.expect(AT_MAGIC, 4, value);
    } else {
      const isRle = ((value >> 1) & 3) === BLOCK_RLE;
      const size = isRle ? 1 : value >> 3;
      if ((value & 1) === 0) this.expect(AT_BLOCK, 3, size);
      else this.expect(AT_MAGIC, 4, size + (this.hasChecksum ? 4 : 0));
    }
  }

  private expect(state: number, need: number, toSkip: number): void {
    this.state = state;
    this.need = need;
    this.toSkip = toSkip;
  }
}
