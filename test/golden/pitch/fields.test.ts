/** The exchange's own captures of 2014, against what an independent dissector read in them. */
import { expect, test } from "bun:test";
import { FRAME_DATA, FRAME_HEARTBEAT, FRAME_UNNUMBERED } from "../../../src/feed/framing.ts";
import { describePitch, type PitchRecord } from "../../../src/feed/pitch/pitch-fields.ts";
import {
  UNIT_COUNT,
  UNIT_NUMBER,
  UNIT_SEQUENCE,
  UnitFraming,
} from "../../../src/feed/pitch/unit-framing.ts";
import { haveCaptures, readCapture } from "../../support/captures.ts";
import { newCounters } from "../../support/market.ts";

const FOLDER = "cboe-pitch";
const have = haveCaptures(FOLDER);
const REALTIME = "BATS__mcastpitch_realtime_useq.pcap";
const SESSION = "BATS__mcastpitch_grp_useq.pcap";

interface Segment {
  ns: bigint;
  key: string;
  payload: Uint8Array;
}

function expected(name: string): string[] {
  return new TextDecoder()
    .decode(readCapture(FOLDER, `${name}.jsonl`))
    .trim()
    .split("\n");
}

/** UDP and TCP payloads of a little-endian microsecond pcap of Ethernet frames. */
function segments(name: string): Segment[] {
  const bytes = readCapture(FOLDER, name);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out: Segment[] = [];
  for (let at = 24; at < bytes.length; at += 16 + view.getUint32(at + 8, true)) {
    const ip = at + 16 + 14;
    const transport = ip + (bytes[ip]! & 15) * 4;
    const stop = ip + view.getUint16(ip + 2);
    const isTcp = bytes[ip + 9] === 6;
    const address = (o: number) => [...bytes.subarray(o, o + 4)].join(".");
    const from = `${address(ip + 12)}:${view.getUint16(transport)}`;
    const to = `${address(ip + 16)}:${view.getUint16(transport + 2)}`;
    const start = transport + (isTcp ? (bytes[transport + 12]! >> 4) * 4 : 8);
    const micros =
      BigInt(view.getUint32(at, true)) * 1_000_000n + BigInt(view.getUint32(at + 4, true));
    const key = isTcp ? `tcp ${from}>${to}` : to;
    if (stop > start) out.push({ ns: micros * 1000n, key, payload: bytes.slice(start, stop) });
  }
  return out;
}

/** What goes one way over TCP is one stream; it has the time of its first segment. */
function streams(all: readonly Segment[]): Segment[] {
  const keys = [...new Set(all.map((s) => s.key))];
  return keys.map((key) => {
    const parts = all.filter((s) => s.key === key);
    const payload = new Uint8Array(Buffer.concat(parts.map((s) => s.payload)));
    return { key, ns: parts[0]!.ns, payload };
  });
}

function json(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(json).join(", ")}]`;
  if (typeof value !== "object" || value === null) {
    return typeof value === "bigint" ? String(value) : JSON.stringify(value);
  }
  const fields = Object.entries(value).map(([name, v]) => `${JSON.stringify(name)}: ${json(v)}`);
  return `{${fields.join(", ")}}`;
}

/** A line per unit header, read by the framing. */
function read(all: readonly Segment[]): { lines: string[]; kinds: number[]; bad: number } {
  const counters = newCounters();
  const lines: string[] = [];
  const kinds: number[] = [0, 0, 0, 0, 0];
  let messages: PitchRecord[] = [];
  let unread = 0;
  const decoder = {
    decode(_view: DataView, bytes: Uint8Array, offset: number, length: number) {
      const record = describePitch(bytes, offset, length);
      if (record === undefined) unread++;
      else messages.push(record);
    },
    readAhead() {},
  };
  const framing = new UnitFraming({ unit: 0, decoder, counters });
  for (const { ns, key, payload } of all) {
    const view = new DataView(payload.buffer);
    for (let at = 0; at < payload.length; at += framing.size) {
      if (!framing.read(view, payload, at, payload.length - at)) throw new Error("no header");
      kinds[framing.kind]! += 1;
      expect(framing.isWellFormed(view, payload, at, framing.size)).toBe(true);
      messages = [];
      framing.apply(view, payload, at, framing.size, 0);
      const seq = view.getUint32(at + UNIT_SEQUENCE, true);
      const msgs = messages.map((record, i) => ({ seq: seq === 0 ? 0 : seq + i, ...record }));
      const head = { ts: ns, key, unit: payload[at + UNIT_NUMBER], hdr_seq: seq };
      lines.push(json({ ...head, count: payload[at + UNIT_COUNT], msgs }));
    }
  }
  const bad = unread + counters.reduce((sum, n) => sum + n, 0);
  return { lines, kinds, bad };
}

test.skipIf(!have)("the realtime capture reads field for field, header by header", () => {
  const { lines, kinds, bad } = read(segments(REALTIME));
  expect(lines).toEqual(expected(REALTIME));
  expect(lines.length).toBe(739);
  expect(bad).toBe(0);
  expect(kinds[FRAME_DATA]).toBe(lines.filter((line) => !line.endsWith("[]}")).length);
  expect(kinds[FRAME_HEARTBEAT]! + kinds[FRAME_DATA]! + kinds[FRAME_UNNUMBERED]!).toBe(739);
});

test.skipIf(!have)("the gap request session over TCP reads field for field", () => {
  const { lines, kinds, bad } = read(streams(segments(SESSION)));
  expect(lines).toEqual(expected(SESSION));
  expect(bad).toBe(0);
  expect(kinds[FRAME_UNNUMBERED]).toBe(lines.length);
});
