// @hot
/** How hp_feed names the session of a feed. */
import { BLOCK_SESSION } from "./feed-block.ts";
import type { Framing } from "./framing.ts";

/**
 * The ten characters of a session's name, as the block has them. Where sessions have no names, they
 * are numbered (u32 big-endian in the last four): a snapshot of the one before must not be taken.
 */
export function nameSession(bytes: Uint8Array, framing: Framing): void {
  if (!framing.namesSessions) {
    for (let i = BLOCK_SESSION + 9; i >= BLOCK_SESSION + 6; i--) {
      bytes[i]! += 1;
      if (bytes[i] !== 0) return;
    }
    return;
  }
  for (let i = 0; i < 4; i++) {
    const shift = 24 - 8 * i;
    bytes[BLOCK_SESSION + i] = framing.session0 >>> shift;
    bytes[BLOCK_SESSION + 4 + i] = framing.session1 >>> shift;
  }
  bytes[BLOCK_SESSION + 8] = framing.session2 >>> 8;
  bytes[BLOCK_SESSION + 9] = framing.session2;
}
