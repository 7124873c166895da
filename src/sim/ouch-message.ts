/** OUCH 5.0 from the venue's side: what it reads of orders as fields of FIX, and what it writes. */
import type { OuchRecord } from "../ouch/ouch-fields.ts";
import { FixMessage, pxText } from "./fix-message.ts";

/** What an answer repeats of an order. */
export interface OuchEcho {
  side: string;
  symbol: string;
  timeInForce: string;
  display: string;
  capacity: string;
  interMarketSweep: string;
  crossType: string;
  clordid: string;
}

const SIDES: Record<string, string> = { B: "1", S: "2", T: "5", E: "6" };
const IMMEDIATE = "3";

export function echoOf(order: OuchRecord): OuchEcho {
  return {
    side: String(order["side"]),
    symbol: String(order["symbol"]),
    timeInForce: String(order["time_in_force"]),
    display: String(order["display"]),
    capacity: String(order["capacity"]),
    interMarketSweep: String(order["inter_market_sweep_eligibility"]),
    crossType: String(order["cross_type"]),
    clordid: String(order["clordid"]),
  };
}

/** Of the replacement: what it says itself, and the rest of the order. */
export function replacedEcho(order: OuchEcho, replace: OuchRecord): OuchEcho {
  return {
    ...order,
    timeInForce: String(replace["time_in_force"]),
    display: String(replace["display"]),
    clordid: String(replace["clordid"]),
  };
}

/** Enter order as NewOrderSingle (D). A side that is none is left as it is, for the desk to refuse. */
export function newOrder(order: OuchRecord): FixMessage {
  const qty = Number(order["quantity"]);
  const isImmediate = order["time_in_force"] === IMMEDIATE;
  const isAll = isImmediate && order["min_qty"] === qty;
  return message({
    35: "D",
    11: String(order["user_ref_num"]),
    55: String(order["symbol"]),
    54: SIDES[String(order["side"])] ?? "?",
    38: String(qty),
    40: "2",
    44: pxText(Number(order["price"])),
    59: isAll ? "4" : isImmediate ? "3" : "0",
    18: order["post_only"] === "P" ? "6" : "",
  });
}

/** Replace order as OrderCancelReplaceRequest (G). */
export function replaceRequest(replace: OuchRecord): FixMessage {
  return message({
    35: "G",
    11: String(replace["user_ref_num"]),
    41: String(replace["orig_user_ref_num"]),
    38: String(replace["quantity"]),
    44: pxText(Number(replace["price"])),
  });
}

/** Cancel order as OrderCancelRequest (F); `id`: the desk wants one of its own for each. */
export function cancelRequest(ref: number, id: string): FixMessage {
  return message({ 35: "F", 11: id, 41: String(ref) });
}

function message(fields: Record<number, string>): FixMessage {
  return new FixMessage(
    new Map(Object.entries(fields).map(([tag, value]) => [Number(tag), value])),
  );
}

/** Writes fields one behind the other, big-endian. */
export class OuchWriter {
  private readonly buffer = Buffer.alloc(128);
  private at = 0;

  constructor(type: string, nowNs: number) {
    this.text(type, 1).u64(nowNs);
  }

  text(value: string, size: number): this {
    this.buffer.write(value.padEnd(size), this.at, size, "latin1");
    this.at += size;
    return this;
  }

  u16(value: number): this {
    this.at = this.buffer.writeUInt16BE(value, this.at);
    return this;
  }

  u32(value: number): this {
    this.at = this.buffer.writeUInt32BE(value, this.at);
    return this;
  }

  /** Below 2^53. */
  u64(value: number): this {
    this.at = this.buffer.writeBigUInt64BE(BigInt(Math.floor(value)), this.at);
    return this;
  }

  done(): Uint8Array {
    return this.buffer.subarray(0, this.at);
  }
}
