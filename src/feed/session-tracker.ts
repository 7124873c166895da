// @hot
/**
 * Which MoldUDP64 session a packet belongs to: the one now, the one before, or a new one. Ten
 * characters at the start of the packet, compared as three integers.
 *
 * A new session is believed when it starts at sequence 1, when the old one has ended, or when a
 * second packet says the same: one damaged header must not clear the books.
 */

export const SESSION_SAME = 0;
/** The session before this one: a late packet. */
export const SESSION_OLD = 1;
/** Seen once; not believed yet. */
export const SESSION_STRANGE = 2;
/** It is the session from now on. */
export const SESSION_NEW = 3;

const NOW = 0;
const BEFORE = 3;
const CANDIDATE = 6;

export class SessionTracker {
  /** False until the first session. */
  known = false;
  private hasBefore = false;
  private hasCandidate = false;
  private readonly words = new Int32Array(new ArrayBuffer(36));

  matches(view: DataView, offset: number): boolean {
    return this.known && this.equals(view, offset, NOW);
  }

  /** For a packet that does not match. `sure`: no second packet is needed. SESSION_*. */
  judge(view: DataView, offset: number, sure: boolean): number {
    if (this.known && this.equals(view, offset, NOW)) return SESSION_SAME;
    if (this.hasBefore && this.equals(view, offset, BEFORE)) return SESSION_OLD;
    const seen = this.hasCandidate && this.equals(view, offset, CANDIDATE);
    if (this.known && !sure && !seen) {
      this.hasCandidate = true;
      this.store(view, offset, CANDIDATE);
      return SESSION_STRANGE;
    }
    this.hasBefore = this.known;
    for (let i = 0; i < 3; i++) this.words[BEFORE + i] = this.words[NOW + i]!;
    this.store(view, offset, NOW);
    this.known = true;
    this.hasCandidate = false;
    return SESSION_NEW;
  }

  private equals(view: DataView, offset: number, at: number): boolean {
    return (
      this.words[at] === view.getInt32(offset) &&
      this.words[at + 1] === view.getInt32(offset + 4) &&
      this.words[at + 2] === view.getUint16(offset + 8)
    );
  }

  private store(view: DataView, offset: number, at: number): void {
    this.words[at] = view.getInt32(offset);
    this.words[at + 1] = view.getInt32(offset + 4);
    this.words[at + 2] = view.getUint16(offset + 8);
  }
}
