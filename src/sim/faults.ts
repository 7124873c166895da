/** What a bad venue does on an order session. All off unless asked for. */
export interface VenueFaults {
  /** Acknowledges each order a second time, with a new ExecID. */
  ackTwice: boolean;
  /** Reports, after the last fill of an order, one more of the same quantity. */
  overfill: boolean;
  /** Reads order messages and answers none; the session layer goes on. */
  silent: boolean;
  /** Rejects every order, cancel and replace. */
  rejectAll: boolean;
  /** Stops reading from the socket. */
  stallReading: boolean;
  /** Cuts the n-th message from now in half and closes; 0 = off. */
  closeMidMessage: number;
  /** The same, but the connection stays and nothing more is said on it. */
  stallMidMessage: number;
  /** That many messages from now on go out with a wrong CheckSum, or BodyLength. */
  corruptChecksum: number;
  wrongBodyLength: number;
  /** Order messages are handled this much later. */
  slowAckMs: number;
  /** That many market data updates (X) from now on are numbered and not sent. */
  dropMarketData: number;
  /** That many use up a MsgSeqNum, are not sent, and are filled over when the number is asked for. */
  loseMarketData: number;
  /** That many say in NoMDEntries (268) that they have one entry more. */
  miscountMarketData: number;
}

export function noFaults(): VenueFaults {
  return {
    ackTwice: false,
    overfill: false,
    silent: false,
    rejectAll: false,
    stallReading: false,
    closeMidMessage: 0,
    stallMidMessage: 0,
    corruptChecksum: 0,
    wrongBodyLength: 0,
    slowAckMs: 0,
    dropMarketData: 0,
    loseMarketData: 0,
    miscountMarketData: 0,
  };
}

const TRAILER = "10=".length + "ddd|".length;

/** A copy of a finished message with a CheckSum that is one too high. */
export function withWrongCheckSum(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const at = copy.length - TRAILER + 5;
  copy[at] = copy[at] === 0x39 ? 0x30 : copy[at]! + 1;
  return copy;
}

/** A copy of a finished message whose BodyLength is off in its last digit. */
export function withWrongBodyLength(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  let at = copy.indexOf(0x01) + 1;
  while (copy[at + 1] !== 0x01) at++;
  copy[at] = copy[at] === 0x39 ? 0x30 : copy[at]! + 1;
  return copy;
}
