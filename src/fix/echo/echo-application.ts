/** What `hairpin fix echo` does with application messages: some come back as they were. */
import { SESSION_DOWN } from "../../core/codes.ts";
import type { TagIndex } from "../codec/tag-index.ts";
import type { Dictionary } from "../dictionary/model.ts";
import { APP_TAKEN, APP_UNSUPPORTED, type FixApplication } from "../session/application.ts";
import type { FixSession } from "../session/session.ts";
import { addSameFields } from "./same-fields.ts";

/** NewOrderSingle, SecurityDefinition, OrderCancelRequest: codes as the session gives them. */
const ECHOED = new Map([
  [0x44, "D"],
  [0x64, "d"],
  [0x46, "F"],
]);
const CL_ORD_ID = 11;
const POSS_RESEND = 97;
const Y = 0x59;
/** ClOrdIDs remembered at once: the oldest is forgotten first. */
const SEEN_MAX = 65_536;

export class EchoApplication implements FixApplication {
  /** Set once the session exists. */
  session: FixSession | undefined;
  /** Messages that went back. One that can't, because nobody takes bytes, ends the connection. */
  echoed = 0;
  private readonly seen = new Set<string>();

  /** dictionary: the one of the message being handled. */
  constructor(private readonly dictionary: () => Dictionary) {}

  onMessage(tags: TagIndex, type: number, _seq: number, nowNs: number): number {
    const msgType = ECHOED.get(type);
    const session = this.session;
    if (msgType === undefined || session === undefined) return APP_UNSUPPORTED;
    const field = tags.find(CL_ORD_ID);
    if (field >= 0) {
      const at = tags.offsetAt(field);
      const id = Buffer.from(tags.bytes.subarray(at, at + tags.lengthAt(field))).toString("latin1");
      if (tags.char(POSS_RESEND) === Y && this.seen.has(id)) return APP_TAKEN;
      this.remember(id);
    }
    addSameFields(session.begin(msgType, nowNs), tags, this.dictionary());
    if (session.send(type, nowNs)) this.echoed++;
    else session.notSent(nowNs);
    return APP_TAKEN;
  }

  private remember(id: string): void {
    this.seen.add(id);
    if (this.seen.size <= SEEN_MAX) return;
    for (const oldest of this.seen) {
      this.seen.delete(oldest);
      return;
    }
  }

  /** What was sent may be sent again: an echo is never stale. */
  mayResend(): boolean {
    return true;
  }

  /** ClOrdIDs are known for the length of a connection. */
  onSessionState(_session: number, state: number): void {
    if (state === SESSION_DOWN) this.seen.clear();
  }

  onMessageReject(): void {}
  onNeverReached(): void {}
  onSynced(): void {}
}
