/** Damaged packets of every protocol: readers stay inside them, and no verb fails or goes on for ever. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CapturePort } from "../../../src/net/capture/capture-port.ts";
import { CaptureBooks } from "../../../src/replay/capture-books.ts";
import { decodeCapture } from "../../../src/replay/decode.ts";
import { feedStats } from "../../../src/replay/feed-stats.ts";
import { guessProtocol } from "../../../src/replay/protocols/guess.ts";
import { emptyFrame, FITS_NOT } from "../../../src/replay/protocols/protocol.ts";
import { allProtocols, makeProtocol } from "../../../src/replay/protocols/registry.ts";
import { mulberry } from "../../e2e/helpers/mulberry.ts";
import { ethernet, type Frame, GROUP_A, GROUP_B, pcapFile } from "../../support/capture-files.ts";
import * as iex from "../../support/iex-bytes.ts";
import { heartbeat, itch, mold } from "../../support/itch-bytes.ts";
import * as mdp3 from "../../support/mdp3-bytes.ts";
import * as opra from "../../support/opra-bytes.ts";
import * as pitch from "../../support/pitch-bytes.ts";

const MUTATIONS = process.env["HAIRPIN_FULL"] === undefined ? 3000 : 100_000;
const CAPTURES_COUNT = 8;
const SERIES = { root: "SPY", expires: "261218", side: "C", strike: 500 } as const;
const ORDER = { stock_locate: 1, buy_sell_indicator: "B", shares: 100, stock: "AAPL" };
const quote = { series: SERIES, bid: 100, bidSize: 1, offer: 105, offerSize: 2 };
const concat = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

const PACKETS: Record<string, Uint8Array[]> = {
  itch50: [
    mold("S", 1, [itch("R", { stock_locate: 1, stock: "AAPL" }), itch("A", ORDER)]),
    mold("S", 3, [itch("D", { stock_locate: 1 }), itch("X", { stock_locate: 1 })]),
    heartbeat("S", 5),
  ],
  pitch: [
    concat(
      pitch.unit(1, 1, [pitch.time(34_200), pitch.addLong({ id: 7, px: 1_000_000 })]),
      pitch.unit(2, 1, [pitch.addShort({ id: 7, px: 10_000 })]),
    ),
    pitch.unit(1, 3, [pitch.execute({ id: 7, qty: 10 }), pitch.modifyLong({ id: 7, px: 5 })]),
    pitch.unitHeartbeat(1, 5),
  ],
  mdp3: [
    mdp3.packet(1, [mdp3.definition({ id: 7, symbol: "ESH6", increment: 10n ** 9n })]),
    mdp3.packet(1, [
      mdp3.book([{ id: 7, rpt: 1, type: "0", px: 10n ** 12n, qty: 1 }], { event: mdp3.END }),
      mdp3.trades([{ id: 7, rpt: 2, px: 10n ** 12n, qty: 3 }]),
    ]),
    mdp3.packet(2, [mdp3.channelReset(), mdp3.status({ status: 17, id: 7 })]),
    mdp3.packet(1, [
      mdp3.snapshot({
        lastSeq: 2,
        id: 7,
        rpt: 2,
        entries: [{ type: "0", level: 1, px: 5, qty: 1 }],
      }),
    ]),
  ],
  opra: [
    opra.opraBlock(1, [opra.control("C")]),
    opra.opraBlock(2, [
      opra.shortQuote({ ...quote, indicator: "F" }),
      opra.longQuote({ ...quote, indicator: " " }),
    ]),
    opra.opraBlock(3, [opra.seriesMapping(SERIES, 4), opra.administrative("HELLO")]),
  ],
  deep: [
    iex.segment(1, [iex.directory("AAPL"), iex.level("8", "AAPL", 300, 1_000_000)]),
    iex.segment(3, [iex.trade("AAPL", 100, 1_000_000), iex.auction("AAPL")]),
    iex.segment(5),
  ],
  tops: [
    iex.segment(1, [iex.quote("AAPL", [1, 2], [3, 4])], { protocol: iex.TOPS }),
    iex.segment(2, [iex.systemEvent("O")], { protocol: iex.TOPS }),
  ],
};

/** Some bytes are others, most of them at the front, where lengths are; some are gone. */
function wound(packet: Uint8Array, random: () => number): Uint8Array {
  const copy = packet.slice(0, random() < 0.2 ? Math.ceil(random() * packet.length) : undefined);
  for (let n = Math.floor(random() * 4); n > 0; n--) {
    const within = random() < 0.5 ? Math.min(40, copy.length) : copy.length;
    copy[Math.floor(random() * within)] = Math.floor(random() * 256);
  }
  return copy;
}

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hairpin-protocol-fuzz-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

for (const [name, packets] of Object.entries(PACKETS)) {
  test(`${name}: whole packets fit it, and no other protocol`, () => {
    for (const packet of packets) {
      const view = new DataView(packet.buffer);
      const fits = allProtocols().filter(
        (protocol) => protocol.looksLike(view, packet, 0, packet.length) !== FITS_NOT,
      );
      expect(fits.map((protocol) => protocol.name)).toEqual([name]);
    }
  });

  test(`${name}: what fits is read to its end, message by message, inside the packet`, () => {
    const protocol = makeProtocol(name);
    const random = mulberry(7);
    const frame = emptyFrame();
    let read = 0;
    for (let n = 0; n < MUTATIONS; n++) {
      const packet = wound(packets[n % packets.length]!, random);
      // Behind the packet there is something else: who reads on would find it.
      const bytes = new Uint8Array(packet.length + 64).fill(0xee);
      bytes.set(packet);
      const view = new DataView(bytes.buffer);
      const stop = packet.length;
      if (protocol.looksLike(view, bytes, 0, stop) === FITS_NOT) continue;
      let at = 0;
      while (at < stop) {
        expect(protocol.readFrame(frame, view, bytes, at, stop)).toBe(true);
        expect(frame.size).toBeGreaterThan(0);
        expect(frame.at + frame.size).toBeLessThanOrEqual(stop);
        protocol.eachMessage(view, bytes, frame, (from, length, k) => {
          expect(from + length).toBeLessThanOrEqual(stop);
          protocol.headOf(view, bytes, frame, k);
          protocol.typeOf(view, bytes, from, length);
          protocol.describe(view, bytes, from, length);
          if (length > 0) protocol.typeOfCode(protocol.codeOf(view, bytes, from, length));
          read++;
          return true;
        });
        at += frame.size;
      }
    }
    expect(read).toBeGreaterThan(MUTATIONS / 10);
  });

  test(`${name}: decode, book and feed stats take captures of damaged packets`, async () => {
    const path = join(folder, `${name}.pcap`);
    const random = mulberry(11);
    for (let n = 0; n < CAPTURES_COUNT; n++) {
      const frames = Array.from({ length: 60 }, (_, i): Frame => {
        const packet = packets[i % packets.length]!;
        const bytes = i < packets.length ? packet : wound(packet, random);
        const group = random() < 0.5 ? GROUP_A : GROUP_B;
        return { bytes: ethernet(bytes, { group }), seconds: 1_700_000_000, ns: 900_000 * i };
      });
      writeFileSync(path, pcapFile(frames, { isNs: true }));
      const protocol = makeProtocol(name);
      const reads = [
        (port: CapturePort) => guessProtocol(port, allProtocols()),
        (port: CapturePort) =>
          decodeCapture(port, { protocol, limit: 1e9 }, (text) => JSON.parse(text)),
        (port: CapturePort) => feedStats(port, { protocol: makeProtocol(name) }),
        async (port: CapturePort) => {
          const books = new CaptureBooks({ maxOrders: 64, protocol: makeProtocol(name) });
          await books.play(port);
          return [...books.rows()];
        },
      ];
      for (const read of reads) {
        const port = await CapturePort.open(path);
        await read(port);
        port.close();
        expect(port.fault).toBeUndefined();
      }
    }
  });
}
