/**
 * The control segment as typed views. Its order:
 *
 *   | hp_control | hp_engine x HP_ENGINES_MAX | hp_feed x HP_FEEDS_MAX | hp_session x HP_SESSIONS_MAX |
 *   | hp_drop_copy x HP_SESSIONS_MAX | hp_port x HP_PORTS_MAX |
 *
 * Each block gives its memory as words and doubles, indexed by the constants of ffi/layout.ts:
 * `Atomics.load(control.words, HP_CONTROL__KILL_W)`, `engine.doubles[HP_ENGINE__TURNS_D]`. Who may
 * write what is said in hairpin.h. Words that another process changes are read with Atomics.load.
 */

import {
  HP_ABI_VERSION,
  HP_CONTROL__ABI_W,
  HP_CONTROL__CONFIG_HASH_W,
  HP_CONTROL__ENGINE_COUNT_W,
  HP_CONTROL__EPOCH_W,
  HP_CONTROL__FEED_COUNT_W,
  HP_CONTROL__KILL_W,
  HP_CONTROL__LAUNCHER_PID_W,
  HP_CONTROL__MAGIC_W,
  HP_CONTROL__SESSION_COUNT_W,
  HP_CONTROL__SESSION_START_S_D,
  HP_CONTROL__STOP_W,
  HP_CONTROL_SIZE,
  HP_DROP_COPY_SIZE,
  HP_EABI,
  HP_EINVAL,
  HP_ENGINE__COUNTERS,
  HP_ENGINE__COUNTERS_N,
  HP_ENGINE__FAULT_TEXT,
  HP_ENGINE__FAULT_TEXT_N,
  HP_ENGINE__LATENCY,
  HP_ENGINE__TURN,
  HP_ENGINE__WIRE,
  HP_ENGINE_SIZE,
  HP_ENGINES_MAX,
  HP_FEED__SESSION,
  HP_FEED__SESSION_N,
  HP_FEED_SIZE,
  HP_FEEDS_MAX,
  HP_HIST_BUCKETS,
  HP_MAGIC,
  HP_PORT__DEVICE,
  HP_PORT__DEVICE_N,
  HP_PORT__DRIVER,
  HP_PORT__DRIVER_N,
  HP_PORT__MODE,
  HP_PORT__MODE_N,
  HP_PORT__NAME,
  HP_PORT__NAME_N,
  HP_PORT_SIZE,
  HP_PORT_STATS_SIZE,
  HP_PORTS_MAX,
  HP_SESSION__REASON,
  HP_SESSION__REASON_N,
  HP_SESSION_SIZE,
  HP_SESSIONS_MAX,
} from "../ffi/layout.ts";
import type { Block } from "./arena.ts";
import { fromCString } from "./c-string.ts";
import { StatusError } from "./status.ts";

const ENGINES_AT = HP_CONTROL_SIZE;
const FEEDS_AT = ENGINES_AT + HP_ENGINES_MAX * HP_ENGINE_SIZE;
const SESSIONS_AT = FEEDS_AT + HP_FEEDS_MAX * HP_FEED_SIZE;
const DROP_COPIES_AT = SESSIONS_AT + HP_SESSIONS_MAX * HP_SESSION_SIZE;

const PORTS_AT = DROP_COPIES_AT + HP_SESSIONS_MAX * HP_DROP_COPY_SIZE;

/** Bytes of the control segment. */
export const CONTROL_BLOCK_SIZE = PORTS_AT + HP_PORTS_MAX * HP_PORT_SIZE;

/** One struct in the segment. */
export class StructView {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  /** Address of the struct, for the shim. */
  readonly addr: number;

  constructor(block: Block, at: number, size: number) {
    this.words = new Int32Array(block.buffer, block.offset + at, size / 4);
    this.doubles = new Float64Array(block.buffer, block.offset + at, size / 8);
    this.addr = block.addr + at;
  }
}

export class EngineBlock extends StructView {
  readonly counters: Float64Array;
  readonly latency: Uint32Array;
  readonly wire: Uint32Array;
  readonly turn: Uint32Array;
  private readonly faultBytes: Uint8Array;

  constructor(block: Block, at: number) {
    super(block, at, HP_ENGINE_SIZE);
    const from = block.offset + at;
    this.counters = new Float64Array(
      block.buffer,
      from + HP_ENGINE__COUNTERS,
      HP_ENGINE__COUNTERS_N,
    );
    this.latency = new Uint32Array(block.buffer, from + HP_ENGINE__LATENCY, HP_HIST_BUCKETS);
    this.wire = new Uint32Array(block.buffer, from + HP_ENGINE__WIRE, HP_HIST_BUCKETS);
    this.turn = new Uint32Array(block.buffer, from + HP_ENGINE__TURN, HP_HIST_BUCKETS);
    this.faultBytes = new Uint8Array(
      block.buffer,
      from + HP_ENGINE__FAULT_TEXT,
      HP_ENGINE__FAULT_TEXT_N,
    );
  }

  /** Why a strategy was stopped, cut to fit; "" = none. */
  tellFault(sentence: string): void {
    this.faultBytes.fill(0);
    new TextEncoder().encodeInto(sentence, this.faultBytes.subarray(0, -1));
  }

  faultText(): string {
    return fromCString(this.faultBytes.slice());
  }
}

export class FeedBlock extends StructView {
  /** MoldUDP64 session, 16 bytes of which 10 are used. */
  readonly session: Uint8Array;

  constructor(block: Block, at: number) {
    super(block, at, HP_FEED_SIZE);
    this.session = new Uint8Array(
      block.buffer,
      block.offset + at + HP_FEED__SESSION,
      HP_FEED__SESSION_N,
    );
  }
}

export class SessionView extends StructView {
  private readonly reason: Uint8Array;

  constructor(block: Block, at: number) {
    super(block, at, HP_SESSION_SIZE);
    const from = block.offset + at + HP_SESSION__REASON;
    this.reason = new Uint8Array(block.buffer, from, HP_SESSION__REASON_N);
  }

  /** Why the last connection ended, printable ASCII; "" = in good order. */
  reasonText(): string {
    return fromCString(this.reason.slice());
  }
}

/** hp_port: statistics that the shim writes, and what the Port is. */
export class PortBlock extends StructView {
  /** hp_port_stats. */
  readonly stats: Block;
  private readonly bytes: Uint8Array;

  constructor(block: Block, at: number) {
    super(block, at, HP_PORT_SIZE);
    const { buffer } = block;
    const offset = block.offset + at;
    this.stats = { buffer, offset, size: HP_PORT_STATS_SIZE, addr: this.addr };
    this.bytes = new Uint8Array(buffer, offset, HP_PORT_SIZE);
  }

  tell(texts: { name: string; device: string; driver: string; mode: string }): void {
    this.put(HP_PORT__NAME, HP_PORT__NAME_N, texts.name);
    this.put(HP_PORT__DEVICE, HP_PORT__DEVICE_N, texts.device);
    this.put(HP_PORT__DRIVER, HP_PORT__DRIVER_N, texts.driver);
    this.put(HP_PORT__MODE, HP_PORT__MODE_N, texts.mode);
  }

  texts(): { name: string; device: string; driver: string; mode: string } {
    return {
      name: this.text(HP_PORT__NAME, HP_PORT__NAME_N),
      device: this.text(HP_PORT__DEVICE, HP_PORT__DEVICE_N),
      driver: this.text(HP_PORT__DRIVER, HP_PORT__DRIVER_N),
      mode: this.text(HP_PORT__MODE, HP_PORT__MODE_N),
    };
  }

  private put(at: number, room: number, text: string): void {
    const into = this.bytes.subarray(at, at + room);
    into.fill(0);
    new TextEncoder().encodeInto(text, into.subarray(0, -1));
  }

  private text(at: number, room: number): string {
    return fromCString(this.bytes.slice(at, at + room));
  }
}

/** What the creator of the segment writes once. */
export interface ControlOptions {
  epoch: number;
  engineCount: number;
  feedCount: number;
  sessionCount: number;
  configHash: number;
  launcherPid: number;
  /** Start of the session date, Unix seconds. */
  sessionStartS: number;
}

export class ControlBlock extends StructView {
  private readonly block: Block;

  private constructor(block: Block) {
    super(block, 0, HP_CONTROL_SIZE);
    this.block = block;
  }

  /** Lays the segment out over zeroed memory; magic goes in last. Throws StatusError. */
  static create(block: Block, options: ControlOptions): ControlBlock {
    if (block.size < CONTROL_BLOCK_SIZE)
      throw new StatusError(`a control segment needs ${CONTROL_BLOCK_SIZE} bytes`, HP_EINVAL);
    const control = new ControlBlock(block);
    const { words } = control;
    words[HP_CONTROL__ABI_W] = HP_ABI_VERSION;
    words[HP_CONTROL__EPOCH_W] = options.epoch;
    words[HP_CONTROL__ENGINE_COUNT_W] = options.engineCount;
    words[HP_CONTROL__FEED_COUNT_W] = options.feedCount;
    words[HP_CONTROL__SESSION_COUNT_W] = options.sessionCount;
    words[HP_CONTROL__CONFIG_HASH_W] = options.configHash | 0;
    words[HP_CONTROL__LAUNCHER_PID_W] = options.launcherPid;
    control.doubles[HP_CONTROL__SESSION_START_S_D] = options.sessionStartS;
    Atomics.store(words, HP_CONTROL__MAGIC_W, HP_MAGIC);
    return control;
  }

  /** Views an existing segment. Throws StatusError (HP_EABI) when it is not one of this version. */
  static open(block: Block): ControlBlock {
    if (block.size < CONTROL_BLOCK_SIZE) throw new StatusError("the control segment", HP_EABI);
    const control = new ControlBlock(block);
    const isOurs =
      Atomics.load(control.words, HP_CONTROL__MAGIC_W) === HP_MAGIC &&
      control.words[HP_CONTROL__ABI_W] === HP_ABI_VERSION;
    if (!isOurs) throw new StatusError("the control segment", HP_EABI);
    return control;
  }

  engine(index: number): EngineBlock {
    checkIndex(index, HP_ENGINES_MAX, "engine");
    return new EngineBlock(this.block, ENGINES_AT + index * HP_ENGINE_SIZE);
  }

  feed(index: number): FeedBlock {
    checkIndex(index, HP_FEEDS_MAX, "feed");
    return new FeedBlock(this.block, FEEDS_AT + index * HP_FEED_SIZE);
  }

  session(index: number): SessionView {
    checkIndex(index, HP_SESSIONS_MAX, "session");
    return new SessionView(this.block, SESSIONS_AT + index * HP_SESSION_SIZE);
  }

  /** hp_drop_copy of a session; used where the session is one. */
  dropCopy(session: number): StructView {
    checkIndex(session, HP_SESSIONS_MAX, "session");
    return new StructView(
      this.block,
      DROP_COPIES_AT + session * HP_DROP_COPY_SIZE,
      HP_DROP_COPY_SIZE,
    );
  }

  /** Of a feed on kernel sockets, by its block; of a device from HP_PORTS_OF_DEVICES on. */
  port(index: number): PortBlock {
    checkIndex(index, HP_PORTS_MAX, "port");
    return new PortBlock(this.block, PORTS_AT + index * HP_PORT_SIZE);
  }

  /** Kill bits now (HP_KILL_*). */
  killBits(): number {
    return Atomics.load(this.words, HP_CONTROL__KILL_W);
  }

  /** Sets kill bits; the bits before. */
  kill(bits: number): number {
    return Atomics.or(this.words, HP_CONTROL__KILL_W, bits);
  }

  isStopping(): boolean {
    return Atomics.load(this.words, HP_CONTROL__STOP_W) !== 0;
  }

  /** Asks every process to stop in good order. */
  requestStop(): void {
    Atomics.store(this.words, HP_CONTROL__STOP_W, 1);
  }
}

function checkIndex(index: number, limit: number, what: string): void {
  if (!Number.isInteger(index) || index < 0 || index >= limit)
    throw new StatusError(`${what} ${index} of at most ${limit}`, HP_EINVAL);
}
