/**
 * What the decoder reads of each message, as one table of offsets: looked up by name once, at start.
 * An offset of -1 is a field that is not there (a constant, or of a later version).
 *
 *   row:    kind | root need, up to 9 offsets | group 1 | group 2
 *   group:  dimension size, blockLength at, count at, count bytes | need | exponent slot | 10 offsets
 *
 * "need" is the block length from which on every offset of the row lies inside the block. A shorter
 * block on the wire gets a row of its own, with -1 for what is outside it: narrowed().
 */
import {
  fieldNamed,
  type SbeField,
  type SbeGroup,
  type SbeMessage,
  type SbeSchema,
} from "./sbe-schema.ts";
import type { Primitive } from "./sbe-types.ts";
import { SbeSchemaError } from "./sbe-xml.ts";

/** words[row + PLAN_*] */
export const PLAN_KIND = 0;
export const PLAN_ROOT_NEED = 1;
export const PLAN_ROOT = 2;
export const PLAN_GROUP1 = 11;
export const PLAN_GROUP2 = 27;
export const PLAN_WORDS = 43;
/** words[row + PLAN_GROUP* + GROUP_*] */
export const GROUP_DIMENSION = 0;
export const GROUP_BLOCK_AT = 1;
export const GROUP_COUNT_AT = 2;
export const GROUP_COUNT_BYTES = 3;
export const GROUP_NEED = 4;
export const GROUP_EXPONENT = 5;
export const GROUP_FIELDS = 6;

/** Kinds. 0 = not in the schema. */
export const KIND_OTHER = 1;
export const KIND_BOOK = 2;
export const KIND_ORDERS = 3;
export const KIND_TRADE = 4;
export const KIND_VOLUME = 5;
export const KIND_DAILY = 6;
export const KIND_SESSION = 7;
export const KIND_LIMITS = 8;
export const KIND_SNAPSHOT = 9;
export const KIND_ORDER_SNAPSHOT = 10;
export const KIND_STATUS = 11;
export const KIND_RESET = 12;
export const KIND_HEARTBEAT = 13;
export const KIND_QUOTE = 14;
export const KIND_DEFINITION = 15;

/** Different exponents of prices in one schema. */
export const EXPONENTS_MAX = 4;
const ROOT_FIELDS_MAX = 9;
const GROUP_FIELDS_MAX = 10;
const TEMPLATES_MAX = 1024;

type Wanted = "i32" | "u32" | "u64" | "u8" | "i8" | "u16" | "char" | "price" | "text6" | "text20";

/** `name:type`, with ? behind a field that may be missing or constant. */
interface Uses {
  kind: number;
  root: string[];
  groups: { name: string; fields: string[] }[];
}

const EVENT = ["TransactTime:u64?", "MatchEventIndicator:u8"];
const entries = (...fields: string[]) => ({ name: "NoMDEntries", fields });
const USES: Uses[] = [
  { kind: KIND_OTHER, root: [], groups: [] },
  {
    kind: KIND_BOOK,
    root: EVENT,
    groups: [
      entries(
        "MDEntryPx:price",
        "MDEntrySize:i32",
        "SecurityID:i32",
        "RptSeq:u32",
        "NumberOfOrders:i32?",
        "MDPriceLevel:u8",
        "MDUpdateAction:u8",
        "MDEntryType:char",
      ),
      {
        name: "NoOrderIDEntries",
        fields: ["OrderID:u64", "MDDisplayQty:i32?", "ReferenceID:u8", "OrderUpdateAction:u8"],
      },
    ],
  },
  {
    kind: KIND_ORDERS,
    root: EVENT,
    groups: [
      entries(
        "MDEntryPx:price",
        "MDDisplayQty:i32",
        "SecurityID:i32",
        "OrderID:u64",
        "MDUpdateAction:u8",
        "MDEntryType:char",
      ),
    ],
  },
  {
    kind: KIND_TRADE,
    root: EVENT,
    groups: [
      entries(
        "MDEntryPx:price",
        "MDEntrySize:i32",
        "SecurityID:i32",
        "RptSeq:u32",
        "AggressorSide:u8?",
        "MDUpdateAction:u8?",
      ),
    ],
  },
  {
    kind: KIND_VOLUME,
    root: EVENT,
    groups: [entries("MDEntrySize:i32", "SecurityID:i32", "RptSeq:u32", "MDUpdateAction:u8?")],
  },
  ...[KIND_DAILY, KIND_SESSION].map((kind) => ({
    kind,
    root: EVENT,
    groups: [
      entries(
        "MDEntryPx:price",
        "MDEntrySize:i32?",
        "SecurityID:i32",
        "RptSeq:u32",
        "MDUpdateAction:u8",
        "MDEntryType:char",
      ),
    ],
  })),
  {
    kind: KIND_LIMITS,
    root: EVENT,
    groups: [
      entries("HighLimitPrice:price", "LowLimitPrice:price", "SecurityID:i32", "RptSeq:u32"),
    ],
  },
  {
    kind: KIND_SNAPSHOT,
    root: [
      "LastMsgSeqNumProcessed:u32",
      "TotNumReports:u32?",
      "SecurityID:i32",
      "RptSeq:u32",
      "MDSecurityTradingStatus:u8?",
    ],
    groups: [
      entries(
        "MDEntryPx:price",
        "MDEntrySize:i32",
        "NumberOfOrders:i32?",
        "MDPriceLevel:i8",
        "MDEntryType:char",
      ),
    ],
  },
  {
    kind: KIND_ORDER_SNAPSHOT,
    root: ["LastMsgSeqNumProcessed:u32", "SecurityID:i32", "NoChunks:u32", "CurrentChunk:u32"],
    groups: [entries("MDEntryPx:price", "MDDisplayQty:i32", "OrderID:u64", "MDEntryType:char")],
  },
  {
    kind: KIND_STATUS,
    root: [
      "SecurityGroup:text6?",
      "Asset:text6?",
      "SecurityID:i32?",
      "MatchEventIndicator:u8",
      "SecurityTradingStatus:u8",
      "HaltReason:u8?",
      "SecurityTradingEvent:u8?",
    ],
    groups: [],
  },
  { kind: KIND_RESET, root: EVENT, groups: [] },
  { kind: KIND_HEARTBEAT, root: [], groups: [] },
  {
    kind: KIND_QUOTE,
    root: EVENT,
    groups: [
      {
        name: "NoRelatedSym",
        fields: ["SecurityID:i32", "OrderQty:i32?", "QuoteType:i8", "Side:i8?"],
      },
    ],
  },
  {
    kind: KIND_DEFINITION,
    root: ["SecurityID:i32", "SecurityUpdateAction:char", "LastUpdateTime:u64?", "Symbol:text20"],
    groups: [],
  },
];

/** Template ids of the venue: those up to 44 of versions before 9, the others from 9 on. */
const KIND_OF: Record<number, number> = {
  4: KIND_RESET,
  12: KIND_HEARTBEAT,
  27: KIND_DEFINITION,
  29: KIND_DEFINITION,
  30: KIND_STATUS,
  32: KIND_BOOK,
  33: KIND_DAILY,
  34: KIND_LIMITS,
  35: KIND_SESSION,
  37: KIND_VOLUME,
  38: KIND_SNAPSHOT,
  39: KIND_QUOTE,
  41: KIND_DEFINITION,
  42: KIND_TRADE,
  43: KIND_ORDERS,
  44: KIND_ORDER_SNAPSHOT,
  46: KIND_BOOK,
  47: KIND_ORDERS,
  48: KIND_TRADE,
  49: KIND_DAILY,
  50: KIND_LIMITS,
  51: KIND_SESSION,
  52: KIND_SNAPSHOT,
  53: KIND_ORDER_SNAPSHOT,
  54: KIND_DEFINITION,
  55: KIND_DEFINITION,
  56: KIND_DEFINITION,
};

const ACCEPTED: Record<Wanted, { primitives: Primitive[]; length: number }> = {
  i32: { primitives: ["int32"], length: 1 },
  u32: { primitives: ["uint32"], length: 1 },
  u64: { primitives: ["uint64"], length: 1 },
  u8: { primitives: ["uint8"], length: 1 },
  i8: { primitives: ["int8"], length: 1 },
  u16: { primitives: ["uint16"], length: 1 },
  char: { primitives: ["char"], length: 1 },
  price: { primitives: ["int64"], length: 1 },
  text6: { primitives: ["char"], length: 6 },
  text20: { primitives: ["char"], length: 20 },
};
/** What the decoder takes for "not told", where a type may be null. */
const NULLS: Partial<Record<Primitive, bigint>> = {
  int8: 127n,
  int32: 0x7fffffffn,
  int64: 0x7fffffffffffffffn,
  uint8: 255n,
};

export class MessagePlans {
  /** By template id: where its row begins + 1; 0 = not in the schema. */
  readonly rowOf: Int32Array;
  /** All rows, and behind each one a narrowed one. */
  readonly words: Int32Array;
  /** Exponents of prices; GROUP_EXPONENT is an index of these. */
  readonly exponents: number[] = [];
  private readonly sizes: Uint8Array;
  private readonly isRequired: Uint8Array;
  private readonly file: string;

  /** Throws SbeSchemaError when the schema describes a message otherwise than can be read. */
  constructor(schema: SbeSchema) {
    this.file = schema.file;
    const ids = [...schema.messages.keys()];
    if (Math.max(...ids) >= TEMPLATES_MAX)
      this.fail(`allowed: template ids below ${TEMPLATES_MAX}`);
    this.rowOf = new Int32Array(new ArrayBuffer(4 * TEMPLATES_MAX));
    const words = 2 * PLAN_WORDS * ids.length;
    this.words = new Int32Array(new ArrayBuffer(4 * words)).fill(-1);
    this.sizes = new Uint8Array(new ArrayBuffer(words));
    this.isRequired = new Uint8Array(new ArrayBuffer(words));
    ids.forEach((id, i) => {
      const row = 2 * PLAN_WORDS * i;
      this.rowOf[id] = row + 1;
      this.compile(row, schema.messages.get(id)!);
    });
  }

  /**
   * The row for blocks of these lengths on the wire; -1 when a field that must be there is outside its
   * block. Not for every message: rows are remembered. @cold
   */
  narrowed(row: number, root: number, group1: number, group2: number): number {
    const { words } = this;
    const narrow = row + PLAN_WORDS;
    words.copyWithin(narrow, row, narrow);
    const blocks: [from: number, fields: number, length: number][] = [
      [PLAN_ROOT, ROOT_FIELDS_MAX, root],
      [PLAN_GROUP1 + GROUP_FIELDS, GROUP_FIELDS_MAX, group1],
      [PLAN_GROUP2 + GROUP_FIELDS, GROUP_FIELDS_MAX, group2],
    ];
    for (const [from, fields, length] of blocks) {
      if (length < 0) continue;
      for (let i = from; i < from + fields; i++) {
        if (words[row + i]! < 0 || words[row + i]! + this.sizes[row + i]! <= length) continue;
        if (this.isRequired[row + i] !== 0) return -1;
        words[narrow + i] = -1;
      }
    }
    return narrow;
  }

  private compile(row: number, message: SbeMessage): void {
    const kind = KIND_OF[message.id] ?? KIND_OTHER;
    const uses = USES.find((u) => u.kind === kind)!;
    this.words[row + PLAN_KIND] = kind;
    const need = this.fields(row + PLAN_ROOT, message.name, message.fields, uses.root);
    this.words[row + PLAN_ROOT_NEED] = need;
    uses.groups.forEach(({ name, fields }, i) => {
      const at = row + (i === 0 ? PLAN_GROUP1 : PLAN_GROUP2);
      const group = message.groups[i];
      if (group?.name === name) this.group(at, message, group, fields);
      // The second one came with version 7.
      else if (i === 0 || group !== undefined) {
        this.fail(
          `group ${i + 1} of ${message.name} is ${group?.name ?? "not there"}; wanted: ${name}`,
        );
      }
    });
  }

  private group(at: number, message: SbeMessage, group: SbeGroup, fields: string[]): void {
    const { words } = this;
    words[at + GROUP_DIMENSION] = group.dimension.size;
    words[at + GROUP_BLOCK_AT] = group.dimension.blockLengthAt;
    words[at + GROUP_COUNT_AT] = group.dimension.countAt;
    words[at + GROUP_COUNT_BYTES] = group.dimension.countBytes;
    const where = `${group.name} of ${message.name}`;
    words[at + GROUP_NEED] = this.fields(at + GROUP_FIELDS, where, group.fields, fields);
    const price = group.fields.find((field) => fields[0] === `${field.name}:price`);
    if (price !== undefined) words[at + GROUP_EXPONENT] = this.slotOf(price, where);
  }

  /** Offsets of the fields; returns the block length that they need. */
  private fields(at: number, where: string, fields: readonly SbeField[], uses: string[]): number {
    let need = 0;
    uses.forEach((use, i) => {
      const [name, wanted] = use.replace("?", "").split(":") as [string, Wanted];
      const isOptional = use.endsWith("?");
      const field = fieldNamed(fields, name);
      if (field === undefined || field.type.size === 0) {
        if (isOptional) return;
        this.fail(`${where} has no field ${name} on the wire; wanted: one of ${wanted}`);
      }
      const { type, offset } = field!;
      const { primitives, length } = ACCEPTED[wanted];
      const isPrice = wanted === "price";
      if (
        !primitives.includes(type.primitive) ||
        type.length !== length ||
        isPrice !== (type.exponent !== undefined)
      ) {
        const what = isPrice ? "an int64 mantissa with a constant exponent" : primitives.join(", ");
        this.fail(`field ${name} of ${where} has type ${type.name}; supported: ${what}`);
      }
      const wantedNull = NULLS[type.primitive];
      if (
        type.nullValue !== undefined &&
        wantedNull !== undefined &&
        type.nullValue !== wantedNull
      ) {
        this.fail(
          `field ${name} of ${where} has nullValue ${type.nullValue}; supported: ${wantedNull}`,
        );
      }
      this.words[at + i] = offset;
      this.sizes[at + i] = type.size;
      this.isRequired[at + i] = isOptional ? 0 : 1;
      need = Math.max(need, offset + type.size);
    });
    return need;
  }

  private slotOf(field: SbeField, where: string): number {
    const exponent = field.type.exponent!;
    const known = this.exponents.indexOf(exponent);
    if (known >= 0) return known;
    if (exponent < -18 || exponent > 0 || this.exponents.length === EXPONENTS_MAX) {
      this.fail(
        `the price of ${where} has exponent ${exponent}; supported: ${EXPONENTS_MAX} from -18 to 0`,
      );
    }
    return this.exponents.push(exponent) - 1;
  }

  private fail(what: string): never {
    throw new SbeSchemaError(this.file, 0, what);
  }
}
