/**
 * Packets of warm-up in CME MDP 3.0, schema version 9: market by price, 10 levels a side. A channel
 * reset begins the prologue and ends the cycle, so that RptSeq is the same in every round; now and
 * then snapshots come, for the books that a lost packet has made stale.
 */
import type { InstrumentDefinition, Instruments } from "../../book/instruments.ts";
import type { FieldValues } from "../../feed/little-endian.ts";
import { type DepthLevel, depthChanges } from "../../feed/mdp3/depth-changes.ts";
import { encodeMdp3, MDP3_PACKET_HEADER, writePacketHeader } from "../../feed/mdp3/mdp3-encoder.ts";
import { warmCycle } from "./cycle.ts";
import { LevelAuthor, SIDES } from "./level-author.ts";
import { WarmPackets } from "./packets.ts";

const DEPTH = 10;
/** Packets between two rounds of snapshots. */
const SNAPSHOT_EVERY = 128;
/** LastMsgSeqNumProcessed of a snapshot: behind the packet's header and the message's. */
const SNAPSHOT_LAST_SEQ = MDP3_PACKET_HEADER + 10;
/** Far enough from 2^32 for a cycle. */
const SEQUENCE_MAX = 4_000_000_000;
const NANO = 1_000_000_000;
const EPOCH_NS = 1_700_000_000_000_000_000n;
/** MatchEventIndicator: last trade, last quote, end of event. */
const LAST_TRADE = 1;
const LAST_QUOTE = 4;
const END_OF_EVENT = 128;
const READY_TO_TRADE = 17;
const HALTED = 2;

export function makeMdp3Packets(
  instruments: Instruments,
  price: number,
  seed: number,
  channel: number,
): WarmPackets {
  return warmCycle(new Mdp3Author(instruments, channel), instruments, price, seed);
}

interface WarmBook {
  rptSeq: number;
  isTrading: boolean;
  /** Told last: bids, asks. */
  told: [DepthLevel[], DepthLevel[]];
}

class Mdp3Author extends LevelAuthor {
  private readonly books: WarmBook[];
  private messages: Uint8Array[] = [];
  private live = 0;
  /** Instruments that the story is about. */
  private walking = 0;

  constructor(
    instruments: Instruments,
    private readonly channel: number,
  ) {
    super(instruments);
    this.books = instruments.definitions.map(() => {
      return { rptSeq: 0, isTrading: true, told: [[], []] };
    });
  }

  override price(_i: number, units: number): number {
    return units;
  }

  open(definitions: readonly InstrumentDefinition[]): void {
    this.walking = definitions.length;
    this.reset();
    definitions.forEach((d, i) => {
      this.messages.push(this.definition(d, i, definitions.length));
      this.flush();
      this.status(i, true);
    });
  }

  close(definitions: readonly InstrumentDefinition[]): void {
    this.flush();
    this.reset();
    definitions.forEach((_, i) => {
      this.status(i, true);
    });
  }

  nothing(): void {
    this.messages.push(encodeMdp3("heartbeat", {}));
    this.flush();
    this.messages.push(encodeMdp3("heartbeat", {}));
  }

  status(i: number, isTrading: boolean): void {
    this.books[i]!.isTrading = isTrading;
    const status = isTrading ? READY_TO_TRADE : HALTED;
    const names = { securityGroup: "WARM", asset: "WARM", securityId: i + 1 };
    const event = { transactTime: EPOCH_NS, event: END_OF_EVENT };
    this.messages.push(encodeMdp3("status", { ...event, ...names, status }));
    this.step();
  }

  protected write(): void {
    const body = [...this.saleMessages(), ...this.bookMessages(), ...this.messages.splice(0)];
    if (body.length === 0) return;
    this.packet(body, 1);
    this.live++;
    if (this.live % SNAPSHOT_EVERY === 0) this.snapshots();
  }

  finish(prologue: number): WarmPackets {
    const numbers = {
      at: 0,
      isLittle: true,
      snapshotAt: SNAPSHOT_LAST_SEQ,
      sumAt: 0,
      max: SEQUENCE_MAX,
    };
    return new WarmPackets(this.packets, prologue, { ...numbers, bytes: 4 });
  }

  private saleMessages(): Uint8Array[] {
    if (this.sales.length === 0) return [];
    const entries = this.sales.map(({ i, shares, px, aggressor }) => {
      const rptSeq = ++this.books[i]!.rptSeq;
      const side = aggressor === "" ? 0 : aggressor === "B" ? 1 : 2;
      const names = { securityId: i + 1, rptSeq, orders: 2, aggressor: side, action: 0 };
      return { px: this.mantissa(i, px), size: shares, ...names };
    });
    const event = LAST_TRADE | (this.dirty.size === 0 ? END_OF_EVENT : 0);
    return [encodeMdp3("trade", { transactTime: EPOCH_NS, event }, { entries })];
  }

  /** One without entries when every level is as it was: it ends the event. */
  private bookMessages(): Uint8Array[] {
    if (this.dirty.size === 0) return [];
    const entries: FieldValues[] = [];
    for (const i of this.dirty) {
      const book = this.books[i]!;
      SIDES.forEach((side, s) => {
        const sign = side === "B" ? 1 : -1;
        const now = this.levels(i, side).slice(0, DEPTH);
        const isBetter = (a: number, b: number) => sign * a > sign * b;
        for (const change of depthChanges(book.told[s]!, now, DEPTH, isBetter)) {
          const rptSeq = ++book.rptSeq;
          const { action, position } = change;
          const names = { securityId: i + 1, rptSeq, level: position, action };
          entries.push({ ...this.entry(i, change.level, s), ...names });
        }
        book.told[s] = now;
      });
    }
    const event = LAST_QUOTE | END_OF_EVENT;
    return [encodeMdp3("book", { transactTime: EPOCH_NS, event }, { entries })];
  }

  private snapshots(): void {
    this.books.slice(0, this.walking).forEach((book, i) => {
      const entries = book.told.flatMap((levels, s) =>
        levels.map((level, k) => ({ ...this.entry(i, level, s), level: k + 1 })),
      );
      const fields = {
        lastSeq: 0,
        reports: this.walking,
        securityId: i + 1,
        rptSeq: book.rptSeq,
        transactTime: EPOCH_NS,
        lastUpdateTime: EPOCH_NS,
        status: book.isTrading ? READY_TO_TRADE : HALTED,
      };
      this.packet([encodeMdp3("snapshot", fields, { entries })], 0);
    });
  }

  private entry(i: number, level: DepthLevel, s: number): FieldValues {
    const type = s === 0 ? "0" : "1";
    return { px: this.mantissa(i, level.px), size: level.qty, orders: level.count, type };
  }

  private reset(): void {
    const entries = [{ applId: this.channel }];
    const event = { transactTime: EPOCH_NS, event: END_OF_EVENT };
    this.messages.push(encodeMdp3("channelReset", event, { entries }));
    for (const book of this.books) book.rptSeq = 0;
  }

  private definition(d: InstrumentDefinition, i: number, reports: number): Uint8Array {
    const tick = this.instruments.tickAt(i, 1);
    const fields = {
      event: END_OF_EVENT,
      reports,
      lastUpdateTime: EPOCH_NS,
      status: READY_TO_TRADE,
      applId: this.channel,
      exchange: "WARM",
      securityGroup: "WARM",
      asset: "WARM",
      symbol: d.feedSymbol,
      securityId: i + 1,
      minPriceIncrement: this.mantissa(i, tick),
      displayFactor: NANO,
    };
    return encodeMdp3("definition", fields, { feeds: [{ feed: "GBX", depth: DEPTH }] });
  }

  /** PRICE9 of a price in units: the display factor is 1. */
  private mantissa(i: number, units: number): number {
    return units * Math.round(this.instruments.priceUnit[i]! * NANO);
  }

  private packet(messages: readonly Uint8Array[], numbers: number): void {
    const length = messages.reduce((n, m) => n + m.length, MDP3_PACKET_HEADER);
    const bytes = new Uint8Array(length);
    writePacketHeader(bytes, 1, EPOCH_NS);
    let at = MDP3_PACKET_HEADER;
    for (const message of messages) {
      bytes.set(message, at);
      at += message.length;
    }
    this.packets.push({ bytes, messages: numbers });
  }
}
