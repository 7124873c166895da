// @hot
/**
 * hp_control as a recorded engine sees it: a copy of the words that tell it what to do, renewed once a
 * turn. What it saw is on the tape, and a word that changes within a turn is seen in the next one.
 */
import type { StructView } from "../core/control-block.ts";
import {
  HP_CONTROL__ARM_REQUEST_W,
  HP_CONTROL__DISARM_REQUEST_W,
  HP_CONTROL__KILL_W,
  HP_CONTROL__STOP_W,
  HP_CONTROL__WALL_OFFSET_NS_D,
  HP_CONTROL__WALL_SEQ_W,
  HP_CONTROL_SIZE,
} from "../ffi/layout.ts";
import type { TapeWriter } from "../journal/tape/tape-writer.ts";

export class ControlMirror {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  private readonly shared: StructView;
  private readonly tape: TapeWriter;
  private wallSeq = -1;

  constructor(shared: StructView, tape: TapeWriter) {
    const buffer = new ArrayBuffer(HP_CONTROL_SIZE);
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.shared = shared;
    this.tape = tape;
  }

  renew(): void {
    const shared = this.shared.words;
    const words = this.words;
    const kill = Atomics.load(shared, HP_CONTROL__KILL_W);
    const arm = Atomics.load(shared, HP_CONTROL__ARM_REQUEST_W);
    const disarm = Atomics.load(shared, HP_CONTROL__DISARM_REQUEST_W);
    const stop = Atomics.load(shared, HP_CONTROL__STOP_W);
    if (
      kill !== words[HP_CONTROL__KILL_W] ||
      arm !== words[HP_CONTROL__ARM_REQUEST_W] ||
      disarm !== words[HP_CONTROL__DISARM_REQUEST_W] ||
      stop !== words[HP_CONTROL__STOP_W]
    ) {
      words[HP_CONTROL__KILL_W] = kill;
      words[HP_CONTROL__ARM_REQUEST_W] = arm;
      words[HP_CONTROL__DISARM_REQUEST_W] = disarm;
      words[HP_CONTROL__STOP_W] = stop;
      this.tape.control(kill, arm, disarm, stop);
    }
    this.renewWall();
  }

  /** HP_KILL_* as the engine sees them; its own are in it at once. */
  kill(): number {
    return this.words[HP_CONTROL__KILL_W]!;
  }

  /** Once the engine stops, every turn may do something. */
  isStopping(): boolean {
    return this.words[HP_CONTROL__STOP_W] !== 0;
  }

  /** Under control's sequence lock; a torn reading waits for the next turn. */
  private renewWall(): void {
    const shared = this.shared.words;
    const before = Atomics.load(shared, HP_CONTROL__WALL_SEQ_W);
    if (before === this.wallSeq || (before & 1) !== 0) return;
    const offset = this.shared.doubles[HP_CONTROL__WALL_OFFSET_NS_D]!;
    if (Atomics.load(shared, HP_CONTROL__WALL_SEQ_W) !== before) return;
    this.wallSeq = before;
    if (offset === this.doubles[HP_CONTROL__WALL_OFFSET_NS_D]) return;
    this.doubles[HP_CONTROL__WALL_OFFSET_NS_D] = offset;
    this.tape.wall(offset);
  }
}
