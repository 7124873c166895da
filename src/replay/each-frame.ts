/** Every frame of a capture, in order. */
import type { CapturePort } from "../net/capture/capture-port.ts";
import { DESC_LENGTH, DESC_OFFSET, DESC_WORDS } from "../net/desc.ts";
import { eachPacket } from "./each-packet.ts";
import { type CaptureProtocol, emptyFrame, FITS_NOT, type Frame } from "./protocols/protocol.ts";

export interface FrameCounts {
  packets: number;
  /** Packets that are not of the protocol, or not all of which is. */
  foreign: number;
}

/**
 * Calls `visit` with the index in the port's burst and the frame, which is good until it returns;
 * until it returns false or the capture ends.
 */
export async function eachFrame(
  port: CapturePort,
  protocol: CaptureProtocol,
  visit: (i: number, frame: Frame) => boolean,
): Promise<FrameCounts> {
  const counts: FrameCounts = { packets: 0, foreign: 0 };
  const frame = emptyFrame();
  const { view, bytes } = port;
  await eachPacket(port, (i) => {
    counts.packets++;
    const offset = port.desc[i * DESC_WORDS + DESC_OFFSET]!;
    const stop = offset + port.desc[i * DESC_WORDS + DESC_LENGTH]!;
    const isJudged = protocol.judgesFrames === true;
    if (!isJudged && protocol.looksLike(view, bytes, offset, stop) === FITS_NOT) {
      counts.foreign++;
      return true;
    }
    let isWhole = true;
    let at = offset;
    do {
      frame.size = 0;
      const isRead = protocol.readFrame(frame, view, bytes, at, stop);
      if (!isRead) isWhole = false;
      else if (!visit(i, frame)) return false;
      at += frame.size;
    } while (frame.size > 0 && at < stop);
    if (!isWhole) counts.foreign++;
    return true;
  });
  return counts;
}
