import { describe, expect, test } from "bun:test";
import { parseDictionary } from "../../../../src/fix/dictionary/load.ts";
import { HEAD, judge, ORDER, validationDictionary } from "../../../support/fix-validation.ts";

const dictionary = validationDictionary();
const of = judge(dictionary);

describe("a message that is right", () => {
  test("is valid, whatever the order of its fields within header and body", () => {
    expect(of(`35=0|${HEAD}`)).toBe("valid");
    expect(of(ORDER)).toBe("valid");
    expect(of("35=D|56=YOU|52=20260102-10:00:00|49=ME|34=2|55=AAPL|54=1|11=A1|")).toBe("valid");
    expect(of(`35=UABC|${HEAD}58=x|`)).toBe("valid");
  });

  test("may hold user-defined and very large tags that the dictionary gives it", () => {
    expect(of(`${ORDER}6001=x|70001=5|`)).toBe("valid");
    expect(of(`${ORDER}70001=x|`)).toBe("6 ref 70001");
    expect(of(`35=0|${HEAD}70001=5|`)).toBe("2 ref 70001");
  });

  test("stays so when a wrong one came before it", () => {
    expect(of(`${ORDER}55=AAPL|`)).toBe("13 ref 55");
    expect(of(ORDER)).toBe("valid");
  });
});

describe("tags", () => {
  test("that the dictionary lacks are reason 0", () => {
    expect(of(`35=0|${HEAD}999=x|`)).toBe("0 ref 999");
    expect(of(`35=0|${HEAD}5000=x|`)).toBe("0 ref 5000");
    expect(of(`35=0|${HEAD}99999999=x|`)).toBe("0 ref 99999999");
  });

  test("that are 0, negative or beyond any bound are reason 0; the last without RefTagID", () => {
    expect(of(`35=0|${HEAD}0=x|`)).toBe("0 ref 0");
    expect(of(`35=0|${HEAD}-1=x|`)).toBe("0 ref -1");
    expect(of(`35=0|${HEAD}-70000=x|`)).toBe("0 ref -70000");
    expect(of(`35=0|${HEAD}123456789012=x|`)).toBe("0");
    expect(of(`35=0|${HEAD}2147483647=x|`)).toBe("0 ref 2147483647");
  });

  test("that are no number make the message garbled", () => {
    for (const field of ["x=1", "5x=1", "=1", "55", "", "-=1", "-", "4bad9=x", "--1=x"]) {
      expect(of(`35=0|${HEAD}${field}|`)).toBe("garbled");
    }
  });

  test("of another message are reason 2, and so are those of a group outside of it", () => {
    expect(of(`35=0|${HEAD}55=AAPL|`)).toBe("2 ref 55");
    expect(of(`${ORDER}448=P|`)).toBe("2 ref 448");
    expect(of(`${ORDER}453=1|448=P|58=x|452=1|`)).toBe("2 ref 452");
    expect(of(`${ORDER}628=HOP|`)).toBe("2 ref 628");
  });

  test("that stand twice are reason 13", () => {
    expect(of(`${ORDER}40=1|40=2|`)).toBe("13 ref 40");
    expect(of(`35=D|${HEAD}49=ME|11=A1|54=1|55=AAPL|`)).toBe("13 ref 49");
  });
});

describe("required fields", () => {
  test("are asked for in the header, then in the body, the lowest first", () => {
    expect(of("35=D|34=2|")).toBe("1 ref 49");
    expect(of("35=D|34=2|49=ME|52=20260102-10:00:00|")).toBe("1 ref 56");
    expect(of(`35=D|${HEAD}`)).toBe("1 ref 11");
    expect(of(`35=D|${HEAD}11=A1|`)).toBe("1 ref 54");
    expect(of(`35=UABC|${HEAD}`)).toBe("1 ref 58");
  });

  test("of a group are asked for in each entry, behind those of the message", () => {
    expect(of(`${ORDER}453=1|448=P|802=1|523=S|`)).toBe("1 ref 803");
    expect(of(`${ORDER}453=2|448=P|802=1|523=S|803=1|448=Q|802=1|523=S|`)).toBe("1 ref 803");
    expect(of(`35=D|${HEAD}54=1|55=AAPL|453=1|448=P|802=1|523=S|`)).toBe("1 ref 11");
    expect(of(`${ORDER}453=1|452=1|`)).toBe("1 ref 448");
  });

  test("come before what is wrong with a field", () => {
    expect(of(`35=D|${HEAD}54=9|55=|`)).toBe("1 ref 11");
  });
});

describe("order", () => {
  test("of header behind body is reason 14, before anything else", () => {
    expect(of("35=D|11=A1|54=9|34=2|49=ME|56=YOU|52=20260102-10:00:00|")).toBe("14 ref 34");
    expect(of(`35=D|55=X|${HEAD}11=A1|54=1|`)).toBe("14 ref 34");
    expect(of(`35=0|999=x|${HEAD}`)).toBe("14 ref 34");
    expect(of(`35=0|-1=x|${HEAD}`)).toBe("14 ref 34");
  });

  test("of body behind trailer is reason 14, also of a tag that is none", () => {
    expect(of(`${ORDER}93=1|89=x|58=late|`)).toBe("14 ref 58");
    expect(of(`${ORDER}93=1|89=x|-3=late|`)).toBe("14 ref -3");
    expect(of(`${ORDER}93=1|89=x|`)).toBe("valid");
  });

  test("of header fields that only later versions have is that of the header", () => {
    expect(of(`35=0|369=1|${HEAD}`)).toBe("0 ref 369");
  });
});

describe("MsgType", () => {
  test("that the dictionary lacks is reason 11, without RefTagID", () => {
    for (const type of ["*", "DD", "UAB", "UABCD", "UABD", "\u0000D", "D\u0000", "UABC\u0000"]) {
      expect(of(`35=${type}|${HEAD}11=A1|`)).toBe("11");
    }
    expect(of("35=ZZ|11=A1|34=2|49=ME|56=YOU|")).toBe("14 ref 34");
  });
});

describe("values", () => {
  const faults: [string, string[], string[]][] = [
    [
      "38",
      ["200", "-1", "002000.00", "0.5", ".5", "5."],
      ["+200", "1e5", ".", "-", "1.2.3", "1,5", "x"],
    ],
    ["811", ["-0.25", "7"], ["--1", "1-", " 1", "0x1"]],
    ["157", ["0", "-12", "007"], ["+1", "1.0", "-", "a", "1 "]],
    ["54", ["1", "2"], ["12"]],
    ["43", ["Y", "N"], ["y", "1", "YN"]],
    [
      "52",
      ["20260102-23:59:60", "20260102-00:00:00.123", "20260102-00:00:00.123456789012"],
      [
        "20260102",
        "20260102 10:00:00",
        "20261302-10:00:00",
        "20260132-10:00:00",
        "20260102-24:00:00",
      ],
    ],
    [
      "52",
      ["20260102-00:00:00.123456", "20260102-00:00:00.123456789"],
      [
        "20260102-00:00:00.1",
        "20260102-00:00:00.",
        "20260102-00:60:00",
        "20260102-00:00:61",
        "2026010x-00:00:00",
      ],
    ],
    ["272", ["20260102"], ["2026-01-02", "20260100", "202601"]],
    ["75", ["20261231"], ["20261331", "x"]],
    ["273", ["10:00:00", "10:00:00.125"], ["10:00", "10-00-00", "25:00:00"]],
    [
      "200",
      ["202601", "20260115", "202601w2"],
      ["2026", "202613", "202601w6", "202601ww", "20260132"],
    ],
    ["205", ["1", "09", "31"], ["0", "32", "001", "x"]],
    ["15", ["EUR", "GBp"], ["EU", "EURO", "E1R"]],
    ["421", ["DE"], ["DEU", "D1"]],
    ["1079", ["07:39Z", "02:39-05", "15:39:00.125+08:30"], ["7:39", "24:00Z", "07:39 CET"]],
    ["1132", ["20060901-07:39Z", "20060901-15:39:00+08"], ["20060901", "20060901-07:61Z"]],
    ["34", ["1", "0001"], ["-1", "1.5"]],
  ];
  for (const [tag, good, bad] of faults) {
    const inHeader = ["52", "34", "43"].includes(tag);
    const body = (value: string) => {
      if (tag === "54") return `35=D|${HEAD}11=A1|54=${value}|55=AAPL|`;
      if (!inHeader) return `${ORDER}${tag}=${value}|`;
      const head = HEAD.replace(new RegExp(`${tag}=[^|]*\\|`), "");
      return `35=0|${head}${tag}=${value}|`;
    };
    test(`of tag ${tag} are taken in the format of its type only (${good[0]}, not ${bad[0]})`, () => {
      for (const value of good) expect(`${value}: ${of(body(value))}`).toBe(`${value}: valid`);
      for (const value of bad)
        expect(`${value}: ${of(body(value))}`).toBe(`${value}: 6 ref ${tag}`);
    });
  }

  test("that are empty are reason 4", () => {
    expect(of(`${ORDER}58=|`)).toBe("4 ref 58");
    expect(of("35=0|34=2|49=ME|56=|52=20260102-10:00:00|")).toBe("4 ref 56");
    expect(of(`${ORDER}999=|`)).toBe("4 ref 999");
  });

  test("outside of the list are reason 5, of one character and of several", () => {
    expect(of(`${ORDER}40=3|`)).toBe("5 ref 40");
    expect(of(`${ORDER}167=BOO|`)).toBe("5 ref 167");
    expect(of(`${ORDER}167=C|`)).toBe("5 ref 167");
    expect(of(`${ORDER}167=FUT|`)).toBe("valid");
    expect(of(`${ORDER}453=1|448=P|452=12|`)).toBe("valid");
    expect(of(`${ORDER}453=1|448=P|452=3|`)).toBe("5 ref 452");
    expect(of(`${ORDER}453=1|448=P|452=x|`)).toBe("6 ref 452");
  });

  test("of several words are looked at word by word", () => {
    expect(of(`${ORDER}18=1|`)).toBe("valid");
    expect(of(`${ORDER}18=1 6 a|`)).toBe("valid");
    for (const bad of ["1 3", "1  2", " 1", "1 ", "16"])
      expect(of(`${ORDER}18=${bad}|`)).toBe("5 ref 18");
  });

  test("of type char are any text before FIX 4.2", () => {
    expect(judge(validationDictionary("FIX.4.1"))(`${ORDER}40=12|`)).toBe("5 ref 40");
    expect(judge(validationDictionary("FIX.4.2"))(`${ORDER}40=12|`)).toBe("6 ref 40");
  });

  test("of data fields may hold SOH and equals signs, if the length before them says so", () => {
    expect(of(`${ORDER}95=7|96=a|b=c|d|58=x|`)).toBe("valid");
    expect(of(`${ORDER}95=3|96=ab|58=x|`)).toBe("6 ref 96");
    expect(of(`${ORDER}96=ab|58=x|`)).toBe("6 ref 96");
    expect(of(`${ORDER}95=2|58=x|96=ab|`)).toBe("6 ref 96");
  });

  test("are told of the first field of the message that is wrong", () => {
    expect(of(`${ORDER}40=3|38=x|`)).toBe("5 ref 40");
    expect(of(`${ORDER}38=x|40=3|`)).toBe("6 ref 38");
  });
});

describe("repeating groups", () => {
  test("of the declared count are valid, nested, in the header, and with a count of 0", () => {
    expect(of(`${ORDER}453=2|448=P|452=1|448=Q|58=x|`)).toBe("valid");
    expect(of(`${ORDER}453=2|448=P|802=2|523=S|803=1|523=T|803=2|1=ACC|448=Q|452=2|58=x|`)).toBe(
      "valid",
    );
    expect(of(`35=0|${HEAD}627=2|628=H|630=1|628=I|112=x|`)).toBe("valid");
    expect(of(`${ORDER}453=0|58=x|`)).toBe("valid");
    expect(of(`${ORDER}453=1|448=P|802=0|58=x|`)).toBe("valid");
  });

  test("of another count are reason 16, with the tag of the count", () => {
    expect(of(`${ORDER}453=3|448=P|448=Q|58=x|`)).toBe("16 ref 453");
    expect(of(`${ORDER}453=1|448=P|448=Q|58=x|`)).toBe("16 ref 453");
    expect(of(`${ORDER}453=1|58=x|`)).toBe("16 ref 453");
    expect(of(`${ORDER}453=0|448=P|`)).toBe("16 ref 453");
    expect(of(`${ORDER}453=99999999999|448=P|`)).toBe("16 ref 453");
    expect(of(`${ORDER}453=1|448=P|802=2|523=S|803=1|`)).toBe("16 ref 802");
    expect(of(`35=0|${HEAD}627=1|112=x|`)).toBe("16 ref 627");
    expect(of(`${ORDER}453=-1|448=P|`)).toBe("6 ref 453");
  });

  test("tell of a wrong count before what is wrong in their entries", () => {
    expect(of(`${ORDER}453=3|448=P|452=7|448=Q|`)).toBe("16 ref 453");
    expect(of(`${ORDER}40=3|453=3|448=P|`)).toBe("5 ref 40");
  });

  test("whose entries begin with another field than the first are reason 15, if the count is right", () => {
    expect(of(`${ORDER}453=1|452=1|448=P|`)).toBe("15 ref 452");
    expect(of(`${ORDER}453=2|452=1|448=P|`)).toBe("1 ref 448");
    expect(of(`${ORDER}453=1|448=P|802=1|803=1|`)).toBe("15 ref 803");
    expect(of(`${ORDER}453=1|448=P|802=2|523=S|803=1|803=2|`)).toBe("15 ref 803");
  });

  test("with a field twice in an entry are reason 13", () => {
    expect(of(`${ORDER}453=1|448=P|452=1|452=2|`)).toBe("13 ref 452");
  });

  test("leave a field to the message that it has, too, when their entries have theirs", () => {
    expect(of(`${ORDER}453=1|448=P|1=A|1=B|58=x|`)).toBe("valid");
    expect(of(`${ORDER}453=1|448=P|1=A|1=B|1=C|`)).toBe("13 ref 1");
  });
});

describe("groups in groups", () => {
  test("are followed to a depth of 16", () => {
    const deep = judge(deepDictionary(16));
    const counts = Array.from({ length: 16 }, (_, i) => `${1000 + i}=1|${2000 + i}=x|`).join("");
    expect(deep(`35=0|${counts}`)).toBe("valid");
    expect(deep(`35=0|${counts.replace("2015=x|", "")}`)).toBe("16 ref 1015");
    expect(deep(`35=0|${counts.replace("2015=x|", "2015=|")}`)).toBe("4 ref 2015");
    expect(deep(`35=0|${counts}2015=y|`)).toBe("16 ref 1015");
    expect(deep(`35=0|${counts}2000=y|`)).toBe("16 ref 1000");
  });
});

/** Heartbeat with a group in a group and so on; each entry has one field and the next count. */
function deepDictionary(depth: number) {
  const levels = Array.from({ length: depth }, (_, i) => i);
  const group = levels.reduceRight(
    (inner, i) =>
      `<group name="No${i}" required="N"><field name="F${i}" required="Y"/>${inner}</group>`,
    "",
  );
  const use = (name: string) => `<field name="${name}" required="Y"/>`;
  const define = (tag: number, name: string, type: string) =>
    `<field number="${tag}" name="${name}" type="${type}"/>`;
  return parseDictionary(
    `<fix type="FIX" major="4" minor="4"><header>${["BeginString", "BodyLength", "MsgType"].map(use).join("")}</header>
    <messages><message name="Heartbeat" msgtype="0" msgcat="admin">${group}</message></messages>
    <trailer>${use("CheckSum")}</trailer><components/><fields>${define(8, "BeginString", "STRING")}
    ${define(9, "BodyLength", "LENGTH")}${define(35, "MsgType", "STRING")}${define(10, "CheckSum", "STRING")}
    ${levels.map((i) => define(1000 + i, `No${i}`, "NUMINGROUP") + define(2000 + i, `F${i}`, "STRING")).join("")}
    </fields></fix>`,
    "deep",
  );
}

describe("options", () => {
  test("let user-defined tags pass that are unknown or of another message", () => {
    const lenient = judge(dictionary, { checkUserTags: false });
    expect(lenient(`35=0|${HEAD}5000=x|6001=y|`)).toBe("valid");
    expect(lenient(`35=0|${HEAD}999=x|`)).toBe("0 ref 999");
  });

  test("let other tags pass", () => {
    const lenient = judge(dictionary, { checkUnknown: false });
    expect(lenient(`35=0|${HEAD}999=x|55=y|`)).toBe("valid");
    expect(lenient(`35=0|${HEAD}5000=x|`)).toBe("0 ref 5000");
  });

  test("let a venue add tags and values of its own, within the entries of a group too", () => {
    const relaxed = judge(dictionary, {
      checkUserTags: false,
      checkUnknown: false,
      checkValues: false,
      checkOrder: false,
    });
    expect(relaxed(`${ORDER}453=2|448=P|5001=x|452=99|448=Q|5001=y|58=z|`)).toBe("valid");
    expect(relaxed(`${ORDER}453=2|448=P|83=7|448=Q|83=8|`)).toBe("valid");
    expect(relaxed(`${ORDER}453=1|448=P|802=1|523=S|9001=x|803=1|9002=y|1=A|`)).toBe("valid");
    expect(relaxed(`35=0|${HEAD}7001=2|448=P|452=1|448=Q|452=1|`)).toBe("valid");
    // What it has to have, and a group that does not add up, is still refused.
    expect(relaxed(`${ORDER}453=2|448=P|58=z|`)).toBe("16 ref 453");
    expect(relaxed(`${ORDER}453=3|448=P|5001=x|448=Q|`)).toBe("16 ref 453");
    expect(relaxed(`35=D|${HEAD}11=A1|54=1|`)).toBe("1 ref 55");
  });

  test("let header, body and trailer be mixed, and fields be empty", () => {
    expect(judge(dictionary, { checkOrder: false })(`35=0|112=x|${HEAD}`)).toBe("valid");
    expect(judge(dictionary, { checkEmpty: false })(`${ORDER}38=|58=|`)).toBe("valid");
  });
});

describe("two dictionaries", () => {
  test("part session from application messages: each knows its own tags only", () => {
    const session = validationDictionary("FIXT.1.1");
    const both = judge(session, {}, dictionary);
    expect(both(ORDER)).toBe("valid");
    expect(both(`35=0|${HEAD}999=x|`)).toBe("0 ref 999");
  });
});
