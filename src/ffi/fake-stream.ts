/** TCP streams and listeners of the fake shim, by handle. */
import { place } from "./fake-handles.ts";
import type { FakeNetwork } from "./fake-network.ts";
import { FakePipe } from "./fake-pipe.ts";
import type { FakeConnection, FakeListener } from "./fake-tcp.ts";
import { HP_EAGAIN, HP_ECLOSED, HP_EINVAL, HP_OK, HP_TCP_LISTENING, HP_TCP_MAX } from "./layout.ts";

/** hp_tcp_fd of a pipe. */
const NO_FD = HP_EINVAL;
const PORT_MAX = 65535;

type Stream = { connection: FakeConnection | FakePipe; fd: number; rx: number; tx: number };
type Listener = { listener: FakeListener; address: number; fd: number };

export function streamFunctions(network: FakeNetwork) {
  const handles: (Stream | Listener | undefined)[] = [];
  const { memory } = network;
  const streamOf = (handle: number) => {
    const held = handles[handle];
    return held !== undefined && "connection" in held ? held : undefined;
  };
  const open = (connection: FakeConnection) => {
    const fd = network.openFile({ kind: "tcp", connection });
    const handle = place(handles, { connection, fd, rx: 0, tx: 0 }, HP_TCP_MAX);
    if (handle >= 0) return handle;
    connection.shutdown();
    network.closeFile(fd);
    return handle;
  };
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
      return place(handles, { connection, fd: NO_FD, rx: 0, tx: 0 }, HP_TCP_MAX);
    },
    hp_tcp_state: (stream: number) => {
      const held = handles[stream];
      if (held === undefined) return HP_ECLOSED;
      network.settle();
      return "connection" in held ? held.connection.state : HP_TCP_LISTENING;
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
      return s.connection.send(memory.bytes(s.tx + offset, length));
    },
    hp_tcp_recv: (stream: number, offset: number, capacity: number) => {
      const s = streamOf(stream);
      if (s === undefined) return notStream(stream);
      if (s.rx === 0 || offset < 0 || capacity < 1) return HP_EINVAL;
      return s.connection.recv(memory.bytes(s.rx + offset, capacity));
    },
    hp_tcp_peek: (stream: number, offset: number, capacity: number) => {
      const s = streamOf(stream);
      if (s === undefined) return notStream(stream);
      if (s.rx === 0 || offset < 0 || capacity < 1) return HP_EINVAL;
      return s.connection.look(memory.bytes(s.rx + offset, capacity));
    },
    hp_tcp_fd: (stream: number) => handles[stream]?.fd ?? HP_ECLOSED,
    hp_tcp_close: (stream: number) => {
      const held = handles[stream];
      if (held === undefined) return HP_ECLOSED;
      if ("connection" in held) held.connection.shutdown();
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
  };
}
