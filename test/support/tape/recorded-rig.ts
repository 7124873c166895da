/** Short recorded sessions with a venue that does what a test says, and their replay. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SESSION_UP } from "../../../src/core/codes.ts";
import { fakeShim } from "../../../src/ffi/fake.ts";
import * as L from "../../../src/ffi/layout.ts";
import { replayTape } from "../../../src/replay/tape/replay-tape.ts";
import type { StrategyDefinition } from "../../../src/strategy/api.ts";
import { z } from "../../../src/strategy/api.ts";
import { add, RigVenue } from "../../unit/engine/rig.ts";
import { itch, mold } from "../itch-bytes.ts";
import { RecordedEngine, type RecordedOptions } from "./recorded-engine.ts";
import { worldOptions } from "./session-world.ts";

/** Does nothing: a test sends orders itself, in a turn. */
export const idle: StrategyDefinition = { params: z.object({}), create: () => ({}) };

/** Buys at the bid whenever the book changes. */
export const eager: StrategyDefinition = {
  params: z.object({}),
  create: (ctx, params) => ({
    onBook(i) {
      const qty = (params as { qty?: number }).qty ?? 100;
      if (ctx.armed()) ctx.send(i, 1, qty, ctx.book(i).bidPx(0), 0);
    },
  }),
};

export class RecordedRig {
  readonly directory: string;
  readonly engine: RecordedEngine;
  readonly venue: RigVenue;
  readonly strategies;
  /** Of the next message, by feed. */
  private readonly nextSeq: number[] = [];
  private readonly isOwner: boolean;

  constructor(o: Partial<RecordedOptions> & { definition?: StrategyDefinition } = {}) {
    this.isOwner = o.directory === undefined;
    this.directory = o.directory ?? mkdtempSync(join(tmpdir(), "hairpin-recorded-"));
    const { definition = idle, ...more } = o;
    this.strategies = [{ definition, params: {} as unknown }];
    this.engine = new RecordedEngine({
      options: worldOptions(),
      strategies: this.strategies,
      ...more,
      directory: this.directory,
    });
    const { address, port } = this.engine.options.sessions[0]!;
    this.venue = new RigVenue(this.engine.shim, address, port);
  }

  /** Turns with the venue answering after each. */
  serve(count: number, stepNs = 1000): void {
    for (let i = 0; i < count; i++) {
      this.engine.turn(1, stepNs);
      this.venue.serve();
    }
  }

  /** Up to a turn in which the supervisor has looked at everything. */
  look(): void {
    this.serve(64);
  }

  /** A session that is up, a live feed, two books, trading. */
  up(): this {
    this.serve(200);
    if (this.engine.path.sessions[0]!.state !== SESSION_UP)
      throw new Error("the session is not up");
    this.packet([
      itch("S", { event_code: "Q" }),
      ...["AAPL", "MSFT"].flatMap((stock, i) => [
        itch("R", { stock_locate: i + 1, stock, round_lot_size: 100 }),
        itch("H", { stock_locate: i + 1, stock, trading_state: "T" }),
        add(i + 1, 10 * i + 1, "B", 999_900),
        add(i + 1, 10 * i + 2, "S", 1_000_100),
      ]),
    ]);
    this.serve(64);
    return this;
  }

  arm(): this {
    this.engine.word(L.HP_CONTROL__KILL_W, 0);
    this.engine.ask(L.HP_CONTROL__ARM_REQUEST_W);
    this.look();
    return this;
  }

  /** The next messages of a feed, on one of its lines; `isNext` false: the other line brings them, too. */
  packet(messages: Uint8Array[], line = 0, feed = 0, isNext = true): void {
    const { byDevice, lines } = this.engine.options.feeds[feed]!;
    const { group, port } = lines[line]!;
    const seq = this.nextSeq[feed] ?? 1;
    const bytes = mold("RIG", seq, messages);
    const readers = this.engine.net.sendUdp(group, port, bytes);
    if (readers !== (byDevice ? 0 : 1)) throw new Error(`${readers} sockets listen`);
    if (isNext) this.nextSeq[feed] = seq + messages.length;
  }

  /** In good order, and on disk. */
  stop(): this {
    this.engine.stop(() => this.venue.serve());
    this.engine.save();
    return this;
  }

  /** As if the process was killed: what the rings have is saved. */
  kill(): this {
    this.engine.save();
    return this;
  }

  replay(params: unknown = {}, epoch = 1) {
    const strategies = this.strategies.map((s) => ({ ...s, params }));
    const { directory } = this;
    return replayTape(fakeShim(), { directory, engine: 0, epoch, load: async () => strategies });
  }

  remove(): void {
    if (this.isOwner) rmSync(this.directory, { recursive: true, force: true });
  }
}
