/** A replay asks the shim for memory and pipes only: the fake and the real one give the same journal. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { replayTape } from "../../src/replay/tape/replay-tape.ts";
import { CAPTURES, haveCaptures } from "../support/captures.ts";
import { writeItch, writePackets } from "../support/replay/generated-capture.ts";
import { replayOptions, run } from "../support/replay/run.ts";
import { eager, RecordedRig } from "../support/tape/recorded-rig.ts";
import { add } from "../unit/engine/rig.ts";
import { fake, REAL_SKIPPED, real } from "./backends.ts";

const folder = mkdtempSync(join(tmpdir(), "hairpin-contract-replay-"));
const itch = join(folder, "a.itch");
const packets = join(folder, "a.pcapng");

beforeAll(() => {
  writeItch(itch, { seed: 8, ms: 1000 });
  writePackets(packets, { seed: 8, ms: 1000, loss: 0.3 });
});
afterAll(() => rmSync(folder, { recursive: true }));

const title = REAL_SKIPPED === undefined ? "" : ` (skipped: ${REAL_SKIPPED})`;

describe.skipIf(REAL_SKIPPED !== undefined)(`on the fake and on the real shim${title}`, () => {
  test("a capture gives the same journal", async () => {
    for (const capture of [itch, packets]) {
      for (const latency of ["50us", "normal:100us,40us"]) {
        const onFake = await run(fake().shim, { capture, latency });
        const onReal = await run(real().shim, { capture, latency });
        expect(onFake.summary.figures.orders).toBeGreaterThan(20);
        expect(onReal.summary.journal_hash).toBe(onFake.summary.journal_hash);
        expect(onReal.summary.figures).toEqual(onFake.summary.figures);
      }
    }
  });

  test("a tape gives the same journal", async () => {
    const rig = new RecordedRig({ definition: eager }).up().arm();
    rig.packet([add(1, 100, "B", 999_800)]);
    rig.serve(8);
    rig.stop();
    const load = async () => rig.strategies;
    const { directory } = rig;
    const onFake = await replayTape(fake().shim, { directory, engine: 0, epoch: 1, load });
    const onReal = await replayTape(real().shim, { directory, engine: 0, epoch: 1, load });
    rig.remove();
    expect(onReal).toEqual(onFake);
    expect(onReal).toMatchObject({ difference: "", isWhole: true });
  });
});

const SYNTHETIC = "itch-synthetic";
const hasSynthetic = haveCaptures(SYNTHETIC);

test.if(hasSynthetic)(
  "a recorded capture gives the same journal twice, on whatever shims there are",
  async () => {
    const capture = join(CAPTURES, SYNTHETIC, "syn200k.itch.gz");
    const engine = replayOptions((toml) =>
      toml
        .replaceAll('"AAPL"', '"A"')
        .replaceAll('"MSFT"', '"B"')
        .replaceAll("price_unit = 0.01", ""),
    );
    const one = { ...engine, feeds: engine.feeds.map((f) => ({ ...f, extendedHours: true })) };
    const shims = [fake(), fake(), ...(REAL_SKIPPED === undefined ? [real()] : [])];
    const hashes: string[] = [];
    for (const { shim } of shims) {
      const { summary } = await run(shim, { capture, engine: one });
      expect(summary.faults).toEqual([]);
      expect(summary.figures.orders).toBeGreaterThan(10);
      hashes.push(summary.journal_hash);
    }
    expect(new Set(hashes).size).toBe(1);
    const other = await run(fake().shim, { capture, engine: one, latency: "51us" });
    expect(other.summary.journal_hash).not.toBe(hashes[0]!);
  },
  60_000,
);
