/** Feeds of lines in the config: what each protocol has, and what it has not. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { engineOptions } from "../../../src/engine/from-config.ts";
import { TEMPLATES_XML } from "../../../src/feed/mdp3/templates.ts";
import { load } from "./fixture.ts";

const REST = `[[engine]]
name = "main"

[[session]]
name = "orders"
address = "127.0.0.1:9001"
sender_comp_id = "HP"
target_comp_id = "VENUE"

[risk]
max_order_qty = 1000
max_order_notional = 1_000_000
collar_pct = 5
max_position = 1000
max_exposure = 1_000_000
max_open_orders = 64
orders_per_s = 1000
cancels_per_s = 1000
max_loss = 100_000
`;

const line = (group: number, role = "live") =>
  `{ group = "239.1.1.${group}", port = 5000, interface = "127.0.0.1", role = "${role}" }`;

const SERIES = "SPXW231229C04500000";

function feed(
  words: string,
  lines = [line(1), line(2)],
  symbol = words.includes("opra") ? SERIES : "ABC",
) {
  const text = `[[feed]]
name = "f"
${words}
lines = [${lines.join(", ")}]

[[instrument]]
symbol = "${symbol}"
${REST}`;
  const { config, problems } = load(text);
  return { config, problems: problems.map((p) => `${p.key}: ${p.message}`) };
}

describe("a feed of lines", () => {
  test("of each protocol is what the engine is built of", () => {
    const pitch = feed('protocol = "pitch"\nunit = 7', [line(3, "gap"), line(1), line(2)]);
    expect(pitch.problems).toEqual([]);
    const [made] = engineOptions(pitch.config!)[0]!.feeds;
    expect(made).toMatchObject({
      protocol: "pitch",
      pitch: { unit: 7, edition: "us-equities" },
      holdPackets: 2048,
    });
    // Live lines first: the sequencer knows them by their numbers.
    expect(made!.lines.map((l) => [l.group & 255, l.role ?? "live"])).toEqual([
      [1, "live"],
      [2, "live"],
      [3, "gap"],
    ]);
    const mdp3 = feed('protocol = "mdp3"\nchannel = 310', [line(1), line(2, "snapshot")]);
    expect(mdp3.problems).toEqual([]);
    expect(engineOptions(mdp3.config!)[0]!.feeds[0]).toMatchObject({
      protocol: "mdp3",
      mdp3: { templates: "", byOrder: false },
    });
    for (const protocol of ["itch50", "opra", "deep", "tops"]) {
      expect(feed(`protocol = "${protocol}"`).problems).toEqual([]);
    }
  });

  test("refuses keys of another protocol, and says whose they are", () => {
    expect(feed('protocol = "opra"\nunit = 3').problems).toEqual([
      'feed[0].unit: a key of feeds with protocol = "pitch", not "opra"',
    ]);
    expect(feed('protocol = "mdp3"\njoin = "live"').problems).toEqual([
      'feed[0].join: a key of feeds with protocol = "itch50" or "pitch", not "mdp3"',
    ]);
    expect(
      feed('protocol = "deep"\nrerequest = { address = "127.0.0.1:9" }').problems[0],
    ).toContain('feed[0].rerequest: a key of feeds with protocol = "itch50" or "pitch"');
  });

  test("of PITCH needs its unit, and refuses an edition that is not there", () => {
    expect(feed('protocol = "pitch"').problems).toEqual([
      "feed[0].unit: missing; needed: the unit of Cboe that comes by the lines",
    ]);
    expect(feed('protocol = "pitch"\nunit = 1\nedition = "mars"').problems[0]).toContain(
      "feed[0].edition",
    );
  });

  test("of CME names a template file that an engine can start with", () => {
    const folder = mkdtempSync(join(tmpdir(), "hairpin-templates-"));
    const problemOf = (name: string, text?: string) => {
      const file = join(folder, name);
      if (text !== undefined) writeFileSync(file, text);
      const { problems } = feed(`protocol = "mdp3"\ntemplates = "${file}"`);
      return problems.map((problem) => problem.replaceAll(file, name));
    };
    try {
      expect(problemOf("gone.xml")).toEqual([
        "feed[0].templates: there is no readable file gone.xml",
      ]);
      expect(problemOf("broken.xml", TEMPLATES_XML.slice(0, 2000))[0]).toMatch(
        /^feed\[0\].templates: SBE templates broken.xml: line \d+: it is no well-formed XML/,
      );
      expect(problemOf("order.xml", TEMPLATES_XML.replace("littleEndian", "bigEndian"))[0]).toMatch(
        /line \d+: byteOrder="bigEndian"; supported: littleEndian/,
      );
      const other = TEMPLATES_XML.replace('id="46"', 'id="146"').replace('id="32"', 'id="132"');
      expect(problemOf("books.xml", other)).toEqual([
        "feed[0].templates: SBE templates books.xml: no message of books is in it; wanted: template 46 or 32",
      ]);
      expect(problemOf("good.xml", TEMPLATES_XML)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("has the roles of its protocol, and one to four live lines", () => {
    expect(feed('protocol = "opra"', [line(1), line(2, "snapshot")]).problems).toEqual([
      'feed[0].lines[1].role: found "snapshot"; allowed with protocol = "opra": "live"',
    ]);
    expect(feed('protocol = "mdp3"', [line(2, "snapshot")]).problems).toEqual([
      'feed[0].lines: found 0 lines with role = "live"; allowed: 1 to 4',
    ]);
    expect(
      feed(
        "",
        [1, 2, 3, 4, 5].map((k) => line(k)),
      ).problems,
    ).toEqual(['feed[0].lines: found 5 lines with role = "live"; allowed: 1 to 4']);
  });

  test("of OPRA has series by their OSI symbols", () => {
    for (const symbol of ["SPXW", "SPXW230229X04500000", "SPXW231229C4500"]) {
      expect(feed('protocol = "opra"', undefined, symbol).problems).toEqual([
        expect.stringContaining(
          `instrument[0].feed_symbol: ${symbol} is no OSI symbol of a series`,
        ),
      ]);
    }
  });

  test("has symbols as long as its protocol allows", () => {
    expect(feed('protocol = "opra"', undefined, SERIES).problems).toEqual([]);
    expect(feed('protocol = "tops"', undefined, "LONGSYMBOL").problems).toEqual([
      "instrument[0].feed_symbol: needed: LONGSYMBOL is longer than 8",
    ]);
  });
});
