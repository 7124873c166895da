/** Damaged captures: never an error that nobody meant, never without end, never beyond the arena. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { CapturePort } from "../../../src/net/capture/capture-port.ts";
import { DESC_LENGTH, DESC_OFFSET, DESC_WORDS } from "../../../src/net/desc.ts";
import { CaptureBooks } from "../../../src/replay/capture-books.ts";
import { decodeCapture } from "../../../src/replay/decode.ts";
import { feedStats } from "../../../src/replay/feed-stats.ts";
import {
  concat,
  ethernet,
  type Frame,
  GROUP_A,
  GROUP_B,
  itchFile,
  pcapFile,
  pcapngSection,
} from "../../support/capture-files.ts";
import { heartbeat, itch, mold } from "../../support/itch-bytes.ts";

let path = "";
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hairpin-capture-fuzz-"));
  path = join(folder, "capture");
});
afterAll(() => rmSync(folder, { recursive: true }));

const MESSAGES = [
  itch("R", { stock_locate: 1, stock: "AAPL", round_lot_size: 100 }),
  ...Array.from({ length: 12 }, (_, i) =>
    itch("A", {
      stock_locate: 1,
      timestamp: 1000 * i,
      order_reference_number: i + 1,
      buy_sell_indicator: i % 2 === 0 ? "B" : "S",
      shares: 100,
      stock: "AAPL",
      price: 1_000_000 + (i % 2 === 0 ? -100 : 100) * (1 + i),
    }),
  ),
  itch("D", { stock_locate: 1, order_reference_number: 3 }),
];

const FRAMES: Frame[] = MESSAGES.flatMap((message, i) =>
  [GROUP_A, GROUP_B].map((group, line) => ({
    bytes: ethernet(mold("SESSION001", i + 1, [message]), {
      group,
      tags: i % 3 === 0 ? [0x8100] : [],
      trailing: i % 4,
    }),
    seconds: 1_700_000_000,
    ns: i * 1_000_000 + line * 1500,
  })),
);
FRAMES.push({ ...FRAMES[0]!, bytes: ethernet(heartbeat("SESSION001", 15)) });

const FILES = [
  pcapFile(FRAMES),
  pcapFile(FRAMES, { isBig: true, isNs: true }),
  pcapngSection(FRAMES, [{ resolution: 9 }]),
  concat(
    pcapngSection(FRAMES.slice(0, 8), [{}, { link: 113 }], { isBig: true }),
    pcapngSection(FRAMES.slice(8), [{ offsetS: 5 }], { kind: "old" }),
  ),
  itchFile(MESSAGES),
  itchFile(MESSAGES, true),
];

interface Wound {
  at: number;
  bytes: readonly number[];
}
const wound = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  bytes: fc.oneof(
    fc.array(fc.nat(255), { minLength: 1, maxLength: 8 }),
    fc.constant<number[]>([255, 255, 255, 255]),
    fc.constant<number[]>([0, 0, 0, 0]),
    fc.constant<number[]>([127, 255, 255, 255]),
  ),
});
const damaged = fc.record({
  file: fc.constantFrom(...FILES),
  // The first bytes decide how all others are read: half of the wounds are there.
  head: fc.array(wound, { maxLength: 2 }),
  wounds: fc.array(wound, { maxLength: 4 }),
  cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 3 }),
  pack: fc.constantFrom("plain", "plain", "gzip", "zstd", "packed, then wounded"),
});

function apply(file: Uint8Array, wounds: readonly Wound[], within: number): Uint8Array {
  const copy = file.slice();
  for (const w of wounds) {
    const at = Math.floor(w.at * Math.min(within, copy.length));
    copy.set(w.bytes.slice(0, copy.length - at), at);
  }
  return copy;
}

async function open(): Promise<CapturePort | undefined> {
  try {
    return await CapturePort.open(path);
  } catch (error) {
    // What can't be opened is one sentence that begins with the file.
    const { message } = error as Error;
    expect(message.startsWith(`${path}: `)).toBe(true);
    expect(message).not.toContain("\n");
    return undefined;
  }
}

function expectSentence(port: CapturePort): void {
  port.close();
  if (port.fault === undefined) return;
  expect(port.fault.startsWith(`${path}: `)).toBe(true);
  expect(port.fault).not.toContain("\n");
}

test("a damaged capture is read to an end, and every packet lies in the arena", async () => {
  await fc.assert(
    fc.asyncProperty(damaged, async ({ file, head, wounds, cut, pack }) => {
      let bytes = apply(apply(file, head, 64), wounds, file.length);
      if (cut !== null) bytes = bytes.slice(0, Math.floor(cut * bytes.length));
      if (pack === "gzip") bytes = new Uint8Array(gzipSync(bytes));
      if (pack === "zstd") bytes = new Uint8Array(zstdCompressSync(bytes));
      if (pack === "packed, then wounded") {
        bytes = apply(new Uint8Array(gzipSync(file)), wounds, file.length);
      }
      writeFileSync(path, bytes);
      const port = await open();
      if (port === undefined) return;
      let packets = 0;
      while (await port.refill()) {
        for (let n = port.rxBurst(); n > 0; n = port.rxBurst()) {
          for (let i = 0; i < n; i++) {
            const offset = port.desc[i * DESC_WORDS + DESC_OFFSET]!;
            const length = port.desc[i * DESC_WORDS + DESC_LENGTH]!;
            expect(offset + length).toBeLessThanOrEqual(port.bytes.length);
            packets++;
          }
          port.rxRelease();
        }
      }
      expect(packets).toBeLessThanOrEqual(FRAMES.length);
      expectSentence(port);
    }),
    { numRuns: 600 },
  );
});

test("decode, book and feed stats take any damaged capture", async () => {
  await fc.assert(
    fc.asyncProperty(damaged, async ({ file, wounds }) => {
      writeFileSync(path, apply(file, wounds, file.length));
      const reads = [
        (port: CapturePort) => decodeCapture(port, { limit: 1e9 }, (json) => JSON.parse(json)),
        (port: CapturePort) => feedStats(port),
        async (port: CapturePort) => {
          const books = new CaptureBooks({ maxOrders: 64 });
          await books.play(port);
          return [...books.rows()];
        },
      ];
      for (const read of reads) {
        const port = await open();
        if (port === undefined) return;
        await read(port);
        expectSentence(port);
      }
    }),
    { numRuns: 25 },
  );
});

test("random bytes behind a good start are read to an end", async () => {
  const starts = [FILES[0]!.slice(0, 24), FILES[2]!.slice(0, 80), FILES[4]!.slice(0, 41)];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...starts),
      fc.uint8Array({ maxLength: 2000 }),
      async (start, rest) => {
        writeFileSync(path, concat(start, rest));
        const port = await open();
        if (port === undefined) return;
        let bursts = 0;
        while ((await port.refill()) && bursts < 10_000) {
          for (; port.rxBurst() > 0; bursts++) port.rxRelease();
        }
        expect(bursts).toBeLessThan(10_000);
        expectSentence(port);
      },
    ),
    { numRuns: 300 },
  );
});
