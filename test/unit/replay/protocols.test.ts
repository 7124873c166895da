/** Replays of captures whose feed is not ITCH. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakeShim } from "../../../src/ffi/fake.ts";
import { writeItch, writePackets } from "../../support/replay/generated-capture.ts";
import { replayOptions, run } from "../../support/replay/run.ts";

const folder = mkdtempSync(join(tmpdir(), "hairpin-replay-protocols-"));
const at = (name: string) => join(folder, name);
const whole = at("whole.pcapng");
const lossy = at("lossy.pcapng");
const late = at("late.pcapng");
const itch = at("itch.pcapng");
const file = at("day.itch");

const PITCH = (toml: string) =>
  toml
    .replace('name = "itch"\n', 'name = "bzx"\nprotocol = "pitch"\nunit = 1\n')
    .replace(/^rerequest = .*\n/m, "");

beforeAll(() => {
  const market = { seed: 3, ms: 600 };
  writePackets(itch, market);
  writeItch(file, market);
  writePackets(whole, { ...market, protocol: "pitch" });
  writePackets(lossy, { ...market, protocol: "pitch", loss: 0.4 });
  writePackets(late, { ...market, protocol: "pitch", late: 40 });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a replay of Cboe PITCH", () => {
  const engine = () => replayOptions(PITCH);

  test("trades on the books of the unit, as on those of ITCH", async () => {
    const pitch = await run(fakeShim(), { capture: whole, engine: engine() });
    expect(pitch.summary.faults).toEqual([]);
    expect(pitch.summary.warnings).toEqual([]);
    expect(pitch.summary.feeds).toMatchObject([{ name: "bzx", state: "live" }]);
    expect(pitch.summary.figures.orders).toBeGreaterThan(20);
    expect(pitch.summary.figures).toMatchObject({ feed_gaps: 0, open_orders: 0 });
    // The same market, told otherwise.
    const same = await run(fakeShim(), { capture: itch });
    expect(pitch.summary.figures.orders).toBe(same.summary.figures.orders);
    expect(pitch.summary.figures.fills).toBe(same.summary.figures.fills);
  });

  test("takes a packet from the line that has it", async () => {
    const [all, some] = [
      await run(fakeShim(), { capture: whole, engine: engine() }),
      await run(fakeShim(), { capture: lossy, engine: engine() }),
    ];
    expect(some.summary.figures.messages).toBe(all.summary.figures.messages);
    expect(some.summary.figures.feed_gaps).toBe(0);
  });

  test("that begins late trades only when it is asked to", async () => {
    const careful = await run(fakeShim(), { capture: late, engine: engine() });
    expect(careful.summary.figures.orders).toBe(0);
    expect(careful.summary.warnings[0]).toMatch(/^feed bzx begins at sequence \d+: .*--late/);
    const bold = await run(fakeShim(), { capture: late, engine: engine(), isLate: true });
    expect(bold.summary.feeds).toMatchObject([{ name: "bzx", state: "live" }]);
    expect(bold.summary.figures.orders).toBeGreaterThan(10);
  });

  test("does not take a file of ITCH messages", async () => {
    await expect(run(fakeShim(), { capture: file, engine: engine() })).rejects.toThrow(
      `${file}: a file of ITCH messages, and feed bzx has protocol = "pitch"`,
    );
  });
});

describe("a replay of CME MDP 3.0", () => {
  const MDP3 = (toml: string) =>
    toml
      .replace('name = "itch"\n', 'name = "cme"\nprotocol = "mdp3"\n')
      .replace(/^rerequest = .*\n/m, "")
      .replace(
        'interface = "lo" },\n]',
        'interface = "lo" },\n' +
          '  { group = "239.1.1.3", port = 2001, interface = "lo", role = "snapshot" },\n' +
          '  { group = "239.1.1.4", port = 2001, interface = "lo", role = "definition" },\n]',
      );
  const engine = () => replayOptions(MDP3);

  test("trades on the books of the channel, and heals from its loops when it begins late", async () => {
    const market = { seed: 3, ms: 600, protocol: "mdp3" } as const;
    writePackets(at("cme.pcapng"), market);
    writePackets(at("cme-late.pcapng"), { ...market, late: 40 });
    const all = await run(fakeShim(), { capture: at("cme.pcapng"), engine: engine() });
    expect(all.summary.faults).toEqual([]);
    expect(all.summary.warnings).toEqual([]);
    expect(all.summary.figures.orders).toBeGreaterThan(20);
    const late = await run(fakeShim(), { capture: at("cme-late.pcapng"), engine: engine() });
    expect(late.summary.faults).toEqual([]);
    expect(late.summary.figures.orders).toBeGreaterThan(10);
  });
});
