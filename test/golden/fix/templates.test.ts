import { describe, expect, test } from "bun:test";
import * as C from "../../../src/core/codes.ts";
import { showMessage, wrapMessage } from "../../../src/fix/codec/text.ts";
import { UtcTime } from "../../../src/fix/codec/utc-time.ts";
import { loadDictionary } from "../../../src/fix/dictionary/load.ts";
import { OrderTemplates } from "../../../src/fix/order/order-templates.ts";
import type { TemplateOptions } from "../../../src/fix/order/template-plan.ts";
import { fixInstruments } from "../../support/fix-instruments.ts";

const time = new UtcTime(Date.UTC(2026, 0, 2) / 1000, 3);
time.set(36_000.125e9);
const NOW = "20260102-10:00:00.125";

function templates(more: Partial<TemplateOptions> = {}): OrderTemplates {
  return new OrderTemplates(
    {
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
    },
    new Uint8Array(new ArrayBuffer(16_384)),
    0,
    time,
  );
}

function sent(t: OrderTemplates): string {
  return showMessage(t.tx, t.start, t.start + t.length);
}

const wrapped = (body: string) => showMessage(wrapMessage(body));
const head = (type: string, seq: number) =>
  `35=${type}|34=${seq}|49=ME|56=VENUE|50=DESK|52=${NOW}|11=HP0001f00300007|`;
const statics = "1=ACC|21=1|100=XNAS|47=P|";

describe("order messages, byte by byte", () => {
  test("a limit order", () => {
    const t = templates();
    t.encodeNew(7, 0x1f, 0x300007, 0, C.SIDE_BUY, 100, 1_015_000, 0);
    expect(sent(t)).toBe(
      wrapped(`${head("D", 7)}${statics}60=${NOW}|55=AAPL|54=1|40=2|59=0|18=M|38=100|44=101.5000|`),
    );
  });

  test("short, post-only: locate and ExecInst are added, the price divides by the unit", () => {
    const t = templates();
    const flags = C.ORDER_POST_ONLY | C.ORDER_SHORT;
    t.encodeNew(1234, 0x1f, 0x300007, 1, C.SIDE_SELL, 5, 20_001, flags);
    expect(sent(t)).toBe(
      wrapped(
        `${head("D", 1234)}${statics}60=${NOW}|55=ESH6|207=XCME|54=5|40=2|59=0|18=M 6|114=N|38=5|44=5000.25|`,
      ),
    );
  });

  test("market, IOC, FOK and short exempt", () => {
    const t = templates({ staticTags: {} });
    t.encodeNew(7, 0x1f, 0x300007, 2, C.SIDE_SELL, 1, 0, C.ORDER_MARKET | C.ORDER_SHORT_EXEMPT);
    expect(sent(t)).toBe(wrapped(`${head("D", 7)}60=${NOW}|55=BRK|54=6|40=1|59=0|38=1|`));
    t.encodeNew(7, 0x1f, 0x300007, 2, C.SIDE_BUY, 1, -3, C.ORDER_IOC);
    expect(sent(t)).toBe(wrapped(`${head("D", 7)}60=${NOW}|55=BRK|54=1|40=2|59=3|38=1|44=-3|`));
    t.encodeNew(7, 0x1f, 0x300007, 2, C.SIDE_BUY, 1, 3, C.ORDER_FOK);
    expect(sent(t)).toBe(wrapped(`${head("D", 7)}60=${NOW}|55=BRK|54=1|40=2|59=4|38=1|44=3|`));
  });

  test("cancel, replace, mass cancel and status request", () => {
    const t = templates({ staticTags: { 1: "ACC" } });
    t.encodeCancel(8, 0x1f, 0x300007, 0x300006, 0, C.SIDE_SELL, 100, 0);
    expect(sent(t)).toBe(
      wrapped(`${head("F", 8)}41=HP0001f00300006|1=ACC|60=${NOW}|55=AAPL|54=2|38=100|`),
    );
    t.encodeReplace(9, 0x1f, 0x300007, 0x300006, 0, C.SIDE_SELL, 50, 7, 0);
    expect(sent(t)).toBe(
      wrapped(
        `${head("G", 9)}41=HP0001f00300006|1=ACC|60=${NOW}|55=AAPL|54=2|40=2|59=0|38=50|44=0.0007|`,
      ),
    );
    t.encodeMassCancel(10, 0x1f, 0x300007);
    expect(sent(t)).toBe(wrapped(`${head("q", 10)}530=7|1=ACC|60=${NOW}|`));
    t.encodeStatus(11, 0x1f, 0x300007, 0, C.SIDE_BUY, 0);
    expect(sent(t)).toBe(wrapped(`${head("H", 11)}1=ACC|55=AAPL|54=1|`));
  });

  test("fixed widths with leading zeros", () => {
    const t = templates({ staticTags: {}, zeroPad: true });
    t.encodeNew(7, 0x1f, 0x300007, 0, C.SIDE_BUY, 100, 1_015_000, 0);
    const message = sent(t);
    expect(message).toMatch(/^8=FIX\.4\.4\|9=000\d{3}\|35=D\|34=000000007\|/);
    expect(message).toContain("|38=0000000100|44=00000101.5000|10=");
  });

  test("what a template keeps of earlier messages never shows: as one that is new", () => {
    const worn = templates({ staticTags: {} });
    const pxs = [1, 9_999, 10_000, 999_999, 1_000_000, 123_456_789];
    let seq = 9_970;
    for (const instrument of [0, 2, 1, 1, 0]) {
      for (const px of pxs) {
        for (const side of [C.SIDE_BUY, C.SIDE_SELL]) {
          for (const qty of [1, 100, 1_000_000]) {
            const fresh = templates({ staticTags: {} });
            for (const t of [worn, fresh]) {
              t.encodeNew(seq, seq & 31, 0x300000 + seq, instrument, side, qty, px, C.ORDER_IOC);
            }
            expect(sent(worn)).toBe(sent(fresh));
            seq++;
          }
        }
      }
    }
  });

  test("a static group of one entry keeps the order of the dictionary", () => {
    const t = templates({ staticTags: { 447: "D", 448: "FIRM", 452: "1", 453: "1" } });
    t.encodeNew(7, 0x1f, 0x300007, 0, C.SIDE_BUY, 100, 1_015_000, 0);
    expect(sent(t)).toContain("|453=1|448=FIRM|447=D|452=1|");
  });
});
