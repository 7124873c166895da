import { describe, expect, test } from "bun:test";
import { HP_EAGAIN, HP_ECLOSED, HP_EINVAL, HP_EREFUSED, HP_ERESET } from "../../src/ffi/layout.ts";
import { STREAM_CONNECTING, STREAM_UP, type Stream } from "../../src/net/stream.ts";
import { until } from "./backends.ts";
import { type Peer, STREAM_BACKENDS, type StreamRig } from "./stream-rigs.ts";

async function connect(rig: StreamRig): Promise<Peer> {
  expect(rig.stream.open()).toBeGreaterThanOrEqual(0);
  await until(() => (rig.stream.state() === STREAM_UP ? true : undefined), "the connect");
  return rig.accept();
}

/** Receives until `length` bytes are in rx, from offset 0. */
async function receive(stream: Stream, length: number): Promise<Uint8Array> {
  let have = 0;
  await until(() => {
    const got = stream.recv(have, stream.rx.length - have);
    if (got > 0) have += got;
    else expect(got).toBe(HP_EAGAIN);
    return have >= length ? true : undefined;
  }, `${length} bytes`);
  return stream.rx.slice(0, have);
}

/** Waits for recv to give something other than "nothing now". */
function verdict(stream: Stream): Promise<number> {
  return until(() => {
    const got = stream.recv(0, 100);
    return got === HP_EAGAIN ? undefined : got;
  }, "the stream to end");
}

/** Everything the peer gets until it has `length` bytes. */
async function peerReads(peer: Peer, length: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let have = 0;
  await until(() => {
    const part = peer.read();
    have += part.length;
    parts.push(part);
    return have >= length ? true : undefined;
  }, `${length} bytes at the peer`);
  return Buffer.concat(parts);
}

for (const backend of STREAM_BACKENDS) {
  const title = backend.skipped === undefined ? "" : ` (skipped: ${backend.skipped})`;
  describe.skipIf(backend.skipped !== undefined)(`Stream: ${backend.name}${title}`, () => {
    const withRig = async (use: (rig: StreamRig) => Promise<void>) => {
      const rig = await backend.open();
      try {
        await use(rig);
      } finally {
        await rig.close();
      }
    };

    test("before open() it is closed, and says so to every call", () =>
      withRig(async ({ stream }) => {
        expect(stream.state()).toBe(HP_ECLOSED);
        expect(stream.send(0, 1)).toBe(HP_ECLOSED);
        expect(stream.recv(0, 1)).toBe(HP_ECLOSED);
        expect(stream.fd()).toBe(-1);
      }));

    test("tx and txWords are the same memory", () =>
      withRig(async ({ stream }) => {
        stream.txWords[3] = 0x04030201;
        expect([...stream.tx.subarray(12, 16)]).toEqual([1, 2, 3, 4]);
        expect(stream.txWords.length).toBe(stream.tx.length >> 2);
      }));

    test("bytes go both ways from and to the offsets given", () =>
      withRig(async (rig) => {
        const peer = await connect(rig);
        rig.stream.tx.set(Buffer.from("..hello.."));
        expect(rig.stream.send(2, 5)).toBe(5);
        expect((await peerReads(peer, 5)).toString()).toBe("hello");
        peer.write(Buffer.from("world"));
        const got = await until(() => {
          const count = rig.stream.recv(10, 100);
          return count === HP_EAGAIN ? undefined : count;
        }, "an answer");
        expect(got).toBe(5);
        expect(Buffer.from(rig.stream.rx.subarray(10, 15)).toString()).toBe("world");
      }));

    test("with nothing to read, recv says try again", () =>
      withRig(async (rig) => {
        await connect(rig);
        expect(rig.stream.recv(0, 100)).toBe(HP_EAGAIN);
      }));

    test("recv takes no more than asked, and the rest comes next", () =>
      withRig(async (rig) => {
        const peer = await connect(rig);
        peer.write(Buffer.from("abcdefgh"));
        await until(() => {
          const got = rig.stream.recv(0, 3);
          return got === HP_EAGAIN ? undefined : got;
        }, "three bytes");
        expect(Buffer.from(rig.stream.rx.subarray(0, 3)).toString()).toBe("abc");
        expect(Buffer.from(await receive(rig.stream, 5)).toString()).toBe("defgh");
      }));

    test("offsets and lengths outside the arenas are refused", () =>
      withRig(async (rig) => {
        await connect(rig);
        const { stream } = rig;
        for (const [offset, length] of [
          [-1, 10],
          [0, 0],
          [0, -1],
          [0, stream.tx.length + 1],
          [stream.tx.length, 1],
        ] as const) {
          expect(stream.send(offset, length)).toBe(HP_EINVAL);
          expect(stream.recv(offset, length)).toBe(HP_EINVAL);
        }
      }));

    test("a stalled peer gives a partial send, then try again; no byte is lost or sent twice", () =>
      withRig(async (rig) => {
        const peer = await connect(rig);
        const { stream } = rig;
        for (let i = 0; i < stream.tx.length; i++) stream.tx[i] = (i * 7 + (i >> 8)) & 255;
        peer.stall();
        let taken = 0;
        let sawPartial = false;
        const pump = () => {
          for (let i = 0; i < 10_000; i++) {
            const offset = taken % stream.tx.length;
            const length = stream.tx.length - offset;
            const count = stream.send(offset, length);
            if (count === HP_EAGAIN) return true;
            expect(count).toBeGreaterThan(0);
            taken += count;
            sawPartial ||= count < length;
          }
          return false;
        };
        expect(pump()).toBe(true);
        expect(sawPartial).toBe(true);
        // The event loop may still move bytes of a kernel peer that has just been paused.
        await Bun.sleep(1);
        expect(pump()).toBe(true);
        peer.resume();
        const got = await peerReads(peer, taken);
        expect(got.length).toBe(taken);
        let wrong = 0;
        for (let i = 0; i < taken; i++) if (got[i] !== stream.tx[i % stream.tx.length]) wrong++;
        expect(wrong).toBe(0);
        expect(await until(() => (stream.send(0, 1) === 1 ? 1 : undefined), "room")).toBe(1);
      }));

    if (!backend.tellsEnds) {
      test("it opens again, empty, on the same arenas", () =>
        withRig(async (rig) => {
          const first = await connect(rig);
          const { rx, tx } = rig.stream;
          expect(rig.stream.send(0, 5)).toBe(5);
          first.write(Buffer.from("old"));
          const second = await connect(rig);
          expect(rig.stream.rx).toBe(rx);
          expect(rig.stream.tx).toBe(tx);
          expect(rig.stream.recv(0, 10)).toBe(HP_EAGAIN);
          rig.stream.tx[0] = 65;
          expect(rig.stream.send(0, 1)).toBe(1);
          expect((await peerReads(second, 1)).toString()).toBe("A");
        }));

      test("closed, it answers that it is closed, and closing twice is harmless", () =>
        withRig(async (rig) => {
          await connect(rig);
          rig.stream.close();
          rig.stream.close();
          expect(rig.stream.state()).toBe(HP_ECLOSED);
          expect(rig.stream.send(0, 1)).toBe(HP_ECLOSED);
          expect(rig.stream.recv(0, 1)).toBe(HP_ECLOSED);
        }));
    }

    if (backend.tellsEnds)
      test("a peer that ends is read to its last byte, then closed", () =>
        withRig(async (rig) => {
          const peer = await connect(rig);
          peer.write(Buffer.from("bye"));
          peer.end();
          expect(Buffer.from(await receive(rig.stream, 3)).toString()).toBe("bye");
          expect(await verdict(rig.stream)).toBe(HP_ECLOSED);
          expect(rig.stream.state()).toBe(HP_ECLOSED);
          expect(rig.stream.recv(0, 10)).toBe(HP_ECLOSED);
        }));

    if (backend.tellsEnds)
      test("a peer that resets is told as a reset, and stays so", () =>
        withRig(async (rig) => {
          const peer = await connect(rig);
          peer.reset();
          expect(await verdict(rig.stream)).toBe(HP_ERESET);
          expect(rig.stream.state()).toBe(HP_ERESET);
          expect(rig.stream.send(0, 1)).toBe(HP_ERESET);
        }));

    if (backend.tellsEnds)
      test("close() ends it for the peer, and closing twice is harmless", () =>
        withRig(async (rig) => {
          const peer = await connect(rig);
          rig.stream.close();
          rig.stream.close();
          expect(rig.stream.state()).toBe(HP_ECLOSED);
          expect(rig.stream.send(0, 1)).toBe(HP_ECLOSED);
          await until(() => (peer.isEnded() ? true : undefined), "the peer to hear");
        }));

    if (backend.tellsEnds)
      test("it opens again after the peer has gone, on the same arenas", () =>
        withRig(async (rig) => {
          const first = await connect(rig);
          const { rx, tx } = rig.stream;
          first.reset();
          await verdict(rig.stream);
          const second = await connect(rig);
          expect(rig.stream.rx).toBe(rx);
          expect(rig.stream.tx).toBe(tx);
          rig.stream.tx[0] = 65;
          expect(rig.stream.send(0, 1)).toBe(1);
          expect((await peerReads(second, 1)).toString()).toBe("A");
        }));

    test("opening and closing 200 times leaves no descriptor behind", async () => {
      const cycle = () =>
        withRig(async (rig) => {
          expect(rig.stream.open()).toBeGreaterThanOrEqual(0);
          await until(() => (rig.stream.state() === STREAM_UP ? true : undefined), "the connect");
          await rig.accept();
        });
      for (let i = 0; i < 5; i++) await cycle();
      await Bun.sleep(20);
      const before = backend.openFiles();
      for (let i = 0; i < 200; i++) await cycle();
      // The peer's side of a kernel connection closes a little later than ours.
      await until(() => (backend.openFiles() <= before ? true : undefined), "descriptors to close");
    });

    if (backend.refuses)
      test("where nobody listens, the connect is refused and stays so", async () => {
        const { stream, close } = backend.openNowhere();
        expect(stream.open()).toBeGreaterThanOrEqual(0);
        const state = await until(() => {
          const now = stream.state();
          return now === STREAM_CONNECTING ? undefined : now;
        }, "the refusal");
        expect(state).toBe(HP_EREFUSED);
        expect(stream.send(0, 1)).toBe(HP_EREFUSED);
        expect(stream.state()).toBe(HP_EREFUSED);
        close();
      });
  });
}
