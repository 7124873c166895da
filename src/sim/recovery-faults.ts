/** What a bad server of snapshots or of gap requests (TCP) does. All off unless asked for. */
export interface RecoveryFaults {
  /** Refuses every login. */
  refuseLogin: boolean;
  /** Answers nothing from now on, and keeps the connection. */
  silent: boolean;
  /** Closes the connection after so many messages of a snapshot; 0 = off. */
  closeAfter: number;
  /** Snapshots are of the moment when this was set. */
  stale: boolean;
  /** Sends what is none of its protocol in the middle of a snapshot. */
  garbage: boolean;
  /** GLIMPSE: names another session than the feed's. */
  wrongSession: boolean;
}

export function noRecoveryFaults(): RecoveryFaults {
  return {
    refuseLogin: false,
    silent: false,
    closeAfter: 0,
    stale: false,
    garbage: false,
    wrongSession: false,
  };
}
