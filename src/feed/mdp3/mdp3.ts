// @hot
/**
 * MDP 3.0 decoder: reads fields in place at the offsets of the schema (MessagePlans) and calls the
 * sink. Blocks are stepped over by the lengths on the wire: what a longer one has more is left out,
 * what a shorter one lacks is null. All groups are looked at before an entry is used, so that a
 * message whose lengths lie changes nothing; it counts as lost.
 */
import { FEED_FILTERED, FEED_UNKNOWN_TYPE } from "../counters.ts";
import type { MessageDecoder } from "../message-decoder.ts";
import { readDefinition } from "./definition.ts";
import { LevelMessages } from "./level-messages.ts";
import { MESSAGE_HEADER_BYTES } from "./mdp3-fields.ts";
import type { Mdp3Sink } from "./mdp3-sink.ts";
import {
  KIND_BOOK,
  KIND_DEFINITION,
  KIND_HEARTBEAT,
  KIND_ORDER_SNAPSHOT,
  KIND_OTHER,
  KIND_SNAPSHOT,
  PLAN_KIND,
  PLAN_ROOT,
} from "./message-plans.ts";
import type { SbeSchema } from "./sbe-schema.ts";
import { MSG_BLOCK_LENGTH, MSG_TEMPLATE } from "./wire.ts";

export interface Mdp3DecoderOptions {
  schema: SbeSchema;
  sink: Mdp3Sink;
  /** hp_engine.counters */
  counters: Float64Array;
}

/** What a line brings. */
export const ROLE_LIVE = 0;
export const ROLE_SNAPSHOT = 1;
export const ROLE_DEFINITION = 2;

/** Kinds by role: a snapshot among increments would come at the wrong time, and so the other way. */
const SNAPSHOTS = (1 << KIND_SNAPSHOT) | (1 << KIND_ORDER_SNAPSHOT);
/** MatchEventIndicator: the last message of an event. */
const END_OF_EVENT = 0x80;
const ROOT_EVENT = PLAN_ROOT + 1;
const STATUS_EVENT = PLAN_ROOT + 3;

export class Mdp3Decoder extends LevelMessages implements MessageDecoder {
  private readonly schema: SbeSchema;
  private role = ROLE_LIVE;

  constructor(options: Mdp3DecoderOptions) {
    super(options.schema, options.sink, options.counters);
    this.schema = options.schema;
  }

  /** A packet of the incremental feed follows. */
  packet(seq: number): void {
    this.seq = seq;
    this.role = ROLE_LIVE;
    this.forgetFound();
    this.sink.onPacket(seq);
  }

  /**
   * Packet `seq` of another feed of the channel, by this line, follows: ROLE_*. liveTo: one past the
   * highest packet of the incremental feed that is known; infinite where nobody knows.
   */
  sidePacket(role: number, line: number, seq: number, liveTo: number): void {
    this.role = role;
    this.forgetFound();
    if (role === ROLE_SNAPSHOT) this.sink.onSnapshotPacket(line, seq, liveTo);
  }

  /** One message from MsgSize on, which is `length`. */
  decode(view: DataView, bytes: Uint8Array, o: number, length: number): void {
    if (length < MESSAGE_HEADER_BYTES) {
      this.refuse();
      return;
    }
    const template = view.getUint16(o + MSG_TEMPLATE, true);
    const row = template < this.rowOf.length ? this.rowOf[template]! - 1 : -1;
    if (row < 0) {
      this.counters[FEED_UNKNOWN_TYPE]! += 1;
      return;
    }
    const kind = this.words[row + PLAN_KIND]!;
    if (kind === KIND_BOOK && this.role === ROLE_LIVE) {
      if (this.shortLevels(view, o, length, row)) return;
    }
    if (kind === KIND_HEARTBEAT) {
      // Sent when nothing is under way.
      this.midEvent = false;
      return;
    }
    if (!this.isWanted(kind)) {
      this.counters[FEED_FILTERED]! += 1;
      return;
    }
    const root = o + MESSAGE_HEADER_BYTES;
    const rootLength = view.getUint16(o + MSG_BLOCK_LENGTH, true);
    this.row = row;
    if (!this.enter(view, root + rootLength, o + length, rootLength)) this.refuse();
    else if (kind === KIND_DEFINITION) this.definition(view, bytes, root, o, length);
    else this.dispatch(kind, view, root);
  }

  /** Nothing is shown inside an event of the match engine, which may be several packets. */
  flush(shown: boolean): void {
    if (!this.midEvent) this.sink.flush(shown);
  }

  onLoss(from: number, to: number): void {
    // Whether the event ended with what was lost, nobody knows: what is to be distrusted is shown.
    this.midEvent = false;
    this.sink.onLoss(from, to);
  }

  /** What it would have told is lost. */
  protected override refuse(): void {
    super.refuse();
    if (this.role === ROLE_LIVE) this.onLoss(this.seq, this.seq + 1);
  }

  private isWanted(kind: number): boolean {
    if (kind === KIND_OTHER) return false;
    const isSnapshot = ((SNAPSHOTS >> kind) & 1) !== 0;
    if (this.role === ROLE_LIVE) return !isSnapshot;
    return this.role === ROLE_SNAPSHOT ? isSnapshot : kind === KIND_DEFINITION;
  }

  /** Case labels are literals: the engine makes a jump table of them, not of names. */
  private dispatch(kind: number, view: DataView, root: number): void {
    switch (kind) {
      case 2: // KIND_BOOK
        this.levels(view);
        if (this.count2 > 0 && this.sink.takesOrders) this.ordersOfLevels(view);
        break;
      case 3: // KIND_ORDERS
        if (this.sink.takesOrders) this.orders(view);
        break;
      case 4: // KIND_TRADE
        this.trades(view);
        break;
      case 5: // KIND_VOLUME
        this.volumes(view);
        break;
      case 6: // KIND_DAILY
      case 7: // KIND_SESSION
        this.statistics(view);
        break;
      case 8: // KIND_LIMITS
        this.limits(view);
        break;
      case 9: // KIND_SNAPSHOT
        this.snapshot(view, root);
        return;
      case 10: // KIND_ORDER_SNAPSHOT
        this.orderSnapshot(view, root);
        return;
      case 11: // KIND_STATUS
        this.status(view, root);
        // It is no part of an event; but it may end one.
        if (this.eventBits(view, root, STATUS_EVENT) >= END_OF_EVENT) this.midEvent = false;
        return;
      case 12: // KIND_RESET
        this.sink.onReset();
        break;
      case 14: // KIND_QUOTE
        this.quotes(view);
        return;
      default:
        return;
    }
    this.midEvent = this.eventBits(view, root, ROOT_EVENT) < END_OF_EVENT;
  }

  private eventBits(view: DataView, root: number, field: number): number {
    return view.getUint8(root + this.words[this.row + field]!);
  }

  /** Definitions come over and over: only what is new is read whole. */
  private definition(
    view: DataView,
    bytes: Uint8Array,
    root: number,
    o: number,
    length: number,
  ): void {
    const words = this.words;
    const plan = this.row + PLAN_ROOT;
    const time = words[plan + 2]!;
    const isWanted = this.sink.wantsDefinition(
      view.getInt32(root + words[plan]!, true),
      view.getUint8(root + words[plan + 1]!),
      time < 0 ? 0 : view.getInt32(root + time + 4, true),
      time < 0 ? 0 : view.getInt32(root + time, true),
      bytes,
      root + words[plan + 3]!,
    );
    if (!isWanted) return;
    readDefinition(this.schema, bytes, o, length, this.sink);
    this.forgetFound();
  }
}
