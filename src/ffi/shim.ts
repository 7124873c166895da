import type { PortDriver, PortDriverName } from "./port-driver.ts";

/**
 * The symbol table of the shim, as TypeScript sees it. Semantics, units and status codes are those
 * of native/include/hairpin.h. `load.ts` fills it from the shared object, `fake.ts` in TypeScript.
 *
 * Addresses are doubles. Anything native code can see is memory mapped by the shim (arena.ts), never
 * a typed array of the collected heap, which moves.
 */
export interface Shim {
  readonly isFake: boolean;
  /** Maps `size` bytes at `addr` (from hp_region) as one ArrayBuffer. Once per region. */
  map(addr: number, size: number): ArrayBuffer;
  /** Address of a buffer made by map(), or of a `new ArrayBuffer(n)`, which does not move either. */
  addressOf(buffer: ArrayBuffer): number;
  /** A packet backend; throws one clear sentence when this build lacks it. */
  driver(name: PortDriverName, device?: string): PortDriver;

  hp_abi_version(): number;
  hp_last_errno(): number;

  hp_clock_init(sessionStartS: number): number;
  hp_clock_export(control: number): number;
  hp_clock_adopt(control: number): number;
  hp_clock_ns(): number;
  hp_clock_wall_ns(): number;

  hp_arena_alloc(bytes: number, flags: number, out: number): number;
  hp_shm_open(name: Uint8Array, bytes: number, flags: number, out: number): number;
  hp_shm_unlink(name: Uint8Array): number;
  hp_region_free(region: number): number;
  hp_memory_lock_all(): number;

  hp_core_count(): number;
  hp_core_online(core: number): number;
  hp_thread_tid(): number;
  hp_thread_pin(core: number): number;
  hp_thread_pinned(core: number): number;
  hp_thread_fifo(priority: number): number;
  hp_process_evict(core: number): number;
  hp_process_avoid(cores: number, count: number): number;
  hp_parent_death_signal(signo: number): number;
  hp_pause(): number;
  hp_sleep_us(us: number): number;

  hp_signal_or(signo: number, address: number, bits: number): number;
  hp_signal_restore(signo: number): number;
  hp_atomic_or(address: number, bits: number): number;

  hp_udp_open(config: number): number;
  hp_udp_rx_burst(port: number): number;
  hp_udp_rx_release(port: number): number;
  hp_udp_tx_flow(port: number, flow: number): number;
  hp_udp_tx(port: number, flow: number, offset: number, length: number): number;
  hp_udp_tx_stamp(port: number): number;
  hp_udp_close(port: number): number;

  hp_nic_query(name: Uint8Array, out: number): number;

  hp_ring_open(address: number, bytes: number, desc: number, stats: number, create: number): number;
  hp_ring_rx_burst(ring: number): number;
  hp_ring_rx_release(ring: number): number;
  hp_ring_tx(ring: number, payload: number, length: number, line: number, rxNs: number): number;
  hp_ring_close(ring: number): number;

  hp_tcp_open(address: number, port: number, localAddress: number): number;
  hp_tcp_open_pipe(pipe: number): number;
  hp_tcp_state(stream: number): number;
  hp_tcp_bind_arena(stream: number, rx: number, tx: number): number;
  hp_tcp_send(stream: number, offset: number, length: number): number;
  hp_tcp_recv(stream: number, offset: number, capacity: number): number;
  hp_tcp_peek(stream: number, offset: number, capacity: number): number;
  hp_tcp_fd(stream: number): number;
  hp_tcp_close(stream: number): number;

  hp_tcp_listen(address: number, port: number, backlog: number): number;
  hp_tcp_accept(listener: number): number;
  hp_tcp_local_port(handle: number): number;
  hp_tcp_peer(stream: number): number;

  hp_tcp_open_with(config: number): number;
  hp_tcp_probe(config: number): number;
  hp_tcp_stamps_read(stream: number, out: number): number;
  hp_onload_present(): number;
  hp_onload_stack(name: Uint8Array): number;
  hp_onload_spin(on: number): number;
  hp_onload_accelerated(stream: number): number;
  hp_tcp_warm(stream: number, offset: number, length: number): number;
  hp_tcp_delegate_begin(
    stream: number,
    offset: number,
    length: number,
    frame: number,
    capacity: number,
  ): number;
  hp_tcp_delegate_end(stream: number, sent: number): number;
  hp_tcp_delegate_count(stream: number, code: number): number;

  hp_fd_listen(path: Uint8Array): number;
  hp_fd_send(path: Uint8Array, fd: number, tag: number): number;
  hp_fd_recv(listener: number, tagOut: number): number;
  hp_fd_shutdown(fd: number): number;
  hp_fd_close(fd: number): number;

  hp_veth_namespace(
    near: Uint8Array,
    far: Uint8Array,
    nearAddress: number,
    farAddress: number,
    prefix: number,
  ): number;

  hp_file_lock(path: Uint8Array): number;
}
