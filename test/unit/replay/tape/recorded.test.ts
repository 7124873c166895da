import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { SESSION_UP } from "../../../../src/core/codes.ts";
import * as L from "../../../../src/ffi/layout.ts";
import { publishWallOffset } from "../../../../src/ffi/shim-clock.ts";
import { messageBytes } from "../../../../src/fix/codec/text.ts";
import { FIX_STALLED } from "../../../../src/fix/counters.ts";
import * as T from "../../../../src/journal/tape/entries.ts";
import { ORDER_MASS_CANCELS } from "../../../../src/order/counters.ts";
import { itch } from "../../../support/itch-bytes.ts";
import { makeRings } from "../../../support/tape/recorded-engine.ts";
import { eager, RecordedRig } from "../../../support/tape/recorded-rig.ts";
import { worldOptions } from "../../../support/tape/session-world.ts";
import { packetsPath, readTape, writeTape } from "../../../support/tape/tape-file.ts";
import { add } from "../../engine/rig.ts";

const rigs: RecordedRig[] = [];
afterEach(() => {
  for (const rig of rigs.splice(0)) rig.remove();
});

function rig(options: ConstructorParameters<typeof RecordedRig>[0] = {}): RecordedRig {
  const made = new RecordedRig(options);
  rigs.push(made);
  return made;
}

/** A session with orders, an acknowledgement and a fill. */
function traded(options: ConstructorParameters<typeof RecordedRig>[0] = {}): RecordedRig {
  const r = rig({ definition: eager, ...options })
    .up()
    .arm();
  r.packet([add(1, 100, "B", 999_800)]);
  r.serve(8);
  const [order] = r.venue.orders;
  r.venue.report(order!, "0", "0");
  r.serve(8);
  r.venue.report(order!, "F", "2", "32=100|31=99.99|14=100|");
  r.serve(8);
  return r;
}

const EQUAL = { difference: "", isWhole: true, behindTape: 0, behindJournal: 0 };

describe("a recorded session, replayed", () => {
  test("gives every journal record and every order byte again", async () => {
    const r = traded().stop();
    const result = await r.replay();
    expect(result).toMatchObject(EQUAL);
    expect(result.orders).toBeGreaterThan(0);
    expect(result.orderBytes).toBeGreaterThan(100 * result.orders);
  });

  test("twice gives the same hash", async () => {
    const r = traded().stop();
    expect((await r.replay()).hash).toBe((await r.replay()).hash);
  });

  test("keeps apart a disarm that had nothing to do and an arm behind it", async () => {
    const r = rig({ definition: eager }).up();
    r.engine.ask(L.HP_CONTROL__DISARM_REQUEST_W);
    r.look();
    r.look();
    r.arm();
    r.packet([add(1, 100, "B", 999_800)]);
    r.serve(256);
    expect(r.venue.orders.length).toBe(1);
    expect(await r.stop().replay()).toMatchObject(EQUAL);
  });

  test("keeps apart an arm that was refused for a kill and one that was not", async () => {
    const r = traded();
    r.engine.word(L.HP_CONTROL__KILL_W, L.HP_KILL_CLI);
    r.serve(10);
    r.engine.ask(L.HP_CONTROL__ARM_REQUEST_W);
    r.look();
    r.look();
    r.engine.word(L.HP_CONTROL__KILL_W, 0);
    r.look();
    r.look();
    expect(r.engine.supervisor.state).toBe(L.HP_STATE_KILLED);
    expect(await r.stop().replay()).toMatchObject(EQUAL);
  });

  test("serves a second kill as it served the first", async () => {
    const r = traded({ options: worldOptions({ massCancel: true }) });
    const kill = () => {
      r.engine.word(L.HP_CONTROL__KILL_W, L.HP_KILL_CLI);
      r.serve(100);
    };
    kill();
    const mass = r.engine.block.counters[ORDER_MASS_CANCELS]!;
    r.arm();
    kill();
    expect(r.engine.block.counters[ORDER_MASS_CANCELS]!).toBeGreaterThan(mass);
    expect(await r.stop().replay()).toMatchObject(EQUAL);
  });

  test("gives up a message that stopped in the middle at the same time", async () => {
    const r = rig().up();
    for (let i = 0; i < 64; i++) r.venue.say("0", "");
    r.venue.peer!.write(messageBytes("8=FIX.4.4|9=60|35=0|"));
    r.serve(64);
    for (let i = 0; i < 40; i++) {
      r.serve(16, 3_123_457);
      if (i % 8 === 0) r.packet([add(1, 200 + i, "B", 999_000)]);
    }
    expect(r.engine.block.counters[FIX_STALLED]!).toBe(1);
    expect(await r.stop().replay()).toMatchObject(EQUAL);
  });

  test("is killed again when the journal had no room at all", async () => {
    const r = traded({ rings: makeRings({ journal: 1 << 16 }) });
    const session = r.engine.path.sessions[0]!;
    for (let i = 0; i < 2000 && session.state === SESSION_UP; i++) {
      r.venue.say("1", "112=PROBE|");
      r.serve(8);
    }
    expect(session.fault()).not.toBe(0);
    r.serve(256);
    expect(r.engine.control.words[L.HP_CONTROL__KILL_W]! & L.HP_KILL_JOURNAL).not.toBe(0);
    expect(await r.kill().replay()).toMatchObject({ difference: "", behindTape: 0 });
  });

  test("stamps orders with the wall time of the live one, whenever it was moved", async () => {
    const r = traded({ wallOffsetNs: 5e6 });
    publishWallOffset(r.engine.control, 777e6);
    r.packet([
      add(1, 101, "B", 999_700),
      itch("D", { stock_locate: 1, order_reference_number: 1 }),
    ]);
    r.serve(8);
    expect(r.venue.orders.at(-1)).toContain("52=20231114-10:00:00.7");
    expect(await r.stop().replay()).toMatchObject(EQUAL);
  });

  test("of a killed engine goes to where it was cut, and its next run from there", async () => {
    const first = traded();
    first.kill();
    const { options, rings } = first.engine;
    const header = new Int32Array(rings.journal);
    header[L.HP_JOURNAL__EPOCH_W] = 2;
    const { directory } = first;
    // The venue counts anew, too.
    const [session] = options.sessions;
    const again = { ...options, sessions: [{ ...session!, resetOnLogon: true }] };
    const second = traded({ directory, rings, options: again, isRestart: true });
    expect(second.engine.path.orders.table.liveCount).toBeGreaterThan(0);
    second.stop();
    expect(await first.replay()).toMatchObject({ ...EQUAL, isWhole: false });
    expect(await second.replay({}, 2)).toMatchObject(EQUAL);
  });
});

describe("a tape that is not the session's", () => {
  test("is told when a price in a packet is another", async () => {
    const r = traded().stop();
    const path = packetsPath(r.directory);
    const bytes = readFileSync(path);
    const at = bytes.indexOf(Buffer.from([0, 0x0f, 0x41, 0xdc]));
    expect(at).toBeGreaterThan(0);
    bytes[at + 3] = 0x78;
    writeFileSync(path, bytes);
    expect((await r.replay()).difference).toMatch(/^record \d+: recorded new order .* replayed/);
  });

  test("is told when a byte that the venue sent is another", async () => {
    const r = traded().stop();
    const tape = readTape(r.directory);
    const fill = tape.entries.find(
      (e) => e.type === T.TAPE_TCP_RECEIVED && e.body.includes("\x01150=F\x01"),
    )!;
    const at = fill.body.indexOf("\x0132=100");
    fill.body[at + 5] = 0x39;
    writeTape(r.directory, tape);
    expect((await r.replay()).difference).not.toBe("");
  });

  test("is told when one reading of the clock is missing", async () => {
    const r = traded().stop();
    const tape = readTape(r.directory);
    const clocks = tape.entries.filter((e) => e.type === T.TAPE_CLOCK);
    for (const one of [clocks[4]!, clocks[clocks.length >> 1]!]) {
      writeTape(r.directory, { ...tape, entries: tape.entries.filter((e) => e !== one) });
      expect((await r.replay()).difference).not.toBe("");
    }
  });

  test("is told when a whole turn with a packet is missing", async () => {
    const r = traded().stop();
    const tape = readTape(r.directory);
    const at = tape.entries.findIndex((e) => e.type === T.TAPE_TCP_RECEIVED);
    const from = tape.entries.findLastIndex((e, i) => i < at && e.type === T.TAPE_TURN);
    const to = tape.entries.findIndex((e, i) => i > at && e.type === T.TAPE_TURN);
    tape.entries.splice(from, to - from);
    writeTape(r.directory, tape);
    expect((await r.replay()).difference).not.toBe("");
  });

  test("is told when the strategy has other parameters", async () => {
    const r = traded().stop();
    expect((await r.replay({ qty: 200 })).difference).toMatch(/^record \d+: recorded new order/);
  });

  test("is told when the journal has a record more than the tape gives", async () => {
    const r = traded().stop();
    const tape = readTape(r.directory);
    const turns = tape.entries.flatMap((e, i) => (e.type === T.TAPE_TURN ? [i] : []));
    const cut = { ...tape, entries: tape.entries.slice(0, turns.at(-3)) };
    cut.entries.push({ type: T.TAPE_END, index: 0, body: Buffer.alloc(0) });
    writeTape(r.directory, cut);
    expect((await r.replay()).difference).toMatch(/^the journal has \d+ records more/);
  });
});
