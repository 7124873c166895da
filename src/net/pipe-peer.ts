// @hot
import type { Block } from "../core/arena.ts";
import { StatusError } from "../core/status.ts";
import {
  HP_EINVAL,
  HP_PIPE__ANSWER_HEAD_W,
  HP_PIPE__ANSWER_TAIL_W,
  HP_PIPE__ANSWERS,
  HP_PIPE__SENT,
  HP_PIPE__SENT_HEAD_W,
  HP_PIPE__SENT_TAIL_W,
  HP_PIPE_DATA,
  HP_PIPE_SIZE,
} from "../ffi/layout.ts";

const MASK = HP_PIPE_DATA - 1;

/** The far end of a TcpStream with a pipe, on the stream's own thread. The stream's open() empties it. */
export class PipePeer {
  /** Ring of what the stream sent: byte n is at n & (HP_PIPE_DATA - 1). */
  readonly sent: Uint8Array;
  /** Ring of what it will receive. */
  readonly answers: Uint8Array;
  /** The four cursors, HP_PIPE__*_W: byte counts modulo 2^32. */
  readonly cursors: Int32Array;

  /** `memory`: that of TcpStreamOptions.pipe. Throws StatusError when it is too small. */
  constructor(memory: Block) {
    if (memory.size < HP_PIPE_SIZE)
      throw new StatusError(`a pipe takes ${HP_PIPE_SIZE} bytes, not ${memory.size}`, HP_EINVAL);
    this.sent = new Uint8Array(memory.buffer, memory.offset + HP_PIPE__SENT, HP_PIPE_DATA);
    this.answers = new Uint8Array(memory.buffer, memory.offset + HP_PIPE__ANSWERS, HP_PIPE_DATA);
    this.cursors = new Int32Array(memory.buffer, memory.offset, 4);
  }

  /** Bytes sent that wait to be taken. */
  sentBytes(): number {
    return (this.cursors[HP_PIPE__SENT_HEAD_W]! - this.cursors[HP_PIPE__SENT_TAIL_W]!) | 0;
  }

  /** Moves what was sent to the front of `into`, as much as that holds; how many bytes. */
  takeSent(into: Uint8Array): number {
    const tail = this.cursors[HP_PIPE__SENT_TAIL_W]!;
    const count = Math.min(this.sentBytes(), into.length);
    if (count <= 0) return 0;
    for (let i = 0; i < count; i++) into[i] = this.sent[(tail + i) & MASK]!;
    this.cursors[HP_PIPE__SENT_TAIL_W] = tail + count;
    return count;
  }

  /** Answers with from[offset, offset + length): all of it, or false when there is no room for it. */
  answer(from: Uint8Array, offset: number, length: number): boolean {
    const head = this.cursors[HP_PIPE__ANSWER_HEAD_W]!;
    const waiting = (head - this.cursors[HP_PIPE__ANSWER_TAIL_W]!) | 0;
    if (length < 0 || length > HP_PIPE_DATA - waiting) return false;
    if (offset < 0 || offset + length > from.length) return false;
    for (let i = 0; i < length; i++) this.answers[(head + i) & MASK] = from[offset + i]!;
    this.cursors[HP_PIPE__ANSWER_HEAD_W] = head + length;
    return true;
  }
}
