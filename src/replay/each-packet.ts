/** Every packet of a capture, in order. */
import type { CapturePort } from "../net/capture/capture-port.ts";

/** Calls `visit` with the index in the port's burst until it returns false or the capture ends. */
export async function eachPacket(port: CapturePort, visit: (i: number) => boolean): Promise<void> {
  while (await port.refill()) {
    for (let n = port.rxBurst(); n > 0; n = port.rxBurst()) {
      for (let i = 0; i < n; i++) if (!visit(i)) return;
      port.rxRelease();
    }
  }
}
