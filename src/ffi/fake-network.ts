/**
 * The world around fake shims: shared memory names, multicast, TCP, descriptors, file locks, time.
 * Two shims on one network are two processes of one host; a test holds the network and plays the
 * rest of it.
 */
import type { FakeDevice } from "./fake-device.ts";
import { udpFrame } from "./fake-frame.ts";
import { FakeMemory } from "./fake-memory.ts";
import type { FakeOnload } from "./fake-onload.ts";
import { FakeConnection, FakeListener, type FakePeer, LOOPBACK, refuse } from "./fake-tcp.ts";
import { HP_EEXIST, HP_TCP_UP } from "./layout.ts";

/** A packet on its way to a line of a UDP Port. */
export interface FakePacket {
  payload: Uint8Array;
  /** Receive stamp, ns since session start (wall); 0 = none. */
  rxNs: number;
}

/** One socket of a UDP Port. */
export interface FakeUdpLine {
  group: number;
  port: number;
  iface: number;
  source: number;
  queue: FakePacket[];
  /** Packets the queue holds; more are dropped and counted. */
  queueLimit: number;
  /** Dropped since the last burst. */
  drops: number;
}

/** What a fake descriptor stands for. */
export type FakeFile =
  | { kind: "tcp"; connection: FakeConnection }
  | { kind: "tcp-listener" }
  | { kind: "listener"; path: string }
  | { kind: "lock"; path: string };

/** Ports that the system chooses begin here. */
const FREE_PORTS = 49152;

export class FakeNetwork {
  readonly memory = new FakeMemory();
  /** Cores that fake shims see; an index of `false` is a core that is offline. */
  cores: boolean[] = [true, true, true, true];
  /** True lets hp_thread_fifo succeed. */
  allowsRealtime = false;
  /** Wall time minus hp_clock_ns. */
  wallOffsetNs = 0;
  /** Interfaces that a socket can be bound to. */
  readonly interfaces = new Set(["lo"]);
  /** False refuses SO_BUSY_POLL, as a host does without CAP_NET_ADMIN. */
  allowsBusyPoll = true;
  /** libonload, when it was preloaded. */
  onload: FakeOnload | null = null;
  readonly udpLines = new Set<FakeUdpLine>();
  /** Network devices of this host, by name; tests add theirs. */
  readonly devices = new Set<string>(["fake0", "fake1"]);
  readonly openDevices = new Set<FakeDevice>();
  /** What hp_nic_query tells of an interface: words of hp_nic by their offset. */
  readonly nics = new Map<string, Record<number, number>>();
  /** Frames that left by a device, newest last. */
  readonly transmitted: { device: string; frame: Uint8Array }[] = [];
  /** Descriptors open on this host: a leak test counts them. */
  readonly files = new Map<number, FakeFile>();
  readonly handed = new Map<string, { file: FakeFile; tag: number }[]>();
  private readonly listeners = new Map<string, FakeListener>();
  private nextFd = 3;
  private nextPort = FREE_PORTS;
  private manualNs: number | undefined;

  // ---- time ---------------------------------------------------------------------------------

  /** Stops the clock at `ns` since session start; from then on only a test moves it. */
  setTime(ns: number): void {
    this.manualNs = ns;
  }

  advance(ns: number): void {
    this.manualNs = (this.manualNs ?? 0) + ns;
  }

  /** The stopped clock, or undefined while time runs by itself. */
  get timeNs(): number | undefined {
    return this.manualNs;
  }

  // ---- UDP ----------------------------------------------------------------------------------

  /**
   * Sends a datagram to group:port (or to a unicast address:port); how many sockets got it.
   * `iface` limits it to joins on that interface, `source` feeds source-specific joins.
   */
  sendUdp(
    address: number,
    port: number,
    payload: Uint8Array,
    options: { rxNs?: number; iface?: number; source?: number } = {},
  ): number {
    let receivers = 0;
    for (const line of this.udpLines) {
      const isForLine =
        line.group === 0
          ? line.iface === 0 || line.iface === address
          : line.group === address &&
            (options.iface === undefined || line.iface === 0 || line.iface === options.iface) &&
            (line.source === 0 || line.source === options.source);
      if (!isForLine || line.port !== port) continue;
      receivers++;
      if (line.queue.length >= line.queueLimit) line.drops++;
      else line.queue.push({ payload: payload.slice(), rxNs: options.rxNs ?? this.manualNs ?? 0 });
    }
    const from = { address: options.source ?? LOOPBACK, port: 0 };
    const frame = udpFrame(from, { address, port }, payload);
    for (const device of this.openDevices) device.receive(frame, options.rxNs ?? this.timeNs ?? 0);
    return receivers;
  }

  /** A frame comes in by a device. */
  sendFrame(device: string, frame: Uint8Array, rxNs = 0): void {
    for (const open of this.openDevices) if (open.name === device) open.receive(frame, rxNs);
  }

  /** A frame leaves by a device: every other one gets it, as on one switch. */
  transmit(from: FakeDevice, frame: Uint8Array): void {
    this.transmitted.push({ device: from.name, frame });
    for (const device of this.openDevices)
      if (device.name !== from.name) device.receive(frame, this.timeNs ?? 0);
  }

  // ---- TCP ----------------------------------------------------------------------------------

  /** A test starts to listen; address 0 = any. */
  listen(address: number, port: number): FakeListener {
    const listener = new FakeListener(port, false);
    this.listeners.set(listenerKey(address, port), listener);
    return listener;
  }

  /** A shim starts to listen; port 0 = a free one. HP_EEXIST when somebody does already. */
  listenForShim(address: number, port: number): FakeListener | number {
    const at = port === 0 ? this.nextPort++ : port;
    const isTaken = [address, 0].some((a) => this.listeners.has(listenerKey(a, at)));
    if (isTaken) return HP_EEXIST;
    const listener = new FakeListener(at, true);
    this.listeners.set(listenerKey(address, at), listener);
    return listener;
  }

  unlisten(address: number, port: number): void {
    const key = listenerKey(address, port);
    this.listeners.get(key)?.end();
    this.listeners.delete(key);
  }

  connect(address: number, port: number): FakeConnection {
    const connection = new FakeConnection(this.nextPort++, address, port);
    const listener = this.findListener(address, port);
    if (listener === undefined) refuse(connection);
    else listener.offer(connection);
    return connection;
  }

  /** A test connects to where a shim listens; undefined when nobody does. */
  dial(address: number, port: number): FakePeer | undefined {
    const listener = this.findListener(address, port);
    if (listener === undefined) return undefined;
    const end = new FakeConnection(port, LOOPBACK, this.nextPort++);
    end.state = HP_TCP_UP;
    listener.push(end);
    return end.peer;
  }

  /** Lets connects complete; every state poll calls it. */
  settle(): void {
    for (const listener of this.listeners.values()) listener.settle();
  }

  private findListener(address: number, port: number): FakeListener | undefined {
    return (
      this.listeners.get(listenerKey(address, port)) ?? this.listeners.get(listenerKey(0, port))
    );
  }

  // ---- descriptors ----------------------------------------------------------------------------

  /** The lowest free number, as a kernel gives it. */
  openFile(file: FakeFile): number {
    let fd = this.nextFd;
    while (this.files.has(fd)) fd++;
    this.files.set(fd, file);
    return fd;
  }

  /** Closes a descriptor; false when it was not open. */
  closeFile(fd: number): boolean {
    const file = this.files.get(fd);
    if (file?.kind === "listener") this.handed.delete(file.path);
    return this.files.delete(fd);
  }
}

function listenerKey(address: number, port: number): string {
  return `${address >>> 0}:${port}`;
}
