/** Packets of warm-up in IEX DEEP 1.0 or TOPS 1.6 over IEX-TP 1. */
import type { InstrumentDefinition, Instruments } from "../../book/instruments.ts";
import {
  type Field,
  type FieldValues,
  writeAscii,
  writeFields,
  writeLittle,
} from "../../feed/little-endian.ts";
import type { DepthLevel } from "../../feed/mdp3/depth-changes.ts";
import { warmCycle } from "./cycle.ts";
import { LevelAuthor, SIDES } from "./level-author.ts";
import { WarmPackets } from "./packets.ts";

const HEADER = 40;
const SEQUENCE = 24;
const PROTOCOLS = { deep: 0x8004, tops: 0x8003 };
const SESSION = 0x57415243;
const SENT_NS = 1_700_000_000_000_000_000n;
/** From packet to packet, so that an event is told from the next one by its time. */
const STEP_NS = 1000n;
/** A level's flag: the event is complete. */
const COMPLETE = 1;
const TIME = ["time", 2, 8, "u"] as const;
const SYMBOL = ["symbol", 10, 8, "c"] as const;
const LEVEL = [TIME, SYMBOL, ["size", 18, 4, "u"], ["price", 22, 8, "u"]] as const;

/** Bytes and fields behind type and first byte, by type. */
const LAYOUTS: Record<string, { bytes: number; fields: readonly Field[] }> = {
  S: { bytes: 10, fields: [TIME] },
  D: {
    bytes: 31,
    fields: [TIME, SYMBOL, ["lot", 18, 4, "u"], ["poc", 22, 8, "u", 0], ["tier", 30, 1, "u", 1]],
  },
  H: { bytes: 22, fields: [TIME, SYMBOL, ["reason", 18, 4, "c", ""]] },
  O: { bytes: 18, fields: [TIME, SYMBOL] },
  P: { bytes: 19, fields: [TIME, SYMBOL, ["detail", 18, 1, "c", ""]] },
  "8": { bytes: 30, fields: LEVEL },
  "5": { bytes: 30, fields: LEVEL },
  Q: {
    bytes: 42,
    fields: [
      TIME,
      SYMBOL,
      ["bidSize", 18, 4, "u"],
      ["bid", 22, 8, "u"],
      ["ask", 30, 8, "u"],
      ["askSize", 38, 4, "u"],
    ],
  },
  T: { bytes: 38, fields: [...LEVEL, ["trade", 30, 8, "u", 1]] },
};

export function makeIexPackets(
  instruments: Instruments,
  price: number,
  seed: number,
  protocol: "deep" | "tops",
): WarmPackets {
  return warmCycle(new IexAuthor(instruments, protocol), instruments, price, seed);
}

class IexAuthor extends LevelAuthor {
  private messages: Uint8Array[] = [];
  private time = SENT_NS;
  /** DEEP, told last: bids, asks. */
  private readonly told: [DepthLevel[], DepthLevel[]][];

  constructor(
    instruments: Instruments,
    private readonly protocol: "deep" | "tops",
  ) {
    super(instruments);
    this.told = instruments.definitions.map(() => [[], []]);
  }

  open(definitions: readonly InstrumentDefinition[]): void {
    for (const code of "OSR") this.put("S", code, {});
    definitions.forEach((_, i) => {
      this.about("D", 0, i, { lot: 100 });
      this.about("O", "N", i);
      this.status(i, true);
      this.shortSales(i, false);
    });
  }

  close(definitions: readonly InstrumentDefinition[]): void {
    definitions.forEach((_, i) => {
      this.shortSales(i, false);
    });
  }

  nothing(): void {
    this.put("S", "S", {});
    this.flush();
    this.put("S", "R", {});
  }

  status(i: number, isTrading: boolean): void {
    this.about("H", isTrading ? "T" : "H", i);
    this.step();
  }

  override shortSales(i: number, isRestricted: boolean): void {
    this.about("P", isRestricted ? 1 : 0, i);
    this.step();
  }

  finish(prologue: number): WarmPackets {
    const max = Number.MAX_SAFE_INTEGER;
    const numbers = { at: SEQUENCE, isLittle: true, snapshotAt: 0, sumAt: 0, max };
    return new WarmPackets(this.packets, prologue, { ...numbers, bytes: 8 });
  }

  protected write(): void {
    for (const { i, shares, px } of this.sales) {
      this.about("T", 0, i, { size: shares, price: px });
    }
    for (const i of this.dirty) {
      if (this.protocol === "deep") this.levelsOf(i);
      else this.quoteOf(i);
    }
    const { messages } = this;
    if (messages.length === 0) return;
    this.messages = [];
    const payload = messages.reduce((n, m) => n + 2 + m.length, 0);
    const bytes = new Uint8Array(HEADER + payload);
    bytes[0] = 1;
    writeLittle(bytes, 2, 2, PROTOCOLS[this.protocol]);
    writeLittle(bytes, 4, 4, 1);
    writeLittle(bytes, 8, 4, SESSION);
    writeLittle(bytes, 12, 2, payload);
    writeLittle(bytes, 14, 2, messages.length);
    writeLittle(bytes, 32, 8, SENT_NS);
    let at = HEADER;
    for (const message of messages) {
      writeLittle(bytes, at, 2, message.length);
      bytes.set(message, at + 2);
      at += 2 + message.length;
    }
    this.packets.push({ bytes, messages: messages.length });
    this.time += STEP_NS;
  }

  /** Levels that differ: those that are gone first, so that no book is crossed in between. */
  private levelsOf(i: number): void {
    const gone: FieldValues[] = [];
    const set: FieldValues[] = [];
    SIDES.forEach((side, s) => {
      const now = this.levels(i, side);
      const before = new Map(this.told[i]![s]!.map((level) => [level.px, level.qty]));
      const type = side === "B" ? "8" : "5";
      for (const { px, qty } of now) {
        if (before.get(px) !== qty) set.push({ type, price: px, size: qty });
        before.delete(px);
      }
      for (const px of before.keys()) gone.push({ type, price: px, size: 0 });
      this.told[i]![s] = now;
    });
    const all = [...gone, ...set];
    all.forEach((fields, k) => {
      this.about(String(fields.type), k + 1 === all.length ? COMPLETE : 0, i, fields);
    });
  }

  private quoteOf(i: number): void {
    const [bid, ask] = SIDES.map((side) => this.levels(i, side)[0]);
    this.about("Q", 0, i, {
      bidSize: bid?.qty ?? 0,
      bid: bid?.px ?? 0,
      ask: ask?.px ?? 0,
      askSize: ask?.qty ?? 0,
    });
  }

  private about(type: string, first: string | number, i: number, fields: FieldValues = {}): void {
    const symbol = this.instruments.definitions[i]!.feedSymbol;
    this.put(type, first, { ...fields, symbol });
  }

  private put(type: string, first: string | number, fields: FieldValues): void {
    const layout = LAYOUTS[type]!;
    const bytes = new Uint8Array(layout.bytes);
    writeAscii(bytes, 0, 1, type);
    if (typeof first === "number") bytes[1] = first;
    else writeAscii(bytes, 1, 1, first);
    writeFields(bytes, 0, layout.fields, { ...fields, time: this.time });
    this.messages.push(bytes);
  }
}
