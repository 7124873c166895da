/** What the verbs for captures say of IEX's sample of DEEP. The file is cut: each ends with exit code 1. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { CAPTURES, haveCaptures } from "../../support/captures.ts";
import { runCli as run } from "../../support/run-cli.ts";

const have = haveCaptures("iex");
const FILE = join(CAPTURES, "iex/DEEP10.pcap.gz");
const CUT = /DEEP10\.pcap\.gz: cut off in packet 121315/;

test.skipIf(!have)(
  "feed stats counts packets, messages, sessions and the eleven breaks",
  async () => {
    const { code, out, err } = await run("feed", "stats", FILE, "--json");
    expect(code).toBe(1);
    expect(err).toMatch(CUT);
    const stats = JSON.parse(out);
    expect(stats).toMatchObject({ messages: 391_999, missing: 0, sessions: 12, refused: [] });
    expect(stats.lines).toMatchObject([{ packets: 121_314, destination: "224.2.3.10:16648" }]);
    expect(stats.figures).toMatchObject([{ name: "sequence_gaps", value: 11 }]);
  },
);

test.skipIf(!have)(
  "decode prints every field of a message, with its place in the session",
  async () => {
    const { out } = await run("decode", FILE, "--type", "T", "--limit", "1");
    expect(out).toBe(
      '{"ts": 1493132714403954000, "session": 1132527616, "channel": 1, "seq": 23420, "type": "T", "len": 38, "sale_condition_flags": 192, "timestamp": 1493132714395755096, "symbol": "MSFT", "size": 390, "price": 367000, "trade_id": 110587}\n',
    );
  },
);

test.skipIf(!have)("book names the books that are not to be trusted", async () => {
  const { out, err } = await run("book", FILE, "--symbols", "MSFT", "--csv");
  expect(out).toContain("MSFT,311300,242,");
  expect(err).toMatch(/not to be trusted: 1, the first is MSFT: the venue's messages contradict/);
  expect(err).toMatch(CUT);
});
