import { afterEach, expect, test } from "bun:test";
import { type Connection, connectTcp } from "../../../../src/control/recovery/connection.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Heard {
  opened: Promise<void>;
  closed: Promise<string>;
  bytes: number;
  connection: Connection;
}

function connect(port: number, host = "127.0.0.1"): Heard {
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<string>();
  const heard = { opened: opened.promise, closed: closed.promise, bytes: 0 } as Heard;
  heard.connection = connectTcp(host, port, {
    onOpen: opened.resolve,
    onData(bytes) {
      heard.bytes += bytes.length;
    },
    onClose: closed.resolve,
  });
  closers.push(() => heard.connection.close());
  return heard;
}

function serve(handlers: Partial<Bun.SocketHandler<undefined>>): number {
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data() {}, ...handlers } as Bun.SocketHandler<undefined>,
  });
  closers.push(() => server.stop(true));
  return server.port;
}

test("says why nobody is there", async () => {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = server;
  server.stop(true);
  expect(await connect(port).closed).toBe("connection refused (ECONNREFUSED)");
  expect(await connect(1, "no-such-host.invalid").closed).toContain("the name has no address");
});

test("says that the server has closed", async () => {
  const port = serve({ open: (socket) => void socket.end() });
  expect(await connect(port).closed).toBe("it closed the connection");
});

test("sends, and hears nothing more once it is closed from this side", async () => {
  const got = Promise.withResolvers<string>();
  const ended = Promise.withResolvers<void>();
  const port = serve({
    data: (_socket, bytes) => got.resolve(bytes.toString()),
    close: () => ended.resolve(),
  });
  const heard = connect(port);
  await heard.opened;
  heard.connection.send(Buffer.from("hello"));
  expect(await got.promise).toBe("hello");
  let isTold = false;
  void heard.closed.then(() => {
    isTold = true;
  });
  heard.connection.close();
  await ended.promise;
  await Bun.sleep(5);
  expect(isTold).toBe(false);
});

test("lets the server wait while it is paused, and loses nothing", async () => {
  const all = 8 << 20;
  let left = all;
  const chunk = Buffer.alloc(1 << 16, 7);
  const write = (socket: Bun.Socket<undefined>) => {
    while (left > 0) {
      const part = chunk.subarray(0, Math.min(left, chunk.length));
      const taken = Math.max(0, socket.write(part));
      left -= taken;
      if (taken < part.length) return;
    }
    socket.end();
  };
  const port = serve({ open: write, drain: write });
  const heard = connect(port);
  heard.connection.pause(true);
  await heard.opened;
  await Bun.sleep(50);
  const before = heard.bytes;
  expect(left).toBeGreaterThan(0);
  await Bun.sleep(20);
  expect(heard.bytes).toBe(before);
  heard.connection.pause(false);
  expect(await heard.closed).toBe("it closed the connection");
  expect(heard.bytes).toBe(all);
});
