/** A pair of kernel interfaces wired to each other, named after this process. */
import { writeFileSync } from "node:fs";

let count = 0;

export interface Veth {
  near: string;
  far: string;
  remove(): void;
}

/** Up, without IPv6, so that nothing is sent but what a test sends. Throws what `ip` says. */
export function vethPair(mtu = 1500): Veth {
  const base = `hpt${process.pid % 1_000_000}${String.fromCharCode(97 + (count++ % 26))}`;
  const near = `${base}0`;
  const far = `${base}1`;
  ip("link", "add", near, "mtu", `${mtu}`, "type", "veth", "peer", "name", far, "mtu", `${mtu}`);
  try {
    for (const iface of [near, far]) {
      quiet(iface);
      ip("link", "set", iface, "up");
    }
  } catch (error) {
    ip("link", "del", near);
    throw error;
  }
  // Gone already when the test took it away.
  const remove = () => void Bun.spawnSync(["ip", "link", "del", near], { stderr: "ignore" });
  return { near, far, remove };
}

/** Takes IPv6 off an interface. */
export function quiet(iface: string): void {
  writeFileSync(`/proc/sys/net/ipv6/conf/${iface}/disable_ipv6`, "1");
}

export function ip(...words: string[]): void {
  const run = Bun.spawnSync(["ip", ...words], { stderr: "pipe" });
  if (run.exitCode !== 0) throw new Error(`ip ${words.join(" ")}: ${run.stderr.toString().trim()}`);
}
