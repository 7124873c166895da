/** Every port that an engine reads, as plain objects from shared memory (hp_port). */
import type { ControlBlock } from "../core/control-block.ts";
import * as L from "../ffi/layout.ts";

export interface PortStatus {
  /** Of the [[port]], or of the feed where the kernel's sockets bring it. */
  name: string;
  engine: string;
  /** "" for sockets. */
  device: string;
  /** "socket", or what the driver calls itself. */
  driver: string;
  /** "zero copy", "copy, generic": for people. */
  mode: string;
  queue: number;
  /** "up", "down", or "" when the driver does not tell. */
  link: string;
  linkChanges: number;
  /** 0 = not told. */
  speedMbps: number;
  /** -1 = not told. */
  numaNode: number;
  /** The engine's core is on another node than the card. */
  isFar: boolean;
  /** Who stamps what is received: "nic", "kernel", "" = nobody. */
  stamps: string;
  packets: number;
  bytes: number;
  /** By the kernel or the card, for want of room. */
  drops: number;
  /** Times that a ring overtook its reader. */
  lapped: number;
  truncated: number;
  malformed: number;
  fragments: number;
  badChecksum: number;
  /** Frames for nobody here. */
  strangers: number;
  errors: number;
  /** IGMP and ARP that we do ourselves. */
  joins: number;
  queries: number;
  arps: number;
  sent: number;
  sentRefused: number;
}

/** `engines`: names by index. */
export function portStatuses(control: ControlBlock, engines: readonly string[]): PortStatus[] {
  const out: PortStatus[] = [];
  for (let i = 0; i < L.HP_PORTS_MAX; i++) {
    const { words, doubles, texts } = portOf(control, i);
    if (Atomics.load(words, L.HP_PORT__IS_USED_W) === 0) continue;
    const flags = words[L.HP_PORT__FLAGS_W]!;
    const stat = (index: number): number => doubles[index]!;
    const link = stat(L.HP_PORT_STATS__LINK_D);
    out.push({
      ...texts,
      engine: engines[words[L.HP_PORT__ENGINE_W]!] ?? "",
      queue: words[L.HP_PORT__QUEUE_W]!,
      link: texts.driver === "socket" || link < 0 ? "" : link === 0 ? "down" : "up",
      linkChanges: stat(L.HP_PORT_STATS__LINK_CHANGES_D),
      speedMbps: stat(L.HP_PORT_STATS__SPEED_MBPS_D),
      numaNode: words[L.HP_PORT__NUMA_NODE_W]!,
      isFar: (flags & L.HP_PORT_FAR) !== 0,
      stamps: stampsOf(flags),
      packets: stat(L.HP_PORT_STATS__PACKETS_D),
      bytes: stat(L.HP_PORT_STATS__BYTES_D),
      drops: stat(L.HP_PORT_STATS__KERNEL_DROPS_D),
      lapped: stat(L.HP_PORT_STATS__LAPPED_D),
      truncated: stat(L.HP_PORT_STATS__TRUNCATED_D),
      malformed: stat(L.HP_PORT_STATS__MALFORMED_D),
      fragments: stat(L.HP_PORT_STATS__FRAGMENTS_D),
      badChecksum: stat(L.HP_PORT_STATS__BAD_CHECKSUM_D),
      strangers: stat(L.HP_PORT_STATS__STRANGERS_D),
      errors: stat(L.HP_PORT_STATS__ERRORS_D),
      joins: stat(L.HP_PORT_STATS__JOINS_D),
      queries: stat(L.HP_PORT_STATS__QUERIES_D),
      arps: stat(L.HP_PORT_STATS__ARPS_D),
      sent: stat(L.HP_PORT_STATS__TX_PACKETS_D),
      sentRefused: stat(L.HP_PORT_STATS__TX_REFUSED_D),
    });
  }
  return out;
}

function portOf(control: ControlBlock, index: number) {
  const block = control.port(index);
  return { words: block.words, doubles: block.doubles, texts: block.texts() };
}

function stampsOf(flags: number): string {
  if ((flags & L.HP_PORT_STAMPS_RX) !== 0) return "nic";
  return (flags & L.HP_PORT_STAMPS_RX_KERNEL) !== 0 ? "kernel" : "";
}
