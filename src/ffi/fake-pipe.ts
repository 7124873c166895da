/** The pipe behind hp_tcp_open_pipe of the fake shim: hp_pipe of hairpin.h, cursor for cursor. */
import type { FakeMemory } from "./fake-memory.ts";
import {
  HP_EAGAIN,
  HP_EINVAL,
  HP_PIPE__ANSWER_HEAD_W,
  HP_PIPE__ANSWER_TAIL_W,
  HP_PIPE__ANSWERS,
  HP_PIPE__SENT,
  HP_PIPE__SENT_HEAD_W,
  HP_PIPE__SENT_TAIL_W,
  HP_PIPE_DATA,
  HP_PIPE_SIZE,
  HP_TCP_UP,
} from "./layout.ts";

export class FakePipe {
  readonly state = HP_TCP_UP;

  private constructor(
    private readonly cursors: Uint32Array,
    private readonly sent: Uint8Array,
    private readonly answers: Uint8Array,
  ) {
    cursors.fill(0);
  }

  /** An empty pipe, or a negative status code. */
  static open(memory: FakeMemory, address: number): FakePipe | number {
    if (!(address > 0) || address % 8 !== 0) return HP_EINVAL;
    const { buffer, offset } = memory.at(address);
    memory.bytes(address, HP_PIPE_SIZE);
    return new FakePipe(
      new Uint32Array(buffer, offset, 4),
      new Uint8Array(buffer, offset + HP_PIPE__SENT, HP_PIPE_DATA),
      new Uint8Array(buffer, offset + HP_PIPE__ANSWERS, HP_PIPE_DATA),
    );
  }

  send(bytes: Uint8Array): number {
    const head = this.cursors[HP_PIPE__SENT_HEAD_W]!;
    const used = (head - this.cursors[HP_PIPE__SENT_TAIL_W]!) >>> 0;
    if (used > HP_PIPE_DATA) return HP_EINVAL;
    const count = Math.min(bytes.length, HP_PIPE_DATA - used);
    if (count === 0) return HP_EAGAIN;
    for (let i = 0; i < count; i++) this.sent[(head + i) % HP_PIPE_DATA] = bytes[i]!;
    this.cursors[HP_PIPE__SENT_HEAD_W] = head + count;
    return count;
  }

  recv(target: Uint8Array): number {
    const count = this.look(target);
    if (count > 0) this.cursors[HP_PIPE__ANSWER_TAIL_W]! += count;
    return count;
  }

  /** As recv; the bytes stay. */
  look(target: Uint8Array): number {
    const tail = this.cursors[HP_PIPE__ANSWER_TAIL_W]!;
    const ready = (this.cursors[HP_PIPE__ANSWER_HEAD_W]! - tail) >>> 0;
    if (ready > HP_PIPE_DATA) return HP_EINVAL;
    const count = Math.min(target.length, ready);
    if (count === 0) return HP_EAGAIN;
    for (let i = 0; i < count; i++) target[i] = this.answers[(tail + i) % HP_PIPE_DATA]!;
    return count;
  }

  /** The caller's memory stays as it is: nobody at the other end waits for an end. */
  shutdown(): void {}
}
