/**
 * A live path with its supervisor on the fake shim: sockets, rings, guard and time are the fake
 * network's, the venue is scripted, packets are made by the test. Time moves only by turn().
 */

import { Arena, Region, wholeBlock } from "../../../src/core/arena.ts";
import { SESSION_UP } from "../../../src/core/codes.ts";
import { CONTROL_BLOCK_SIZE, ControlBlock } from "../../../src/core/control-block.ts";
import { Histogram } from "../../../src/core/histogram.ts";
import { feedBlockOf } from "../../../src/engine/blocks.ts";
import { engineOptions } from "../../../src/engine/from-config.ts";
import { GuardWatch } from "../../../src/engine/guard-look.ts";
import { guardTag } from "../../../src/engine/link.ts";
import type { EngineOptions } from "../../../src/engine/options.ts";
import { buildPath, makeInstruments, type Path, startPath } from "../../../src/engine/path.ts";
import { EngineKill, Supervisor } from "../../../src/engine/supervisor.ts";
import { type FakeShim, fakeShim } from "../../../src/ffi/fake.ts";
import type { FakePeer } from "../../../src/ffi/fake-tcp.ts";
import * as L from "../../../src/ffi/layout.ts";
import { ShimClock } from "../../../src/ffi/shim-clock.ts";
import { showMessage, wrapMessage } from "../../../src/fix/codec/text.ts";
import { GuardReceiver, GuardSender } from "../../../src/net/guard-sockets.ts";
import type { Port } from "../../../src/net/port.ts";
import { RingPort } from "../../../src/net/ring-port.ts";
import { RingWriter, ringBytes } from "../../../src/net/ring-writer.ts";
import { TcpStream } from "../../../src/net/tcp-stream.ts";
import { UdpPort } from "../../../src/net/udp-port.ts";
import { GateSwitch } from "../../../src/risk/switch.ts";
import type { Strategy, StrategyContext } from "../../../src/strategy/api.ts";
import { z } from "../../../src/strategy/api.ts";
import { itch, mold } from "../../support/itch-bytes.ts";
import { MemoryJournal } from "../../support/memory-journal.ts";
import { load } from "../config/fixture.ts";

export const START_NS = 36_000e9;
const GUARD = "/fake/guard";
const STREAM_BYTES = 1 << 17;

export const TOML = `[appliance]
name = "rig"

[[engine]]
name = "main"

[[feed]]
name = "itch"
lines = [{ group = "239.1.1.1", port = 2001, interface = "lo" }]
rerequest = { address = "127.0.0.1:2101" }

[[session]]
name = "venue"
address = "127.0.0.1:9878"
sender_comp_id = "HP"
target_comp_id = "SIM"
# The scripted venue has no clock.
sending_time_tolerance_s = 0

[[instrument]]
symbol = "AAPL"
price_unit = 0.01

[[instrument]]
symbol = "MSFT"
price_unit = 0.01

[[strategy]]
name = "test"
uses = "maker"

[risk]
max_order_qty = 1000
max_order_notional = 1_000_000
collar_pct = 5
max_position = 1000
max_exposure = 1_000_000
max_open_orders = 64
orders_per_s = 1000
cancels_per_s = 1000
max_loss = 100_000
`;

/** Options of every engine of a config, which must be right. */
export function optionsOf(toml = TOML): EngineOptions[] {
  const { config, problems } = load(toml);
  if (config === undefined) throw new Error(problems.map((p) => p.message).join("; "));
  return engineOptions(config);
}

/** The venue's end of the order sessions: answers logon, test requests and logout by itself. */
export class RigVenue {
  /** Order messages received, with | for SOH. */
  readonly orders: string[] = [];
  readonly logouts: string[] = [];
  isSilent = false;
  peer: FakePeer | undefined;
  private readonly listener;
  private seq = 1;
  private execs = 0;

  constructor(shim: FakeShim, address: number, port: number) {
    this.listener = shim.network.listen(address, port);
  }

  serve(): void {
    const accepted = this.listener.accept();
    if (accepted !== undefined) this.peer = accepted;
    if (this.peer === undefined) return;
    const messages = showMessage(this.peer.read()).match(/8=FIX.*?\|10=\d{3}\|/g) ?? [];
    for (const message of messages) this.answer(message);
  }

  say(type: string, body: string): void {
    const head = `35=${type}|34=${this.seq++}|49=SIM|56=HP|52=20261120-10:00:00.000|`;
    if (!this.isSilent) this.peer?.write(wrapMessage(head + body));
  }

  /** An ExecutionReport on an order message: fields that are not given are those of the message. */
  report(message: string, execType: string, status: string, more = ""): void {
    const f = (tag: number) => field(message, tag);
    const orig = f(41) === "" ? "" : `41=${f(41)}|`;
    const done = status === "4" || status === "8" || status === "2";
    const leaves = done ? "0" : f(38);
    const id = `37=V1|17=E${++this.execs}|150=${execType}|39=${status}|11=${f(11)}|${orig}`;
    const rest = `55=${f(55)}|54=${f(54)}|38=${f(38)}|44=${f(44) || "1"}|151=${leaves}|`;
    this.say("8", `${id}${rest}${more === "" ? "14=0|" : more}6=0|`);
  }

  private answer(message: string): void {
    const type = field(message, 35);
    if (type === "A") this.say("A", "98=0|108=30|");
    else if (type === "1") this.say("0", `112=${field(message, 112)}|`);
    else if (type === "5") {
      this.logouts.push(message);
      this.say("5", "");
    } else if (type !== "0") this.orders.push(message);
  }
}

export function field(message: string, tag: number): string {
  return new RegExp(`\\|${tag}=([^|]*)\\|`).exec(message)?.[1] ?? "";
}

export interface RigOptions {
  toml?: string;
  create?: (ctx: StrategyContext) => Strategy;
  /** Instead of the feed's sockets. */
  port?: Port;
  hasGuard?: boolean;
  arm?: boolean;
  isKilled?: boolean;
  /** Kill bits, or another word, before the supervisor begins. */
  prepare?: (rig: Rig) => void;
}

export class Rig {
  readonly shim = fakeShim();
  readonly net = this.shim.network;
  readonly control: ControlBlock;
  readonly block;
  readonly journal = new MemoryJournal();
  readonly gateSwitch = new GateSwitch();
  readonly kill: EngineKill;
  readonly clock: ShimClock;
  readonly path: Path;
  readonly supervisor: Supervisor;
  readonly venue: RigVenue;
  readonly guard: GuardReceiver | undefined;
  readonly recovery: RingWriter;
  readonly options: EngineOptions;
  /** hp_tcp_send calls since the start. */
  sends = 0;
  /** The guard beats at every turn. */
  guardBeats = true;
  sequence = 1;

  constructor(o: RigOptions = {}) {
    const { shim, net } = this;
    net.setTime(START_NS);
    const plainSend = shim.hp_tcp_send;
    shim.hp_tcp_send = (stream, offset, length) => {
      this.sends++;
      return plainSend(stream, offset, length);
    };
    this.options = optionsOf(o.toml)[0]!;
    const { options } = this;
    this.control = ControlBlock.create(wholeBlock(Region.alloc(shim, CONTROL_BLOCK_SIZE)), {
      epoch: 1,
      engineCount: 1,
      feedCount: 1,
      sessionCount: 1,
      configHash: 7,
      launcherPid: 1,
      sessionStartS: 1.7e9,
    });
    this.block = this.control.engine(0);
    const clock = new ShimClock(shim, this.control);
    this.clock = clock;
    this.kill = new EngineKill(this.control.words, this.gateSwitch);
    const arena = Arena.alloc(shim, 1 << 20);
    const memory = arena.take(ringBytes(1 << 16));
    const recovery = new RingPort(shim, arena, { name: "recovery", memory, create: true });
    this.recovery = new RingWriter(shim, arena, memory, false);
    const address = options.sessions[0]!;
    this.venue = new RigVenue(shim, address.address, address.port);
    const streams = options.sessions.map(
      (s) => new TcpStream(shim, arena, { ...s, rxSize: STREAM_BYTES, txSize: STREAM_BYTES }),
    );
    const strategy = { params: z.object({}), create: o.create ?? (() => ({})) };
    this.path = buildPath({
      options,
      instruments: makeInstruments(options),
      clock,
      journal: this.journal,
      counters: this.block.counters,
      ports: [o.port ?? new UdpPort(shim, arena, { name: "itch", lines: options.feeds[0]!.lines })],
      recoveries: [recovery],
      feedBlocks: [feedBlockOf(this.control.feed(0))],
      streams,
      sessionBlocks: [undefined],
      sequences: [{ nextOut: 1, nextIn: 1 }],
      epoch: 1,
      sessionStartS: 1.7e9,
      gateSwitch: this.gateSwitch,
      kill: this.kill,
      strategies: [{ definition: strategy, params: {} }],
      latency: new Histogram(this.block.latency),
      wire: new Histogram(this.block.wire),
      turn: new Histogram(this.block.turn),
      isShadow: false,
    });
    if (o.hasGuard !== false) {
      this.guard = new GuardReceiver(fakeShim(net), GUARD);
      this.word(L.HP_CONTROL__GUARD_PID_W, 99);
      this.word(L.HP_CONTROL__GUARD_GENERATION_W, 1);
    }
    o.prepare?.(this);
    this.supervisor = new Supervisor({
      guardWatch: new GuardWatch(this.control.words),
      ...this.path,
      control: this.control,
      engine: this.block,
      clock,
      shimClock: clock,
      guardTags: [guardTag(3, 5)],
      guard: o.hasGuard === false ? null : new GuardSender(shim, GUARD),
      gateSwitch: this.gateSwitch,
      kill: this.kill,
      journal: this.journal,
      configHash: -7,
      armSeen: 0,
      counters: this.block.counters,
    });
    this.path.relay.watcher = this.supervisor;
    this.supervisor.begin(o.isKilled === true, o.arm === true);
    startPath(this.path, clock);
  }

  /** Sets a word of hp_control. */
  word(at: number, value: number): void {
    Atomics.store(this.control.words, at, value);
  }

  /** Asks for something as control does: by one more. */
  ask(at: number): void {
    Atomics.add(this.control.words, at, 1);
  }

  /** Turns of the engine, 1 us apart; the venue answers after each. */
  turn(count = 1, stepNs = 1000): void {
    for (let i = 0; i < count && !this.supervisor.done; i++) {
      this.net.advance(stepNs);
      if (this.guardBeats) this.ask(L.HP_CONTROL__GUARD_BEAT_W);
      this.path.loop.turn();
      this.supervisor.onTurn(this.path.loop.turns);
      this.venue.serve();
    }
  }

  /** At least one look of the supervisor at everything, figures too. */
  settle(stepNs = 1000): void {
    this.turn(1024, stepNs);
  }

  /** A session that is up, a feed that is live, two books, trading. */
  up(): this {
    this.turn(200);
    if (this.path.sessions[0]!.state !== SESSION_UP) throw new Error("the session is not up");
    this.packet([
      itch("S", { event_code: "Q" }),
      ...["AAPL", "MSFT"].flatMap((stock, i) => [
        itch("R", { stock_locate: i + 1, stock, round_lot_size: 100 }),
        itch("H", { stock_locate: i + 1, stock, trading_state: "T" }),
        add(i + 1, 10 * i + 1, "B", 999_900),
        add(i + 1, 10 * i + 2, "S", 1_000_100),
      ]),
    ]);
    this.turn();
    return this;
  }

  /** Sends a packet of the feed's next messages; rxNs: its receive stamp. */
  packet(messages: Uint8Array[], rxNs = 0): void {
    this.datagram(mold("RIG", this.sequence, messages), rxNs);
    this.sequence += messages.length;
  }

  datagram(bytes: Uint8Array, rxNs = 0): void {
    const { group, port } = this.options.feeds[0]!.lines[0]!;
    if (this.net.sendUdp(group, port, bytes, { rxNs }) !== 1) throw new Error("nobody listens");
  }

  /** Buys at the bid, or what is said, and lets the venue take it. */
  open(qty = 100, px = 9999): number {
    const slot = this.path.orders.send(-1, 0, 1, qty, px, 0);
    if (slot < 0) throw new Error(`denied: ${slot}`);
    this.venue.serve();
    this.venue.report(this.venue.orders.at(-1)!, "0", "0");
    this.turn(8);
    return slot;
  }

  count(counter: number): number {
    return this.block.counters[counter]!;
  }

  engineWord(at: number): number {
    return this.block.words[at]!;
  }

  /** [state, kill word, config hash] of each STATE record. */
  states(): number[][] {
    return this.journal.ofType(L.HP_JR_STATE).map((r) => r.words.slice(0, 3));
  }
}

export function add(locate: number, ref: number, side: string, price: number, shares = 100) {
  return itch("A", {
    stock_locate: locate,
    order_reference_number: ref,
    buy_sell_indicator: side,
    shares,
    price,
  });
}
