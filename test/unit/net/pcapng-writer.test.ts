import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { CapturePort } from "../../../src/net/capture/capture-port.ts";
import {
  type PcapngInterface,
  packetBlockBytes,
  pcapngHead,
  UDP_HEADERS_BYTES,
  writePacketBlock,
} from "../../../src/net/capture/pcapng-writer.ts";
import {
  DESC_DOUBLES,
  DESC_LENGTH,
  DESC_LINE,
  DESC_OFFSET,
  DESC_RX_NS,
  DESC_WORDS,
} from "../../../src/net/desc.ts";

const folder = mkdtempSync(join(tmpdir(), "hairpin-pcapng-"));
afterAll(() => rmSync(folder, { recursive: true }));

const INTERFACES: PcapngInterface[] = [
  { name: "a line 0", address: 0xef010101, port: 2001 },
  { name: "a line 1", address: 0xe8ffff01, port: 65_535 },
  { name: "unicast, with a long and odd name", address: 0x7f000001, port: 1 },
];

interface Packet {
  index: number;
  payload: Uint8Array;
  timeNs: bigint;
}

function file(packets: readonly Packet[]): string {
  const blocks = packets.map(({ index, payload, timeNs }) => {
    const block = new Uint8Array(packetBlockBytes(payload.length)).fill(0xaa);
    writePacketBlock(new DataView(block.buffer), 0, index, INTERFACES[index]!, timeNs, payload);
    return block;
  });
  const path = join(folder, "a.pcapng");
  writeFileSync(path, Buffer.concat([pcapngHead(INTERFACES), ...blocks]));
  return path;
}

async function read(path: string) {
  const lines = INTERFACES.map(({ address, port }) => ({ address, port }));
  const port = await CapturePort.open(path, { lines });
  const out: { index: number; hex: string; timeNs: bigint }[] = [];
  while (await port.refill()) {
    for (let n = port.rxBurst(); n > 0; n = port.rxBurst()) {
      for (let i = 0; i < n; i++) {
        const at = port.desc[i * DESC_WORDS + DESC_OFFSET]!;
        const length = port.desc[i * DESC_WORDS + DESC_LENGTH]!;
        out.push({
          index: port.desc[i * DESC_WORDS + DESC_LINE]!,
          hex: Buffer.from(port.bytes.subarray(at, at + length)).toString("hex"),
          timeNs:
            BigInt(port.originS) * 1_000_000_000n +
            BigInt(port.descTime[i * DESC_DOUBLES + DESC_RX_NS]!),
        });
      }
      port.rxRelease();
    }
  }
  expect(port.fault).toBeUndefined();
  expect(port.kind).toBe("pcapng");
  const skipped = Object.values(port.skipped).reduce((a, b) => a + b, 0);
  expect(skipped).toBe(0);
  port.close();
  return out;
}

test("what is written is read again: bytes, lines, times to the nanosecond", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          index: fc.nat(INTERFACES.length - 1),
          payload: fc.uint8Array({ maxLength: 1500 }),
          gapNs: fc.nat(5_000_000),
        }),
        { minLength: 1, maxLength: 40 },
      ),
      async (steps) => {
        let timeNs = 1_699_956_000_123_456_789n;
        const packets = steps.map(({ gapNs, index, payload }) => {
          timeNs += BigInt(gapNs);
          return { index, payload, timeNs };
        });
        const got = await read(file(packets));
        expect(got).toEqual(
          packets.map((p) => ({
            index: p.index,
            hex: Buffer.from(p.payload).toString("hex"),
            timeNs: p.timeNs,
          })),
        );
      },
    ),
    { numRuns: 60 },
  );
});

test("a jumbo packet fits, and a block is a multiple of four bytes", async () => {
  const payload = new Uint8Array(9000).map((_, i) => i & 255);
  const [got] = await read(file([{ index: 0, payload, timeNs: 1n }]));
  expect(got!.hex).toBe(Buffer.from(payload).toString("hex"));
  for (let size = 0; size < 9; size++) expect(packetBlockBytes(size) % 4).toBe(0);
});

test("the headers are what a network would have", () => {
  const payload = Uint8Array.from([1, 2, 3]);
  const block = new Uint8Array(packetBlockBytes(3));
  const view = new DataView(block.buffer);
  writePacketBlock(view, 0, 0, INTERFACES[1]!, 1n, payload);
  const frame = block.subarray(28, 28 + UDP_HEADERS_BYTES + 3);
  // RFC 1112: the low 23 bits of 232.255.255.1.
  expect([...frame.subarray(0, 6)]).toEqual([0x01, 0x00, 0x5e, 0x7f, 0xff, 0x01]);
  // RFC 791: the header's words with its checksum add up to all ones.
  let sum = 0;
  for (let k = 14; k < 34; k += 2) sum += frame[k]! * 256 + frame[k + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  expect(sum).toBe(0xffff);
  expect(frame[16]! * 256 + frame[17]!).toBe(31);
  expect(frame[38]! * 256 + frame[39]!).toBe(11);
});
