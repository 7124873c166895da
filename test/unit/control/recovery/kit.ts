/** One feed's recovery on a fake shim: an engine's end of the ring, fake connections, a clock. */
import type { Connection, ConnectionEvents } from "../../../../src/control/recovery/connection.ts";
import { HoleRoute } from "../../../../src/control/recovery/hole-route.ts";
import { SliceWriter } from "../../../../src/control/recovery/slice-writer.ts";
import type { MakeSnapshotProtocol } from "../../../../src/control/recovery/snapshot-protocol.ts";
import { SnapshotRuns } from "../../../../src/control/recovery/snapshot-runs.ts";
import {
  CONTROL_BLOCK_SIZE,
  ControlBlock,
  type FeedBlock,
} from "../../../../src/core/control-block.ts";
import {
  SLICE_ABANDON,
  SLICE_BEGIN,
  SLICE_END,
  SLICE_HEADER_BYTES,
  SLICE_MESSAGES,
} from "../../../../src/feed/slices.ts";
import * as L from "../../../../src/ffi/layout.ts";

export const SESSION = "20261120A ";

export const ascii = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));

export function feedBlock(): FeedBlock {
  const buffer = new ArrayBuffer(CONTROL_BLOCK_SIZE);
  const block = { buffer, offset: 0, size: buffer.byteLength, addr: 4096 };
  const options = { epoch: 1, engineCount: 1, feedCount: 1, sessionCount: 1, configHash: 0 };
  const feed = ControlBlock.create(block, { ...options, launcherPid: 1, sessionStartS: 0 }).feed(0);
  feed.session.set(ascii(SESSION));
  return feed;
}

/** What the engine tells: messages from <= seq < to are missing; 0, 0: none. */
export function announce(feed: FeedBlock, from: number, to: number): void {
  feed.doubles[L.HP_FEED__GAP_FROM_D] = from;
  feed.doubles[L.HP_FEED__NEXT_SEQ_D] = from;
  feed.doubles[L.HP_FEED__GAP_TO_D] = to;
  feed.words[L.HP_FEED__GAP_SEQ_W]!++;
}

export type Slice =
  | { kind: "begin"; session: string }
  | { kind: "messages"; messages: string[] }
  | { kind: "end"; sequence: number }
  | { kind: "abandon" };

export function readSlice(bytes: Uint8Array): Slice {
  const buffer = Buffer.from(bytes);
  switch (bytes[0]) {
    case SLICE_BEGIN:
      return { kind: "begin", session: buffer.toString("latin1", 16, 26) };
    case SLICE_END:
      return { kind: "end", sequence: buffer.readDoubleLE(8) };
    case SLICE_ABANDON:
      return { kind: "abandon" };
    case SLICE_MESSAGES: {
      const messages: string[] = [];
      for (let at = SLICE_HEADER_BYTES; at < bytes.length; ) {
        const size = buffer.readUInt16BE(at);
        messages.push(buffer.toString("latin1", at + 2, at + 2 + size));
        at += 2 + size;
      }
      return { kind: "messages", messages };
    }
    default:
      throw new Error(`no slice: ${buffer.toString("hex")}`);
  }
}

/** The client's end of a connection, seen from the server. */
export class FakeConnection implements Connection {
  readonly sent: Uint8Array[] = [];
  isPaused = false;
  isClosed = false;

  constructor(readonly events: ConnectionEvents) {}

  send(bytes: Uint8Array): void {
    this.sent.push(bytes.slice());
  }

  pause(on: boolean): void {
    this.isPaused = on;
  }

  close(): void {
    this.isClosed = true;
  }

  /** From the server; cut into pieces of `piece` bytes. */
  give(bytes: Uint8Array, piece = bytes.length): void {
    for (let at = 0; at < bytes.length; at += piece) {
      this.events.onData(bytes.subarray(at, at + piece));
    }
  }

  /** All that was sent since the last call, as text. */
  take(): string {
    const all = Buffer.concat(this.sent).toString("latin1");
    this.sent.length = 0;
    return all;
  }
}

export interface RunRig {
  feed: FeedBlock;
  clock: { ms: number };
  route: HoleRoute;
  runs: SnapshotRuns;
  slices: Slice[];
  notices: string[];
  connections: FakeConnection[];
  ring: { room: number };
  /** The connection made last. */
  now(): FakeConnection;
  /** Polls once, `ms` later. */
  later(ms: number): void;
}

export function runRig(
  protocol: MakeSnapshotProtocol,
  options: { hasMessages?: boolean; retries?: number; messagesMax?: number } = {},
): RunRig {
  const feed = feedBlock();
  const clock = { ms: 0 };
  const slices: Slice[] = [];
  const notices: string[] = [];
  const connections: FakeConnection[] = [];
  const ring = { room: Number.POSITIVE_INFINITY };
  const { hasMessages = false, retries = 3, messagesMax = 1000 } = options;
  const route = new HoleRoute({ feed, hasMessages, hasSnapshot: true, messagesMax });
  const writer = new SliceWriter({
    hasRoom: (count) => ring.room >= count,
    send(slice) {
      if (ring.room < 1) throw new Error("a slice without room");
      ring.room--;
      slices.push(readSlice(slice));
      return true;
    },
  });
  const runs = new SnapshotRuns({
    feed,
    route,
    slices: writer,
    ...{ host: "127.0.0.1", port: 4000, timeoutMs: 1000, pauseMs: 100, retries, protocol },
    nowMs: () => clock.ms,
    connect(_host, _port, events) {
      const connection = new FakeConnection(events);
      connections.push(connection);
      return connection;
    },
    notice: (sentence) => notices.push(sentence),
  });
  return {
    ...{ feed, clock, route, runs, slices, notices, connections, ring },
    now: () => connections.at(-1)!,
    later(ms) {
      clock.ms += ms;
      runs.poll();
    },
  };
}
