/**
 * What the path needs of the journal. Records are those of hairpin.h (hp_jr_*): a caller opens one,
 * writes its body in place through `words`, and commits it.
 *
 *   const at = journal.begin(HP_JR_SENT, JR_SENT_SIZE);      // word index of the body, or < 0
 *   if (at >= 0) { journal.words[at + ...] = ...; journal.commit(timeNs); }
 */
export interface Journal {
  /** The ring's data as words; bodies are written here. */
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  /** The ring's data as bytes, for FIX bytes behind a body. */
  readonly bytes: Uint8Array;
  /**
   * Opens a record with a body of `bodyBytes` (any length, padded to 8). Returns the word index of
   * the body in `words`, or JOURNAL_FULL. Nothing is visible to the reader before commit().
   */
  begin(type: number, bodyBytes: number): number;
  /** Publishes the open record: number, check, then length, then the cursor. */
  commit(timeNs: number): void;
  /**
   * commit() of a record whose body ends in from[start .. start + length): the bytes behind its
   * fields, which are a multiple of 8. Up to three bytes behind them are read too.
   */
  commitBytes(timeNs: number, from: DataView, start: number, length: number): void;
  /** True while new orders may be written: less than three quarters full, and the disk well. */
  hasRoom(): boolean;
  /** Cursor after the last committed record (bytes modulo 2^32), for `durable = "always"`. */
  position(): number;
  /** True when everything up to `position` is on disk. */
  isDurable(position: number): boolean;
}

export const JOURNAL_FULL = -1;
