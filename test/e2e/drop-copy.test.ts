/** A venue's drop copy beside the order session: real processes, real TCP. */
import { afterAll, expect, test } from "bun:test";
import type { ApplianceStatus } from "../../src/control/status.ts";
import type { DropCopyFaults } from "../../src/sim/drop-copy.ts";
import { BARE_ENV, describeBinary, runBinary } from "./helpers/binary.ts";
import { CLIENT, type Venue } from "./helpers/config.ts";
import { until } from "./helpers/folder.ts";
import { counter, ours, Rig } from "./helpers/rig.ts";

const TIMEOUT_MS = 60_000;
const DESK = "DESK";

function sessions(venue: Venue, more: string): string {
  const common = `address = "${venue.fix.address}:${venue.fix.port}"
target_comp_id = "${venue.fix.venueCompId}"
heartbeat_s = 2
reconnect_ms = 50
`;
  return `[[session]]
name = "orders"
sender_comp_id = "${CLIENT}"
${common}
[[session]]
name = "copies"
use = "drop-copy"
sender_comp_id = "DROP"
${common}
[session.drop_copy]
late_ms = 1000
settle_ms = 100
${more}`;
}

/** Started again when it dies, and armed by hand then. */
const ENGINE = `[[engine]]
name = "main"
arm = "auto"
restart = true
warmup_iterations = 2000
keep_warm = false
`;

const JOURNAL = `[journal]
dir = "journal"
ring_mib = 4
capture = true
`;

class CopyRig extends Rig {
  async trade(more = ""): Promise<void> {
    await this.startSim({ fix: { clients: [CLIENT, DESK], dropCopies: ["DROP"] } });
    const parts = { journal: JOURNAL, engine: ENGINE, session: sessions(this.venue, more) };
    this.writeConfig(parts);
    this.run();
    await this.ready();
    await this.reach("both sessions up, and fills", (s) => isUp(s) && fills(s) >= 5, 20_000);
  }

  async copyFault(faults: Partial<DropCopyFaults>): Promise<void> {
    await this.sim.ask({ cmd: "copy-fault", faults });
  }

  /** Every run of the stopped appliance again, from what was recorded: "" or what is not the same. */
  async replayed(): Promise<string> {
    const args = ["replay", "--journal", "journal", "--json"];
    const replay = await runBinary(args, { cwd: this.folder, env: BARE_ENV });
    const { runs } = JSON.parse(replay.out) as { runs: { difference: string; records: number }[] };
    if (runs.some((run) => run.records === 0)) return "nothing was compared";
    return replay.err || runs.map((run) => run.difference).join("");
  }

  text(): Promise<{ out: string; code: number | null }> {
    return runBinary(["status", this.config], { cwd: this.folder, env: BARE_ENV });
  }
}

const isUp = (s: ApplianceStatus) => s.sessions.every((session) => session.state === "up");
const copyOf = (s: ApplianceStatus) => s.dropCopies[0]!;
const fills = (s: ApplianceStatus) => copyOf(s).matched;
const denied = (s: ApplianceStatus) => counter(s, "deny_drop_copy");

describeBinary("a drop copy", () => {
  const rigs: CopyRig[] = [];
  const rig = (name: string): CopyRig => {
    rigs.push(new CopyRig(name));
    return rigs.at(-1)!;
  };
  afterAll(async () => {
    for (const r of rigs) await r.end();
  });

  test(
    "agrees with every fill of a run, though its connection is cut again and again",
    async () => {
      const r = rig("agrees");
      await r.trade();
      for (let cut = 0; cut < 5; cut++) {
        const before = fills(r.status);
        await r.sim.ask({ cmd: "drop", client: "DROP" });
        await r.reach("more fills", (s) => isUp(s) && fills(s) >= before + 3, 30_000);
      }
      const report = await r.settle();
      const status = await r.reach("nothing waits", (s) => copyOf(s).waiting === 0);
      const copy = copyOf(status);
      expect(copy).toMatchObject({ differing: 0, found: 0, repeated: 0, others: 0 });
      expect(copy.own).toBe(counter(status, "order_fills"));
      expect([copy.matched, copy.compared > 0]).toEqual([copy.own, true]);
      expect(report.desk.fills).toBe(copy.own);
      expect(denied(status)).toBe(0);
      expect((await r.text()).out).toContain("copies");
      expect(await r.difference()).toBe("");
      expect(await r.replayed()).toBe("");
    },
    TIMEOUT_MS,
  );

  test(
    "that leaves a fill out, or tells another quantity, stops trading in that instrument and names it",
    async () => {
      for (const fault of [{ drop: 1 }, { alter: 1 }, { invent: 1 }] as const) {
        const r = rig(`differs${Object.keys(fault)[0]}`);
        await r.trade();
        await r.copyFault(fault);
        const status = await r.reach("a difference", (s) => copyOf(s).differing > 0, 20_000);
        const [difference] = copyOf(status).differences;
        const kind = "drop" in fault ? "no-copy" : "alter" in fault ? "terms" : "no-fill";
        expect(difference).toMatchObject({ kind });
        expect(["AAPL", "MSFT"]).toContain(difference!.symbol);
        expect(difference!.orderId).toMatch(/^HP[0-9a-f]{13}$/);
        await r.reach("orders denied", (s) => denied(s) > 0, 20_000);
        const { out } = await r.text();
        expect(out).toContain(difference!.symbol);
        expect(out).toContain(difference!.orderId);
        if (kind === "terms") {
          expect(Math.abs(difference!.theirs.qty)).toBe(Math.abs(difference!.ours.qty) + 1);
          expect(out).toContain(`ExecID ${difference!.execId}`);
        }
        expect(status.state).toBe("armed");
        expect(await r.stop()).toBe(0);
        expect(await r.replayed()).toBe("");
      }
    },
    TIMEOUT_MS,
  );

  test(
    "that is late differs, and agrees again when it has caught up; told twice it counts once",
    async () => {
      const r = rig("late");
      await r.trade(`on_difference = "warn"\n`);
      await r.copyFault({ lateMs: 1500, repeat: 20 });
      await r.reach("late ones", (s) => copyOf(s).found > 0, 20_000);
      await r.settle();
      const status = await r.reach(
        "all caught up",
        (s) => copyOf(s).differing === 0 && copyOf(s).waiting === 0,
        20_000,
      );
      expect(copyOf(status).repeated).toBeGreaterThan(0);
      expect(copyOf(status).own).toBe(counter(status, "order_fills"));
      expect(denied(status)).toBe(0);
      expect(await r.stop()).toBe(0);
      expect(await r.replayed()).toBe("");
    },
    TIMEOUT_MS,
  );

  test(
    "kills where it is asked to, and a person goes on with the difference",
    async () => {
      const r = rig("kills");
      await r.trade(`on_difference = "kill"\n`);
      await r.copyFault({ drop: 1 });
      const killed = await r.reach("the kill", (s) => s.isKilled, 20_000);
      expect([killed.killedBy, copyOf(killed).differing]).toEqual([["drop-copy"], 1]);
      await until("a word of it", () => r.appliance.err.includes("drop copy copies: "));
      await r.ask("arm");
      const sent = counter(killed, "order_sent");
      const after = await r.reach("orders", (s) => counter(s, "order_sent") > sent, 20_000);
      expect([after.state, copyOf(after).differing]).toEqual(["armed", 1]);
      expect(await r.stop()).toBe(0);
      expect(await r.replayed()).toBe("");
    },
    TIMEOUT_MS,
  );

  test(
    "of a killed engine knows all of it again, the desk's position too, and hears what it missed",
    async () => {
      const r = rig("killed");
      await r.trade(`positions = "account"\n`);
      const desk = (k: number) =>
        r.sim.ask({
          cmd: "order",
          client: DESK,
          clOrdId: `TEL${k}`,
          symbol: "AAPL",
          side: "buy",
          qty: 100,
          px: 10_000,
        });
      await desk(1);
      const before = await r.reach("the desk's fill", (s) => copyOf(s).others > 0);
      process.kill(before.engines[0]!.pid, "SIGKILL");
      await desk(2);
      await r.reach(
        "another engine, in step",
        (s) => {
          const isNew = s.sessions.every((x, i) => x.logons > before.sessions[i]!.logons);
          return isNew && isUp(s) && copyOf(s).waiting === 0;
        },
        20_000,
      );
      await r.sim.ask({ cmd: "quiesce" });
      let report = await r.report();
      await until(
        "a quiet venue",
        async () => {
          report = await r.report();
          r.status = await r.ask("status");
          return ours(report)!.orders.every((o) => o.state !== "open");
        },
        10_000,
      );
      await r.reach(
        "nothing waits",
        (s) => copyOf(s).waiting === 0 && s.engines[0]!.openOrders === 0,
      );
      expect(copyOf(r.status)).toMatchObject({ differing: 0, found: 0 });
      const told = report.sessions.find((s) => s.client === DESK)!;
      expect(copyOf(r.status).others).toBe(told.nextOut - 1 - told.orders.length);
      expect(await r.stop()).toBe(0);
      const mine = new Map(ours(report)!.positions.map((p) => [p.symbol, p.position]));
      const theirs = new Map(told.positions.map((p) => [p.symbol, p.position]));
      expect(theirs.get("AAPL")).toBe(200);
      for (const { symbol, qty } of r.lastReport().positions) {
        expect([symbol, qty]).toEqual([
          symbol,
          (mine.get(symbol) ?? 0) + (theirs.get(symbol) ?? 0),
        ]);
      }
      expect(await r.replayed()).toBe("");
    },
    TIMEOUT_MS,
  );
});
