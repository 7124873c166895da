/** The simulator without sockets: a clock that stands still, captured packets, scripted FIX clients. */
import { messageBytes, showMessage, wrapMessage } from "../../src/fix/codec/text.ts";
import { Exchange } from "../../src/sim/exchange.ts";
import { type SimOptionsInput, simOptionsSchema } from "../../src/sim/options.ts";
import {
  type FeedTransport,
  type FixPeer,
  type FixTransport,
  ManualSimClock,
} from "../../src/sim/transport.ts";

export class CapturedFeed implements FeedTransport {
  readonly packets: Uint8Array[][] = [[], [], [], []];

  send(line: number, bytes: Uint8Array): void {
    this.packets[line]!.push(bytes.slice());
  }
}

/** One symbol, no flow, a quiet book: tests place every order themselves. */
export const QUIET: SimOptionsInput = {
  session: "TEST",
  symbols: [{ symbol: "AAPL", px: 100 }],
  flow: { rate: 0, ordersPerSymbol: 20 },
};

export function makeVenue(input: SimOptionsInput = QUIET) {
  const clock = new ManualSimClock(10 * 3600e9);
  const feed = new CapturedFeed();
  const exchange = new Exchange(simOptionsSchema.parse(input), { clock, feed });
  /** Moves time on in turns of 1 ms. */
  const run = (ms: number) => {
    for (let i = 0; i < ms; i++) {
      clock.timeNs += 1e6;
      exchange.tick();
    }
  };
  return { clock, feed, exchange, run };
}

export type Venue = ReturnType<typeof makeVenue>;

/** A FIX client that sends what a test tells it to, and keeps what it gets. */
export class ScriptedClient implements FixTransport {
  /** Messages received, with | for SOH. */
  received: string[] = [];
  raw: Uint8Array[] = [];
  closed = false;
  paused = false;
  seq = 1;
  private readonly peer: FixPeer;

  constructor(
    venue: Venue,
    readonly compId = "CLIENT",
  ) {
    this.peer = venue.exchange.accept(this);
  }

  send(bytes: Uint8Array): void {
    this.raw.push(bytes.slice());
    this.received.push(showMessage(bytes));
  }

  close(): void {
    this.closed = true;
  }

  pause(paused: boolean): void {
    this.paused = paused;
  }

  /** Sends a message under the next sequence number; `body` is "tag=value|..." behind the header. */
  message(type: string, body = "", seq = this.seq++): void {
    this.bytes(this.wrap(type, body, seq));
  }

  wrap(type: string, body: string, seq: number): Uint8Array {
    const time = "52=20261120-10:00:00.000|";
    return wrapMessage(`35=${type}|49=${this.compId}|56=VENUE|34=${seq}|${time}${body}`);
  }

  bytes(bytes: Uint8Array): void {
    this.peer.onData(bytes);
  }

  text(text: string): void {
    this.bytes(messageBytes(text));
  }

  logon(body = ""): void {
    this.message("A", `98=0|108=30|${body}`);
  }

  order(id: string, side: number, qty: number, px: string, more = ""): void {
    this.message("D", `11=${id}|55=AAPL|54=${side}|38=${qty}|40=2|44=${px}|${more}`);
  }

  hangUp(): void {
    this.closed = true;
    this.peer.onClose();
  }

  /** Takes what was received since the last call. */
  take(): string[] {
    const taken = this.received;
    this.received = [];
    return taken;
  }
}

/** Value of a tag in a message shown with |; empty when absent. */
export function tag(message: string | undefined, number: number): string {
  const field = `|${message ?? ""}`.split(`|${number}=`)[1];
  return field === undefined ? "" : field.slice(0, field.indexOf("|"));
}

/** Values of some tags, as "tag=value" joined by spaces. */
export function tags(message: string | undefined, ...numbers: number[]): string {
  return numbers.map((number) => `${number}=${tag(message, number)}`).join(" ");
}
