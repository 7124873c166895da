// @hot
/** Requests leave by a FIX session, as application messages of its own. */
import { DENY_NO_SESSION } from "../../core/codes.ts";
import type { MessageBuilder } from "../codec/builder.ts";
import type { FixSession } from "../session/session.ts";
import type { ApplicationSender } from "./options.ts";

export class SessionSender implements ApplicationSender {
  private readonly session: FixSession;
  private type = 0;

  constructor(session: FixSession) {
    this.session = session;
  }

  /** One character, which all of its messages have. */
  beginMessage(type: string, nowNs: number): MessageBuilder | null {
    if (!this.session.isLoggedOn()) return null;
    this.type = type.charCodeAt(0);
    return this.session.begin(type, nowNs);
  }

  sendMessage(nowNs: number): number {
    const seq = this.session.nextOut();
    return this.session.send(this.type, nowNs) ? seq : DENY_NO_SESSION;
  }
}
