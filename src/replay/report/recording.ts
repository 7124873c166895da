/** What a replay leaves for its report. Times: ns since the start of the session date. */
export interface ReplayRecording {
  /** E.g. "syn200k.pcap.gz, strategy maker". */
  title: string;
  /** Start of the session date, Unix seconds. */
  sessionStartS: number;
  instruments: { symbol: string; currency: string }[];
  /** Of the whole account, in currency. Fees are positive when paid. */
  equity: EquitySamples;
  /** By instrument. */
  markets: MarketSamples[];
  fills: Fill[];
  /** From the burst to orders handed over, measured on this machine. */
  software: LatencyHistogram[];
  /** From an order to its first answer, as the latency model has it. */
  roundTrip: LatencyHistogram[];
  /** Shown on top. */
  figures: [label: string, value: string][];
}

/** Columns of one length, in order of time. */
export interface EquitySamples {
  timeNs: number[];
  /** Before fees. */
  realized: number[];
  unrealized: number[];
  fees: number[];
}

/** Columns of one length, in order of time. Prices in currency, 0 = the side is empty. */
export interface MarketSamples {
  timeNs: number[];
  bid: number[];
  ask: number[];
  /** Shares or contracts, negative = short. */
  position: number[];
}

export interface Fill {
  timeNs: number;
  /** Index of the instrument. */
  instrument: number;
  isBuy: boolean;
  /** Currency. */
  px: number;
  qty: number;
  /** Currency; negative = rebate. */
  fee: number;
  isMaker: boolean;
  /** ClOrdID. */
  order: string;
}

export interface LatencyHistogram {
  name: string;
  /** Upper edge in ns, and how many values; ascending. */
  buckets: [upToNs: number, count: number][];
}

/** Profit after fees. */
export function netOf(equity: EquitySamples, sample: number): number {
  return roundMoney(equity.realized[sample]! + equity.unrealized[sample]! - equity.fees[sample]!);
}

/** Without the last digits of binary fractions: 0.1 + 0.2 is 0.3. Exact to 1e-8. */
export function roundMoney(value: number): number {
  return Number(value.toFixed(8));
}

/** The currency of all instruments, or "mixed" when they differ. */
export function currencyOf(recording: ReplayRecording): string {
  const all = new Set(recording.instruments.map((i) => i.currency));
  return all.size === 1 ? [...all][0]! : "mixed";
}
