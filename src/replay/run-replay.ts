/** Plays a capture through a Replay: its time of day, the pace, the part that is wanted. */
import type { Shim } from "../ffi/shim.ts";
import type { CapturePort } from "../net/capture/capture-port.ts";
import { DESC_DOUBLES, DESC_LINE, DESC_RX_NS, DESC_WORDS } from "../net/desc.ts";
import { type FeedLine, openCapture, strangersText } from "./capture-feeds.ts";
import { Pace } from "./pace.ts";
import { ProtocolLook } from "./protocol-look.ts";
import { Replay, type ReplayObserver, type ReplayOptions } from "./replay.ts";

export interface RunObserver extends ReplayObserver {
  /** A few times a second of this machine. */
  onProgress(replay: Replay): void;
}

export interface RunOptions {
  capture: string;
  /** Capture seconds per second of this machine; Infinity = as fast as it goes. */
  speed: number;
  /** Start of the session date, Unix seconds, of a capture that begins then; 0 = an ITCH file. */
  sessionStart(captureStartS: number): number;
  replay: Omit<ReplayOptions, "sessionStartS" | "hasHeartbeats">;
  /** Called once the session date is known, before the path is built. */
  observe(sessionStartS: number): RunObserver;
}

export interface RunResult {
  replay: Replay;
  observer: RunObserver;
  sessionStartS: number;
  /** Times of the first packet and of the last one that was played, ns since the session date. */
  firstNs: number;
  lastNs: number;
  /** What is wrong with the capture; undefined = nothing. */
  captureFault: string | undefined;
  /** Feeds whose packets are of another protocol, a sentence each. */
  misfits: string[];
}

const PROGRESS_MS = 200;
/** No market is quiet for longer: one of two packets has a wrong time. */
const QUIET_NS_MAX = 4 * 86_400e9;

/** Throws one sentence when the capture has nothing for the config. */
export async function runReplay(shim: Shim, options: RunOptions): Promise<RunResult> {
  const { port, lines } = await openCapture(options.capture, options.replay.engine.feeds);
  const player = new Player(shim, port, lines, options);
  try {
    await player.play();
  } finally {
    port.close();
  }
  return await player.result();
}

class Player {
  private replay: Replay | undefined;
  private observer: RunObserver | undefined;
  private sessionStartS = 0;
  /** From the capture's time to ns since the session date. */
  private shiftNs = 0;
  private firstNs = 0;
  private lastNs = 0;
  private timeFault: string | undefined;
  private readonly pace: Pace;
  private readonly look: ProtocolLook;

  constructor(
    private readonly shim: Shim,
    private readonly port: CapturePort,
    private readonly lines: readonly FeedLine[],
    private readonly options: RunOptions,
  ) {
    this.pace = new Pace(options.speed);
    this.look = new ProtocolLook(options.replay.engine.feeds);
  }

  async play(): Promise<void> {
    const { port, pace } = this;
    let shownMs = performance.now();
    while (await port.refill()) {
      for (let n = port.rxBurst(); n > 0; n = port.rxBurst()) {
        for (let i = 0; i < n; i++) {
          const timeNs = port.descTime[i * DESC_DOUBLES + DESC_RX_NS]! + this.shiftNs;
          const waitMs = pace.waitMs(timeNs);
          if (waitMs > 0) await Bun.sleep(waitMs);
          if (!this.packet(i)) return;
        }
        port.rxRelease();
        if (performance.now() - shownMs < PROGRESS_MS) continue;
        shownMs = performance.now();
        this.observer!.onProgress(this.replay!);
      }
    }
  }

  async result(): Promise<RunResult> {
    const { observer, options, replay } = this;
    if (replay === undefined || observer === undefined) {
      const { fault, framesSeen } = this.port;
      if (fault !== undefined && framesSeen === 0) throw new Error(fault);
      const strangers = await strangersText(options.capture, options.replay.engine.feeds);
      throw new Error(fault === undefined ? strangers : `${strangers}; ${fault}`);
    }
    replay.finish();
    return {
      replay,
      observer,
      sessionStartS: this.sessionStartS,
      firstNs: this.firstNs,
      lastNs: this.lastNs,
      captureFault: this.timeFault ?? this.port.fault,
      misfits: this.look.faults(),
    };
  }

  /** False when it is behind the part that is wanted, or makes no sense. */
  private packet(i: number): boolean {
    const { lines, options, port } = this;
    const rawNs = port.descTime[i * DESC_DOUBLES + DESC_RX_NS]!;
    if (this.replay === undefined) this.begin(rawNs);
    const timeNs = rawNs + this.shiftNs;
    if (timeNs > options.replay.toNs) return false;
    if (timeNs - this.lastNs > QUIET_NS_MAX) {
      const days = Math.floor((timeNs - this.lastNs) / 86_400e9);
      this.timeFault = `${options.capture}: packet ${this.replay!.packets + 1} is ${days} days behind the one before it: a time is damaged, and nothing from there on was played`;
      return false;
    }
    const line = lines[port.desc[i * DESC_WORDS + DESC_LINE]!]!;
    this.look.packet(port, i, line.feed);
    this.replay!.packet(port, i, line, timeNs);
    this.lastNs = timeNs;
    return true;
  }

  private begin(rawNs: number): void {
    const { options, port } = this;
    const { originS } = port;
    this.sessionStartS = options.sessionStart(originS === 0 ? 0 : originS + rawNs / 1e9);
    this.shiftNs = originS === 0 ? 0 : (originS - this.sessionStartS) * 1e9;
    this.firstNs = rawNs + this.shiftNs;
    this.lastNs = this.firstNs;
    this.observer = options.observe(this.sessionStartS);
    const hasHeartbeats = port.kind !== "ITCH file";
    const o = { ...options.replay, sessionStartS: this.sessionStartS, hasHeartbeats };
    this.replay = new Replay(this.shim, this.firstNs, o, this.observer);
    this.pace.begin(this.firstNs);
  }
}
