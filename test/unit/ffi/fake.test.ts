import { expect, test } from "bun:test";
import { Region } from "../../../src/core/arena.ts";
import { fakeShim } from "../../../src/ffi/fake.ts";
import { FakeNetwork } from "../../../src/ffi/fake-network.ts";
import {
  HP_ECLOSED,
  HP_EUNSAFE,
  HP_SHM_CREATE,
  HP_TCP_CONNECTING,
  HP_TCP_UP,
} from "../../../src/ffi/layout.ts";

test("two shims on one network are two processes of one host", () => {
  const network = new FakeNetwork();
  const [a, b] = [fakeShim(network), fakeShim(network)];
  const mine = Region.shm(a, "seg", 4096, HP_SHM_CREATE);
  const theirs = Region.shm(b, "seg", 4096);
  new Uint8Array(mine.buffer)[5] = 7;
  expect(new Uint8Array(theirs.buffer)[5]).toBe(7);
  expect(() => Region.shm(fakeShim(), "seg", 4096)).toThrow("no such segment");
});

test("a stopped clock moves only when it is moved, and sleeping moves it", () => {
  const shim = fakeShim();
  shim.network.setTime(1000);
  expect(shim.hp_clock_ns()).toBe(1000);
  shim.network.advance(500);
  shim.hp_sleep_us(2);
  expect(shim.hp_clock_ns()).toBe(3500);
  shim.network.wallOffsetNs = 10;
  expect(shim.hp_clock_wall_ns()).toBe(3510);
});

test("cores and real-time priority are what the test says", () => {
  const shim = fakeShim();
  shim.network.cores = [true, false];
  expect(shim.hp_core_count()).toBe(2);
  expect(shim.hp_core_online(1)).toBe(0);
  expect(shim.hp_thread_pin(1)).toBeLessThan(0);
  expect(shim.hp_thread_pin(0)).toBe(0);
  expect(shim.hp_thread_pinned(0)).toBe(1);
  expect(shim.hp_thread_fifo(50)).toBe(HP_EUNSAFE);
  shim.network.allowsRealtime = true;
  expect(shim.hp_thread_fifo(50)).toBe(0);
});

test("a listener that hangs leaves the connect open until it lets go", () => {
  const shim = fakeShim();
  const listener = shim.network.listen(0, 80);
  listener.isHanging = true;
  const stream = shim.hp_tcp_open(0x7f000001, 80, 0);
  expect(shim.hp_tcp_state(stream)).toBe(HP_TCP_CONNECTING);
  listener.isHanging = false;
  expect(shim.hp_tcp_state(stream)).toBe(HP_TCP_UP);
  expect(listener.accept()).toBeDefined();
});

test("a test can connect to where a shim listens, and plays the far end", () => {
  const shim = fakeShim();
  const listener = shim.hp_tcp_listen(0, 80, 16);
  expect(shim.network.dial(0x7f000001, 81)).toBeUndefined();
  const peer = shim.network.dial(0x7f000001, 80)!;
  const stream = shim.hp_tcp_accept(listener);
  const region = Region.alloc(shim, 4096);
  shim.hp_tcp_bind_arena(stream, region.addr, region.addr);
  const bytes = new Uint8Array(region.buffer);
  peer.write("ab");
  expect(shim.hp_tcp_recv(stream, 0, 10)).toBe(2);
  expect([bytes[0], bytes[1]]).toEqual([97, 98]);
  expect(shim.hp_tcp_send(stream, 1, 1)).toBe(1);
  expect([...peer.read()]).toEqual([98]);
  peer.close();
  expect(shim.hp_tcp_recv(stream, 0, 10)).toBe(HP_ECLOSED);
  const late = shim.network.dial(0x7f000001, 80)!;
  shim.hp_tcp_close(listener);
  expect(late.isClosed).toBe(true);
});

test("joins on other interfaces and from other sources hear nothing", () => {
  const network = new FakeNetwork();
  const line = { group: 0xe0000001, port: 5, iface: 1, source: 9, queueLimit: 10, drops: 0 };
  network.udpLines.add({ ...line, queue: [] });
  const payload = new Uint8Array(3);
  expect(network.sendUdp(0xe0000001, 5, payload)).toBe(0);
  expect(network.sendUdp(0xe0000001, 5, payload, { source: 9, iface: 2 })).toBe(0);
  expect(network.sendUdp(0xe0000001, 6, payload, { source: 9 })).toBe(0);
  expect(network.sendUdp(0xe0000001, 5, payload, { source: 9, iface: 1 })).toBe(1);
});

test("an address where nothing is mapped is an error in the test, not a silent zero", () => {
  const shim = fakeShim();
  expect(() => shim.map(12345, 10)).toThrow("nothing is mapped");
});
