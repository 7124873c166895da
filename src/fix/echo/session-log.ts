/** What happens to a session of an echo, a line each: connections, logons, and why they ended. */

import { fromCString } from "../../core/c-string.ts";
import { SESSION_DOWN, SESSION_LOGON_SENT, SESSION_SYNCING, SESSION_UP } from "../../core/codes.ts";

export class SessionLog {
  private isConnected = false;
  private isLoggedOn = false;
  /** Of the last connect that failed: told once, however often it is tried. */
  private failure = "";

  /** `reason`: of the session's block, which holds why the last connection ended. */
  constructor(
    private readonly name: string,
    private readonly isAcceptor: boolean,
    private readonly reason: () => Uint8Array,
    private readonly log: (line: string) => void,
  ) {}

  /** The session has come into this state, SESSION_*. */
  onState(state: number): void {
    if (state === SESSION_DOWN) this.ended();
    else if (state === SESSION_LOGON_SENT) {
      this.isConnected = true;
      this.failure = "";
      this.tell("connected");
    } else if ((state === SESSION_SYNCING || state === SESSION_UP) && !this.isLoggedOn) {
      this.isLoggedOn = true;
      if (!this.isAcceptor) this.tell("logged on");
    }
  }

  private ended(): void {
    const why = fromCString(this.reason()) || "logged out";
    if (this.isLoggedOn) this.tell(`ended: ${why}`);
    else if (this.isAcceptor || this.isConnected) this.tell(`not logged on: ${why}`);
    else if (why !== this.failure) {
      this.failure = why;
      this.tell(`not connected: ${why}`);
    }
    this.isConnected = false;
    this.isLoggedOn = false;
  }

  private tell(what: string): void {
    this.log(`${this.name} ${what}`);
  }
}
