/** The rules of the validator once more, with lists, maps and regular expressions, and no thought of speed. */
import type { TagIndex } from "../../src/fix/codec/tag-index.ts";
import { STANDARD_HEADER, STANDARD_TRAILER } from "../../src/fix/codec/validation-plan.ts";
import type { Dictionary, FieldDefinition, Member } from "../../src/fix/dictionary/model.ts";

interface Field {
  /** Undefined for a number that no int32 holds. */
  tag: number | undefined;
  value: string;
  /** Text of what is not tag=value. */
  raw?: string;
  before?: Field;
}

const DATE = "\\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\\d|3[01])";
const TIME = "([01]\\d|2[0-3]):[0-5]\\d:([0-5]\\d|60)(\\.(\\d{3}|\\d{6}|\\d{9}|\\d{12}))?";
const NUMBER = /^-?(\d+\.?\d*|\.\d+)$/;
const FORMATS: Readonly<Record<string, RegExp>> = {
  INT: /^-?\d+$/,
  LENGTH: /^\d+$/,
  SEQNUM: /^\d+$/,
  NUMINGROUP: /^\d+$/,
  QTY: NUMBER,
  PRICE: NUMBER,
  FLOAT: NUMBER,
  CHAR: /^.$/s,
  BOOLEAN: /^[YN]$/,
  UTCTIMESTAMP: new RegExp(`^${DATE}-${TIME}$`),
  UTCDATEONLY: new RegExp(`^${DATE}$`),
  LOCALMKTDATE: new RegExp(`^${DATE}$`),
  UTCTIMEONLY: new RegExp(`^${TIME}$`),
  MONTHYEAR: new RegExp(`^(${DATE}|\\d{4}(0[1-9]|1[0-2])(w[1-5])?)$`),
  DAYOFMONTH: /^(0?[1-9]|[12]\d|3[01])$/,
  CURRENCY: /^[A-Za-z]{3}$/,
  COUNTRY: /^[A-Za-z]{2}$/,
};

/** "valid", "garbled", "13 ref 40", or "11". */
export function judgeByModel(dictionary: Dictionary, tags: TagIndex): string {
  return new Model(dictionary).judge(fieldsOf(tags));
}

function fieldsOf(tags: TagIndex): Field[] {
  const fields: Field[] = [];
  for (let i = 0; i < tags.count; i++) {
    const at = tags.offsetAt(i);
    const value = Buffer.from(tags.bytes.slice(at, at + tags.lengthAt(i))).toString("latin1");
    const field: Field = { tag: tags.tagAt(i), value };
    if (field.tag === 0) {
      field.raw = value;
      const number = Number(/^(-?\d+)=/.exec(value)?.[1]);
      field.tag = Math.abs(number) < 2 ** 31 ? number : undefined;
    }
    if (i > 0) field.before = fields[i - 1]!;
    fields.push(field);
  }
  return fields;
}

class Model {
  private faults: string[] = [];
  private groupMissing: number[] = [];
  private rest: Field[] = [];

  constructor(private readonly dictionary: Dictionary) {}

  judge(fields: Field[]): string {
    if (fields.some((f) => f.raw !== undefined && !/^-?\d+=/.test(f.raw))) return "garbled";
    const type = fields.find((f) => f.tag === 35)?.value ?? "";
    const message = this.dictionary.message(type);
    const { header, trailer } = this.dictionary;
    const all = [...header.members, ...(message?.members ?? []), ...trailer.members];
    const top: Field[] = [];
    this.rest = [...fields];
    while (this.rest.length > 0) {
      const field = this.rest.shift()!;
      const isAgain = field.raw === undefined && top.some((f) => f.tag === field.tag);
      top.push(field);
      const member = all.find((m) => m.field.tag === field.tag);
      this.look(field, isAgain, member !== undefined);
      if (member?.group === undefined) continue;
      this.takeGroup(member.group, field, all, top);
    }
    const places = top.map((f) => this.placeOf(f));
    const late = top.findIndex((_, i) => places.slice(0, i).some((p) => p > places[i]!));
    if (late >= 0) return told(14, top[late]!.tag);
    if (message === undefined) return "11";
    const missing = [header, trailer, message].flatMap((part) =>
      [...part.required].filter((tag) => !top.some((f) => f.tag === tag)).sort((a, b) => a - b),
    );
    const first = missing[0] ?? this.groupMissing[0];
    return first === undefined ? (this.faults[0] ?? "valid") : told(1, first);
  }

  private placeOf(field: Field): number {
    const tag = field.tag ?? -1;
    if (this.dictionary.header.byTag.has(tag) || STANDARD_HEADER.includes(tag)) return 1;
    return this.dictionary.trailer.byTag.has(tag) || STANDARD_TRAILER.includes(tag) ? 3 : 2;
  }

  /** What is wrong with one field, as far as it can be seen without what follows it. */
  private look(field: Field, isAgain: boolean, isMember: boolean): void {
    const add = (reason: number) => this.faults.push(told(reason, field.tag));
    const definition = this.dictionary.field(field.tag ?? -1);
    if (field.raw !== undefined || field.tag === undefined) {
      add(0);
      return;
    }
    if (isAgain && definition !== undefined) add(13);
    if (field.value === "") add(4);
    else if (definition !== undefined) this.lookAtValue(definition, field, add);
    if (definition === undefined) add(0);
    else if (!isMember) add(2);
  }

  private lookAtValue(d: FieldDefinition, field: Field, add: (reason: number) => void): void {
    const format = FORMATS[d.type];
    if (format !== undefined && !format.test(field.value)) add(6);
    else if (d.type === "DATA") {
      const pairs = this.dictionary.dataTags;
      const lengthTag = pairs[pairs.indexOf(d.tag) - 1];
      const isLed = field.before?.tag === lengthTag;
      if (!isLed || Number(field.before?.value) !== field.value.length) add(6);
    } else if (d.values.size > 0 && d.tag !== 35) {
      const words = d.type.startsWith("MULTIPLE") ? field.value.split(" ") : [field.value];
      if (!words.every((word) => d.values.has(word))) add(5);
    }
  }

  /** Takes the entries from the fields to come. `outer` and `seen`: what may stand, and stood, around. */
  private takeGroup(
    members: readonly Member[],
    count: Field,
    outer: readonly Member[],
    seen: readonly Field[],
  ): void {
    const before = this.faults.length;
    // A count that no int32 holds is no count.
    const isCount = /^\d+$/.test(count.value) && Number(count.value) < 2 ** 31;
    const declared = isCount ? Number(count.value) : -1;
    const first = members[0]!.field.tag;
    const entries: { isLed: boolean; fields: Field[] }[] = [];
    while (this.rest.length > 0) {
      const field = this.rest[0]!;
      const member = field.raw === undefined && members.find((m) => m.field.tag === field.tag);
      if (!member) break;
      const last = entries.at(-1);
      const isAgain = last?.fields.some((f) => f.tag === field.tag) ?? false;
      const isDone = entries.length === declared;
      const mayStandOutside =
        outer.some((m) => m.field.tag === field.tag) && !seen.some((f) => f.tag === field.tag);
      if (isAgain && isDone && field.tag !== first && mayStandOutside) break;
      const isLeading =
        field.tag === first &&
        !(last !== undefined && !last.isLed && !isAgain && entries.length >= declared);
      const isNew = last === undefined || isLeading || (isAgain && entries.length < declared);
      if (isNew) {
        if (field.tag !== first && declared > 0) this.faults.push(told(15, field.tag));
        if (last !== undefined) this.endEntry(members, last.fields);
        entries.push({ isLed: field.tag === first, fields: [] });
      }
      const entry = entries.at(-1)!.fields;
      this.rest.shift();
      entry.push(field);
      this.look(field, isAgain && !isNew, true);
      if (member.group !== undefined) this.takeGroup(member.group, field, members, entry);
    }
    if (entries.length > 0) this.endEntry(members, entries.at(-1)!.fields);
    if (entries.length !== declared) this.faults.splice(before, 0, told(16, count.tag));
  }

  private endEntry(members: readonly Member[], entry: readonly Field[]): void {
    const required = members.filter((m) => m.required).map((m) => m.field.tag);
    const missing = required.filter((tag) => !entry.some((f) => f.tag === tag));
    this.groupMissing.push(...missing.sort((a, b) => a - b));
  }
}

function told(reason: number, tag: number | undefined): string {
  return tag === undefined ? `${reason}` : `${reason} ref ${tag}`;
}
