/** A veth pair for one bench process, gone when it ends; and the frame that goes across it. */
import { udpFrame } from "../../src/ffi/fake-frame.ts";

export interface Veth {
  /** Where the frames are read, and where they are sent. */
  near: string;
  far: string;
}

/** Multicast group and port of the bench's frames; the source is nobody here. */
export const GROUP = 0xefff4d01;
export const GROUP_PORT = 21_000;
const SOURCE = { address: 0xc613ff03, port: 4000 };

/** Why there can't be one, or undefined. */
export function whyNoVeth(): string | undefined {
  if (process.getuid?.() !== 0) return "a veth pair takes root";
  return Bun.which("ip") === null ? "iproute2 is not installed (`ip`)" : undefined;
}

let made = 0;

/** Of the near end. */
export const VETH_ADDRESS = "198.19.255.1";

/** `who`: only the pair of "socket" has an address: where the kernel's sockets join. */
export function makeVeth(who = "socket"): Veth {
  const near = `hpb${process.pid}n${made}`;
  const far = `hpb${process.pid}f${made++}`;
  ip("link", "add", near, "type", "veth", "peer", "name", far);
  process.on("exit", () => Bun.spawnSync(["ip", "link", "del", near]));
  // None at the far end: frames are raw.
  if (who === "socket") ip("addr", "add", `${VETH_ADDRESS}/24`, "dev", near);
  for (const end of [near, far]) ip("link", "set", end, "up");
  return { near, far };
}

/** An Ethernet frame to the group, as a switch would bring it. */
export function groupFrame(payload: Uint8Array): Uint8Array {
  const frame = udpFrame(SOURCE, { address: GROUP, port: GROUP_PORT }, payload);
  frame.set([0x01, 0x00, 0x5e, (GROUP >> 16) & 0x7f, (GROUP >> 8) & 0xff, GROUP & 0xff]);
  frame.set([0x02, 0x00, 0x00, 0x00, 0x00, 0x02], 6);
  return frame;
}

function ip(...words: string[]): void {
  const run = Bun.spawnSync(["ip", ...words]);
  if (run.exitCode !== 0) throw new Error(`ip ${words.join(" ")}: ${run.stderr.toString().trim()}`);
}
