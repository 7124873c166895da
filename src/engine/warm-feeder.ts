// @hot
/**
 * Plays the warm-up packets into the shadow's port for ever: each on every line as the real ones
 * come, now and then swapped, and now and then late enough to be a gap that "recovery" fills, so
 * that arbitration, the window and the gap states stay warm as well.
 */
import type { RingWriter } from "../net/ring-writer.ts";
import type { WarmPackets } from "./warm/packets.ts";

/** One packet in so many is overtaken by the next one; one in so many comes by recovery. */
const SWAP_EVERY = 32;
const GAP_EVERY = 4096;
/** Turns that a packet is held back for: at least until the loop has looked at its timers, at most
 * so many that a long window is not waited for. */
const HOLD_TURNS_MIN = 16;
const HOLD_TURNS_MAX = 512;

/** A port that packets can be played into: UdpPort, DevicePort. */
export interface PlayedPort {
  play(
    payload: Uint8Array,
    from: number,
    length: number,
    line: number,
    rxNs: number,
    feed: number,
  ): boolean;
}

/** Where packets that are not on every live line come. */
export interface WarmWays {
  /** Line of what comes too late: of answers, or a live one where nobody answers; -1 = none does. */
  lateLine: number;
  /** Snapshots; absent: they are left out. */
  snapshots?: { port: PlayedPort; line: number };
}

export class WarmFeeder {
  /** By line. */
  private readonly ports: readonly PlayedPort[];
  private readonly feedIndex: number;
  private readonly packets: WarmPackets;
  private readonly lineCount: number;
  private readonly windowNs: number;
  private readonly recovery: RingWriter | null;
  private readonly lateLine: number;
  private readonly snapshotPort: PlayedPort | null;
  private readonly snapshotLine: number;
  private next = 0;
  private sequence = 1;
  private turns = 0;
  /** Sequences have begun anew: nobody believes that before the first packet comes twice. */
  private isRestarted = false;
  /** Index of the packet held back, -1 = none; until when. */
  private held = -1;
  private heldUntilNs = 0;
  private heldTurns = 0;

  /**
   * `ports`: by live line; `feedIndex`: what packets of a device say; `recovery`: where re-request
   * answers go, null = into the first port. `ways`: absent = late packets come as one more line.
   */
  constructor(
    ports: readonly PlayedPort[],
    feedIndex: number,
    packets: WarmPackets,
    windowNs: number,
    recovery: RingWriter | null = null,
    ways: WarmWays = { lateLine: ports.length },
  ) {
    this.ports = ports;
    this.feedIndex = feedIndex;
    this.packets = packets;
    this.lineCount = ports.length;
    this.windowNs = windowNs;
    this.recovery = recovery;
    this.lateLine = ways.lateLine;
    this.snapshotPort = ways.snapshots?.port ?? null;
    this.snapshotLine = ways.snapshots?.line ?? 0;
  }

  /** Fills the port's next burst. nowNs: the shadow's clock. */
  feed(nowNs: number): void {
    if (this.held >= 0) {
      this.heldTurns++;
      if (this.heldTurns < HOLD_TURNS_MIN) return;
      if (nowNs < this.heldUntilNs && this.heldTurns < HOLD_TURNS_MAX) return;
      this.recover(this.held, nowNs);
      this.held = -1;
      return;
    }
    const turn = ++this.turns;
    const first = this.take();
    if (this.packets.messages[first] === 0) {
      this.putSnapshot(first, nowNs);
      return;
    }
    if (first < this.packets.prologue || turn % SWAP_EVERY !== 0) {
      this.putAll(first, nowNs);
      if (this.isRestarted) this.putAll(first, nowNs);
      this.isRestarted = false;
      return;
    }
    const second = this.take();
    if (this.packets.messages[second] === 0) {
      this.putAll(first, nowNs);
      this.putSnapshot(second, nowNs);
      return;
    }
    this.put(second, 0, nowNs);
    if (turn % GAP_EVERY === 0 && this.lateLine >= 0) {
      this.held = first;
      this.heldTurns = 0;
      this.heldUntilNs = nowNs + 2 * this.windowNs;
    } else this.putAll(first, nowNs);
  }

  /** Stamps the next packet with its sequence number and returns its index. */
  private take(): number {
    const index = this.next;
    this.packets.stamp(index, this.sequence);
    this.sequence += this.packets.messages[index]!;
    this.next++;
    if (this.next === this.packets.count) {
      this.next = this.packets.prologue;
      if (this.sequence >= this.packets.sequenceMax) this.restart();
    }
    return index;
  }

  /** The numbers have no room for another cycle. */
  private restart(): void {
    this.next = 0;
    this.sequence = 1;
    this.isRestarted = true;
  }

  /** Hands a packet in the way control does. */
  private recover(index: number, nowNs: number): void {
    const recovery = this.recovery;
    if (recovery === null) {
      this.put(index, this.lateLine, nowNs);
      return;
    }
    const from = this.packets.offset[index]!;
    const length = this.packets.length[index]!;
    for (let i = 0; i < length; i++) recovery.staging[i] = this.packets.bytes[from + i]!;
    recovery.send(length, this.lineCount, 0);
  }

  private putSnapshot(index: number, nowNs: number): void {
    const port = this.snapshotPort;
    if (port === null) return;
    const packets = this.packets;
    const from = packets.offset[index]!;
    const length = packets.length[index]!;
    port.play(packets.bytes, from, length, this.snapshotLine, nowNs, this.feedIndex);
  }

  private putAll(index: number, nowNs: number): void {
    for (let line = 0; line < this.lineCount; line++) this.put(index, line, nowNs);
  }

  private put(index: number, line: number, nowNs: number): void {
    const packets = this.packets;
    const port = this.ports[line < this.lineCount ? line : 0]!;
    const from = packets.offset[index]!;
    port.play(packets.bytes, from, packets.length[index]!, line, nowNs, this.feedIndex);
  }
}
