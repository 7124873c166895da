/** Recordings to write reports of. */
import type { ReplayRecording } from "../../../../src/replay/report/recording.ts";

/** One instrument, one sample, no fills, nothing measured. */
export function smallRecording(): ReplayRecording {
  return {
    title: "a.pcap, strategy maker",
    sessionStartS: 1_767_330_000,
    instruments: [{ symbol: "AAPL", currency: "USD" }],
    equity: { timeNs: [34_200e9], realized: [0], unrealized: [0], fees: [0] },
    markets: [{ timeNs: [34_200e9], bid: [9.99], ask: [0], position: [0] }],
    fills: [],
    software: [],
    roundTrip: [],
    figures: [["Orders", "0"]],
  };
}

/** No instrument, no sample. */
export function emptyRecording(): ReplayRecording {
  const equity = { timeNs: [], realized: [], unrealized: [], fees: [] };
  return { ...smallRecording(), instruments: [], equity, markets: [], figures: [] };
}

/** `count` samples of two instruments in turn, a fill at every tenth. */
export function longRecording(count: number): ReplayRecording {
  const r = smallRecording();
  r.instruments = [
    { symbol: "AAPL", currency: "USD" },
    { symbol: "MSFT", currency: "USD" },
  ];
  r.equity = { timeNs: [], realized: [], unrealized: [], fees: [] };
  r.markets = r.instruments.map(() => ({ timeNs: [], bid: [], ask: [], position: [] }));
  const position = [0, 0];
  for (let i = 0; i < count; i++) {
    const k = i % 2;
    const ns = 34_200e9 + i * 1_000_003;
    const mid = 100 + 5 * Math.sin(i / 700) + ((i * 7919) % 101) / 100;
    if (i % 10 < 2) {
      const isBuy = Math.sin(i / 300) > 0;
      position[k]! += isBuy ? 100 : -100;
      const px = Math.round(mid * 100) / 100;
      const order = `HP${i}`;
      r.fills.push({
        timeNs: ns,
        instrument: k,
        isBuy,
        px,
        qty: 100,
        fee: -0.2,
        isMaker: true,
        order,
      });
    }
    const market = r.markets[k]!;
    market.timeNs.push(ns);
    market.bid.push(i % 5000 === 0 ? 0 : mid - 0.01);
    market.ask.push(mid + 0.01);
    market.position.push(position[k]!);
    r.equity.timeNs.push(ns);
    r.equity.realized.push(Math.cos(i / 900) * 100);
    r.equity.unrealized.push(Math.sin(i / 50) * 10);
    r.equity.fees.push(-0.1 * i);
  }
  r.software = [
    {
      name: "engine main",
      buckets: [
        [150, 60],
        [200, 39],
        [10_000, 1],
      ],
    },
  ];
  r.roundTrip = [
    { name: "venue", buckets: [[25_000, 10]] },
    { name: "far", buckets: [[250_000, 5]] },
  ];
  return r;
}
