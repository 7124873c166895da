import { expect, test } from "bun:test";
import { BOOK_CSV_HEADER, bookCsvRow } from "../../../src/book/levels.ts";
import { FEED_LIVE } from "../../../src/core/codes.ts";
import {
  FEED_BAD_LENGTH,
  FEED_FILTERED,
  FEED_GAPS,
  FEED_MESSAGES,
  FEED_UNKNOWN_TYPE,
} from "../../../src/feed/counters.ts";
import { readCapturePackets } from "../../support/capture-packets.ts";
import { haveCaptures, readCapture } from "../../support/captures.ts";
import { type Market, market, moldFor } from "../../support/market.ts";
import { PacketPort } from "../../support/packet-port.ts";

const MESSAGES = 200_000;
const AB = ["itch-synthetic", "syn200k_AB_loss1pct.pcap.gz"];
const have = haveCaptures("itch-synthetic");
const golden = have
  ? new TextDecoder().decode(readCapture("itch-synthetic", "syn200k.golden.csv")).trim().split("\n")
  : [];

function everything(): Market {
  return market({ capacity: 256 }, { maxOrders: 32_768, maxLevels: 32_768 });
}

/** The books as the golden CSV writes them: rows by locate. */
function rowsOf(m: Market): string[] {
  const rows = [BOOK_CSV_HEADER];
  for (let locate = 0; locate < m.books.locates.length; locate++) {
    const instrument = m.books.locates[locate]! - 1;
    if (instrument < 0) continue;
    const symbol = m.instruments.definitions[instrument]!.symbol;
    rows.push(bookCsvRow(locate, symbol, m.books.levels(instrument)));
  }
  return rows;
}

test.skipIf(!have)("200,000 messages give the golden books, row for row", () => {
  const file = readCapture("itch-synthetic", "syn200k.itch.gz");
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const m = everything();
  let count = 0;
  for (let at = 0; at < file.length; ) {
    const length = view.getUint16(at);
    m.decoder.decode(view, file, at + 2, length);
    m.decoder.flush(true);
    at += 2 + length;
    count++;
  }
  expect(count).toBe(MESSAGES);
  expect(rowsOf(m)).toEqual(golden);
  const live = golden.slice(1).reduce((sum, row) => sum + Number(row.split(",")[8]), 0);
  expect(m.books.liveOrders()).toBe(live);
  for (const index of [FEED_UNKNOWN_TYPE, FEED_BAD_LENGTH, FEED_FILTERED]) {
    expect(m.counters[index]).toBe(0);
  }
  // 32-47: nothing unknown, full, inexact or over-executed in a clean file.
  expect([...m.counters.subarray(32, 48)]).toEqual(new Array(16).fill(0));
});

test.skipIf(!have)("two lines that each lose 1% give the same books and no gap", async () => {
  const { bytes, packets, lineCount } = await readCapturePackets(...AB);
  expect(lineCount).toBe(2);
  const m = everything();
  const { mold, states } = moldFor(
    { decoder: m.decoder, counters: m.counters, clear: () => m.books.clear() },
    { windowPackets: 256, windowNs: 1e9 },
  );
  const port = new PacketPort(bytes);
  for (const packet of packets) {
    port.at(packet.offset, packet.length, packet.line);
    mold.onPacket(port, 0, packet.timeNs);
  }
  expect(m.counters[FEED_GAPS]).toBe(0);
  expect(m.counters[FEED_MESSAGES]).toBe(MESSAGES);
  expect(mold.nextSeq).toBe(MESSAGES + 1);
  expect(mold.state).toBe(FEED_LIVE);
  expect(states).toEqual(["live"]);
  expect(rowsOf(m)).toEqual(golden);
});

test.skipIf(!have)("one lossy line alone ends in a gap that a re-request closes", async () => {
  const { bytes, packets } = await readCapturePackets(...AB);
  const m = everything();
  const { mold, block, states } = moldFor(
    { decoder: m.decoder, counters: m.counters, clear: () => m.books.clear() },
    { lineCount: 1, windowPackets: 64, windowNs: 1000, requestTimeoutNs: 1e15 },
  );
  // The other line stands in for the re-request server: it has what this one lost.
  const server = new Map<number, { offset: number; length: number }>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const packet of packets) {
    const seq = Number(view.getBigUint64(packet.offset + 10));
    const count = view.getUint16(packet.offset + 18);
    if (packet.line !== 0) for (let k = 0; k < count; k++) server.set(seq + k, packet);
  }
  const port = new PacketPort(bytes);
  let served = 0;
  for (const packet of packets) {
    if (packet.line !== 0) continue;
    port.at(packet.offset, packet.length, 0);
    mold.onPacket(port, 0, packet.timeNs);
    mold.poll(packet.timeNs + 2000);
    while (block.words[1] !== served) {
      served = block.words[1]!;
      const to = block.doubles[2]!;
      for (let seq = block.doubles[1]!; seq < to; seq++) {
        const answer = server.get(seq);
        if (answer === undefined) continue;
        port.at(answer.offset, answer.length, 1);
        mold.onPacket(port, 0, packet.timeNs + 3000);
      }
    }
  }
  expect(m.counters[FEED_GAPS]).toBeGreaterThan(100);
  expect(mold.state).toBe(FEED_LIVE);
  expect(new Set(states)).toEqual(new Set(["live", "gap"]));
  expect(rowsOf(m)).toEqual(golden);
});
