/**
 * Argument and result types of every shim function, for bun:ffi. `i` int32, `d` double, `p` pointer
 * (a number or a typed array); the last letter is the result.
 */
import type { Shim } from "./shim.ts";

type FunctionName = Exclude<keyof Shim, "isFake" | "map" | "addressOf" | "driver">;

export const SIGNATURES: Record<FunctionName, string> = {
  hp_abi_version: "i",
  hp_last_errno: "i",

  hp_clock_init: "di",
  hp_clock_export: "pi",
  hp_clock_adopt: "pi",
  hp_clock_ns: "d",
  hp_clock_wall_ns: "d",

  hp_arena_alloc: "dipi",
  hp_shm_open: "pdipi",
  hp_shm_unlink: "pi",
  hp_region_free: "pi",
  hp_memory_lock_all: "i",

  hp_core_count: "i",
  hp_core_online: "ii",
  hp_thread_tid: "i",
  hp_thread_pin: "ii",
  hp_thread_pinned: "ii",
  hp_thread_fifo: "ii",
  hp_process_evict: "ii",
  hp_process_avoid: "pii",
  hp_parent_death_signal: "ii",
  hp_pause: "i",
  hp_sleep_us: "ii",

  hp_signal_or: "idii",
  hp_signal_restore: "ii",
  hp_atomic_or: "dii",

  hp_udp_open: "pi",
  hp_udp_rx_burst: "ii",
  hp_udp_rx_release: "ii",
  hp_udp_tx_flow: "ipi",
  hp_udp_tx: "iiiii",
  hp_udp_tx_stamp: "id",
  hp_udp_close: "ii",

  hp_nic_query: "ppi",

  hp_ring_open: "ddddii",
  hp_ring_rx_burst: "ii",
  hp_ring_rx_release: "ii",
  hp_ring_tx: "idiidi",
  hp_ring_close: "ii",

  hp_tcp_open: "iiii",
  hp_tcp_open_pipe: "di",
  hp_tcp_state: "ii",
  hp_tcp_bind_arena: "iddi",
  hp_tcp_send: "iiii",
  hp_tcp_recv: "iiii",
  hp_tcp_peek: "iiii",
  hp_tcp_fd: "ii",
  hp_tcp_close: "ii",

  hp_tcp_listen: "iiii",
  hp_tcp_accept: "ii",
  hp_tcp_local_port: "ii",
  hp_tcp_peer: "id",

  hp_tcp_open_with: "di",
  hp_tcp_probe: "di",
  hp_tcp_stamps_read: "idi",
  hp_onload_present: "i",
  hp_onload_stack: "pi",
  hp_onload_spin: "ii",
  hp_onload_accelerated: "ii",
  hp_tcp_warm: "iiii",
  hp_tcp_delegate_begin: "iiidii",
  hp_tcp_delegate_end: "iii",
  hp_tcp_delegate_count: "iii",

  hp_fd_listen: "pi",
  hp_fd_send: "piii",
  hp_fd_recv: "ipi",
  hp_fd_shutdown: "ii",
  hp_fd_close: "ii",

  hp_veth_namespace: "ppiiii",

  hp_file_lock: "pi",
};
