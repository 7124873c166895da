/**
 * The shim with its answers noted on a tape: the clock, and the sockets of order sessions. Everything
 * else that an engine learns while it turns comes through ports (loop.ts), the control block
 * (control-mirror.ts), the journal ring and the guard (recording.ts).
 */
import type { Arena } from "../core/arena.ts";
import { HP_EAGAIN } from "../ffi/layout.ts";
import type { Shim } from "../ffi/shim.ts";
import { TAPE_TCP_OPEN, TAPE_TCP_SENT, TAPE_TCP_STATE } from "../journal/tape/entries.ts";
import type { TapeWriter } from "../journal/tape/tape-writer.ts";

/** Handles of sockets are small; a table by handle. */
const HANDLES = 1024;

/** `arena`: where the streams' receive arenas are. @cold */
export function recordingShim(shim: Shim, tape: TapeWriter, arena: Arena): Shim {
  const view = new DataView(arena.region.buffer);
  const base = arena.region.addr;
  /** By handle: where its receive arena begins, and the state told last. */
  const rxAt = new Float64Array(new ArrayBuffer(8 * HANDLES));
  const states = new Int32Array(new ArrayBuffer(4 * HANDLES));
  return {
    ...shim,
    hp_clock_ns() {
      const ns = shim.hp_clock_ns();
      tape.clock(ns);
      return ns;
    },
    hp_tcp_open(address, port, localAddress) {
      const handle = shim.hp_tcp_open(address, port, localAddress);
      if (handle >= 0) states[handle] = 0;
      tape.tcp(TAPE_TCP_OPEN, 0, handle, true);
      return handle;
    },
    hp_tcp_open_with(config) {
      const handle = shim.hp_tcp_open_with(config);
      if (handle >= 0) states[handle] = 0;
      tape.tcp(TAPE_TCP_OPEN, 0, handle, true);
      return handle;
    },
    hp_tcp_bind_arena(stream, rx, tx) {
      rxAt[stream] = rx - base;
      return shim.hp_tcp_bind_arena(stream, rx, tx);
    },
    hp_tcp_state(stream) {
      const state = shim.hp_tcp_state(stream);
      if (state !== states[stream]) {
        states[stream] = state;
        tape.tcp(TAPE_TCP_STATE, stream, state, true);
      }
      return state;
    },
    hp_tcp_send(stream, offset, length) {
      const n = shim.hp_tcp_send(stream, offset, length);
      // What is sent shows elsewhere; a socket that goes on taking nothing changes nothing.
      tape.tcp(TAPE_TCP_SENT, stream, n, n !== length && n !== HP_EAGAIN);
      return n;
    },
    hp_tcp_recv(stream, offset, capacity) {
      const n = shim.hp_tcp_recv(stream, offset, capacity);
      if (n !== HP_EAGAIN) tape.received(stream, n, view, rxAt[stream]! + offset);
      return n;
    },
  };
}
