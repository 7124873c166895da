/**
 * A recorded run of an engine, again: the same classes on what the tape has, from the journal as it
 * was when the run began. Every record that comes of it has to be the recorded one.
 */
import { Arena } from "../../core/arena.ts";
import { EngineBlock } from "../../core/control-block.ts";
import { type EngineOptions, isOfSockets } from "../../engine/options.ts";
import {
  buildPath,
  makeInstruments,
  type Path,
  privateFigures,
  startPath,
} from "../../engine/path.ts";
import { restoreFrom, resumePath } from "../../engine/restore.ts";
import { EngineKill, Supervisor } from "../../engine/supervisor.ts";
import { withoutSecrets } from "../../engine/tape-head-of.ts";
import {
  HP_ENGINE_SIZE,
  HP_JOURNAL__DURABLE_W,
  HP_JOURNAL__HEAD_W,
  HP_JOURNAL__TAIL_W,
  HP_JOURNAL_DATA,
} from "../../ffi/layout.ts";
import type { Shim } from "../../ffi/shim.ts";
import { ShimClock } from "../../ffi/shim-clock.ts";
import { SESSION_RX_BYTES, SESSION_TX_BYTES } from "../../fix/session/options.ts";
import { RingJournal } from "../../journal/ring-journal.ts";
import { layoutRing, ringBytes } from "../../journal/ring-layout.ts";
import { RingReader } from "../../journal/ring-reader.ts";
import * as T from "../../journal/tape/entries.ts";
import { TcpStream } from "../../net/tcp-stream.ts";
import { GateSwitch } from "../../risk/switch.ts";
import type { LoadedStrategy } from "../../strategy/load.ts";
import { JournalComparison } from "./compare.ts";
import { TAPE_OVER, TapeCursor } from "./tape-cursor.ts";
import { playedShim, TapeInputs } from "./tape-inputs.ts";
import { TapePort } from "./tape-port.ts";

export interface TapeReplayOptions {
  directory: string;
  engine: number;
  epoch: number;
  /** Loads the strategies of these options. */
  load(options: EngineOptions, hashes: readonly string[]): Promise<LoadedStrategy[]>;
}

export interface TapeReplayResult {
  engine: string;
  epoch: number;
  turns: number;
  /** Journal records, and order messages among them with their bytes, that are equal. */
  records: number;
  orders: number;
  orderBytes: number;
  hash: string;
  /** "" = everything that can be compared is equal. */
  difference: string;
  /** True when the engine stopped in good order; else the tape ends where it was killed. */
  isWhole: boolean;
  /** Records of the journal behind the end of the tape, and of the replay behind the journal's. */
  behindTape: number;
  behindJournal: number;
}

/** Of a journal ring: more than any config allows. */
const RING_BYTES_MIN = 1 << 12;
const RING_BYTES_MAX = 1 << 30;
/** A kill takes the tape of its last turn, and no more. */
const KILL_CUTS_NS = 1e9;

export async function replayTape(shim: Shim, o: TapeReplayOptions): Promise<TapeReplayResult> {
  const tape = new TapeCursor(o.directory, o.engine, o.epoch);
  try {
    const options = tape.head.options as EngineOptions;
    const strategies = await o.load(options, tape.head.strategies);
    try {
      return new TapeRun(shim, tape, options, strategies, o).play();
    } catch (error) {
      // A sentence is a plain Error; what else is thrown comes of entries that make no sense.
      if ((error as Error).constructor === Error) throw error;
      throw new Error(`${tape.path}: it is damaged: ${(error as Error).message}`);
    }
  } finally {
    tape.close();
  }
}

/** Words of the START entry. */
function startWords(tape: TapeCursor): number[] {
  const words: number[] = [];
  for (let k = 0; k < T.TAPE_START_WORDS; k++) words.push(tape.body.getInt32(4 * k, true));
  return words;
}

/** What everything is built from has to make sense first. */
function checkStart(tape: TapeCursor, start: readonly number[], o: TapeReplayOptions): void {
  const bytes = start[T.TAPE_START_RING]!;
  const isRing = bytes >= RING_BYTES_MIN && bytes <= RING_BYTES_MAX && (bytes & (bytes - 1)) === 0;
  if (isRing && start[T.TAPE_START_EPOCH] === o.epoch) return;
  throw new Error(`${tape.path}: its start is damaged, or it has another run's name`);
}

class TapeRun {
  private readonly inputs: TapeInputs;
  private readonly clock: ShimClock;
  private readonly path: Path;
  private readonly supervisor: Supervisor;
  private readonly reader: RingReader;
  private readonly comparison: JournalComparison;
  private turns = 0;
  private wentWrong = "";

  constructor(
    shim: Shim,
    private readonly tape: TapeCursor,
    private readonly options: EngineOptions,
    strategies: LoadedStrategy[],
    private readonly o: TapeReplayOptions,
  ) {
    const start = startWords(tape);
    const firstNumber = start[T.TAPE_START_NUMBER]! >>> 0;
    checkStart(tape, start, o);
    tape.next();
    tape.next(); // turn 0
    const { head } = tape;
    this.inputs = new TapeInputs(tape);
    this.inputs.control();
    this.comparison = new JournalComparison(o.directory, o.engine, o.epoch, firstNumber);
    const figures = privateFigures();
    const dataBytes = start[T.TAPE_START_RING]!;
    const buffer = new ArrayBuffer(ringBytes(dataBytes));
    const epoch = start[T.TAPE_START_EPOCH]!;
    layoutRing(buffer, { dataBytes, engine: o.engine, epoch, nextNumber: firstNumber });
    const header = new Int32Array(buffer, 0, HP_JOURNAL_DATA / 4);
    const cursors = [HP_JOURNAL__HEAD_W, HP_JOURNAL__TAIL_W, HP_JOURNAL__DURABLE_W];
    for (const word of cursors) header[word] = start[T.TAPE_START_HEAD]!;
    this.reader = new RingReader(buffer);

    const arena = Arena.alloc(
      shim,
      options.sessions.length * TcpStream.arenaBytes(SESSION_RX_BYTES, SESSION_TX_BYTES) + 4096,
    );
    const played = playedShim(shim, this.inputs, arena);
    const clock = new ShimClock(played, this.inputs);
    this.clock = clock;
    clock.refresh();
    const journal = new RingJournal({
      buffer,
      engine: o.engine,
      counters: figures.counters,
      inputs: this.inputs,
    });
    const gateSwitch = new GateSwitch();
    const kill = new EngineKill(this.inputs.words, gateSwitch);
    const source = { directory: o.directory, engine: o.engine, beforeNumber: firstNumber };
    const restored = restoreFrom(source, options);
    const sizes = { rxSize: SESSION_RX_BYTES, txSize: SESSION_TX_BYTES };
    this.path = buildPath({
      options: {
        ...options,
        sessions: options.sessions.map((session, s) => withoutSecrets(session, head.secrets[s])),
      },
      instruments: makeInstruments(options),
      clock,
      journal,
      counters: figures.counters,
      devices: (options.devices ?? []).map(
        (device, d) => new TapePort(device.name, tape, T.TAPE_DEVICES + d),
      ),
      ports: options.feeds.map((feed, f) =>
        isOfSockets(feed) ? new TapePort(feed.name, tape, 2 * f) : null,
      ),
      recoveries: options.feeds.map((feed, f) =>
        feed.recovers ? new TapePort(`${feed.name} recovery`, tape, 2 * f + 1) : null,
      ),
      feedBlocks: options.feeds.map(() => figures.feedBlock()),
      streams: options.sessions.map((s) => {
        return new TcpStream(played, arena, { address: s.address, port: s.port, ...sizes });
      }),
      sessionBlocks: options.sessions.map(() => undefined),
      sequences: restored.sequences,
      epoch,
      sessionStartS: head.sessionStartS,
      gateSwitch,
      kill,
      strategies,
      latency: figures.latency,
      wire: figures.wire,
      turn: figures.turn,
      isShadow: false,
    });
    resumePath(this.path, restored, journal, clock, head.configHash);
    this.supervisor = new Supervisor({
      control: this.inputs,
      engine: heapEngineBlock(),
      clock,
      shimClock: clock,
      guardWatch: this.inputs,
      orders: this.path.orders,
      host: this.path.host,
      positions: this.path.positions,
      exposure: this.path.exposure,
      market: this.path.market,
      sessions: this.path.sessions,
      streams: this.path.streams,
      guardTags: this.path.orderSessions.map(() => 0),
      guard: null,
      gateSwitch,
      kill,
      journal,
      configHash: head.configHash,
      armSeen: start[T.TAPE_START_ARM_SEEN]!,
      counters: figures.counters,
    });
    this.path.relay.watcher = this.supervisor;
    const isRestart = start[T.TAPE_START_IS_RESTART] === 1;
    this.supervisor.begin(restored.isKilled, options.armAutomatically && !isRestart);
    startPath(this.path, clock);
    this.look();
  }

  play(): TapeReplayResult {
    const { comparison, inputs, options, tape } = this;
    while (this.isGoing() && tape.type === T.TAPE_TURN) this.turn();
    const isWhole = tape.type === T.TAPE_END;
    if (this.isGoing() && !isWhole && tape.type !== TAPE_OVER) {
      this.wentWrong = `the replay left an input unused after turn ${this.turns} (entry type ${tape.type})`;
    }
    if (inputs.isOver && tape.type !== TAPE_OVER) {
      this.wentWrong = `the replay asked for an input that was not recorded there, in turn ${this.turns} (entry type ${tape.type})`;
    }
    let difference = comparison.difference;
    if (difference === "") difference = this.wentWrong;
    const left = comparison.left();
    const behindTape = left.count;
    if (difference === "" && isWhole && behindTape + comparison.beyond > 0) {
      difference = `the journal has ${behindTape} records more, the replay ${comparison.beyond}`;
    }
    const missedNs = left.lastNs - inputs.lastNs;
    if (difference === "" && !isWhole && (left.hasStopped || missedNs > KILL_CUTS_NS)) {
      const seconds = Math.max(0, missedNs / 1e9).toFixed(1);
      difference = `the tape ends ${seconds} s and ${behindTape} records before the journal: its capture ring was full, or its end is missing`;
    }
    return {
      engine: options.name,
      epoch: this.o.epoch,
      turns: this.turns,
      records: comparison.equal,
      orders: comparison.orders,
      orderBytes: comparison.orderBytes,
      hash: comparison.hash.digest(),
      difference,
      isWhole,
      behindTape,
      behindJournal: comparison.beyond,
    };
  }

  private isGoing(): boolean {
    return this.comparison.difference === "" && !this.inputs.isOver;
  }

  private turn(): void {
    const { inputs, path, supervisor, tape } = this;
    const turn = tape.body.getFloat64(0, true);
    path.orders.polling.cursor = tape.body.getInt32(8, true);
    tape.next();
    inputs.control();
    this.clock.refresh();
    path.loop.turns = turn - 1;
    path.loop.turn();
    supervisor.onTurn(turn);
    this.turns++;
    this.look();
  }

  /** What was written behind the end of the tape was written without inputs: it does not count. */
  private look(): void {
    if (this.inputs.isOver) return;
    this.reader.read((record) => this.comparison.add(record));
  }
}

/** An hp_engine that nobody looks at. */
function heapEngineBlock(): EngineBlock {
  const buffer = new ArrayBuffer(HP_ENGINE_SIZE);
  return new EngineBlock({ buffer, offset: 0, size: HP_ENGINE_SIZE, addr: 0 }, 0);
}
