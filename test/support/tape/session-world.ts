/** A randomised session around a recorded engine: everything that can come in, in any order. */
import * as L from "../../../src/ffi/layout.ts";
import { publishWallOffset } from "../../../src/ffi/shim-clock.ts";
import {
  ORDER_IOC,
  ORDER_POST_ONLY,
  type Strategy,
  type StrategyContext,
  z,
} from "../../../src/strategy/api.ts";
import { mulberry } from "../../e2e/helpers/mulberry.ts";
import { add, optionsOf, TOML } from "../../unit/engine/rig.ts";
import { DEVICE_TOML } from "../device-options.ts";
import { heartbeat, itch, mold } from "../itch-bytes.ts";
import { ChaosMarket } from "./chaos-market.ts";
import { ChaosVenue } from "./chaos-venue.ts";
import { type RecordedEngine, START_NS } from "./recorded-engine.ts";

const LINES = `lines = [
  { group = "239.1.1.1", port = 2001, interface = "lo" },
  { group = "239.1.1.2", port = 2001, interface = "lo" },
]`;
const NO_FAULTS = { drain: 1, chaos: 1 };

/** Options of a recorded rig: two lines, heartbeats of a second; a session for each instrument,
 * a network device for each line, if asked for. */
export function worldOptions(
  o: {
    durableAlways?: boolean;
    massCancel?: boolean;
    hasTwoSessions?: boolean;
    hasDevices?: boolean;
  } = {},
) {
  const toml = o.hasDevices ? DEVICE_TOML : TOML.replace(/^lines = .*$/m, LINES);
  const options = optionsOf(toml)[0]!;
  const [first] = options.sessions;
  const second = { ...first!, name: "other", block: 1, port: first!.port + 1 };
  const hasTwo = o.hasTwoSessions === true;
  return {
    ...options,
    durableAlways: o.durableAlways === true,
    instruments: options.instruments.map((one, i) => ({ ...one, session: hasTwo ? i : 0 })),
    sessions: (hasTwo ? [first!, second] : [first!]).map((s) => ({
      ...s,
      heartbeatS: 1,
      massCancel: o.massCancel === true,
      reconnectNs: 20e6,
    })),
    feeds: options.feeds.map((f) => ({ ...f, staleNs: 0.5e9, requestTimeoutNs: 5e6 })),
  };
}

/** Options of a recorded rig whose market data comes by a FIX session, and is soon asked for again. */
export function marketOptions(o: { style: "each" | "all"; asksStatus: boolean }) {
  const request = `{ style = "${o.style}", security_status = ${o.asksStatus}, retries = 3 }`;
  const toml = TOML.replace(
    /\[\[feed\]\][\s\S]*?\n\n/,
    `[[feed]]
name = "fix-md"
protocol = "fix"
request = ${request}

[[session]]
name = "md"
use = "market-data"
address = "127.0.0.1:9879"
sender_comp_id = "HP"
target_comp_id = "SIM"
sending_time_tolerance_s = 0

`,
  );
  const options = optionsOf(toml)[0]!;
  const sessions = options.sessions.map((s) => ({ ...s, heartbeatS: 1, reconnectNs: 20e6 }));
  const feeds = options.feeds.map((f) => ({
    ...f,
    fix: { ...f.fix!, request: { ...f.fix!.request, timeoutNs: 2e6 } },
  }));
  return { ...options, sessions, feeds };
}

/** Trades at random, by its own random numbers, its timers and what it is told. */
export const restless = {
  params: z.object({ qty: z.number().default(10) }),
  create(ctx: StrategyContext, params: { qty: number }): Strategy {
    const mine: number[] = [];
    const act = () => {
      const i = ctx.random() < 0.5 ? 0 : 1;
      const side = ctx.random() < 0.5 ? 1 : -1;
      const mid = ctx.book(i).bidPx(0) || 10_000;
      const px = Math.max(1, mid + Math.floor(ctx.random() * 7) - 3);
      const dice = ctx.random();
      const live = mine.filter((one) => ctx.orderLeaves(one) > 0);
      const slot = live[Math.floor(ctx.random() * live.length)];
      if (dice < 0.25 && slot !== undefined) ctx.cancel(slot);
      else if (dice < 0.4 && slot !== undefined) ctx.replace(slot, 2 * params.qty, px);
      else {
        const flags = dice < 0.5 ? ORDER_IOC : dice < 0.6 ? ORDER_POST_ONLY : 0;
        const sent = ctx.send(i, side, params.qty * (1 + Math.floor(ctx.random() * 5)), px, flags);
        if (sent >= 0) mine.push(sent);
      }
      if (mine.length > 20) mine.shift();
    };
    return {
      onStart: () => ctx.setTimer(1, 2e6),
      onBook: () => ctx.random() < 0.3 && act(),
      onOrder: () => ctx.random() < 0.1 && act(),
      onTimer: (id) => {
        act();
        ctx.setTimer(id, 1e6 + ctx.random() * 30e6);
      },
    } as Strategy;
  },
};

/** How the session goes. */
export interface WorldOptions {
  seed: number;
  steps: number;
  /** Of 1: how often control looks at the rings. */
  drain?: number;
  /** Of 1: how often the venue, the line and control misbehave. */
  chaos?: number;
}

export class SessionWorld {
  readonly venues: ChaosVenue[];
  /** Where the market data comes by FIX. */
  private readonly markets: ChaosMarket[];
  private readonly random: () => number;
  private readonly sent: { seq: number; bytes: Uint8Array }[] = [];
  private seq = 1;
  private ref = 1;
  private readonly refs: number[] = [];
  private readonly o: Required<WorldOptions>;
  private drains = true;

  constructor(
    private readonly engine: RecordedEngine,
    options: WorldOptions,
  ) {
    this.o = { ...NO_FAULTS, ...options };
    this.random = mulberry(options.seed);
    this.venues = engine.options.sessions.map(
      ({ use, address, port }) =>
        new (use === "market-data" ? ChaosMarket : ChaosVenue)(
          engine.shim,
          address,
          port,
          this.random,
        ),
    );
    this.markets = this.venues.filter((venue) => venue instanceof ChaosMarket);
  }

  /** The session comes up, the books open, the engine is armed. */
  open(): void {
    const { engine } = this;
    for (let i = 0; i < 200; i++) this.step(1000, false);
    this.openBooks();
    engine.ask(L.HP_CONTROL__ARM_REQUEST_W);
    for (let i = 0; i < 200; i++) this.step(1000, false);
  }

  private openBooks(): void {
    if (this.markets.length > 0) return;
    this.packet([
      itch("S", { event_code: "Q" }),
      ...["AAPL", "MSFT"].flatMap((stock, i) => [
        itch("R", { stock_locate: i + 1, stock, round_lot_size: 100 }),
        itch("H", { stock_locate: i + 1, stock, trading_state: "T" }),
        add(i + 1, this.ref++, "B", 999_900),
        add(i + 1, this.ref++, "S", 1_000_100),
      ]),
    ]);
  }

  run(): void {
    this.engine.meanwhile = () => this.meanwhile();
    for (let i = 0; i < this.o.steps; i++) this.step(this.stepNs(), true);
    this.engine.meanwhile = () => {};
  }

  /** The end in good order: cancels, logout, END on the tape. */
  stop(): void {
    const header = new Int32Array(this.engine.rings.journal);
    header[L.HP_JOURNAL__BROKEN_W] = 0;
    this.engine.stop(() => this.serve());
  }

  private serve(): void {
    for (const venue of this.venues) venue.serve();
  }

  /** What control does in the middle of a turn. */
  private meanwhile(): void {
    const dice = this.random();
    if (dice < 0.02 && this.drains) this.engine.poll();
    else if (dice < 0.022 * this.o.chaos) this.command();
  }

  private step(stepNs: number, isWild: boolean): void {
    const { engine, o, random } = this;
    if (isWild) {
      if (random() < 0.15) this.market();
      if (random() < 0.05 * o.chaos)
        this.venues[random() < 0.5 ? 0 : this.venues.length - 1]!.act();
      if (random() < 0.01 * o.chaos) this.command();
    }
    engine.turn(1, stepNs);
    this.serve();
    if (this.drains && random() < 0.2 * o.drain) engine.poll();
  }

  private stepNs(): number {
    const dice = this.random();
    if (dice < 0.8) return 1000;
    if (dice < 0.95) return 100_000;
    return dice < 0.995 ? 3e6 : 600e6;
  }

  /** One packet of the feed on both lines, either of which may lose it; sometimes a resend. */
  private market(): void {
    for (const market of this.markets) market.tell();
    if (this.markets.length > 0) return;
    const dice = this.random();
    if (dice < 0.08) this.transmit(heartbeat("RIG", this.seq));
    else if (dice < 0.16) this.recover();
    else {
      const count = 1 + Math.floor(this.random() * 4);
      this.packet(Array.from({ length: count }, () => this.message()));
    }
  }

  private packet(messages: Uint8Array[]): void {
    const bytes = mold("RIG", this.seq, messages);
    this.sent.push({ seq: this.seq, bytes });
    this.seq += messages.length;
    this.transmit(bytes);
  }

  private transmit(bytes: Uint8Array): void {
    const { engine, o, random } = this;
    for (const line of engine.options.feeds[0]!.lines) {
      if (random() < 0.1 * o.chaos && this.seq > 12) continue;
      const rxNs = random() < 0.5 ? 0 : START_NS + Math.floor(random() * 1e9);
      engine.net.sendUdp(line.group, line.port, bytes, { rxNs });
    }
  }

  /** The re-request server's answer, by the recovery ring: what is missing, or something else. */
  private recover(): void {
    const next = this.engine.path.feeds[0]!.nextSeq;
    const packet = this.sent.find((p) => p.seq >= next);
    if (packet !== undefined) this.engine.recovery.sendBytes(packet.bytes, 8, 0);
  }

  private message(): Uint8Array {
    const { random } = this;
    const locate = random() < 0.5 ? 1 : 2;
    const dice = random();
    const old = this.refs[Math.floor(random() * this.refs.length)];
    if (dice < 0.5 || old === undefined) {
      const ref = this.ref++;
      this.refs.push(ref);
      const isBuy = random() < 0.5;
      const px = isBuy
        ? 999_900 - 100 * Math.floor(random() * 4)
        : 1_000_100 + 100 * Math.floor(random() * 4);
      return add(1 + (ref % 2), ref, isBuy ? "B" : "S", px, 50 + Math.floor(random() * 100));
    }
    const order = { stock_locate: 1 + (old % 2), order_reference_number: old };
    if (dice < 0.7) return itch("E", { ...order, executed_shares: 10, match_number: 7 });
    if (dice < 0.85) {
      this.refs.splice(this.refs.indexOf(old), 1);
      return itch("D", order);
    }
    if (dice < 0.97) return itch("X", { ...order, canceled_shares: 5 });
    const stock = locate === 1 ? "AAPL" : "MSFT";
    const state = random() < 0.5 ? "H" : "T";
    return itch("H", { stock_locate: locate, stock, trading_state: state });
  }

  private command(): void {
    const { engine, random } = this;
    const dice = random();
    const word = (at: number, value: number) => engine.word(at, value);
    if (dice < 0.45) {
      // As control does: the kill bits go, then the request comes.
      if (random() < 0.85) word(L.HP_CONTROL__KILL_W, 0);
      engine.ask(L.HP_CONTROL__ARM_REQUEST_W);
    } else if (dice < 0.52) engine.ask(L.HP_CONTROL__DISARM_REQUEST_W);
    else if (dice < 0.57) word(L.HP_CONTROL__KILL_W, L.HP_KILL_CLI);
    else if (dice < 0.7) {
      publishWallOffset(engine.control, 250_000 + Math.floor(random() * 1e6));
    } else if (dice < 0.8) engine.guardBeats = random() < 0.7;
    else if (dice < 0.85) {
      word(L.HP_CONTROL__GUARD_PID_W, random() < 0.3 ? 0 : 99);
    } else if (dice < 0.95) this.drains = random() < 0.7;
    else {
      const header = new Int32Array(engine.rings.journal);
      header[L.HP_JOURNAL__BROKEN_W] = random() < 0.7 ? 0 : L.HP_EINVAL;
    }
  }
}
