/** A message of a log, read: what it is, whether it is whole, and its fields. */
import { frameBounds, readCheckSum, TRAILER_BYTES } from "../codec/framing.ts";
import { TagIndex } from "../codec/tag-index.ts";
import type { Dictionary } from "../dictionary/model.ts";
import type { LogDictionaries } from "./dictionaries.ts";
import { type LogMessage, MESSAGE_MAX } from "./log-scanner.ts";
import { type DecodedField, decodeFields, isNumbered, textAt } from "./structure.ts";

export interface DecodedMessage {
  prefix: string;
  /** MsgType (35) and its name; "" when unknown. */
  type: string;
  name: string;
  sender: string;
  target: string;
  seq: string;
  sendingTime: string;
  /** What makes the message garbled, in words; "" when it is whole. */
  garbled: string;
  fields: DecodedField[];
}

const BEGIN_STRING = 8;
const MSG_TYPE = 35;
const SENDER = 49;
const TARGET = 56;
const APPL_VER_ID = 1128;
const DEFAULT_APPL_VER_ID = 1137;
/** Fields of one message: MESSAGE_MAX bytes hold no more that say anything. */
const FIELDS_MAX = 65_536;
const CUT = `it has more than ${MESSAGE_MAX} bytes, and is cut there`;

export class Decoder {
  private readonly indexes = new Map<Dictionary | undefined, TagIndex>();
  /** CompIDs, in alphabetical order, to the DefaultApplVerID of their Logon. */
  private readonly sessions = new Map<string, string>();

  constructor(readonly dictionaries: LogDictionaries) {}

  /** `message.bytes`: fields ended by SOH, as LogScanner gives them. */
  decode(message: LogMessage): DecodedMessage {
    const { bytes, prefix } = message;
    const plain = this.index(undefined, bytes);
    const value = (tag: number) => valueIn(plain, tag);
    const pair = [value(SENDER), value(TARGET)].sort().join("\u0001");
    const logon = value(MSG_TYPE) === "A" ? value(DEFAULT_APPL_VER_ID) : "";
    if (logon !== "") this.sessions.set(pair, logon);
    const version = value(APPL_VER_ID) || this.sessions.get(pair);
    const dictionary = this.dictionaries.of(value(BEGIN_STRING), version);
    const tags = dictionary === undefined ? plain : this.index(dictionary, bytes);
    const type = value(MSG_TYPE);
    return {
      prefix,
      type,
      name: dictionary?.message(type)?.name ?? "",
      sender: value(SENDER),
      target: value(TARGET),
      seq: value(34),
      sendingTime: value(52),
      garbled: message.isCut === true ? CUT : faultOf(bytes, tags),
      fields: decodeFields(tags, dictionary),
    };
  }

  /** The message indexed with the data fields of the dictionary. */
  private index(dictionary: Dictionary | undefined, bytes: Uint8Array): TagIndex {
    let index = this.indexes.get(dictionary);
    if (index === undefined) {
      index = new TagIndex(FIELDS_MAX, dictionary?.dataTags);
      this.indexes.set(dictionary, index);
    }
    index.parse(bytes, 0, bytes.length);
    return index;
  }
}

function valueIn(tags: TagIndex, tag: number): string {
  const field = tags.find(tag);
  return field < 0 ? "" : textAt(tags, field);
}

/** Why a session would take the message for garbled (FIX Session Layer, "Garbled Message"), or "". */
function faultOf(bytes: Uint8Array, tags: TagIndex): string {
  if (tags.count === 0) return `it has more than ${FIELDS_MAX} fields or is too short`;
  if (tags.count < 4) return "it has fewer fields than any message";
  const trailer = bytes.length - TRAILER_BYTES;
  const last = tags.tagAt(tags.count - 1);
  if (last !== 10 || tags.lengthAt(tags.count - 1) !== 3)
    return "it does not end with CheckSum (10)";
  if (tags.tagAt(1) !== 9 || tags.tagAt(2) !== MSG_TYPE) {
    return "it does not begin with BeginString (8), BodyLength (9), MsgType (35)";
  }
  const body = trailer - tags.offsetAt(2) + 3;
  const declared = textAt(tags, 1);
  if (!/^\d+$/.test(declared) || Number(declared) !== body) {
    return `BodyLength (9) says ${declared}, the body has ${body} bytes`;
  }
  const sum = readCheckSum(bytes, trailer);
  if (sum !== tags.checkSum) {
    return `CheckSum (10) says ${threeDigits(sum)}, the bytes add up to ${threeDigits(tags.checkSum)}`;
  }
  // A number that can be no tag makes no message garbled: a session answers it with a Reject.
  if (tags.badField >= 0 && !isNumbered(textAt(tags, tags.badField))) {
    return `the ${ordinal(tags.badField + 1)} field is not tag=value`;
  }
  return frameBounds(bytes, 0, bytes.length, MESSAGE_MAX + 1) === bytes.length
    ? ""
    : "its first fields have another form than FIX asks for";
}

/** "1st", "22nd", "113th". */
function ordinal(value: number): string {
  const isTeen = value % 100 > 10 && value % 100 < 14;
  return `${value}${(isTeen ? undefined : ["th", "st", "nd", "rd"][value % 10]) ?? "th"}`;
}

function threeDigits(sum: number): string {
  return String(sum).padStart(3, "0");
}
