/** A sender of bad packets onto the multicast groups of a feed. */
import type { udp } from "bun";
import { mulberry } from "./mulberry.ts";

const HEADER = 20;

export class Rogue {
  /** Packets sent, by kind. */
  readonly sent: Record<string, number> = {};
  private readonly random = mulberry(7);

  private constructor(
    private readonly socket: udp.Socket<"buffer">,
    private readonly lines: readonly { group: string; port: number }[],
    private readonly session: string,
  ) {}

  static async open(
    lines: readonly { group: string; port: number }[],
    session: string,
  ): Promise<Rogue> {
    const socket = await Bun.udpSocket({ hostname: "127.0.0.1", port: 0 });
    socket.setMulticastInterface("127.0.0.1");
    socket.setMulticastLoopback(true);
    socket.setMulticastTTL(1);
    return new Rogue(socket, lines, session.padEnd(10));
  }

  /** One packet of each kind. `next`: the sequence number that the feed expects about now. */
  round(next: number): void {
    // Ahead, so that nothing but its shape speaks against a packet.
    const ahead = next + 300 + this.below(5000);
    const old = Math.max(1, next - 200 - this.below(next / 2));
    this.send("empty", new Uint8Array(0));
    this.send("short header", this.mold(ahead, 1, []).subarray(0, 1 + this.below(HEADER - 1)));
    this.send("block beyond the end", this.lying(ahead));
    this.send("count too high", this.mold(ahead, 9, [this.noise(30)]));
    this.send("count too low", this.mold(ahead, 1, [this.noise(30), this.noise(20)]));
    this.send("cut in a block", this.mold(ahead, 1, [this.noise(30)]).subarray(0, HEADER + 12));
    this.send("sequence zero", this.mold(0, 1, [this.noise(12)]));
    this.send("sequence beyond 2^53", this.mold(2 ** 60, 1, [this.noise(12)]));
    this.send("old sequence", this.mold(old, 2, [this.noise(36), this.noise(19)]));
    this.send("old heartbeat", this.mold(old, 0, []));
    this.send("old end", this.mold(old, 0xffff, []));
    // Further each time: two that agree would be believed.
    const jump = next + 2 ** 32 * (1 + (this.sent["far jump"] ?? 0));
    this.send("far jump", this.mold(jump, 1, [this.noise(12)]));
    const stranger = `X${String(this.below(1e9)).padStart(9, "0")}`;
    this.send("strange session", this.mold(next, 1, [this.noise(12)], stranger));
    this.send("too long", this.mold(ahead, 1, [this.noise(5000)]));
    this.send("noise", this.noise(1 + this.below(1400)));
  }

  close(): void {
    this.socket.close();
  }

  private send(kind: string, bytes: Uint8Array): void {
    this.sent[kind] = (this.sent[kind] ?? 0) + 1;
    const { group, port } = this.lines[this.below(this.lines.length)]!;
    this.socket.send(bytes, port, group);
  }

  /** Its block length says more than there is. */
  private lying(seq: number): Uint8Array {
    const packet = this.mold(seq, 1, [this.noise(30)]);
    new DataView(packet.buffer).setUint16(HEADER, 31 + this.below(65_000));
    return packet;
  }

  private mold(seq: number, count: number, blocks: Uint8Array[], session = this.session) {
    const bytes = new Uint8Array(HEADER + blocks.reduce((sum, b) => sum + 2 + b.length, 0));
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < 10; i++) bytes[i] = session.charCodeAt(i);
    view.setBigUint64(10, BigInt(Math.floor(seq)));
    view.setUint16(18, count);
    let at = HEADER;
    for (const block of blocks) {
      view.setUint16(at, block.length);
      bytes.set(block, at + 2);
      at += 2 + block.length;
    }
    return bytes;
  }

  private noise(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  private below(n: number): number {
    return Math.floor(this.random() * n);
  }
}
