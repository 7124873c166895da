/**
 * ITCH decode and book update, ns a message, on the synthetic capture (200,000 messages, 200 symbols,
 * each message flushed as its own packet): `bun test/bench/decode-book.ts [rounds]`. Also the same
 * through MoldUDP64 over two lines. Bun.nanoseconds around whole passes; warm: the first half of the
 * rounds is not counted. Trust ratios, not absolutes.
 */
import { Books } from "../../src/book/books.ts";
import { Instruments } from "../../src/book/instruments.ts";
import { heapFeedBlock } from "../../src/feed/feed-block.ts";
import { ItchDecoder } from "../../src/feed/itch.ts";
import { MoldUdp64 } from "../../src/feed/moldudp64.ts";
import { haveCaptures, readCapture } from "../support/captures.ts";
import { definition, newCounters } from "../support/market.ts";
import { PacketPort } from "../support/packet-port.ts";
import { readPcap } from "../support/pcap.ts";

if (!haveCaptures("itch-synthetic")) process.exit(0);
const rounds = Number(process.argv[2] ?? 30);
const counters = newCounters();
let calls = 0;
const events = {
  onBook: () => void calls++,
  onTrade: () => void calls++,
  onStatus: () => void calls++,
};
const books = new Books({
  feed: 0,
  instruments: new Instruments([], 256),
  maxOrders: 1 << 16,
  maxLevels: 1 << 16,
  wildcard: (symbol) => definition(symbol),
  events,
  counters,
});
const decoder = new ItchDecoder({ sink: books, counters });

const plain = new Uint8Array(readCapture("itch-synthetic", "syn200k.itch.gz"));
const plainView = new DataView(plain.buffer);

function decodePass(): number {
  books.clear();
  const start = Bun.nanoseconds();
  let count = 0;
  for (let at = 0; at < plain.length; count++) {
    const length = plainView.getUint16(at);
    decoder.decode(plainView, plain, at + 2, length);
    decoder.flush(true);
    at += 2 + length;
  }
  return (Bun.nanoseconds() - start) / count;
}

const pcap = readCapture("itch-synthetic", "syn200k_AB_loss1pct.pcap.gz");
const packets = readPcap(pcap);
const groups = [...new Set(packets.map((p) => p.destination))];
const table = new Float64Array(packets.length * 4);
packets.forEach((p, i) => {
  table.set([p.offset, p.length, groups.indexOf(p.destination), p.timeNs], i * 4);
});
const port = new PacketPort(pcap);

function moldPass(): number {
  const mold = new MoldUdp64({
    index: 0,
    lineCount: 2,
    windowPackets: 256,
    windowNs: 1e9,
    staleNs: 1e12,
    requestTimeoutNs: 1e12,
    slotBytes: 2048,
    decoder,
    events: { onFeed: () => {}, onSession: () => books.clear() },
    counters,
    block: heapFeedBlock(),
  });
  const start = Bun.nanoseconds();
  for (let i = 0; i < packets.length; i++) {
    const at = i * 4;
    port.at(table[at]!, table[at + 1]!, table[at + 2]!);
    mold.onPacket(port, 0, table[at + 3]!);
  }
  return (Bun.nanoseconds() - start) / (mold.nextSeq - 1);
}

function report(name: string, pass: () => number): void {
  const figures: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const ns = pass();
    if (i >= rounds / 2) figures.push(ns);
  }
  figures.sort((a, b) => a - b);
  const best = figures[0]!.toFixed(1);
  const median = figures[figures.length >> 1]!.toFixed(1);
  console.log(`${name}: ${median} ns a message (median pass), ${best} (best pass)`);
}

report("decode + book + flush", decodePass);
report("MoldUDP64 A/B (2 copies) + decode + book", moldPass);
