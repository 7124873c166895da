/**
 * The C++ venue as a process that may be killed, and what it knows: read from its own file of
 * effects and from the session numbers in QuickFIX's store, never from hairpin.
 */
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SIDE_BUY, SIDE_SELL } from "../../src/core/codes.ts";
import { Accounts } from "../../src/sim/accounts.ts";
import type { OrderReport } from "../../src/sim/client-orders.ts";
import { until } from "../e2e/helpers/folder.ts";
import { writeSettings } from "./settings.ts";

export const VENUE_COMP_ID = "QFVENUE";

/** As the simulator reports it (src/sim/report.ts), as far as comparisons look. */
export interface VenueReport {
  nextIn: number;
  nextOut: number;
  orders: OrderReport[];
  duplicates: string[];
  positions: { symbol: string; position: number; realized: number }[];
  fees: number;
  /** Orders that were new to it and came with PossDupFlag: sent again after they had been lost. */
  replayed: number;
  /** Order, fill, cancel and replace lines. */
  effects: number;
}

export interface VenueOptions {
  /** Folder of its own. */
  folder: string;
  program: string;
  port: number;
  client: string;
  /** Currency per share, as hairpin has it for what adds liquidity. */
  fee: number;
}

export class QuickfixVenue {
  private child: Bun.Subprocess<"ignore", number, number> | undefined;
  private starts = 0;
  private readonly settings: string;

  constructor(private readonly o: VenueOptions) {
    this.settings = writeSettings(o.folder, {
      role: "acceptor",
      port: o.port,
      sessions: [{ beginString: "FIX.4.4", sender: VENUE_COMP_ID, target: o.client }],
    });
  }

  /** Until it listens. */
  async start(): Promise<void> {
    const path = join(this.o.folder, `out-${++this.starts}`);
    const out = openSync(path, "w");
    const command = [this.o.program, this.settings, "venue", this.log];
    this.child = Bun.spawn(command, { stdin: "ignore", stdout: out, stderr: out });
    closeSync(out);
    await until(
      "the C++ venue to listen",
      () => {
        const code = this.child!.exitCode;
        if (code !== null) throw new Error(`the C++ venue ended (${code}): ${said(path)}`);
        return said(path).includes("ready");
      },
      15_000,
    );
  }

  /** A venue that reads nothing: what is sent meanwhile stays in its socket. */
  pause(): void {
    this.child?.kill("SIGSTOP");
  }

  resume(): void {
    this.child?.kill("SIGCONT");
  }

  /** SIGKILL, or SIGTERM for a Logout first. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.child;
    if (child === undefined) return;
    child.kill(signal);
    const late = Bun.sleep(10_000).then(() => "late");
    if ((await Promise.race([child.exited, late])) === "late") {
      child.kill("SIGKILL");
      throw new Error(`the C++ venue did not end by ${signal}`);
    }
    this.child = undefined;
  }

  report(symbols: string[]): VenueReport {
    const { nextIn, nextOut } = this.numbers();
    return { nextIn, nextOut, ...replay(this.lines(), symbols, this.o.fee) };
  }

  private get log(): string {
    return join(this.o.folder, "orders.log");
  }

  private lines(): string[] {
    if (!existsSync(this.log)) return [];
    // The last line may be half written.
    return readFileSync(this.log, "utf8").split("\n").slice(0, -1);
  }

  /** QuickFIX keeps `next out : next in` in a file of its own. */
  private numbers(): { nextIn: number; nextOut: number } {
    const store = join(this.o.folder, "store");
    const file = readdirSync(store).find((name) => name.endsWith(".seqnums"));
    const text = file === undefined ? "" : readFileSync(join(store, file), "utf8");
    const [nextOut = 1, nextIn = 1] = text.split(":").map(Number);
    return { nextIn, nextOut };
  }
}

/** The orders and positions that the lines make (the format: venue.h). */
function replay(lines: string[], symbols: string[], fee: number) {
  const orders = new Map<string, OrderReport>();
  const accounts = new Accounts();
  const duplicates: string[] = [];
  let replayed = 0;
  for (const line of lines) {
    const [, , kind = "", id = "", ...rest] = line.split(" ");
    const order = orders.get(id);
    if (kind === "N") {
      orders.set(id, newOrder(id, rest));
      if (rest[4] === "Y") replayed++;
    } else if (order === undefined) throw new Error(`the venue has a line about no order: ${line}`);
    else if (kind === "D") duplicates.push(id);
    else if (kind === "C") order.state = "canceled";
    else if (kind === "R") {
      const [request = "", qty, cents] = rest;
      order.ids.push(request);
      order.qty = Number(qty);
      order.px = Number(cents) / 100;
      orders.set(request, order);
    } else if (kind === "F") {
      const [qty, cents] = rest.map(Number) as [number, number];
      order.cum += qty;
      if (order.cum >= order.qty) order.state = "filled";
      const side = order.side === "buy" ? SIDE_BUY : SIDE_SELL;
      accounts.onFill(symbols.indexOf(order.symbol), side, cents * 100, qty, fee);
    } else throw new Error(`the venue has a line of no kind: ${line}`);
    if (order !== undefined) order.leaves = order.state === "open" ? order.qty - order.cum : 0;
  }
  const positions = accounts.report(
    (symbol) => symbols[symbol]!,
    () => 0,
  );
  const fees = positions.reduce((sum, position) => sum + position.fees, 0);
  return {
    orders: [...new Set(orders.values())],
    duplicates,
    positions,
    fees,
    replayed,
    effects: lines.length,
  };
}

function newOrder(id: string, rest: string[]): OrderReport {
  const [side, symbol = "", qty, cents] = rest;
  return {
    clOrdId: id,
    ids: [id],
    orderId: id,
    symbol,
    side: side === "1" ? "buy" : "sell",
    state: "open",
    qty: Number(qty),
    px: Number(cents) / 100,
    cum: 0,
    leaves: Number(qty),
    received: 1,
  };
}

function said(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
