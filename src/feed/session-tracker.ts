// @hot
/**
 * Which session a frame belongs to: the one now, the one before, or a new one. Names are the three
 * words of the framing.
 *
 * A new session is believed when it starts at sequence 1, when the old one has ended, or when a
 * second packet says the same: one damaged header must not clear the books.
 */

import type { Framing } from "./framing.ts";

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

  matches(frame: Framing): boolean {
    return this.known && this.equals(frame, NOW);
  }

  /** For a packet that does not match. `sure`: no second packet is needed. SESSION_*. */
  judge(frame: Framing, sure: boolean): number {
    if (this.known && this.equals(frame, NOW)) return SESSION_SAME;
    if (this.hasBefore && this.equals(frame, BEFORE)) return SESSION_OLD;
    const seen = this.hasCandidate && this.equals(frame, CANDIDATE);
    if (this.known && !sure && !seen) {
      this.hasCandidate = true;
      this.store(frame, CANDIDATE);
      return SESSION_STRANGE;
    }
    this.hasBefore = this.known;
    for (let i = 0; i < 3; i++) this.words[BEFORE + i] = this.words[NOW + i]!;
    this.store(frame, NOW);
    this.known = true;
    this.hasCandidate = false;
    return SESSION_NEW;
  }

  private equals(frame: Framing, at: number): boolean {
    return (
      this.words[at] === frame.session0 &&
      this.words[at + 1] === frame.session1 &&
      this.words[at + 2] === frame.session2
    );
  }

  private store(frame: Framing, at: number): void {
    this.words[at] = frame.session0;
    this.words[at + 1] = frame.session1;
    this.words[at + 2] = frame.session2;
  }
}
