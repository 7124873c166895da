import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type FakeFrameLine, findPayload, udpFrame } from "../../../src/ffi/fake-frame.ts";
import { HP_RX_TRUNCATED } from "../../../src/ffi/layout.ts";

/**
 * From 10.0.0.5:4660 to 239.1.1.1:2001, "hello", TTL 1, checksums reckoned by hand (RFC 1071):
 * IPv4: 4500+0021+0000+0000+0111+0a00+0005+ef01+0101 = 14039, folded 403a, complement bfc5.
 * UDP: 0a00+0005+ef01+0101+0011+000d + 1234+07d1+000d + 6865+6c6c+6f00 = 25808, folded 580a, a7f5.
 */
const HELLO = hex(`
  01005e010101 02000000000a 0800
  4500 0021 0000 0000 01 11 bfc5 0a000005 ef010101
  1234 07d1 000d a7f5
  68656c6c6f`);
const IP = 14;
const UDP = 34;

const line = (more: Partial<FakeFrameLine> = {}): FakeFrameLine => ({
  group: 0xef010101,
  port: 2001,
  iface: 0,
  source: 0,
  feed: 3,
  line: 1,
  ...more,
});

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replace(/\s/g, ""), "hex"));
}

/** HELLO with bytes put at offsets, the IPv4 header's checksum reckoned anew unless it is one of them. */
function changed(at: Record<number, number[]>, frame = HELLO): Uint8Array {
  const out = frame.slice();
  for (const [offset, bytes] of Object.entries(at)) out.set(bytes, Number(offset));
  if (Object.keys(at).some((o) => Number(o) === IP + 10)) return out;
  const view = new DataView(out.buffer);
  const header = (out[IP]! & 15) * 4;
  view.setUint16(IP + 10, 0);
  let sum = 0;
  for (let i = IP; i < IP + header && i + 1 < out.length; i += 2) sum += view.getUint16(i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(IP + 10, 0xffff ^ sum);
  return out;
}

const find = (frame: Uint8Array, lines = [line()], o: { kept?: number; checks?: boolean } = {}) =>
  findPayload(frame, o.kept ?? frame.length, lines, o.checks ?? true);
const textOf = (
  frame: Uint8Array,
  lines = [line()],
  o: { kept?: number; checks?: boolean } = {},
) => {
  const found = find(frame, lines, o);
  return typeof found === "string" ? found : Buffer.from(found.payload).toString();
};

/** Puts bytes in front of the EtherType. */
const tagged = (tags: string, frame = HELLO) =>
  Uint8Array.from([...frame.subarray(0, 12), ...hex(tags), ...frame.subarray(12)]);

describe("a frame of ours", () => {
  test("gives its payload, and the line that it is for", () => {
    expect(find(HELLO)).toEqual({
      payload: HELLO.subarray(42),
      line: line(),
      flags: 0,
    });
  });

  test("is found behind one tag and two, of each number", () => {
    expect(textOf(tagged("81000007"))).toBe("hello");
    expect(textOf(tagged("88a80001 81000007"))).toBe("hello");
    expect(textOf(tagged("91000001 81000007"))).toBe("hello");
    expect(textOf(tagged("81000001 81000002 81000003"))).toBe("strangers");
  });

  test("may have IPv4 options, and padding of the wire behind it", () => {
    const options = Uint8Array.from([
      ...HELLO.subarray(0, UDP),
      ...[1, 1, 1, 1],
      ...HELLO.subarray(UDP),
    ]);
    expect(textOf(changed({ [IP]: [0x46], [IP + 2]: [0, 37] }, options))).toBe("hello");
    expect(textOf(Uint8Array.from([...HELLO, ...new Uint8Array(13)]))).toBe("hello");
  });

  test("may say Don't Fragment, and may have no checksum, or that of the pseudo header alone", () => {
    expect(textOf(changed({ [IP + 6]: [0x40, 0] }))).toBe("hello");
    expect(textOf(changed({ [UDP + 6]: [0, 0] }))).toBe("hello");
    // 0a00 + 0005 + ef01 + 0101 + 0011 + 000d = fa25.
    expect(textOf(changed({ [UDP + 6]: [0xfa, 0x25] }))).toBe("hello");
  });

  test("may be empty", () => {
    const empty = changed({ [IP + 2]: [0, 28], [UDP + 4]: [0, 8], [UDP + 6]: [0, 0] });
    expect(find(empty.subarray(0, 42))).toMatchObject({ flags: 0, line: line() });
    expect(textOf(empty.subarray(0, 42))).toBe("");
  });

  test("is cut, and not checked, where only a part of it is there", () => {
    const cut = find(changed({ [UDP + 6]: [1, 2] }), [line()], { kept: 45 });
    expect(cut).toEqual({ payload: HELLO.subarray(42, 45), line: line(), flags: HP_RX_TRUNCATED });
  });

  test("goes to the line of its address, port and sender", () => {
    const lines = [
      line({ group: 0xef010102, line: 0 }),
      line({ port: 2002, line: 2 }),
      line({ source: 0x0a000006, line: 3 }),
      line({ source: 0x0a000005, line: 4 }),
    ];
    expect(find(HELLO, lines)).toMatchObject({ line: { line: 4 } });
    expect(textOf(HELLO, lines.slice(0, 3))).toBe("strangers");
    const unicast = changed({ [IP + 16]: [10, 0, 0, 9], [UDP + 6]: [0, 0] });
    expect(textOf(unicast, [line({ group: 0, iface: 0x0a000009 })])).toBe("hello");
    expect(textOf(unicast)).toBe("strangers");
  });
});

describe("a frame that is not handed on", () => {
  for (const [what, frame, verdict] of [
    ["is for another port", changed({ [UDP + 2]: [7, 0xd2] }), "strangers"],
    ["is for another group", changed({ [IP + 19]: [2] }), "strangers"],
    ["is ARP", changed({ 12: [8, 6] }), "strangers"],
    ["is IPv6", changed({ 12: [0x86, 0xdd] }), "strangers"],
    ["is TCP", changed({ [IP + 9]: [6] }), "strangers"],
    ["ends in its Ethernet header", HELLO.subarray(0, 13), "malformed"],
    ["is nothing", new Uint8Array(0), "malformed"],
    ["ends in its IPv4 header", HELLO.subarray(0, 33), "malformed"],
    ["ends in its UDP header", HELLO.subarray(0, 41), "malformed"],
    ["has another version of IP", changed({ [IP]: [0x65] }), "malformed"],
    ["has a header of four words", changed({ [IP]: [0x44] }), "malformed"],
    ["is longer than it was on the wire", changed({ [IP + 2]: [0, 34] }), "malformed"],
    ["is shorter than its header", changed({ [IP + 2]: [0, 19] }), "malformed"],
    ["has no room for a UDP header", changed({ [IP + 2]: [0, 27] }), "malformed"],
    ["has a UDP length of 7", changed({ [UDP + 4]: [0, 7] }), "malformed"],
    ["has a UDP length beyond its packet", changed({ [UDP + 4]: [0, 14] }), "malformed"],
    ["says that more fragments follow", changed({ [IP + 6]: [0x20, 0] }), "fragments"],
    ["is a later fragment", changed({ [IP + 6]: [0, 9] }), "fragments"],
    ["is a fragment for others", changed({ [IP + 6]: [0x20, 0], [IP + 19]: [2] }), "strangers"],
    ["has another header checksum", changed({ [IP + 10]: [0xbf, 0xc4] }), "bad_checksum"],
    ["has another byte", changed({ 42: [0x69] }), "bad_checksum"],
    ["has another UDP checksum", changed({ [UDP + 6]: [0xa7, 0xf6] }), "bad_checksum"],
  ] as const) {
    test(what, () => expect(textOf(frame)).toBe(verdict));
  }

  test("for its UDP checksum passes where the card is trusted; not for that of its header", () => {
    expect(textOf(changed({ [UDP + 6]: [1, 2] }), [line()], { checks: false })).toBe("hello");
    const header = changed({ [IP + 10]: [1, 2] });
    expect(textOf(header, [line()], { checks: false })).toBe("bad_checksum");
  });
});

test("damaged bytes are never read past their end, nor is a line made up", () => {
  const damage = fc.array(fc.tuple(fc.nat(HELLO.length - 1), fc.nat(255)), { maxLength: 4 });
  const lines = [line(), line({ group: 0, iface: 0x0a000009, line: 2 })];
  const seen = new Set<string>();
  fc.assert(
    fc.property(damage, fc.nat(HELLO.length), fc.boolean(), (bytes, kept, checks) => {
      const frame = HELLO.slice();
      for (const [at, value] of bytes) frame[at] = value;
      const found = find(frame, lines, { kept, checks });
      seen.add(typeof found === "string" ? found : `flags ${found.flags}`);
      if (typeof found === "string") return;
      expect(found.payload.byteOffset + found.payload.length).toBeLessThanOrEqual(kept);
      expect(lines).toContain(found.line);
    }),
    { numRuns: 3000, seed: 7 },
  );
  expect([...seen].sort()).toEqual([
    ...["bad_checksum", "flags 0", `flags ${HP_RX_TRUNCATED}`, "fragments", "malformed"],
    "strangers",
  ]);
});

describe("a frame that is made", () => {
  const from = { address: 0x0a000005, port: 0x1234 };
  const to = { address: 0xef010101, port: 2001 };

  test("is the one made by hand, but for its MAC addresses", () => {
    const made = udpFrame(from, to, Buffer.from("hello"));
    expect(made.subarray(12)).toEqual(HELLO.subarray(12));
  });

  test("is found again, whatever its length", () => {
    for (let n = 0; n <= 1500; n += 37) {
      const payload = Uint8Array.from({ length: n }, (_, i) => (i * 31 + n) & 255);
      const found = find(udpFrame(from, to, payload));
      expect(typeof found === "string" ? found : [...found.payload]).toEqual([...payload]);
    }
  });

  test("never says that it has no checksum", () => {
    // The payload that brings the sum to ffff: its checksum would be 0, which is sent as ffff.
    const made = udpFrame(from, to, hex("0000"));
    const left = 0xffff ^ new DataView(made.buffer).getUint16(40);
    const payload = new Uint8Array(2);
    new DataView(payload.buffer).setUint16(0, 0xffff - left);
    const frame = udpFrame(from, to, payload);
    expect(new DataView(frame.buffer).getUint16(40)).toBe(0xffff);
    expect(find(frame)).toMatchObject({ flags: 0 });
  });
});
