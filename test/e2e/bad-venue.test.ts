/** Order sessions to a venue that misbehaves: counted, named, and everything agrees afterwards. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import type { ApplianceStatus } from "../../src/control/status.ts";
import { describeBinary } from "./helpers/binary.ts";
import { sessionText } from "./helpers/config.ts";
import { counter, ours, Rig } from "./helpers/rig.ts";

const TIMEOUT_MS = 60_000;

describeBinary("a bad venue", () => {
  let rig: Rig;
  beforeEach(() => {
    rig = new Rig("venue");
  });
  afterEach(async () => {
    expect(rig.appliance.err).not.toMatch(/ at .*:\d+:\d+|undefined is not|panic|Segmentation/);
    await rig.end();
  }, TIMEOUT_MS);

  /** Heartbeats of a second: what waits for one takes a second or two. */
  async function start(): Promise<void> {
    await rig.startSim();
    const { address, port, venueCompId } = rig.venue.fix;
    const session = sessionText(`${address}:${port}`, venueCompId);
    rig.writeConfig({ session: session.replace("heartbeat_s = 2", "heartbeat_s = 1") });
    rig.run();
    await rig.ready();
    await trading();
  }

  /** Until ten more orders and replaces are acknowledged: it trades. */
  async function trading(): Promise<void> {
    const taken = (s: ApplianceStatus) => counter(s, "order_acked") + counter(s, "order_replaced");
    const before = taken(await rig.ask("status"));
    await rig.reach("more orders acknowledged", (s) => taken(s) >= before + 10);
  }

  function reaches(name: string, atLeast = 1, timeoutMs = 10_000) {
    return rig.reach(`${name} of ${atLeast}`, (s) => counter(s, name) >= atLeast, timeoutMs);
  }

  async function expectAgreement(): Promise<void> {
    expect(await rig.difference()).toBe("");
  }

  test(
    "that acknowledges twice is counted, and trading goes on",
    async () => {
      await start();
      await rig.fault({ ackTwice: true });
      await reaches("order_no_effect", 5);
      await rig.fault({ ackTwice: false });
      await trading();
      expect(rig.status.isKilled).toBe(false);
      await expectAgreement();
    },
    TIMEOUT_MS,
  );

  test(
    "that fills more than the order is a kill; the position is kept, also over a restart",
    async () => {
      await start();
      await rig.fault({ overfill: true });
      await rig.reach("a kill", (s) => s.isKilled, 20_000);
      await rig.fault({ overfill: false });
      await rig.reach("no open order", (s) => s.engines[0]!.openOrders === 0);
      expect(counter(rig.status, "order_overfills")).toBeGreaterThan(0);
      expect(rig.status.killedBy).toEqual(["engine"]);
      expect(rig.status.feeds[0]!.state).toBe("live");

      const messages = rig.status.feeds[0]!.messages;
      const sent = counter(rig.status, "order_sent");
      await rig.reach("more of the feed", (s) => s.feeds[0]!.messages > messages + 200);
      expect(counter(rig.status, "order_sent")).toBe(sent);

      expect(await rig.stop()).toBe(0);
      const before = rig.lastReport().positions;
      rig.run();
      await rig.reach("its session up again", (s) => s.sessions[0]!.state === "up");
      expect(rig.status.state).toBe("killed");
      expect(await rig.stop()).toBe(0);
      const after = rig.lastReport().positions;
      expect(after.map((p) => [p.symbol, p.qty])).toEqual(before.map((p) => [p.symbol, p.qty]));
      expect(after.some((p) => p.qty !== 0)).toBe(true);
    },
    TIMEOUT_MS,
  );

  test(
    "that never answers is asked for the order's status; then its fate is unknown, until it answers",
    async () => {
      await start();
      await rig.fault({ silent: true });
      await reaches("order_status_requests");
      await reaches("order_unknown");
      // Unknown counts as open, and nothing is killed.
      expect(rig.status.engines[0]!.openOrders).toBeGreaterThan(0);
      expect(rig.status.isKilled).toBe(false);
      expect(rig.status.sessions[0]!.state).toBe("up");

      await rig.fault({ silent: false });
      await rig.sim.ask({ cmd: "drop", client: "TESTER" });
      await trading();
      await expectAgreement();
    },
    TIMEOUT_MS,
  );

  test(
    "that rejects everything is counted; the appliance trades again once it takes orders",
    async () => {
      await start();
      await rig.fault({ rejectAll: true });
      await reaches("order_rejected", 2);
      expect(rig.status.isKilled).toBe(false);
      await rig.fault({ rejectAll: false });
      await trading();
      await expectAgreement();
    },
    TIMEOUT_MS,
  );

  test(
    "that is slow has its answers matched all the same",
    async () => {
      await start();
      await rig.fault({ slowAckMs: 150 });
      await trading();
      await rig.fault({ slowAckMs: 0 });
      await trading();
      expect(rig.status.isKilled).toBe(false);
      await expectAgreement();
    },
    TIMEOUT_MS,
  );

  test(
    "that stops reading is parted from after its heartbeats, and joined again",
    async () => {
      await start();
      await rig.fault({ stallReading: true });
      await reaches("fix_disconnects");
      await rig.fault({ stallReading: false });
      await rig.reach("the session up again", (s) => s.sessions[0]!.state === "up");
      await trading();
      await expectAgreement();
    },
    TIMEOUT_MS,
  );

  test(
    "that closes in the middle of a message loses nothing of it",
    async () => {
      await start();
      await rig.fault({ closeMidMessage: 3 });
      await reaches("fix_disconnects");
      await reaches("fix_logons", 2);
      await trading();
      expect(counter(rig.status, "fix_resends_asked")).toBeGreaterThan(0);
      await expectAgreement();
    },
    TIMEOUT_MS,
  );

  test(
    "that stalls in the middle of a message is given up, and what it said is asked for again",
    async () => {
      await start();
      await rig.fault({ stallMidMessage: 3 });
      await reaches("fix_stalled");
      await reaches("fix_logons", 2);
      await trading();
      await expectAgreement();
    },
    TIMEOUT_MS,
  );

  for (const fault of ["corruptChecksum", "wrongBodyLength"] as const) {
    test(
      `that sends a ${fault === "corruptChecksum" ? "wrong CheckSum" : "wrong BodyLength"} is asked again; the message is counted as garbled`,
      async () => {
        await start();
        await rig.fault({ [fault]: 3 });
        await reaches("fix_garbled");
        await reaches("fix_resends_asked");
        await trading();
        expect(rig.status.isKilled).toBe(false);
        expect(rig.status.sessions[0]!.garbled).toBeGreaterThan(0);
        await expectAgreement();
      },
      TIMEOUT_MS,
    );
  }

  test(
    "that busts a trade and cancels without being asked is believed",
    async () => {
      await start();
      await reaches("order_fills", 1, 20_000);
      await rig.sim.ask({ cmd: "cancel", client: "TESTER" });
      await trading();
      await rig.sim.ask({ cmd: "bust", client: "TESTER" });
      await reaches("order_busts");
      await expectAgreement();
      expect(ours(await rig.report())!.duplicates).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
