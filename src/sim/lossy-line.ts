/**
 * One line of the feed, as a bad network would carry it: packets are lost, sent twice, or overtaken
 * by the next ones. Each line draws from its own stream of the seed, so that the two lines fail
 * independently; the draws for packet n do not depend on what happened to packets before it.
 */
import { Random } from "./random.ts";

export interface LineFaults {
  /** Probabilities, 0..1, per packet. */
  loss: number;
  duplicate: number;
  reorder: number;
  /** A reordered packet goes out after at most this many later ones, or at the next flush. */
  reorderDepth: number;
}

export interface LineCounters {
  /** Packets that the publisher handed over. */
  packets: number;
  /** Datagrams that left, copies included. */
  sent: number;
  lost: number;
  duplicated: number;
  reordered: number;
}

export class LossyLine {
  readonly counters: LineCounters = { packets: 0, sent: 0, lost: 0, duplicated: 0, reordered: 0 };
  private readonly random: Random;
  private held: { bytes: Uint8Array; after: number }[] = [];

  constructor(
    readonly faults: LineFaults,
    seed: number,
    line: number,
    private readonly out: (bytes: Uint8Array) => void,
  ) {
    this.random = new Random(seed, line + 1);
  }

  send(bytes: Uint8Array): void {
    const loss = this.random.next();
    const duplicate = this.random.next();
    const reorder = this.random.next();
    const depth = 1 + this.random.below(Math.max(1, this.faults.reorderDepth));
    this.counters.packets++;
    if (loss < this.faults.loss) {
      this.counters.lost++;
    } else if (reorder < this.faults.reorder) {
      this.counters.reordered++;
      this.release();
      this.held.push({ bytes: bytes.slice(), after: depth });
      return;
    } else {
      this.emit(bytes);
      if (duplicate < this.faults.duplicate) {
        this.counters.duplicated++;
        this.emit(bytes);
      }
    }
    this.release();
  }

  /** Sends what is held back: nothing may wait for a packet that never comes. */
  flush(): void {
    const held = this.held;
    this.held = [];
    for (const packet of held) this.emit(packet.bytes);
  }

  private release(): void {
    if (this.held.length === 0) return;
    const due = this.held.filter((packet) => --packet.after <= 0);
    if (due.length === 0) return;
    this.held = this.held.filter((packet) => packet.after > 0);
    for (const packet of due) this.emit(packet.bytes);
  }

  private emit(bytes: Uint8Array): void {
    this.counters.sent++;
    this.out(bytes);
  }
}
