/** Recorded OPRA packets: read by hand from the layout, and as the decoder reads them. */
import { expect, test } from "bun:test";
import { BboBooks } from "../../../src/book/bbo-books.ts";
import { BOOK_STALE } from "../../../src/book/flags.ts";
import { Instruments } from "../../../src/book/instruments.ts";
import { BlockFraming } from "../../../src/feed/opra/block-framing.ts";
import { OpraDecoder } from "../../../src/feed/opra/opra.ts";
import { describeOpra, describeOpraBlock } from "../../../src/feed/opra/opra-fields.ts";
import { haveCaptures, readCapture } from "../../support/captures.ts";
import { definition, MarketLog, newCounters } from "../../support/market.ts";

const isThere = haveCaptures("opra");
/** pcap header, record header, Ethernet, IPv4, UDP. */
const PAYLOAD = 24 + 16 + 14 + 20 + 8;
const HEARTBEAT = "ControlMessage.H";
const LONG = "LongEquityAnIndexQuoteMessage.k";
const SHORT = "ShortEquityAndIndexQuoteMessage.BestBidAppendage.q";

function payload(name: string): Uint8Array {
  return readCapture("opra", `Opra_Recipient_v6_2__${name}.pcap`).slice(PAYLOAD);
}

function rig(...symbols: string[]) {
  const counters = newCounters();
  const log = new MarketLog();
  const instruments = new Instruments(symbols.map((symbol) => definition(symbol, 0.01)));
  const books = new BboBooks({ feed: 0, instruments, events: log, counters });
  const framing = new BlockFraming({
    decoder: new OpraDecoder({ sink: books, counters }),
    counters,
  });
  const play = (bytes: Uint8Array) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    expect(framing.read(view, bytes, 0, bytes.length)).toBe(true);
    expect(framing.isWellFormed(view, bytes, 0, bytes.length)).toBe(true);
    framing.apply(view, bytes, 0, bytes.length, 0);
    books.flush(true);
  };
  return { books, counters, framing, play, log };
}

test.skipIf(!isThere)("the header of a recorded block reads as the layout says", () => {
  expect(describeOpraBlock(payload(LONG), 0, 64)).toEqual({
    version: 6,
    block_size: 64,
    data_feed_indicator: "O",
    retransmission_indicator: "",
    session_indicator: 0,
    block_sequence_number: 0x17fea871,
    messages_in_block: 1,
    seconds: 1701291404,
    nanoseconds: 906957312,
    block_checksum: 0x0c55,
  });
});

test.skipIf(!isThere)("the recorded long quote", () => {
  const bytes = payload(LONG);
  expect(describeOpra(bytes, 21, 43)).toEqual({
    type: "k",
    len: 43,
    participant_id: "I",
    message_type: "",
    message_indicator: "A",
    transaction_id: 0x04349d37,
    participant_reference_number: 0x3609ae46,
    security_symbol: "AMZN",
    expiration_month: "A",
    expiration_day: 19,
    expiration_year: 24,
    strike_price_denominator_code: "B",
    strike_price: 16175,
    premium_price_denominator_code: "D",
    bid_price: 9600,
    bid_size: 47,
    offer_price: 10000,
    offer_size: 263,
  });
});

test.skipIf(!isThere)("the recorded short quote, with the best bid of another participant", () => {
  expect(describeOpra(payload(SHORT), 21, 39)).toEqual({
    type: "q",
    len: 39,
    participant_id: "T",
    message_type: "",
    message_indicator: "M",
    transaction_id: 0x041cdaf7,
    participant_reference_number: 0x2fa5ae99,
    security_symbol_short: "AMZN",
    expiration_month: "L",
    expiration_day: 29,
    expiration_year: 23,
    strike_price_short: 1330,
    bid_price_short: 1410,
    bid_size_short: 43,
    offer_price_short: 1465,
    offer_size_short: 2,
    best_bid_participant_id: "N",
    best_bid_denominator_code: "B",
    best_bid_price: 1410,
    best_bid_size: 50,
  });
});

test.skipIf(!isThere)(
  "the recorded line integrity message fills its block but for the pad byte",
  () => {
    const r = rig();
    const bytes = payload(HEARTBEAT);
    expect(bytes.length).toBe(34);
    r.play(bytes);
    expect(r.framing.seq).toBe(0x17ff866c);
    expect(describeOpra(bytes, 21, 12)).toMatchObject({ type: "H", message_type: "N" });
  },
);

test.skipIf(!isThere)("checksums of recorded blocks verify, and no other byte may change", () => {
  for (const name of [HEARTBEAT, LONG, SHORT]) {
    rig().play(payload(name));
    for (let at = 4; at < payload(name).length; at++) {
      const r = rig();
      const bytes = payload(name);
      bytes[at] = bytes[at]! ^ 0x10;
      const view = new DataView(bytes.buffer);
      const isRead = r.framing.read(view, bytes, 0, bytes.length);
      expect(isRead && r.framing.isWellFormed(view, bytes, 0, bytes.length)).toBe(false);
    }
  }
});

test.skipIf(!isThere)("the short quote states the best bid alone, the long one nothing", () => {
  const r = rig("AMZN231229C00133000", "AMZN240119C00161750");
  r.play(payload(SHORT));
  r.play(payload(LONG));
  expect(r.books.levels(0)).toEqual({ bids: [{ px: 1410, qty: 50, count: 0 }], asks: [] });
  expect(String.fromCharCode(r.books.participant(0, 0))).toBe("N");
  expect(r.books.levels(1)).toEqual({ bids: [], asks: [] });
  expect([r.books.isSeen(0), r.books.isSeen(1)]).toEqual([true, true]);
  // The offer of the first was not told, nor anything of the second.
  expect([r.books.flags(0), r.books.flags(1)]).toEqual([BOOK_STALE, BOOK_STALE]);
  expect([...r.counters].some((count) => count !== 0)).toBe(false);
});
