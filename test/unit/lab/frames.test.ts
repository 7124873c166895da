import { describe, expect, test } from "bun:test";
import { igmpQuery, membershipsOf, udpFrame } from "../../lab/frames.ts";

/** Ethernet and IPv4 with router alert (24 bytes, from 0.0.0.0 to 224.0.0.22), then `igmp` (hex). */
function igmpFrame(igmp: string): Uint8Array {
  const body = bytes(igmp);
  const length = (24 + body.length).toString(16).padStart(2, "0");
  const header = `460000${length} 00000000 01020000 00000000 e0000016 94040000`;
  const sum = foldedSum(bytes(header));
  const ip = header.replace("01020000", `0102${(~sum & 0xffff).toString(16).padStart(4, "0")}`);
  return Uint8Array.from([...bytes("01005e000016 525400000008 0800"), ...bytes(ip), ...body]);
}

function bytes(hex: string): Uint8Array {
  return Uint8Array.fromHex(hex.replaceAll(" ", ""));
}

function foldedSum(b: Uint8Array): number {
  let sum = 0;
  b.forEach((byte, i) => {
    sum += i % 2 === 0 ? byte * 256 : byte;
  });
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 65536);
  return sum;
}

describe("IGMP of a guest", () => {
  test("a version 2 report is a join, a leave a leave", () => {
    expect(membershipsOf(igmpFrame("1600f9fc ef010101"))).toEqual([
      { kind: "join", group: "239.1.1.1" },
    ]);
    expect(membershipsOf(igmpFrame("1700f8fc ef010101"))).toEqual([
      { kind: "leave", group: "239.1.1.1" },
    ]);
  });

  test("of a version 3 report each record tells for itself", () => {
    expect(membershipsOf(igmpFrame("2200e9fb 00000001 04000000 ef010101"))).toEqual([
      { kind: "join", group: "239.1.1.1" },
    ]);
    const two = "2200f6f4 00000002 03000000 ef010101 04000000 ef020203";
    const sum = (~foldedSum(bytes(two.replace("f6f4", "0000"))) & 0xffff).toString(16);
    expect(membershipsOf(igmpFrame(two.replace("f6f4", sum)))).toEqual([
      { kind: "leave", group: "239.1.1.1" },
      { kind: "join", group: "239.2.2.3" },
    ]);
  });

  test("a wrong checksum, a cut frame and a query tell nothing", () => {
    const report = igmpFrame("1600f9fc ef010101");
    expect(membershipsOf(igmpFrame("1600f9fd ef010101"))).toEqual([]);
    for (let n = 0; n < report.length; n++)
      expect(membershipsOf(report.subarray(0, n))).toEqual([]);
    expect(membershipsOf(igmpQuery())).toEqual([]);
  });
});

describe("frames of the burst", () => {
  test("checksums are right, and the number stands first in the payload", () => {
    const o = { group: "239.129.1.2", port: 5000, sequence: 0x01020304, payloadLength: 31 };
    const frame = udpFrame(o);
    expect(Buffer.from(frame.subarray(0, 6)).toString("hex")).toBe("01005e010102");
    expect(foldedSum(frame.subarray(14, 34))).toBe(0xffff);
    const udp = frame.subarray(34, 34 + 8 + 31);
    const pseudo = [...frame.subarray(26, 34), 0, 17, 0, udp.length];
    expect(foldedSum(Uint8Array.from([...pseudo, ...udp]))).toBe(0xffff);
    expect([...udp.subarray(8, 12)]).toEqual([1, 2, 3, 4]);
    expect(udp[2]! * 256 + udp[3]!).toBe(5000);
    expect(frame).toHaveLength(34 + 8 + 31);
  });

  test("the smallest frame is filled to 60 bytes", () => {
    const frame = udpFrame({ group: "239.1.1.1", port: 1, sequence: 0, payloadLength: 4 });
    expect(frame).toHaveLength(60);
  });
});
