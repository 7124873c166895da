/** ITCH 5.0 and PITCH: orders come, are executed, reduced, changed and deleted. */
import { heartbeat, itch, mold } from "../itch-bytes.ts";
import * as pitch from "../pitch-bytes.ts";
import { drawFrom, packetsOf, type Rig, SYMBOLS } from "./rig.ts";

const STEPS = 150;
const SESSION = "SESSION001";
const UNIT = 3;

interface Step {
  kind: "add" | "delete" | "execute" | "reduce" | "change";
  symbol: number;
  id: number;
  /** Of the order that a change leaves; ITCH gives it a new one. */
  newId: number;
  side: "B" | "S";
  qty: number;
  /** 1/10000 */
  px: number;
}

/** A flow of orders that never refers to one that is gone. */
function flow(draw: (n: number) => number): Step[] {
  const live: { id: number; symbol: number; side: "B" | "S"; qty: number }[] = [];
  const steps: Step[] = [];
  let nextId = 1;
  const price = (side: "B" | "S") => 10_000 * (side === "B" ? 100 - draw(6) : 101 + draw(6));
  while (steps.length < STEPS) {
    const at = draw(Math.max(1, live.length));
    const order = live[at];
    const what = draw(8);
    if (order === undefined || what < 4) {
      const side = draw(2) === 0 ? "B" : "S";
      const symbol = draw(SYMBOLS.length);
      const qty = 100 * (2 + draw(8));
      const id = nextId++;
      live.push({ id, symbol, side, qty });
      steps.push({ kind: "add", symbol, id, newId: 0, side, qty, px: price(side) });
      continue;
    }
    const head = { symbol: order.symbol, id: order.id, newId: 0, side: order.side, px: 0 };
    if (what === 4) {
      live.splice(at, 1);
      steps.push({ ...head, kind: "delete", qty: 0 });
    } else if (what === 7) {
      const id = nextId++;
      const qty = 100 * (2 + draw(8));
      const px = price(order.side);
      steps.push({ ...head, kind: "change", newId: id, qty, px });
      order.id = id;
      order.qty = qty;
    } else {
      steps.push({ ...head, kind: what === 5 ? "execute" : "reduce", qty: 100 });
      order.qty -= 100;
      if (order.qty === 0) live.splice(at, 1);
    }
  }
  return steps;
}

function itchMessage(s: Step): Uint8Array {
  const head = { stock_locate: s.symbol + 1, order_reference_number: s.id };
  if (s.kind === "add") {
    return itch("A", { ...head, buy_sell_indicator: s.side, shares: s.qty, price: s.px });
  }
  if (s.kind === "delete") return itch("D", head);
  if (s.kind === "execute") return itch("E", { ...head, executed_shares: s.qty });
  if (s.kind === "reduce") return itch("X", { ...head, canceled_shares: s.qty });
  return itch("U", {
    stock_locate: s.symbol + 1,
    original_order_reference_number: s.id,
    new_order_reference_number: s.newId,
    shares: s.qty,
    price: s.px,
  });
}

const itchPack = (seq: number, part: readonly Uint8Array[]) => mold(SESSION, seq, [...part]);

function itchMessages(seed: number): Uint8Array[] {
  const directory = SYMBOLS.map((stock, i) =>
    itch("R", { stock_locate: i + 1, stock, round_lot_size: 100 }),
  );
  return [...directory, ...flow(drawFrom(seed)).map(itchMessage)];
}

export const itchRig: Rig = {
  name: "ITCH 5.0",
  options: { protocol: "itch50" },
  packets: (seed) => packetsOf(itchMessages(seed), drawFrom(seed + 7), itchPack),
  answer: (packets, from, to) => overlapping(packets, from, to),
  heartbeat: (seq) => heartbeat(SESSION, seq),
};

/** PITCH keeps the id of an order that is changed. */
function pitchMessages(seed: number): Uint8Array[] {
  const idOf = new Map<number, number>();
  const draw = drawFrom(seed + 3);
  const steps = flow(drawFrom(seed)).map((s, k): Uint8Array => {
    const id = idOf.get(s.id) ?? s.id;
    const o = { id, ns: k, side: s.side, symbol: SYMBOLS[s.symbol]!, qty: s.qty, execution: k };
    const isShort = draw(2) === 0;
    if (s.kind === "add") {
      if (isShort) return pitch.addShort({ ...o, px: s.px / 100 });
      return draw(2) === 0
        ? pitch.addLong({ ...o, px: s.px })
        : pitch.addExpanded({ ...o, px: s.px });
    }
    if (s.kind === "delete") return pitch.remove(o);
    if (s.kind === "execute") return pitch.execute(o);
    if (s.kind === "reduce") return isShort ? pitch.reduceShort(o) : pitch.reduceLong(o);
    idOf.set(s.newId, id);
    return isShort
      ? pitch.modifyShort({ ...o, px: s.px / 100 })
      : pitch.modifyLong({ ...o, px: s.px });
  });
  return [pitch.time(34_200), ...steps];
}

export const pitchRig: Rig = {
  name: "Cboe PITCH",
  options: { protocol: "pitch", pitch: { unit: UNIT, edition: "us-equities" } },
  packets: (seed) =>
    packetsOf(pitchMessages(seed), drawFrom(seed + 7), (seq, part) => pitch.unit(UNIT, seq, part)),
  answer: (packets, from, to) => overlapping(packets, from, to),
  heartbeat: (seq) => pitch.unitHeartbeat(UNIT, seq),
};

/** Answers come in the packets that were sent before: they may bring more than was asked for. */
function overlapping(
  packets: readonly { seq: number; end: number; bytes: Uint8Array }[],
  from: number,
  to: number,
): Uint8Array[] {
  return packets.filter((p) => p.seq < to && p.end > from).map((p) => p.bytes);
}
