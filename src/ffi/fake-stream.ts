/** TCP streams and listeners of the fake shim, by handle. */
import { place } from "./fake-handles.ts";
import type { FakeNetwork } from "./fake-network.ts";
import { comeUp, onloadFunctions, stampReceived, stampSent } from "./fake-onload.ts";
import { FakePipe } from "./fake-pipe.ts";
import type { FakeConnection, FakeListener } from "./fake-tcp.ts";
import {
  HP_EAGAIN,
  HP_ECLOSED,
  HP_EINVAL,
  HP_OK,
  HP_TCP_CONNECTING,
  HP_TCP_DELEGATE_CODES,
  HP_TCP_LISTENING,
  HP_TCP_MAX,
  HP_TCP_UP,
} from "./layout.ts";

/** hp_tcp_fd of a pipe. */
const NO_FD = HP_EINVAL;
const PORT_MAX = 65535;

/** One handle: hp_tcp_handle of native/src/internal.h. */
export class FakeStream {
  rx = 0;
  tx = 0;
  /** Its connect has succeeded, and what its flags ask for is still to be done. */
  isComingUp: boolean;
  drives = false;
  canWarm = false;
  reserved: { offset: number; length: number } | undefined;
  readonly delegated = new Array<number>(HP_TCP_DELEGATE_CODES).fill(0);
  rxNs = 0;
  txNs = 0;
  txBytes = 0;
  hasReceived = false;

  constructor(
    readonly connection: FakeConnection | FakePipe,
    readonly fd: number,
    readonly flags = 0,
  ) {
    this.isComingUp = flags !== 0;
  }
}
type Listener = { listener: FakeListener; address: number; fd: number };

export function streamFunctions(network: FakeNetwork) {
  const handles: (FakeStream | Listener | undefined)[] = [];
  const { memory } = network;
  const streamOf = (handle: number) => {
    const held = handles[handle];
    return held instanceof FakeStream ? held : undefined;
  };
  const open = (connection: FakeConnection, flags = 0) => {
    const fd = network.openFile({ kind: "tcp", connection });
    const handle = place(handles, new FakeStream(connection, fd, flags), HP_TCP_MAX);
    if (handle >= 0) return handle;
    connection.shutdown();
    network.closeFile(fd);
    return handle;
  };
  /** Up for the network, not yet looked at by hp_tcp_state. */
  const waits = (s: FakeStream) => s.isComingUp && s.connection.state >= HP_TCP_CONNECTING;
  /** What a call says of a handle that is no stream. */
  const notStream = (handle: number) => (handles[handle] === undefined ? HP_ECLOSED : HP_EINVAL);
  return {
    hp_tcp_open: (address: number, port: number, _localAddress: number) => {
      if (port < 1 || port > PORT_MAX || address === 0) return HP_EINVAL;
      return open(network.connect(address, port));
    },
    hp_tcp_open_pipe: (pipe: number) => {
      const connection = FakePipe.open(memory, pipe);
      if (typeof connection === "number") return connection;
      return place(handles, new FakeStream(connection, NO_FD), HP_TCP_MAX);
    },
    hp_tcp_state: (stream: number) => {
      const held = handles[stream];
      if (held === undefined) return HP_ECLOSED;
      network.settle();
      if (!(held instanceof FakeStream)) return HP_TCP_LISTENING;
      if (held.isComingUp && held.connection.state === HP_TCP_UP) comeUp(network, held);
      return held.connection.state;
    },
    hp_tcp_bind_arena: (stream: number, rx: number, tx: number) => {
      const s = streamOf(stream);
      if (s === undefined) return notStream(stream);
      if (!(rx > 0 && tx > 0)) return HP_EINVAL;
      s.rx = rx;
      s.tx = tx;
      return HP_OK;
    },
    hp_tcp_send: (stream: number, offset: number, length: number) => {
      const s = streamOf(stream);
      if (s === undefined) return notStream(stream);
      if (s.tx === 0 || offset < 0 || length < 1) return HP_EINVAL;
      if (waits(s)) return HP_EAGAIN;
      const n = s.connection.send(memory.bytes(s.tx + offset, length));
      stampSent(network, s, n);
      return n;
    },
    hp_tcp_recv: (stream: number, offset: number, capacity: number) => {
      const s = streamOf(stream);
      if (s === undefined) return notStream(stream);
      if (s.rx === 0 || offset < 0 || capacity < 1) return HP_EINVAL;
      if (waits(s)) return HP_EAGAIN;
      const n = s.connection.recv(memory.bytes(s.rx + offset, capacity));
      stampReceived(network, s, n);
      return n;
    },
    hp_tcp_peek: (stream: number, offset: number, capacity: number) => {
      const s = streamOf(stream);
      if (s === undefined) return notStream(stream);
      if (s.rx === 0 || offset < 0 || capacity < 1) return HP_EINVAL;
      if (waits(s)) return HP_EAGAIN;
      return s.connection.look(memory.bytes(s.rx + offset, capacity));
    },
    hp_tcp_fd: (stream: number) => handles[stream]?.fd ?? HP_ECLOSED,
    hp_tcp_close: (stream: number) => {
      const held = handles[stream];
      if (held === undefined) return HP_ECLOSED;
      if (held instanceof FakeStream) held.connection.shutdown();
      else network.unlisten(held.address, held.listener.port);
      if (held.fd !== NO_FD) network.closeFile(held.fd);
      handles[stream] = undefined;
      return HP_OK;
    },

    hp_tcp_listen: (address: number, port: number, backlog: number) => {
      if (port < 0 || port > PORT_MAX || backlog < 1 || backlog > PORT_MAX) return HP_EINVAL;
      const listener = network.listenForShim(address, port);
      if (typeof listener === "number") return listener;
      const fd = network.openFile({ kind: "tcp-listener" });
      const handle = place(handles, { listener, address, fd }, HP_TCP_MAX);
      if (handle >= 0) return handle;
      network.unlisten(address, listener.port);
      network.closeFile(fd);
      return handle;
    },
    hp_tcp_accept: (handle: number) => {
      const held = handles[handle];
      if (held === undefined) return HP_ECLOSED;
      if (!("listener" in held)) return HP_EINVAL;
      network.settle();
      const connection = held.listener.take();
      return connection === undefined ? HP_EAGAIN : open(connection);
    },
    hp_tcp_local_port: (handle: number) => {
      const held = handles[handle];
      if (held === undefined) return HP_ECLOSED;
      if ("listener" in held) return held.listener.port;
      return held.connection instanceof FakePipe ? HP_EINVAL : held.connection.localPort;
    },
    hp_tcp_peer: (stream: number) => {
      const s = streamOf(stream);
      if (s === undefined) return notStream(stream);
      if (s.connection instanceof FakePipe) return HP_EINVAL;
      return (s.connection.peerAddress >>> 0) * 65536 + s.connection.peerPort;
    },
    ...onloadFunctions(
      network,
      (address, port, flags) => open(network.connect(address, port), flags),
      streamOf,
      notStream,
    ),
  };
}
