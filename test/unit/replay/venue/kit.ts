/** A captured market over books that a test fills, and what becomes of our orders in it. */
import { SIDE_BUY, SIDE_SELL, STATUS_TRADING } from "../../../../src/core/codes.ts";
import { CapturedMarket } from "../../../../src/replay/venue/captured-market.ts";
import type { QueueModel } from "../../../../src/replay/venue/queue.ts";
import type { NewOrder, Refusal } from "../../../../src/sim/matching.ts";
import type { VenueOrder } from "../../../../src/sim/price-levels.ts";
import { itch } from "../../../support/itch-bytes.ts";
import { definition, market } from "../../../support/market.ts";

/** Venue prices in one unit of the instrument (0.01). */
export const CENT = 100;

export class MarketKit {
  readonly events: string[] = [];
  readonly captured: CapturedMarket;
  readonly status = new Int32Array(2).fill(STATUS_TRADING);
  private readonly world;
  private ref = 1;

  constructor(queue: QueueModel = "pessimistic", tick = 0.01) {
    const one = { ...definition("AAPL", 0.01), ticks: [{ from: 0, tick }] };
    // As the replay has it: the venue hears of the market in the order of the books' events.
    const events = {
      onBook: (i: number) => this.captured?.onBook(i),
      onTrade: (i: number, px: number, qty: number, side: number) =>
        this.captured?.onTrade(i, px, qty, side),
      onStatus: () => {},
    };
    this.world = market([one, definition("MSFT", 0.01)], { events });
    for (const [i, stock] of ["AAPL", "MSFT"].entries()) {
      this.world.feed(itch("R", { stock_locate: i + 1, stock, round_lot_size: 100 }));
    }
    const tell = (what: string, order: VenueOrder) => this.events.push(`${what} ${order.id}`);
    this.captured = new CapturedMarket({
      instruments: this.world.instruments,
      views: [this.world.books.view(0), this.world.books.view(1)],
      status: this.status,
      symbols: [0, 1],
      queue,
      sink: {
        accepted: (order) => tell("accepted", order),
        traded: (order, px, qty, liquidity) =>
          this.events.push(
            `${liquidity === 1 ? "made" : "took"} ${order.id}: ${qty} at ${px / CENT}`,
          ),
        replaced: (order) => tell("replaced", order),
        canceled: (order) => tell("canceled", order),
      },
    });
  }

  /** An order of somebody's in the capture; its reference. px in cents. */
  add(side: "B" | "S", qty: number, px: number): number {
    const ref = this.ref++;
    this.world.feed(
      itch("A", {
        stock_locate: 1,
        order_reference_number: ref,
        buy_sell_indicator: side,
        shares: qty,
        price: px * CENT,
        stock: "AAPL",
      }),
    );
    this.flush();
    return ref;
  }

  cancel(ref: number, qty: number): void {
    const order = { stock_locate: 1, order_reference_number: ref };
    this.world.feed(itch("X", { ...order, canceled_shares: qty }));
    this.flush();
  }

  remove(ref: number): void {
    this.world.feed(itch("D", { stock_locate: 1, order_reference_number: ref }));
    this.flush();
  }

  /** A captured execution of a resting order, as the feed tells it: the trade, then the book. */
  execute(ref: number, qty: number): void {
    const order = { stock_locate: 1, order_reference_number: ref };
    this.world.feed(itch("E", { ...order, executed_shares: qty, match_number: 1 }));
    this.flush();
  }

  send(side: "buy" | "sell", qty: number, px: number, more: Partial<NewOrder> = {}) {
    const order = this.captured.submit({
      owner: 1,
      symbol: 0,
      side: side === "buy" ? SIDE_BUY : SIDE_SELL,
      qty,
      px: px * CENT,
      ...more,
    });
    if (typeof order === "string") throw new Error(`refused: ${order}`);
    return order;
  }

  refusal(side: "buy" | "sell", qty: number, px: number, more: Partial<NewOrder> = {}): Refusal {
    try {
      this.send(side, qty, px, more);
    } catch (error) {
      return (error as Error).message.replace("refused: ", "") as Refusal;
    }
    throw new Error("it was taken");
  }

  /** What happened since the last call. */
  take(): string[] {
    return this.events.splice(0);
  }

  private flush(): void {
    this.world.decoder.flush(true);
  }
}
