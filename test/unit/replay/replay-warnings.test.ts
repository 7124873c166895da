/** What a replay has to say of a capture that is of another protocol, or ends too early. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakeShim } from "../../../src/ffi/fake.ts";
import { ethernet, pcapFile } from "../../support/capture-files.ts";
import { itch, mold } from "../../support/itch-bytes.ts";
import { unit } from "../../support/pitch-bytes.ts";
import { replayOptions, run } from "../../support/replay/run.ts";

const folder = mkdtempSync(join(tmpdir(), "hairpin-replay-warnings-"));
afterAll(() => rmSync(folder, { recursive: true }));

function save(name: string, payloads: readonly Uint8Array[]): string {
  const line = replayOptions().feeds[0]!.lines[0]!;
  const frames = payloads.map((payload, i) => ({
    bytes: ethernet(payload, { group: line.group, port: line.port }),
    seconds: 1_700_000_000,
    ns: 1000 * i,
  }));
  writeFileSync(join(folder, name), pcapFile(frames, { isNs: true }));
  return join(folder, name);
}

test("a capture of another protocol is told in one sentence", async () => {
  const beats = [1, 2, 3].map((seq) => unit(1, seq, []));
  const { summary } = await run(fakeShim(), { capture: save("pitch.pcap", beats) });
  expect(summary.warnings).toEqual([]);
  expect(summary.faults[0]).toContain(
    "none of the packets looked at (3) is MoldUDP64 (protocol = itch50); they may be pitch (3)",
  );
});

test("a hole at the end is told", async () => {
  const event = itch("S", {});
  const capture = save("hole.pcap", [
    mold("S", 1, [event]),
    mold("S", 2, [event]),
    mold("S", 4, [event]),
  ]);
  const { summary } = await run(fakeShim(), { capture });
  expect(summary.warnings.join("\n")).toContain(
    "ends with a hole at sequence 3: what came behind it, up to 4, is not in its books",
  );
});
