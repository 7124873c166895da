/** What goes wrong with an appliance that runs: strategies, the disk, the venue's address. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeBinary, lines, runBinary } from "./helpers/binary.ts";
import { ownStrategy, sessionText } from "./helpers/config.ts";
import { until } from "./helpers/folder.ts";
import { counter, Rig } from "./helpers/rig.ts";

const TIMEOUT_MS = 60_000;
const UNSHARE = "/usr/bin/unshare";
const canMount = process.getuid?.() === 0 && existsSync(UNSHARE);
const SYSTEM = { PATH: "/bin:/usr/bin:/sbin:/usr/sbin" };

const HEAD = 'import { defineStrategy, ORDER_IOC, ORDER_POST_ONLY, SIDE_BUY, z } from "hairpin";\n';
const withCreate = (body: string, params = "") =>
  `${HEAD}export default defineStrategy({ params: z.object({ ${params} }), create(ctx) { ${body} } });\n`;

/** Rests one order far from the market, and throws after a while, on live prices only. */
const THROWS = withCreate(`
  let slot = -1;
  let calls = 0;
  return {
    onBook(i) {
      const bid = ctx.book(i).bidPx(0);
      if (!ctx.armed() || bid * ctx.priceUnit(i) < 150) return;
      if (slot < 0) slot = ctx.send(i, SIDE_BUY, 1, bid - 10 * ctx.tick(i, bid), ORDER_POST_ONLY);
      else if (++calls > 300) throw new RangeError("enough is enough\\nand more");
    },
  };`);

/** As many orders as there can be. */
const HASTY = withCreate(`
  return {
    onStart() { ctx.setTimer(1, 1e6); },
    onTimer() {
      const bid = ctx.book(0).bidPx(0);
      if (bid > 0) ctx.send(0, SIDE_BUY, 1, bid, ORDER_IOC);
      ctx.setTimer(1, 1e6);
    },
  };`);

describeBinary("bad input while it runs", () => {
  let rig: Rig;
  beforeEach(() => {
    rig = new Rig("inrun");
  });
  afterEach(async () => {
    await rig.end();
  }, TIMEOUT_MS);

  function strategy(text: string, more = ""): string {
    writeFileSync(join(rig.folder, "own.ts"), text);
    return ownStrategy("own.ts", more);
  }

  test(
    "a strategy file that can't be used is one sentence, with the place where there is one",
    async () => {
      await rig.startSim();
      const cases: [text: string, code: number, words: readonly string[], more?: string][] = [
        [`${HEAD}\nexport default {{\n`, 3, ["own.ts", "cannot be loaded", "line 3"]],
        ["export const a = 1;\n", 3, ["own.ts", "no default export"]],
        ["export default 5;\n", 3, ["own.ts", "default export is a number"]],
        [`${HEAD}export default {};\n`, 3, ["own.ts", "params"]],
        ['import x from "lodash";\nexport default x;\n', 3, ["own.ts", "lodash"]],
        ['throw new Error("boom");\n', 3, ["own.ts", "boom"]],
        ["for (;;) {}\n", 3, ["own.ts", "top level does not return"]],
        ["process.exit(0);\n", 3, ["own.ts", "it ended the process"]],
        ['console.log("chatty");\nexport default 5;\n', 3, ["default export is a number"]],
        ["await new Promise(() => {});\nexport default 1;\n", 3, ["own.ts", "top level"]],
        [withCreate("return {};", "n: z.int().max(5)"), 3, ["params.n", "missing"]],
        [
          ...([withCreate("return {};", "n: z.int().max(5)"), 3] as const),
          ...([["params.n", "9", "at most 5"], "[strategy.params]\nn = 9\n"] as const),
        ],
        [withCreate('throw new TypeError("no luck");'), 1, ["strategy own", "create()", "no luck"]],
        [withCreate("return null;"), 1, ["strategy own", "create()", "null"]],
        [
          ...([withCreate('return { onBook() { throw new Error("at once"); } };'), 1] as const),
          ["strategy own", "at once", "warm-up"],
        ],
        [withCreate("return { onBook: async () => {} };"), 1, ["strategy own", "async function"]],
        [withCreate("process.exit(0);"), 1, ["ended without a word", "process.exit() in own"]],
        [
          ...([withCreate("return { onBook() { process.exit(0); } };"), 1] as const),
          ["ended without a word", "process.exit() in own"],
        ],
      ];
      for (const [text, code, words, more] of cases) {
        rig.writeConfig({ strategies: strategy(text, more) });
        const ended = await runBinary(["run", rig.config, "--seconds", "20"], { cwd: rig.folder });
        expect({ ...ended, text }).toMatchObject({ code, isHung: false });
        for (const word of words) expect(ended.err).toContain(word);
        expect(ended.err).not.toMatch(/^\s+at /m);
      }
    },
    TIMEOUT_MS,
  );

  test(
    "a strategy that throws while it trades is killed, told at once, its orders go, and the feed goes on",
    async () => {
      await rig.startSim();
      rig.writeConfig({ strategies: strategy(THROWS) });
      rig.run();
      await rig.reach("an order", (s) => counter(s, "order_acked") > 0, 20_000);
      await rig.reach("a kill", (s) => s.isKilled, 20_000);
      expect(rig.status.killedBy).toEqual(["strategy"]);
      await rig.reach("no open order", (s) => s.engines[0]!.openOrders === 0);
      const sentence = "strategy own failed: RangeError: enough is enough";
      expect(rig.status.engines[0]!.fault).toBe(sentence);
      expect(lines(rig.appliance.err)).toContain(sentence);
      const said = await runBinary(["status", rig.config], { cwd: rig.folder });
      expect(said.out).toContain(sentence);
      const { messages } = rig.status.feeds[0]!;
      await rig.reach("more of the feed", (s) => s.feeds[0]!.messages > messages + 200);
      expect(counter(rig.status, "strategy_thrown")).toBe(1);
      expect(await rig.difference()).toBe("");
      expect(lines(rig.appliance.err).filter((line) => line === sentence).length).toBe(1);
    },
    TIMEOUT_MS,
  );

  test(
    "a create() that never returns leaves the appliance answering, and stop ends it",
    async () => {
      await rig.startSim();
      rig.writeConfig({ strategies: strategy(withCreate("for (;;) {}")) });
      rig.run();
      await rig.reach("an answer", () => true);
      expect(rig.status.state).not.toBe("armed");
      expect(await rig.stop(12_000)).toBeNumber();
    },
    TIMEOUT_MS,
  );

  test(
    "a second run of the same name is refused, and the first goes on",
    async () => {
      await rig.start();
      const second = await runBinary(["run", rig.config], { cwd: rig.folder });
      expect(second).toMatchObject({ code: 5, isHung: false, out: "" });
      expect(lines(second.err).length).toBe(1);
      expect(second.err).toContain('appliance "inrun" is already running');
      const { messages } = rig.status.feeds[0]!;
      await rig.reach("more of the feed", (s) => s.feeds[0]!.messages > messages + 100);
      expect(await rig.difference()).toBe("");
    },
    TIMEOUT_MS,
  );

  test.skipIf(!canMount)(
    "a disk that fills up: new orders are denied, nothing is lost, and it trades on when there is room",
    async () => {
      await rig.startSim();
      mkdirSync(join(rig.folder, "journal"));
      const journal = '[journal]\ndir = "journal"\nring_mib = 1\n';
      rig.writeConfig({ strategies: strategy(HASTY), journal });
      const mount = 'mount -t tmpfs -o size=8m none journal && exec "$0" "$@"';
      rig.run({ env: SYSTEM, before: [UNSHARE, "-m", "/bin/sh", "-c", mount] });
      await rig.ready();
      const root = `/proc/${rig.appliance.process.pid}/root`;
      const filler = join(root, rig.folder, "journal", "filler");
      try {
        writeFileSync(filler, new Uint8Array(8 << 20));
      } catch {
        // As intended: it is full now.
      }
      await rig.reach("orders denied", (s) => counter(s, "deny_journal_full") > 100);
      expect(rig.status.isKilled).toBe(false);
      expect(rig.status.engines[0]!.journal!.broken).toContain("no space left");
      expect(rig.appliance.err).toContain("no space left on device");
      const sent = counter(rig.status, "order_sent");
      const denied = counter(rig.status, "deny_journal_full");
      await rig.reach("more denied", (s) => counter(s, "deny_journal_full") > denied + 100);
      expect(counter(rig.status, "order_sent")).toBe(sent);

      rmSync(filler);
      await rig.reach("orders again", (s) => counter(s, "order_sent") > sent + 50);
      expect(rig.status.engines[0]!.journal!.broken).toBe("");
      expect(rig.appliance.err).toContain("the disk works again");
      const { records } = rig.status.engines[0]!.journal!;
      // Everything that was recorded is on that disk: read it from inside.
      const folder = join(root, rig.folder, "journal");
      const report = await rig.settle();
      await until("all of it, whole, on that disk", async () => {
        const read = await runBinary(["journal", folder, "--json"], { cwd: rig.folder });
        expect(read).toMatchObject({ code: 0 });
        return (JSON.parse(read.out) as { records: number }).records >= records;
      });
      expect(report.sessions[0]!.duplicates).toEqual([]);
      expect(await rig.difference()).toBe("");
    },
    TIMEOUT_MS,
  );

  test(
    "a journal that was damaged or that belongs to another config is not traded on",
    async () => {
      await rig.start();
      await rig.reach("records", (s) => s.engines[0]!.journal!.records > 50);
      expect(await rig.difference()).toBe("");
      const date = readdirSync(join(rig.folder, "journal"))[0]!;
      const segment = join(rig.folder, "journal", date, "0-000001.hpj");
      const bytes = readFileSync(segment);
      const refused = async (...words: string[]) => {
        const args = ["run", rig.config, "--seconds", "20"];
        const ended = await runBinary(args, { cwd: rig.folder });
        expect(ended).toMatchObject({ code: 1, isHung: false });
        for (const word of words) expect(ended.err).toContain(word);
        expect(ended.err).not.toMatch(/^\s+at /m);
      };
      const damaged = Buffer.from(bytes);
      damaged[bytes.length >> 1]! ^= 0x10;
      writeFileSync(segment, damaged);
      await refused("the journal can't be trusted", segment, "nothing was started");
      const read = await runBinary(["journal", "journal"], { cwd: rig.folder });
      expect(read.code).toBe(1);
      rmSync(segment);
      await refused("the journal can't be trusted", segment, "the file is missing");
      writeFileSync(segment, bytes.subarray(0, bytes.length >> 1));
      await refused("the journal can't be trusted", segment, "were on disk");
      writeFileSync(segment, bytes);

      const instruments = '[[instrument]]\nsymbol = "MSFT"\n\n[[instrument]]\nsymbol = "AAPL"\n';
      rig.writeConfig({ instruments });
      await refused("instruments have changed", "AAPL", "MSFT");

      rig.writeConfig();
      rig.run();
      await rig.ready();
      expect(await rig.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "a venue that can't be reached is tried again and again; stop works at once",
    async () => {
      await rig.startSim();
      const mute = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
      try {
        for (const [address, state] of [
          ["127.0.0.1:1", "down"],
          [`127.0.0.1:${mute.port}`, "logon-sent"],
        ] as const) {
          rig.writeConfig({ session: sessionText(address, "VENUE") });
          rig.run();
          await rig.reach("a live feed", (s) => s.feeds[0]!.state === "live", 20_000);
          await rig.reach(`the session ${state}`, (s) => s.sessions[0]!.state === state);
          if (state === "down") {
            await rig.reach("attempts", (s) => counter(s, "fix_connect_failures") >= 3);
          }
          expect(counter(rig.status, "order_sent")).toBe(0);
          expect(await rig.stop(4000)).toBe(0);
        }
        // The venue is there at last.
        rig.writeConfig();
        rig.run();
        await rig.ready();
        expect(await rig.difference()).toBe("");
      } finally {
        mute.stop(true);
      }
    },
    TIMEOUT_MS,
  );
});
