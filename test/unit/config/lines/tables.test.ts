/** Cboe's units and OPRA's lines, as tables. */
import { describe, expect, test } from "bun:test";
import { cboeUnits } from "../../../../src/config/lines/cboe-units.ts";
import type { LineList } from "../../../../src/config/lines/line-list.ts";
import { opraLines } from "../../../../src/config/lines/opra-lines.ts";

const units = (text: string, wanted: string[] = []) => cboeUnits(text, "units.csv", wanted);
const lines = (text: string, wanted: string[] = []) => opraLines(text, "opra.txt", wanted);
const names = (list: LineList) => list.feeds.map(({ name }) => name);

function reason(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect((error as Error).name).toBe("LineListError");
    expect((error as Error).message).not.toContain("\n");
    return (error as Error).message;
  }
  return "none";
}

const CBOE = `# From Cboe's connectivity manual
feed,unit,role,group,port,source,line
BZX,7,gap,239.3.7.2,30407,10.3.0.1,A
BZX,7,live,239.3.7.1,30307,10.3.0.1,A
BZX,7,,"239.4.7.1",30307,,B

EDGX Depth,7,live,239.5.7.1,30307,,
`;

describe("a table of units", () => {
  test("has a feed for each unit, live lines first", () => {
    const { feeds } = units(CBOE);
    expect(feeds).toEqual([
      {
        name: "bzx-7",
        protocol: "pitch",
        keys: { unit: 7, edition: "us-equities" },
        label: "Cboe BZX unit 7",
        lines: [
          { group: "239.3.7.1", port: 30307, source: "10.3.0.1", role: "live", label: "live A" },
          { group: "239.4.7.1", port: 30307, role: "live", label: "live B" },
          {
            ...{ group: "239.3.7.2", port: 30407, source: "10.3.0.1" },
            ...{ role: "gap", label: "gap responses A" },
          },
        ],
      },
      {
        name: "edgx-depth-7",
        protocol: "pitch",
        keys: { unit: 7, edition: "us-equities" },
        label: "Cboe EDGX DEPTH unit 7",
        lines: [{ group: "239.5.7.1", port: 30307, role: "live", label: "live" }],
      },
    ]);
  });

  test("may be in any order, with the columns that are needed alone, and of another edition", () => {
    const text = "port,group,unit,feed,edition\r\n1,239.1.1.1,35,c1,us-options\r\n";
    expect(units(text).feeds[0]).toMatchObject({
      name: "c1-35",
      keys: { unit: 35, edition: "us-options" },
    });
  });

  test("may be narrowed to units, of one feed or of all", () => {
    const text = `${CBOE}BZX,8,live,239.3.8.1,30308,,\n`;
    expect(names(units(text, ["7"]))).toEqual(["bzx-7", "edgx-depth-7"]);
    expect(names(units(text, ["bzx-8", "bzx-7"]))).toEqual(["bzx-7", "bzx-8"]);
    expect(reason(() => units(text, ["byx-7"]))).toBe(
      'units.csv: there is no unit "byx-7"; it has bzx-7, 7, edgx-depth-7, bzx-8, 8',
    );
  });

  const row = (fields: string) => `feed,unit,role,group,port,source\n${fields}\n`;
  const bad: [what: string, text: string, message: string][] = [
    ["is empty", "# nothing\n", "units.csv: it has no rows; allowed: rows with the columns feed, "],
    ["has only a header", row(""), "units.csv: it has no rows"],
    [
      "has a strange column",
      "feed,unit,group,prot\n",
      'units.csv:1: found column "prot"; allowed: feed, unit, role, group, port, source, line, edition; did you mean port?',
    ],
    ["has a column twice", "feed,unit,unit\n", "units.csv:1: column unit is twice"],
    [
      "lacks a column",
      "feed,unit,group\n",
      "units.csv:1: the first row has no column port; needed",
    ],
    [
      "has too few fields",
      row("bzx,7,live"),
      "units.csv:2: found 3 fields; allowed: 6: feed, unit, role, group, port, source",
    ],
    ["has an open quote", row('bzx,"7,live'), "units.csv:2: a quoted field does not end"],
    ["lacks a value", row("bzx,,live,239.1.1.1,1,"), "units.csv:2: unit is empty; needed"],
    [
      "has unit 256",
      row("bzx,256,live,239.1.1.1,1,"),
      'unit: found "256"; allowed: a whole number',
    ],
    [
      "has a strange role",
      row("bzx,7,spin,239.1.1.1,1,"),
      'units.csv:2: role: found "spin"; allowed: live or gap',
    ],
    ["has no multicast group", row("bzx,7,live,10.1.1.1,1,"), "units.csv:2: group: found"],
    ["has port 0", row("bzx,7,live,239.1.1.1,0,"), 'units.csv:2: port: found "0"; allowed: '],
    ["has a strange sender", row("bzx,7,live,239.1.1.1,1,239.1.1.2"), "units.csv:2: source: found"],
    [
      "has only gap lines of a unit",
      row("bzx,7,gap,239.1.1.1,1,"),
      "units.csv: bzx-7: found 0 live lines; allowed: 1 to 4",
    ],
    [
      "names a feed as no name can be",
      row("7x,7,live,239.1.1.1,1,"),
      'units.csv: 7x-7: its name: found "7x-7"; allowed: up to 24 characters',
    ],
    [
      "has two editions of a unit",
      "feed,unit,group,port,edition\nb,1,239.1.1.1,1,us-equities\nb,1,239.1.1.2,1,us-options\n",
      'units.csv:3: edition: found "us-options"; allowed: us-equities, as b-1 has above',
    ],
  ];
  for (const [what, text, message] of bad) {
    test(`that ${what} is refused with one sentence`, () => {
      expect(reason(() => units(text))).toContain(message);
    });
  }
});

describe("a table of OPRA's lines", () => {
  const expected = {
    name: "opra-12",
    protocol: "opra",
    keys: {},
    label: "OPRA line 12",
    lines: [
      { group: "239.5.0.12", port: 45012, role: "live", label: "A" },
      { group: "239.6.0.12", port: 46012, role: "live", label: "B" },
    ],
  };

  test("may have commas or blanks between its fields, and a header or none", () => {
    const header = "Line,Group A,Port A,Group B,Port B\n";
    const row = "12,239.5.0.12,45012,239.6.0.12,46012\n";
    for (const text of [
      header + row,
      row,
      (header + row).replace(/Group |Port /g, (w) => w.trim() + "_"),
      row.replaceAll(",", "   "),
    ]) {
      expect(lines(text).feeds as unknown[]).toEqual([expected]);
    }
  });

  test("may name senders, and leave line B out", () => {
    const text =
      "1 239.5.0.1 45001 - - 10.0.0.1 -\n2 239.5.0.2 45002 239.6.0.2 46002 10.0.0.1 10.0.0.2\n";
    expect(lines(text).feeds.map((feed) => feed.lines)).toEqual([
      [{ group: "239.5.0.1", port: 45001, source: "10.0.0.1", role: "live", label: "A" }],
      [
        { group: "239.5.0.2", port: 45002, source: "10.0.0.1", role: "live", label: "A" },
        { group: "239.6.0.2", port: 46002, source: "10.0.0.2", role: "live", label: "B" },
      ],
    ]);
    expect(names(lines(text, ["2"]))).toEqual(["opra-2"]);
  });

  const bad: [what: string, text: string, message: string][] = [
    ["is empty", "", "opra.txt: it has no rows"],
    ["has line 0", "0 239.5.0.1 1 239.6.0.1 1", 'opra.txt:1: line: found "0"'],
    ["has too few fields", "1 239.5.0.1", "opra.txt:1: found 2 fields; allowed: 3: line, "],
    ["has too many fields", `1${" x".repeat(9)}`, "opra.txt:1: found 10 fields"],
    ["has half of a line B", "1 239.5.0.1 1 239.6.0.1 -", 'opra.txt:1: port_b: found ""'],
    ["has A and B in one place", "1 239.5.0.1 1 239.5.0.1 1", "239.5.0.1:1 is there twice"],
    ["has a line twice", "1 239.5.0.1 1\n1 239.5.0.2 1", "opra.txt:2: line 1 is there twice"],
    ["has a strange header", "line,group_a,port_a,group_c\n", 'found column "group_c"; allowed: '],
  ];
  for (const [what, text, message] of bad) {
    test(`that ${what} is refused with one sentence`, () => {
      expect(reason(() => lines(text))).toContain(message);
    });
  }

  test("has no line that is not there", () => {
    expect(reason(() => lines("1 239.5.0.1 1", ["2"]))).toBe(
      'opra.txt: there is no line "2"; it has 1',
    );
  });
});
