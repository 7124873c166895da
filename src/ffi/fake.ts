/**
 * The shim's table in TypeScript: no compiler, no sockets, no shared memory, the same status codes.
 * What C checks is checked here; what C cannot check (a bad address) throws here.
 */
import { fromCString } from "../core/c-string.ts";
import { fakeDriver } from "./fake-device.ts";
import { place } from "./fake-handles.ts";
import { FakeNetwork } from "./fake-network.ts";
import { nicFunctions } from "./fake-nic.ts";
import { FakeRing } from "./fake-ring.ts";
import { streamFunctions } from "./fake-stream.ts";
import { FakeUdp } from "./fake-udp.ts";
import {
  HP_ABI_VERSION,
  HP_CONTROL__ABI,
  HP_CONTROL__CLOCK_NS_PER_TICK,
  HP_CONTROL__CLOCK_START_NS,
  HP_CONTROL__MAGIC,
  HP_CONTROL__SESSION_START_S,
  HP_CONTROL_SIZE,
  HP_EABI,
  HP_EAGAIN,
  HP_ECLOSED,
  HP_EEXIST,
  HP_EINVAL,
  HP_ENOCORE,
  HP_ENOENT,
  HP_EUNSAFE,
  HP_MAGIC,
  HP_OK,
} from "./layout.ts";
import type { PortDriver, PortDriverName } from "./port-driver.ts";
import type { Shim } from "./shim.ts";

/** A fake shim with what a test needs to reach around it. */
export interface FakeShim extends Shim {
  readonly network: FakeNetwork;
  /** Delivers a signal to this fake process; false when it has no handler. */
  raise(signo: number): boolean;
}

/** A fake process on `network` (a host of its own when none is given). */
export function fakeShim(network = new FakeNetwork()): FakeShim {
  const { memory } = network;
  const drivers = new Map<PortDriverName, PortDriver>();
  return {
    isFake: true,
    network,
    map: (addr, size) => memory.map(addr, size),
    addressOf: (buffer) => memory.addressOf(buffer),
    driver: (name) => {
      const driver = drivers.get(name) ?? fakeDriver(network, name);
      drivers.set(name, driver);
      return driver;
    },
    hp_abi_version: () => HP_ABI_VERSION,
    hp_last_errno: () => 0,
    hp_arena_alloc: (bytes, flags, out) => memory.alloc(bytes, flags, out),
    hp_shm_open: (name, bytes, flags, out) => memory.shmOpen(fromCString(name), bytes, flags, out),
    hp_shm_unlink: (name) => memory.shmUnlink(fromCString(name)),
    hp_region_free: (region) => memory.free(region),
    hp_memory_lock_all: () => HP_OK,
    ...clockFunctions(network),
    ...threadFunctions(network),
    ...signalFunctions(network),
    ...portFunctions(network),
    ...nicFunctions(network),
    ...streamFunctions(network),
    ...fileFunctions(network),
  };
}

function clockFunctions(network: FakeNetwork) {
  const { memory } = network;
  let sessionStartS = 0;
  let startNs = 0;
  let startTick = Bun.nanoseconds();
  const now = () => network.timeNs ?? startNs + (Bun.nanoseconds() - startTick);
  return {
    hp_clock_init: (startS: number) => {
      if (!(startS >= 0 && startS < 1e11)) return HP_EINVAL;
      sessionStartS = startS;
      startNs = (Date.now() - startS * 1000) * 1e6;
      startTick = Bun.nanoseconds();
      return HP_OK;
    },
    hp_clock_export: (control: number) => {
      const view = memory.view(control, HP_CONTROL_SIZE);
      view.setFloat64(HP_CONTROL__SESSION_START_S, sessionStartS, true);
      view.setFloat64(HP_CONTROL__CLOCK_NS_PER_TICK, 1, true);
      view.setFloat64(HP_CONTROL__CLOCK_START_NS, startNs - startTick, true);
      return HP_OK;
    },
    hp_clock_adopt: (control: number) => {
      const view = memory.view(control, HP_CONTROL_SIZE);
      if (view.getUint32(HP_CONTROL__MAGIC, true) !== HP_MAGIC) return HP_EABI;
      if (view.getUint32(HP_CONTROL__ABI, true) !== HP_ABI_VERSION) return HP_EABI;
      if (!(view.getFloat64(HP_CONTROL__CLOCK_NS_PER_TICK, true) > 0)) return HP_EINVAL;
      sessionStartS = view.getFloat64(HP_CONTROL__SESSION_START_S, true);
      startNs = view.getFloat64(HP_CONTROL__CLOCK_START_NS, true);
      startTick = 0;
      return HP_OK;
    },
    hp_clock_ns: now,
    hp_clock_wall_ns: () => now() + network.wallOffsetNs,
  };
}

function threadFunctions(network: FakeNetwork) {
  let pinnedTo = -1;
  const online = (core: number) => {
    const state = network.cores[core];
    return state === undefined ? HP_ENOCORE : state ? 1 : 0;
  };
  return {
    hp_core_count: () => network.cores.length,
    hp_core_online: online,
    hp_thread_tid: () => process.pid,
    hp_thread_pin: (core: number) => {
      if (online(core) !== 1) return HP_ENOCORE;
      pinnedTo = core;
      return HP_OK;
    },
    hp_thread_pinned: (core: number) =>
      core < 0 ? HP_ENOCORE : pinnedTo === core || network.cores.length === 1 ? 1 : 0,
    hp_thread_fifo: (priority: number) => {
      if (priority < 0 || priority > 99) return HP_EINVAL;
      return priority === 0 || network.allowsRealtime ? HP_OK : HP_EUNSAFE;
    },
    hp_process_evict: (core: number) => (online(core) === HP_ENOCORE ? HP_ENOCORE : 0),
    hp_process_avoid: (cores: number, count: number) => {
      if (count < 0 || (count > 0 && cores === 0)) return HP_EINVAL;
      return count >= network.cores.length ? HP_ENOCORE : 0;
    },
    hp_parent_death_signal: (signo: number) => (signo < 0 || signo > 64 ? HP_EINVAL : HP_OK),
    hp_pause: () => HP_OK,
    hp_sleep_us: (us: number) => {
      if (us < 0) return HP_EINVAL;
      if (network.timeNs !== undefined) network.advance(us * 1000);
      else Bun.sleepSync(us / 1000);
      return HP_OK;
    },
  };
}

function signalFunctions(network: FakeNetwork) {
  const handlers = new Map<number, { address: number; bits: number }>();
  const or = (address: number, bits: number) =>
    address > 0 ? Atomics.or(network.memory.words(address, 1), 0, bits) : HP_EINVAL;
  return {
    hp_signal_or: (signo: number, address: number, bits: number) => {
      const isTakeable = signo >= 1 && signo <= 64 && signo !== 9 && signo !== 19;
      if (!isTakeable || !(address > 0)) return HP_EINVAL;
      handlers.set(signo, { address, bits });
      return HP_OK;
    },
    hp_signal_restore: (signo: number) => {
      if (signo < 1 || signo > 64 || signo === 9 || signo === 19) return HP_EINVAL;
      handlers.delete(signo);
      return HP_OK;
    },
    hp_atomic_or: or,
    raise: (signo: number) => {
      const handler = handlers.get(signo);
      if (handler !== undefined) or(handler.address, handler.bits);
      return handler !== undefined;
    },
  };
}

function portFunctions(network: FakeNetwork) {
  const udp: (FakeUdp | undefined)[] = [];
  const rings: (FakeRing | undefined)[] = [];
  return {
    hp_udp_open: (config: number) => {
      const port = FakeUdp.open(network, config);
      return typeof port === "number" ? port : place(udp, port);
    },
    hp_udp_rx_burst: (port: number) => udp[port]?.burst() ?? HP_ECLOSED,
    hp_udp_rx_release: (port: number) => (udp[port] === undefined ? HP_ECLOSED : HP_OK),
    hp_udp_tx_flow: (port: number, flow: number) => udp[port]?.sender.flow(flow) ?? HP_ECLOSED,
    hp_udp_tx: (port: number, flow: number, offset: number, length: number) =>
      udp[port]?.sender.send(flow, offset, length) ?? HP_ECLOSED,
    hp_udp_tx_stamp: (port: number) => udp[port]?.sender.stamp() ?? 0,
    hp_udp_close: (port: number) => {
      if (udp[port] === undefined) return HP_ECLOSED;
      udp[port].close();
      udp[port] = undefined;
      return HP_OK;
    },
    hp_ring_open: (addr: number, bytes: number, desc: number, stats: number, create: number) => {
      const ring = FakeRing.open(network.memory, addr, bytes, desc, stats, create);
      return typeof ring === "number" ? ring : place(rings, ring);
    },
    hp_ring_rx_burst: (ring: number) => rings[ring]?.burst() ?? HP_ECLOSED,
    hp_ring_rx_release: (ring: number) => rings[ring]?.release() ?? HP_ECLOSED,
    hp_ring_tx: (handle: number, payload: number, length: number, line: number, rxNs: number) => {
      const ring = rings[handle];
      if (ring === undefined) return HP_ECLOSED;
      if (length < 0 || (length > 0 && !(payload > 0))) return HP_EINVAL;
      const bytes = length === 0 ? new Uint8Array(0) : network.memory.bytes(payload, length);
      return ring.send(bytes, line, rxNs);
    },
    hp_ring_close: (ring: number) => {
      if (rings[ring] === undefined) return HP_ECLOSED;
      rings[ring] = undefined;
      return HP_OK;
    },
  };
}

function fileFunctions(network: FakeNetwork) {
  const { files, handed } = network;
  return {
    hp_fd_listen: (path: Uint8Array) => {
      const name = fromCString(path);
      if (name === "" || name.length > 107) return HP_EINVAL;
      if (handed.has(name)) return HP_EEXIST;
      handed.set(name, []);
      return network.openFile({ kind: "listener", path: name });
    },
    hp_fd_send: (path: Uint8Array, fd: number, tag: number) => {
      const file = files.get(fd);
      const queue = handed.get(fromCString(path));
      if (file === undefined) return HP_EINVAL;
      if (queue === undefined) return HP_ENOENT;
      queue.push({ file, tag });
      return HP_OK;
    },
    hp_fd_recv: (listener: number, tagOut: number) => {
      const file = files.get(listener);
      if (file?.kind !== "listener" || tagOut === 0) return HP_EINVAL;
      const next = handed.get(file.path)?.shift();
      if (next === undefined) return HP_EAGAIN;
      network.memory.words(tagOut, 1)[0] = next.tag;
      return network.openFile(next.file);
    },
    hp_fd_shutdown: (fd: number) => {
      const file = files.get(fd);
      if (file?.kind !== "tcp") return HP_EINVAL;
      if (file.connection.peer.isClosed) return HP_ECLOSED;
      file.connection.shutdown();
      return HP_OK;
    },
    hp_fd_close: (fd: number) => {
      if (fd < 0) return HP_EINVAL;
      return network.closeFile(fd) ? HP_OK : HP_ECLOSED;
    },
    hp_veth_namespace: (
      near: Uint8Array,
      far: Uint8Array,
      nearAddress: number,
      farAddress: number,
      prefix: number,
    ) => {
      const names = [fromCString(near), fromCString(far)];
      if (names.some((name) => name === "" || name.length > 15)) return HP_EINVAL;
      if (nearAddress === 0 || farAddress === 0 || prefix < 8 || prefix > 31) return HP_EINVAL;
      network.devices.add(names[0]!);
      return HP_OK;
    },
    hp_file_lock: (path: Uint8Array) => {
      const name = fromCString(path);
      for (const file of files.values())
        if (file.kind === "lock" && file.path === name) return HP_EEXIST;
      return network.openFile({ kind: "lock", path: name });
    },
  };
}
