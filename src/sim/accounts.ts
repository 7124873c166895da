/** Positions, cash and P&L of the order sessions, as a clearing house would keep them. */
import { SIDE_BUY } from "../core/codes.ts";

/** One symbol of one session. Money in currency. */
export interface PositionReport {
  symbol: string;
  position: number;
  bought: number;
  sold: number;
  /** Sum of price * quantity received minus paid, without fees. */
  cash: number;
  fees: number;
  /** By average cost, without fees. */
  realized: number;
  averagePx: number;
  /** Last trade. */
  markPx: number;
  unrealized: number;
  /** cash - fees + position * markPx. */
  total: number;
}

interface Account {
  position: number;
  bought: number;
  sold: number;
  /** In 1/10000 of currency: exact below 2^53. */
  cash: number;
  fees: number;
  realized: number;
  /** What the open position cost, same unit; negative for a short one. */
  cost: number;
}

const PX_SCALE = 10_000;

export class Accounts {
  private readonly accounts = new Map<number, Account>();

  /** px in 1/10000, fee in currency per share (negative = rebate). */
  onFill(symbol: number, side: number, px: number, qty: number, fee: number): void {
    const account = this.account(symbol);
    const signed = side === SIDE_BUY ? qty : -qty;
    if (side === SIDE_BUY) account.bought += qty;
    else account.sold += qty;
    account.cash -= signed * px;
    account.fees += fee * qty;
    const closes = account.position * signed < 0;
    const closed = closes ? Math.min(qty, Math.abs(account.position)) : 0;
    if (closed > 0) {
      const costOfClosed = (account.cost * closed) / Math.abs(account.position);
      const proceeds = (side === SIDE_BUY ? -1 : 1) * closed * px;
      account.realized += proceeds - costOfClosed;
      account.cost -= costOfClosed;
    }
    account.cost += Math.sign(signed) * (qty - closed) * px;
    account.position += signed;
  }

  /** Takes a fill back: the position is unwound at the fill's own price. */
  onBust(symbol: number, side: number, px: number, qty: number, fee: number): void {
    this.onFill(symbol, -side, px, qty, -fee);
    const account = this.account(symbol);
    account.bought -= qty;
    account.sold -= qty;
  }

  position(symbol: number): number {
    return this.accounts.get(symbol)?.position ?? 0;
  }

  report(name: (symbol: number) => string, mark: (symbol: number) => number): PositionReport[] {
    return [...this.accounts].map(([symbol, account]) => {
      const markPx = mark(symbol);
      const { position, cost } = account;
      return {
        symbol: name(symbol),
        position,
        bought: account.bought,
        sold: account.sold,
        cash: account.cash / PX_SCALE,
        fees: account.fees,
        realized: account.realized / PX_SCALE,
        averagePx: position === 0 ? 0 : cost / position / PX_SCALE,
        markPx: markPx / PX_SCALE,
        unrealized: (position * markPx - cost) / PX_SCALE,
        total: (account.cash + position * markPx) / PX_SCALE - account.fees,
      };
    });
  }

  private account(symbol: number): Account {
    let account = this.accounts.get(symbol);
    if (account === undefined) {
      account = { position: 0, bought: 0, sold: 0, cash: 0, fees: 0, realized: 0, cost: 0 };
      this.accounts.set(symbol, account);
    }
    return account;
  }
}
