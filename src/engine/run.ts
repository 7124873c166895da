/** One engine from start to end, on its thread: build, recover, warm up, pin, turn, report. */
import { writeSync } from "node:fs";
import { Arena, Region, wholeBlock } from "../core/arena.ts";
import { ControlBlock, type EngineBlock } from "../core/control-block.ts";
import { Histogram } from "../core/histogram.ts";
import { expectOk } from "../core/status.ts";
import {
  HP_CONTROL__ARM_REQUEST_W,
  HP_ENGINE__CORE_W,
  HP_ENGINE__EVICTED_W,
  HP_ENGINE__PAGES_W,
  HP_ENGINE__PINNED_W,
  HP_ENGINE__REALTIME_W,
  HP_ENGINE__STATE_W,
  HP_ENGINE__TID_W,
  HP_JOURNAL__EPOCH_W,
  HP_JOURNAL_DATA,
  HP_MEM_HUGE,
  HP_MEM_LOCK,
  HP_MEM_TOUCH,
  HP_OK,
  HP_PORT_FAR,
  HP_STATE_RECOVERING,
  HP_STATE_WARMING,
} from "../ffi/layout.ts";
import type { Shim } from "../ffi/shim.ts";
import { ShimClock } from "../ffi/shim-clock.ts";
import { SESSION_RX_BYTES, SESSION_TX_BYTES } from "../fix/session/options.ts";
import { RingJournal } from "../journal/ring-journal.ts";
import { TapeWriter } from "../journal/tape/tape-writer.ts";
import type { DevicePort } from "../net/device-port.ts";
import { GuardSender } from "../net/guard-sockets.ts";
import { RingPort } from "../net/ring-port.ts";
import { TcpStream } from "../net/tcp-stream.ts";
import { GateSwitch } from "../risk/switch.ts";
import { workingSetOf } from "./arrays-of.ts";
import { feedBlockOf } from "./blocks.ts";
import { carriedSequences, recordCarried } from "./carry-over.ts";
import { ENGINE_WARM_TURNS } from "./counters.ts";
import { GC_MARK_ARMED, GC_MARK_BEGIN, GC_MARK_END } from "./gc-marks.ts";
import { GuardWatch } from "./guard-look.ts";
import { type EngineLink, guardTag, type WorkerOptions } from "./link.ts";
import { livePortBytes, openDevices, openSockets } from "./live-ports.ts";
import { loadStrategies } from "./load-strategies.ts";
import { beforeFeeds, beforeSessions, plainText, warmSendsOf } from "./onload.ts";
import type { EngineOptions } from "./options.ts";
import { buildPath, makeInstruments, type Path, startPath } from "./path.ts";
import { RecordedGuard, RecordedJournal, Recording } from "./recording.ts";
import { recordingShim } from "./recording-shim.ts";
import { type EngineReport, reportOf } from "./report.ts";
import { type Restored, restorePath, resumePath } from "./restore.ts";
import type { Shadow } from "./shadow.ts";
import { EngineKill, Supervisor } from "./supervisor.ts";
import { tapeHeadOf } from "./tape-head-of.ts";
import { turnUntilDone } from "./turning.ts";
import type { WarmSends } from "./warm-sends.ts";
import { makeShadow, warmUp } from "./warm-up.ts";
import type { WorkingSet } from "./working-set.ts";

export type { EngineReport } from "./report.ts";

const ARENA_SPARE = 1 << 16;
/** Every page is in this process's page table before the first order: a fault costs microseconds. */
const RESIDENT = HP_MEM_LOCK | HP_MEM_TOUCH;
/** Real-time priority, when it is asked for and safe. */
const FIFO_PRIORITY = 50;
/**
 * Two shadows: a call of a strategy's callback that has only ever seen one closure is compiled for
 * that closure, and the live one would be a stranger.
 */
const SHADOW_SEEDS = [1, 2];

export async function runEngine(
  shim: Shim,
  { link, index, isRestart, options: raw }: WorkerOptions & { options: unknown },
  onDevices: (devices: readonly DevicePort[]) => void,
): Promise<EngineReport> {
  const options = raw as EngineOptions;
  const controlRegion = Region.shm(shim, link.segments.control, 0, RESIDENT);
  const control = ControlBlock.open(wholeBlock(controlRegion));
  // Who arms while this engine is on its way is heard when it gets there.
  const armSeen = Atomics.load(control.words, HP_CONTROL__ARM_REQUEST_W);
  const block = control.engine(index);
  expectOk(shim.hp_clock_adopt(control.addr), "can't take over the appliance's clock");
  block.words[HP_ENGINE__TID_W] = shim.hp_thread_tid();
  block.words[HP_ENGINE__CORE_W] = options.core;
  block.tellFault("");

  beforeFeeds(shim, options.onload);
  const strategies = await loadStrategies(options);
  enter(block, HP_STATE_RECOVERING);
  const journalRegion = Region.shm(shim, link.segments.journals[index]!, 0, RESIDENT);
  const journalHeader = new Int32Array(journalRegion.buffer, 0, HP_JOURNAL_DATA / 4);
  const epoch = journalHeader[HP_JOURNAL__EPOCH_W]!;
  const arena = engineArena(shim, options);
  block.words[HP_ENGINE__PAGES_W] = arena.region.pages;
  const recording = makeRecording(shim, link, index, control, block);
  const seen = recording?.control ?? control;
  const live = recording === null ? shim : recordingShim(shim, recording.tape, arena);
  const carried = carriedSequences(link.journalDirectory, options, Date.now() / 1000);
  const plainJournal = { buffer: journalRegion.buffer, engine: index, counters: block.counters };
  recordCarried(new RingJournal(plainJournal), carried, shim.hp_clock_ns());
  recording?.begin(journalHeader, armSeen, isRestart, tapeHeadOf(link, options));
  const clock = new ShimClock(live, seen);
  clock.refresh();
  const journal = new RingJournal({
    ...plainJournal,
    ...(recording === null ? {} : { inputs: new RecordedJournal(recording.tape) }),
  });
  const gateSwitch = new GateSwitch();
  const kill = new EngineKill(control.words, gateSwitch, seen.words);
  const instruments = makeInstruments(options);
  const restored: Restored = restorePath(
    link.journalDirectory,
    options,
    instruments,
    link.sessionStartS,
  );
  for (const { session, ...numbers } of carried) restored.sequences[session] = numbers;

  const streams = options.sessions.map(
    (s) =>
      new TcpStream(live, arena, {
        address: s.address,
        port: s.port,
        localAddress: s.bindAddress,
        rxSize: SESSION_RX_BYTES,
        txSize: SESSION_TX_BYTES,
        ...(s.tuning === undefined ? {} : { tuning: s.tuning }),
        onPlain: () => tellFault(block, plainText(s)),
      }),
  );
  const devices = openDevices(shim, arena, control, options, link.sessionStartS);
  // At once: they are closed then, too, when what follows fails.
  onDevices(devices);
  for (const device of devices) if (isFar(device)) mark(farText(device, options));
  const path = buildPath({
    options,
    instruments,
    clock,
    journal,
    counters: block.counters,
    devices,
    ports: openSockets(shim, arena, control, options),
    recoveries: options.feeds.map((feed) => recoveryPort(shim, arena, link.segments, feed)),
    feedBlocks: options.feeds.map((feed) => feedBlockOf(control.feed(feed.block))),
    streams,
    sessionBlocks: options.sessions.map((s) => uint32(control.session(s.block).words)),
    dropCopyBlocks: options.sessions.map((s) => uint32(control.dropCopy(s.block).words)),
    sequences: restored.sequences,
    epoch,
    sessionStartS: link.sessionStartS,
    gateSwitch,
    kill,
    strategies,
    latency: new Histogram(block.latency),
    wire: new Histogram(block.wire),
    turn: new Histogram(block.turn),
    isShadow: false,
    ...(recording === null ? {} : { tape: recording.tape }),
    onFault: (sentence) => tellFault(block, sentence),
    onNotice: (sentence) => tellFault(block, sentence),
  });
  for (const sentence of beforeSessions(shim, options, streams)) mark(sentence);
  recording?.attach(journal, path, clock);
  resumePath(path, restored, journal, clock, link.configHash);

  enter(block, HP_STATE_WARMING);
  const shadows = SHADOW_SEEDS.map((seed) =>
    makeShadow(shim, {
      options,
      sessionStartS: link.sessionStartS,
      strategies,
      seed,
      isRecorded: recording !== null,
    }),
  );
  warmUp(shadows, options.warmupIterations);
  for (const shadow of shadows) checkShadow(shadow);
  block.counters[ENGINE_WARM_TURNS] = options.warmupIterations;
  findHeap();

  const guardWatch = new GuardWatch(control.words);
  const supervisor = new Supervisor({
    control: seen,
    engine: block,
    clock,
    shimClock: clock,
    guardWatch: recording === null ? guardWatch : new RecordedGuard(guardWatch, recording.tape),
    orders: path.orders,
    host: path.host,
    positions: path.positions,
    exposure: path.exposure,
    market: path.market,
    sessions: path.sessions,
    streams,
    guardTags: path.orderSessions.map((_, s) => guardTag(index, options.sessions[s]!.block)),
    guard: new GuardSender(shim, link.guardPath),
    gateSwitch,
    kill,
    journal,
    configHash: link.configHash,
    armSeen,
    counters: block.counters,
  });
  path.relay.watcher = supervisor;
  const near = workingSetOf(path.loop);
  pin(shim, options, block);
  supervisor.begin(restored.isKilled, options.armAutomatically && !isRestart);
  startPath(path, clock);
  recording?.endStart();
  mark(GC_MARK_ARMED);
  const warmSends = warmSendsOf(options, streams, path);
  turn(shim, path, supervisor, options, shadows, recording, near, warmSends);
  recording?.tape.finish();
  return reportOf(path, options, block.latency);
}

function turn(
  shim: Shim,
  path: Path,
  supervisor: Supervisor,
  options: EngineOptions,
  shadows: Shadow[],
  recording: Recording | null,
  near: WorkingSet,
  warmSends: WarmSends | null,
): void {
  turnUntilDone({
    loop: path.loop,
    supervisor,
    shadows: options.keepWarm ? shadows : [],
    counters: path.counters,
    shim,
    recording,
    near,
    warmSends,
    isPinned: options.core >= 0,
  });
}

/** Null when the config asks for none. */
function makeRecording(
  shim: Shim,
  { segments }: EngineLink,
  index: number,
  control: ControlBlock,
  block: EngineBlock,
): Recording | null {
  const name = segments.tapes[index] ?? null;
  if (name === null) return null;
  const region = Region.shm(shim, name, 0, RESIDENT);
  return new Recording(new TapeWriter(region.buffer), control, block.counters);
}

function engineArena(shim: Shim, options: EngineOptions): Arena {
  const bytes =
    livePortBytes(options) +
    options.feeds.length * 8192 +
    options.sessions.length * TcpStream.arenaBytes(SESSION_RX_BYTES, SESSION_TX_BYTES) +
    ARENA_SPARE;
  return Arena.alloc(shim, bytes, RESIDENT | HP_MEM_HUGE);
}

function recoveryPort(
  shim: Shim,
  arena: Arena,
  segments: { recoveries: (string | null)[] },
  feed: EngineOptions["feeds"][number],
): RingPort | null {
  const name = segments.recoveries[feed.block] ?? null;
  if (name === null) return null;
  const memory = wholeBlock(Region.shm(shim, name, 0, RESIDENT));
  return new RingPort(shim, arena, { name: `${feed.name} recovery`, memory, create: false });
}

/** A strategy that throws on synthetic packets would throw on real ones. */
function checkShadow(shadow: Shadow): void {
  const fault = shadow.path.host.fault();
  if (fault !== "") throw new Error(`${fault} (during warm-up, on synthetic packets)`);
}

/** Pins after warm-up: threads of the JIT inherit neither the core nor the priority that way. */
function pin(shim: Shim, options: EngineOptions, block: EngineBlock): void {
  if (options.core < 0) return;
  expectOk(shim.hp_thread_pin(options.core), `can't pin the engine to core ${options.core}`);
  block.words[HP_ENGINE__PINNED_W] = shim.hp_thread_pinned(options.core) === 1 ? 1 : 0;
  block.words[HP_ENGINE__EVICTED_W] = Math.max(0, shim.hp_process_evict(options.core));
  if (!options.realtime) return;
  const status = shim.hp_thread_fifo(FIFO_PRIORITY);
  block.words[HP_ENGINE__REALTIME_W] = status === HP_OK ? 1 : 0;
  if (status !== HP_OK) {
    mark(
      "real-time priority refused: kernel.sched_rt_runtime_us is not -1, and throttling would stop the loop 50 ms in each second; the engine stays at normal priority",
    );
  }
}

/** Collections forced between two marks tell the launcher which heap is this thread's. */
function findHeap(): void {
  mark(GC_MARK_BEGIN);
  Bun.gc(true);
  Bun.gc(true);
  mark(GC_MARK_END);
}

function mark(line: string): void {
  writeSync(2, `${line}\n`);
}

/** For `hairpin status`, and at once to the person who started it: something is not traded any more. */
function tellFault(block: EngineBlock, sentence: string): void {
  block.tellFault(sentence);
  mark(sentence);
}

function isFar(device: DevicePort): boolean {
  return (device.info.flags & HP_PORT_FAR) !== 0;
}

function farText({ name, info }: DevicePort, { name: engine, core }: EngineOptions): string {
  return `engine ${engine}: the card of port ${name} is on NUMA node ${info.numaNode}, core ${core} is not: every frame crosses between the processors; name a core of that node`;
}

function enter(block: EngineBlock, state: number): void {
  Atomics.store(block.words, HP_ENGINE__STATE_W, state);
}

function uint32(words: Int32Array): Uint32Array {
  return new Uint32Array(words.buffer, words.byteOffset, words.length);
}
