/** CME MDP 3.0: SBE messages by the venue's template file, one packet one number. */

import { Mdp3Decoder } from "../../feed/mdp3/mdp3.ts";
import {
  describeMdp3,
  MESSAGE_HEADER_BYTES,
  PACKET_HEADER_BYTES,
} from "../../feed/mdp3/mdp3-fields.ts";
import { PacketFraming } from "../../feed/mdp3/packet-framing.ts";
import type { SbeSchema } from "../../feed/mdp3/sbe-schema.ts";
import { builtInSchema } from "../../feed/mdp3/templates.ts";
import { MSG_TEMPLATE } from "../../feed/mdp3/wire.ts";
import type { MessageDecoder } from "../../feed/message-decoder.ts";
import { Mdp3BookSet } from "./mdp3-books.ts";
import { Mdp3Survey } from "./mdp3-survey.ts";
import { RptSeqWatch } from "./mdp3-watch.ts";
import {
  type CaptureProtocol,
  FITS_NOT,
  FITS_SURELY,
  FITS_WEAKLY,
  type Fields,
  type Frame,
  type ProtocolSettings,
  ROLE_DEFINITION,
  ROLE_LIVE,
  ROLE_SNAPSHOT,
  ROLE_UNTOLD,
} from "./protocol.ts";

const SENDING_TIME = 4;
const MSG_SCHEMA = 6;
const MSG_VERSION = 8;
const SCHEMA_ID = 1;
const HEARTBEAT = 12;
const RESET = 4;
/** Full refreshes, by price and by order, of today and of before; some for other asset classes. */
const SNAPSHOTS = new Set([38, 44, 52, 53, 61, 68, 69]);
const DEFINITIONS = new Set([27, 29, 41, 54, 55, 56, 57, 58, 63]);
/** More than CME will need for long: for telling its packets from others. */
const VERSION_MAX = 64;
const TEMPLATE_MAX = 512;
/** High words of ns since 1970: 2010 and 2060. */
const TIME_HIGH_MIN = 0x1186_0000;
const TIME_HIGH_MAX = 0x2768_0000;

export function mdp3(settings: ProtocolSettings): CaptureProtocol {
  const schema = settings.schema ?? builtInSchema();
  let surveyed: Mdp3Survey | undefined;
  // Decoding by a schema that describes no books is no error before there are any.
  const survey = () => {
    surveyed ??= new Mdp3Survey(schema);
    return surveyed;
  };
  const isBuiltIn = settings.schema === undefined;
  return {
    name: "mdp3",
    title: "CME MDP 3.0",
    numbers: "packets",
    spaceWord: "channel",
    isByDestination: true,
    isCsvInUnits: false,
    misfitHint: isBuiltIn ? "give the venue's own with --templates" : "",
    misfitText: `messages of templates that ${isBuiltIn ? "the built-in schema" : "--templates"} does not describe, or shorter than theirs`,
    lateText: "what was before is not in the books",
    types: [...schema.messages.keys()].map(String),
    looksLike: (view, _bytes, offset, stop) => packetFits(view, offset, stop),
    readFrame,
    eachMessage(view, _bytes, frame, visit) {
      const stop = frame.at + frame.size;
      let at = frame.at + PACKET_HEADER_BYTES;
      for (let k = 0; at < stop; k++) {
        const size = view.getUint16(at, true);
        if (!visit(at, size, k)) return false;
        at += size;
      }
      return true;
    },
    bodyAt: PACKET_HEADER_BYTES,
    roleOf: (view, _bytes, frame) => roleOf(view, frame),
    isCommon: (view, _bytes, frame) => isCommon(view, frame),
    headOf: (view, _bytes, frame) => ({
      seq: frame.seq,
      sending_time: view.getBigUint64(frame.at + SENDING_TIME, true),
    }),
    typeOf: (view, _bytes, at) => String(view.getUint16(at + MSG_TEMPLATE, true)),
    describe: (_view, bytes, at, length) => fieldsOf(schema, bytes, at, length),
    knows: (_view, bytes, at, length) => describeMdp3(schema, bytes, at, length) !== undefined,
    codeOf: (view, _bytes, at) => view.getUint16(at + MSG_TEMPLATE, true),
    typeOfCode: (code) => ({
      type: String(code),
      name: schema.messages.get(code)?.name ?? "unknown",
    }),
    framing: (decoder, counters) => new PacketFraming(withPackets(decoder), counters),
    watch: () => new RptSeqWatch(schema),
    survey: (view, bytes, frame) => survey().frame(roleOf(view, frame), view, bytes, frame),
    books: (options, counters) => new Mdp3BookSet(schema, survey(), options, counters),
  };
}

/** By the packet's first message that is no heartbeat. */
function roleOf(view: DataView, frame: Frame): number {
  const stop = frame.at + frame.size;
  let at = frame.at + PACKET_HEADER_BYTES;
  while (at < stop) {
    const template = view.getUint16(at + MSG_TEMPLATE, true);
    if (SNAPSHOTS.has(template)) return ROLE_SNAPSHOT;
    if (DEFINITIONS.has(template)) return ROLE_DEFINITION;
    if (template !== HEARTBEAT) return ROLE_LIVE;
    at += view.getUint16(at, true);
  }
  return ROLE_UNTOLD;
}

/** Heartbeats, by number alone or with a message of their own, and channel resets. */
function isCommon(view: DataView, frame: Frame): boolean {
  const stop = frame.at + frame.size;
  let at = frame.at + PACKET_HEADER_BYTES;
  while (at < stop) {
    const template = view.getUint16(at + MSG_TEMPLATE, true);
    if (template !== HEARTBEAT && template !== RESET) return false;
    at += view.getUint16(at, true);
  }
  return true;
}

/** The decoder of the books is told of packets, one that counts need not be. */
function withPackets(decoder: MessageDecoder): Pick<Mdp3Decoder, "packet" | "decode"> {
  if (decoder instanceof Mdp3Decoder) return decoder;
  return {
    packet: () => {},
    decode: (view, bytes, at, length) => decoder.decode(view, bytes, at, length),
  };
}

function fieldsOf(
  schema: SbeSchema,
  bytes: Uint8Array,
  at: number,
  length: number,
): Fields | undefined {
  const record = describeMdp3(schema, bytes, at, length);
  if (record === undefined) return undefined;
  const { t, v, ...fields } = record;
  const name = schema.messages.get(t)!.name;
  return { type: String(t), len: length, name, version: v, ...fields };
}

function readFrame(
  frame: Frame,
  view: DataView,
  _bytes: Uint8Array,
  at: number,
  stop: number,
): boolean {
  frame.at = at;
  frame.size = stop - at;
  frame.seq = view.getUint32(at, true);
  frame.end = frame.seq + 1;
  frame.messages = 0;
  for (let next = at + PACKET_HEADER_BYTES; next < stop; frame.messages++) {
    next += view.getUint16(next, true);
  }
  return true;
}

/** Messages of CME's schema fill the packet; one without any was sent in our time. */
function packetFits(view: DataView, offset: number, stop: number): number {
  let at = offset + PACKET_HEADER_BYTES;
  if (at > stop) return FITS_NOT;
  if (at === stop) {
    const high = view.getUint32(offset + SENDING_TIME + 4, true);
    return high >= TIME_HIGH_MIN && high <= TIME_HIGH_MAX ? FITS_WEAKLY : FITS_NOT;
  }
  while (at + MESSAGE_HEADER_BYTES <= stop) {
    const size = view.getUint16(at, true);
    if (size < MESSAGE_HEADER_BYTES || at + size > stop) return FITS_NOT;
    const isCme =
      view.getUint16(at + MSG_SCHEMA, true) === SCHEMA_ID &&
      view.getUint16(at + MSG_VERSION, true) <= VERSION_MAX &&
      view.getUint16(at + MSG_TEMPLATE, true) <= TEMPLATE_MAX;
    if (!isCme) return FITS_NOT;
    at += size;
  }
  return at === stop ? FITS_SURELY : FITS_NOT;
}
