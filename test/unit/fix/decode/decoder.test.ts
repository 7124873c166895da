import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageBytes, wrapMessage } from "../../../../src/fix/codec/text.ts";
import { Decoder } from "../../../../src/fix/decode/decoder.ts";
import { LogDictionaries } from "../../../../src/fix/decode/dictionaries.ts";
import { messageJson, messageText } from "../../../../src/fix/decode/render.ts";

const HEAD = "34=7|49=V|56=ME|52=20260102-10:00:00|";
const decoder = new Decoder(new LogDictionaries());
const decode = (bytes: Uint8Array, prefix = "") => decoder.decode({ bytes, prefix });

describe("a decoded message", () => {
  test("names tags and values, with groups indented", () => {
    const bytes = wrapMessage(
      `35=8|${HEAD}37=O|17=E|150=0|39=0|55=X|54=1|18=1 6|453=2|448=A|452=1|802=1|523=S|448=B|151=1|14=0|6=0|`,
    );
    const text = messageText(decode(bytes, "10:00 in"));
    expect(text.split("\n")[0]).toBe(
      "10:00 in  ExecutionReport (8), V to ME, MsgSeqNum 7, 20260102-10:00:00",
    );
    expect(text).toMatch(/^ +54 {2}Side +1 {2}BUY$/m);
    expect(text).toMatch(/^ +453 {2}NoPartyIDs +2\n +\[1\]\n {9,}448 {2}PartyID +A$/m);
    expect(text).toMatch(/\[2\]\n +448 {2}PartyID +B\n {4}151 {2}LeavesQty/);
  });

  test("shows unknown tags by number, unknown types as such, unknown values with ?", () => {
    const text = messageText(decode(wrapMessage(`35=zz|${HEAD}20001=x|54=Q|`)));
    expect(text).toStartWith("message of unknown type (zz), V to ME");
    expect(text).toMatch(/^ +20001 +x$/m);
    expect(text).toMatch(/^ +54 {2}Side +Q {2}\?$/m);
  });

  test("does not pass on what a terminal would obey", () => {
    const text = messageText(decode(wrapMessage(`35=0|${HEAD}112=a\u001b[2Jb|`)));
    expect(text).toContain("a\\x1b[2Jb");
  });

  test("is one object as JSON, with values as text", () => {
    const json = JSON.parse(messageJson(decode(wrapMessage(`35=0|${HEAD}112=1.50|`))));
    expect(json.name).toBe("Heartbeat");
    expect(json.garbled).toBeUndefined();
    expect(json.fields[7]).toEqual({ tag: 112, name: "TestReqID", value: "1.50" });
  });
});

describe("a garbled message", () => {
  const good = `35=0|${HEAD}`;
  const faults: [string, Uint8Array, string][] = [
    ["checksum", changed(wrapMessage(good), "10=", "10=9"), "CheckSum (10) says 9"],
    ["length", changed(wrapMessage(good), "9=", "9=1"), "BodyLength (9) says 1"],
    ["first fields", messageBytes("8=FIX.4.4|35=0|9=5|34=1|10=000|"), "does not begin with"],
    ["no trailer", messageBytes("8=FIX.4.4|9=5|35=0|34=1|"), "does not end with CheckSum"],
    ["few fields", messageBytes("8=FIX.4.4|"), "fewer fields"],
    ["a field", wrapMessage(`${good}x=1|`), "the 8th field is not tag=value"],
  ];
  for (const [what, bytes, words] of faults) {
    test(`says what is wrong: ${what}`, () => {
      expect(decode(bytes).garbled).toContain(words);
      expect(messageText(decode(bytes))).toContain("  GARBLED: ");
    });
  }

  test("says which field, counted as a person counts", () => {
    const fault = (before: number) =>
      decode(wrapMessage(`35=0|${"58=a|".repeat(before - 4)}x=1|`)).garbled;
    expect(fault(21)).toBe("the 21st field is not tag=value");
    expect(fault(12)).toBe("the 12th field is not tag=value");
    expect(fault(33)).toBe("the 33rd field is not tag=value");
    expect(fault(42)).toBe("the 42nd field is not tag=value");
  });

  test("that was cut says so", () => {
    const cut = decoder.decode({ bytes: wrapMessage(good), prefix: "", isCut: true });
    expect(cut.garbled).toBe("it has more than 1048576 bytes, and is cut there");
  });

  test("is none whose tag is a number that can be none: a session answers it", () => {
    for (const field of ["0=x", "-1=x", "00=x", "4294967339=x", "100000000=x"]) {
      const message = decode(wrapMessage(`${good}${field}|`));
      expect(message.garbled).toBe("");
      expect(messageText(message)).toMatch(new RegExp(`\\?  +${field}  \\(no such tag can be`));
    }
    for (const field of ["x=1", "-=1", "5", "=", "-5", "1x=5"]) {
      expect(decode(wrapMessage(`${good}${field}|`)).garbled).toContain("is not tag=value");
    }
  });

  test("does not spoil the next", () => {
    decode(faults[0]![1]);
    expect(decode(wrapMessage(good)).garbled).toBe("");
  });

  /** The first `from` replaced, and a digit dropped behind it, so that the size stays. */
  function changed(bytes: Uint8Array, from: string, to: string): Uint8Array {
    const text = Buffer.from(bytes).toString("latin1");
    const at = text.indexOf(`\u0001${from}`) + 1;
    const rest = text.slice(at + from.length + (to.length - from.length));
    return new Uint8Array(Buffer.from(text.slice(0, at) + to + rest, "latin1"));
  }
});

describe("the dictionary", () => {
  const field = (number: number, name: string) =>
    `<field number="${number}" name="${name}" type="STRING"/>`;
  const frame = [
    [8, "BeginString"],
    [9, "BodyLength"],
    [35, "MsgType"],
  ] as const;
  const file = (attributes: string, extra: string, header: string, message: string) =>
    `<fix ${attributes}><header>${header}</header><messages>${message}</messages>` +
    `<trailer>${header === "" ? "" : '<field name="CheckSum" required="Y"/>'}</trailer><components/>` +
    `<fields>${frame.map(([n, name]) => field(n, name)).join("")}${field(10, "CheckSum")}${field(extra === "Text" ? 58 : 59, extra)}</fields></fix>`;
  const HEADER = frame.map(([, name]) => `<field name="${name}" required="Y"/>`).join("");
  const business = (extra: string) =>
    `<message name="Business" msgtype="B" msgcat="app"><field name="${extra}" required="N"/></message>`;
  const logon =
    '<message name="Logon" msgtype="A" msgcat="admin"><field name="Text" required="N"/></message>';

  test("comes from a folder by BeginString, ApplVerID and the Logon of the session", () => {
    const folder = mkdtempSync(join(tmpdir(), "hairpin-decode-"));
    try {
      const put = (name: string, text: string) => writeFileSync(join(folder, `${name}.xml`), text);
      put("FIX42", file('type="FIX" major="4" minor="2"', "Text42", HEADER, business("Text42")));
      put("FIXT11", file('type="FIXT" major="1" minor="1"', "Text", HEADER, logon));
      put("FIX50", file('type="FIX" major="5" minor="0"', "Text50", "", business("Text50")));
      put(
        "FIX50SP2",
        file('type="FIX" major="5" minor="0" servicepack="2"', "TextSP2", "", business("TextSP2")),
      );
      const dictionaries = new LogDictionaries(folder);
      const reader = new Decoder(dictionaries);
      const nameOf59 = (body: string, begin: string) =>
        reader
          .decode({ bytes: wrapMessage(body, begin), prefix: "" })
          .fields.find((f) => f.tag === 59)?.name;
      expect(nameOf59("35=B|59=x|", "FIX.4.2")).toBe("Text42");
      expect(nameOf59("35=B|49=A|56=B|59=x|", "FIXT.1.1")).toBe("TextSP2");
      expect(nameOf59("35=B|49=C|56=D|1128=7|59=x|", "FIXT.1.1")).toBe("Text50");
      nameOf59("35=A|49=A|56=B|1137=7|", "FIXT.1.1");
      expect(nameOf59("35=B|49=B|56=A|59=x|", "FIXT.1.1")).toBe("Text50");
      expect(dictionaries.missing.size).toBe(0);
      expect(nameOf59("35=B|59=x|", "FIX.4.3")).toBe("");
      expect([...dictionaries.missing]).toEqual(["FIX.4.3"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("of a folder that has none is told in one sentence", () => {
    const folder = mkdtempSync(join(tmpdir(), "hairpin-decode-"));
    try {
      writeFileSync(join(folder, "venue.xml"), "<fix/>");
      const text = `there is no dictionary in the folder ${folder}; needed are files named FIX44.xml`;
      expect(() => new LogDictionaries(folder)).toThrow(text);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("that is not there is told in one sentence", () => {
    expect(() => new LogDictionaries("FIX99")).toThrow('no FIX dictionary "FIX99"');
    expect(() => new LogDictionaries("nowhere.xml")).toThrow("nowhere.xml");
  });
});
