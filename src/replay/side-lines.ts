/**
 * Destinations of a capture that bring no updates, but loops of snapshots or definitions of the feed
 * beside them: they have sequences of their own, which nobody follows.
 */
import type { CapturePort } from "../net/capture/capture-port.ts";
import { DESC_LENGTH, DESC_LINE, DESC_OFFSET, DESC_WORDS } from "../net/desc.ts";
import {
  type CaptureProtocol,
  emptyFrame,
  FITS_NOT,
  type Frame,
  ROLE_LIVE,
  ROLE_UNTOLD,
} from "./protocols/protocol.ts";

export class SideLines {
  private readonly port: CapturePort;
  private readonly protocol: CaptureProtocol;
  /** ROLE_* by line. */
  private readonly roles: (number | undefined)[] = [];

  constructor(port: CapturePort, protocol: CaptureProtocol) {
    this.port = port;
    this.protocol = protocol;
  }

  /** Looks at the first packets; they stay to be read. */
  async look(): Promise<void> {
    const { port, protocol } = this;
    if (protocol.roleOf === undefined) return;
    const { view, bytes, desc } = port;
    const frame = emptyFrame();
    await port.peek((i) => {
      const offset = desc[i * DESC_WORDS + DESC_OFFSET]!;
      const stop = offset + desc[i * DESC_WORDS + DESC_LENGTH]!;
      if (protocol.looksLike(view, bytes, offset, stop) === FITS_NOT) return;
      if (protocol.readFrame(frame, view, bytes, offset, stop)) this.of(i, frame);
    });
  }

  /** ROLE_* of a frame: a line that ever brought an update is live. */
  of(i: number, frame: Frame): number {
    const { port, protocol, roles } = this;
    if (protocol.roleOf === undefined) return ROLE_LIVE;
    const line = port.desc[i * DESC_WORDS + DESC_LINE]!;
    const role = protocol.roleOf(port.view, port.bytes, frame);
    const known = roles[line];
    if (known === ROLE_LIVE || role === ROLE_UNTOLD) return known ?? ROLE_LIVE;
    if (known === undefined || role === ROLE_LIVE) roles[line] = role;
    return role;
  }

  /** The lines that are live, as far as is known. */
  live(): number[] {
    return this.roles.flatMap((role, line) => (role === ROLE_LIVE ? [line] : []));
  }
}
