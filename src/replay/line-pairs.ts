/**
 * Which destinations are lines of one feed, by their packets: those that have several of them alike,
 * and more than they have different ones under the same number.
 */

/** One packet may be alike by chance. */
const PAIR_MIN = 2;
/** Packets of a line in mind: so far another one may be behind it. */
const RECENT = 4096;

interface Line {
  packets: number;
  /** Hash by number, of the last RECENT. */
  recent: Map<number, number | bigint>;
  /** By line that came before: packets alike, and different ones under one number. */
  alike: number[];
  different: number[];
}

export class LinePairs {
  private readonly lines: (Line | undefined)[] = [];

  line(line: number): Line {
    this.lines[line] ??= { packets: 0, recent: new Map(), alike: [], different: [] };
    return this.lines[line];
  }

  packet(line: number, seq: number, hash: number | bigint): void {
    const own = this.line(line);
    // A number that comes once more tells no more.
    if (own.recent.get(seq) === hash) return;
    own.packets++;
    for (const [other, its] of this.lines.entries()) {
      const there = other === line ? undefined : its?.recent.get(seq);
      if (there === undefined) continue;
      const later = this.lines[Math.max(line, other)]!;
      const table = there === hash ? later.alike : later.different;
      const earlier = Math.min(line, other);
      table[earlier] = (table[earlier] ?? 0) + 1;
    }
    if (own.recent.size >= RECENT) own.recent.clear();
    own.recent.set(seq, hash);
  }

  /** Each line, and the first line of its feed: that comes first. */
  *heads(): Generator<[line: number, head: number]> {
    const found: number[] = [];
    for (const [line, own] of this.lines.entries()) {
      if (own === undefined) continue;
      const head = found.find((other) => isPair(this.lines[other]!, other, own));
      if (head === undefined) found.push(line);
      yield [line, head ?? line];
    }
  }
}

function isPair(head: Line, index: number, line: Line): boolean {
  const alike = line.alike[index] ?? 0;
  // Of a line that has but one packet that tells, that one decides.
  const least = Math.min(PAIR_MIN, head.packets, line.packets);
  return alike > 0 && alike >= least && alike > (line.different[index] ?? 0);
}
