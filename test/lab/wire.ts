/**
 * The other end of a NIC's cable: a Unix socket that QEMU connects to, on which each frame stands
 * after its length (32 bits, big-endian). QEMU stops reading while the NIC has no room, so a frame
 * is lost only when the NIC itself drops it.
 */
import { createServer, type Server, type Socket } from "node:net";
import { type Membership, membershipsOf } from "./frames.ts";

export class Wire {
  /** All that the guest told by IGMP, in order. */
  readonly memberships: Membership[] = [];
  /** Frames that the guest sent. */
  frameCount = 0;
  private readonly server: Server;
  private socket: Socket | undefined;
  private rest: Uint8Array = new Uint8Array(0);

  private constructor(server: Server) {
    this.server = server;
    server.on("connection", (socket) => {
      this.socket = socket;
      socket.on("data", (bytes: Buffer) => this.take(bytes));
      // A machine that goes down cuts its cables; who waits for an answer sees that from the machine.
      socket.on("error", () => undefined);
    });
  }

  static async open(path: string): Promise<Wire> {
    const server = createServer();
    const wire = new Wire(server);
    await new Promise<void>((done, fail) => {
      server.on("error", fail);
      server.listen(path, done);
    });
    return wire;
  }

  send(frames: Uint8Array[]): void {
    if (this.socket === undefined) throw new Error("no NIC is at the end of this wire");
    const parts: Uint8Array[] = [];
    for (const frame of frames) {
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, frame.length);
      parts.push(length, frame);
    }
    this.socket.write(Buffer.concat(parts));
  }

  count(kind: Membership["kind"], group: string): number {
    return this.memberships.filter((m) => m.kind === kind && m.group === group).length;
  }

  close(): void {
    this.socket?.destroy();
    this.server.close();
  }

  private take(bytes: Uint8Array): void {
    const all = Buffer.concat([this.rest, bytes]);
    let at = 0;
    while (at + 4 <= all.length) {
      const end = at + 4 + all.readUInt32BE(at);
      if (end > all.length) break;
      this.frameCount++;
      this.memberships.push(...membershipsOf(all.subarray(at + 4, end)));
      at = end;
    }
    this.rest = all.subarray(at);
  }
}
