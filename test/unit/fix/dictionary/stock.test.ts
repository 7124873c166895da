/**
 * Dictionaries that are not ours: those of a QuickFIX source tree, when HAIRPIN_QUICKFIX_SPEC names
 * its spec folder, and those that come with a development dependency.
 */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type Dictionary,
  loadDictionary,
  loadSessionDictionary,
} from "../../../../src/fix/dictionary/load.ts";
import { summarize } from "../../../../src/fix/dictionary/summary.ts";
import { differences } from "../../../support/dictionary-differences.ts";

const SPEC = process.env["HAIRPIN_QUICKFIX_SPEC"] ?? "";
const haveSpec = SPEC !== "" && existsSync(join(SPEC, "FIX44.xml"));
const title = haveSpec ? "" : " (skipped: HAIRPIN_QUICKFIX_SPEC names no folder with FIX44.xml)";
const stock = (name: string) => join(SPEC, `${name}.xml`);
const bundled = (name: string) =>
  join(import.meta.dir, "../../../../node_modules/jspurefix/data", `${name}.xml`);

/** Messages and fields of each, counted in the files by their elements. */
const STOCK: [name: string, messages: number, fields: number][] = [
  ["FIX40", 27, 138],
  ["FIX41", 28, 206],
  ["FIX42", 46, 405],
  ["FIX43", 68, 635],
  ["FIX44", 93, 912],
  ["FIX50", 93, 1090],
  ["FIX50SP1", 105, 1373],
  ["FIX50SP2", 108, 1452],
  ["FIXT11", 7, 62],
];

describe.skipIf(!haveSpec)(`every stock dictionary${title}`, () => {
  for (const [name, messages, fields] of STOCK) {
    test(`${name} loads without a warning`, () => {
      const dictionary = loadDictionary(stock(name));
      expect(dictionary.warnings).toEqual([]);
      expect(dictionary.version).toBe(name);
      expect(dictionary.messages.length).toBe(messages);
      expect(dictionary.fields.length).toBe(fields);
      expect(unpaired(dictionary)).toEqual([]);
    });
  }

  for (const application of ["FIX50", "FIX50SP1", "FIX50SP2"]) {
    test(`${application} joins FIXT11`, () => {
      const joined = loadSessionDictionary({
        application: stock(application),
        transport: stock("FIXT11"),
      });
      expect(joined.beginString).toBe("FIXT.1.1");
      expect(joined.message("A")!.byTag.get(384)!.group!.length).toBeGreaterThan(1);
      expect(joined.warnings).toEqual([]);
    });
  }
});

describe("dictionaries that come with another engine", () => {
  test("FIX42, FIX43 and FIX44 load without a warning", () => {
    for (const name of ["FIX42", "FIX43", "FIX44"]) {
      expect(loadDictionary(bundled(name)).warnings).toEqual([]);
    }
  });

  test("the 1.5 MB one for 5.0 SP2 loads, with warnings for what is odd in it", () => {
    const dictionary = loadDictionary(bundled("FIX50SP2"));
    expect(dictionary.messages.length).toBe(163);
    expect(dictionary.fields.length).toBe(6029);
    const twice = dictionary.warnings.filter((w) => w.message.includes(" twice; the other is on"));
    expect(twice.length).toBe(57);
    const others = dictionary.warnings.filter((w) => !twice.includes(w));
    expect(others.map((w) => [w.line, w.message])).toEqual([
      [4795, 'text "s" inside <fix> is left out; allowed are elements'],
    ]);
    expect(summarize(dictionary).groups).toBeGreaterThan(400);
    expect(unpaired(dictionary)).toEqual([]);
  });
});

/** What ours has otherwise, and why. */
const KNOWN: Record<string, RegExp[]> = {
  FIX42: [],
  FIX44: [
    // Ours asks for a Symbol, "[N/A]" where there is none; the stock file leaves it out of what it requires.
    /\.Symbol is required only here$/,
    // Values that the specification lists and the stock file does not.
    /^values of (OrdStatus|OrdRejReason|SecurityResponseType|TradeReportTransType) only here/,
    // Not of 4.4: what the comment at the head of the file says.
    /(Rule80A|ClientID|ExecBroker|ClearingFirm|ClearingAccount|CustomerOrFirm)( \(\d+\))? is only here$/,
    /^OrderMassCancel(Request|Report)\.(NoPartyIDs|Account|AcctIDSource) is only here$/,
  ],
  FIX50SP2: [/\.(NoOfLegUnderlyings|NoSettlDetails) is only there$/],
  FIXT11: [
    // The stock file is that of the first edition; these came with service packs.
    /^values of (SessionRejectReason|DefaultApplVerID) only here/,
    /^field (NewPassword|ApplExtID|Encrypted\w+|RefApplExtID|Default\w+|SessionStatus) \(\d+\) is only here$/,
    /^Reject\.Ref(ApplVerID|ApplExtID|CstmApplVerID) is only here$/,
    /^(Logon|Logout|header)\.\w+ is only here$/,
    /^Logon\.NoMsgTypes\.(RefApplExtID|DefaultVerIndicator) is only here$/,
    /^message XMLnonFIX \(n\) is only here$/,
  ],
};

describe.skipIf(!haveSpec)(`our own dictionaries against the stock ones${title}`, () => {
  for (const [name, known] of Object.entries(KNOWN)) {
    test(`${name} says the same of what it holds`, () => {
      const found = differences(loadDictionary(name), loadDictionary(stock(name)));
      expect(found.filter((line) => !known.some((k) => k.test(line)))).toEqual([]);
      for (const k of known) expect(found.some((line) => k.test(line))).toBe(true);
    });
  }

  test("FIXT11's later fields are those of 5.0 SP2", () => {
    const later = loadDictionary(stock("FIX50SP2"));
    const own = loadDictionary("FIXT11").fields.filter((f) => later.field(f.tag) !== undefined);
    expect(own.length).toBeGreaterThan(40);
    expect(own.filter((f) => later.field(f.tag)!.name !== f.name)).toEqual([]);
    expect(own.filter((f) => later.field(f.tag)!.type !== f.type)).toEqual([]);
  });
});

test("a difference is found where there is one", () => {
  const found = differences(loadDictionary("FIX44"), loadDictionary("FIX42"));
  expect(found).toContain("type of BeginSeqNo: SEQNUM, INT");
  expect(found).toContain("tag 63: SettlType, SettlmntTyp");
  expect(found).toContain("message TradeCaptureReport (AE) is only here");
  expect(found).toContain("ExecutionReport.ExecTransType is only there");
});

function unpaired(dictionary: Dictionary): string[] {
  return dictionary.fields
    .filter((f) => f.type === "DATA" || f.type === "XMLDATA")
    .filter((f) => !dictionary.dataTags.some((tag, i) => i % 2 === 1 && tag === f.tag))
    .map((f) => f.name);
}
