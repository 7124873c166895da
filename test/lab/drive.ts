/** One NIC of the guest: bound, asked for its group, sent a burst, queried in the middle, left. */
import { igmpQuery, udpFrame } from "./frames.ts";
import { GROUP, isReady, isReceived, PACKETS, PORT, type Received } from "./guest-command.ts";
import type { Machine } from "./machine.ts";
import type { Nic } from "./nics.ts";
import type { Wire } from "./wire.ts";

/** Of the burst: back to back, and fewer than a receive ring holds when the guest is not scheduled. */
const ROUND_PACKETS = 250;
const ROUND_PAUSE_MS = 100;
/** Nobody asked for these: they must not be counted. */
const OTHER_GROUP = "239.1.1.2";
const OTHER_PORT = PORT + 1;
const ANSWER_MS = 5000;
const PAYLOAD_MIN = 16;
const PAYLOAD_MAX = 1400;

export interface Verdict {
  model: string;
  received: number;
  seconds: number;
  /** Empty when it passed. */
  faults: string[];
}

/** Never throws for what the guest does; does when the machine is gone. */
export async function driveNic(machine: Machine, nic: Nic, wire: Wire): Promise<Verdict> {
  const started = performance.now();
  const faults: string[] = [];
  let received: Received | undefined;
  let code: number | undefined;
  while (code === undefined) {
    const line = (await machine.next()) as Partial<Bound & Ended>;
    if (line.bound === nic.model) faults.push(...bindingFaults(line, nic));
    else if (isReady(line)) faults.push(...(await sendBurst(wire)));
    else if (isReceived(line)) received = line;
    else if (line.ended === nic.model) code = line.code;
  }
  if (received === undefined) {
    faults.push(`the program ended with ${code} and no result`);
  } else {
    faults.push(...resultFaults(received, code));
    const hasLeft = await until(() => wire.count("leave", GROUP) > 0);
    if (!hasLeft) faults.push(`it did not leave ${GROUP}`);
  }
  const seconds = (performance.now() - started) / 1000;
  return { model: nic.model, received: received?.received ?? 0, seconds, faults };
}

/** Lines of init.sh. */
export interface Bound {
  bound: string;
  id: string;
  driver: string;
  group: string;
}
interface Ended {
  ended: string;
  code: number;
}

export function bindingFaults(line: Partial<Bound>, nic: Nic): string[] {
  const faults: string[] = [];
  if (line.id !== nic.id) faults.push(`${nic.pci} is ${line.id}, not ${nic.id}`);
  if (line.driver !== "vfio-pci") faults.push(`its driver is ${line.driver}, not vfio-pci`);
  if (line.group === "none") faults.push("there is no /dev/vfio/GROUP for it");
  return faults;
}

async function sendBurst(wire: Wire): Promise<string[]> {
  const faults: string[] = [];
  const isJoined = await until(() => wire.count("join", GROUP) > 0);
  if (!isJoined) faults.push(`no report for ${GROUP} was seen, so no switch would send it`);
  for (let from = 0; from < PACKETS; from += ROUND_PACKETS) {
    if (from === PACKETS / 2) faults.push(...(await query(wire)));
    wire.send(round(from));
    await Bun.sleep(ROUND_PAUSE_MS);
  }
  return faults;
}

async function query(wire: Wire): Promise<string[]> {
  const before = wire.count("join", GROUP);
  wire.send([igmpQuery()]);
  const isAnswered = await until(() => wire.count("join", GROUP) > before);
  return isAnswered ? [] : ["a query was not answered: a switch would end the group"];
}

/** One round of the burst, with two strangers in front. */
function round(from: number): Uint8Array[] {
  const stranger = { sequence: from, payloadLength: PAYLOAD_MIN };
  const frames = [
    udpFrame({ group: OTHER_GROUP, port: PORT, ...stranger }),
    udpFrame({ group: GROUP, port: OTHER_PORT, ...stranger }),
  ];
  for (let sequence = from; sequence < from + ROUND_PACKETS; sequence++) {
    const payloadLength = PAYLOAD_MIN + ((sequence * 37) % (PAYLOAD_MAX - PAYLOAD_MIN));
    frames.push(udpFrame({ group: GROUP, port: PORT, sequence, payloadLength }));
  }
  return frames;
}

export function resultFaults(result: Received, code: number): string[] {
  const expected: Received = {
    received: PACKETS,
    first: 0,
    last: PACKETS - 1,
    missing: 0,
    duplicates: 0,
  };
  const faults = Object.entries(expected)
    .filter(([name, value]) => Reflect.get(result, name) !== value)
    .map(([name, value]) => `${name} is ${Reflect.get(result, name)}, not ${value}`);
  return code === 0 ? faults : [...faults, `the program ended with ${code}`];
}

async function until(isTrue: () => boolean): Promise<boolean> {
  const deadline = performance.now() + ANSWER_MS;
  while (!isTrue() && performance.now() < deadline) await Bun.sleep(10);
  return isTrue();
}
