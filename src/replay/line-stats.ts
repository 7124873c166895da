/** What one line of a feed carried, lost and repeated, by sequence. */
export interface LineFigures {
  packets: number;
  messages: number;
  bytes: number;
  heartbeats: number;
  /** Holes in the sequence that were not filled later, and the messages in them. */
  gaps: number;
  missing: number;
  /** Packets that came after later ones. */
  reordered: number;
  /** Packets that the line had carried before. */
  duplicates: number;
}

/** Holes kept in mind to tell a late packet from a repeated one. */
const HOLES_MAX = 1024;

export class LineStats {
  readonly figures: LineFigures = {
    packets: 0,
    messages: 0,
    bytes: 0,
    heartbeats: 0,
    gaps: 0,
    missing: 0,
    reordered: 0,
    duplicates: 0,
  };
  /** 0: no packet yet. */
  private nextSeq = 0;
  private session = "";
  private holes: { from: number; to: number }[] = [];

  /**
   * What has the numbers seq .. seq + count - 1 came in a packet of `bytes`; count 0 is a heartbeat.
   * `messages`: where something else than messages is numbered.
   */
  packet(session: string, seq: number, count: number, bytes: number, messages = count): void {
    const f = this.figures;
    f.packets++;
    f.messages += messages;
    f.bytes += bytes;
    if (count === 0) f.heartbeats++;
    if (this.nextSeq === 0 || session !== this.session) this.begin(session, seq);
    const end = seq + count;
    if (seq > this.nextSeq) this.open(this.nextSeq, seq);
    else if (count > 0 && end <= this.nextSeq) this.late(seq, end);
    this.nextSeq = Math.max(this.nextSeq, end);
  }

  /** A packet that has no place in the sequence. */
  unnumbered(messages: number, bytes: number): void {
    const f = this.figures;
    f.packets++;
    f.messages += messages;
    f.bytes += bytes;
  }

  private begin(session: string, seq: number): void {
    this.session = session;
    this.nextSeq = seq;
    this.holes = [];
  }

  private open(from: number, to: number): void {
    this.figures.gaps++;
    this.figures.missing += to - from;
    if (this.holes.length === HOLES_MAX) this.holes.shift();
    this.holes.push({ from, to });
  }

  private late(seq: number, end: number): void {
    const index = this.holes.findIndex((hole) => seq < hole.to && end > hole.from);
    if (index < 0) {
      this.figures.duplicates++;
      return;
    }
    const { from, to } = this.holes[index]!;
    const left = [
      { from, to: Math.max(from, seq) },
      { from: Math.min(to, end), to },
    ].filter((hole) => hole.to > hole.from);
    this.holes.splice(index, 1, ...left);
    this.figures.reordered++;
    this.figures.gaps += left.length - 1;
    this.figures.missing -= Math.min(to, end) - Math.max(from, seq);
  }
}
