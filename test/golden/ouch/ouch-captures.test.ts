/** Real OUCH 5.0 over SoupBinTCP, one TCP segment a file: what each field of it says. */
import { describe, expect, test } from "bun:test";
import {
  SOUP_CLIENT_HEARTBEAT,
  SOUP_SEQUENCED,
  SOUP_SERVER_HEARTBEAT,
  SOUP_UNSEQUENCED,
} from "../../../src/net/soup/soup-packets.ts";
import { SoupSplitter } from "../../../src/net/soup/soup-splitter.ts";
import { describeOuch, type OuchDirection } from "../../../src/ouch/ouch-fields.ts";
import { haveCaptures, readCapture } from "../../support/captures.ts";

/** Payload of the TCP segment in a pcap file with one Ethernet frame, tagged or not. */
function segmentOf(name: string): Uint8Array {
  const bytes = readCapture("ouch", `Nasdaq_Nsm_Ouch_v5_0__${name}.pcap`);
  const ethernet = 24 + 16;
  const ip = ethernet + (bytes[ethernet + 12] === 0x81 && bytes[ethernet + 13] === 0 ? 18 : 14);
  const tcp = ip + 4 * (bytes[ip]! & 15);
  const end = ip + bytes[ip + 2]! * 256 + bytes[ip + 3]!;
  return bytes.slice(tcp + 4 * (bytes[tcp + 12]! >> 4), end);
}

function packetOf(name: string) {
  const bytes = segmentOf(name);
  const splitter = new SoupSplitter(1024);
  const type = splitter.next(bytes, 0, bytes.length);
  return { bytes, type, splitter };
}

function messageOf(name: string, direction: OuchDirection, type: number) {
  const packet = packetOf(name);
  const { payloadAt, payloadLength, end } = packet.splitter;
  expect(packet.type).toBe(type);
  expect(end).toBe(packet.bytes.length);
  return describeOuch(direction, packet.bytes, payloadAt, payloadLength);
}

describe.skipIf(!haveCaptures("ouch"))("captured OUCH 5.0", () => {
  test("an order with its firm appended", () => {
    expect(messageOf("EnterOrderMessage.O", "in", SOUP_UNSEQUENCED)).toEqual({
      type: "O",
      len: 53,
      user_ref_num: 113,
      side: "T",
      quantity: 225,
      symbol: "CVLT",
      price: 630200,
      time_in_force: "0",
      display: "Y",
      capacity: "A",
      inter_market_sweep_eligibility: "N",
      cross_type: "N",
      clordid: "H8FUB8IV",
      firm: "LIME",
    });
  });

  test("its acceptance", () => {
    expect(messageOf("OrderAcceptedMessage.A", "out", SOUP_SEQUENCED)).toEqual({
      type: "A",
      len: 73,
      timestamp: 44647483486087,
      user_ref_num: 7682701,
      side: "B",
      quantity: 40,
      symbol: "ADBE",
      price: 4777800,
      time_in_force: "5",
      display: "Y",
      order_reference_number: 257340661,
      capacity: "A",
      inter_market_sweep_eligibility: "N",
      cross_type: "N",
      order_state: "L",
      clordid: "7682701",
      firm: "MLRO",
      bbo_weight_indicator: "0",
    });
  });

  test("a cancel, and what came of one", () => {
    expect(messageOf("CancelOrderMessage.X", "in", SOUP_UNSEQUENCED)).toEqual({
      type: "X",
      len: 9,
      user_ref_num: 7679601,
      quantity: 0,
    });
    expect(messageOf("CanceledMessage.C", "out", SOUP_SEQUENCED)).toEqual({
      type: "C",
      len: 18,
      timestamp: 44647483708183,
      user_ref_num: 7682701,
      quantity: 40,
      cancel_order_reason: "U",
    });
  });

  test("heartbeats of both sides", () => {
    for (const [name, type] of [
      ["ClientHeartbeatPacket.R", SOUP_CLIENT_HEARTBEAT],
      ["ServerHeartbeatPacket.H", SOUP_SERVER_HEARTBEAT],
    ] as const) {
      const packet = packetOf(name);
      expect(packet.type).toBe(type);
      expect(packet.splitter.payloadLength).toBe(0);
      expect(packet.splitter.end).toBe(packet.bytes.length);
    }
  });
});
