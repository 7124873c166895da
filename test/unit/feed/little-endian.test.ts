import { describe, expect, test } from "bun:test";
import {
  writeAscii,
  writeFields,
  writeLittle,
  writeLittleSigned,
} from "../../../src/feed/little-endian.ts";
import { encodeMdp3, mdp3Length } from "../../../src/feed/mdp3/mdp3-encoder.ts";
import {
  encodeAdd,
  encodeModify,
  encodePitch,
  encodeReduce,
} from "../../../src/feed/pitch/pitch-encoder.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

function written(write: (bytes: Uint8Array) => void, size = 8): string {
  const bytes = new Uint8Array(size).fill(0xee);
  write(bytes);
  return hex(bytes);
}

describe("little-endian fields", () => {
  test("hold what fits, at their offset and no further", () => {
    expect(written((b) => writeLittle(b, 1, 2, 0x1234))).toBe("ee3412eeeeeeeeee");
    expect(written((b) => writeLittle(b, 0, 8, 2 ** 53 - 1))).toBe("ffffffffffff1f00");
    expect(written((b) => writeLittle(b, 0, 8, 2n ** 64n - 1n))).toBe("ffffffffffffffff");
    expect(written((b) => writeLittleSigned(b, 0, 4, -2))).toBe("feffffffeeeeeeee");
    expect(written((b) => writeLittleSigned(b, 0, 8, 2n ** 63n - 1n))).toBe("ffffffffffffff7f");
    expect(written((b) => writeLittleSigned(b, 0, 1, 127))).toBe("7feeeeeeeeeeeeee");
    expect(written((b) => writeAscii(b, 0, 4, "AB"))).toBe("41422020eeeeeeee");
  });

  const wrong: [string, (bytes: Uint8Array) => void][] = [
    ["too large", (b) => writeLittle(b, 0, 2, 65_536)],
    ["too large, as a bigint", (b) => writeLittle(b, 0, 8, 2n ** 64n)],
    ["negative", (b) => writeLittle(b, 0, 4, -1)],
    ["negative, as a bigint", (b) => writeLittle(b, 0, 4, -1n)],
    ["not whole", (b) => writeLittle(b, 0, 4, 1.5)],
    ["beyond what a double tells", (b) => writeLittle(b, 0, 8, 2 ** 53)],
    ["too large with a sign", (b) => writeLittleSigned(b, 0, 4, 2 ** 31)],
    ["too small with a sign", (b) => writeLittleSigned(b, 0, 1, -129)],
    ["too long", (b) => writeAscii(b, 0, 2, "ABC")],
    ["missing", (b) => writeFields(b, 0, [["a", 0, 1, "u"]], {})],
    ["text for a number", (b) => writeFields(b, 0, [["a", 0, 1, "u"]], { a: "1" })],
  ];
  for (const [what, write] of wrong) {
    test(`refuse what is ${what}`, () => {
      expect(() => write(new Uint8Array(8))).toThrow(RangeError);
    });
  }
});

describe("PITCH messages", () => {
  test("say their own length and type", () => {
    const bytes = encodePitch("deleted", { timestamp: 5, orderId: 0x0102030405060708n });
    expect(hex(bytes)).toBe("0e29050000000807060504030201");
  });

  const add = { timestamp: 1, orderId: 2, side: "B", symbol: "AAPL", participant: "" };
  test("are short where price and size fit, else long, and expanded for long names", () => {
    expect(encodeAdd({ ...add, quantity: 65_535, price: 6_553_500 })[1]).toBe(0x22);
    expect(encodeAdd({ ...add, quantity: 65_536, price: 100 })[1]).toBe(0x21);
    expect(encodeAdd({ ...add, quantity: 1, price: 101 })[1]).toBe(0x21);
    expect(encodeAdd({ ...add, quantity: 1, price: 6_553_600 })[1]).toBe(0x21);
    expect(encodeAdd({ ...add, quantity: 1, price: 100, symbol: "BERKSHR" })[1]).toBe(0x2f);
    expect(encodeAdd({ ...add, quantity: 1, price: 100, participant: "FIRM" })[1]).toBe(0x2f);
    expect([encodeModify(1, 2, 9, 100)[1], encodeModify(1, 2, 9, 101)[1]]).toEqual([0x28, 0x27]);
    expect([encodeReduce(1, 2, 65_535)[1], encodeReduce(1, 2, 65_536)[1]]).toEqual([0x26, 0x25]);
  });
});

describe("MDP 3.0 messages", () => {
  test("say their size, block, template, schema and version, and what is not told is null", () => {
    const entries = [{ securityId: 7, rptSeq: 1, level: 1, action: 2, type: "0" }];
    const bytes = encodeMdp3("book", { transactTime: 1, event: 128 }, { entries });
    expect(bytes.length).toBe(mdp3Length("book", 1));
    expect(hex(bytes.subarray(0, 21))).toBe(
      "40000b002e0001000900" + "0100000000000000" + "80" + "0000",
    );
    expect(hex(bytes.subarray(21, 24))).toBe("200001");
    expect(hex(bytes.subarray(24, 56))).toBe(
      "ffffffffffffff7f" +
        "ffffff7f" +
        "07000000" +
        "01000000" +
        "ffffff7f" +
        "01" +
        "02" +
        "30" +
        "0000000000",
    );
    expect(hex(bytes.subarray(56))).toBe("1800000000000000");
  });

  test("have the groups of their template and no others", () => {
    expect(() => encodeMdp3("heartbeat", {}, { entries: [] })).toThrow(RangeError);
  });
});
