/**
 * MDP 3.0 messages and packets as bytes, for tests: layouts of version 9 typed by hand, little endian,
 * nothing shared with the schema reader or the decoder.
 */

type Kind = "i8" | "u8" | "u16" | "i32" | "u32" | "i64" | "u64" | "text";
type Place = [offset: number, kind: Kind, value: number | bigint | string];

export const PX_NULL = 9223372036854775807n;
export const I32_NULL = 2147483647;
export const END = 0x80;

export interface Shape {
  /** Template id, where an older one has the same layout. */
  template?: number;
  version?: number;
  /** MatchEventIndicator. */
  event?: number;
  /** Bytes more (or less) of the root block and of the entries of the first group. */
  rootExtra?: number;
  entryExtra?: number;
  /** What group 1 says its count is, when it shall not be the truth. */
  count?: number;
  /** Without the second group, as before version 7. */
  withoutOrders?: boolean;
}

/** A block of `length` bytes; places outside it are left out. */
function block(length: number, places: Place[]): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, length));
  const view = new DataView(bytes.buffer);
  for (const [offset, kind, value] of places) {
    const size = kind === "text" ? (value as string).length : SIZES[kind];
    if (offset + size > length) continue;
    if (kind === "text") {
      for (let i = 0; i < size; i++) bytes[offset + i] = (value as string).charCodeAt(i);
    } else if (kind === "i64" || kind === "u64") {
      view.setBigUint64(offset, BigInt.asUintN(64, BigInt(value)), true);
    } else if (size === 4) view.setUint32(offset, Number(value) >>> 0, true);
    else if (size === 2) view.setUint16(offset, Number(value), true);
    else view.setUint8(offset, Number(value) & 255);
  }
  return bytes;
}

const SIZES = { i8: 1, u8: 1, u16: 2, i32: 4, u32: 4, i64: 8, u64: 8 };

interface Group {
  wide?: boolean;
  length: number;
  entries: Place[][];
  /** What the dimension says. */
  count?: number;
}

/** MsgSize, header, root block, groups. */
export function message(
  template: number,
  root: Uint8Array,
  groups: Group[],
  version = 9,
): Uint8Array {
  const parts: Uint8Array[] = [root];
  for (const { wide = false, length, entries, count = entries.length } of groups) {
    const dimension: Place[] = [
      [0, "u16", length],
      [wide ? 7 : 2, "u8", count],
    ];
    parts.push(block(wide ? 8 : 3, dimension), ...entries.map((e) => block(length, e)));
  }
  const body = Buffer.concat(parts);
  const head = block(10, [
    [0, "u16", 10 + body.length],
    [2, "u16", root.length],
    [4, "u16", template],
    [6, "u16", 1],
    [8, "u16", version],
  ]);
  return new Uint8Array(Buffer.concat([head, body]));
}

export function packet(seq: number, messages: readonly Uint8Array[], timeNs = 0): Uint8Array {
  const head = block(12, [
    [0, "u32", seq],
    [4, "u64", timeNs],
  ]);
  return new Uint8Array(Buffer.concat([head, ...messages]));
}

/** TransactTime, MatchEventIndicator. */
function eventRoot(shape: Shape): Uint8Array {
  return block(11 + (shape.rootExtra ?? 0), [
    [0, "u64", 1_700_000_000_000_000_000n],
    [8, "u8", shape.event ?? END],
  ]);
}

export interface Level {
  id: number;
  rpt: number;
  /** '0' bid, '1' offer, 'E' 'F' implied, 'J' reset. */
  type: string;
  /** 0 new, 1 change, 2 delete, 3 thru, 4 from, 5 overlay. */
  action?: number;
  level?: number;
  /** Mantissa. */
  px?: number | bigint;
  qty?: number;
  orders?: number;
}

export interface LevelOrder {
  order: number | bigint;
  qty?: number;
  /** 1-based number of the level in the message. */
  reference: number;
  action?: number;
}

/** 46 (32). */
export function book(levels: Level[], shape: Shape = {}, orders: LevelOrder[] = []): Uint8Array {
  const entries = levels.map((l): Place[] => [
    [0, "i64", l.px ?? PX_NULL],
    [8, "i32", l.qty ?? I32_NULL],
    [12, "i32", l.id],
    [16, "u32", l.rpt],
    [20, "i32", l.orders ?? I32_NULL],
    [24, "u8", l.level ?? 1],
    [25, "u8", l.action ?? 0],
    [26, "text", l.type],
  ]);
  const second: Group = {
    wide: true,
    length: 24,
    entries: orders.map((o): Place[] => [
      [0, "u64", o.order],
      [8, "u64", 1],
      [16, "i32", o.qty ?? I32_NULL],
      [20, "u8", o.reference],
      [21, "u8", o.action ?? 0],
    ]),
  };
  const first = entriesOf(32, entries, shape);
  const groups = shape.withoutOrders ? [first] : [first, second];
  return message(shape.template ?? 46, eventRoot(shape), groups, shape.version);
}

function entriesOf(length: number, entries: Place[][], shape: Shape): Group {
  const { count = entries.length, entryExtra = 0 } = shape;
  return { length: length + entryExtra, entries, count };
}

export interface BookOrder {
  order: number | bigint;
  id: number;
  type: string;
  px: number | bigint;
  qty: number;
  action?: number;
}

/** 47 (43). */
export function orderBook(orders: BookOrder[], shape: Shape = {}): Uint8Array {
  const entries = orders.map((o): Place[] => [
    [0, "u64", o.order],
    [8, "u64", 1],
    [16, "i64", o.px],
    [24, "i32", o.qty],
    [28, "i32", o.id],
    [32, "u8", o.action ?? 0],
    [33, "text", o.type],
  ]);
  const group = entriesOf(40, entries, shape);
  return message(shape.template ?? 47, eventRoot(shape), [group], shape.version);
}

export interface Trade {
  id: number;
  rpt: number;
  px: number | bigint;
  qty: number;
  aggressor?: number;
  action?: number;
}

/** 48 (42). */
export function trades(list: Trade[], shape: Shape = {}): Uint8Array {
  const entries = list.map((t): Place[] => [
    [0, "i64", t.px],
    [8, "i32", t.qty],
    [12, "i32", t.id],
    [16, "u32", t.rpt],
    [20, "i32", 2],
    [24, "u8", t.aggressor ?? 1],
    [25, "u8", t.action ?? 0],
    [26, "u32", 7],
  ]);
  const second: Group = { wide: true, length: 16, entries: [[[0, "u64", 5n]], [[0, "u64", 6n]]] };
  const groups = [entriesOf(32, entries, shape), second];
  return message(shape.template ?? 48, eventRoot(shape), groups, shape.version);
}

/** 37. */
export function volume(id: number, rpt: number, qty: number, shape: Shape = {}): Uint8Array {
  const entry: Place[] = [
    [0, "i32", qty],
    [4, "i32", id],
    [8, "u32", rpt],
    [12, "u8", 0],
  ];
  return message(37, eventRoot(shape), [entriesOf(16, [entry], shape)], shape.version);
}

export interface Statistic {
  id: number;
  rpt: number;
  type: string;
  px?: number | bigint;
  qty?: number;
  action?: number;
}

/** 49 (33). */
export function dailyStatistics(list: Statistic[], shape: Shape = {}): Uint8Array {
  const entries = list.map((s): Place[] => [
    [0, "i64", s.px ?? PX_NULL],
    [8, "i32", s.qty ?? I32_NULL],
    [12, "i32", s.id],
    [16, "u32", s.rpt],
    [20, "u16", 65535],
    [22, "u8", 0],
    [23, "u8", s.action ?? 0],
    [24, "text", s.type],
  ]);
  const group = entriesOf(32, entries, shape);
  return message(shape.template ?? 49, eventRoot(shape), [group], shape.version);
}

/** 51 (35). */
export function sessionStatistics(list: Statistic[], shape: Shape = {}): Uint8Array {
  const entries = list.map((s): Place[] => [
    [0, "i64", s.px ?? PX_NULL],
    [8, "i32", s.id],
    [12, "u32", s.rpt],
    [16, "u8", 255],
    [17, "u8", s.action ?? 0],
    [18, "text", s.type],
    [19, "i32", s.qty ?? I32_NULL],
  ]);
  const group = entriesOf(24, entries, shape);
  return message(shape.template ?? 51, eventRoot(shape), [group], shape.version);
}

/** 50 (34). */
export function limits(
  id: number,
  rpt: number,
  high: number | bigint,
  low: number | bigint,
  shape: Shape = {},
): Uint8Array {
  const entry: Place[] = [
    [0, "i64", high],
    [8, "i64", low],
    [16, "i64", PX_NULL],
    [24, "i32", id],
    [28, "u32", rpt],
  ];
  const group = entriesOf(32, [entry], shape);
  return message(shape.template ?? 50, eventRoot(shape), [group], shape.version);
}

export interface Status {
  group?: string;
  asset?: string;
  id?: number;
  status: number;
  event?: number;
}

/** 30. */
export function status({ group = "", asset = "", id = I32_NULL, ...s }: Status): Uint8Array {
  const root = block(30, [
    [8, "text", group],
    [14, "text", asset],
    [20, "i32", id],
    [24, "u16", 65535],
    [26, "u8", s.event ?? 0],
    [27, "u8", s.status],
  ]);
  return message(30, root, []);
}

/** 4. */
export function channelReset(): Uint8Array {
  return message(4, block(9, [[8, "u8", END]]), [{ length: 2, entries: [[[0, "u16", 310]]] }]);
}

/** 12. */
export function adminHeartbeat(): Uint8Array {
  return message(12, new Uint8Array(0), []);
}

/** 39. */
export function quoteRequest(id: number, qty: number): Uint8Array {
  const entry: Place[] = [
    [0, "text", "ESH6"],
    [20, "i32", id],
    [24, "i32", qty],
    [28, "i8", 1],
    [29, "i8", 127],
  ];
  return message(39, block(35, [[31, "u8", END]]), [{ length: 32, entries: [entry] }]);
}

export interface SnapshotEntry {
  type: string;
  level?: number;
  px?: number | bigint;
  qty?: number;
  orders?: number;
}

export interface Snapshot {
  lastSeq: number;
  total?: number;
  id: number;
  rpt: number;
  status?: number;
  entries: SnapshotEntry[];
}

/** 52 (38). */
export function snapshot(s: Snapshot, shape: Shape = {}): Uint8Array {
  const root = block(59 + (shape.rootExtra ?? 0), [
    [0, "u32", s.lastSeq],
    [4, "u32", s.total ?? 1],
    [8, "i32", s.id],
    [12, "u32", s.rpt],
    [34, "u8", s.status ?? 17],
    [35, "i64", PX_NULL],
    [43, "i64", PX_NULL],
    [51, "i64", PX_NULL],
  ]);
  const entries = s.entries.map((e): Place[] => [
    [0, "i64", e.px ?? PX_NULL],
    [8, "i32", e.qty ?? I32_NULL],
    [12, "i32", e.orders ?? I32_NULL],
    [16, "i8", e.level ?? 127],
    [17, "u16", 65535],
    [21, "text", e.type],
  ]);
  return message(shape.template ?? 52, root, [entriesOf(22, entries, shape)], shape.version);
}

export interface OrderSnapshot {
  lastSeq: number;
  id: number;
  chunks: number;
  chunk: number;
  orders: { order: number | bigint; type: string; px: number | bigint; qty: number }[];
}

/** 53 (44). */
export function orderSnapshot(s: OrderSnapshot, shape: Shape = {}): Uint8Array {
  const root = block(28, [
    [0, "u32", s.lastSeq],
    [4, "u32", 1],
    [8, "i32", s.id],
    [12, "u32", s.chunks],
    [16, "u32", s.chunk],
  ]);
  const entries = s.orders.map((o): Place[] => [
    [0, "u64", o.order],
    [8, "u64", 1],
    [16, "i64", o.px],
    [24, "i32", o.qty],
    [28, "text", o.type],
  ]);
  return message(shape.template ?? 53, root, [entriesOf(29, entries, shape)], shape.version);
}

export interface Definition {
  id: number;
  symbol: string;
  action?: string;
  timeNs?: bigint;
  group?: string;
  asset?: string;
  status?: number;
  /** Mantissas of 10^-9. */
  increment?: bigint;
  factor?: bigint;
  depth?: number;
  impliedDepth?: number;
}

/** Where futures, options and spreads have their price increment and display factor. */
const DEFINITIONS: Record<number, { length: number; increment: number; factor: number }> = {
  54: { length: 216, increment: 91, factor: 99 },
  55: { length: 213, increment: 111, factor: 127 },
  56: { length: 195, increment: 94, factor: 102 },
};

/** 54, 55, 56. */
export function definition(d: Definition, template = 54): Uint8Array {
  const at = DEFINITIONS[template]!;
  const root = block(at.length, [
    [0, "u8", END],
    [5, "text", d.action ?? "A"],
    [6, "u64", d.timeNs ?? 1_700_000_000_000_000_001n],
    [14, "u8", d.status ?? 255],
    [23, "text", d.group ?? ""],
    [29, "text", d.asset ?? ""],
    [35, "text", d.symbol],
    [55, "i32", d.id],
    [at.increment, "i64", d.increment ?? PX_NULL],
    [at.factor, "i64", d.factor ?? 1_000_000_000n],
  ]);
  const feeds: Place[][] = [];
  const feed = (type: string, depth: number | undefined) => {
    if (depth === undefined) return;
    feeds.push([
      [0, "text", type],
      [3, "i8", depth],
    ]);
  };
  feed("GBX", d.depth);
  feed("GBI", d.impliedDepth);
  const events: Place[][] = [[[0, "u8", 5]], [[0, "u8", 7]]];
  const groups: Group[] = [
    { length: 9, entries: events },
    { length: 4, entries: feeds },
    { length: 4, entries: [] },
    { length: 5, entries: [] },
  ];
  return message(template, root, groups);
}
