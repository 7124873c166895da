/**
 * CME MDP 3.0 messages of schema 1, version 9, as bytes: those that a simulator or a test of the path
 * sends. Written from the schema's offsets, and shares nothing with the decoder, so that each checks
 * the other.
 *
 *   packet   0 MsgSeqNum u32 │ 4 SendingTime u64 ns │ 12 messages
 *   message  0 size u16, itself included │ 2 block u16 │ 4 template u16 │ 6 schema u16 │ 8 version u16
 *            10 root block, then groups: block u16, count u8 (or 5 bytes of padding and count u8)
 *
 * All little-endian. Prices are PRICE9: 10^-9. What is left out of a field that may be null is null.
 */
import { type Field, type FieldValues, writeFields, writeLittle } from "../little-endian.ts";

export const MDP3_PACKET_HEADER = 12;
const MESSAGE_HEADER = 10;
const SCHEMA = 1;
const VERSION = 9;
const NULL_I32 = 2147483647;
const NULL_U32 = 4294967295;
const NULL_I64 = 9223372036854775807n;

/** `bytes`: of the group's header, 3 or 8. */
interface Group {
  header: 3 | 8;
  block: number;
  fields: readonly Field[];
}

interface Template {
  id: number;
  block: number;
  fields: readonly Field[];
  groups: Readonly<Record<string, Group>>;
}

const EVENT_HEAD = [
  ["transactTime", 0, 8, "u"],
  ["event", 8, 1, "u"],
] as const satisfies readonly Field[];
const CODE = (name: string, offset: number, size: number, usual: string) =>
  [name, offset, size, "c", usual] as const;
const NULL_PRICE = (name: string, offset: number) => [name, offset, 8, "i", NULL_I64] as const;

const TEMPLATES = {
  /** All books of the channel are empty, and RptSeq begins anew. */
  channelReset: {
    id: 4,
    block: 9,
    fields: EVENT_HEAD,
    groups: { entries: { header: 3, block: 2, fields: [["applId", 0, 2, "i"]] } },
  },
  heartbeat: { id: 12, block: 0, fields: [], groups: {} },
  status: {
    id: 30,
    block: 30,
    fields: [
      ["transactTime", 0, 8, "u"],
      CODE("securityGroup", 8, 6, ""),
      CODE("asset", 14, 6, ""),
      ["securityId", 20, 4, "i", NULL_I32],
      ["tradeDate", 24, 2, "u", 0xffff],
      ["event", 26, 1, "u"],
      ["status", 27, 1, "u"],
      ["haltReason", 28, 1, "u", 0],
      ["tradingEvent", 29, 1, "u", 0],
    ],
    groups: {},
  },
  book: {
    id: 46,
    block: 11,
    fields: EVENT_HEAD,
    groups: {
      entries: {
        header: 3,
        block: 32,
        fields: [
          NULL_PRICE("px", 0),
          ["size", 8, 4, "i", NULL_I32],
          ["securityId", 12, 4, "i"],
          ["rptSeq", 16, 4, "u"],
          ["orders", 20, 4, "i", NULL_I32],
          ["level", 24, 1, "u"],
          ["action", 25, 1, "u"],
          ["type", 26, 1, "c"],
        ],
      },
      orders: { header: 8, block: 24, fields: [] },
    },
  },
  trade: {
    id: 48,
    block: 11,
    fields: EVENT_HEAD,
    groups: {
      entries: {
        header: 3,
        block: 32,
        fields: [
          ["px", 0, 8, "i"],
          ["size", 8, 4, "i"],
          ["securityId", 12, 4, "i"],
          ["rptSeq", 16, 4, "u"],
          ["orders", 20, 4, "i"],
          ["aggressor", 24, 1, "u", 0],
          ["action", 25, 1, "u"],
          ["tradeId", 26, 4, "u", NULL_U32],
        ],
      },
      orders: {
        header: 8,
        block: 16,
        fields: [
          ["orderId", 0, 8, "u"],
          ["qty", 8, 4, "i"],
        ],
      },
    },
  },
  snapshot: {
    id: 52,
    block: 59,
    fields: [
      ["lastSeq", 0, 4, "u"],
      ["reports", 4, 4, "u"],
      ["securityId", 8, 4, "i"],
      ["rptSeq", 12, 4, "u"],
      ["transactTime", 16, 8, "u"],
      ["lastUpdateTime", 24, 8, "u"],
      ["tradeDate", 32, 2, "u", 0xffff],
      ["status", 34, 1, "u", 255],
      NULL_PRICE("highLimit", 35),
      NULL_PRICE("lowLimit", 43),
      NULL_PRICE("maxVariation", 51),
    ],
    groups: {
      entries: {
        header: 3,
        block: 22,
        fields: [
          NULL_PRICE("px", 0),
          ["size", 8, 4, "i", NULL_I32],
          ["orders", 12, 4, "i", NULL_I32],
          ["level", 16, 1, "i", 127],
          ["referenceDate", 17, 2, "u", 0xffff],
          ["openCloseSettl", 19, 1, "u", 255],
          ["settlPriceType", 20, 1, "u", 0x80],
          ["type", 21, 1, "c"],
        ],
      },
    },
  },
  definition: {
    id: 54,
    block: 216,
    fields: [
      ["event", 0, 1, "u"],
      ["reports", 1, 4, "u", NULL_U32],
      CODE("action", 5, 1, "A"),
      ["lastUpdateTime", 6, 8, "u"],
      ["status", 14, 1, "u", 255],
      ["applId", 15, 2, "i"],
      ["segment", 17, 1, "u", 0],
      ["underlying", 18, 1, "u", 0],
      CODE("exchange", 19, 4, ""),
      CODE("securityGroup", 23, 6, ""),
      CODE("asset", 29, 6, ""),
      CODE("symbol", 35, 20, ""),
      ["securityId", 55, 4, "i"],
      CODE("securityType", 59, 6, "FUT"),
      CODE("cfi", 65, 6, "FXXXXX"),
      ["maturityYear", 71, 2, "u", 0xffff],
      ["maturityMonth", 73, 1, "u", 255],
      ["maturityDay", 74, 1, "u", 255],
      ["maturityWeek", 75, 1, "u", 255],
      CODE("currency", 76, 3, "USD"),
      CODE("settlCurrency", 79, 3, "USD"),
      CODE("matchAlgorithm", 82, 1, "F"),
      ["minTradeVol", 83, 4, "u", 1],
      ["maxTradeVol", 87, 4, "u", 999_999],
      ["minPriceIncrement", 91, 8, "i"],
      ["displayFactor", 99, 8, "i"],
      ["mainFraction", 107, 1, "u", 255],
      ["subFraction", 108, 1, "u", 255],
      ["priceDisplayFormat", 109, 1, "u", 255],
      CODE("unitOfMeasure", 110, 30, ""),
      NULL_PRICE("unitOfMeasureQty", 140),
      NULL_PRICE("referencePrice", 148),
      ["settlPriceType", 156, 1, "u", 0x80],
      ["openInterest", 157, 4, "i", NULL_I32],
      ["clearedVolume", 161, 4, "i", NULL_I32],
      NULL_PRICE("highLimit", 165),
      NULL_PRICE("lowLimit", 173),
      NULL_PRICE("maxVariation", 181),
      ["decayQuantity", 189, 4, "i", NULL_I32],
      ["decayStart", 193, 2, "u", 0xffff],
      ["originalSize", 195, 4, "i", NULL_I32],
      ["multiplier", 199, 4, "i", NULL_I32],
      ["multiplierUnit", 203, 1, "i", 127],
      ["flowSchedule", 204, 1, "i", 127],
      NULL_PRICE("minPriceIncrementAmount", 205),
      CODE("userDefined", 213, 1, "N"),
      ["referenceDate", 214, 2, "u", 0xffff],
    ],
    groups: {
      events: { header: 3, block: 9, fields: [] },
      feeds: {
        header: 3,
        block: 4,
        fields: [
          ["feed", 0, 3, "c"],
          ["depth", 3, 1, "i"],
        ],
      },
      attributes: { header: 3, block: 4, fields: [["value", 0, 4, "u"]] },
      lots: { header: 3, block: 5, fields: [] },
    },
  },
} as const satisfies Record<string, Template>;

export type Mdp3Message = keyof typeof TEMPLATES;

/** Entries of a message's groups by name; a group that is left out has none. */
export type Mdp3Groups = Readonly<Record<string, readonly FieldValues[]>>;

/**
 * Bytes of one message, with its size and headers. Throws RangeError for a value that its field can't
 * hold, for what is missing, and for a group that the template has not.
 */
export function encodeMdp3(
  message: Mdp3Message,
  fields: FieldValues,
  groups: Mdp3Groups = {},
): Uint8Array {
  const template: Template = TEMPLATES[message];
  for (const name of Object.keys(groups)) {
    if (template.groups[name] === undefined) throw new RangeError(`${message} has no ${name}`);
  }
  const all = Object.entries(template.groups);
  const size = all.reduce(
    (sum, [name, g]) => sum + g.header + (groups[name]?.length ?? 0) * g.block,
    MESSAGE_HEADER + template.block,
  );
  const bytes = new Uint8Array(size);
  const head = [size, template.block, template.id, SCHEMA, VERSION];
  head.forEach((value, i) => {
    writeLittle(bytes, 2 * i, 2, value);
  });
  writeFields(bytes, MESSAGE_HEADER, template.fields, fields);
  let at = MESSAGE_HEADER + template.block;
  for (const [name, group] of all) at = writeGroup(bytes, at, group, groups[name] ?? []);
  return bytes;
}

function writeGroup(
  bytes: Uint8Array,
  from: number,
  group: Group,
  entries: readonly FieldValues[],
): number {
  writeLittle(bytes, from, 2, group.block);
  writeLittle(bytes, from + group.header - 1, 1, entries.length);
  let at = from + group.header;
  for (const entry of entries) {
    writeFields(bytes, at, group.fields, entry);
    at += group.block;
  }
  return at;
}

/** Bytes that a message takes with so many entries in its first group. */
export function mdp3Length(message: Mdp3Message, entries: number): number {
  const template: Template = TEMPLATES[message];
  const groups = Object.values(template.groups);
  const headers = groups.reduce((sum, g) => sum + g.header, 0);
  return MESSAGE_HEADER + template.block + headers + entries * (groups[0]?.block ?? 0);
}

/** Writes a packet's header at the front of `bytes`. timeNs: since 1970. */
export function writePacketHeader(bytes: Uint8Array, sequence: number, timeNs: bigint): void {
  writeLittle(bytes, 0, 4, sequence);
  writeLittle(bytes, 4, 8, timeNs);
}
