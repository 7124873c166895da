/** hp_ring_* of the fake shim: the ring of hairpin.h in TypeScript, frame for frame that of ring.c. */
import type { FakeMemory } from "./fake-memory.ts";
import {
  HP_ABI_VERSION,
  HP_BURST_MAX,
  HP_EABI,
  HP_EAGAIN,
  HP_EINVAL,
  HP_MAGIC,
  HP_OK,
  HP_PORT_STATS__BYTES_D,
  HP_PORT_STATS__ERRORS_D,
  HP_PORT_STATS__PACKETS_D,
  HP_PORT_STATS__POLLS_D,
  HP_PORT_STATS_SIZE,
  HP_RING__ABI_W,
  HP_RING__DATA_SIZE_W,
  HP_RING__DROPS_W,
  HP_RING__HEAD_W,
  HP_RING__MAGIC_W,
  HP_RING__TAIL_W,
  HP_RING_SIZE,
  HP_RING_WRAP,
  HP_RX_DESC__FLAGS,
  HP_RX_DESC__LENGTH,
  HP_RX_DESC__LINE,
  HP_RX_DESC__OFFSET,
  HP_RX_DESC__RX_NS,
  HP_RX_DESC_SIZE,
  HP_RX_STAMP_KERNEL,
} from "./layout.ts";

const FRAME_HEADER = 16;
const DATA_SIZE_MIN = 4096;
const DATA_SIZE_MAX = 2 ** 30;

export class FakeRing {
  private next: number;
  private head: number;

  private constructor(
    private readonly header: Int32Array,
    private readonly data: DataView,
    private readonly bytes: Uint8Array,
    private readonly desc: DataView | undefined,
    private readonly stats: Float64Array | undefined,
  ) {
    this.next = Atomics.load(header, HP_RING__TAIL_W) >>> 0;
    this.head = Atomics.load(header, HP_RING__HEAD_W) >>> 0;
  }

  /** A ring, or a negative status code. */
  static open(
    memory: FakeMemory,
    address: number,
    bytes: number,
    desc: number,
    stats: number,
    create: number,
  ): FakeRing | number {
    const room = bytes - HP_RING_SIZE;
    if (!(address > 0) || address % 8 !== 0 || !(room >= DATA_SIZE_MIN)) return HP_EINVAL;
    const header = memory.words(address, HP_RING_SIZE / 4);
    if (create !== 0) {
      let fit = DATA_SIZE_MIN;
      while (fit < DATA_SIZE_MAX && fit * 2 <= room) fit *= 2;
      header.fill(0);
      header[HP_RING__ABI_W] = HP_ABI_VERSION;
      header[HP_RING__DATA_SIZE_W] = fit;
      Atomics.store(header, HP_RING__MAGIC_W, HP_MAGIC);
    }
    if (Atomics.load(header, HP_RING__MAGIC_W) !== HP_MAGIC) return HP_EABI;
    if (header[HP_RING__ABI_W] !== HP_ABI_VERSION) return HP_EABI;
    const size = header[HP_RING__DATA_SIZE_W]!;
    if (size < DATA_SIZE_MIN || (size & (size - 1)) !== 0 || size > room) return HP_EABI;
    if (((header[HP_RING__HEAD_W]! | header[HP_RING__TAIL_W]!) & 7) !== 0) return HP_EABI;
    const place = memory.at(address + HP_RING_SIZE);
    const statistics = stats === 0 ? undefined : memory.at(stats);
    return new FakeRing(
      header,
      new DataView(place.buffer, place.offset, size),
      new Uint8Array(place.buffer, place.offset, size),
      desc === 0 ? undefined : memory.view(desc, HP_BURST_MAX * HP_RX_DESC_SIZE),
      statistics && new Float64Array(statistics.buffer, statistics.offset, HP_PORT_STATS_SIZE / 8),
    );
  }

  burst(): number {
    const { desc, stats, data } = this;
    if (desc === undefined || stats === undefined) return HP_EINVAL;
    const size = data.byteLength;
    const head = Atomics.load(this.header, HP_RING__HEAD_W) >>> 0;
    let count = 0;
    stats[HP_PORT_STATS__POLLS_D]! += 1;
    if (((head | this.next) & 7) !== 0 || (head - this.next) >>> 0 > size) {
      stats[HP_PORT_STATS__ERRORS_D]! += 1;
      this.next = (head & ~7) >>> 0;
      return 0;
    }
    while (this.next !== head && count < HP_BURST_MAX) {
      const at = this.next & (size - 1);
      const room = size - at;
      const ready = (head - this.next) >>> 0;
      const length = data.getUint32(at, true);
      if (length === HP_RING_WRAP && room <= ready) {
        this.next = (this.next + room) >>> 0;
        continue;
      }
      const limit = Math.min(room, ready);
      if (limit < FRAME_HEADER || length > limit - FRAME_HEADER) {
        stats[HP_PORT_STATS__ERRORS_D]! += 1;
        this.next = head;
        break;
      }
      const out = count++ * HP_RX_DESC_SIZE;
      const rxNs = data.getFloat64(at + 8, true);
      desc.setUint32(out + HP_RX_DESC__OFFSET, HP_RING_SIZE + at + FRAME_HEADER, true);
      desc.setUint32(out + HP_RX_DESC__LENGTH, length, true);
      desc.setUint32(out + HP_RX_DESC__FLAGS, rxNs !== 0 ? HP_RX_STAMP_KERNEL : 0, true);
      desc.setUint32(out + HP_RX_DESC__LINE, data.getUint32(at + 4, true), true);
      desc.setFloat64(out + HP_RX_DESC__RX_NS, rxNs, true);
      stats[HP_PORT_STATS__PACKETS_D]! += 1;
      stats[HP_PORT_STATS__BYTES_D]! += length;
      this.next = (this.next + ((FRAME_HEADER + length + 7) & ~7)) >>> 0;
    }
    return count;
  }

  release(): number {
    Atomics.store(this.header, HP_RING__TAIL_W, this.next | 0);
    return HP_OK;
  }

  send(payload: Uint8Array, line: number, rxNs: number): number {
    const { header, data, bytes } = this;
    const size = data.byteLength;
    if (payload.length > size / 2) return HP_EINVAL;
    const need = (FRAME_HEADER + payload.length + 7) & ~7;
    const head = this.head;
    const used = (head - (Atomics.load(header, HP_RING__TAIL_W) >>> 0)) >>> 0;
    let at = head & (size - 1);
    const skip = size - at < need ? size - at : 0;
    if (used > size || size - used < need + skip) {
      header[HP_RING__DROPS_W]! += 1;
      return HP_EAGAIN;
    }
    if (skip > 0) {
      data.setUint32(at, HP_RING_WRAP, true);
      at = 0;
    }
    data.setUint32(at, payload.length, true);
    data.setUint32(at + 4, line, true);
    data.setFloat64(at + 8, rxNs, true);
    bytes.set(payload, at + FRAME_HEADER);
    this.head = (head + skip + need) >>> 0;
    Atomics.store(header, HP_RING__HEAD_W, this.head | 0);
    return HP_OK;
  }
}
