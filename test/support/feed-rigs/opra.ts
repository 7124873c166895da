/** OPRA: nobody is asked; a series is whole again when both sides of its best were told anew. */
import { longQuote, opraBlock, osi } from "../opra-bytes.ts";
import { type Best, makeOpraDay, makeSeries } from "../opra-market.ts";
import type { Rig } from "./rig.ts";

const SERIES = makeSeries(12);
const MESSAGES = 300;
/** Indicators by what there is of a bid and of an offer, each told in an appendage. */
const TOLD = { both: "O", bid: "P", offer: "K", none: "L" };

const day = (seed: number) => makeOpraDay({ seed, series: SERIES, messages: MESSAGES });

const appendage = (best: Best | null) =>
  best === null ? [] : [{ participant: best.participant, code: "B", px: best.px, size: best.size }];

export const opraRig: Rig = {
  name: "OPRA",
  options: { protocol: "opra" },
  symbols: SERIES.map(osi),
  packets: (seed) => day(seed).blocks.map((bytes, k) => ({ seq: k + 1, end: k + 2, bytes })),
  healing: (seed, packets) => {
    const { best } = day(seed);
    const quotes = SERIES.flatMap((series) => {
      const now = best.get(osi(series));
      if (now === undefined) return [];
      const { bid, offer } = now;
      const told =
        bid === null ? (offer === null ? "none" : "offer") : offer === null ? "bid" : "both";
      const appendages = [...appendage(bid), ...appendage(offer)];
      const quote = {
        series,
        indicator: TOLD[told],
        bid: 1,
        bidSize: 1,
        offer: 9999,
        offerSize: 1,
      };
      return [longQuote({ ...quote, participant: "A", appendages })];
    });
    const next = packets.at(-1)!.end;
    return quotes.map((quote, k) => ({ line: 0, bytes: opraBlock(next + k, [quote]) }));
  },
};
