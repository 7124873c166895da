/**
 * The shared segments of an appliance: found and drained when a killed run left them, then made
 * anew with the next run number. Done by the launcher, under its lock, before any child starts.
 */
import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Region, unlinkShm, wholeBlock } from "../core/arena.ts";
import { CONTROL_BLOCK_SIZE, ControlBlock } from "../core/control-block.ts";
import { expectOk, StatusError } from "../core/status.ts";
import {
  HP_CONTROL__CONTROL_PID_W,
  HP_CONTROL__EPOCH_W,
  HP_CONTROL__GUARD_PID_W,
  HP_CONTROL__LAUNCHER_PID_W,
  HP_ENGINE__PID_W,
  HP_ENGINE_SIZE,
  HP_ENGINES_MAX,
  HP_ENOENT,
  HP_ENOSPC,
  HP_JOURNAL__EPOCH_W,
  HP_JOURNAL__NEXT_NUMBER_W,
  HP_MEM_LOCK,
  HP_MEM_TOUCH,
  HP_RING_SIZE,
  HP_SHM_CREATE,
} from "../ffi/layout.ts";
import type { Shim } from "../ffi/shim.ts";
import { publishWallOffset } from "../ffi/shim-clock.ts";
import { RingDrain } from "../journal/drain.ts";
import { type JournalFiles, realFiles, writeFileDurably } from "../journal/files.ts";
import { recover } from "../journal/recover.ts";
import { lastNumberIn, layoutRing, ringBytes, ringState } from "../journal/ring-layout.ts";
import { TapeDrain } from "../journal/tape/tape-drain.ts";
import { isTapeRing, layoutTapeRing, tapeRingBytes } from "../journal/tape/tape-ring.ts";
import { takeEpoch } from "./epoch.ts";
import { isAlive, type RunPaths } from "./run-dir.ts";

export interface SegmentOptions {
  name: string;
  paths: RunPaths;
  engines: { name: string }[];
  /** True = the feed has a recovery ring. */
  feeds: { name: string; hasRecovery: boolean }[];
  sessionCount: number;
  /** Data bytes of each journal ring: a power of two. */
  ringBytes: number;
  /** Data bytes of each capture ring, a power of two; absent = nothing is recorded. */
  tapeBytes?: number;
  /** Data bytes of each recovery ring: a power of two. */
  recoveryRingBytes: number;
  /** Folder of the session date's segments, YYYYMMDD, and its start (Unix seconds). */
  journalDirectory: string;
  date: string;
  sessionStartS: number;
  configHash: number;
  launcherPid: number;
  files?: JournalFiles;
  log?(sentence: string): void;
}

export interface Segments {
  names: {
    control: string;
    journals: string[];
    recoveries: (string | null)[];
    tapes: (string | null)[];
  };
  control: ControlBlock;
  /** By engine. */
  journals: Region[];
  regions: Region[];
  epoch: number;
  /** Records that leftovers of a killed run still held and that are on disk now. */
  rescued: number;
}

export function segmentNames(options: SegmentOptions): Segments["names"] {
  // Two appliances of one name in two runtime folders must not share memory.
  const folder = createHash("sha256").update(options.paths.directory).digest("hex").slice(0, 8);
  const prefix = `hairpin-${options.name}-${folder}`;
  return {
    control: `${prefix}-control`,
    journals: options.engines.map((_, i) => `${prefix}-journal-${i}`),
    recoveries: options.feeds.map((feed, i) => (feed.hasRecovery ? `${prefix}-feed-${i}` : null)),
    tapes: options.engines.map((_, i) => (options.tapeBytes ? `${prefix}-capture-${i}` : null)),
  };
}

/** What a run notes down about itself, for the start after it was killed. */
interface Note {
  date: string;
  sessionStartS: number;
  configHash: number;
  journalDirectory: string;
  names: Segments["names"];
}

/**
 * Rescues leftovers, takes the next run number, makes and lays out all segments. Throws one sentence
 * when /dev/shm is full, the clock is unfit, or a leftover ring can't be saved.
 */
export function createSegments(shim: Shim, options: SegmentOptions): Segments {
  const leftover = rescueLeftovers(shim, options);
  const recovered = options.engines.map((_, engine) =>
    recover({
      directory: options.journalDirectory,
      engine,
      ...(options.files === undefined ? {} : { files: options.files }),
    }),
  );
  const seen = Math.max(leftover.epoch, ...recovered.map((state) => state.epoch));
  const epoch = takeEpoch(options.journalDirectory, seen);
  const names = segmentNames(options);
  writeNote(options, names);
  const regions: Region[] = [];
  const flags = HP_SHM_CREATE | HP_MEM_LOCK | HP_MEM_TOUCH;
  const make = (name: string, bytes: number, what: string): Region => {
    const region = makeSegment(shim, name, bytes, flags, what);
    regions.push(region);
    return region;
  };
  try {
    const controlRegion = make(names.control, CONTROL_BLOCK_SIZE, "the control segment");
    const journals = options.engines.map((engine, i) => {
      const what = `the journal ring of engine "${engine.name}"`;
      const region = make(names.journals[i]!, ringBytes(options.ringBytes), what);
      const nextNumber = recovered[i]!.lastNumber + 1;
      layoutRing(region.buffer, { dataBytes: options.ringBytes, engine: i, epoch, nextNumber });
      return region;
    });
    options.feeds.forEach((feed, i) => {
      const name = names.recoveries[i]!;
      if (name === null) return;
      const bytes = HP_RING_SIZE + options.recoveryRingBytes;
      layoutRecovery(shim, make(name, bytes, `the recovery ring of feed "${feed.name}"`), bytes);
    });
    options.engines.forEach((engine, i) => {
      const name = names.tapes[i]!;
      const bytes = options.tapeBytes!;
      if (name === null) return;
      const region = make(
        name,
        tapeRingBytes(bytes),
        `the capture ring of engine "${engine.name}"`,
      );
      layoutTapeRing(region.buffer, bytes, i);
    });
    const control = layoutControl(shim, controlRegion, options, epoch);
    const kill = recovered.reduce((bits, state) => bits | state.kill, leftover.kill);
    if (kill !== 0) control.kill(kill);
    return { names, control, journals, regions, epoch, rescued: leftover.records };
  } catch (error) {
    for (const region of regions) region.free();
    unlinkAll(shim, names);
    throw error;
  }
}

/** Frees the mappings and removes the names: the end of an orderly run. */
export function destroySegments(shim: Shim, segments: Segments, paths: RunPaths): void {
  for (const region of segments.regions) region.free();
  unlinkAll(shim, segments.names);
  rmSync(paths.note, { force: true });
}

/**
 * Makes a dead engine's ring ready for its successor, once control has drained it: next run number,
 * and the record number that its death may have left one too high. Returns the run number.
 */
export function renewEngine(segments: Segments, index: number, journalDirectory: string): number {
  const buffer = segments.journals[index]!.buffer;
  const header = new Int32Array(buffer, 0, 128);
  const epoch = takeEpoch(journalDirectory, segments.epoch);
  segments.epoch = epoch;
  header[HP_JOURNAL__EPOCH_W] = epoch;
  const last = lastNumberIn(buffer);
  if (last !== null) header[HP_JOURNAL__NEXT_NUMBER_W] = last + 1;
  Atomics.store(segments.control.words, HP_CONTROL__EPOCH_W, epoch);
  const block = segments.control.engine(index);
  block.words.fill(0, 0, HP_ENGINE_SIZE / 4);
  return epoch;
}

function makeSegment(shim: Shim, name: string, bytes: number, flags: number, what: string): Region {
  try {
    return Region.shm(shim, name, bytes, flags);
  } catch (error) {
    if (error instanceof StatusError && error.status === HP_ENOSPC) {
      const size = bytes >= 1 << 20 ? `${Math.round(bytes / (1 << 20))} MiB` : `${bytes} bytes`;
      throw new Error(
        `/dev/shm is full: ${what} needs ${size}; free some of it, enlarge it, or lower [journal] ring_mib`,
      );
    }
    throw error;
  }
}

function layoutRecovery(shim: Shim, region: Region, bytes: number): void {
  const ring = shim.hp_ring_open(region.addr, bytes, 0, 0, 1);
  expectOk(ring, "can't lay out a recovery ring");
  shim.hp_ring_close(ring);
}

function layoutControl(
  shim: Shim,
  region: Region,
  options: SegmentOptions,
  epoch: number,
): ControlBlock {
  const control = ControlBlock.create(wholeBlock(region), {
    epoch,
    engineCount: options.engines.length,
    feedCount: options.feeds.length,
    sessionCount: options.sessionCount,
    configHash: options.configHash,
    launcherPid: options.launcherPid,
    sessionStartS: options.sessionStartS,
  });
  expectOk(shim.hp_clock_init(options.sessionStartS), "can't start the clock");
  expectOk(shim.hp_clock_export(control.addr), "can't share the clock");
  publishWallOffset(control, shim.hp_clock_wall_ns() - shim.hp_clock_ns());
  return control;
}

// ---- leftovers --------------------------------------------------------------------------------

interface Leftover {
  epoch: number;
  kill: number;
  records: number;
}

function rescueLeftovers(shim: Shim, options: SegmentOptions): Leftover {
  const note = readNote(options.paths.note);
  const names = note?.names ?? segmentNames(options);
  const found: Leftover = { epoch: 0, kill: 0, records: 0 };
  const old = openIfThere(shim, names.control);
  if (old !== null) {
    readOldControl(old, found);
    old.free();
  }
  for (const name of names.journals) {
    const region = openIfThere(shim, name);
    if (region === null) continue;
    rescueRing(region.buffer, name, note, options, found);
    region.free();
  }
  for (const name of names.tapes ?? []) {
    const region = name === null ? null : openIfThere(shim, name);
    if (region === null) continue;
    rescueTape(region.buffer, (note ?? options).journalDirectory, options);
    region.free();
  }
  unlinkAll(shim, names);
  if (note !== null) unlinkAll(shim, segmentNames(options));
  if (found.records > 0) {
    options.log?.(`saved ${found.records} journal records that a killed run had left in memory`);
  }
  return found;
}

/** Takes kill bits and run number over; refuses while a process of the old run still lives. */
function readOldControl(region: Region, found: Leftover): void {
  let control: ControlBlock;
  try {
    control = ControlBlock.open(wholeBlock(region));
  } catch {
    return;
  }
  found.epoch = control.words[HP_CONTROL__EPOCH_W]!;
  found.kill = control.killBits();
  const pid = livingProcess(control);
  if (pid !== 0) throw new StillEnding(pid);
}

/** A process of an earlier run has not ended yet: wait, and try again. */
export class StillEnding extends Error {
  constructor(pid: number) {
    super(`a process of the run before (pid ${pid}) has not ended yet`);
  }
}

function livingProcess(control: ControlBlock): number {
  const { words } = control;
  const pids = [words[HP_CONTROL__CONTROL_PID_W]!, words[HP_CONTROL__GUARD_PID_W]!];
  for (let i = 0; i < HP_ENGINES_MAX; i++) pids.push(control.engine(i).words[HP_ENGINE__PID_W]!);
  const launcher = words[HP_CONTROL__LAUNCHER_PID_W]!;
  return pids.find((pid) => pid !== launcher && isAlive(pid, "__")) ?? 0;
}

function rescueRing(
  buffer: ArrayBuffer,
  name: string,
  note: Note | null,
  options: SegmentOptions,
  found: Leftover,
): void {
  const state = ringState(buffer);
  if (typeof state === "string") {
    options.log?.(`shared memory ${name} of a killed run ${state}: it is given up`);
    return;
  }
  found.epoch = Math.max(found.epoch, state.epoch);
  if (state.usedBytes === 0) return;
  const target = note ?? options;
  const drain = new RingDrain({
    buffer,
    directory: target.journalDirectory,
    header: target,
    durable: "always",
    segmentBytes: Number.MAX_SAFE_INTEGER,
    nowMs: () => performance.now(),
    files: options.files ?? realFiles,
  });
  const isSaved = drain.flush();
  found.records += drain.stats.records;
  drain.close();
  if (isSaved) return;
  const why = drain.stats.lastError;
  if (!drain.isCorrupt()) {
    throw new Error(
      `the journal of the killed run before is still in /dev/shm/${name} and can't be saved (${why}): nothing was started`,
    );
  }
  keepDamaged(buffer, name, target.journalDirectory, options);
  options.log?.(`${why}; all of the ring is kept in ${target.journalDirectory} for a person`);
}

/** What a killed run had recorded; a disk that refuses costs the record, not the start. */
function rescueTape(buffer: ArrayBuffer, directory: string, options: SegmentOptions): void {
  if (!isTapeRing(buffer)) return;
  const log = options.log;
  const nowMs = () => performance.now();
  new TapeDrain({ buffer, directory, nowMs, ...(log === undefined ? {} : { log }) }).flush();
}

function keepDamaged(
  buffer: ArrayBuffer,
  name: string,
  directory: string,
  o: SegmentOptions,
): void {
  const files = o.files ?? realFiles;
  const fd = files.create(join(directory, `${name}-${Date.now()}.damaged`));
  const bytes = new Uint8Array(buffer);
  for (let at = 0; at < bytes.length; ) at += files.write(fd, bytes.subarray(at), at);
  files.sync(fd);
  files.close(fd);
}

function openIfThere(shim: Shim, name: string): Region | null {
  try {
    return Region.shm(shim, name, 0, 0);
  } catch (error) {
    if (error instanceof StatusError && error.status === HP_ENOENT) return null;
    throw error;
  }
}

function unlinkAll(shim: Shim, names: Segments["names"]): void {
  const all = [names.control, ...names.journals, ...names.recoveries, ...(names.tapes ?? [])];
  for (const name of all) if (name !== null) unlinkShm(shim, name);
}

function writeNote(options: SegmentOptions, names: Segments["names"]): void {
  const { date, sessionStartS, configHash, journalDirectory } = options;
  const note: Note = { date, sessionStartS, configHash, journalDirectory, names };
  writeFileDurably(options.paths.note, `${JSON.stringify(note)}\n`);
}

function readNote(path: string): Note | null {
  try {
    const note = JSON.parse(readFileSync(path, "utf8")) as Note;
    const isNote = typeof note.date === "string" && Array.isArray(note.names.journals);
    return isNote ? note : null;
  } catch {
    return null;
  }
}
