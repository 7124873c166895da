/**
 * What the validator needs of a dictionary, as tables. Built once at start.
 *
 * A dense number stands for each tag that is known: 0 = none. A row is the set of fields that may
 * stand in one place: a message type (with header and trailer), or an entry of a repeating group.
 * Groups of the same make share a row.
 *
 *   rows[row * fieldCount + dense] = place | flags | row of the group that this field counts << ROW_SHIFT
 *   row 0 = a message of unknown type: only its header and trailer are known
 */
import { type Dictionary, DictionaryError, type Member } from "../dictionary/model.ts";
import { int32Table, uint16Table } from "./tables.ts";
import * as K from "./value-format.ts";
import { ValueSet } from "./value-set.ts";

/** In the order in which they may follow each other. */
export const PLACE_HEADER = 1;
export const PLACE_BODY = 2;
export const PLACE_TRAILER = 3;
export const PLACE_MASK = 3;
/** The dictionary has the tag, but not for this row. */
export const NOT_IN_ROW = 4;
/** The dictionary does not have the tag. */
export const NOT_KNOWN = 8;
export const OUTSIDE = NOT_IN_ROW | NOT_KNOWN;
export const REQUIRED_SHIFT = 4;
export const ROW_SHIFT = 5;
const ROWS_MAX = 1 << (16 - ROW_SHIFT);

/** Tags below this have their dense number in one table; others are searched for. */
export const DENSE_DIRECT_MAX = 65_536;
/** A group within a group, as deep as dictionaries may nest. */
export const DEPTH_MAX = 16;

/** rules[dense]: kind | RULE_WORDS | number of the map of one-character values << RULE_MAP_SHIFT. */
export const RULE_KIND_MASK = 31;
/** Several values, parted by one blank. */
export const RULE_WORDS = 32;
export const RULE_MAP_SHIFT = 8;
/** Words of 32 bits per map: one bit for each byte there is. */
export const MAP_WORDS_SHIFT = 3;

const MSG_TYPE = 35;
/** Header and trailer of FIX 5.0 SP2: they stand in these places even where a dictionary lacks them. */
export const STANDARD_HEADER = [
  8, 9, 34, 35, 43, 49, 50, 52, 56, 57, 90, 91, 97, 115, 116, 122, 128, 129, 142, 143, 144, 145,
  212, 213, 347, 369, 370, 627, 1128, 1129, 1156,
];
export const STANDARD_TRAILER = [10, 89, 93];

const KINDS: Readonly<Record<string, number>> = {
  INT: K.KIND_INT,
  LENGTH: K.KIND_WHOLE,
  SEQNUM: K.KIND_WHOLE,
  NUMINGROUP: K.KIND_WHOLE,
  TAGNUM: K.KIND_WHOLE,
  FLOAT: K.KIND_FLOAT,
  QTY: K.KIND_FLOAT,
  QUANTITY: K.KIND_FLOAT,
  PRICE: K.KIND_FLOAT,
  PRICEOFFSET: K.KIND_FLOAT,
  AMT: K.KIND_FLOAT,
  PERCENTAGE: K.KIND_FLOAT,
  CHAR: K.KIND_CHAR,
  BOOLEAN: K.KIND_BOOLEAN,
  UTCTIMESTAMP: K.KIND_TIMESTAMP,
  TIME: K.KIND_TIMESTAMP,
  UTCDATEONLY: K.KIND_DATE,
  UTCDATE: K.KIND_DATE,
  DATE: K.KIND_DATE,
  LOCALMKTDATE: K.KIND_DATE,
  UTCTIMEONLY: K.KIND_TIME,
  MONTHYEAR: K.KIND_MONTH_YEAR,
  DAYOFMONTH: K.KIND_DAY,
  CURRENCY: K.KIND_CURRENCY,
  COUNTRY: K.KIND_COUNTRY,
  TZTIMEONLY: K.KIND_TZ_TIME,
  TZTIMESTAMP: K.KIND_TZ_TIMESTAMP,
  DATA: K.KIND_DATA,
  XMLDATA: K.KIND_DATA,
};
const WORD_TYPES = ["MULTIPLEVALUESTRING", "MULTIPLESTRINGVALUE", "MULTIPLECHARVALUE"];

interface Row {
  /** Dense number to its value in `rows`. */
  cells: Map<number, number>;
  /** Cell of a known tag that the row does not hold, by dense number; absent = NOT_IN_ROW. */
  known: (tag: number) => boolean;
  /** Tags, in the order in which a missing one is told. */
  required: number[];
  first: number;
}

export class ValidationPlan {
  /** Count of dense numbers, 0 included. */
  readonly fieldCount: number;
  /** Tag to dense number, below DENSE_DIRECT_MAX. */
  readonly dense = new Uint16Array(new ArrayBuffer(2 * DENSE_DIRECT_MAX));
  /** Tags from DENSE_DIRECT_MAX on, each at the place of its dense number in `largeDense`. */
  readonly largeTags: Int32Array;
  readonly largeDense: Int32Array;
  readonly rows: Uint16Array;
  /** Row to dense number of the first field of its entries; 0 for a message. */
  readonly firstOf: Uint16Array;
  /** Row to count of required fields, and where they begin in `required` (tags). */
  readonly requiredCount: Int32Array;
  readonly requiredAt: Int32Array;
  readonly required: Int32Array;
  readonly rules: Int32Array;
  readonly maps: Int32Array;
  readonly values: ValueSet;
  /** Dense number of a data field to the tag of its length; 0 = none. */
  readonly lengthTag: Int32Array;
  /** MsgType of one or two characters (first | second << 8) to its row; 0 = not in the dictionary. */
  readonly shortTypes = new Uint16Array(new ArrayBuffer(2 * 65_536));
  /** MsgTypes of three or four characters, little-endian, each with its row in `longRows`. */
  readonly longTypes: Int32Array;
  readonly longRows: Int32Array;
  /** Pairs [length tag, data tag, ...] for the TagIndex whose messages this plan is for. */
  readonly dataTags: readonly number[];

  private readonly tags: number[] = [0];
  private readonly denseOf = new Map<number, number>();
  private readonly rowList: Row[] = [];
  private readonly groupRows = new Map<string, number>();

  /**
   * `session`: header, trailer and session messages, and with FIX 4.x all others. `application`: the
   * application messages of FIX 5.0 and later (FIXT 1.1, "Transport Independence"), alone or joined
   * with the session's. A session message knows the tags of `session` only. Throws DictionaryError
   * when there are more groups than a plan can hold.
   */
  constructor(session: Dictionary, application: Dictionary = session) {
    for (const d of [session, application]) for (const f of d.fields) this.number(f.tag);
    for (const tag of [...STANDARD_HEADER, ...STANDARD_TRAILER]) this.number(tag);
    this.fieldCount = this.tags.length;
    this.dataTags =
      session === application ? session.dataTags : [...session.dataTags, ...application.dataTags];

    // One joined with its transport has the header and what an overlay adds to it.
    const whole = application.header.members.length > 0 ? application : session;
    const longTypes: number[] = [];
    const longRows: number[] = [];
    const types = new Set<string>();
    this.addFrame(whole, (tag) => session.field(tag) !== undefined);
    for (const message of [...application.messages, ...session.messages]) {
      const type = message.msgType;
      if (types.has(type)) continue;
      types.add(type);
      const owner = session.message(type) === undefined ? application : session;
      const row = this.addFrame(whole, (tag) => owner.field(tag) !== undefined);
      this.addMembers(this.rowList[row]!, message.members, PLACE_BODY);
      const code = typeCode(type);
      if (type.length <= 2) this.shortTypes[code] = row;
      else if (type.length <= 4) {
        longTypes.push(code);
        longRows.push(row);
      }
    }
    this.longTypes = int32Table(longTypes);
    this.longRows = int32Table(longRows);

    const large = this.tags.filter((tag) => tag >= DENSE_DIRECT_MAX);
    this.largeTags = int32Table(large);
    this.largeDense = int32Table(large.map((tag) => this.denseOf.get(tag)!));
    this.rows = this.layRows();
    this.firstOf = uint16Table(this.rowList.map((row) => row.first));
    this.requiredCount = int32Table(this.rowList.map((row) => row.required.length));
    this.required = int32Table(this.rowList.flatMap((row) => row.required));
    let at = 0;
    this.requiredAt = int32Table(
      this.rowList.map((row) => {
        at += row.required.length;
        return at - row.required.length;
      }),
    );
    this.rules = new Int32Array(new ArrayBuffer(4 * this.fieldCount));
    this.lengthTag = new Int32Array(new ArrayBuffer(4 * this.fieldCount));
    for (let i = 0; i + 1 < this.dataTags.length; i += 2) {
      this.lengthTag[this.denseOf.get(this.dataTags[i + 1]!)!] = this.dataTags[i]!;
    }
    const maps: number[] = new Array(1 << MAP_WORDS_SHIFT).fill(0);
    this.values = this.layRules(whole, whole === session ? application : session, maps);
    this.maps = int32Table(maps);
  }

  private number(tag: number): void {
    if (this.denseOf.has(tag)) return;
    const dense = this.tags.length;
    this.denseOf.set(tag, dense);
    this.tags.push(tag);
    if (tag < DENSE_DIRECT_MAX) this.dense[tag] = dense;
  }

  /** A row with header and trailer in it. */
  private addFrame(session: Dictionary, known: (tag: number) => boolean): number {
    const inFrame = (tag: number) =>
      session.header.byTag.has(tag) || session.trailer.byTag.has(tag) || known(tag);
    const row: Row = { cells: new Map(), known: inFrame, required: [], first: 0 };
    for (const tag of STANDARD_HEADER) this.setCell(row, tag, PLACE_HEADER | NOT_KNOWN);
    for (const tag of STANDARD_TRAILER) this.setCell(row, tag, PLACE_TRAILER | NOT_KNOWN);
    const at = this.pushRow(row);
    this.addMembers(row, session.header.members, PLACE_HEADER);
    this.addMembers(row, session.trailer.members, PLACE_TRAILER);
    return at;
  }

  private pushRow(row: Row): number {
    if (this.rowList.length === ROWS_MAX) {
      throw new DictionaryError(
        `the dictionary has more than ${ROWS_MAX} message types and groups of different make, which a validator cannot hold`,
      );
    }
    return this.rowList.push(row) - 1;
  }

  private setCell(row: Row, tag: number, cell: number): void {
    row.cells.set(this.denseOf.get(tag)!, cell);
  }

  private addMembers(row: Row, members: readonly Member[], place: number): void {
    for (const member of members) {
      const group = member.group === undefined ? 0 : this.groupRow(member.group, 1);
      const required = member.required ? 1 << REQUIRED_SHIFT : 0;
      this.setCell(row, member.field.tag, place | required | (group << ROW_SHIFT));
    }
    const required = members.filter((m) => m.required).map((m) => m.field.tag);
    row.required.push(...[...new Set(required)].sort((a, b) => a - b));
  }

  private groupRow(members: readonly Member[], depth: number): number {
    if (depth > DEPTH_MAX) {
      throw new DictionaryError(`groups nest deeper than ${DEPTH_MAX} levels`);
    }
    const key = keyOf(members);
    const found = this.groupRows.get(key);
    if (found !== undefined) return found;
    const first = this.denseOf.get(members[0]!.field.tag)!;
    const row: Row = { cells: new Map(), known: () => true, required: [], first };
    const at = this.pushRow(row);
    this.groupRows.set(key, at);
    for (const m of members) if (m.group !== undefined) this.groupRow(m.group, depth + 1);
    this.addMembers(row, members, PLACE_BODY);
    return at;
  }

  private layRows(): Uint16Array {
    const cells = new Uint16Array(new ArrayBuffer(2 * this.rowList.length * this.fieldCount));
    for (let r = 0; r < this.rowList.length; r++) {
      const row = this.rowList[r]!;
      const at = r * this.fieldCount;
      cells[at] = PLACE_BODY | NOT_KNOWN;
      for (let dense = 1; dense < this.fieldCount; dense++) {
        const isKnown = row.known(this.tags[dense]!);
        cells[at + dense] = row.cells.get(dense) ?? PLACE_BODY | (isKnown ? NOT_IN_ROW : NOT_KNOWN);
      }
    }
    return cells;
  }

  /** Fills `rules` and `maps`; returns the longer values. A tag's meaning is the first one's, if any. */
  private layRules(first: Dictionary, second: Dictionary, maps: number[]): ValueSet {
    const fields: number[] = [];
    const values: string[] = [];
    for (let dense = 1; dense < this.fieldCount; dense++) {
      const tag = this.tags[dense]!;
      const field = first.field(tag) ?? second.field(tag);
      if (field === undefined) continue;
      let rule = kindOf(field.type, first.beginString);
      if (WORD_TYPES.includes(field.type)) rule |= RULE_WORDS;
      // A MsgType is held against the messages there are.
      if (field.values.size > 0 && tag !== MSG_TYPE && rule !== K.KIND_DATA) {
        const map = maps.length >> MAP_WORDS_SHIFT;
        rule |= map << RULE_MAP_SHIFT;
        maps.push(...new Array(1 << MAP_WORDS_SHIFT).fill(0));
        for (const value of field.values.keys()) {
          if (value.length === 1) {
            const c = value.charCodeAt(0) & 255;
            maps[(map << MAP_WORDS_SHIFT) + (c >> 5)]! |= 1 << (c & 31);
          } else {
            fields.push(dense);
            values.push(value);
          }
        }
      }
      this.rules[dense] = rule;
    }
    return new ValueSet(fields, values);
  }
}

/** A MsgType of up to four characters, little-endian. */
function typeCode(msgType: string): number {
  let code = 0;
  for (let i = 0; i < msgType.length && i < 4; i++) code |= msgType.charCodeAt(i) << (8 * i);
  return code;
}

/** Before FIX 4.2 "char" is any string without the delimiter. */
function kindOf(type: string, beginString: string): number {
  const isText = type === "CHAR" && (beginString === "FIX.4.0" || beginString === "FIX.4.1");
  return isText ? K.KIND_TEXT : (KINDS[type] ?? K.KIND_TEXT);
}

/** The same for groups of the same make. */
function keyOf(members: readonly Member[]): string {
  return members
    .map((m) => `${m.field.tag}${m.required ? "!" : ""}${m.group ? `(${keyOf(m.group)})` : ""}`)
    .join(",");
}
