/**
 * Bad frames beside a feed, sent raw from the simulator's network namespace:
 *
 *   nsenter -t PID -n bun flood-process.ts DEVICE GROUP PORT SESSION ROUNDS
 *
 * Prints what was sent as one JSON object. Nothing of it may reach a book.
 */
import { Arena } from "../../../src/core/arena.ts";
import { HP_OK, HP_PORT_NO_JOIN } from "../../../src/ffi/layout.ts";
import { loadShim } from "../../../src/ffi/load.ts";
import { parseIpv4 } from "../../../src/net/address.ts";
import type { DevicePortOptions } from "../../../src/net/device-options.ts";
import { DevicePort } from "../../../src/net/device-port.ts";
import { FLOW_RAW } from "../../../src/net/transmitter.ts";
import { mulberry } from "./mulberry.ts";

const [device, groupText, portText, session, rounds] = process.argv.slice(2) as string[];
const group = parseIpv4(groupText!)!;
const IP = 14;
const UDP = 34;
const PAYLOAD = 42;
const TX_BYTES = 16_384;

const shim = loadShim();
const options: DevicePortOptions = {
  name: "flood",
  driver: "packet",
  device: device!,
  // Somebody else's, so that it reads nothing of its own.
  lines: [{ group, port: 1, iface: 0, source: 0, feed: 0, line: 0 }],
  flags: HP_PORT_NO_JOIN,
  txSize: TX_BYTES,
};
const out = new DevicePort(shim, Arena.alloc(shim, DevicePort.arenaBytes(options)), options);
const random = mulberry(11);
const below = (n: number) => Math.floor(random() * n);
const sent: Record<string, number> = {};

function sum(bytes: Uint8Array, start: number): number {
  let total = start;
  for (let i = 0; i < bytes.length; i += 2) total += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

/** A right frame of the line with this payload; `spoil` before the IPv4 checksum, `harm` behind it. */
function frame(
  payload: Uint8Array,
  spoil: (view: DataView) => void = () => {},
  harm: (view: DataView) => void = () => {},
): Uint8Array {
  const bytes = new Uint8Array(PAYLOAD + payload.length);
  const view = new DataView(bytes.buffer);
  bytes.set([
    1,
    0,
    0x5e,
    (group >>> 16) & 0x7f,
    (group >>> 8) & 255,
    group & 255,
    2,
    0,
    0,
    0,
    0,
    9,
  ]);
  view.setUint16(12, 0x0800);
  view.setUint16(IP, 0x4500);
  view.setUint16(IP + 2, 28 + payload.length);
  view.setUint16(IP + 8, 0x0111);
  view.setUint32(IP + 12, 0xc6120909);
  view.setUint32(IP + 16, group);
  view.setUint16(UDP, 7777);
  view.setUint16(UDP + 2, Number(portText));
  view.setUint16(UDP + 4, 8 + payload.length);
  bytes.set(payload, PAYLOAD);
  const pseudo = sum(bytes.subarray(IP + 12, UDP), 17 + 8 + payload.length);
  view.setUint16(UDP + 6, 0xffff - sum(bytes.subarray(UDP), pseudo) || 0xffff);
  spoil(view);
  view.setUint16(IP + 10, 0xffff - sum(bytes.subarray(IP, UDP), 0));
  harm(view);
  return bytes;
}

/** A packet of the session that would be believed: a message far ahead, or an old one. */
function mold(sequence: number, size: number): Uint8Array {
  const bytes = new Uint8Array(22 + size);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 10; i++) bytes[i] = session!.padEnd(10).charCodeAt(i);
  view.setBigUint64(10, BigInt(sequence));
  view.setUint16(18, 1);
  view.setUint16(20, size);
  return bytes;
}

function noise(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, () => below(256));
}

function send(kind: string, bytes: Uint8Array): void {
  out.tx.set(bytes);
  while (out.send(FLOW_RAW, 0, bytes.length) !== HP_OK) Bun.sleepSync(1);
  sent[kind] = (sent[kind] ?? 0) + 1;
}

for (let round = 0; round < Number(rounds); round++) {
  const ahead = mold(1_000_000 + round, 40);
  send(
    "fragments",
    frame(ahead, (v) => v.setUint16(IP + 6, 0x2000)),
  );
  send(
    "fragments",
    frame(noise(64), (v) => v.setUint16(IP + 6, 0x00b9)),
  );
  send(
    "badChecksum",
    frame(ahead, (v) => v.setUint16(UDP + 6, v.getUint16(UDP + 6) ^ 0x1234)),
  );
  send(
    "badChecksum",
    frame(ahead, undefined, (v) => v.setUint16(IP + 10, v.getUint16(IP + 10) ^ 0x5500)),
  );
  send(
    "malformed",
    frame(ahead, (v) => v.setUint16(UDP + 4, 1000)),
  );
  send(
    "strangers",
    frame(ahead, (v) => v.setUint16(UDP + 2, 9)),
  );
  send("runts", frame(ahead).subarray(0, IP + below(28)));
  send("noise", noise(60 + below(1300)));
  if (round % 10 === 0) send("truncated", frame(mold(1_000_000, 8700)));
  // At a pace that a busy machine keeps up with: this is about what is in a frame.
  if (round % 20 === 0) await Bun.sleep(1);
}
console.log(JSON.stringify(sent));
out.close();
process.exit(0);
