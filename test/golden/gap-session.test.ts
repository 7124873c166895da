/** The exchange's own session with its gap request proxy (2014), and our client in the place of theirs. */
import { describe, expect, test } from "bun:test";
import { GrpRequests } from "../../src/control/recovery/grp.ts";
import { HoleRoute } from "../../src/control/recovery/hole-route.ts";
import * as L from "../../src/ffi/layout.ts";
import { haveCaptures, readCapture } from "../support/captures.ts";
import { announce, FakeConnection, feedBlock } from "../unit/control/recovery/kit.ts";

const FOLDER = "cboe-pitch";
const FILE = "BATS__mcastpitch_grp_useq.pcap";
const PROXY_PORT = 10_503;
const PCAP_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const ETHERNET_BYTES = 14;

interface Segment {
  ms: number;
  fromProxy: boolean;
  hex: string;
}

/** TCP payloads of a little-endian pcap of Ethernet and IPv4. */
function segments(file: Uint8Array): Segment[] {
  const pcap = Buffer.from(file);
  const found: Segment[] = [];
  let at = PCAP_HEADER_BYTES;
  while (at < pcap.length) {
    const ms = pcap.readUInt32LE(at) * 1000 + pcap.readUInt32LE(at + 4) / 1000;
    const length = pcap.readUInt32LE(at + 8);
    const ip = pcap.subarray(at + RECORD_HEADER_BYTES + ETHERNET_BYTES);
    const tcp = ip.subarray((ip[0]! & 15) * 4, ip.readUInt16BE(2));
    const hex = tcp.subarray((tcp[12]! >> 4) * 4).toString("hex");
    if (hex !== "") found.push({ ms, fromProxy: tcp.readUInt16BE(0) === PROXY_PORT, hex });
    at += RECORD_HEADER_BYTES + length;
  }
  return found;
}

const HEARTBEAT = "0800000000000000";

describe.skipIf(!haveCaptures(FOLDER))("a session with the gap request proxy", () => {
  test("goes as the exchange's own client had it", () => {
    const all = segments(readCapture(FOLDER, FILE));
    const feed = feedBlock();
    const connections: FakeConnection[] = [];
    const notices: string[] = [];
    const clock = { ms: all[0]!.ms };
    const grp = new GrpRequests({
      feed,
      route: new HoleRoute({ feed, hasMessages: true, hasSnapshot: false, messagesMax: 0 }),
      ...{ unit: 1, host: "127.0.0.1", port: PROXY_PORT, countMax: 100 },
      // Theirs is asked by hand, five seconds after the login.
      ...{ timeoutMs: 60_000, pauseMs: 100, retries: 0 },
      login: () => ({ sessionSubId: "0006", username: "MKDA", password: "" }),
      nowMs: () => clock.ms,
      connect(_host, _port, events) {
        connections.push(new FakeConnection(events));
        return connections.at(-1)!;
      },
      notice: (sentence) => notices.push(sentence),
    });
    announce(feed, 14, 15);
    grp.poll();
    const connection = connections[0]!;
    connection.events.onOpen();
    for (const segment of all) {
      clock.ms = segment.ms;
      grp.poll();
      if (segment.fromProxy) connection.give(Buffer.from(segment.hex, "hex"));
    }
    const words = (hex: string[]) => hex.filter((frame) => frame !== HEARTBEAT);
    const theirs = all.filter((s) => !s.fromProxy).map((s) => s.hex);
    const ours = connection.sent.map((frame) => Buffer.from(frame).toString("hex"));
    expect(words(ours)).toEqual(words(theirs));
    expect(words(ours).length).toBe(2);
    expect(ours.length).toBeGreaterThan(5);
    expect(connection.isClosed).toBe(false);
    expect(feed.words[L.HP_FEED__REPLIES_W]).toBe(1);
    expect(notices).toEqual([]);
  });
});
