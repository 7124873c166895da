/** Packets of warm-up for a feed, in its protocol. */
import type { Instruments } from "../../book/instruments.ts";
import type { FeedOptions } from "../options.ts";
import { makeIexPackets } from "./iex.ts";
import { makeItchPackets } from "./itch.ts";
import { makeMdp3Packets } from "./mdp3.ts";
import { makeOpraPackets } from "./opra.ts";
import type { WarmPackets } from "./packets.ts";
import { makePitchPackets } from "./pitch.ts";

/** Any channel will do where the config names none. */
const CHANNEL = 1;

/** `instruments`: of the feed; `price`: in currency, where the books begin. */
export function makeWarmPackets(
  feed: Pick<FeedOptions, "protocol" | "pitch" | "mdp3">,
  instruments: Instruments,
  price: number,
  seed: number,
): WarmPackets {
  switch (feed.protocol) {
    case "pitch":
      return makePitchPackets(instruments, price, seed, feed.pitch?.unit ?? 1);
    case "mdp3": {
      const channel = feed.mdp3?.channel ?? -1;
      return makeMdp3Packets(instruments, price, seed, channel < 0 ? CHANNEL : channel);
    }
    case "opra":
      return makeOpraPackets(instruments, price, seed);
    case "deep":
    case "tops":
      return makeIexPackets(instruments, price, seed, feed.protocol);
    default:
      return makeItchPackets(instruments, price, seed);
  }
}
