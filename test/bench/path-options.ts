/** One feed on two lines, one session, four instruments, limits that nothing reaches. */
import type { EngineOptions } from "../../src/engine/options.ts";
import { definition } from "../support/fix-instruments.ts";
import { SESSION_DEFAULTS } from "../support/session-options.ts";

export const PATH_OPTIONS: EngineOptions = {
  name: "bench",
  index: 0,
  core: -1,
  realtime: false,
  armAutomatically: true,
  warmupIterations: 0,
  keepWarm: false,
  tcpPollTurns: 64,
  maxOrders: 4096,
  busyPollUs: 0,
  durableAlways: false,
  idPrefix: "HP",
  feeds: [
    {
      name: "itch",
      block: 0,
      lines: [
        { group: 0, port: 0, iface: 0, source: 0 },
        { group: 0, port: 0, iface: 0, source: 0 },
      ],
      recovers: false,
      join: "live",
      windowPackets: 256,
      windowNs: 1e6,
      staleNs: 1e12,
      requestTimeoutNs: 1e9,
      requestRetries: 0,
      rcvbuf: 0,
      maxOrders: 4096,
      maxLevels: 4096,
      maxInstruments: 4,
      subscribeAll: false,
      extendedHours: false,
    },
  ],
  sessions: [
    {
      ...SESSION_DEFAULTS,
      // The venue at the other end of the pipe has no clock.
      sendingTimeToleranceNs: 0,
      name: "fix",
      block: 0,
      senderCompId: "BENCH",
      targetCompId: "VENUE",
      resetOnLogon: true,
      resendChunk: 64,
      timestampDigits: 6,
      connectTimeoutNs: 1e9,
      tags: { 1: "ACCOUNT", 21: "1" },
    },
  ],
  strategies: [
    { name: "lifter", uses: "", instruments: ["AAA", "BBB", "CCC", "DDD"], seed: 1, params: {} },
  ],
  instruments: ["AAA", "BBB", "CCC", "DDD"].map((symbol) =>
    definition(symbol, { priceUnit: 0.01 }),
  ),
  risk: {
    maxOrderQty: 1000,
    maxOrderNotional: 1e6,
    collarPct: 5,
    maxPosition: 1e9,
    maxExposure: 1e12,
    maxOpenOrders: 1024,
    ordersPerS: 1e9,
    ordersBurst: 1e9,
    cancelsPerS: 1e9,
    cancelsBurst: 1e9,
    maxLoss: 1e12,
    denySelfMatch: true,
    shortMarking: false,
    instrument: {},
  },
};
