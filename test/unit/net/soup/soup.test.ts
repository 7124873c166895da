import { describe, expect, test } from "bun:test";
import {
  isSameSoupSession,
  readSoupSequence,
  SOUP_NO_SESSION,
  writeSoupAccepted,
  writeSoupLogin,
  writeSoupRejected,
} from "../../../../src/net/soup/soup-login.ts";
import {
  SOUP_CLIENT_HEARTBEAT,
  SOUP_SEQUENCED,
  writeSoupHeader,
  writeSoupPacket,
} from "../../../../src/net/soup/soup-packets.ts";
import { SOUP_FAULT, SOUP_PARTIAL, SoupSplitter } from "../../../../src/net/soup/soup-splitter.ts";

const ascii = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);

describe("a packet", () => {
  test("has a length that counts type and payload", () => {
    const bytes = new Uint8Array(12).fill(0xee);
    const size = writeSoupPacket(bytes, 1, SOUP_SEQUENCED, ascii("xABCx"), 1, 4);
    expect(size).toBe(6);
    expect([...bytes]).toEqual([
      0xee, 0x00, 0x04, 0x53, 0x41, 0x42, 0x43, 0xee, 0xee, 0xee, 0xee, 0xee,
    ]);
  });

  test("may have no payload", () => {
    const bytes = new Uint8Array(3);
    expect(writeSoupHeader(bytes, 0, SOUP_CLIENT_HEARTBEAT, 0)).toBe(3);
    expect([...bytes]).toEqual([0, 1, 0x52]);
  });
});

describe("a login", () => {
  test("is 46 characters, each in its place", () => {
    const bytes = new Uint8Array(49);
    expect(writeSoupLogin(bytes, 0, "user", "secret", "S7", 1)).toBe(49);
    expect(text(bytes)).toBe(
      `\u0000\u002fL${"user  "}${"secret    "}${"        S7"}${"                   1"}`,
    );
  });

  test("cuts what is too long, and never writes outside", () => {
    const bytes = new Uint8Array(51).fill(0x7e);
    writeSoupLogin(bytes, 1, "username", "passwordpassword", "SESSION-LONG", 2 ** 53 - 1);
    expect(text(bytes)).toBe(`~\u0000\u002fLusernapasswordpaSESSION-LO    9007199254740991~`);
  });

  test("is accepted with a session and a number, or rejected with a reason", () => {
    const bytes = new Uint8Array(33);
    expect(writeSoupAccepted(bytes, 0, "S7", 42)).toBe(33);
    expect(text(bytes)).toBe(`\u0000\u001fA        S7                  42`);
    expect(readSoupSequence(bytes, 13)).toBe(42);
    expect(writeSoupRejected(bytes, 0, SOUP_NO_SESSION)).toBe(4);
    expect([...bytes.subarray(0, 4)]).toEqual([0, 2, 0x4a, 0x53]);
  });

  test.each([
    ["                   1", 1],
    ["00000000000000000012", 12],
    ["7                   ", 7],
    ["   9007199254740991 ", 9007199254740991],
    ["    9007199254740992", -1],
    ["99999999999999999999", -1],
    ["                    ", -1],
    ["                1 2 ", -1],
    ["                  -1", -1],
  ])("reads %j as %d", (digits, value) => {
    expect(readSoupSequence(ascii(digits), 0)).toBe(value);
  });

  test("names a session, with spaces on either side", () => {
    const same = (a: string, b: string) => isSameSoupSession(ascii(a), 0, ascii(b), 0);
    expect(same("        S7", "S7        ")).toBe(true);
    expect(same("SESSION-10", "SESSION-10")).toBe(true);
    expect(same("        S7", "S7       x")).toBe(false);
    expect(same("        S7", "S8        ")).toBe(false);
    expect(same("          ", "S7        ")).toBe(false);
    expect(same("SESSION-10", " SESSION-1")).toBe(false);
  });
});

describe("the splitter", () => {
  const packets = [ascii("A"), ascii("Shello"), ascii("S"), ascii("H"), ascii("Sworld!")];
  const stream = Uint8Array.from(packets.flatMap((p) => [0, p.length, ...p]));

  function split(chunks: Uint8Array[], payloadMax: number): { found: string[]; last: number } {
    const splitter = new SoupSplitter(payloadMax);
    const bytes = new Uint8Array(stream.length);
    const found: string[] = [];
    let from = 0;
    let to = 0;
    let last = SOUP_PARTIAL;
    for (const chunk of chunks) {
      bytes.set(chunk, to);
      to += chunk.length;
      for (;;) {
        last = splitter.next(bytes, from, to);
        if (last <= 0) break;
        const at = splitter.payloadAt;
        const payload = bytes.subarray(at, at + splitter.payloadLength);
        found.push(String.fromCharCode(last) + text(payload));
        from = splitter.end;
      }
    }
    return { found, last };
  }

  test("finds the same packets wherever the stream is cut", () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      const { found, last } = split([stream.subarray(0, cut), stream.subarray(cut)], 16);
      expect(found).toEqual(packets.map(text));
      expect(last).toBe(SOUP_PARTIAL);
    }
    const bytewise = [...stream].map((byte) => Uint8Array.of(byte));
    expect(split(bytewise, 16).found).toEqual(packets.map(text));
  });

  test("refuses a packet without a type, and one that is longer than it may be", () => {
    const splitter = new SoupSplitter(6);
    expect(splitter.next(Uint8Array.of(0, 0), 0, 2)).toBe(SOUP_FAULT);
    expect(splitter.next(Uint8Array.of(0, 1, 0), 0, 3)).toBe(SOUP_FAULT);
    expect(splitter.next(Uint8Array.of(0, 8), 0, 2)).toBe(SOUP_FAULT);
    expect(splitter.next(Uint8Array.of(0, 7), 0, 2)).toBe(SOUP_PARTIAL);
    expect(split([stream], 4)).toEqual({ found: ["A"], last: SOUP_FAULT });
  });

  test("never looks behind the bytes it was given", () => {
    const splitter = new SoupSplitter(16);
    const bytes = Uint8Array.of(0, 3, 0x53, 1, 2);
    for (let to = 0; to < 5; to++) expect(splitter.next(bytes, 0, to)).toBe(SOUP_PARTIAL);
    expect(splitter.next(bytes, 0, 5)).toBe(SOUP_SEQUENCED);
  });
});
