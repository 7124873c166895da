/**
 * Time on the path: ns since the start of the session date, as a double (exact for 104 days).
 * Live it is the TSC through the shim, in replay the capture's, in tests a number that a test sets.
 */
export interface Clock {
  /** Monotonic ns since session start. For timers, rates and latency. */
  now(): number;
  /** Offset to add to now() for wall time: SendingTime and records. Slewed by control. */
  wallOffsetNs: number;
}

/** A clock that stands still until somebody moves it: tests, replay, warm-up. */
export class ManualClock implements Clock {
  wallOffsetNs = 0;
  timeNs: number;

  constructor(timeNs = 0) {
    this.timeNs = timeNs;
  }

  now(): number {
    return this.timeNs;
  }
}
