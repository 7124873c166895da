/** Which of several lines brings a packet first, and by how much. */
import { Histogram } from "../core/histogram.ts";
import { percentileNs } from "../core/histogram-stats.ts";
import { HP_HIST_BUCKETS } from "../ffi/layout.ts";

/** Packets in mind: the other line's copy comes within so many. */
const SLOTS = 1 << 16;

export interface LeadFigures {
  /** Packets that this line brought first and another line brought too. */
  led: number;
  /** By how much, ns: half and 99% of them are not above. */
  leadNsP50: number;
  leadNsP99: number;
}

export class LeadStats {
  /** Packets that came on more than one line. */
  pairs = 0;
  private readonly seq = new Float64Array(SLOTS);
  private readonly timeNs = new Float64Array(SLOTS);
  /** First line + 1, and bits of the lines below 32 that brought it. */
  private readonly first = new Int32Array(SLOTS);
  private readonly histograms: Histogram[] = [];
  private readonly led: number[] = [];

  packet(line: number, seq: number, timeNs: number): void {
    const slot = seq % SLOTS;
    if (this.first[slot] === 0 || this.seq[slot] !== seq) {
      this.seq[slot] = seq;
      this.timeNs[slot] = timeNs;
      this.first[slot] = line + 1;
      return;
    }
    const leader = this.first[slot]! - 1;
    // A negative number marks a pair that has been counted.
    if (leader < 0 || leader === line) return;
    this.first[slot] = -1;
    this.pairs++;
    this.led[leader] = (this.led[leader] ?? 0) + 1;
    this.histograms[leader] ??= new Histogram(new Uint32Array(HP_HIST_BUCKETS));
    this.histograms[leader].record(timeNs - this.timeNs[slot]!);
  }

  clear(): void {
    this.first.fill(0);
  }

  of(line: number): LeadFigures {
    const buckets = this.histograms[line]?.buckets;
    return {
      led: this.led[line] ?? 0,
      leadNsP50: buckets === undefined ? 0 : percentileNs(buckets, 0.5),
      leadNsP99: buckets === undefined ? 0 : percentileNs(buckets, 0.99),
    };
  }
}
