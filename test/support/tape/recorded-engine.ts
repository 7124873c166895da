/**
 * An engine on the fake shim whose inputs are recorded, with control's drains beside it: the rings are
 * memory, the files are real. Time moves only by turn(). A second engine on the same rings is its next
 * run.
 */
import { Arena, Region, wholeBlock } from "../../../src/core/arena.ts";
import { CONTROL_BLOCK_SIZE, ControlBlock } from "../../../src/core/control-block.ts";
import { Histogram } from "../../../src/core/histogram.ts";
import { feedBlockOf } from "../../../src/engine/blocks.ts";
import { GuardWatch } from "../../../src/engine/guard-look.ts";
import { guardTag } from "../../../src/engine/link.ts";
import { livePortBytes, openDevices, openSockets } from "../../../src/engine/live-ports.ts";
import type { EngineOptions } from "../../../src/engine/options.ts";
import { buildPath, makeInstruments, type Path, startPath } from "../../../src/engine/path.ts";
import { RecordedGuard, RecordedJournal, Recording } from "../../../src/engine/recording.ts";
import { recordingShim } from "../../../src/engine/recording-shim.ts";
import { restorePath, resumePath } from "../../../src/engine/restore.ts";
import { EngineKill, Supervisor } from "../../../src/engine/supervisor.ts";
import { tapeHeadOf } from "../../../src/engine/tape-head-of.ts";
import { type FakeShim, fakeShim } from "../../../src/ffi/fake.ts";
import * as L from "../../../src/ffi/layout.ts";
import { publishWallOffset, ShimClock } from "../../../src/ffi/shim-clock.ts";
import { RingDrain } from "../../../src/journal/drain.ts";
import { type JournalInputs, RingJournal } from "../../../src/journal/ring-journal.ts";
import { ringBytes as journalBytes, layoutRing } from "../../../src/journal/ring-layout.ts";
import { TapeDrain } from "../../../src/journal/tape/tape-drain.ts";
import { layoutTapeRing, tapeRingBytes } from "../../../src/journal/tape/tape-ring.ts";
import { TapeWriter } from "../../../src/journal/tape/tape-writer.ts";
import { RingPort } from "../../../src/net/ring-port.ts";
import { RingWriter, ringBytes } from "../../../src/net/ring-writer.ts";
import { TcpStream } from "../../../src/net/tcp-stream.ts";
import { GateSwitch } from "../../../src/risk/switch.ts";
import type { StrategyDefinition } from "../../../src/strategy/api.ts";

export const START_NS = 36_000e9;
const DATE = { name: "rig", date: "20231114", sessionStartS: 1_699_920_000, configHash: 7 };
const RX_BYTES = 1 << 18;
const TX_BYTES = 1 << 17;

/** The rings, which outlive an engine. */
export interface Rings {
  journal: ArrayBuffer;
  tape: ArrayBuffer;
}

export function makeRings(o: { journal?: number; tape?: number } = {}): Rings {
  const dataBytes = o.journal ?? 1 << 20;
  const tapeBytes = o.tape ?? 1 << 22;
  const journal = new ArrayBuffer(journalBytes(dataBytes));
  layoutRing(journal, { dataBytes, engine: 0, epoch: 1, nextNumber: 1 });
  const tape = new ArrayBuffer(tapeRingBytes(tapeBytes));
  layoutTapeRing(tape, tapeBytes, 0);
  return { journal, tape };
}

export interface RecordedOptions {
  directory: string;
  options: EngineOptions;
  /** One strategy for each of the options'. */
  strategies: { definition: StrategyDefinition; params: unknown }[];
  rings?: Rings;
  isRestart?: boolean;
  wallOffsetNs?: number;
}

export class RecordedEngine {
  readonly shim: FakeShim = fakeShim();
  readonly net = this.shim.network;
  readonly rings: Rings;
  readonly control: ControlBlock;
  readonly block;
  readonly path: Path;
  readonly supervisor: Supervisor;
  readonly recording: Recording;
  readonly recovery: RingWriter;
  readonly options: EngineOptions;
  readonly drain: RingDrain;
  readonly tapeDrain: TapeDrain;
  /** What control's drains say. */
  readonly words: string[] = [];
  /** Turns that were put on the tape. */
  kept = 0;
  guardBeats = true;
  /** What other processes do in the middle of a turn: called at each look at the clock and the journal. */
  meanwhile: () => void = () => {};
  /** Milliseconds of control's clock. */
  nowMs = 0;

  constructor(o: RecordedOptions) {
    const { net, shim } = this;
    const { options } = o;
    this.options = options;
    this.rings = o.rings ?? makeRings();
    net.setTime(START_NS);
    const plainClock = shim.hp_clock_ns;
    shim.hp_clock_ns = () => {
      this.meanwhile();
      return plainClock();
    };
    this.control = ControlBlock.create(wholeBlock(Region.alloc(shim, CONTROL_BLOCK_SIZE)), {
      epoch: 1,
      engineCount: 1,
      feedCount: options.feeds.length,
      sessionCount: options.sessions.length,
      configHash: DATE.configHash,
      launcherPid: 1,
      sessionStartS: DATE.sessionStartS,
    });
    this.block = this.control.engine(0);
    this.word(L.HP_CONTROL__GUARD_PID_W, 99);
    publishWallOffset(this.control, o.wallOffsetNs ?? 250_000);

    // From here on as src/engine/run.ts does it.
    const recording = new Recording(
      new TapeWriter(this.rings.tape),
      this.control,
      this.block.counters,
    );
    this.recording = recording;
    const seen = recording.control;
    const header = new Int32Array(this.rings.journal, 0, L.HP_JOURNAL_DATA / 4);
    const epoch = header[L.HP_JOURNAL__EPOCH_W]!;
    const recoveryBytes = ringBytes(1 << 16);
    const ports = livePortBytes(options);
    const streamBytes = options.sessions.length * TcpStream.arenaBytes(RX_BYTES, TX_BYTES);
    const spare = 1 << 17;
    const arena = Arena.alloc(shim, ports + recoveryBytes + streamBytes + spare);
    const live = recordingShim(shim, recording.tape, arena);
    const link = { ...DATE } as unknown as Parameters<typeof tapeHeadOf>[0];
    recording.begin(header, 0, o.isRestart === true, tapeHeadOf(link, options));
    const clock = new ShimClock(live, seen);
    clock.refresh();
    const journal = new RingJournal({
      buffer: this.rings.journal,
      engine: 0,
      counters: this.block.counters,
      inputs: this.busy(new RecordedJournal(recording.tape)),
    });
    const gateSwitch = new GateSwitch();
    const kill = new EngineKill(this.control.words, gateSwitch, seen.words);
    const instruments = makeInstruments(options);
    const restored = restorePath(o.directory, options, instruments);
    const memory = arena.take(recoveryBytes);
    const recovery = new RingPort(shim, arena, { name: "recovery", memory, create: true });
    this.recovery = new RingWriter(shim, arena, memory, false);
    const streams = options.sessions.map(
      (s) => new TcpStream(live, arena, { ...s, rxSize: RX_BYTES, txSize: TX_BYTES }),
    );
    this.path = buildPath({
      options,
      instruments,
      clock,
      journal,
      counters: this.block.counters,
      devices: openDevices(shim, arena, this.control, options, DATE.sessionStartS),
      ports: openSockets(shim, arena, this.control, options),
      recoveries: options.feeds.map((feed) => (feed.recovers ? recovery : null)),
      feedBlocks: options.feeds.map((_, f) => feedBlockOf(this.control.feed(f))),
      streams,
      sessionBlocks: options.sessions.map(() => undefined),
      sequences: restored.sequences,
      epoch,
      sessionStartS: DATE.sessionStartS,
      gateSwitch,
      kill,
      strategies: o.strategies,
      latency: new Histogram(this.block.latency),
      wire: new Histogram(this.block.wire),
      turn: new Histogram(this.block.turn),
      isShadow: false,
      tape: recording.tape,
    });
    recording.attach(journal, this.path, clock);
    resumePath(this.path, restored, journal, clock, DATE.configHash);
    this.supervisor = new Supervisor({
      ...this.path,
      control: seen,
      engine: this.block,
      clock,
      shimClock: clock,
      guardWatch: new RecordedGuard(new GuardWatch(this.control.words), recording.tape),
      guardTags: options.sessions.map((_, s) => guardTag(0, s)),
      guard: null,
      gateSwitch,
      kill,
      journal,
      configHash: DATE.configHash,
      armSeen: 0,
      counters: this.block.counters,
    });
    this.path.relay.watcher = this.supervisor;
    this.supervisor.begin(restored.isKilled, options.armAutomatically && o.isRestart !== true);
    startPath(this.path, clock);
    recording.endStart();

    this.drain = new RingDrain({
      buffer: this.rings.journal,
      directory: o.directory,
      header: DATE,
      durable: options.durableAlways ? "always" : { intervalMs: 5 },
      segmentBytes: 1 << 15,
      nowMs: () => this.nowMs,
    });
    this.tapeDrain = new TapeDrain({
      buffer: this.rings.tape,
      directory: o.directory,
      nowMs: () => this.nowMs,
      log: (sentence) => this.words.push(sentence),
    });
  }

  /** Sets a word of hp_control. */
  word(at: number, value: number): void {
    Atomics.store(this.control.words, at, value);
  }

  /** Asks for something as control does: by one more. */
  ask(at: number): void {
    Atomics.add(this.control.words, at, 1);
  }

  /** Turns of the engine, `stepNs` apart, as turning.ts does them; the venue is served by who calls. */
  turn(count = 1, stepNs = 1000): void {
    for (let i = 0; i < count && !this.supervisor.done; i++) {
      this.net.advance(stepNs);
      if (this.guardBeats) this.ask(L.HP_CONTROL__GUARD_BEAT_W);
      const { loop } = this.path;
      const before = this.tapeHead();
      this.recording.beginTurn(loop.turns + 1);
      loop.turn();
      this.supervisor.onTurn(loop.turns);
      this.recording.endTurn();
      if (this.tapeHead() !== before) this.kept++;
    }
  }

  /** A slice of control. */
  poll(): void {
    this.nowMs += 1;
    this.drain.poll();
    this.tapeDrain.poll();
  }

  /** Stops in good order; `serve`: the venue, after each turn. */
  stop(serve: () => void): void {
    this.word(L.HP_CONTROL__STOP_W, 1);
    for (let i = 0; i < 200_000 && !this.supervisor.done; i++) {
      this.turn(1, 1_000_000);
      serve();
      if (i % 16 === 0) this.poll();
    }
    this.recording.tape.finish();
  }

  /** Control's end: everything in the rings goes to disk. */
  save(): void {
    this.drain.flush();
    this.drain.close();
    this.tapeDrain.flush();
  }

  /** The same answers, and other processes go on behind each. */
  private busy(inputs: JournalInputs): JournalInputs {
    const then = <R>(answer: R): R => {
      this.meanwhile();
      return answer;
    };
    return {
      hasRoom: (has) => then(inputs.hasRoom(has)),
      isFull: (isFull) => then(inputs.isFull(isFull)),
      durable: (cursor) => then(inputs.durable(cursor)),
    };
  }

  private tapeHead(): number {
    return Atomics.load(new Int32Array(this.rings.tape), 16);
  }
}
