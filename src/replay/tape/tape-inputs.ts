/**
 * What a recorded engine gets instead of the world: each question is answered with what the tape has
 * next. A question that the tape does not answer means that the engine went another way, or that the
 * tape was cut there by a kill: `isOver` is set, and nothing that follows counts.
 */
import type { Arena } from "../../core/arena.ts";
import type { GuardLook } from "../../engine/guard-look.ts";
import {
  HP_CONTROL__ARM_REQUEST_W,
  HP_CONTROL__DISARM_REQUEST_W,
  HP_CONTROL__KILL_W,
  HP_CONTROL__STOP_W,
  HP_CONTROL__WALL_OFFSET_NS_D,
  HP_CONTROL_SIZE,
  HP_EAGAIN,
  HP_ECLOSED,
} from "../../ffi/layout.ts";
import type { Shim } from "../../ffi/shim.ts";
import type { JournalInputs } from "../../journal/ring-journal.ts";
import * as T from "../../journal/tape/entries.ts";
import type { TapeCursor } from "./tape-cursor.ts";

export class TapeInputs implements JournalInputs, GuardLook {
  /** hp_control as the engine saw it. */
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  /** The tape had no answer. */
  isOver = false;
  /** The last reading of the clock. */
  lastNs = 0;
  /** Questions put to the journal in this turn. */
  private asked = 0;
  private room = true;
  private cursor = 0;
  private alive = false;

  constructor(readonly tape: TapeCursor) {
    const buffer = new ArrayBuffer(HP_CONTROL_SIZE);
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
  }

  /** Takes over what the engine saw of the control block at the start of a turn. */
  control(): void {
    const { doubles, tape, words } = this;
    this.asked = 0;
    for (;;) {
      if (tape.type === T.TAPE_CONTROL) {
        words[HP_CONTROL__KILL_W] = tape.body.getInt32(0, true);
        words[HP_CONTROL__ARM_REQUEST_W] = tape.body.getInt32(4, true);
        words[HP_CONTROL__DISARM_REQUEST_W] = tape.body.getInt32(8, true);
        words[HP_CONTROL__STOP_W] = tape.body.getInt32(12, true);
      } else if (tape.type === T.TAPE_WALL) {
        doubles[HP_CONTROL__WALL_OFFSET_NS_D] = tape.body.getFloat64(0, true);
      } else return;
      tape.next();
    }
  }

  clock(): number {
    if (this.tape.type !== T.TAPE_CLOCK) return this.over(this.lastNs);
    this.lastNs = this.tape.body.getFloat64(0, true);
    this.tape.next();
    return this.lastNs;
  }

  hasRoom(): boolean {
    this.room = this.news(T.TAPE_ROOM, this.room ? 1 : 0) === 1;
    return this.room;
  }

  isFull(): boolean {
    return this.news(T.TAPE_FULL, -1) === 0;
  }

  durable(): number {
    this.cursor = this.news(T.TAPE_DURABLE, this.cursor);
    return this.cursor;
  }

  isAlive(): boolean {
    if (this.tape.type === T.TAPE_GUARD) {
      this.alive = this.tape.index === 1;
      this.tape.next();
    }
    return this.alive;
  }

  generation(): number {
    return 0;
  }

  /** What was said new at this question; `otherwise` when nothing was. */
  private news(type: number, otherwise: number): number {
    const { tape } = this;
    this.asked++;
    if (tape.type !== type || tape.body.getInt32(4, true) !== this.asked) return otherwise;
    const value = tape.body.getInt32(0, true);
    tape.next();
    return value;
  }

  over<R>(answer: R): R {
    this.isOver = true;
    return answer;
  }
}

/** `shim` with the clock and the sockets of the tape; `arena`: where the streams' arenas are. */
export function playedShim(shim: Shim, inputs: TapeInputs, arena: Arena): Shim {
  const { tape } = inputs;
  const bytes = new Uint8Array(arena.region.buffer);
  const rxAt = new Map<number, number>();
  const states = new Map<number, number>();
  /** The result that the tape has for this question, if it has one. */
  const result = (type: number, handle: number): number | undefined => {
    if (tape.type !== type || tape.index !== handle) return undefined;
    const value = tape.body.getInt32(0, true);
    tape.next();
    return value;
  };
  const open = () => {
    const handle = result(T.TAPE_TCP_OPEN, 0) ?? inputs.over(HP_ECLOSED);
    states.set(handle, 0);
    return handle;
  };
  return {
    ...shim,
    hp_clock_ns: () => inputs.clock(),
    hp_tcp_open: open,
    hp_tcp_open_with: open,
    hp_tcp_bind_arena(stream, rx) {
      rxAt.set(stream, rx - arena.region.addr);
      return 0;
    },
    hp_tcp_state(stream) {
      const state = result(T.TAPE_TCP_STATE, stream) ?? states.get(stream)!;
      states.set(stream, state);
      return state;
    },
    hp_tcp_send: (stream) => result(T.TAPE_TCP_SENT, stream) ?? inputs.over(HP_EAGAIN),
    hp_tcp_recv(stream, offset) {
      if (tape.type !== T.TAPE_TCP_RECEIVED || tape.index !== stream) return HP_EAGAIN;
      const n = tape.body.getInt32(0, true);
      const { buffer, byteOffset } = tape.body;
      if (n > 0) bytes.set(new Uint8Array(buffer, byteOffset + 8, n), rxAt.get(stream)! + offset);
      tape.next();
      return n;
    },
    hp_tcp_fd: () => -1,
    hp_tcp_close: () => 0,
  };
}
