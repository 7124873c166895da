// @hot
/** When a session may be connected, and when its numbers begin again: schedule against the clock. */
import type { SessionWindows } from "./session-windows.ts";

export class Hours {
  /** Null: always open, one session. */
  private readonly windows: SessionWindows | null;
  /** Number of the session that the sequence numbers belong to. */
  private session: number;
  /** The next moment at which anything can change. */
  private lookAgainNs = -Infinity;
  private isOpen = true;
  private current = 0;

  /** lastNs: wall time of what the sequence numbers were last used for; NaN = never. */
  constructor(windows: SessionWindows | null, lastNs: number) {
    this.windows = windows;
    this.session = windows === null || Number.isNaN(lastNs) ? -2 : windows.sessionOf(lastNs);
  }

  mayConnect(wallNs: number): boolean {
    if (wallNs >= this.lookAgainNs) this.look(wallNs);
    return this.isOpen;
  }

  /** True for a connection that has outlived its session. */
  isOver(wallNs: number): boolean {
    if (wallNs >= this.lookAgainNs) this.look(wallNs);
    return !this.isOpen || this.current !== this.session;
  }

  /** True at the first logon of a session: sequence numbers begin at 1. */
  begins(wallNs: number): boolean {
    if (wallNs >= this.lookAgainNs) this.look(wallNs);
    const isNew = this.session !== this.current && this.session !== -2;
    this.session = this.current;
    return isNew;
  }

  private look(wallNs: number): void {
    const windows = this.windows;
    if (windows === null) {
      this.lookAgainNs = Infinity;
      return;
    }
    this.isOpen = windows.isOpen(wallNs);
    this.current = windows.sessionOf(wallNs);
    this.lookAgainNs = this.isOpen ? windows.closesNs(wallNs) : windows.opensNs(wallNs);
  }
}
