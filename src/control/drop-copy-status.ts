/** A drop copy as status, metrics and pages show it: hp_drop_copy read under its sequence lock. */
import { DIFFERENCE_NAMES, NO_INSTRUMENT, ON_DIFFERENCE_NAMES } from "../core/codes.ts";
import type { StructView } from "../core/control-block.ts";
import * as L from "../ffi/layout.ts";

export interface DifferenceStatus {
  /** "no-copy", "no-fill", "terms", "unreadable" or "sums". */
  kind: string;
  /** "" = none that we know. */
  symbol: string;
  /** Signed quantity, and price in currency; quantity 0 = told by the other side only. */
  ours: { qty: number; px: number };
  theirs: { qty: number; px: number };
  /** ClOrdID of our order, "" = none. */
  orderId: string;
  /** ExecID as the drop copy told it, "" = it did not. */
  execId: string;
  /** Its hash, as `hairpin journal` shows it; "" = not of one execution. */
  execIdHash: string;
}

export interface DropCopyStatus {
  session: string;
  engine: string;
  /** Of the session: "up" and so on, or "engine dead". */
  state: string;
  /** "warn", "deny" or "kill". */
  onDifference: string;
  /** Executions told of our orders, of others', and again. */
  own: number;
  others: number;
  repeated: number;
  /** Executions that agree, and that one side only has told so far and that are not late. */
  matched: number;
  waiting: number;
  /** Comparisons of an instrument's sums. */
  compared: number;
  /** Differences that stand, and ever; the first of those that stand. */
  differing: number;
  found: number;
  differences: DifferenceStatus[];
}

/** Reads again while the engine writes; so many times. */
const TRIES_MAX = 1000;

/** null where the session is no drop copy. `names`: session, engine, and state of the session. */
export function dropCopyStatus(
  view: StructView,
  names: { session: string; engine: string; state: string },
): DropCopyStatus | null {
  if (Atomics.load(view.words, L.HP_DROP_COPY__IS_USED_W) !== 1) return null;
  const copy = consistentCopy(view);
  const words = new Uint32Array(copy);
  const differences: DifferenceStatus[] = [];
  for (let k = 0; k < L.HP_DIFFERENCES_MAX; k++) {
    const difference = differenceAt(copy, L.HP_DROP_COPY__DIFFERENCE + k * L.HP_DIFFERENCE_SIZE);
    if (difference !== null) differences.push(difference);
  }
  return {
    ...names,
    onDifference: ON_DIFFERENCE_NAMES[words[L.HP_DROP_COPY__ACTION_W]!] ?? "unknown",
    own: words[L.HP_DROP_COPY__OWN_W]!,
    others: words[L.HP_DROP_COPY__OTHERS_W]!,
    repeated: words[L.HP_DROP_COPY__REPEATED_W]!,
    matched: words[L.HP_DROP_COPY__MATCHED_W]!,
    waiting: words[L.HP_DROP_COPY__WAITING_W]!,
    compared: words[L.HP_DROP_COPY__COMPARED_W]!,
    differing: words[L.HP_DROP_COPY__DIFFERING_W]!,
    found: words[L.HP_DROP_COPY__FOUND_W]!,
    differences,
  };
}

/** One difference as a sentence without its end. */
export function differenceText(d: DifferenceStatus): string {
  const symbol = d.symbol === "" ? "an unknown instrument" : d.symbol;
  const exec = d.execId === "" ? `ExecID hash ${d.execIdHash}` : `ExecID ${d.execId}`;
  const order = d.orderId === "" ? "" : `, order ${d.orderId}`;
  const which = d.execIdHash === "" ? "" : `, ${exec}${order}`;
  return `${symbol}: ${kindText(d)}${which}`;
}

function kindText(d: DifferenceStatus): string {
  const ours = d.ours.qty === 0 ? "took it back" : sideText(d.ours);
  const theirs = d.theirs.qty === 0 ? "has taken it back" : `says ${sideText(d.theirs)}`;
  switch (d.kind) {
    case "no-copy":
      return `we ${ours}, the drop copy has not told it`;
    case "no-fill":
      return `the drop copy ${theirs}, we have not heard of it`;
    case "unreadable":
      return "the drop copy has a quantity or price that cannot be read";
    case "sums":
      return `we hold ${d.ours.qty} of what was traded, the drop copy says ${d.theirs.qty}`;
    default:
      return `we ${ours}, the drop copy ${theirs}`;
  }
}

function sideText({ qty, px }: { qty: number; px: number }): string {
  return `${qty > 0 ? "bought" : "sold"} ${Math.abs(qty)} at ${px}`;
}

/** Units times their size, as the decimal number that it is. */
function shownPx(px: number): number {
  return Number(px.toFixed(9));
}

function consistentCopy(view: StructView): ArrayBuffer {
  const { words } = view;
  const from = words.byteOffset;
  for (let tries = 0; ; tries++) {
    const before = Atomics.load(words, L.HP_DROP_COPY__VERSION_W);
    const copy = words.buffer.slice(from, from + L.HP_DROP_COPY_SIZE) as ArrayBuffer;
    const after = Atomics.load(words, L.HP_DROP_COPY__VERSION_W);
    // A torn reading is shown rather than none: the engine may have died in the middle of writing.
    if ((before === after && (before & 1) === 0) || tries === TRIES_MAX) return copy;
  }
}

function differenceAt(copy: ArrayBuffer, at: number): DifferenceStatus | null {
  const words = new Uint32Array(copy, at, L.HP_DIFFERENCE_SIZE / 4);
  const doubles = new Float64Array(copy, at, L.HP_DIFFERENCE_SIZE / 8);
  const kind = words[L.HP_DIFFERENCE__KIND_W]!;
  if (kind === 0) return null;
  const lo = words[L.HP_DIFFERENCE__EXEC_ID_LO_W]!;
  const hi = words[L.HP_DIFFERENCE__EXEC_ID_HI_W]!;
  const isKnown = words[L.HP_DIFFERENCE__INSTRUMENT_W] !== NO_INSTRUMENT;
  return {
    kind: DIFFERENCE_NAMES[kind] ?? String(kind),
    symbol: isKnown ? textAt(copy, at + L.HP_DIFFERENCE__SYMBOL, L.HP_DIFFERENCE__SYMBOL_N) : "",
    ours: {
      qty: doubles[L.HP_DIFFERENCE__OURS_QTY_D]!,
      px: shownPx(doubles[L.HP_DIFFERENCE__OURS_PX_D]!),
    },
    theirs: {
      qty: doubles[L.HP_DIFFERENCE__THEIRS_QTY_D]!,
      px: shownPx(doubles[L.HP_DIFFERENCE__THEIRS_PX_D]!),
    },
    orderId: textAt(copy, at + L.HP_DIFFERENCE__ORDER_ID, L.HP_DIFFERENCE__ORDER_ID_N),
    execId: textAt(copy, at + L.HP_DIFFERENCE__EXEC_ID, L.HP_DIFFERENCE__EXEC_ID_N),
    execIdHash: lo === 0 && hi === 0 ? "" : hex(hi) + hex(lo),
  };
}

/** Up to the NUL, or to the end of a text that was cut to fit. */
function textAt(copy: ArrayBuffer, at: number, length: number): string {
  const bytes = new Uint8Array(copy, at, length);
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString("latin1");
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}
