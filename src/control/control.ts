/**
 * Control's work, apart from its process (control-process.ts): drains the journals, keeps the wall
 * clock, asks for what feeds miss, and answers commands. One poll() does a bounded slice of each.
 */
import { join } from "node:path";
import { Arena, Region, wholeBlock } from "../core/arena.ts";
import { ControlBlock } from "../core/control-block.ts";
import { expectOk } from "../core/status.ts";
import {
  HP_CONTROL__CONTROL_BEAT_W,
  HP_ENGINE__PID_W,
  HP_ENGINE__STATE_W,
  HP_STATE_STOPPED,
} from "../ffi/layout.ts";
import type { Shim } from "../ffi/shim.ts";
import { RingDrain } from "../journal/drain.ts";
import type { JournalFiles } from "../journal/files.ts";
import { Projection } from "../journal/query.ts";
import { TapeDrain } from "../journal/tape/tape-drain.ts";
import { isTapeEnded } from "../journal/tape/tape-ring.ts";
import { RingWriter } from "../net/ring-writer.ts";
import { BeatWatch } from "./beat-watch.ts";
import { BookWatch } from "./book-watch.ts";
import { answerRequest } from "./commands.ts";
import { DropCopyWatch } from "./drop-copy-watch.ts";
import { killReasonText } from "./kill-reason.ts";
import { KillWatch } from "./kill-watch.ts";
import { awayText, openOrders } from "./open-orders.ts";
import { PortWatch } from "./port-watch.ts";
import type { Answer } from "./protocol.ts";
import { type Connect, connectTcp } from "./recovery/connection.ts";
import { FeedRecovery } from "./recovery/feed-recovery.ts";
import type { ControlRoleOptions } from "./roles.ts";
import { SessionWatch } from "./session-watch.ts";
import { type ApplianceStatus, applianceStatus } from "./status.ts";
import { WallClock } from "./wall-clock.ts";

/** Longest answer of a re-request server that is taken. */
const REPLY_BYTES_MAX = 9216;

export interface ControlEnvironment {
  nowMs(): number;
  isAlive(pid: number): boolean;
  /** Sends a datagram to a feed's re-request server. */
  sendRequest(feed: number, datagram: Uint8Array): void;
  /** Connects to snapshot servers and gap request proxies; default: with Bun's sockets. */
  connect?: Connect;
  files?: JournalFiles;
  log?(sentence: string): void;
}

export class Control {
  readonly block: ControlBlock;
  readonly drains: RingDrain[];
  readonly projection: Projection | null;
  /** By feed. */
  readonly recoveries: FeedRecovery[];
  private readonly tapeRings: (Region | null)[];
  private readonly tapes: TapeDrain[];
  private readonly options: ControlRoleOptions;
  private readonly environment: ControlEnvironment;
  private readonly journals: Region[];
  private readonly wall: WallClock;
  private readonly beats: BeatWatch;
  private readonly kills: KillWatch;
  private readonly bookWatch: BookWatch;
  private readonly portWatch: PortWatch;
  private readonly sessionWatch: SessionWatch;
  private readonly dropCopyWatch: DropCopyWatch;

  constructor(shim: Shim, options: ControlRoleOptions, environment: ControlEnvironment) {
    const { link } = options;
    this.options = options;
    this.environment = environment;
    this.block = ControlBlock.open(wholeBlock(Region.shm(shim, link.segments.control, 0)));
    // The wall clock is kept in the time scale of the launcher's control block.
    expectOk(shim.hp_clock_adopt(this.block.addr), "control can't take the clock over");
    this.journals = link.segments.journals.map((name) => Region.shm(shim, name, 0));
    this.projection = options.journal.hasDatabase ? this.openProjection() : null;
    this.drains = this.journals.map((region) => this.openDrain(region));
    const { tapes } = link.segments;
    this.tapeRings = tapes.map((name) => (name === null ? null : Region.shm(shim, name, 0)));
    this.tapes = this.tapeRings.flatMap((ring) => (ring === null ? [] : [this.openTape(ring)]));
    this.wall = new WallClock(shim, this.block);
    this.beats = new BeatWatch(this.block, options.engines.length, environment.nowMs);
    const sessions = options.sessions.map((s) => s.name);
    this.kills = new KillWatch(
      this.block,
      (sentence) => environment.log?.(sentence),
      () => awayText(openOrders(this.status(), this.isOrders)),
      () => killReasonText(this.block, sessions),
    );
    const log = (sentence: string) => environment.log?.(sentence);
    const feeds = options.feeds.map((feed) => feed.name);
    this.bookWatch = new BookWatch(this.block, feeds, environment.nowMs, log);
    this.portWatch = new PortWatch(this.block, environment.nowMs, log);
    this.sessionWatch = new SessionWatch(this.block, sessions, log);
    this.dropCopyWatch = new DropCopyWatch(this.block, sessions, log);
    this.recoveries = options.feeds.map((_, feed) => this.openRecovery(shim, feed));
  }

  /** One slice of everything. Returns how much there was: records, and slices of tapes. */
  poll(): number {
    const { words } = this.block;
    Atomics.store(words, HP_CONTROL__CONTROL_BEAT_W, words[HP_CONTROL__CONTROL_BEAT_W]! + 1);
    let drained = 0;
    for (const drain of this.drains) drained += drain.poll();
    for (const tape of this.tapes) if (tape.poll()) drained++;
    for (const recovery of this.recoveries) recovery.poll();
    this.wall.poll();
    this.beats.poll();
    this.kills.poll();
    this.bookWatch.poll();
    this.portWatch.poll();
    this.sessionWatch.poll();
    this.dropCopyWatch.poll();
    if (drained === 0) this.projection?.poll();
    return drained;
  }

  /** A datagram from a feed's re-request server. */
  onReply(feed: number, packet: Uint8Array): void {
    this.recoveries[feed]?.gaps?.onReply(packet);
  }

  answer(line: string): Answer {
    return answerRequest(line, {
      control: this.block,
      status: () => this.status(),
      isOrders: this.isOrders,
      beforeArm: () => this.kills.poll(),
      onArm: () => this.kills.clear(),
      log: (sentence) => this.environment.log?.(sentence),
    });
  }

  private readonly isOrders = (session: string): boolean =>
    this.options.sessions.find((s) => s.name === session)?.isOrders !== false;

  status(): ApplianceStatus {
    const { link, engines, feeds, sessions } = this.options;
    return applianceStatus({
      name: link.name,
      control: this.block,
      engines,
      feeds,
      snapshots: this.recoveries.map((recovery) => recovery.snapshots?.figures() ?? null),
      sessions,
      journals: this.journals.map((region) => region.buffer),
      tapes: this.tapeRings.map((ring) => ring?.buffer ?? null),
      isAlive: this.environment.isAlive,
      stillMs: (engine) => this.beats.stillMs(engine),
    });
  }

  /** True when no engine writes any more: each has stopped or is gone. */
  areEnginesGone(): boolean {
    return this.options.engines.every((_, index) => {
      const { words } = this.block.engine(index);
      const hasStopped = Atomics.load(words, HP_ENGINE__STATE_W) === HP_STATE_STOPPED;
      const tape = this.tapeRings[index];
      if (hasStopped && (!tape || isTapeEnded(tape.buffer))) return true;
      return !this.environment.isAlive(Atomics.load(words, HP_ENGINE__PID_W));
    });
  }

  /** Saves everything that is in the rings; false when a disk refuses (the rings keep it). */
  finish(): boolean {
    let isSaved = true;
    for (const recovery of this.recoveries) recovery.close();
    for (const drain of this.drains) {
      if (!drain.flush()) isSaved = false;
      drain.close();
    }
    for (const tape of this.tapes) tape.flush();
    this.projection?.finish();
    this.projection?.close();
    return isSaved;
  }

  private openProjection(): Projection {
    const { files, log, nowMs } = this.environment;
    const directory = this.options.link.journalDirectory;
    return new Projection({
      path: join(directory, "journal.db"),
      directory,
      nowMs,
      ...(files === undefined ? {} : { files }),
      ...(log === undefined ? {} : { log }),
    });
  }

  private openDrain(region: Region): RingDrain {
    const { link, journal } = this.options;
    const { files, log, nowMs } = this.environment;
    return new RingDrain({
      buffer: region.buffer,
      directory: link.journalDirectory,
      header: link,
      durable: journal.durable,
      segmentBytes: journal.segmentBytes,
      nowMs,
      onRecord: (record) => this.projection?.add(record),
      ...(files === undefined ? {} : { files }),
      ...(log === undefined ? {} : { log }),
    });
  }

  private openTape(region: Region): TapeDrain {
    const { log, nowMs } = this.environment;
    return new TapeDrain({
      buffer: region.buffer,
      directory: this.options.link.journalDirectory,
      nowMs,
      ...(log === undefined ? {} : { log }),
    });
  }

  private openRecovery(shim: Shim, index: number): FeedRecovery {
    const name = this.options.link.segments.recoveries[index] ?? null;
    const { nowMs, connect, sendRequest, log } = this.environment;
    return new FeedRecovery({
      options: this.options.feeds[index]!,
      feed: this.block.feed(index),
      writer: name === null ? null : openRing(shim, name),
      nowMs,
      connect: connect ?? connectTcp,
      sendRequest: (datagram) => sendRequest(index, datagram),
      log: (sentence) => log?.(sentence),
    });
  }
}

function openRing(shim: Shim, name: string): RingWriter {
  const memory = wholeBlock(Region.shm(shim, name, 0));
  const arena = Arena.alloc(shim, REPLY_BYTES_MAX + 4096);
  return new RingWriter(shim, arena, memory, false, REPLY_BYTES_MAX);
}
