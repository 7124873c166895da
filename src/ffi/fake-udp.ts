/** hp_udp_* of the fake shim. */
import type { FakeMemory } from "./fake-memory.ts";
import type { FakeNetwork, FakePacket, FakeUdpLine } from "./fake-network.ts";
import { FakeUdpSender } from "./fake-udp-sender.ts";
import {
  HP_BURST_MAX,
  HP_EEXIST,
  HP_EINVAL,
  HP_PORT_STATS__BYTES_D,
  HP_PORT_STATS__KERNEL_DROPS_D,
  HP_PORT_STATS__PACKETS_D,
  HP_PORT_STATS__POLLS_D,
  HP_PORT_STATS__TRUNCATED_D,
  HP_PORT_STATS_SIZE,
  HP_RX_DESC__FLAGS,
  HP_RX_DESC__LENGTH,
  HP_RX_DESC__LINE,
  HP_RX_DESC__OFFSET,
  HP_RX_DESC__RX_NS,
  HP_RX_DESC_SIZE,
  HP_RX_STAMP_KERNEL,
  HP_RX_TRUNCATED,
  HP_UDP_CONFIG__ARENA,
  HP_UDP_CONFIG__DESC,
  HP_UDP_CONFIG__LINE,
  HP_UDP_CONFIG__LINE_COUNT,
  HP_UDP_CONFIG__PLAYED,
  HP_UDP_CONFIG__RCVBUF,
  HP_UDP_CONFIG__SLOT_SIZE,
  HP_UDP_CONFIG__STATS,
  HP_UDP_CONFIG__TX,
  HP_UDP_CONFIG__TX_SIZE,
  HP_UDP_CONFIG_SIZE,
  HP_UDP_LINE__GROUP,
  HP_UDP_LINE__IFACE,
  HP_UDP_LINE__PORT,
  HP_UDP_LINE__SOURCE,
  HP_UDP_LINE_SIZE,
  HP_UDP_LINES_MAX,
} from "./layout.ts";

/** What a queued packet takes of a socket's buffer, whatever its length. */
const BYTES_PER_PACKET = 2048;
const QUEUE_LIMIT_DEFAULT = 212992 / BYTES_PER_PACKET;

export class FakeUdp {
  private firstLine = 0;

  private constructor(
    private readonly network: FakeNetwork,
    private readonly lines: FakeUdpLine[],
    private readonly slots: Uint8Array,
    private readonly slotSize: number,
    private readonly desc: DataView,
    private readonly stats: Float64Array,
    private readonly played: Uint32Array | undefined,
    readonly sender: FakeUdpSender,
  ) {
    for (const line of lines) network.udpLines.add(line);
  }

  /** A port, or a negative status code. */
  static open(network: FakeNetwork, config: number): FakeUdp | number {
    if (config === 0) return HP_EINVAL;
    const view = network.memory.view(config, HP_UDP_CONFIG_SIZE);
    const slotSize = view.getUint32(HP_UDP_CONFIG__SLOT_SIZE, true);
    const lineCount = view.getUint32(HP_UDP_CONFIG__LINE_COUNT, true);
    const rcvbuf = view.getUint32(HP_UDP_CONFIG__RCVBUF, true);
    const arena = view.getFloat64(HP_UDP_CONFIG__ARENA, true);
    const desc = view.getFloat64(HP_UDP_CONFIG__DESC, true);
    const stats = view.getFloat64(HP_UDP_CONFIG__STATS, true);
    const played = view.getFloat64(HP_UDP_CONFIG__PLAYED, true);
    if (!(arena > 0 && desc > 0 && stats > 0)) return HP_EINVAL;
    if (slotSize < 64 || slotSize > 65536 || slotSize % 64 !== 0) return HP_EINVAL;
    if (lineCount > HP_UDP_LINES_MAX || rcvbuf > 0x7fffffff) return HP_EINVAL;
    const tx = view.getFloat64(HP_UDP_CONFIG__TX, true);
    const txSize = tx === 0 ? 0 : view.getUint32(HP_UDP_CONFIG__TX_SIZE, true);
    if (played !== 0 && (!(played > 0) || played % 4 !== 0)) return HP_EINVAL;
    if (played === 0 && (tx === 0 ? lineCount < 1 : txSize === 0)) return HP_EINVAL;
    const lines: FakeUdpLine[] = [];
    for (let i = 0; i < lineCount && played === 0; i++) {
      const line = readLine(view, HP_UDP_CONFIG__LINE + i * HP_UDP_LINE_SIZE, rcvbuf);
      if (line.port < 1 || line.port > 65535) return HP_EINVAL;
      if (line.group !== 0 && line.group >>> 28 !== 14) return HP_EINVAL;
      if (line.group === 0 && isTaken(network, line)) return HP_EEXIST;
      lines.push(line);
    }
    const { memory } = network;
    const statistics = statsAt(memory, stats);
    return new FakeUdp(
      network,
      lines,
      memory.bytes(arena, slotSize * HP_BURST_MAX),
      slotSize,
      memory.view(desc, HP_BURST_MAX * HP_RX_DESC_SIZE),
      statistics,
      played === 0 ? undefined : wordAt(memory, played),
      new FakeUdpSender(network, statistics, tx, txSize, played !== 0),
    );
  }

  burst(): number {
    const { lines, stats } = this;
    if (this.played !== undefined) return this.playedBurst(this.played);
    let count = 0;
    for (let turn = 0; turn < lines.length; turn++) {
      const index = (this.firstLine + turn) % lines.length;
      const line = lines[index]!;
      while (count < HP_BURST_MAX && line.queue.length > 0)
        this.describe(count++, index, line.queue.shift()!);
      if (count === 0 || line.drops === 0) continue;
      stats[HP_PORT_STATS__KERNEL_DROPS_D]! += line.drops;
      line.drops = 0;
    }
    this.firstLine = (this.firstLine + 1) % Math.max(1, lines.length);
    stats[HP_PORT_STATS__POLLS_D]! += 1;
    stats[HP_PORT_STATS__PACKETS_D]! += count;
    return count;
  }

  /** The owner has filled slots and descriptors: only the counting is left. */
  private playedBurst(played: Uint32Array): number {
    const { desc, stats } = this;
    const count = Math.min(played[0]!, HP_BURST_MAX);
    played[0] = 0;
    for (let i = 0; i < count; i++)
      stats[HP_PORT_STATS__BYTES_D]! += desc.getUint32(
        i * HP_RX_DESC_SIZE + HP_RX_DESC__LENGTH,
        true,
      );
    stats[HP_PORT_STATS__POLLS_D]! += 1;
    stats[HP_PORT_STATS__PACKETS_D]! += count;
    return count;
  }

  close(): void {
    for (const line of this.lines) this.network.udpLines.delete(line);
  }

  private describe(i: number, line: number, packet: FakePacket): void {
    const { desc, stats, slotSize } = this;
    const length = Math.min(packet.payload.length, slotSize);
    let flags = packet.rxNs !== 0 ? HP_RX_STAMP_KERNEL : 0;
    if (packet.payload.length > slotSize) {
      flags |= HP_RX_TRUNCATED;
      stats[HP_PORT_STATS__TRUNCATED_D]! += 1;
    }
    this.slots.set(packet.payload.subarray(0, length), i * slotSize);
    const out = i * HP_RX_DESC_SIZE;
    desc.setUint32(out + HP_RX_DESC__OFFSET, i * slotSize, true);
    desc.setUint32(out + HP_RX_DESC__LENGTH, length, true);
    desc.setUint32(out + HP_RX_DESC__FLAGS, flags, true);
    desc.setUint32(out + HP_RX_DESC__LINE, line, true);
    desc.setFloat64(out + HP_RX_DESC__RX_NS, packet.rxNs, true);
    stats[HP_PORT_STATS__BYTES_D]! += length;
  }
}

function readLine(view: DataView, at: number, rcvbuf: number): FakeUdpLine {
  return {
    group: view.getUint32(at + HP_UDP_LINE__GROUP, true),
    port: view.getUint32(at + HP_UDP_LINE__PORT, true),
    iface: view.getUint32(at + HP_UDP_LINE__IFACE, true),
    source: view.getUint32(at + HP_UDP_LINE__SOURCE, true),
    queue: [],
    queueLimit: rcvbuf === 0 ? QUEUE_LIMIT_DEFAULT : Math.max(1, rcvbuf / BYTES_PER_PACKET),
    drops: 0,
  };
}

function isTaken(network: FakeNetwork, wanted: FakeUdpLine): boolean {
  for (const line of network.udpLines)
    if (line.group === 0 && line.port === wanted.port && line.iface === wanted.iface) return true;
  return false;
}

function wordAt(memory: FakeMemory, address: number): Uint32Array {
  const place = memory.at(address);
  return new Uint32Array(place.buffer, place.offset, 1);
}

function statsAt(memory: FakeMemory, address: number): Float64Array {
  const place = memory.at(address);
  return new Float64Array(place.buffer, place.offset, HP_PORT_STATS_SIZE / 8);
}
