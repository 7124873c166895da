/** The report's view of a replay. */
import { bucketCeilingNs } from "../core/histogram-stats.ts";
import type { Recorder } from "./recorder.ts";
import type { ReplayRecording } from "./report/recording.ts";
import type { RunResult } from "./run-replay.ts";

export function recordingOf(
  title: string,
  figures: ReplayRecording["figures"],
  { replay, sessionStartS }: RunResult,
  recorder: Recorder,
): ReplayRecording {
  const { definitions } = replay.path.instruments;
  const { markets, timeNs, realized, unrealized, fees } = recorder.samples;
  return {
    title,
    sessionStartS,
    instruments: markets.map(({ instrument }) => {
      const { symbol, currency } = definitions[instrument]!;
      return { symbol, currency };
    }),
    equity: { timeNs, realized, unrealized, fees },
    markets: markets.map(({ bid, ask, position }) => ({ timeNs, bid, ask, position })),
    fills: recorder.fills,
    software: [
      { name: "packet to orders sent, on this machine", buckets: pairs(recorder.software.buckets) },
    ],
    roundTrip: [
      { name: "order to first answer, simulated", buckets: pairs(recorder.roundTrip.buckets) },
    ],
    figures,
  };
}

/** (Upper edge, count) of the buckets that count anything. */
function pairs(buckets: Uint32Array): [number, number][] {
  return [...buckets].flatMap((count, k) =>
    count > 0 ? [[bucketCeilingNs(k), count] as [number, number]] : [],
  );
}
