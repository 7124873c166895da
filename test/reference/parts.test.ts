/** The parts of the C reference that can be asked one by one: templates, gate, histogram, journal check. */
import { afterAll, describe, expect, test } from "bun:test";
import { DENY_NAMES, ORDER_MARKET, SIDE_BUY, SIDE_SELL } from "../../src/core/codes.ts";
import { bucketOf } from "../../src/core/histogram.ts";
import { fakeShim } from "../../src/ffi/fake.ts";
import { HP_INTENT_CANCEL, HP_INTENT_NEW, HP_INTENT_REPLACE } from "../../src/ffi/layout.ts";
import { hasShim, loadShim } from "../../src/ffi/load.ts";
import { showMessage } from "../../src/fix/codec/text.ts";
import { UtcTime } from "../../src/fix/codec/utc-time.ts";
import { loadDictionary } from "../../src/fix/dictionary/load.ts";
import { OrderTemplates } from "../../src/fix/order/order-templates.ts";
import type { TemplateOptions } from "../../src/fix/order/template-plan.ts";
import { recordCheck } from "../../src/journal/check.ts";
import { Random } from "../../src/sim/random.ts";
import { fixInstruments } from "../support/fix-instruments.ts";
import {
  inCents,
  makerEngine,
  makerOptions,
  ORDERLY,
  warmTable,
} from "../support/maker-packets.ts";
import { PACKET_NUMBERS, ReferencePath, TypescriptPath } from "../support/maker-path.ts";
import { openReference } from "../support/reference.ts";
import { ReferenceFix } from "../support/reference-fix.ts";

const reference = await openReference();
const shim = hasShim() ? loadShim() : fakeShim();
const SESSION_START_S = 1_767_312_000;
const KINDS = [HP_INTENT_NEW, HP_INTENT_REPLACE, HP_INTENT_CANCEL];

describe.skipIf(reference === undefined)("the templates in C", () => {
  const closing: ReferenceFix[] = [];
  afterAll(() => {
    for (const fix of closing) fix.close();
  });

  /** Ours and theirs for the same options. */
  function both(more: Partial<TemplateOptions>) {
    const options: TemplateOptions = {
      dictionary: loadDictionary("FIX44"),
      instruments: fixInstruments(),
      session: 0,
      beginString: "FIX.4.4",
      senderCompId: "ME",
      targetCompId: "VENUE",
      headerTags: { 50: "DESK" },
      staticTags: { 1: "ACC", 18: "M", 21: "1", 47: "P", 100: "XNAS", 114: "N" },
      postOnly: { tag: 18, value: "6" },
      idPrefix: "HP",
      timestampDigits: 3,
      zeroPad: false,
      ...more,
    };
    const time = new UtcTime(SESSION_START_S, options.timestampDigits);
    const templates = new OrderTemplates(options, new Uint8Array(new ArrayBuffer(16_384)), 0, time);
    const fix = new ReferenceFix(reference!, options, SESSION_START_S);
    closing.push(fix);
    const ours = (o: Int32Array, wallNs: number) => {
      time.set(wallNs);
      const [kind, , seq, slot, generation, orig, i, side, qty, px, flags] = [...o] as number[];
      if (kind === HP_INTENT_NEW)
        templates.encodeNew(seq!, slot!, generation!, i!, side!, qty!, px!, flags!);
      else if (kind === HP_INTENT_REPLACE)
        templates.encodeReplace(seq!, slot!, generation!, orig!, i!, side!, qty!, px!, flags!);
      else templates.encodeCancel(seq!, slot!, generation!, orig!, i!, side!, qty!, flags!);
      return showMessage(templates.tx, templates.start, templates.start + templates.length);
    };
    return { fix, ours };
  }

  test("write our bytes for orders drawn at random, in every shape of session", () => {
    const random = new Random(11);
    const any = (digits: number) => random.below(10 ** (1 + random.below(digits)));
    const order = new Int32Array(new ArrayBuffer(48));
    for (const timestampDigits of [0, 3, 6, 9]) {
      for (const zeroPad of [false, true]) {
        const { fix, ours } = both({ timestampDigits, zeroPad, idPrefix: "Z9" });
        let wallNs = 0;
        let seq = 1;
        for (let n = 0; n < 3000; n++) {
          // Mostly the next number, within a second; now and then any number, another day.
          seq = random.below(40) === 0 ? 1 + any(8) : seq + 1;
          wallNs = random.below(40) === 0 ? random.below(86_400 * 3) * 1e9 : wallNs + any(9);
          order.set([KINDS[random.below(3)]!, 0, seq, random.below(1 << 20), any(9)]);
          order.set([any(9), random.below(3), random.below(2) === 0 ? 1 : -1, any(9), any(9)], 5);
          order.set([random.below(64), 0], 10);
          // A market order's price is not written; a low price has zeros behind the point.
          const expected = ours(order, wallNs);
          const message = showMessage(fix.encode(order, wallNs));
          if (message !== expected) expect({ n, message }).toEqual({ n, message: expected });
        }
      }
    }
  });

  test("notice a changed price, quantity, id or time", () => {
    const { fix, ours } = both({});
    const order = Int32Array.of(
      HP_INTENT_NEW,
      0,
      4711,
      31,
      0x300007,
      0,
      0,
      1,
      100,
      1_015_000,
      0,
      0,
    );
    const expected = ours(order, 36_000.125e9);
    expect(showMessage(fix.encode(order, 36_000.125e9))).toBe(expected);
    expect(showMessage(fix.encode(order, 36_000.126e9))).not.toBe(expected);
    for (const word of [2, 3, 4, 8, 9]) {
      const other = order.slice();
      other[word]! += 1;
      expect(showMessage(fix.encode(other, 36_000.125e9))).not.toBe(expected);
    }
  });

  test("write as many messages as they are asked for, each under the next number", () => {
    const { fix, ours } = both({});
    const order = Int32Array.of(HP_INTENT_NEW, 0, 9_998, 31, 7, 0, 0, 1, 100, 1_015_000, 0, 0);
    let sum = 0;
    for (let k = 0; k < 5; k++) {
      const message = ours(order, 36e12 + 1e6 * k);
      sum += message.length + message.charCodeAt(message.length - 2);
      order[2]! += 1;
      order[4]! += 1;
    }
    order.set([9_998, 31, 7], 2);
    expect(fix.encodeMany(order, 36e12, 1e6, 5)).toBe(sum);
  });
});

describe.skipIf(reference === undefined)("the gate in C", () => {
  test("gives our code to every order drawn at random", () => {
    const engine = makerEngine(inCents(["AAA", "BBB", "CCC", "DDD"]), {
      maxOrderQty: 900,
      maxOrderNotional: 80_000,
      collarPct: 1,
      maxPosition: 900,
      maxExposure: 100_000,
      maxOpenOrders: 10,
      ordersPerS: 50_000,
      ordersBurst: 20,
    });
    engine.instruments[1]!.lot = 100;
    engine.instruments[2]!.ticks = [{ from: 0, tick: 0.05 }];
    const options = makerOptions(engine);
    const seen = new Map<string, number>();
    const packets = warmTable(engine, 100, 3, 1, { startNs: options.startNs, ...ORDERLY });
    const count = packets.table.length / PACKET_NUMBERS;
    const typescript = new TypescriptPath(shim, options);
    const c = new ReferencePath(reference!, options, typescript.nextOut);
    const random = new Random(5);
    for (let at = 0; at < count; at += 40) {
      typescript.run(packets, at, Math.min(at + 40, count));
      c.run(packets, at, Math.min(at + 40, count));
      let nowNs = packets.table[(Math.min(at + 40, count) - 1) * PACKET_NUMBERS + 3]!;
      for (let n = 0; n < 100; n++) {
        nowNs += random.below(200_000);
        const { order, code } = drawnCheck(typescript, random, nowNs);
        expect([...order, c.gateCheck(order, nowNs, 0, 1)]).toEqual([...order, code]);
        const name = DENY_NAMES[-code]!;
        seen.set(name, (seen.get(name) ?? 0) + 1);
      }
    }
    c.close();
    typescript.close();
    const wanted = ["ok", "collar", "tick", "lot", "order-quantity", "order-notional", "position"];
    const more = ["rate", "short-sale", "self-match", "argument", "exposure"];
    const names = [...seen.keys()].map((name) => name.replace("price-", ""));
    expect([...wanted, ...more].filter((name) => !names.includes(name))).toEqual([]);
  });

  /** An order drawn near the book, and what our gate says of it. */
  function drawnCheck(typescript: TypescriptPath, random: Random, nowNs: number) {
    const i = random.below(5) - (random.below(50) === 0 ? 1 : 0);
    const side = random.below(2) === 0 ? SIDE_BUY : SIDE_SELL;
    const book = typescript.path.market.views[Math.max(0, Math.min(i, 3))]!;
    const middle = side === SIDE_BUY ? book.bidPx(0) : book.askPx(0);
    const away = random.below(4) === 0 ? random.below(400) - 200 : random.below(16) - 8;
    const px = (middle || 10_000) + away;
    const qty = random.below(3) === 0 ? random.below(1000) : 100 * random.below(10);
    const flags = [0, 8, 16, 32, ORDER_MARKET, 2, 4, 24, 40, random.below(128)][random.below(10)]!;
    const code = typescript.path.gate.checkNew(i, side, qty, px, flags, nowNs);
    return { order: [i, side, qty, px, flags], code };
  }
});

describe.skipIf(reference === undefined)("the figures in C", () => {
  test("put every duration into our bucket", () => {
    const random = new Random(3);
    const durations = [-1, 0, 0.5, 1, 127, 128, 2 ** 32 - 1, 2 ** 32, 2 ** 37 - 1, 2 ** 37, 1e300];
    for (let n = 0; n < 20_000; n++) durations.push(2 ** (38 * random.next()));
    for (const ns of durations) {
      expect([ns, reference!.ref_bucket_of(ns)]).toEqual([ns, bucketOf(ns)]);
    }
  });

  test("check a record as we do", () => {
    const random = new Random(4);
    for (let n = 0; n < 200; n++) {
      const words = Int32Array.from({ length: 8 + 2 * random.below(40) }, () =>
        random.below(2 ** 32),
      );
      const check = reference!.ref_record_check(words, words.length);
      expect(check).toBe(recordCheck(words, 0, words.length));
      words[4 + random.below(words.length - 4)]! ^= 1 << random.below(32);
      expect(reference!.ref_record_check(words, words.length)).not.toBe(check);
    }
  });
});
