/** The sentence behind a kill by an engine: what came by which session, and what is wrong with it. */
import type { ControlBlock } from "../core/control-block.ts";
import { isRefusal, KILL_REASON_TEXTS } from "../core/kill-reasons.ts";
import {
  HP_CONTROL__KILL_REASON_W,
  HP_CONTROL__KILL_SEQ_W,
  HP_CONTROL__KILL_SESSION_W,
  HP_CONTROL__KILL_TYPE_W,
  HP_KILL_ENGINE,
} from "../ffi/layout.ts";
import type { ApplianceStatus } from "./status.ts";

/** `session "venue", message 4 (E): ...`; "" when no engine killed, or none of this run did. */
export function killReasonText(control: ControlBlock, sessions: readonly string[]): string {
  const load = (word: number): number => Atomics.load(control.words, word);
  const reason = load(HP_CONTROL__KILL_REASON_W);
  const text = KILL_REASON_TEXTS[reason] ?? "";
  if ((control.killBits() & HP_KILL_ENGINE) === 0 || text === "") return "";
  const session = load(HP_CONTROL__KILL_SESSION_W);
  const type = typeText(load(HP_CONTROL__KILL_TYPE_W));
  const kind = type === "" ? "" : isRefusal(reason) ? ` (${type})` : ` (ExecType ${type})`;
  const seq = load(HP_CONTROL__KILL_SEQ_W) >>> 0;
  return `session "${sessions[session] ?? session}", message ${seq}${kind}: ${text}`;
}

/** `cli, engine (session "venue", ...)`. */
export function killedByText(status: Pick<ApplianceStatus, "killedBy" | "killReason">): string {
  const { killedBy, killReason } = status;
  return `${killedBy.join(", ")}${killReason === "" ? "" : ` (${killReason})`}`;
}

/** Up to four characters, the first in the low byte; what can't be printed in hex. */
function typeText(type: number): string {
  let text = "";
  for (let rest = type >>> 0; rest !== 0; rest >>>= 8) {
    const c = rest & 255;
    text += c > 0x20 && c < 0x7f ? String.fromCharCode(c) : `0x${c.toString(16)}`;
  }
  return text;
}
