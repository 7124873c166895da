import { describe, expect, test } from "bun:test";
import {
  DictionaryError,
  loadDictionary,
  parseDictionary,
} from "../../../../src/fix/dictionary/load.ts";
import { SMALL } from "../../../support/fix-dictionary.ts";

function failure(from: string, to: string): string {
  expect(SMALL).toContain(from);
  try {
    parseDictionary(SMALL.replace(from, to), "X.xml");
  } catch (error) {
    expect(error).toBeInstanceOf(DictionaryError);
    return (error as Error).message;
  }
  return "";
}

describe("parseDictionary", () => {
  test("resolves components and groups in the order of the file", () => {
    const order = parseDictionary(SMALL, "X.xml").message("D")!;
    expect(order.members.map((m) => m.field.tag)).toEqual([54, 55, 453, 58]);
    const parts = order.byTag.get(453)!;
    expect(parts.group!.map((m) => m.field.tag)).toEqual([448, 802]);
    expect(parts.group![1]!.group![0]!.field.name).toBe("SubID");
  });

  test("an optional component requires nothing of the message", () => {
    expect(parseDictionary(SMALL, "X.xml").message("D")!.required).toEqual([54, 55]);
  });

  test("pairs data fields with their lengths", () => {
    expect(parseDictionary(SMALL, "X.xml").dataTags).toEqual([95, 96]);
  });

  test("pairs them whatever the length is called, and by tag when no name fits", () => {
    const pairs = (name: string) => {
      const list = loadDictionary(name).dataTags;
      return list.flatMap((tag, i) => (i % 2 === 0 ? [`${tag}/${list[i + 1]}`] : []));
    };
    const everywhere = ["95/96", "90/91", "93/89", "212/213", "354/355"];
    for (const name of ["FIX42", "FIX44", "FIXT11"]) {
      expect(pairs(name)).toEqual(expect.arrayContaining(everywhere));
    }
    expect(pairs("FIX44")).toEqual(expect.arrayContaining(["348/349", "358/359", "618/619"]));
    expect(pairs("FIXT11")).toEqual(expect.arrayContaining(["1401/1402", "1403/1404"]));
    expect(pairs("FIX50SP2")).toEqual(expect.arrayContaining(["1184/1185", "1468/1469"]));
    const odd = SMALL.replace("RawDataLength", "BytesThatFollow");
    expect(parseDictionary(odd, "X.xml").dataTags).toEqual([95, 96]);
  });

  test("says in one sentence what is wrong, and where", () => {
    expect(failure('<component name="Thing" req', '<component name="Nothing" req')).toBe(
      "FIX dictionary X.xml: line 7: Order uses component Nothing, which is not defined",
    );
    expect(failure('<field name="Side" req', '<field name="Sid" req')).toContain(
      "line 6: Order uses field Sid, which is not defined",
    );
    expect(failure('number="55"', 'number="54"')).toContain(
      "tag 54 is given to both Side and Symbol",
    );
    expect(failure('number="55"', 'number="x"')).toContain('field Symbol has number "x"');
    expect(failure('<field name="Text" req', '<component name="Maybe" req')).toContain(
      "component Maybe contains itself (Maybe > Maybe)",
    );
    expect(failure("</fix>", "</fox>")).toContain("it is no well-formed XML");
    expect(failure(SMALL, "<other/>")).toContain("outermost element is not <fix>");
  });
});

describe("the built-in FIX 4.4 dictionary", () => {
  const dictionary = loadDictionary("FIX44");

  test("has the session layer and order entry", () => {
    expect(dictionary.beginString).toBe("FIX.4.4");
    for (const type of "0123458 9ADFGHjqr".replace(" ", "")) {
      expect(dictionary.message(type)).toBeDefined();
    }
    expect(dictionary.message("D")!.required.toSorted((a, b) => a - b)).toEqual([
      11, 40, 54, 55, 60,
    ]);
    expect(dictionary.field("Side")!.values.get("5")).toBe("SELL_SHORT");
    expect(dictionary.message("D")!.byTag.get(453)!.group!.length).toBe(4);
    expect(dictionary.message("A")!.admin).toBe(true);
  });

  test("a name that is neither built in nor a file is one sentence", () => {
    expect(() => loadDictionary("FIX99")).toThrow(
      'no FIX dictionary "FIX99": built in are FIX42, FIX44',
    );
    expect(() => loadDictionary("/nowhere/x.xml")).toThrow("/nowhere/x.xml");
  });
});

describe("every built-in dictionary", () => {
  const session = "012345A".split("");
  const business: Record<string, string> = {
    FIX42: "8 9 B D F G H Q V W X Y c d e f g h j",
    FIX44: "8 9 AE AF B D F G H Q V W X Y c d e f g h j q r x y",
    FIX50SP2: "8 9 AE AF B D F G H Q V W X Y c d e f g h j q r x y",
    FIXT11: "n",
  };
  for (const [name, types] of Object.entries(business)) {
    test(`${name} holds its messages`, () => {
      const dictionary = loadDictionary(name);
      const own = name === "FIX50SP2" ? [] : session;
      expect(dictionary.messages.map((m) => m.msgType).sort()).toEqual(
        [...own, ...types.split(" ")].sort(),
      );
      expect(dictionary.messages.filter((m) => m.admin).map((m) => m.msgType)).toEqual(
        name === "FIXT11" ? [...own, "n"] : own,
      );
      expect(dictionary.hasSessionLayer).toBe(name !== "FIX50SP2");
    });
  }

  test("gives groups inside groups, of the header too", () => {
    const report = loadDictionary("FIX50SP2").message("8")!;
    const fills = report.byTag.get(1362)!.group!.find((m) => m.field.tag === 1414)!;
    expect(fills.group!.map((m) => m.field.tag)).toEqual([1415, 1416, 1417, 1413]);
    expect(loadDictionary("FIX44").header.byTag.get(627)!.group!.length).toBe(3);
  });
});
