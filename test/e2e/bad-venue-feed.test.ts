/** A feed that others write to as well, and one that says halt: the gate obeys, the book is right. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeBinary } from "./helpers/binary.ts";
import { ownStrategy } from "./helpers/config.ts";
import { counter, Rig } from "./helpers/rig.ts";
import { Rogue } from "./helpers/rogue.ts";

const TIMEOUT_MS = 60_000;

/** Asks for everything all the time, whatever the status says: the gate alone can stop it. */
const PUSHY = `import { defineStrategy, ORDER_IOC, ORDER_SHORT, SIDE_BUY, SIDE_SELL, z } from "hairpin";
export default defineStrategy({
  params: z.object({}),
  create(ctx) {
    return {
      onStart() { ctx.setTimer(1, 1e6); },
      onTimer() {
        const book = ctx.book(0);
        const bid = book.bidPx(0);
        if (bid > 0) {
          ctx.send(0, SIDE_BUY, 1, bid, ORDER_IOC);
          ctx.send(0, SIDE_SELL, 1, bid, ORDER_IOC | ORDER_SHORT);
        }
        ctx.setTimer(1, 5e6);
      },
    };
  },
});
`;

describeBinary("a bad feed", () => {
  let rig: Rig;
  let rogue: Rogue | undefined;
  beforeEach(() => {
    rig = new Rig("feed");
    rogue = undefined;
  });
  afterEach(async () => {
    rogue?.close();
    await rig.end();
  }, TIMEOUT_MS);

  test(
    "with a stranger's damaged, lying and old packets on its groups is counted, and the book stays right",
    async () => {
      const loss = { loss: 0.02, duplicate: 0.02, reorder: 0.02 };
      await rig.start(
        {},
        {
          lines: [
            { group: "239.255.71.1", ...loss },
            { group: "239.255.71.2", ...loss },
          ],
        },
      );
      rogue = await Rogue.open(rig.venue.lines, rig.venue.session);
      let next = (await rig.ask("status")).feeds[0]!.nextSeq;
      for (let round = 0; round < 200; round++) {
        rogue.round(next);
        if (round % 20 === 19) next = (await rig.ask("status")).feeds[0]!.nextSeq;
        await Bun.sleep(5);
      }
      const named = [
        ...["feed_bad_header", "feed_bad_block", "feed_bad_sequence", "feed_duplicates"],
        ...["feed_strange_session", "feed_jumps", "feed_truncated", "feed_trailing_bytes"],
      ];
      await rig.reach("every kind counted", (s) => named.every((name) => counter(s, name) >= 100));
      expect(rig.status.isKilled).toBe(false);
      expect(rig.status.feeds[0]!.session).toBe(rig.venue.session);
      const sent = counter(rig.status, "order_sent");
      await rig.reach("more orders", (s) => counter(s, "order_sent") > sent);
      rogue.round(rig.status.feeds[0]!.nextSeq);
      expect(await rig.difference()).toBe("");
    },
    TIMEOUT_MS,
  );

  test(
    "that halts an instrument has orders for it denied, until trading resumes",
    async () => {
      await startPushy();
      await rig.sim.ask({ cmd: "halt", symbol: "AAPL" });
      await rig.reach("a denial", (s) => counter(s, "deny_trading_status") > 0);
      // What was under way is through; from now on nothing is sent.
      await Bun.sleep(100);
      const { sent, denied } = await figures();
      await rig.reach("denials", (s) => counter(s, "deny_trading_status") >= denied + 20);
      expect(counter(rig.status, "order_sent")).toBe(sent);
      await rig.sim.ask({ cmd: "resume", symbol: "AAPL" });
      await rig.reach("orders again", (s) => counter(s, "order_sent") >= sent + 5);
      expect(await rig.difference()).toBe("");
    },
    TIMEOUT_MS,
  );

  test(
    "that restricts short sales (Reg SHO) has those at the bid denied, and no others",
    async () => {
      await startPushy();
      expect(counter(rig.status, "deny_short_sale")).toBe(0);
      await rig.sim.ask({ cmd: "restrict", symbol: "AAPL", on: true });
      await rig.reach("a denial", (s) => counter(s, "deny_short_sale") > 0);
      const { sent } = await figures();
      await rig.reach("buy orders as before", (s) => counter(s, "order_sent") >= sent + 5);
      await rig.sim.ask({ cmd: "restrict", symbol: "AAPL", on: false });
      expect(await rig.difference()).toBe("");
    },
    TIMEOUT_MS,
  );

  test(
    "that falls silent is stale: orders are denied until it speaks again",
    async () => {
      await startPushy("stale_ms = 400\n");
      rig.sim.process.kill("SIGSTOP");
      try {
        await rig.reach("a stale feed", (s) => s.feeds[0]!.state === "stale");
        const before = counter(rig.status, "deny_feed_not_live");
        await rig.reach("denials", (s) => counter(s, "deny_feed_not_live") > before);
      } finally {
        rig.sim.process.kill("SIGCONT");
      }
      await rig.reach("a live feed", (s) => s.feeds[0]!.state === "live");
      expect(counter(rig.status, "feed_stales")).toBeGreaterThan(0);
      expect(await rig.difference()).toBe("");
    },
    TIMEOUT_MS,
  );

  test(
    "that ends its session says so, and nothing is sent any more",
    async () => {
      await startPushy();
      await rig.sim.ask({ cmd: "quiesce" });
      await rig.sim.ask({ cmd: "end" });
      await rig.reach("the end", (s) => s.feeds[0]!.state === "ended");
      const before = counter(rig.status, "deny_feed_not_live");
      await rig.reach("denials", (s) => counter(s, "deny_feed_not_live") > before);
      expect(await rig.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );

  async function startPushy(feed = ""): Promise<void> {
    await rig.startSim();
    writeFileSync(join(rig.folder, "pushy.ts"), PUSHY);
    const instruments = '[[instrument]]\nsymbol = "AAPL"\nmaker_fee = -0.002\ntaker_fee = 0.003\n';
    rig.writeConfig({ strategies: ownStrategy("pushy.ts"), instruments, feedMore: feed });
    rig.run();
    await rig.ready();
    await rig.reach("orders sent", (s) => counter(s, "order_sent") >= 5);
  }

  async function figures(): Promise<{ sent: number; denied: number }> {
    const status = await rig.ask("status");
    return { sent: counter(status, "order_sent"), denied: counter(status, "deny_trading_status") };
  }
});
