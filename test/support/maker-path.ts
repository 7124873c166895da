/**
 * The whole path twice, with the same options: the engine's own classes around the built-in market
 * maker, and the C reference. Both take packets from a table and give back the order bytes they sent.
 */
import { Instruments } from "../../src/book/instruments.ts";
import { Arena } from "../../src/core/arena.ts";
import { type Clock, ManualClock } from "../../src/core/clock.ts";
import { SESSION_UP } from "../../src/core/codes.ts";
import type { EngineOptions } from "../../src/engine/options.ts";
import { buildPath, type Path, privateFigures, startPath } from "../../src/engine/path.ts";
import { riskLimits } from "../../src/engine/risk-limits.ts";
import { EngineKill } from "../../src/engine/supervisor.ts";
import { HP_HIST_BUCKETS, HP_PIPE_SIZE } from "../../src/ffi/layout.ts";
import type { Shim } from "../../src/ffi/shim.ts";
import { ShimClock } from "../../src/ffi/shim-clock.ts";
import { loadDictionary } from "../../src/fix/dictionary/load.ts";
import { createNullJournal } from "../../src/journal/null-journal.ts";
import type { RingJournal } from "../../src/journal/ring-journal.ts";
import { PipePeer } from "../../src/net/pipe-peer.ts";
import { TcpStream } from "../../src/net/tcp-stream.ts";
import { UdpPort } from "../../src/net/udp-port.ts";
import { LimitTable } from "../../src/risk/limit-table.ts";
import { GateSwitch } from "../../src/risk/switch.ts";
import { type MakerParams, maker } from "../../src/strategy/maker.ts";
import { mapMemory, packStructs, type Reference, readStruct } from "./reference.ts";
import { instrumentRows, packTemplates } from "./reference-fix.ts";
import { type FillRule, RuleVenue } from "./rule-venue.ts";

export interface MakerPathOptions {
  /** One feed, one session, one strategy: the maker (engineFor makes them). */
  engine: EngineOptions;
  params: MakerParams;
  rule: FillRule;
  /** Unix seconds. */
  sessionStartS: number;
  /** Engine time at the start, and until the first packet. */
  startNs: number;
  /** Time is the TSC, not the packets'. */
  isLive: boolean;
  journalBytes: number;
  /** Room for the order bytes; 0 = they are not kept. */
  keepBytes: number;
}

/** Packets of a feed in one buffer; four numbers each in `table`: offset, length, line, time (ns). */
export interface PacketTable {
  bytes: Uint8Array;
  table: Float64Array;
}

export const PACKET_NUMBERS = 4;
const STREAM_BYTES = 1 << 17;
const ROUNDS_MAX = 256;
/** Sessions are served in idle turns only, every fourth of them. */
export const SERVE_IN_IDLE_TURNS = 1 << 30;

/** The engine's side. Close it: the shim has few ports. */
export class TypescriptPath {
  readonly path: Path;
  readonly journal: RingJournal;
  readonly latency: Uint32Array;
  /** MsgSeqNum of the first order. */
  readonly nextOut: number;
  private readonly clock: Clock;
  private readonly manual: ManualClock | null;
  private readonly arena: Arena;
  private readonly port: UdpPort;
  private readonly stream: TcpStream;
  private readonly venue: RuleVenue;
  private readonly kept: Uint8Array;
  private readonly keptFrom: number;

  constructor(shim: Shim, o: MakerPathOptions) {
    const bytes = UdpPort.arenaBytes() + TcpStream.arenaBytes(STREAM_BYTES, STREAM_BYTES);
    const arena = Arena.alloc(shim, bytes + HP_PIPE_SIZE + 8192);
    this.arena = arena;
    this.manual = o.isLive ? null : new ManualClock(o.startNs);
    this.clock = this.manual ?? new ShimClock(shim);
    const figures = privateFigures();
    this.latency = figures.latency.buckets;
    const gateSwitch = new GateSwitch();
    gateSwitch.armed = true;
    gateSwitch.guardAlive = true;
    this.port = new UdpPort(shim, arena, {
      name: "itch",
      lines: o.engine.feeds[0]!.lines,
      played: true,
    });
    const pipe = arena.take(HP_PIPE_SIZE);
    const sizes = { rxSize: STREAM_BYTES, txSize: STREAM_BYTES };
    this.stream = new TcpStream(shim, arena, { address: 0, port: 0, ...sizes, pipe });
    this.journal = createNullJournal(0, o.journalBytes);
    this.path = buildPath({
      options: o.engine,
      instruments: new Instruments(o.engine.instruments),
      clock: this.clock,
      journal: this.journal,
      counters: figures.counters,
      ports: [this.port],
      recoveries: [null],
      feedBlocks: [figures.feedBlock()],
      streams: [this.stream],
      sessionBlocks: [undefined],
      sequences: [{ nextOut: 1, nextIn: 1 }],
      epoch: 1,
      sessionStartS: o.sessionStartS,
      gateSwitch,
      kill: new EngineKill(new Int32Array(new ArrayBuffer(512)), gateSwitch),
      strategies: [{ definition: maker, params: o.params }],
      latency: figures.latency,
      wire: figures.wire,
      turn: figures.turn,
      isShadow: false,
    });
    const { senderCompId, targetCompId } = o.engine.sessions[0]!;
    this.kept = new Uint8Array(new ArrayBuffer(o.keepBytes));
    this.venue = new RuleVenue(
      new PipePeer(pipe),
      o.rule,
      o.engine.maxOrders,
      senderCompId,
      targetCompId,
      o.keepBytes > 0 ? this.kept : null,
    );
    startPath(this.path, this.clock);
    for (let i = 0; i < 64 && this.path.sessions[0]!.state !== SESSION_UP; i++) this.answered();
    if (this.path.sessions[0]!.state !== SESSION_UP) throw new Error("the session is not up");
    this.nextOut = this.path.sessions[0]!.nextOut();
    this.keptFrom = this.venue.keptBytes;
  }

  /** Plays packets from .. to of the table, one a burst; the venue answers behind each. */
  run({ bytes, table }: PacketTable, from: number, to: number): void {
    const { loop } = this.path;
    for (let k = from * PACKET_NUMBERS; k < to * PACKET_NUMBERS; k += PACKET_NUMBERS) {
      if (this.manual !== null) this.manual.timeNs = table[k + 3]!;
      this.port.play(bytes, table[k]!, table[k + 1]!, table[k + 2]!, this.clock.now());
      loop.turn();
      for (let rounds = 0; this.answered() > 0; rounds++) {
        if (rounds > ROUNDS_MAX) throw new Error("fills bring forth orders without end");
      }
    }
  }

  /** The order bytes sent since the session was up. */
  sent(): Uint8Array {
    return this.kept.subarray(this.keptFrom, this.venue.keptBytes);
  }

  /** It can't run any more; what it is and what it sent can still be read. */
  close(): void {
    this.port.close();
    this.stream.close();
    this.arena.free();
  }

  /** Lets the venue answer, and the engine hear it. */
  private answered(): number {
    const answered = this.venue.serve();
    const { loop } = this.path;
    do loop.turn();
    while ((loop.turns & 3) !== 0);
    return answered;
  }
}

/** The C side. Close it. */
export class ReferencePath {
  private readonly reference: Reference;
  private readonly handle: number;
  private readonly journalBytes: number;
  private readonly kept: Uint8Array;
  private keptBytes = 0;

  /** Throws when the library refuses the configuration. */
  constructor(reference: Reference, o: MakerPathOptions, nextOut: number) {
    this.reference = reference;
    this.journalBytes = o.journalBytes;
    this.kept = new Uint8Array(new ArrayBuffer(Math.max(8, o.keepBytes)));
    const instruments = new Instruments(o.engine.instruments);
    const config = packStructs("ref_path_config", [pathConfig(o, instruments, nextOut)]);
    const { fix, texts, segments } = fixParts(o, instruments);
    const rows = packStructs("ref_instrument", instrumentRows(instruments, o.engine.risk));
    this.handle = reference.ref_path_open(config, fix, rows, texts, segments, o.startNs);
    if (this.handle === 0) throw new Error("the reference refused the configuration");
  }

  run({ bytes, table }: PacketTable, from: number, to: number): void {
    const packets = table.subarray(from * PACKET_NUMBERS, to * PACKET_NUMBERS);
    const isKept = this.kept.length > 8;
    const out = isKept ? this.kept.subarray(this.keptBytes) : 0;
    const capacity = isKept ? this.kept.length - this.keptBytes : 0;
    if (isKept && capacity === 0) throw new Error("no room for what was sent");
    const n = this.reference.ref_path_run(this.handle, bytes, packets, to - from, out, capacity);
    if (n < 0) throw new Error(`ref_path_run failed: ${n}`);
    if (isKept) this.keptBytes += n;
  }

  sent(): Uint8Array {
    return this.kept.subarray(0, this.keptBytes);
  }

  /** Buckets as in core/histogram.ts; to be read and cleared in place. */
  latency(): Uint32Array {
    const address = this.reference.ref_path_latency(this.handle);
    return new Uint32Array(mapMemory(address, 4 * HP_HIST_BUCKETS));
  }

  figures(): Record<string, number> {
    const out = new Float64Array(new ArrayBuffer(8 * 64));
    this.reference.ref_path_figures_read(this.handle, out);
    return readStruct("ref_path_figures", out);
  }

  /** Data of the journal ring behind its header, as words. */
  journalWords(headerBytes: number): Int32Array {
    const address = this.reference.ref_path_journal(this.handle);
    return new Int32Array(mapMemory(address + headerBytes, this.journalBytes));
  }

  /** DENY_* of one check by the gate as it stands, or how many of n checks passed. */
  gateCheck(order: number[], nowNs: number, stepNs: number, n: number): number {
    return this.reference.ref_gate_check(this.handle, ...order, nowNs, stepNs, n);
  }

  close(): void {
    this.reference.ref_path_close(this.handle);
  }
}

function pathConfig(
  o: MakerPathOptions,
  instruments: Instruments,
  nextOut: number,
): Record<string, number> {
  const { engine, params, rule } = o;
  const feed = engine.feeds[0]!;
  const limits = new LimitTable(riskLimits(engine.risk, false), instruments);
  return {
    instruments: instruments.count,
    max_orders: feed.maxOrders,
    max_levels: feed.maxLevels,
    window_packets: feed.windowPackets,
    window_ns: feed.windowNs,
    order_slots: engine.maxOrders,
    epoch: 1,
    next_out: nextOut,
    journal_bytes: o.journalBytes,
    extended_hours: feed.extendedHours ? 1 : 0,
    is_live: o.isLive ? 1 : 0,
    max_open_orders: limits.maxOpenOrders,
    max_exposure_cents: limits.maxExposureCents,
    max_loss: limits.maxLoss,
    orders_per_s: limits.ordersPerS,
    orders_burst: limits.ordersBurst,
    cancels_per_s: limits.cancelsPerS,
    cancels_burst: limits.cancelsBurst,
    deny_self_match: limits.denySelfMatch ? 1 : 0,
    short_marking: limits.shortMarking ? 1 : 0,
    size_shares: params.size_shares,
    spread_ticks: params.spread_ticks,
    skew_ticks: params.skew_ticks,
    max_inventory_shares: params.max_inventory_shares,
    requote_ticks: params.requote_ticks,
    refresh_ms: params.refresh_ms,
    mark_short: params.mark_short ? 1 : 0,
    fill_new_every: rule.newEvery,
    fill_replace_every: rule.replaceEvery,
    half_fill_every: rule.halfEvery,
  };
}

/** What ref_fix_open takes, but for the instruments. */
function fixParts(o: MakerPathOptions, instruments: Instruments) {
  const session = o.engine.sessions[0]!;
  const dictionary = loadDictionary(session.dictionary);
  return packTemplates(
    {
      dictionary,
      instruments,
      session: 0,
      beginString: dictionary.beginString,
      senderCompId: session.senderCompId,
      targetCompId: session.targetCompId,
      headerTags: {},
      staticTags: session.tags,
      postOnly: { tag: 18, value: "6" },
      idPrefix: o.engine.idPrefix,
      timestampDigits: session.timestampDigits,
      zeroPad: session.zeroPad,
    },
    o.sessionStartS,
  );
}
