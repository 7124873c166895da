import { describe, expect, test } from "bun:test";
import {
  DENY_DISARMED,
  DENY_GUARD,
  DENY_KILLED,
  SESSION_DOWN,
  SESSION_LOGOUT_SENT,
} from "../../../src/core/codes.ts";
import { REPORT_OVERFILL } from "../../../src/core/kill-reasons.ts";
import {
  ENGINE_ARMS,
  ENGINE_DISARMS,
  ENGINE_KILLS,
  ENGINE_SOCKETS_HANDED,
} from "../../../src/engine/counters.ts";
import { guardTag } from "../../../src/engine/link.ts";
import * as L from "../../../src/ffi/layout.ts";
import { publishWallOffset } from "../../../src/ffi/shim-clock.ts";
import { field, Rig } from "./rig.ts";

const S = 1e9;
const { HP_STATE_ARMED, HP_STATE_DISARMED, HP_STATE_KILLED, HP_STATE_STOPPED } = L;

const sendOne = (rig: Rig) => rig.path.orders.send(-1, 0, 1, 100, 9999, 0);
const state = (rig: Rig) => rig.engineWord(L.HP_ENGINE__STATE_W);
const types = (rig: Rig) => rig.venue.orders.map((m) => field(m, 35));

describe("Arming", () => {
  test("an engine begins disarmed, and an order is denied for that", () => {
    const rig = new Rig().up();
    expect(state(rig)).toBe(HP_STATE_DISARMED);
    expect(sendOne(rig)).toBe(DENY_DISARMED);
    expect(rig.states()).toEqual([[HP_STATE_DISARMED, 0, -7]]);
  });

  test("an arm request arms once, is journaled, and is told to control", () => {
    const rig = new Rig().up();
    rig.ask(L.HP_CONTROL__ARM_REQUEST_W);
    rig.turn(64);
    expect(state(rig)).toBe(HP_STATE_ARMED);
    expect(rig.engineWord(L.HP_ENGINE__ARM_SEEN_W)).toBe(1);
    rig.settle();
    expect(rig.count(ENGINE_ARMS)).toBe(1);
    expect(rig.states().at(-1)).toEqual([HP_STATE_ARMED, 0, -7]);
    expect(sendOne(rig)).toBeGreaterThanOrEqual(0);
  });

  test("a request made while the engine was on its way is heeded when it gets there", () => {
    const rig = new Rig({ prepare: (r) => r.ask(L.HP_CONTROL__ARM_REQUEST_W) });
    expect(state(rig)).toBe(HP_STATE_DISARMED);
    rig.turn(64);
    expect(state(rig)).toBe(HP_STATE_ARMED);
  });

  test("a disarm request made before the engine was there is not obeyed later", () => {
    const rig = new Rig({ arm: true, prepare: (r) => r.ask(L.HP_CONTROL__DISARM_REQUEST_W) });
    rig.settle();
    expect(state(rig)).toBe(HP_STATE_ARMED);
  });

  test("disarming denies new orders and cancels what rests", () => {
    const rig = new Rig({ arm: true }).up();
    rig.open();
    rig.ask(L.HP_CONTROL__DISARM_REQUEST_W);
    rig.turn(64);
    rig.turn(8);
    expect(state(rig)).toBe(HP_STATE_DISARMED);
    expect(sendOne(rig)).toBe(DENY_DISARMED);
    expect(types(rig)).toEqual(["D", "F"]);
    rig.settle();
    expect(rig.count(ENGINE_DISARMS)).toBe(1);
    expect(rig.states().map((s) => s[0])).toEqual([HP_STATE_ARMED, HP_STATE_DISARMED]);
  });

  test("disarming an engine that is not armed changes nothing and records nothing", () => {
    const rig = new Rig().up();
    rig.ask(L.HP_CONTROL__DISARM_REQUEST_W);
    rig.settle();
    expect(rig.count(ENGINE_DISARMS)).toBe(0);
    expect(rig.states()).toHaveLength(1);
  });
});

describe("The kill word", () => {
  test("set from outside, it kills at the very next turn and cancels what rests", () => {
    const rig = new Rig({ arm: true }).up();
    rig.open();
    while (rig.path.loop.turns % 64 !== 5) rig.turn();
    rig.control.kill(L.HP_KILL_CLI);
    rig.turn();
    expect(state(rig)).toBe(HP_STATE_KILLED);
    expect(sendOne(rig)).toBe(DENY_KILLED);
    rig.turn(8);
    expect(types(rig)).toEqual(["D", "F"]);
    expect(rig.states().at(-1)).toEqual([HP_STATE_KILLED, L.HP_KILL_CLI, -7]);
    rig.settle();
    expect(rig.count(ENGINE_KILLS)).toBe(1);
  });

  test("raised from inside, it stops the gate before kill() returns and is in the word for all", () => {
    const rig = new Rig({ arm: true }).up();
    rig.control.kill(L.HP_KILL_GUARD);
    rig.kill.kill(L.HP_KILL_LOSS);
    expect(sendOne(rig)).toBe(DENY_KILLED);
    expect(rig.control.killBits()).toBe(L.HP_KILL_GUARD | L.HP_KILL_LOSS);
    rig.turn();
    expect(state(rig)).toBe(HP_STATE_KILLED);
  });

  test("by the engine itself, its record says why; by others, it says nothing", () => {
    for (const [bits, detail] of [
      [L.HP_KILL_ENGINE, REPORT_OVERFILL],
      [L.HP_KILL_LOSS, 0],
    ] as const) {
      const rig = new Rig({ arm: true }).up();
      rig.kill.kill(bits, REPORT_OVERFILL, 0, 0x46, 9);
      rig.turn(1);
      const record = rig.journal.ofType(L.HP_JR_STATE).at(-1)!;
      expect(record.words[L.HP_JR_STATE__KILL_W]).toBe(bits);
      expect(record.words[L.HP_JR_STATE__DETAIL_W]).toBe(detail);
    }
  });

  test("a strategy that throws kills; the feed and the books go on", () => {
    const rig = new Rig({
      arm: true,
      create: () => ({
        onBook() {
          throw new Error("as the test wants it");
        },
      }),
    }).up();
    expect(rig.control.killBits()).toBe(L.HP_KILL_STRATEGY);
    expect(state(rig)).toBe(HP_STATE_KILLED);
    expect(rig.path.market.views[0]!.bidPx(0)).toBe(9999);
  });

  test("a kill is sticky: clearing the word alone does not bring orders back", () => {
    const rig = new Rig({ arm: true }).up();
    rig.control.kill(L.HP_KILL_CLI);
    rig.turn();
    rig.word(L.HP_CONTROL__KILL_W, 0);
    rig.settle();
    expect(state(rig)).toBe(HP_STATE_KILLED);
    expect(sendOne(rig)).toBe(DENY_KILLED);
  });

  test("a person who arms ends it, once the word is clear", () => {
    const rig = new Rig({ arm: true }).up();
    rig.control.kill(L.HP_KILL_CLI);
    rig.turn();
    rig.word(L.HP_CONTROL__KILL_W, 0);
    rig.ask(L.HP_CONTROL__ARM_REQUEST_W);
    rig.turn(64);
    expect(state(rig)).toBe(HP_STATE_ARMED);
    expect(sendOne(rig)).toBeGreaterThanOrEqual(0);
    expect(rig.count(ENGINE_KILLS)).toBe(1);
  });

  test("an arm request under a kill word is spent, not saved for later", () => {
    const rig = new Rig({ arm: true }).up();
    rig.control.kill(L.HP_KILL_CLI);
    rig.turn();
    rig.ask(L.HP_CONTROL__ARM_REQUEST_W);
    rig.turn(64);
    rig.word(L.HP_CONTROL__KILL_W, 0);
    rig.settle();
    expect(rig.states().map((s) => s[0])).toEqual([HP_STATE_ARMED, HP_STATE_KILLED]);
    expect(rig.engineWord(L.HP_ENGINE__ARM_SEEN_W)).toBe(1);
    expect(state(rig)).toBe(HP_STATE_KILLED);
  });

  test("a disarm request does not turn a kill into a mere disarm", () => {
    const rig = new Rig({ arm: true }).up();
    rig.control.kill(L.HP_KILL_CLI);
    rig.turn();
    rig.ask(L.HP_CONTROL__DISARM_REQUEST_W);
    rig.settle();
    expect(state(rig)).toBe(HP_STATE_KILLED);
  });

  test("an engine that was killed before begins killed, whatever the config says of arming", () => {
    const before = new Rig({ arm: true, isKilled: true });
    expect(state(before)).toBe(HP_STATE_KILLED);
    expect(before.states()).toEqual([[HP_STATE_KILLED, 0, -7]]);
    const now = new Rig({ arm: true, prepare: (r) => r.control.kill(L.HP_KILL_ORPHAN) });
    expect(state(now)).toBe(HP_STATE_KILLED);
    now.settle();
    expect(now.count(ENGINE_KILLS)).toBe(1);
  });

  test("a session whose journal takes nothing more kills", () => {
    const rig = new Rig({ arm: true }).up();
    expect(rig.control.killBits()).toBe(0);
    rig.journal.isFull = true;
    // The next heartbeat finds no room, not even in the reserve.
    rig.turn(2000, 0.05 * S);
    expect(rig.control.killBits() & L.HP_KILL_JOURNAL).not.toBe(0);
    expect(state(rig)).toBe(HP_STATE_KILLED);
    expect(rig.path.sessions[0]!.state).toBe(SESSION_DOWN);
  });
});

describe("Stopping", () => {
  test("cancels first, logs out when nothing rests, and only then says STOPPED", () => {
    let stops = 0;
    const rig = new Rig({ arm: true, create: () => ({ onStop: () => void stops++ }) }).up();
    rig.open();
    rig.control.requestStop();
    rig.turn(200);
    expect(types(rig)).toEqual(["D", "F"]);
    expect(stops).toBe(1);
    expect(rig.venue.logouts).toEqual([]);
    expect(sendOne(rig)).toBe(DENY_DISARMED);
    rig.venue.report(rig.venue.orders[1]!, "4", "4");
    rig.turn(300);
    expect(rig.venue.logouts).toHaveLength(1);
    expect(state(rig)).toBe(HP_STATE_STOPPED);
    expect(rig.supervisor.done).toBe(true);
    expect(rig.path.sessions[0]!.state).toBe(SESSION_DOWN);
    expect(stops).toBe(1);
    expect(rig.states().map((s) => s[0])).toEqual([HP_STATE_ARMED, HP_STATE_STOPPED]);
    expect(rig.engineWord(L.HP_ENGINE__READY_W)).toBe(0);
  });

  test("is bounded when the venue says nothing any more", () => {
    const rig = new Rig({ arm: true }).up();
    rig.open();
    rig.venue.isSilent = true;
    rig.control.requestStop();
    const from = rig.net.timeNs!;
    const isOut = () => rig.path.sessions[0]!.state === SESSION_LOGOUT_SENT;
    for (let i = 0; i < 100 && !isOut(); i++) rig.turn(64, S / 640);
    const cancelled = rig.net.timeNs! - from;
    expect(cancelled).toBeGreaterThan(1.9 * S);
    expect(cancelled).toBeLessThan(2.5 * S);
    for (let i = 0; i < 100 && !rig.supervisor.done; i++) rig.turn(64, S / 640);
    expect(rig.supervisor.done).toBe(true);
    expect(rig.net.timeNs! - from).toBeLessThan(6 * S);
    expect(state(rig)).toBe(HP_STATE_STOPPED);
    expect(rig.engineWord(L.HP_ENGINE__STATE_W)).toBe(HP_STATE_STOPPED);
    expect(rig.block.doubles[L.HP_ENGINE__OPEN_ORDERS_D]).toBe(1);
  });

  test("nobody arms an engine that is stopping", () => {
    const rig = new Rig().up();
    rig.venue.isSilent = true;
    rig.control.requestStop();
    rig.turn(64);
    rig.ask(L.HP_CONTROL__ARM_REQUEST_W);
    rig.turn(64);
    expect(rig.gateSwitch.armed).toBe(false);
    expect(rig.count(ENGINE_ARMS)).toBe(0);
  });

  test("a killed engine stops as well, and stays STOPPED under the kill word", () => {
    const rig = new Rig({ arm: true }).up();
    rig.control.kill(L.HP_KILL_ORPHAN);
    rig.control.requestStop();
    rig.turn(400);
    expect(rig.supervisor.done).toBe(true);
    rig.supervisor.onTurn(65);
    expect(state(rig)).toBe(HP_STATE_STOPPED);
  });
});

describe("The guard", () => {
  test("without one no order passes; one that beats lets them pass", () => {
    const alone = new Rig({ arm: true, hasGuard: false }).up();
    expect(sendOne(alone)).toBe(DENY_GUARD);
    expect(sendOne(new Rig({ arm: true }).up())).toBeGreaterThanOrEqual(0);
  });

  test("that stands still for a second counts as absent, until it beats again", () => {
    const rig = new Rig({ arm: true }).up();
    rig.guardBeats = false;
    rig.turn(64);
    rig.turn(64, (0.9 * S) / 64);
    expect(rig.gateSwitch.guardAlive).toBe(true);
    rig.turn(64, (0.2 * S) / 64);
    expect(rig.gateSwitch.guardAlive).toBe(false);
    expect(sendOne(rig)).toBe(DENY_GUARD);
    rig.guardBeats = true;
    rig.turn(64);
    expect(rig.gateSwitch.guardAlive).toBe(true);
  });

  test("that has left its place counts as absent at once", () => {
    const rig = new Rig({ arm: true }).up();
    rig.word(L.HP_CONTROL__GUARD_PID_W, 0);
    rig.turn(64);
    expect(rig.gateSwitch.guardAlive).toBe(false);
  });

  test("has a session's socket under its tag before the logon is out", () => {
    const rig = new Rig();
    let held = -1;
    const plain = rig.shim.hp_tcp_send;
    rig.shim.hp_tcp_send = (stream, offset, length) => {
      if (held < 0) held = rig.guard!.poll();
      return plain(stream, offset, length);
    };
    rig.turn(100);
    expect(held).toBeGreaterThan(0);
    expect(rig.guard!.shutdown(guardTag(0, 0))).toBe(false);
    expect(rig.guard!.shutdown(guardTag(3, 5))).toBe(true);
    expect(rig.venue.peer!.isClosed).toBe(true);
  });

  test("that is another one gets the sockets again, and the engine says which one it saw", () => {
    const rig = new Rig().up();
    expect(rig.engineWord(L.HP_ENGINE__GUARD_SEEN_W)).toBe(1);
    rig.guard!.poll();
    expect(rig.guard!.held).toBe(1);
    rig.turn(64);
    expect(rig.guard!.poll()).toBe(0);
    const before = rig.count(ENGINE_SOCKETS_HANDED);
    rig.word(L.HP_CONTROL__GUARD_GENERATION_W, 2);
    rig.turn(64);
    expect(rig.guard!.poll()).toBe(1);
    expect(rig.count(ENGINE_SOCKETS_HANDED)).toBe(before + 1);
    expect(rig.engineWord(L.HP_ENGINE__GUARD_SEEN_W)).toBe(2);
  });

  test("gets the new socket after a reconnect", () => {
    const rig = new Rig().up();
    rig.guard!.poll();
    rig.venue.peer!.close();
    rig.turn(4000, 0.001 * S);
    expect(rig.guard!.poll()).toBe(1);
    rig.guard!.shutdownAll();
    expect(rig.venue.peer!.isClosed).toBe(true);
  });
});

describe("The engine's block", () => {
  test("beats every 64th turn, and tells turns and time", () => {
    const rig = new Rig();
    rig.turn(640);
    expect(rig.engineWord(L.HP_ENGINE__BEAT_W)).toBe(10);
    expect(rig.block.doubles[L.HP_ENGINE__TURNS_D]).toBe(640);
    expect(rig.block.doubles[L.HP_ENGINE__SESSION_NS_D]).toBe(rig.net.timeNs!);
  });

  test("tells sessions that are up, open orders, position, P&L and exposure", () => {
    const rig = new Rig({ arm: true }).up();
    const slot = rig.open(200);
    rig.venue.report(rig.venue.orders[0]!, "F", "1", "32=100|31=99.99|14=100|");
    rig.open(300);
    rig.path.orders.cancel(-1, slot);
    rig.settle();
    const d = rig.block.doubles;
    expect(rig.engineWord(L.HP_ENGINE__READY_W)).toBe(1);
    expect(d[L.HP_ENGINE__OPEN_ORDERS_D]).toBe(2);
    expect(d[L.HP_ENGINE__POSITION_SHARES_D]).toBe(100);
    expect(d[L.HP_ENGINE__EXPOSURE_D]).toBeGreaterThan(30_000);
    expect(d[L.HP_ENGINE__REALIZED_D]).toBe(0);
    expect(d[L.HP_ENGINE__UNREALIZED_D]).toBe(rig.path.positions.unrealizedAll());
    expect(d[L.HP_ENGINE__FEES_D]).toBe(rig.path.positions.feesAll());
    expect(rig.engineWord(L.HP_ENGINE__BOOK_FULL_W)).toBe(0);
  });

  test("the wall offset that control slews is taken over with the figures", () => {
    const rig = new Rig();
    publishWallOffset(rig.control, 12_345);
    expect(rig.clock.wallOffsetNs).toBe(0);
    rig.settle();
    expect(rig.clock.wallOffsetNs).toBe(12_345);
  });
});
