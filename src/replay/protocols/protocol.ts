/**
 * What the verbs that read captures must know of a protocol: how its packets look, what they hold,
 * and how feed and books are made of them. One object per protocol, in a file of its own here.
 */
import type { BookLevels } from "../../book/levels.ts";
import type { Framing } from "../../feed/framing.ts";
import type { SbeSchema } from "../../feed/mdp3/sbe-schema.ts";
import type { MessageDecoder } from "../../feed/message-decoder.ts";

/** What looksLike() answers. */
export const FITS_NOT = 0;
/** Nothing contradicts it, but little was there that could: a heartbeat. */
export const FITS_WEAKLY = 1;
/** Lengths, counts and types agree: hardly ever by chance. */
export const FITS_SURELY = 2;

/** What roleOf() answers: nothing that would tell, updates, or a loop of snapshots or definitions. */
export const ROLE_UNTOLD = -1;
export const ROLE_LIVE = 0;
export const ROLE_SNAPSHOT = 1;
export const ROLE_DEFINITION = 2;

/** What is numbered together in a packet: a header and its messages. */
export interface Frame {
  /** Its bytes in the arena, header included. */
  at: number;
  size: number;
  /** Sequence of its first message, packet or block, and one past its last; equal: a heartbeat. */
  seq: number;
  end: number;
  messages: number;
  /** False: it says nothing of the sequence. */
  isNumbered: boolean;
  /** Which sequence space it belongs to, of those that a header can tell apart; 0 where none can. */
  space: number;
  /** Name of the session; "" where sessions have none. */
  session: string;
}

export function emptyFrame(): Frame {
  return {
    at: 0,
    size: 0,
    seq: 0,
    end: 0,
    messages: 0,
    isNumbered: true,
    space: 0,
    session: "",
  };
}

/** Values of a message; groups are lists of the same. */
export type FieldValue = string | number | bigint | boolean | null | Fields | FieldValue[];
export interface Fields {
  [name: string]: FieldValue;
}

/** Calls back with each message of a frame, the k-th; false ends it. */
export type MessageVisit = (at: number, length: number, k: number) => boolean;

export interface MessageType {
  /** As `decode` writes it, and --type takes it. */
  type: string;
  name: string;
}

/** What else `feed stats` looks at; one figure a line of its report. */
export interface ProtocolFigure {
  name: string;
  value: number;
  /** For people: what it counts. */
  text: string;
}

export interface ProtocolWatch {
  /** A frame that fits, of any line. */
  frame?(view: DataView, bytes: Uint8Array, frame: Frame): void;
  /** A message in sequence, each once, as the feed's decoder gets it. */
  message?(view: DataView, bytes: Uint8Array, at: number, length: number): void;
  figures(): ProtocolFigure[];
}

export interface CaptureBooksOptions {
  /** Orders, and price levels, of all books of a feed together. */
  maxOrders: number;
  /** Only these; undefined = all. */
  symbols?: ReadonlySet<string>;
  /** Loops of snapshots beside the feed reach its books; where several channels are, they do not. */
  usesLoops?: boolean;
  /** Messages that are later are left out: ns since midnight Eastern time. */
  atNs?: number;
}

/** A count of orders below 0: it is not told. */
export interface CaptureBook extends BookLevels {
  /** The protocol's number of the instrument, "" where it has none. */
  feedId: number | string;
  symbol: string;
  /** Orders that rest; undefined = the protocol does not tell orders. */
  liveOrders: number | undefined;
  /** Why the book is not to be trusted; "" = it is. */
  problem: string;
  /** Prices in `bids` and `asks` are multiples of it, in currency or points. */
  priceUnit: number;
  /** Digits behind the point that tell a multiple of it exactly. */
  decimals: number;
  /** Levels that the venue derives from other instruments, beside the others. */
  implied?: BookLevels;
}

/** The books of one sequence space. */
export interface CaptureBookSet {
  readonly decoder: MessageDecoder;
  /** Messages that were not understood; absent: the feed's counters tell. */
  readonly unread?: number;
  /** A session begins. */
  clear(): void;
  /** A frame of a line beside the feed: ROLE_SNAPSHOT or ROLE_DEFINITION. */
  side?(role: number, view: DataView, bytes: Uint8Array, frame: Frame, line: number): void;
  rows(): Iterable<CaptureBook>;
}

export interface CaptureProtocol {
  /** As --protocol takes it. */
  readonly name: string;
  /** For people: what its packets are. */
  readonly title: string;
  /** What a sequence number counts. */
  readonly numbers: "messages" | "packets" | "blocks";
  /** What its sequence spaces are called, one: "unit". "": the lines of a capture are one feed. */
  readonly spaceWord: string;
  /** Nothing in a packet tells which space it belongs to: its destination does. */
  readonly isByDestination: boolean;
  /**
   * Where the messages of a frame begin: lines of one feed bring the same there under the same number.
   * Absent: not looked at.
   */
  readonly bodyAt?: number;
  /** What it means for its books that a capture begins late; absent: what was before is not in them. */
  readonly lateText?: string;
  /** What to try when messages do not fit; "" = nothing. */
  readonly misfitHint: string;
  /** Messages that do not fit, in words; absent: those of an unknown type or length. */
  readonly misfitText?: string;
  /** Prices of `book --csv` are whole multiples of the unit, else decimals. */
  readonly isCsvInUnits: boolean;
  /** Message types that --type takes; empty: any number. */
  readonly types: readonly string[];
  /**
   * FITS_*: whether bytes [offset, stop) are one packet of it. With `judgesFrames` only a guess, for
   * telling protocols apart.
   */
  looksLike(view: DataView, bytes: Uint8Array, offset: number, stop: number): number;
  /** readFrame() finds out by itself what can be read of a packet, frame by frame, as live feeds do. */
  readonly judgesFrames?: boolean;
  /**
   * Reads the frame at `at` of a packet that fits, which ends at `stop`. False: it can't be read; size
   * 0: nor can what is behind it.
   */
  readFrame(frame: Frame, view: DataView, bytes: Uint8Array, at: number, stop: number): boolean;
  eachMessage(view: DataView, bytes: Uint8Array, frame: Frame, visit: MessageVisit): boolean;
  /** ROLE_* of a frame; absent: all are updates. */
  roleOf?(view: DataView, bytes: Uint8Array, frame: Frame): number;
  /** The frame may be the same on lines of different feeds: a heartbeat, a word to all. */
  isCommon?(view: DataView, bytes: Uint8Array, frame: Frame): boolean;
  /** Called with every frame of the capture before its books are made. */
  survey?(view: DataView, bytes: Uint8Array, frame: Frame): void;
  /** False: the frame's checksum is wrong. Absent: frames have none. */
  hasItsSum?(view: DataView, frame: Frame): boolean;
  /** What `decode` writes between time and type. */
  headOf(view: DataView, bytes: Uint8Array, frame: Frame, k: number): Fields;
  /** Type of a message as text; "" when it has no bytes. */
  typeOf(view: DataView, bytes: Uint8Array, at: number, length: number): string;
  /** Type, length and fields of a message; undefined when its type or length is not known. */
  describe(view: DataView, bytes: Uint8Array, at: number, length: number): Fields | undefined;
  /** False: no type is like that, or none of this length. Absent: by the name of its type. */
  knows?(view: DataView, bytes: Uint8Array, at: number, length: number): boolean;
  /** The type of a message as the feed's decoder gets it, as a number, and what that stands for. */
  codeOf(view: DataView, bytes: Uint8Array, at: number, length: number): number;
  typeOfCode(code: number): MessageType;
  framing(decoder: MessageDecoder, counters: Float64Array, space: number): Framing;
  watch?(): ProtocolWatch;
  books(options: CaptureBooksOptions, counters: Float64Array): CaptureBookSet;
  /**
   * ns since midnight Eastern time of a message, -1 = it tells none. Absent: the time of its packet in
   * the capture is taken.
   */
  timeOf?(view: DataView, at: number, length: number): number;
}

/** What --templates and --edition set. */
export interface ProtocolSettings {
  /** Of mdp3; default: built in. */
  schema?: SbeSchema;
  edition?: string;
}
