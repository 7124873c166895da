import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import { type CaptureOptions, CapturePort } from "../../../src/net/capture/capture-port.ts";
import {
  DESC_DOUBLES,
  DESC_LENGTH,
  DESC_LINE,
  DESC_OFFSET,
  DESC_RX_NS,
  DESC_WORDS,
} from "../../../src/net/desc.ts";
import {
  concat,
  cooked,
  cooked2,
  ethernet,
  type Frame,
  GROUP_A,
  GROUP_B,
  ipv4,
  itchFile,
  pcapFile,
  pcapngSection,
  UDP_PORT,
} from "../../support/capture-files.ts";

const SECONDS = 1_700_000_000;
let folder = "";
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hairpin-capture-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function save(bytes: Uint8Array): string {
  const path = join(folder, `capture-${files++}`);
  writeFileSync(path, bytes);
  return path;
}

interface Got {
  payload: string;
  line: number;
  /** Unix ns. */
  time: bigint;
}

async function readAll(bytes: Uint8Array, options?: CaptureOptions) {
  const port = await CapturePort.open(save(bytes), options);
  const got: Got[] = [];
  while (await port.refill()) {
    for (let n = port.rxBurst(); n > 0; n = port.rxBurst()) {
      for (let i = 0; i < n; i++) {
        const at = port.desc[i * DESC_WORDS + DESC_OFFSET]!;
        const length = port.desc[i * DESC_WORDS + DESC_LENGTH]!;
        got.push({
          payload: Buffer.from(port.bytes.subarray(at, at + length)).toString("latin1"),
          line: port.desc[i * DESC_WORDS + DESC_LINE]!,
          time:
            BigInt(port.originS) * 1_000_000_000n +
            BigInt(port.descTime[i * DESC_DOUBLES + DESC_RX_NS]!),
        });
      }
      port.rxRelease();
    }
  }
  port.close();
  const fault = port.fault?.replace(port.name, "FILE");
  return { got, fault, port, payloads: got.map((g) => g.payload) };
}

const text = (value: string) => new TextEncoder().encode(value);

/** A frame per word, 1,234,567 ns apart, in whole microseconds when told. */
function frames(words: string[], wrap = (b: Uint8Array) => ethernet(b), step = 1_234_567): Frame[] {
  return words.map((word, i) => ({
    bytes: wrap(text(word)),
    seconds: SECONDS + (i >= 2 ? 1 : 0),
    ns: 1_000_000 + i * step,
  }));
}
const timesOf = (list: Frame[]) =>
  list.map((f) => BigInt(f.seconds) * 1_000_000_000n + BigInt(f.ns));
const WORDS = ["one", "two", "three"];

describe("pcap", () => {
  for (const isBig of [false, true]) {
    for (const isNs of [false, true]) {
      const name = `${isBig ? "big" : "little"} endian, ${isNs ? "nanoseconds" : "microseconds"}`;
      test(`is read: ${name}`, async () => {
        const list = frames(WORDS, undefined, isNs ? 1_234_567 : 1_234_000);
        const { got, payloads, fault, port } = await readAll(pcapFile(list, { isBig, isNs }));
        expect(fault).toBeUndefined();
        expect(port.kind).toBe("pcap");
        expect(payloads).toEqual(WORDS);
        expect(got.map((g) => g.time)).toEqual(timesOf(list));
      });
    }
  }

  test("is read through gzip, Zstandard, and several members of either", async () => {
    const file = pcapFile(frames(WORDS));
    const [head, tail] = [file.slice(0, 60), file.slice(60)];
    for (const pack of [gzipSync, zstdCompressSync]) {
      for (const packed of [pack(file), concat(pack(head), pack(tail))]) {
        const { payloads, fault } = await readAll(packed);
        expect(fault).toBeUndefined();
        expect(payloads).toEqual(WORDS);
      }
    }
  });

  test("of VLAN tags, stacked tags, IP options and trailing bytes gives the UDP payload", async () => {
    const wraps = [
      { tags: [0x8100] },
      { tags: [0x88a8, 0x8100] },
      { tags: [0x9100, 0x8100] },
      { trailing: 7 },
      { optionWords: 3 },
      { tags: [0x8100], trailing: 18, optionWords: 1 },
    ];
    const list = wraps.map((o) => ({ bytes: ethernet(text("x"), o), seconds: SECONDS, ns: 0 }));
    const { payloads, port } = await readAll(pcapFile(list));
    expect(payloads).toEqual(wraps.map(() => "x"));
    expect(Object.values(port.skipped).every((count) => count === 0)).toBe(true);
  });

  const links: [name: string, link: number, wrap: (b: Uint8Array) => Uint8Array][] = [
    ["Linux cooked", 113, cooked],
    ["Linux cooked 2", 276, cooked2],
    ["raw IP", 101, (b) => ipv4(b)],
    ["raw IPv4", 228, (b) => ipv4(b)],
    ["BSD loopback", 0, (b) => concat(new Uint8Array([2, 0, 0, 0]), ipv4(b))],
  ];
  for (const [name, link, wrap] of links) {
    test(`of link type ${link} (${name}) is read`, async () => {
      const { payloads } = await readAll(pcapFile(frames(WORDS, wrap), { link }));
      expect(payloads).toEqual(WORDS);
    });
  }

  test("of another link type is one sentence", async () => {
    const { got, fault } = await readAll(pcapFile(frames(WORDS), { link: 105 }));
    expect(got).toEqual([]);
    expect(fault).toBe(
      "FILE: link type 105 at byte 20 is not known here; Ethernet, Linux cooked, loopback and raw IP are",
    );
  });

  test("skips and counts what is no whole UDP packet", async () => {
    const x = text("x");
    const arp = new Uint8Array(60);
    arp.set([8, 6], 12);
    const lying = ethernet(x);
    lying[14 + 20 + 5] = 200;
    const whole = ethernet(text("a long payload"));
    const list = [
      arp,
      ethernet(x, { version: 6 }),
      ethernet(x, { protocol: 103 }),
      ethernet(x, { fragment: 0x2000 }),
      ethernet(x, { fragment: 5 }),
      lying,
      whole.slice(0, -4),
      whole.slice(0, 20),
      whole,
    ].map((bytes) => ({ bytes, seconds: SECONDS, ns: 0 }));
    const { payloads, port } = await readAll(pcapFile(list));
    expect(payloads).toEqual(["a long payload"]);
    expect(port.framesSeen).toBe(9);
    expect(port.skipped).toEqual({
      notIpv4: 2,
      notUdp: 1,
      fragments: 2,
      damaged: 1,
      cut: 2,
      link: 0,
      otherLine: 0,
    });
  });

  test("cut at any byte gives the whole packets before, and says where", async () => {
    const list = frames(WORDS);
    const file = pcapFile(list);
    const ends = [24];
    for (const f of list) ends.push(ends.at(-1)! + 16 + f.bytes.length);
    for (let size = 24; size < file.length; size++) {
      const { payloads, fault } = await readAll(file.slice(0, size));
      const whole = ends.filter((end) => end <= size).length - 1;
      expect(payloads).toEqual(WORDS.slice(0, whole));
      const at = `FILE: cut off in packet ${whole + 1}, which starts at byte ${ends[whole]}`;
      expect(fault).toBe(ends.includes(size) ? undefined : at);
    }
  });

  test("with a nonsense length gives the packets before, and says where", async () => {
    const list = frames(WORDS);
    const file = pcapFile(list);
    const at = 24 + 16 + list[0]!.bytes.length;
    new DataView(file.buffer).setUint32(at + 8, 0x7fffffff, true);
    const { payloads, fault } = await readAll(file);
    expect(payloads).toEqual(["one"]);
    expect(fault).toBe(`FILE: packet 2 at byte ${at} claims 2147483647 bytes`);
  });

  test("of damaged gzip gives what could be unpacked, and one sentence", async () => {
    const words = Array.from({ length: 20_000 }, (_, i) => `packet ${i * 7919}`);
    const file = pcapFile(frames(words));
    const packed = gzipSync(file);
    const { payloads, fault } = await readAll(packed.subarray(0, packed.length >> 1));
    expect(payloads.length).toBeGreaterThan(5000);
    expect(payloads).toEqual(words.slice(0, payloads.length));
    expect(fault).toContain("the compressed data is damaged or cut off");
    expect(fault?.split("\n").length).toBe(1);
  });
});

test("Zstandard data cut anywhere gives what could be unpacked, and one sentence", async () => {
  const words = Array.from({ length: 12_000 }, (_, i) => `packet ${i * 7919}`);
  const file = pcapFile(frames(words));
  const checked = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
  const skippable = new Uint8Array([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  for (const packed of [
    zstdCompressSync(file),
    zstdCompressSync(file, checked),
    concat(zstdCompressSync(file.slice(0, 999)), skippable, zstdCompressSync(file.slice(999))),
  ]) {
    expect((await readAll(packed)).fault).toBeUndefined();
    for (const share of [0.3, 0.6, 0.9, 1]) {
      const size = Math.floor(packed.length * share) - 1;
      const { payloads, fault } = await readAll(packed.subarray(0, size));
      expect(payloads).toEqual(words.slice(0, payloads.length));
      expect(fault).toBe("FILE: the compressed data is cut off");
    }
  }
});

describe("pcapng", () => {
  for (const isBig of [false, true]) {
    for (const kind of ["enhanced", "old"] as const) {
      test(`is read: ${isBig ? "big" : "little"} endian, ${kind} packets`, async () => {
        const list = frames(WORDS, undefined, 1_234_000);
        const { got, payloads, fault, port } = await readAll(
          pcapngSection(list, [{}], { isBig, kind }),
        );
        expect(fault).toBeUndefined();
        expect(port.kind).toBe("pcapng");
        expect(payloads).toEqual(WORDS);
        expect(got.map((g) => g.time)).toEqual(timesOf(list));
      });
    }
  }

  test("keeps time to the nanosecond in every resolution that has it", async () => {
    const list = frames(WORDS);
    // Picoseconds since 1970 do not fit 64 bits: such captures come with an offset.
    const given = [
      { resolution: 9 },
      { resolution: 12, offsetS: SECONDS },
      { resolution: 128 + 32 },
    ];
    for (const from of given) {
      const { got } = await readAll(pcapngSection(list, [from]));
      const errors = got.map((g, i) => Number(timesOf(list)[i]! - g.time));
      const errorMax = from.resolution > 127 ? 1 : 0;
      expect(errors.filter((ns) => ns < 0 || ns > errorMax)).toEqual([]);
    }
  });

  test("adds if_tsoffset", async () => {
    const list = frames(WORDS);
    const { got } = await readAll(pcapngSection(list, [{ resolution: 9, offsetS: 1_000_000 }]));
    expect(got.map((g) => g.time)).toEqual(timesOf(list));
  });

  test("of several interfaces has each one's resolution and link type, in order of time", async () => {
    const list: Frame[] = [
      { bytes: ethernet(text("late")), seconds: SECONDS, ns: 5_000, interface: 0 },
      { bytes: cooked(text("early")), seconds: SECONDS, ns: 4_321, interface: 1 },
      { bytes: text("a radio frame"), seconds: SECONDS, ns: 6_000, interface: 2 },
    ];
    const interfaces = [{}, { link: 113, resolution: 9 }, { link: 105 }];
    const { got, port } = await readAll(pcapngSection(list, interfaces));
    expect(got.map((g) => [g.payload, Number(g.time % 1_000_000n)])).toEqual([
      ["early", 4_321],
      ["late", 5_000],
    ]);
    expect(port.skipped.link).toBe(1);
  });

  test("starts anew with each section, byte order and interfaces", async () => {
    const file = concat(
      pcapngSection(frames(["one"]), [{ resolution: 9 }]),
      pcapngSection(frames(["two"], cooked), [{ link: 113 }], { isBig: true }),
    );
    expect((await readAll(file)).payloads.sort()).toEqual(["one", "two"]);
  });

  test("of simple packets is read, cut to the snap length", async () => {
    const list = frames(WORDS);
    expect((await readAll(pcapngSection(list, [{}], { kind: "simple" }))).payloads).toEqual(WORDS);
    const long = list.map((f) => ({ ...f, original: 9000 }));
    const snapLength = list[0]!.bytes.length;
    const short = pcapngSection(long.slice(0, 1), [{ snapLength }], { kind: "simple" });
    expect((await readAll(short)).payloads).toEqual(["one"]);
  });

  test("skips a block of a megabyte that nobody reads", async () => {
    const section = pcapngSection(frames(["one"]), [{}]);
    const big = new Uint8Array(1 << 20);
    const view = new DataView(big.buffer);
    view.setUint32(0, 0x0bad, true);
    view.setUint32(4, big.length, true);
    view.setUint32(big.length - 4, big.length, true);
    const { payloads, fault } = await readAll(
      concat(section, big, pcapngSection(frames(["two"]), [{}])),
    );
    expect(payloads).toEqual(["one", "two"]);
    expect(fault).toBeUndefined();
  });

  test("with lengths that can't be says where", async () => {
    const file = pcapngSection(frames(["one", "two"]), [{}]);
    const last = new DataView(file.buffer).getUint32(file.length - 4, true);
    const at = file.length - last;
    const damaged = (value: number, where: number) => {
      const copy = file.slice();
      new DataView(copy.buffer).setUint32(where, value, true);
      return readAll(copy);
    };
    const odd = await damaged(last + 1, at + 4);
    expect(odd.payloads).toEqual(["one"]);
    expect(odd.fault).toBe(`FILE: a block claims ${last + 1} bytes, at byte ${at}`);
    const differ = await damaged(last + 4, file.length - 4);
    expect(differ.fault).toBe(`FILE: the two lengths of a block differ, at byte ${at}`);
    const packet = await damaged(60_000, at + 20);
    expect(packet.fault).toContain("packet 2 claims 60000 bytes in a block of");
    const stranger = await damaged(9, at + 8);
    expect(stranger.fault).toContain("interface 9, which is not described");
    const cut = await readAll(file.slice(0, -6));
    expect(cut.payloads).toEqual(["one"]);
    expect(cut.fault).toBe(`FILE: cut off in the block at byte ${at}, after packet 1`);
  });
});

describe("lines", () => {
  const list = [GROUP_B, GROUP_A, GROUP_B].map((group, i) => ({
    bytes: ethernet(text(String(i)), { group }),
    seconds: SECONDS,
    ns: i * 1000,
  }));

  test("are destinations in order of appearance", async () => {
    const { got, port } = await readAll(pcapFile(list));
    expect(got.map((g) => g.line)).toEqual([0, 1, 0]);
    expect(port.lines).toEqual([
      { address: GROUP_B, port: UDP_PORT },
      { address: GROUP_A, port: UDP_PORT },
    ]);
  });

  test("that are given are the only ones, in the order given", async () => {
    const lines = [
      { address: GROUP_A, port: UDP_PORT },
      { address: GROUP_A, port: 1 },
    ];
    const { payloads, got, port } = await readAll(pcapFile(list), { lines });
    expect(payloads).toEqual(["1"]);
    expect(got[0]!.line).toBe(0);
    expect(port.skipped.otherLine).toBe(2);
  });

  test("beyond 64 are counted, not kept", async () => {
    const many = Array.from({ length: 70 }, (_, i) => ({
      bytes: ethernet(text("x"), { port: 1000 + i }),
      seconds: SECONDS,
      ns: i * 1000,
    }));
    const { got, port } = await readAll(pcapFile(many));
    expect(got.length).toBe(64);
    expect(port.skipped.otherLine).toBe(6);
  });
});

test("packets come in order of time, also far more than are held back", async () => {
  const list = frames(Array.from({ length: 2000 }, (_, i) => String(i))).map((f, i) => ({
    ...f,
    seconds: SECONDS,
    ns: (i ^ 31) * 1000,
  }));
  const { got, port } = await readAll(pcapFile(list));
  expect(got.length).toBe(2000);
  expect(got.map((g) => g.time)).toEqual(got.map((g) => g.time).sort());
  expect(port.lateCount).toBe(0);
});

describe("length-prefixed ITCH", () => {
  const message = (i: number, ns = 1000 * i) => {
    const bytes = new Uint8Array(12).fill(0x20);
    bytes[0] = 0x53;
    const view = new DataView(bytes.buffer);
    view.setUint16(5, 0);
    view.setUint32(7, ns);
    bytes[11] = 48 + (i % 10);
    return bytes;
  };
  const messages = [1, 2, 3].map((i) => message(i));
  const blocks = (payload: string) => payload.slice(20);
  const block = (m: Uint8Array) => `\0\x0c${Buffer.from(m).toString("latin1")}`;

  test("becomes MoldUDP64 packets, each at its message's time", async () => {
    const { got, fault, port } = await readAll(itchFile(messages));
    expect(fault).toBeUndefined();
    expect(port.kind).toBe("ITCH file");
    expect(got.map((g) => g.payload.slice(0, 20))).toEqual(
      [1, 2, 3].map((seq) => `BINARYFILE\0\0\0\0\0\0\0${String.fromCharCode(seq)}\0\x01`),
    );
    expect(got.map((g) => blocks(g.payload))).toEqual(messages.map(block));
    expect(got.map((g) => g.time)).toEqual([1000n, 2000n, 3000n]);
  });

  test("stays in the order of the file when times go back", async () => {
    const { got } = await readAll(itchFile([message(1, 5000), message(2, 1000), message(3, 9)]));
    expect(got.map((g) => [g.payload.charCodeAt(17), Number(g.time)])).toEqual([
      [1, 5000],
      [2, 1000],
      [3, 9],
    ]);
  });

  test("ends with a zero length, or has one before every message", async () => {
    for (const file of [
      concat(itchFile(messages), new Uint8Array(2)),
      itchFile(messages, true),
      concat(itchFile(messages, true), new Uint8Array(2)),
    ]) {
      const { got, fault } = await readAll(file);
      expect(fault).toBeUndefined();
      expect(got.map((g) => blocks(g.payload))).toEqual(messages.map(block));
    }
  });

  test("that goes on after its end says so", async () => {
    const file = concat(itchFile(messages), new Uint8Array(2), itchFile(messages));
    const { got, fault } = await readAll(file);
    expect(got.length).toBe(3);
    expect(fault).toBe("FILE: more follows the end of the session at byte 44");
  });

  test("is put together in larger packets when asked", async () => {
    const many = Array.from({ length: 1000 }, (_, i) => message(i));
    const { got } = await readAll(itchFile(many), { packetBytes: 1400 });
    expect(got.length).toBe(10);
    expect(got.map((g) => blocks(g.payload)).join("")).toBe(many.map(block).join(""));
  });

  test("cut at any byte gives the whole messages before, and says where", async () => {
    const file = itchFile(messages);
    for (let size = 3; size < file.length; size++) {
      const { got, fault } = await readAll(file.slice(0, size));
      const whole = Math.floor(size / 14);
      expect(got.length).toBe(whole);
      const at = `FILE: cut off in message ${whole + 1}, which starts at byte ${whole * 14}`;
      expect(fault).toBe(size % 14 === 0 ? undefined : at);
    }
  });

  test("with a nonsense length says where", async () => {
    const file = itchFile(messages);
    file[14] = 0x44;
    const { got, fault } = await readAll(file);
    expect(got.length).toBe(1);
    expect(fault).toBe("FILE: message 2 at byte 14 claims 17420 bytes");
  });
});

describe("what is no capture", () => {
  const refuse = async (bytes: Uint8Array) => {
    const path = save(bytes);
    const error = await CapturePort.open(path).catch((e: Error) => e);
    return (error as Error).message.replace(path, "FILE");
  };

  test("is one sentence each", async () => {
    expect(await refuse(new Uint8Array(0))).toBe("FILE: the file is empty");
    const neither = "FILE: byte 0: neither pcap, pcapng nor length-prefixed ITCH";
    for (const words of [
      "x",
      "hello, this is a text file\n",
      "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    ]) {
      expect(await refuse(text(words))).toBe(neither);
      expect(await refuse(gzipSync(text(words)))).toBe(neither);
    }
    expect(await refuse(new Uint8Array([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]))).toBe(
      "FILE: can't be read: xz is not known here; unpack it first",
    );
    expect(await refuse(new Uint8Array([0x1f, 0x8b, 1, 2, 3, 4, 5]))).toContain(
      "FILE: the compressed data is damaged or cut off",
    );
    expect(await CapturePort.open("/nowhere.pcap").catch((e) => e.message)).toBe(
      "/nowhere.pcap: can't be read: there is no such file",
    );
    expect(await CapturePort.open(folder).catch((e) => e.message)).toBe(
      `${folder}: can't be read: it is a folder`,
    );
  });

  test("a pcap without packets has none, and nothing is wrong", async () => {
    const { got, fault } = await readAll(pcapFile([]));
    expect(got).toEqual([]);
    expect(fault).toBeUndefined();
  });
});

test("memory does not grow with the capture", async () => {
  const payload = new Uint8Array(1400).fill(7);
  const list = Array.from({ length: 720 }, () => ({
    bytes: ethernet(payload),
    seconds: SECONDS,
    ns: 0,
  }));
  const file = pcapFile(list);
  const packed = zstdCompressSync(file.slice(24));
  const times = 256;
  const parts = Array.from({ length: times }, () => packed);
  const path = save(concat(zstdCompressSync(file.slice(0, 24)), ...parts));
  // A process of its own: this one has the memory of every test before.
  const script = join(import.meta.dir, "../../support/capture-memory.ts");
  const run = Bun.spawnSync([process.execPath, script, path]);
  const { packets, growth, fault } = JSON.parse(String(run.stdout));
  expect(fault).toBe("");
  expect(packets).toBe(times * list.length);
  // The capture holds 268 MB.
  expect(growth).toBeLessThan(100e6);
});
