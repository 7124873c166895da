/**
 * What the order templates are made of: worked out once at start from the dictionary, the session's
 * static tags and the instruments, and checked there. Cold; templates.ts patches the result.
 */
import type { InstrumentDefinition, Instruments } from "../../book/instruments.ts";
import {
  ORDER_FOK,
  ORDER_IOC,
  ORDER_MARKET,
  ORDER_POST_ONLY,
  ORDER_SHORT,
  ORDER_SHORT_EXEMPT,
} from "../../core/codes.ts";
import { type Dictionary, DictionaryError, type Member } from "../dictionary/model.ts";

export interface TemplateOptions {
  dictionary: Dictionary;
  instruments: Instruments;
  /** Index of the session: instruments of other sessions get no segment. */
  session: number;
  beginString: string;
  senderCompId: string;
  targetCompId: string;
  /** Further tags of every header: 50, 57, 115, 128, 142 and the like. */
  headerTags: Record<number, string>;
  /** Tags of every order message that has them: 1, 18, 21, 47, 100, 114 and the like. */
  staticTags: Record<number, string>;
  /** How post-only is told; FIX 4.4: ExecInst (18) 6 = participate, don't initiate. */
  postOnly: { tag: number; value: string };
  /** 1 to 4 characters of A-Z and 0-9 before the digits of every ClOrdID. */
  idPrefix: string;
  timestampDigits: number;
  /** Fixed widths with leading zeros. */
  zeroPad: boolean;
}

/** One kind of order message. Texts are Latin-1 with SOH. */
export interface TemplatePlan {
  msgType: string;
  /** "49=..|56=..|50=..|" (and the further header tags), behind MsgSeqNum. */
  header: string;
  /** Static tags of the body. */
  body: string;
  hasOrigId: boolean;
  hasTime: boolean;
  hasQty: boolean;
  /** By instrument: "55=..|" and its tags; "" where the message has none or it is not ours. */
  instrument: string[];
  /** By side and flags (comboIndex): "54=..|40=..|59=..|18=..|". */
  combo: string[];
}

export const COMBO_COUNT = 128;
/** Index of a side (SIDE_*) and flags (ORDER_*) into a plan's combos. */
export function comboIndex(side: number, flags: number): number {
  return (side > 0 ? 0 : 64) | (flags & 63);
}

const SOH = "\u0001";
/** Tags that the session or the template writes itself. */
const OWN_HEADER = [8, 9, 10, 34, 35, 43, 49, 52, 56, 97, 122];
const OWN_BODY = [11, 41, 54, 38, 40, 44, 55, 59, 60, 530];
const LOCATE = 114;
const EXEC_INST = 18;
/** D, G and F must exist; q and H are used where the dictionary has them. */
const ORDER_TYPES = ["D", "G", "F", "q", "H"];

/** Plans by MsgType. Throws DictionaryError with one sentence when something can't be sent. */
export function planTemplates(o: TemplateOptions): Map<string, TemplatePlan> {
  checkPrefix(o.idPrefix);
  checkStaticTags(o, o.staticTags, "tags");
  for (const definition of ownInstruments(o)) {
    checkStaticTags(o, definition.orderTags, `order tags of ${definition.symbol}`);
  }
  const plans = new Map<string, TemplatePlan>();
  for (const type of ORDER_TYPES) {
    const message = o.dictionary.message(type);
    if (!message) {
      if (type === "q" || type === "H") continue;
      throw new DictionaryError(
        `FIX dictionary ${o.dictionary.name} has no message of type ${type}, which orders need`,
      );
    }
    plans.set(type, plan(o, type, message.members, message.byTag));
  }
  return plans;
}

function plan(
  o: TemplateOptions,
  msgType: string,
  members: readonly Member[],
  byTag: ReadonlyMap<number, Member>,
): TemplatePlan {
  const result: TemplatePlan = {
    msgType,
    header: headerText(o),
    body: "",
    hasOrigId: byTag.has(41) && msgType !== "H",
    hasTime: byTag.has(60),
    hasQty: byTag.has(38) && msgType !== "H" && msgType !== "q",
    instrument: [],
    combo: [],
  };
  const written = new Set([11]);
  if (result.hasOrigId) written.add(41);
  if (result.hasTime) written.add(60);
  if (result.hasQty) written.add(38);
  if (msgType === "q") {
    written.add(530);
    result.body = `530=7${SOH}`;
  }
  // ExecInst and the locate go with the combos, which may have to add to them.
  const statics = new Map(numbered(o.staticTags));
  const execInst = byTag.has(EXEC_INST) ? statics.get(EXEC_INST) : undefined;
  const locate = byTag.has(LOCATE) ? statics.get(LOCATE) : undefined;
  statics.delete(EXEC_INST);
  statics.delete(LOCATE);
  result.body += membersText(o, members, statics, written);
  const has = (tag: number) => byTag.has(tag);
  const orders = msgType === "D" || msgType === "G";
  for (let i = 0; i < o.instruments.count; i++) {
    const definition = o.instruments.definitions[i]!;
    const ours = definition.session === o.session && msgType !== "q";
    result.instrument.push(ours ? instrumentText(o, members, definition) : "");
  }
  if (msgType !== "q") {
    written.add(54).add(55);
    for (const definition of ownInstruments(o).slice(0, 1)) {
      for (const [tag] of numbered(definition.orderTags)) written.add(tag);
    }
  }
  for (let c = 0; c < COMBO_COUNT; c++) {
    const side = c < 64 ? 1 : -1;
    if (msgType === "q") result.combo.push("");
    else result.combo.push(comboText(o, side, c & 63, orders, has, execInst, locate));
  }
  if (orders) written.add(40).add(44).add(59).add(EXEC_INST);
  checkRequired(o, msgType, written);
  return result;
}

function headerText(o: TemplateOptions): string {
  for (const [name, value] of [
    ["SenderCompID", o.senderCompId],
    ["TargetCompID", o.targetCompId],
  ] as const) {
    if (!/^[\x20-\x7e]+$/.test(value))
      throw new DictionaryError(`${name} "${value}" is no FIX text`);
  }
  let text = `49=${o.senderCompId}${SOH}56=${o.targetCompId}${SOH}`;
  for (const [tag, value] of numbered(o.headerTags)) {
    const member = o.dictionary.header.byTag.get(tag);
    if (!member || OWN_HEADER.includes(tag)) {
      const why = member ? "is written by the session itself" : "is no header field";
      throw new DictionaryError(`header tag ${o.dictionary.label(tag)} ${why}`);
    }
    checkValue(o, tag, value, member, "header tags");
    text += `${tag}=${value}${SOH}`;
  }
  return text;
}

/** The static tags that this message has, in the dictionary's order, groups of one entry included. */
function membersText(
  o: TemplateOptions,
  members: readonly Member[],
  statics: ReadonlyMap<number, string>,
  written: Set<number>,
): string {
  let text = "";
  for (const member of members) {
    const value = statics.get(member.field.tag);
    if (value === undefined) continue;
    written.add(member.field.tag);
    text += `${member.field.tag}=${value}${SOH}`;
    if (!member.group) continue;
    if (value !== "1") {
      const label = o.dictionary.label(member.field.tag);
      throw new DictionaryError(`tag ${label}: static groups have one entry, not ${value}`);
    }
    text += membersText(o, member.group, statics, written);
  }
  return text;
}

function instrumentText(
  o: TemplateOptions,
  members: readonly Member[],
  definition: InstrumentDefinition,
): string {
  const statics = new Map(numbered(definition.orderTags));
  const symbol = definition.orderSymbol;
  if (!/^[\x20-\x7e]+$/.test(symbol)) {
    throw new DictionaryError(`instrument ${definition.symbol}: "${symbol}" is no FIX symbol`);
  }
  return `55=${symbol}${SOH}${membersText(o, members, statics, new Set())}`;
}

/** Side, OrdType, TimeInForce, ExecInst and LocateReqd of a side and a set of ORDER_* flags. */
function comboText(
  o: TemplateOptions,
  side: number,
  flags: number,
  orders: boolean,
  has: (tag: number) => boolean,
  execInst: string | undefined,
  locate: string | undefined,
): string {
  const short = side < 0 && (flags & (ORDER_SHORT | ORDER_SHORT_EXEMPT)) !== 0;
  let sideCode = side > 0 ? "1" : "2";
  if (short) sideCode = flags & ORDER_SHORT_EXEMPT ? "6" : "5";
  let text = `54=${sideCode}${SOH}`;
  if (!orders) return text;
  if (has(40)) text += `40=${flags & ORDER_MARKET ? "1" : "2"}${SOH}`;
  let time = "0";
  if (flags & ORDER_IOC) time = "3";
  if (flags & ORDER_FOK) time = "4";
  if (has(59)) text += `59=${time}${SOH}`;
  const postOnly = (flags & ORDER_POST_ONLY) !== 0;
  if (postOnly && o.postOnly.tag === EXEC_INST) {
    text += `${EXEC_INST}=${execInst === undefined ? "" : `${execInst} `}${o.postOnly.value}${SOH}`;
  } else {
    if (execInst !== undefined) text += `${EXEC_INST}=${execInst}${SOH}`;
    if (postOnly) text += `${o.postOnly.tag}=${o.postOnly.value}${SOH}`;
  }
  if (short && locate !== undefined) text += `${LOCATE}=${locate}${SOH}`;
  return text;
}

function checkPrefix(prefix: string): void {
  if (!/^[A-Z0-9]{1,4}$/.test(prefix)) {
    throw new DictionaryError(`id prefix "${prefix}": 1 to 4 characters of A-Z and 0-9`);
  }
}

/** Every static tag must be one that some order message has and that we do not write ourselves. */
function checkStaticTags(o: TemplateOptions, tags: Record<number, string>, where: string): void {
  for (const [tag, value] of numbered(tags)) {
    const label = o.dictionary.label(tag);
    if (!o.dictionary.field(tag)) {
      throw new DictionaryError(
        `${where}: tag ${tag} is not in the FIX dictionary ${o.dictionary.name}`,
      );
    }
    if (OWN_BODY.includes(tag) || OWN_HEADER.includes(tag)) {
      throw new DictionaryError(`${where}: tag ${label} is written by hairpin itself`);
    }
    let found: Member | undefined;
    for (const type of ORDER_TYPES) {
      found ??= findMember(o.dictionary.message(type)?.members ?? [], tag);
    }
    if (!found) {
      throw new DictionaryError(`${where}: tag ${label} is in no order message of the dictionary`);
    }
    checkValue(o, tag, value, found, where);
  }
  checkPostOnly(o);
}

function checkPostOnly(o: TemplateOptions): void {
  const member = findMember(o.dictionary.message("D")?.members ?? [], o.postOnly.tag);
  if (!member) {
    throw new DictionaryError(
      `post-only: tag ${o.dictionary.label(o.postOnly.tag)} is not in NewOrderSingle`,
    );
  }
  checkValue(o, o.postOnly.tag, o.postOnly.value, member, "post-only");
}

function checkValue(
  o: TemplateOptions,
  tag: number,
  value: string,
  member: Member,
  where: string,
): void {
  const label = o.dictionary.label(tag);
  if (!/^[\x20-\x7e\xa0-\xff]+$/.test(value)) {
    throw new DictionaryError(
      `${where}: tag ${label} has an empty value or a character FIX can't carry`,
    );
  }
  const allowed = member.field.values;
  if (allowed.size === 0) return;
  const parts = member.field.type.startsWith("MULTIPLE") ? value.split(" ") : [value];
  const wrong = parts.find((part) => !allowed.has(part));
  if (wrong === undefined) return;
  const names = [...allowed].map(([v, d]) => `${v} ${d}`).join(", ");
  throw new DictionaryError(`${where}: tag ${label} can't be "${wrong}"; allowed are ${names}`);
}

function checkRequired(o: TemplateOptions, msgType: string, written: ReadonlySet<number>): void {
  const message = o.dictionary.message(msgType)!;
  const missing = message.required.filter((tag) => !written.has(tag));
  if (missing.length === 0) return;
  const labels = missing.map((tag) => o.dictionary.label(tag)).join(", ");
  throw new DictionaryError(
    `${message.name} needs tag ${labels} by the FIX dictionary ${o.dictionary.name}: ` +
      "give it under the session's tags",
  );
}

function findMember(members: readonly Member[], tag: number): Member | undefined {
  for (const member of members) {
    if (member.field.tag === tag) return member;
    const inside = member.group ? findMember(member.group, tag) : undefined;
    if (inside) return inside;
  }
  return undefined;
}

function ownInstruments(o: TemplateOptions): InstrumentDefinition[] {
  return o.instruments.definitions.filter((d) => d.session === o.session);
}

function numbered(tags: Record<number, string>): [number, string][] {
  return Object.entries(tags).map(([tag, value]) => [Number(tag), value]);
}
