/**
 * Multicast to a strategy's callback: a frame with ITCH messages is sent at one end of a veth pair, and
 * comes by the backend at the other end through feed and books to onBook. Sender and engine are one
 * thread, so the sender's system call, in which veth delivers, stands in front of every figure: it is
 * told apart. Backends take turns in one process; times are of the TSC.
 */
import { Arena } from "../../../src/core/arena.ts";
import { HP_PORT_NO_HUGE } from "../../../src/ffi/layout.ts";
import { loadShim } from "../../../src/ffi/load.ts";
import type { PortDriverName } from "../../../src/ffi/port-driver.ts";
import type { Shim } from "../../../src/ffi/shim.ts";
import type { ShimClock } from "../../../src/ffi/shim-clock.ts";
import { parseIpv4 } from "../../../src/net/address.ts";
import { DevicePort } from "../../../src/net/device-port.ts";
import { FLOW_RAW } from "../../../src/net/transmitter.ts";
import { UdpPort } from "../../../src/net/udp-port.ts";
import { defineStrategy, z } from "../../../src/strategy/api.ts";
import { type LivePorts, makePathRig, startClock } from "../path-rig.ts";
import type { Study, StudyFigures } from "../study.ts";
import { GROUP, GROUP_PORT, groupFrame, makeVeth, VETH_ADDRESS } from "../veth.ts";

const TX_BYTES = 4096;
const WARM = 20_000;
const ROUNDS = 5;
const PER_ROUND = 4_000;
const TURNS_MAX = 100_000;
const LINE = { group: GROUP, port: GROUP_PORT, feed: 0, line: 0 };

/** Clock at the first callback since it was set to 0. */
const heard = { ns: 0 };

class Listener {
  // The context's own clock stands still within a burst.
  onBook(): void {
    if (heard.ns === 0) heard.ns = clockNow();
  }
}

let clockNow = (): number => 0;
const listener = defineStrategy({ params: z.object({}), create: () => new Listener() });

interface Contestant {
  name: string;
  /** Sends packet `index` and turns until a callback; false when it led to none. */
  once(index: number): boolean;
  packets: number;
  prologue: number;
  /** ns, of the packets that led to a callback. */
  whole: number[];
  afterSend: number[];
}

function contestant(
  shim: Shim,
  clock: ShimClock,
  sessionStartS: number,
  name: string,
  far: string,
  live: (arena: Arena) => LivePorts,
): Contestant {
  const arena = Arena.alloc(shim, 1 << 20);
  const options = { name: "sender", driver: "packet" as const, device: far, lines: [] };
  const sender = new DevicePort(shim, arena, { ...options, txSize: TX_BYTES });
  const rig = makePathRig(shim, clock, sessionStartS, listener, live(arena));
  const { packets, path } = rig;
  const frames = Array.from({ length: packets.count }, (_, i) => {
    const at = packets.offset[i]!;
    return groupFrame(packets.bytes.slice(at, at + packets.length[i]!));
  });
  let sequence = 1;
  const out: Contestant = {
    name,
    packets: packets.count,
    prologue: packets.prologue,
    whole: [],
    afterSend: [],
    once(index) {
      const frame = frames[index]!;
      sender.tx.set(frame);
      // MoldUDP64: the sequence number is at 10 of the payload, which no checksum then covers.
      sender.txView.setUint32(42 + 10, Math.floor(sequence / 2 ** 32));
      sender.txView.setUint32(42 + 14, sequence >>> 0);
      sender.txView.setUint16(40, 0);
      sequence += packets.messages[index]!;
      heard.ns = 0;
      const before = path.loop.packetNs;
      const start = clock.now();
      sender.send(FLOW_RAW, 0, frame.length);
      const sent = clock.now();
      for (let turn = 0; path.loop.packetNs === before; turn++) {
        path.loop.turn();
        if (turn > TURNS_MAX) throw new Error(`${name}: a packet was lost`);
      }
      rig.serve();
      if (heard.ns === 0) return false;
      out.whole.push(heard.ns - start);
      out.afterSend.push(heard.ns - sent);
      return true;
    },
  };
  return out;
}

function device(
  shim: Shim,
  driver: PortDriverName,
  deviceName: string,
): (arena: Arena) => LivePorts {
  return (arena) => {
    const lines = [{ ...LINE, iface: 0 }];
    const flags = driver === "dpdk" ? HP_PORT_NO_HUGE : 0;
    const options = { name: driver, driver, device: deviceName, lines, flags, memoryMib: 64 };
    return { devices: [new DevicePort(shim, arena, options)], ports: [null] };
  };
}

function socket(shim: Shim): (arena: Arena) => LivePorts {
  return (arena) => {
    const iface = parseIpv4(VETH_ADDRESS)!;
    const lines = [{ group: GROUP, port: GROUP_PORT, iface }];
    return { devices: [], ports: [new UdpPort(shim, arena, { name: "socket", lines })] };
  };
}

function measure(): StudyFigures {
  const shim = loadShim();
  const { clock, sessionStartS } = startClock(shim);
  clockNow = () => clock.now();
  const make = (name: string, live: (near: string) => (arena: Arena) => LivePorts) => {
    const { near, far } = makeVeth(name);
    return contestant(shim, clock, sessionStartS, name, far, live(near));
  };
  const all = [
    make("socket", () => socket(shim)),
    make("AF_PACKET", (near) => device(shim, "packet", near)),
    make("AF_XDP", (near) => device(shim, "xdp", near)),
    make("DPDK af_packet", (near) => device(shim, "dpdk", `net_af_packet0,iface=${near}`)),
  ];
  for (const one of all) {
    for (let i = 0; i < one.prologue; i++) one.once(i);
    play(one, WARM);
    one.whole.length = 0;
    one.afterSend.length = 0;
  }
  for (let round = 0; round < ROUNDS; round++) for (const one of all) play(one, PER_ROUND);
  return all.flatMap((one) => [
    { name: `${one.name}: send begun to callback, p50`, value: at(one.whole, 0.5), unit: "ns" },
    { name: `${one.name}: the same, p99`, value: at(one.whole, 0.99), unit: "ns" },
    { name: `${one.name}: the same, p99.9`, value: at(one.whole, 0.999), unit: "ns" },
    {
      name: `${one.name}: send returned to callback, p50`,
      value: at(one.afterSend, 0.5),
      unit: "ns",
    },
    {
      name: `${one.name}: over the socket's`,
      value: at(one.whole, 0.5) / at(all[0]!.whole, 0.5),
      unit: "x",
    },
  ]);
}

const next = new Map<Contestant, number>();

function play(one: Contestant, count: number): void {
  let index = next.get(one) ?? one.prologue;
  for (let i = 0; i < count; i++) {
    one.once(index);
    index = index + 1 === one.packets ? one.prologue : index + 1;
  }
  next.set(one, index);
}

function at(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * fraction)]!;
}

export const TO_CALLBACK_STUDY = "multicast to a strategy's callback";

export function toCallbackStudies(): Study[] {
  return [{ name: TO_CALLBACK_STUDY, note: "veth, one thread, backends in turn", run: measure }];
}
