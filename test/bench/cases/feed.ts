/** Decoder, books and MoldUDP64. A run is a slice of a file, in order; figures are of one message. */
import { Books } from "../../../src/book/books.ts";
import { heapFeedBlock } from "../../../src/feed/feed-block.ts";
import { ItchDecoder } from "../../../src/feed/itch/itch.ts";
import { moldUdp64 } from "../../../src/feed/itch/moldudp64.ts";
import { readCapturePackets } from "../../support/capture-packets.ts";
import { haveCaptures } from "../../support/captures.ts";
import { newCounters } from "../../support/market.ts";
import { PacketPort } from "../../support/packet-port.ts";
import type { BenchCase, Loop } from "../bench-case.ts";
import { slices, wildOptions } from "../file-slices.ts";
import { capturedFile, generatedFile, type ItchFile, SLICE } from "../itch-file.ts";
import { NullSink } from "../null-sink.ts";

const DECODE_NS = 20;
const BOOK_NS = 30;

interface Source {
  name: string;
  load(): ItchFile;
}

function books(symbols: number) {
  const options = wildOptions(symbols);
  const { counters } = options;
  const made = new Books(options);
  return { books: made, decoder: new ItchDecoder({ sink: made, counters }), counters };
}

/** Messages from one offset of the file to another, each flushed as a packet of its own. */
function play(decoder: ItchDecoder, file: ItchFile, from: number, to: number): void {
  const { view, bytes } = file;
  for (let at = from; at < to; ) {
    const length = view.getUint16(at);
    decoder.decode(view, bytes, at + 2, length);
    decoder.flush(true);
    at += 2 + length;
  }
}

function sliced(file: ItchFile, decoder: ItchDecoder, restart: () => void): Loop {
  return slices(file.starts, (from, to) => play(decoder, file, from, to), restart);
}

function decodeAlone(source: Source): BenchCase {
  return {
    name: `ITCH decode (${source.name})`,
    budgetNs: DECODE_NS,
    make: () => {
      const decoder = new ItchDecoder({ sink: new NullSink(), counters: newCounters() });
      return sliced(source.load(), decoder, () => {});
    },
  };
}

function decodeAndBook(source: Source): BenchCase {
  return {
    name: `ITCH decode + book + flush (${source.name})`,
    budgetNs: DECODE_NS + BOOK_NS,
    note: "each message flushed as a packet of its own",
    make: () => {
      const file = source.load();
      const market = books(file.symbols);
      return sliced(file, market.decoder, () => market.books.clear());
    },
  };
}

/** Two lines, 1% loss on each, as recorded: each message comes twice. */
function moldAndBook(): BenchCase {
  return {
    name: "MoldUDP64 A/B + decode + book (itch-synthetic)",
    budgetNs: DECODE_NS + BOOK_NS,
    note: "both copies of each packet are looked at",
    make: async () => {
      const market = books(256);
      const { port, table, lineCount } = await recordedPackets();
      const makeMold = () =>
        moldUdp64({
          index: 0,
          lineCount,
          windowPackets: 256,
          windowNs: 1e9,
          staleNs: 1e12,
          requestTimeoutNs: 1e12,
          slotBytes: 2048,
          decoder: market.decoder,
          events: { onFeed: () => {}, onSession: () => market.books.clear() },
          counters: market.counters,
          block: heapFeedBlock(),
        });
      let mold = makeMold();
      const playPackets = (from: number, to: number) => {
        for (let at = from; at < to; at += 4) {
          port.at(table[at]!, table[at + 1]!, table[at + 2]!);
          mold.onPacket(port, 0, table[at + 3]!);
        }
      };
      playPackets(0, table.length);
      const perPacket = ((mold.nextSeq - 1) * 4) / table.length;
      let from = table.length;
      return {
        per: SLICE * perPacket,
        before: () => {
          from += SLICE * 4;
          if (from + SLICE * 4 <= table.length) return;
          from = 0;
          market.books.clear();
          mold = makeMold();
        },
        run: () => playPackets(from, from + SLICE * 4),
      };
    },
  };
}

/** The packets in a port's arena, and four numbers of each: offset, length, line, time (ns). */
async function recordedPackets() {
  const recorded = await readCapturePackets("itch-synthetic", "syn200k_AB_loss1pct.pcap.gz");
  const { bytes, packets, lineCount } = recorded;
  const table = new Float64Array(packets.length * 4);
  packets.forEach((p, i) => {
    table.set([p.offset, p.length, p.line, p.timeNs], i * 4);
  });
  return { port: new PacketPort(bytes), table, lineCount };
}

export function feedCases(): BenchCase[] {
  const sources: Source[] = [{ name: "generated", load: generatedFile }];
  const isThere = haveCaptures("itch-synthetic");
  if (isThere) sources.push({ name: "itch-synthetic", load: capturedFile });
  const cases = sources.flatMap((source) => [decodeAlone(source), decodeAndBook(source)]);
  return isThere ? [...cases, moldAndBook()] : cases;
}
