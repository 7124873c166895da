/**
 * What the gate reads, by instrument. The books of all feeds of an engine share one, so that an order
 * is judged by a halt from the message on that brings it, whatever callback sends it.
 */
export interface StatusColumns {
  /** STATUS_* with flag bits. */
  status: Int32Array;
  /** LULD auction collar in price units, both bounds allowed; 0 = none. */
  collarLower: Int32Array;
  collarUpper: Int32Array;
}

export function statusColumns(capacity: number): StatusColumns {
  const column = () => new Int32Array(new ArrayBuffer(4 * Math.max(1, capacity)));
  return { status: column(), collarLower: column(), collarUpper: column() };
}
