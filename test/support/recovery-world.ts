/**
 * The simulator's exchange with its servers of recovery on real sockets, a feed as the engine builds
 * it, and control's recovery between the two. Packets of the lines go from the exchange to the feed
 * by hand, so that a test says which are lost; a second feed hears everything and is what the first
 * one is to become.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectTcp } from "../../src/control/recovery/connection.ts";
import { FeedRecovery } from "../../src/control/recovery/feed-recovery.ts";
import type { FeedRecoveryOptions } from "../../src/control/recovery/role-options.ts";
import { Arena } from "../../src/core/arena.ts";
import { FEED_LIVE } from "../../src/core/codes.ts";
import type { FeedBlock } from "../../src/core/control-block.ts";
import { fakeShim } from "../../src/ffi/fake.ts";
import { HP_FEED__SESSION, HP_FEED__SESSION_N } from "../../src/ffi/layout.ts";
import { RECOVERY_LINE } from "../../src/net/desc.ts";
import { RingPort } from "../../src/net/ring-port.ts";
import { RingWriter, ringBytes } from "../../src/net/ring-writer.ts";
import { Exchange } from "../../src/sim/exchange.ts";
import { type SimOptionsInput, simOptionsSchema } from "../../src/sim/options.ts";
import { openRerequest, openTcp } from "../../src/sim/sockets.ts";
import { LiveSimClock } from "../../src/sim/transport.ts";
import { LINES, openFeed, type Rig } from "./feed-rigs/rig.ts";

export const SYMBOLS = ["AAA", "BBB", "CCC"];
const HOST = "127.0.0.1";
const UNIT = 3;
const RING_BYTES = 1 << 16;
/** No test waits longer. */
const WAIT_MS_MAX = 5000;

export interface WorldOptions {
  protocol: "itch50" | "pitch";
  /** Whom control asks. */
  asks: { messages?: boolean; snapshot?: boolean };
  holeMessages?: number;
  retries?: number;
  timeoutMs?: number;
  /** True: it hears the lines from the first packet on. */
  isEarly?: boolean;
  sim?: SimOptionsInput;
  feed?: Rig["options"];
}

/** What the lines do with packets for the feed under test. */
export type Line = "heard" | "lost";

const FEED = {
  windowNs: 1e6,
  holdPackets: 4096,
  requestTimeoutNs: 20e6,
  requestRetries: 1000,
  recovers: true,
  maxOrders: 1 << 14,
  maxLevels: 1 << 12,
};

export class World {
  exchange: Exchange;
  line: Line = "lost";
  readonly notices: string[] = [];
  readonly feed: ReturnType<typeof openFeed>;
  readonly whole: ReturnType<typeof openFeed>;
  recovery!: FeedRecovery;
  /** False: the engine does not look into its recovery ring. */
  drains = true;
  private readonly startNs = Bun.nanoseconds();
  private readonly closers: (() => void)[] = [];
  private readonly port: RingPort;
  private readonly writer: RingWriter;

  private constructor(readonly options: WorldOptions) {
    const shim = fakeShim();
    const arena = Arena.alloc(shim, RING_BYTES * 2 + (1 << 16));
    const memory = arena.take(ringBytes(RING_BYTES), 64);
    this.port = new RingPort(shim, arena, { name: "recovery", memory, create: true });
    this.writer = new RingWriter(shim, arena, memory, false, 9216);
    if (options.isEarly === true) this.line = "heard";
    const rig = this.rig();
    this.feed = openFeed(rig, FEED);
    this.whole = openFeed(rig, FEED);
    this.exchange = this.open("ONE");
  }

  static async start(options: WorldOptions): Promise<World> {
    const world = new World(options);
    try {
      await world.serve();
      return world;
    } catch (error) {
      world.close();
      throw error;
    }
  }

  /** An exchange that takes the place of the one before: another session of the feed. */
  next(session: string): void {
    this.exchange.stop();
    this.exchange = this.open(session);
    this.exchange.start();
  }

  /** Turns the world until `done`, or fails after a while. */
  async until(done: () => boolean, what: string): Promise<void> {
    const end = performance.now() + WAIT_MS_MAX;
    while (!done()) {
      if (performance.now() > end) throw new Error(`${what} did not happen: ${this.text()}`);
      await this.turn();
    }
  }

  /** Nobody hears the lines for a while. */
  async lose(ms: number): Promise<void> {
    this.line = "lost";
    await this.run(ms);
    this.line = "heard";
  }

  async run(ms: number): Promise<void> {
    const end = performance.now() + ms;
    while (performance.now() < end) await this.turn();
  }

  async turn(): Promise<void> {
    this.exchange.tick();
    this.recovery.poll();
    this.drain();
    this.feed.handler.poll(this.nowNs());
    this.whole.handler.poll(this.nowNs());
    await Bun.sleep(1);
  }

  /** Ends the flow, and waits until the feed has all that there is. */
  async settle(): Promise<void> {
    this.exchange.quiesce();
    const { feed, whole } = this;
    const isWhole = () =>
      feed.handler.state === FEED_LIVE &&
      feed.handler.nextSeq === this.exchange.feed.nextSequence &&
      whole.handler.nextSeq === feed.handler.nextSeq;
    await this.until(isWhole, "the feed's recovery");
  }

  /** Books, flags and trading states of a feed, to be compared. */
  picture(feed: ReturnType<typeof openFeed>): unknown {
    return feed.symbols.map((symbol, i) => ({
      symbol,
      flags: feed.books.flags(i),
      status: feed.market.columns.status[i],
      levels: feed.books.levels(i),
    }));
  }

  text(): string {
    const { state, nextSeq, highSeq } = this.feed.handler;
    return JSON.stringify({ state, nextSeq, highSeq, notices: this.notices });
  }

  close(): void {
    this.recovery?.close();
    this.exchange.stop();
    for (const close of this.closers.reverse()) close();
  }

  private rig(): Rig {
    const { protocol, feed } = this.options;
    return {
      name: protocol,
      options: {
        protocol,
        ...(protocol === "pitch" ? { pitch: { unit: UNIT, edition: "us-equities" } } : {}),
        ...feed,
      },
      symbols: SYMBOLS,
      packets: () => [],
      answer: () => [],
    } as Rig;
  }

  private open(session: string): Exchange {
    const { protocol, sim } = this.options;
    const options = simOptionsSchema.parse({
      protocol,
      session,
      unit: UNIT,
      symbols: SYMBOLS.map((symbol, i) => ({ symbol, px: 50 + i })),
      heartbeatMs: 10,
      flow: { rate: 3000, ordersPerSymbol: 60 },
      ...sim,
    });
    const send = (line: number, bytes: Uint8Array) => this.onPacket(line, bytes);
    return new Exchange(options, { clock: new LiveSimClock(), feed: { send } });
  }

  private onPacket(line: number, bytes: Uint8Array): void {
    const now = this.nowNs();
    // Behind the lines: the gap group.
    const isGap = line >= LINES;
    if (isGap || this.line === "heard") {
      this.feed.send(bytes, isGap ? RECOVERY_LINE : line, now);
    }
    this.whole.send(bytes, isGap ? RECOVERY_LINE : line, now);
  }

  private drain(): void {
    if (!this.drains) return;
    const count = this.port.rxBurst();
    for (let i = 0; i < count; i++) this.feed.handler.onPacket(this.port, i, this.nowNs());
    this.port.rxRelease();
  }

  private nowNs(): number {
    return Bun.nanoseconds() - this.startNs;
  }

  /** Servers that belong to whatever exchange there is, and control's end. */
  private async serve(): Promise<void> {
    const isPitch = this.options.protocol === "pitch";
    const { options } = this.exchange;
    const tcp = (whom: string, accept: Parameters<typeof openTcp>[3]) => {
      const server = openTcp(whom, HOST, 0, accept);
      this.closers.push(() => server.stop(true));
      return server.port;
    };
    const recovery = () => this.exchange.feed.recovery;
    let rerequest: number;
    let snapshot: number;
    let ask: (datagram: Uint8Array) => void = () => {};
    if (isPitch) {
      rerequest = tcp("gap requests", (transport) => recovery().accept!(transport));
      snapshot = tcp("spins", (transport) => recovery().acceptSpin!(transport));
    } else {
      snapshot = tcp("GLIMPSE", (transport) => recovery().acceptGlimpse!(transport));
      const server = await openRerequest({ ...options, interface: HOST }, (bytes, reply) =>
        recovery().onRequest!(bytes, reply),
      );
      this.closers.push(() => server.close());
      rerequest = server.port;
      const socket = await Bun.udpSocket({
        connect: { hostname: HOST, port: rerequest },
        socket: {
          data: (_socket, packet) => this.recovery.gaps?.onReply(packet),
          error: () => {},
        },
      });
      this.closers.push(() => socket.close());
      ask = (datagram) => void socket.send(datagram);
    }
    const { block } = this.feed;
    this.recovery = new FeedRecovery({
      options: this.recoveryOptions(rerequest, snapshot),
      feed: controlBlockOf(block),
      writer: this.writer,
      nowMs: () => performance.now(),
      connect: connectTcp,
      sendRequest: (datagram) => ask(datagram),
      log: (sentence) => this.notices.push(sentence),
    });
    this.exchange.start();
  }

  private recoveryOptions(rerequest: number, snapshot: number): FeedRecoveryOptions {
    const { protocol, asks, holeMessages = 100_000, retries = 3, timeoutMs = 500 } = this.options;
    const isPitch = protocol === "pitch";
    const folder = mkdtempSync(join(tmpdir(), "hairpin-recovery-"));
    this.closers.push(() => rmSync(folder, { recursive: true, force: true }));
    const passwordFile = join(folder, "password");
    writeFileSync(passwordFile, "secret\n", { mode: 0o600 });
    const login = { sessionSubId: "0001", username: "HPN", passwordFile };
    const messages = { host: HOST, port: rerequest, timeoutMs: 20, retries: 10 };
    const asksMessages = asks.messages === true;
    return {
      name: "test",
      rerequest: asksMessages && !isPitch ? messages : null,
      grp:
        asksMessages && isPitch
          ? { ...messages, ...login, unit: UNIT, countMax: 100, pauseMs: 20 }
          : null,
      snapshot:
        asks.snapshot === true
          ? {
              ...login,
              ...{ host: HOST, port: snapshot, timeoutMs, retries, holeMessages, pauseMs: 20 },
              protocol: isPitch ? "spin" : "glimpse",
              checksSession: true,
            }
          : null,
    };
  }
}

/** The engine's hp_feed as control sees it. */
function controlBlockOf(block: ReturnType<typeof openFeed>["block"]): FeedBlock {
  const { words, doubles, bytes } = block;
  return {
    words: new Int32Array(words.buffer, words.byteOffset, words.length),
    doubles,
    session: bytes.subarray(HP_FEED__SESSION, HP_FEED__SESSION + HP_FEED__SESSION_N),
  } as unknown as FeedBlock;
}
