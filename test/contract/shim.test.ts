/** What the fake and the real shim must agree on besides ports and streams. */
import { describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Arena, Region, unlinkShm, wholeBlock } from "../../src/core/arena.ts";
import { cString } from "../../src/core/c-string.ts";
import { CONTROL_BLOCK_SIZE, ControlBlock } from "../../src/core/control-block.ts";
import { StatusError } from "../../src/core/status.ts";
import {
  HP_ABI_VERSION,
  HP_CONTROL__ABI_W,
  HP_CONTROL__CLOCK_NS_PER_TICK_D,
  HP_CONTROL__MAGIC_W,
  HP_EABI,
  HP_EAGAIN,
  HP_ECLOSED,
  HP_EEXIST,
  HP_EINVAL,
  HP_ENOCORE,
  HP_ENOENT,
  HP_ENOSPC,
  HP_MEM_HUGE,
  HP_MEM_LOCK,
  HP_MEM_TOUCH,
  HP_PAGES_HUGE,
  HP_PAGES_PLAIN,
  HP_PAGES_SHM,
  HP_RING__DATA_SIZE_W,
  HP_RING__HEAD_W,
  HP_RING__MAGIC_W,
  HP_RING__TAIL_W,
  HP_SHM_CREATE,
  HP_SHM_OPEN_OR_CREATE,
} from "../../src/ffi/layout.ts";
import { ShimClock } from "../../src/ffi/shim-clock.ts";
import { STAT_ERRORS } from "../../src/net/desc.ts";
import { GuardReceiver, GuardSender } from "../../src/net/guard-sockets.ts";
import { RingPort } from "../../src/net/ring-port.ts";
import { RingWriter, ringBytes } from "../../src/net/ring-writer.ts";
import { fake, REAL_SKIPPED, real } from "./backends.ts";
import { STREAM_BACKENDS } from "./stream-rigs.ts";

const shims = [
  { name: "fake", skipped: undefined, make: fake },
  { name: "real", skipped: REAL_SKIPPED, make: real },
];

function statusOf(attempt: () => unknown): number {
  try {
    attempt();
  } catch (error) {
    if (error instanceof StatusError) return error.status;
    throw error;
  }
  return 0;
}

for (const { name, skipped, make } of shims) {
  const title = skipped === undefined ? "" : ` (skipped: ${skipped})`;
  const suite = (what: string, body: () => void) =>
    describe.skipIf(skipped !== undefined)(`${what}: ${name} shim${title}`, body);
  const shmName = `hairpin-test-${process.pid}-${name}`;

  suite("memory", () => {
    test("an arena is zeroed, at least as long as asked, and says what pages it got", () => {
      const { shim } = make();
      for (const flags of [0, HP_MEM_LOCK | HP_MEM_TOUCH, HP_MEM_HUGE]) {
        const region = Region.alloc(shim, 100_000, flags);
        expect(region.size).toBeGreaterThanOrEqual(100_000);
        expect(region.buffer.byteLength).toBe(region.size);
        expect(shim.addressOf(region.buffer)).toBe(region.addr);
        const bytes = new Uint8Array(region.buffer);
        expect(bytes.every((byte) => byte === 0)).toBe(true);
        bytes.fill(1);
        expect([HP_PAGES_PLAIN, HP_PAGES_HUGE]).toContain(region.pages);
        if ((flags & HP_MEM_HUGE) === 0) expect(region.pages).toBe(HP_PAGES_PLAIN);
        region.free();
        region.free();
      }
    });

    test("an arena of no size is refused", () => {
      expect(statusOf(() => Region.alloc(make().shim, 0))).toBe(HP_EINVAL);
      expect(statusOf(() => Region.alloc(make().shim, Number.NaN))).toBe(HP_EINVAL);
    });

    test("two openings of one name see the same bytes; an unlinked name is gone", () => {
      const { shim } = make();
      const first = Region.shm(shim, shmName, 10_000, HP_SHM_CREATE);
      const second = Region.shm(shim, `/${shmName}`, 0);
      expect(first.pages).toBe(HP_PAGES_SHM);
      expect(second.size).toBe(first.size);
      new Int32Array(first.buffer)[7] = 42;
      expect(Atomics.load(new Int32Array(second.buffer), 7)).toBe(42);
      expect(unlinkShm(shim, shmName)).toBe(0);
      expect(unlinkShm(shim, shmName)).toBe(HP_ENOENT);
      expect(statusOf(() => Region.shm(shim, shmName, 10_000))).toBe(HP_ENOENT);
      expect(Atomics.load(new Int32Array(second.buffer), 7)).toBe(42);
      first.free();
      second.free();
    });

    test("create refuses a name that exists; open-or-create takes it; too small is another version", () => {
      const { shim } = make();
      const first = Region.shm(shim, shmName, 8192, HP_SHM_OPEN_OR_CREATE);
      new Uint8Array(first.buffer)[0] = 9;
      expect(statusOf(() => Region.shm(shim, shmName, 8192, HP_SHM_CREATE))).toBe(HP_EEXIST);
      const again = Region.shm(shim, shmName, 8192, HP_SHM_OPEN_OR_CREATE | HP_MEM_TOUCH);
      expect(new Uint8Array(again.buffer)[0]).toBe(9);
      expect(statusOf(() => Region.shm(shim, shmName, 1 << 20))).toBe(HP_EABI);
      unlinkShm(shim, shmName);
      first.free();
      again.free();
    });

    test("a name that leaves its folder is refused", () => {
      const { shim } = make();
      for (const bad of ["", "/", "a/b", "../x", ".hidden", "x".repeat(201)])
        expect(statusOf(() => Region.shm(shim, bad, 4096, HP_SHM_CREATE))).toBe(HP_EINVAL);
    });

    test("a full /dev/shm is said at once, and leaves no name behind", () => {
      const under = make();
      if (under.shim.isFake) (under as ReturnType<typeof fake>).shim.network.memory.shmLimit = 1e9;
      const huge = () => Region.shm(under.shim, shmName, 1e14, HP_SHM_CREATE);
      expect(statusOf(huge)).toBe(HP_ENOSPC);
      expect(statusOf(() => Region.shm(under.shim, shmName, 0))).toBe(HP_ENOENT);
    });

    test("hp_atomic_or gives the old value and sets the bits", () => {
      const { shim } = make();
      const region = Region.alloc(shim, 4096);
      const words = new Int32Array(region.buffer);
      expect(shim.hp_atomic_or(region.addr + 8, 5)).toBe(0);
      expect(shim.hp_atomic_or(region.addr + 8, 2)).toBe(5);
      expect(Atomics.load(words, 2)).toBe(7);
      expect(shim.hp_atomic_or(0, 1)).toBe(HP_EINVAL);
      region.free();
    });
  });

  suite("clock", () => {
    test("it grows, and starts near wall time since session start", () => {
      const { shim } = make();
      const startS = Math.floor(Date.now() / 1000) - 3600;
      expect(shim.hp_clock_init(startS)).toBe(0);
      const clock = new ShimClock(shim);
      let last = clock.now();
      expect(Math.abs(last - 3600e9)).toBeLessThan(60e9);
      for (let i = 0; i < 1000; i++) {
        const now = clock.now();
        expect(now).toBeGreaterThanOrEqual(last);
        last = now;
      }
    });

    test("a process that adopts the clock has the same time", () => {
      const { shim } = make();
      const region = Region.alloc(shim, CONTROL_BLOCK_SIZE);
      const options = {
        epoch: 1,
        engineCount: 1,
        feedCount: 1,
        sessionCount: 1,
        configHash: 0xdeadbeef,
        launcherPid: 1,
        sessionStartS: 0,
      };
      const control = ControlBlock.create(wholeBlock(region), options);
      expect(shim.hp_clock_adopt(control.addr)).toBe(HP_EINVAL); // nothing exported yet
      shim.hp_clock_init(Math.floor(Date.now() / 1000));
      expect(shim.hp_clock_export(control.addr)).toBe(0);
      expect(control.doubles[HP_CONTROL__CLOCK_NS_PER_TICK_D]).toBeGreaterThan(0);
      const before = shim.hp_clock_ns();
      expect(shim.hp_clock_adopt(control.addr)).toBe(0);
      const gap = shim.hp_clock_ns() - before;
      expect(gap).toBeGreaterThanOrEqual(0);
      expect(gap).toBeLessThan(60e9);
      control.words[HP_CONTROL__ABI_W] = HP_ABI_VERSION + 1;
      expect(shim.hp_clock_adopt(control.addr)).toBe(HP_EABI);
      control.words[HP_CONTROL__ABI_W] = HP_ABI_VERSION;
      control.words[HP_CONTROL__MAGIC_W] = 0;
      expect(shim.hp_clock_adopt(control.addr)).toBe(HP_EABI);
      region.free();
    });

    test("a session start that is no time is refused", () => {
      expect(make().shim.hp_clock_init(-1)).toBe(HP_EINVAL);
      expect(make().shim.hp_clock_init(Number.NaN)).toBe(HP_EINVAL);
    });
  });

  suite("cores", () => {
    test("a core that does not exist is named as such everywhere", () => {
      const { shim } = make();
      expect(shim.hp_core_count()).toBeGreaterThanOrEqual(1);
      expect(shim.hp_core_online(0)).toBe(1);
      for (const core of [-1, 100_000]) {
        expect(shim.hp_core_online(core)).toBe(HP_ENOCORE);
        expect(shim.hp_thread_pin(core)).toBe(HP_ENOCORE);
      }
      expect(shim.hp_thread_fifo(100)).toBe(HP_EINVAL);
      expect(shim.hp_thread_fifo(-1)).toBe(HP_EINVAL);
    });
  });

  suite("signals", () => {
    test("a signal sets its bits in the word, until it is restored", async () => {
      const under = make();
      const { shim } = under;
      const region = Region.alloc(shim, 4096);
      const words = new Int32Array(region.buffer);
      const SIGURG = 23; // ignored by default, so that a late one does no harm
      const raise = () =>
        under.shim.isFake
          ? (under as ReturnType<typeof fake>).shim.raise(SIGURG)
          : process.kill(process.pid, "SIGURG");
      expect(shim.hp_signal_or(SIGURG, region.addr, 6)).toBe(0);
      raise();
      for (let i = 0; i < 1000 && Atomics.load(words, 0) === 0; i++) await Bun.sleep(1);
      expect(Atomics.load(words, 0)).toBe(6);
      expect(shim.hp_signal_restore(SIGURG)).toBe(0);
      Atomics.store(words, 0, 0);
      raise();
      await Bun.sleep(2);
      expect(Atomics.load(words, 0)).toBe(0);
      region.free();
    });

    test("signals that nobody can catch are refused", () => {
      const { shim } = make();
      for (const signo of [0, 9, 19, 65, -1])
        expect(shim.hp_signal_or(signo, 4096, 1)).toBe(HP_EINVAL);
      expect(shim.hp_signal_or(10, 0, 1)).toBe(HP_EINVAL);
    });
  });

  suite("ring", () => {
    const DATA = 4096;
    const setup = () => {
      const { shim } = make();
      const memory = Arena.alloc(shim, ringBytes(DATA));
      const arena = Arena.alloc(shim, 65536);
      const block = { ...wholeBlock(memory.region), size: ringBytes(DATA) };
      const port = new RingPort(shim, arena, { name: "r", memory: block, create: true });
      const writer = new RingWriter(shim, arena, block, false);
      return { shim, memory, arena, block, port, writer, words: new Int32Array(block.buffer) };
    };

    test("a writer knows when there is room, wherever in the ring it is", () => {
      const { port, writer, words } = setup();
      let sure = 0;
      for (let i = 0; i < 500; i++) {
        const length = (i * 37) % 700;
        if (writer.hasRoom(2, length)) {
          sure++;
          for (let k = 0; k < 2; k++) expect(writer.send(length, 0, 0)).toBe(0);
        } else {
          port.rxBurst();
          port.rxRelease();
          expect(writer.hasRoom(2, length)).toBe(true);
        }
      }
      expect(sure).toBeGreaterThan(100);
      expect(writer.drops()).toBe(0);
      expect(words[HP_RING__HEAD_W]!).toBeGreaterThan(DATA * 10);
    });

    test("a full ring refuses and counts; what is in it stays whole", () => {
      const { port, writer, memory, arena } = setup();
      const payload = new Uint8Array(1000).fill(3);
      let sent = 0;
      while (writer.sendBytes(payload, 0, 0) === 0) sent++;
      expect(sent).toBe(4);
      expect(writer.drops()).toBe(1);
      expect(writer.sendBytes(payload, 0, 0)).toBe(HP_EAGAIN);
      expect(port.rxBurst()).toBe(4);
      expect(writer.sendBytes(payload, 0, 0)).toBe(HP_EAGAIN); // not released yet
      port.rxRelease();
      expect(writer.sendBytes(payload, 0, 0)).toBe(0);
      arena.free();
      memory.free();
    });

    test("a longer packet than half the ring is refused", () => {
      const { writer, memory, arena } = setup();
      expect(writer.send(DATA / 2 + 1, 0, 0)).toBe(HP_EINVAL);
      expect(writer.send(-1, 0, 0)).toBe(HP_EINVAL);
      expect(writer.send(1 << 20, 0, 0)).toBe(HP_EINVAL);
      arena.free();
      memory.free();
    });

    test("a length that lies, or a cursor out of range, is counted and skipped", () => {
      const { port, writer, memory, arena, words, block } = setup();
      const data = new DataView(block.buffer, 256, DATA);
      for (const lie of [DATA, 0x7fffffff, 0xfffffffe, 500]) {
        const at = words[HP_RING__HEAD_W]! & (DATA - 1);
        expect(writer.sendBytes(new Uint8Array(100), 0, 0)).toBe(0);
        data.setUint32(at, lie, true);
        expect(port.rxBurst()).toBe(0);
        port.rxRelease();
        expect(port.rxBurst()).toBe(0);
      }
      expect(port.stats[STAT_ERRORS]).toBe(4);
      words[HP_RING__HEAD_W] = words[HP_RING__HEAD_W]! + 100_000;
      expect(port.rxBurst()).toBe(0);
      expect(port.stats[STAT_ERRORS]).toBe(5);
      arena.free();
      memory.free();
    });

    test("cursors go on across 2^32", () => {
      const { shim, arena, memory, block, words, port } = setup();
      port.close();
      words[HP_RING__HEAD_W] = -2048;
      words[HP_RING__TAIL_W] = -2048;
      const late = new RingPort(shim, arena, { name: "late", memory: block, create: false });
      const writer = new RingWriter(shim, arena, block, false);
      let got = 0;
      for (let i = 0; i < 40; i++) {
        expect(writer.sendBytes(new Uint8Array(200).fill(i), i, 0)).toBe(0);
        expect(late.rxBurst()).toBe(1);
        expect(late.desc[3]).toBe(i);
        expect(late.bytes[late.desc[0]!]).toBe(i);
        late.rxRelease();
        got++;
      }
      expect(got).toBe(40);
      arena.free();
      memory.free();
    });

    test("attaching to what is no ring, or one of another size, is refused", () => {
      const { shim, arena, memory, block, words } = setup();
      const attach = () => new RingPort(shim, arena, { name: "x", memory: block, create: false });
      words[HP_RING__DATA_SIZE_W] = DATA * 2;
      expect(statusOf(attach)).toBe(HP_EABI);
      words[HP_RING__DATA_SIZE_W] = 5000;
      expect(statusOf(attach)).toBe(HP_EABI);
      words[HP_RING__MAGIC_W] = 1;
      expect(statusOf(attach)).toBe(HP_EABI);
      const small = { ...block, size: 1000 };
      expect(
        statusOf(() => new RingPort(shim, arena, { name: "x", memory: small, create: true })),
      ).toBe(HP_EINVAL);
      arena.free();
      memory.free();
    });
  });

  suite("handing over sockets", () => {
    const streams = STREAM_BACKENDS.find((backend) =>
      backend.name.includes(name === "fake" ? "fake" : "kernel"),
    )!;

    test("the guard gets a duplicate, and shutting it ends the session for both sides", async () => {
      const folder = mkdtempSync(join(tmpdir(), "hairpin-guard-"));
      const path = join(folder, "guard.sock");
      const rig = await streams.open();
      rig.stream.open();
      while (rig.stream.state() === 0) await Bun.sleep(0);
      const peer = await rig.accept();
      const shim = streams.shim()!;
      const guard = new GuardReceiver(shim, path);
      expect(guard.poll()).toBe(0);
      const sender = new GuardSender(shim, path);
      expect(sender.send(rig.stream.fd(), 3)).toBe(0);
      expect(guard.poll()).toBe(1);
      expect(sender.send(rig.stream.fd(), 3)).toBe(0);
      expect(guard.poll()).toBe(1);
      expect(guard.held).toBe(1); // the newer replaced the older
      expect(guard.shutdown(4)).toBe(false);
      expect(guard.shutdownAll()).toBe(1);
      for (let i = 0; i < 1000 && !peer.isEnded(); i++) await Bun.sleep(1);
      expect(peer.isEnded()).toBe(true);
      let got = rig.stream.recv(0, 10);
      for (let i = 0; i < 1000 && got === HP_EAGAIN; i++, got = rig.stream.recv(0, 10))
        await Bun.sleep(1);
      expect(got).toBe(HP_ECLOSED);
      guard.close();
      await rig.close();
      rmSync(folder, { recursive: true });
    });

    test("no guard, a bad descriptor, a second guard: each has its status", () => {
      const folder = mkdtempSync(join(tmpdir(), "hairpin-guard-"));
      const path = join(folder, "guard.sock");
      const { shim } = make();
      const sender = new GuardSender(shim, path);
      expect(sender.send(0, 1)).toBeLessThan(0);
      const guard = new GuardReceiver(shim, path);
      expect(sender.send(999_999, 1)).toBe(HP_EINVAL);
      expect(sender.send(-1, 1)).toBe(HP_EINVAL);
      expect(statusOf(() => new GuardReceiver(shim, path))).toBe(HP_EEXIST);
      if (!shim.isFake) expect(statSync(path).mode & 0o777).toBe(0o600);
      guard.close();
      const next = new GuardReceiver(shim, path); // over the file that a dead guard left
      next.close();
      rmSync(folder, { recursive: true });
    });

    test("a file that is no socket is never removed", () => {
      if (make().shim.isFake) return;
      const folder = mkdtempSync(join(tmpdir(), "hairpin-guard-"));
      const path = join(folder, "precious");
      writeFileSync(path, "x");
      expect(statusOf(() => new GuardReceiver(make().shim, path))).toBe(HP_EEXIST);
      expect(existsSync(path)).toBe(true);
      rmSync(folder, { recursive: true });
    });
  });

  suite("file lock", () => {
    test("one holder at a time; closing lets the next one in", () => {
      const folder = mkdtempSync(join(tmpdir(), "hairpin-lock-"));
      const path = cString(join(folder, "lock"));
      const { shim } = make();
      const fd = shim.hp_file_lock(path);
      expect(fd).toBeGreaterThanOrEqual(0);
      expect(shim.hp_file_lock(path)).toBe(HP_EEXIST);
      expect(shim.hp_fd_close(fd)).toBe(0);
      const next = shim.hp_file_lock(path);
      expect(next).toBeGreaterThanOrEqual(0);
      shim.hp_fd_close(next);
      rmSync(folder, { recursive: true });
    });

    test("closing what is not open is said", () => {
      const { shim } = make();
      expect(shim.hp_fd_close(-1)).toBe(HP_EINVAL);
      expect(shim.hp_fd_close(987_654)).toBe(HP_ECLOSED);
      expect(shim.hp_fd_shutdown(-1)).toBe(HP_EINVAL);
    });
  });
}
