/** `hairpin replay` with good and bad input: one clear sentence, the right exit code, no trace. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dispatch } from "../../../src/cli/dispatch.ts";
import { EXIT_CONFIG, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "../../../src/cli/exit-codes.ts";
import { hasShim } from "../../../src/ffi/load.ts";
import { loadStrategy } from "../../../src/strategy/load.ts";
import { ethernet, itchFile, pcapFile, pcapngSection } from "../../support/capture-files.ts";
import { itch as message, mold } from "../../support/itch-bytes.ts";
import { writeItch, writePackets } from "../../support/replay/generated-capture.ts";
import { RecordedRig } from "../../support/tape/recorded-rig.ts";
import { worldOptions } from "../../support/tape/session-world.ts";
import { readTape, tapePath, writeTape } from "../../support/tape/tape-file.ts";
import { add, TOML } from "../engine/rig.ts";

const LINES = `lines = [
  { group = "239.1.1.1", port = 2001, interface = "lo" },
  { group = "239.1.1.2", port = 2001, interface = "lo" },
]`;

const folder = mkdtempSync(join(tmpdir(), "hairpin-cli-replay-"));
const at = (name: string) => join(folder, name);
const save = (name: string, bytes: Uint8Array | string) => {
  writeFileSync(at(name), bytes);
  return at(name);
};
const config = at("a.toml");
const itch = at("a.itch");
const packets = at("a.pcapng");

async function run(...argv: string[]) {
  let out = "";
  let err = "";
  const code = await dispatch(["replay", ...argv], {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    isTerminal: false,
    columns: 80,
  });
  expect(err).not.toMatch(/^\s+at /m);
  return { code, out, err };
}

/** One sentence on stderr, nothing on stdout. */
async function refused(code: number, sentence: string, ...argv: string[]): Promise<void> {
  const ended = await run(...argv);
  expect(ended).toEqual({ code, out: "", err: `hairpin: ${sentence}\n` });
}

const title = hasShim() ? "" : " (skipped: build/libhairpin.so is not built)";

describe.skipIf(!hasShim())(`hairpin replay${title}`, () => {
  beforeAll(() => {
    save("a.toml", TOML.replace(/^lines = .*$/m, LINES));
    writeItch(itch, { seed: 3, ms: 300 });
    writePackets(packets, { seed: 3, ms: 300 });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("prints the figures, and as JSON", async () => {
    const text = await run(itch, "--config", config);
    expect({ code: text.code, err: text.err }).toEqual({ code: EXIT_OK, err: "" });
    expect(text.out).toMatch(/^capture +10:00:00\.\d+ to 10:00:00\.\d+/);
    const json = await run(itch, "--config", config, "--json");
    const summary = JSON.parse(json.out);
    expect(summary.figures.orders).toBeGreaterThan(0);
    expect(text.out).toContain(summary.journal_hash);
  });

  test("takes a parameter from --set", async () => {
    const plain = JSON.parse((await run(itch, "--config", config, "--json")).out);
    const set = "strategy.test.params.spread_ticks=7";
    const wide = JSON.parse((await run(itch, "--config", config, "--set", set, "--json")).out);
    expect(wide.journal_hash).not.toBe(plain.journal_hash);
  });

  describe("wrong arguments", () => {
    test("no capture, no config, both kinds of replay", async () => {
      await refused(EXIT_USAGE, "missing: CAPTURE, or --journal FOLDER");
      await refused(EXIT_USAGE, "missing: --config FILE", itch);
      await refused(EXIT_USAGE, "give CAPTURE or --journal, not both", itch, "--journal", folder);
    });

    test("a speed that is none", async () => {
      for (const speed of ["0", "-1", "fast", "1e7", "NaN", "Infinity", ""]) {
        await refused(
          EXIT_USAGE,
          `--speed: found "${speed}"; allowed: max, or a number above 0 and up to 1000000`,
          ...[itch, "--config", config, `--speed=${speed}`],
        );
      }
    });

    test("a latency or a queue that is none", async () => {
      for (const latency of ["fast", "50", "normal:1us", "histogram:nowhere.csv"]) {
        const ended = await run(itch, "--config", config, "--latency", latency);
        expect(ended).toMatchObject({ code: EXIT_USAGE, out: "" });
        expect(ended.err).toMatch(/^hairpin: --latency: .+\n$/);
        expect(ended.err).toContain(latency.replace("histogram:", ""));
      }
      const queue = await run(itch, "--config", config, "--queue", "lucky");
      expect(queue.code).toBe(EXIT_USAGE);
      expect(queue.err).toContain("pessimistic");
    });

    test("a time of day that is none, or a range that ends before it begins", async () => {
      const allowed = "allowed: HH:MM:SS, e.g. 09:30:00.5";
      const base = [itch, "--config", config];
      await refused(EXIT_USAGE, `--from: found "noon"; ${allowed}`, ...base, "--from", "noon");
      await refused(EXIT_USAGE, `--to: found "24:01"; ${allowed}`, ...base, "--to", "24:01");
      const range = ["--from", "11:00", "--to", "10:00"];
      await refused(EXIT_USAGE, "--to 10:00 is not behind --from 11:00", ...base, ...range);
    });

    test("an engine that the config does not have", async () => {
      const sentence = '--engine: there is no engine "other"; there are: main';
      await refused(EXIT_USAGE, sentence, itch, "--config", config, "--engine", "other");
    });
  });

  describe("a config that does not fit", () => {
    test("with a parameter that the strategy does not have", async () => {
      for (const set of ["strategy.test.params.skew=0.1", "strategy.other.params.size_shares=1"]) {
        const ended = await run(itch, "--config", config, "--set", set);
        expect(ended.code).toBe(EXIT_CONFIG);
        expect(ended.err).toContain(set.includes("other") ? "other" : "skew");
        expect(ended.out).toBe("");
      }
    });

    test("that is not there, or none", async () => {
      const none = await run(itch, "--config", at("none.toml"));
      expect(none.code).toBe(EXIT_CONFIG);
      expect(none.err).toContain("none.toml");
      const bad = await run(itch, "--config", itch);
      expect(bad.code).toBe(EXIT_CONFIG);
    });

    test("whose instruments do not occur", async () => {
      const other = at("other.itch");
      writeItch(other, { seed: 4, ms: 100, symbols: ["NVDA"] });
      const { code, err } = await run(other, "--config", config);
      expect(code).toBe(EXIT_FAILED);
      expect(err).toBe(
        `${other}: none of the instruments of engine main (AAPL, MSFT) occurs in it\n`,
      );
    });

    test("whose lines do not occur", async () => {
      const elsewhere = save("b.toml", readFileSync(config, "utf8").replaceAll("2001", "2009"));
      await refused(
        EXIT_FAILED,
        `${packets}: none of the config's lines (239.1.1.1:2009, 239.1.1.2:2009) occurs in it; it has 239.1.1.1:2001, 239.1.1.2:2001`,
        ...[packets, "--config", elsewhere],
      );
    });
  });

  describe("a range outside of the capture", () => {
    test("before or behind it", async () => {
      const before = await run(itch, "--config", config, "--to", "09:00");
      expect(before).toMatchObject({ code: EXIT_FAILED, out: "" });
      expect(before.err).toMatch(
        /^hairpin: --to 09:00 is before the capture, which begins at 10:00:00\.\d+\n$/,
      );
      const behind = await run(itch, "--config", config, "--from", "11:00");
      expect(behind).toMatchObject({ code: EXIT_FAILED, out: "" });
      expect(behind.err).toMatch(
        /^hairpin: --from 11:00 is behind the capture, which goes from 10:00:00\.\d+ to 10:00:00\.\d+\n$/,
      );
    });
  });

  describe("what is no capture", () => {
    test("nothing, a folder, an empty file, a text", async () => {
      const none = at("none.pcap");
      const ended = await run(none, "--config", config);
      expect(ended).toMatchObject({ code: EXIT_FAILED, out: "" });
      expect(ended.err).toStartWith(`hairpin: ${none}: `);
      const dir = await run(folder, "--config", config);
      expect(dir).toMatchObject({ code: EXIT_FAILED, out: "" });
      expect(dir.err.split("\n")).toHaveLength(2);
      const empty = save("empty.pcap", "");
      await refused(EXIT_FAILED, `${empty}: the file is empty`, empty, "--config", config);
      const text = save("text.pcap", "this is a text, and no capture at all\n");
      const sentence = `${text}: byte 0: neither pcap, pcapng nor length-prefixed ITCH`;
      await refused(EXIT_FAILED, sentence, text, "--config", config);
    });

    test("a capture of another link type", async () => {
      const radio = save("radio.pcap", pcapFile([], { link: 127 }));
      const ended = await run(radio, "--config", config);
      expect(ended).toMatchObject({ code: EXIT_FAILED, out: "" });
      expect(ended.err).toMatch(/link type.*127/);
    });

    test("a capture without packets, or none of UDP", async () => {
      const empty = save("no-packets.pcap", pcapFile([]));
      const sentence = `${empty}: none of the config's lines (239.1.1.1:2001, 239.1.1.2:2001) occurs in it; it has no UDP over IPv4 at all`;
      await refused(EXIT_FAILED, sentence, empty, "--config", config);
    });
  });

  describe("a capture that is damaged", () => {
    /** What was whole is played; the fault is told, and the code says so. */
    async function half(path: string, ...words: string[]): Promise<void> {
      const ended = await run(path, "--config", config, "--json");
      expect(ended.code).toBe(EXIT_FAILED);
      for (const word of [path, ...words]) expect(ended.err).toContain(word);
      expect(ended.err.trimEnd().split("\n").length).toBeLessThanOrEqual(3);
      const summary = JSON.parse(ended.out);
      expect(summary.faults.length).toBeGreaterThan(0);
      expect(summary.figures.packets).toBeGreaterThan(0);
    }

    test("cut in the middle of a packet or of a message", async () => {
      const whole = readFileSync(packets);
      await half(save("cut.pcapng", whole.subarray(0, whole.length - 37)));
      const file = readFileSync(itch);
      await half(save("cut.itch", file.subarray(0, file.length - 5)));
      const packed = Bun.gzipSync(file);
      await half(save("cut.itch.gz", packed.subarray(0, packed.length >> 1)));
    });

    test("with lengths that are nonsense", async () => {
      const whole = Buffer.from(readFileSync(packets));
      const block = whole.indexOf(Buffer.from([6, 0, 0, 0]), whole.length >> 1);
      whole.writeUInt32LE(0xfffffff0, block + 4);
      await half(save("length.pcapng", whole));
      const file = Buffer.from(readFileSync(itch));
      let middle = 0;
      while (middle < file.length >> 1) middle += 2 + file.readUInt16BE(middle);
      file.writeUInt16BE(7, middle);
      await half(save("length.itch", file));
    });

    test("with packets that are not what they say: they count, and nothing breaks", async () => {
      const lies = [
        mold("X", 1, [message("S", { event_code: "Q" })], 900),
        new Uint8Array(7),
        mold("X", 2 ** 60, [message("S", { event_code: "Q" })]),
        new Uint8Array(1400).fill(0xff),
      ];
      const frames = lies.map((bytes, i) => ({
        bytes: ethernet(bytes, { group: 0xef010101, port: 2001 }),
        seconds: 1_795_168_800 + i,
        ns: 0,
      }));
      const path = save("lies.pcap", pcapFile(frames));
      const ended = await run(path, "--config", config, "--json");
      expect(ended.code).toBe(EXIT_FAILED);
      expect(JSON.parse(ended.out).figures).toMatchObject({ packets: 4, messages: 0, orders: 0 });
    });

    test("with a time that is years away", async () => {
      const late = ethernet(mold("GEN", 1, []), { group: 0xef010101, port: 2001 });
      const frame = { bytes: late, seconds: 4_000_000_000, ns: 0 };
      const section = pcapngSection([frame], [{ resolution: 9 }]);
      const path = save("late.pcapng", Buffer.concat([readFileSync(packets), section]));
      await half(path, "packet", "days behind the one before it: a time is damaged");
    });

    test("with one message that has nothing for the books", async () => {
      const one = save("one.itch", itchFile([message("S", { event_code: "O" })]));
      const ended = await run(one, "--config", config);
      expect(ended.code).toBe(EXIT_FAILED);
      expect(ended.err).toContain("none of the instruments");
    });
  });

  test("a file of messages for an engine with two feeds", async () => {
    const two = save(
      "two.toml",
      `${readFileSync(config, "utf8").replaceAll("price_unit", 'feed = "itch"\nprice_unit')}\n[[feed]]\nname = "second"\nlines = [{ group = "239.1.1.3", port = 2003, interface = "lo" }]\n`,
    );
    await refused(
      EXIT_FAILED,
      `${itch}: a file of ITCH messages names no destination, and the engine has the feeds itch, second; replay it with a config of one feed`,
      ...[itch, "--config", two],
    );
  });
});

describe.skipIf(!hasShim())(`hairpin replay --journal${title}`, () => {
  const recorded = mkdtempSync(join(tmpdir(), "hairpin-cli-journal-"));
  const journal = join(recorded, "whole");
  const copy = () => {
    const to = mkdtempSync(join(recorded, "copy-"));
    cpSync(journal, to, { recursive: true });
    return to;
  };

  const entriesOf = (directory: string) =>
    readFileSync(tapePath(directory)).subarray(readTape(directory).head.length);

  beforeAll(async () => {
    const file = join(recorded, "buyer.ts");
    writeFileSync(
      file,
      `import { defineStrategy, z } from "hairpin";
export default defineStrategy({
  params: z.object({}),
  create: (ctx) => ({
    onBook(i) {
      if (ctx.armed()) ctx.send(i, 1, 100, ctx.book(i).bidPx(0), 0);
    },
  }),
});
`,
    );
    mkdirSync(journal);
    const options = worldOptions();
    const strategies = options.strategies.map((s) => ({ ...s, uses: file }));
    const { definition } = await loadStrategy(file, {});
    const rig = new RecordedRig({
      directory: journal,
      options: { ...options, strategies },
      definition,
    });
    rig.up().arm();
    rig.packet([add(1, 100, "B", 999_800)]);
    rig.serve(8);
    rig.stop();
  });
  afterAll(() => rmSync(recorded, { recursive: true }));

  test("of a recorded session is equal, said in one line", async () => {
    const { code, out, err } = await run("--journal", journal);
    expect({ code, err }).toEqual({ code: EXIT_OK, err: "" });
    expect(out).toMatch(
      /^engine main, run 1: equal: \d+ records, 4 order messages of \d+ bytes, in [\d,]+ turns, to its end in good order; hash [0-9a-f]{64}\n$/,
    );
    const json = JSON.parse((await run("--journal", journal, "--json")).out);
    expect(json).toMatchObject({ ok: true, runs: [{ engine: "main", epoch: 1, difference: "" }] });
  });

  test("of a folder that is not there, or has no capture", async () => {
    const none = join(recorded, "none");
    const ended = await run("--journal", none);
    expect(ended).toMatchObject({ code: EXIT_FAILED, out: "" });
    expect(ended.err).toStartWith(`hairpin: ${none}: can't be read: `);
    const empty = mkdtempSync(join(recorded, "empty-"));
    await refused(
      EXIT_FAILED,
      `${empty}: no capture of an engine is in it; [journal] capture = true records one, into the folder of its session date`,
      ...["--journal", empty],
    );
  });

  test("of an engine that is not in it", async () => {
    const sentence = `${journal}: no recorded run of an engine "other"`;
    await refused(EXIT_FAILED, sentence, "--journal", journal, "--engine", "other");
  });

  test("of one engine does not look at what is wrong with another's", async () => {
    const two = copy();
    const other = readTape(two);
    const name = Buffer.from('"name":"main"');
    other.head.set(Buffer.from('"name":"zwei"'), other.head.indexOf(name));
    const strategy = other.head.indexOf("buyer.ts");
    other.head.set(Buffer.from("gone_.ts"), strategy);
    writeFileSync(join(two, "capture-1-1.tape"), Buffer.concat([other.head, entriesOf(two)]));
    cpSync(join(two, "capture-0-1.pcapng"), join(two, "capture-1-1.pcapng"));
    expect((await run("--journal", two)).err).toContain("gone_.ts is not there");
    expect(await run("--journal", two, "--engine", "main")).toMatchObject({
      code: EXIT_OK,
      err: "",
    });
  });

  test("of a tape that is damaged, or not of this journal", async () => {
    const damaged = copy();
    writeFileSync(tapePath(damaged), "HPTAPE01");
    const sentence = `${tapePath(damaged)}: no tape of this version of hairpin`;
    await refused(EXIT_FAILED, sentence, "--journal", damaged);
    const other = copy();
    const tape = readTape(other);
    tape.entries.splice(40, 1);
    writeTape(other, tape);
    const ended = await run("--journal", other);
    expect(ended.code).toBe(EXIT_FAILED);
    expect(ended.out).toContain("DIFFERENT");
    expect(ended.err).toMatch(/^engine main, run 1: .+\n$/);
  });

  test("of a strategy whose file is another, or gone, or elsewhere", async () => {
    const file = join(recorded, "buyer.ts");
    const text = readFileSync(file, "utf8");
    try {
      writeFileSync(file, `${text}\n`);
      await refused(
        EXIT_FAILED,
        `strategy test: ${file} is not the file that was recorded; --strategy test=FILE names another`,
        ...["--journal", journal],
      );
      rmSync(file);
      await refused(
        EXIT_FAILED,
        `strategy test: ${file} is not there; --strategy test=FILE names another`,
        ...["--journal", journal],
      );
      const moved = join(recorded, "moved.ts");
      writeFileSync(moved, text);
      const ended = await run("--journal", journal, "--strategy", `test=${moved}`);
      expect(ended).toMatchObject({ code: EXIT_OK, err: "" });
    } finally {
      writeFileSync(file, text);
    }
    const words = ["--journal", journal, "--strategy", "test"];
    await refused(EXIT_USAGE, '--strategy: found "test"; allowed: NAME=FILE', ...words);
    const stranger = ["--journal", journal, "--strategy", "other=x.ts"];
    const ended = await run(...stranger);
    expect(ended.code).toBe(EXIT_USAGE);
    expect(ended.err).toBe(
      "hairpin: --strategy: no recorded engine has a strategy other; there are: test\n",
    );
  });
});
