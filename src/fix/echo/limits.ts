/** What an echo can hold. */
import { HP_TCP_MAX } from "../../ffi/layout.ts";

/** Longest message that it takes. */
export const ECHO_MESSAGE_BYTES = 1 << 16;
/** Bytes of a session's journal; the newer half of it is what can be sent again. */
export const ECHO_JOURNAL_BYTES = 1 << 22;
/** Half of the handles: the others are for the listener and for connections that wait. */
export const ECHO_SESSIONS_MAX = HP_TCP_MAX >> 1;
