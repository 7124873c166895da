/** The report's CSV files: every sample, a header line, quotes where a field needs them. */
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { ReplayRecording } from "./recording.ts";
import { currencyOf, netOf, roundMoney } from "./recording.ts";

const PENDING_MAX = 1 << 20;

/** Names of the files, with their columns: units are in the names, money is in `currency`. */
export const CSV_COLUMNS = {
  "equity.csv": ["time_ns", "realized", "unrealized", "fees", "net", "currency"],
  "positions.csv": ["time_ns", "symbol", "position_shares"],
  "fills.csv": [
    "time_ns",
    "symbol",
    "side",
    "px",
    "qty_shares",
    "fee",
    "currency",
    "liquidity",
    "order",
  ],
  "prices.csv": ["time_ns", "symbol", "bid_px", "ask_px", "currency"],
  "latency.csv": ["source", "histogram", "up_to_ns", "count"],
} as const;

/** Writes all of them into a folder that is there; throws as node:fs does. */
export function writeCsvFiles(dir: string, r: ReplayRecording): void {
  const into = (name: keyof typeof CSV_COLUMNS, fill: (file: CsvFile) => void) => {
    const file = new CsvFile(join(dir, name));
    try {
      file.row(CSV_COLUMNS[name]);
      fill(file);
      file.flush();
    } finally {
      file.close();
    }
  };
  into("equity.csv", (file) => equityRows(r, file));
  into("positions.csv", (file) => positionRows(r, file));
  into("fills.csv", (file) => fillRows(r, file));
  into("prices.csv", (file) => priceRows(r, file));
  into("latency.csv", (file) => latencyRows(r, file));
}

function equityRows(r: ReplayRecording, file: CsvFile): void {
  const { timeNs, realized, unrealized, fees } = r.equity;
  const currency = currencyOf(r);
  for (let i = 0; i < timeNs.length; i++) {
    const money = [realized[i]!, unrealized[i]!, fees[i]!].map(roundMoney);
    file.row([timeNs[i]!, ...money, netOf(r.equity, i), currency]);
  }
}

function positionRows(r: ReplayRecording, file: CsvFile): void {
  r.markets.forEach((m, k) => {
    const { symbol } = r.instruments[k]!;
    for (let i = 0; i < m.timeNs.length; i++) file.row([m.timeNs[i]!, symbol, m.position[i]!]);
  });
}

function fillRows(r: ReplayRecording, file: CsvFile): void {
  for (const f of r.fills) {
    const { symbol, currency } = r.instruments[f.instrument]!;
    file.row([
      f.timeNs,
      symbol,
      f.isBuy ? "buy" : "sell",
      roundMoney(f.px),
      f.qty,
      roundMoney(f.fee),
      currency,
      f.isMaker ? "maker" : "taker",
      f.order,
    ]);
  }
}

function priceRows(r: ReplayRecording, file: CsvFile): void {
  r.markets.forEach((m, k) => {
    const { symbol, currency } = r.instruments[k]!;
    for (let i = 0; i < m.timeNs.length; i++) {
      file.row([m.timeNs[i]!, symbol, pxText(m.bid[i]!), pxText(m.ask[i]!), currency]);
    }
  });
}

function latencyRows(r: ReplayRecording, file: CsvFile): void {
  const sources = [
    ["measured", r.software],
    ["model", r.roundTrip],
  ] as const;
  for (const [source, histograms] of sources) {
    for (const h of histograms) {
      for (const [upToNs, count] of h.buckets) file.row([source, h.name, upToNs, count]);
    }
  }
}

/** An empty side is an empty field. */
function pxText(px: number): string | number {
  return px === 0 ? "" : roundMoney(px);
}

/** A field as CSV has it (RFC 4180). */
export function csvField(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

class CsvFile {
  private readonly fd: number;
  private pending = "";

  constructor(path: string) {
    this.fd = openSync(path, "w");
  }

  row(fields: readonly (string | number)[]): void {
    this.pending += `${fields.map(csvField).join(",")}\n`;
    if (this.pending.length >= PENDING_MAX) this.flush();
  }

  flush(): void {
    const bytes = Buffer.from(this.pending);
    this.pending = "";
    for (let at = 0; at < bytes.length; ) at += writeSync(this.fd, bytes, at);
  }

  close(): void {
    closeSync(this.fd);
  }
}
