// @hot
import { TokenBucket } from "../../core/token-bucket.ts";

/**
 * The rate at which messages may leave a session, all kinds together: a venue that counts messages
 * ends the session of who sends too many. One token a message; a new order or a replace leaves the
 * last `reserved` tokens alone, so that a cancel still passes when orders have used up the rest.
 *
 * Administrative messages are never held back (a Heartbeat that is late ends the session too): they
 * take their token even when there is none, and orders wait until it is paid back.
 *
 * It only counts: who asks and is refused moves the counter, who sends calls sent() once a message.
 */
export class Throttle {
  /** False = no limit: everything may leave and nothing is counted. */
  readonly on: boolean;
  private readonly reserved: number;
  private readonly bucket: TokenBucket;

  /** `perS` 0 = no limit. Throws one sentence when the reserve leaves nothing for orders. */
  constructor(perS: number, burst: number, reserved: number) {
    this.on = perS > 0;
    if (this.on && !(reserved >= 0 && reserved <= burst - 1)) {
      throw new Error(
        `FIX throttle: ${reserved} of ${burst} tokens are reserved; allowed: 0 to ${burst - 1}`,
      );
    }
    this.reserved = reserved;
    this.bucket = new TokenBucket(perS, burst);
  }

  /** A new order or a replace may leave. Nothing is taken. */
  mayOpen(nowNs: number): boolean {
    return !this.on || this.bucket.hasAbove(nowNs, this.reserved);
  }

  /** A cancel, a status request, or a message sent again may leave. Nothing is taken. */
  mayCancel(nowNs: number): boolean {
    return !this.on || this.bucket.has(nowNs);
  }

  /** A message of any kind left. */
  sent(nowNs: number): void {
    if (this.on) this.bucket.spend(nowNs);
  }
}
