// @hot
/**
 * The loop itself. While the market is quiet the shadow takes a turn now and then, and what the live
 * path reads is kept near.
 */
import type { Shim } from "../ffi/shim.ts";
import { ENGINE_WARM_TURNS } from "./counters.ts";
import type { EngineLoop } from "./loop.ts";
import type { Recording } from "./recording.ts";
import type { Shadow } from "./shadow.ts";
import type { WarmSends } from "./warm-sends.ts";
import type { WorkingSet } from "./working-set.ts";

export interface TurningOptions {
  loop: EngineLoop;
  /** Asked after each turn; `done` ends the loop. */
  supervisor: { readonly done: boolean; onTurn(turn: number): void };
  /** Empty = do not keep warm. */
  shadows: readonly Shadow[];
  counters: Float64Array;
  shim: Shim;
  /** What the live path reads; kept near while quiet. */
  near: WorkingSet;
  /** Absent or null = none. */
  warmSends?: WarmSends | null;
  /** Null = nothing is recorded. */
  recording: Recording | null;
  /** A thread without a core of its own sleeps between idle turns: it shares. */
  isPinned: boolean;
}

/** Quiet for so long: what is live is kept near, and the shadow may take a turn; then again after
 * WARM_EVERY_NS. */
const QUIET_NS = 200_000;
const WARM_EVERY_NS = 500_000;
const SHARED_SLEEP_US = 50;

export function turnUntilDone(o: TurningOptions): void {
  const loop = o.loop;
  const supervisor = o.supervisor;
  const shadows = o.shadows;
  const counters = o.counters;
  const shim = o.shim;
  const sleeps = !o.isPinned;
  const recording = o.recording;
  const near = o.near;
  const warmSends = o.warmSends ?? null;
  const keepsWarm = shadows.length > 0 || warmSends !== null;
  let warmNs = 0;
  let next = 0;
  while (!supervisor.done) {
    if (recording !== null) recording.beginTurn(loop.turns + 1);
    const packets = loop.turn();
    supervisor.onTurn(loop.turns);
    if (recording !== null) recording.endTurn();
    if (packets !== 0) continue;
    if (keepsWarm && loop.nowNs - loop.packetNs > QUIET_NS) {
      near.touch();
      if (loop.nowNs - warmNs > WARM_EVERY_NS) {
        warmNs = loop.nowNs;
        if (shadows.length > 0) {
          shadows[next]!.turn();
          next = next + 1 === shadows.length ? 0 : next + 1;
          counters[ENGINE_WARM_TURNS]!++;
        }
        if (warmSends !== null) warmSends.send();
      }
    }
    if (sleeps) shim.hp_sleep_us(SHARED_SLEEP_US);
  }
}
