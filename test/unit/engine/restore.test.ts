import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "../../../src/core/clock.ts";
import { ORDER_UNKNOWN } from "../../../src/core/codes.ts";
import type { EngineOptions } from "../../../src/engine/options.ts";
import { makeInstruments } from "../../../src/engine/path.ts";
import { listsFile, restorePath, startRecord } from "../../../src/engine/restore.ts";
import * as L from "../../../src/ffi/layout.ts";
import { realFiles } from "../../../src/journal/files.ts";
import type { RingJournal } from "../../../src/journal/ring-journal.ts";
import { MemoryJournal } from "../../support/memory-journal.ts";
import { intent, makeDrain, makeRing, writeWords } from "../journal/kit.ts";
import { Harness } from "../order/harness.ts";
import { optionsOf } from "./rig.ts";

let root = "";
let directory = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "engine-restore-"));
  directory = join(root, "20261120");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Options with these instruments and sessions, by name. */
function optionsWith(instruments = ["AAPL", "MSFT"], sessions = ["venue"]): EngineOptions {
  const options = optionsOf()[0]!;
  const [first] = options.instruments;
  return {
    ...options,
    instruments: instruments.map((symbol) => ({ ...first!, symbol, feedSymbol: symbol })),
    sessions: sessions.map((name) => ({ ...options.sessions[0]!, name })),
  };
}

const restore = (options = optionsWith()) =>
  restorePath(directory, options, makeInstruments(options));

/** Writes records to a ring and drains them to segment files. */
function journal(write: (ring: RingJournal) => void): void {
  const ring = makeRing(65_536);
  write(ring.journal);
  mkdirSync(directory, { recursive: true });
  const drain = makeDrain(ring.buffer, realFiles, { directory });
  drain.poll();
  drain.close();
}

const start = (ring: RingJournal) => startRecord(ring, new ManualClock(5), 7);
const lists = () => JSON.parse(readFileSync(join(directory, listsFile(0)), "utf8"));

describe("The lists beside the journal", () => {
  test("are noted at the first start of a session date", () => {
    restore();
    expect(lists()).toMatchObject({ instruments: ["AAPL", "MSFT"], sessions: ["venue"] });
  });

  test("may grow at their ends, and are noted anew", () => {
    restore();
    restore(optionsWith(["AAPL", "MSFT", "NVDA"], ["venue", "second"]));
    expect(lists().instruments).toEqual(["AAPL", "MSFT", "NVDA"]);
    expect(lists().sessions).toEqual(["venue", "second"]);
  });

  test("that changed are refused with a sentence that says where, and are left as they are", () => {
    restore();
    const changed = (instruments: string[], sessions?: string[]) => () =>
      void restore(optionsWith(instruments, sessions));
    expect(changed(["AAPL", "NVDA", "MSFT"])).toThrow(
      "the config's instruments have changed within the session date: number 2 was MSFT, now it is NVDA; new ones may only be added at the end",
    );
    expect(changed(["AAPL"])).toThrow("number 2 was MSFT, now it is missing");
    expect(changed(["AAPL", "MSFT"], ["other"])).toThrow(
      "the config's sessions have changed within the session date: number 1 was venue, now it is other",
    );
    expect(lists()).toMatchObject({ instruments: ["AAPL", "MSFT"], sessions: ["venue"] });
  });

  const CHANGES: [string, number, Partial<EngineOptions["instruments"][0]>][] = [
    ["price_unit", 0.5, { priceUnit: 0.5 }],
    ["multiplier", 100, { multiplier: 100 }],
    ["maker_fee", -0.25, { makerFee: -0.25 }],
    ["taker_fee", 0.75, { takerFee: 0.75 }],
  ];
  for (const [key, is, change] of CHANGES) {
    test(`refuse another ${key} within the session date, and stay as they are`, () => {
      restore();
      const before = readFileSync(join(directory, listsFile(0)), "utf8");
      const was = lists().terms[1][key];
      const options = optionsWith();
      options.instruments[1] = { ...options.instruments[1]!, ...change };
      expect(() => restore(options)).toThrow(
        `${key} of instrument MSFT has changed within the session date: it was ${was}, now it is ${is}; `,
      );
      expect(readFileSync(join(directory, listsFile(0)), "utf8")).toBe(before);
    });
  }

  test("hold no lot: it may change", () => {
    restore();
    const options = optionsWith();
    options.instruments[1] = { ...options.instruments[1]!, lot: 7 };
    expect(() => restore(options)).not.toThrow();
  });

  test("of an earlier version get the terms of their instruments at the next start", () => {
    restore();
    const { instruments, sessions, terms } = lists();
    writeFileSync(join(directory, listsFile(0)), JSON.stringify({ instruments, sessions }));
    restore();
    expect(lists().terms).toEqual(terms);
  });

  test("with terms that are not whole are refused", () => {
    restore();
    const whole = lists();
    for (const terms of [[{ price_unit: 1 }], [null], "x", [...whole.terms, whole.terms[0]]]) {
      writeFileSync(join(directory, listsFile(0)), JSON.stringify({ ...whole, terms }));
      expect(() => restore()).toThrow("the terms of its instruments are not whole");
    }
  });

  test("are kept per engine", () => {
    restore();
    restore({ ...optionsWith(["SPY"]), index: 1 });
    expect(readdirSync(directory).sort()).toEqual(["lists-0.json", "lists-1.json"]);
  });

  test("that can't be read are refused: what the journal's indices mean is not known then", () => {
    restore();
    writeFileSync(join(directory, listsFile(0)), '{"instruments":["AAPL"');
    expect(() => restore()).toThrow("lists-0.json");
    expect(readFileSync(join(directory, listsFile(0)), "utf8")).toBe('{"instruments":["AAPL"');
    writeFileSync(join(directory, listsFile(0)), "null");
    expect(() => restore()).toThrow("lists-0.json");
  });
});

describe("What is restored", () => {
  test("the first start is one without a START record, however many records there are", () => {
    expect(restore().isFirstStart).toBe(true);
    journal((ring) => writeWords(ring, L.HP_JR_STATE, [L.HP_STATE_DISARMED, 0, 7, 0]));
    expect(restore().isFirstStart).toBe(true);
  });

  test("with a START record it is not", () => {
    journal(start);
    expect(restore().isFirstStart).toBe(false);
  });

  test("a kill, until a person armed", () => {
    journal((ring) => {
      start(ring);
      writeWords(ring, L.HP_JR_STATE, [L.HP_STATE_KILLED, L.HP_KILL_CLI, 7, 0]);
      start(ring);
    });
    expect(restore().isKilled).toBe(true);
    rmSync(directory, { recursive: true });
    journal((ring) => {
      writeWords(ring, L.HP_JR_STATE, [L.HP_STATE_KILLED, L.HP_KILL_CLI, 7, 0]);
      writeWords(ring, L.HP_JR_STATE, [L.HP_STATE_ARMED, 0, 7, 0]);
    });
    expect(restore().isKilled).toBe(false);
  });

  test("sequence numbers, one pair per session of the config", () => {
    journal((ring) => void intent(ring, { msgSeq: 41 }));
    expect(restore(optionsWith(["AAPL"], ["venue", "second"])).sequences).toMatchObject([
      { nextOut: 42, nextIn: 1 },
      { nextOut: 1, nextIn: 1 },
    ]);
  });

  test("a record that does not fit the engine ends the start with a sentence", () => {
    journal((ring) => {
      start(ring);
      intent(ring, { msgSeq: 2, slot: 3, fix: "8=FIX.4.4|" });
    });
    const h = new Harness({ epoch: 2 });
    const restored = restore();
    // The kit's INTENT is on instrument 3, which this engine does not have.
    expect(() => restored.replay(h.orders)).toThrow(
      `1 records of the journal in ${directory} do not fit this engine`,
    );
    expect(h.orders.table.liveCount).toBe(0);
  });

  test("an order under way at a crash is there again, its fate unknown", () => {
    journal((ring) => {
      const at = ring.begin(L.HP_JR_INTENT, L.HP_JR_INTENT_SIZE);
      ring.words.set([L.HP_INTENT_NEW, 0, 2, 3, 1 << 20, 0, 1, 1, 100, 5000, 0, 0], at);
      ring.commit(9);
    });
    const h = new Harness({ epoch: 2 });
    restore().replay(h.orders);
    expect(h.orders.table.liveCount).toBe(1);
    expect(h.orders.state(3)).toBe(ORDER_UNKNOWN);
    expect(h.orders.px(3)).toBe(5000);
  });

  test("a damaged journal is refused with the file's name, and no order sees a record", () => {
    journal((ring) => {
      start(ring);
      for (let i = 1; i < 20; i++) intent(ring, { msgSeq: i });
    });
    const segment = readdirSync(directory).find((name) => !name.endsWith(".json"))!;
    const path = join(directory, segment);
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 0xff;
    writeFileSync(path, bytes);
    expect(() => restore()).toThrow(/the journal can't be trusted: .* at byte \d+ \(.+\)/);
    expect(() => restore()).toThrow("nothing was started. See docs/operating/recovery.md");
    expect(() => restore()).toThrow(segment);
  });
});

describe("Missing segments", () => {
  test("are refused with a sentence, and a first start without any is fine", () => {
    restore();
    journal(start);
    const segment = readdirSync(directory).find((name) => name.endsWith(".hpj"))!;
    rmSync(join(directory, segment));
    expect(() => restore()).toThrow(
      `the journal can't be trusted: ${join(directory, segment)} at byte 0 (the file is missing, and it was there); nothing was started`,
    );
  });
});

describe("The START record", () => {
  test("carries the config's hash and the time", () => {
    const journal = new MemoryJournal();
    startRecord(journal, new ManualClock(5), 0xffffffff);
    const [record] = journal.ofType(L.HP_JR_START);
    expect(record!.words).toEqual([L.HP_STATE_STARTING, 0, -1, 0]);
    expect(record!.timeNs).toBe(5);
  });

  test("that finds no room ends the start with a sentence", () => {
    const journal = new MemoryJournal();
    journal.isFull = true;
    expect(() => startRecord(journal, new ManualClock(5), 7)).toThrow("the journal ring is full");
  });
});
