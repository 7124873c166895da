/** Counters of the journal's hot side, in hp_engine.counters (range 160-175). */
export const JOURNAL_RECORDS = 160;
export const JOURNAL_BYTES = 161;
/** begin() found no room: the record was not written. */
export const JOURNAL_REFUSED = 162;
/** hasRoom() said no: ring three quarters full, or the disk failing. */
export const JOURNAL_NO_ROOM = 163;
/** Times the ring's end was padded. */
export const JOURNAL_PADS = 164;
/** Most bytes ever waiting in the ring, sampled when the cached tail is renewed. */
export const JOURNAL_USED_MAX = 165;

export const JOURNAL_COUNTER_NAMES: Record<number, string> = {
  [JOURNAL_RECORDS]: "journal_records",
  [JOURNAL_BYTES]: "journal_bytes",
  [JOURNAL_REFUSED]: "journal_refused",
  [JOURNAL_NO_ROOM]: "journal_no_room",
  [JOURNAL_PADS]: "journal_pads",
  [JOURNAL_USED_MAX]: "journal_used_max",
};
