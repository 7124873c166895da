/** Options of an engine whose market data comes by two network devices of the fake shim. */
import type { EngineOptions } from "../../src/engine/options.ts";
import { optionsOf, TOML } from "../unit/engine/rig.ts";

const PORTS = `[[port]]
name = "card-a"
driver = "dpdk"
device = "fake0"

[[port]]
name = "card-b"
driver = "exanic"
device = "fake1"
`;

const LINES = `lines = [
  { group = "239.1.1.1", port = 2001, interface = "card-a" },
  { group = "239.1.1.2", port = 2001, interface = "card-b" },
]`;

const SECOND = `
[[feed]]
name = "second"
lines = [
  { group = "239.2.1.1", port = 2001, interface = "card-b" },
  { group = "239.2.1.2", port = 2001, interface = "card-b" },
]
`;

/** Line A by one card, B by the other. */
export const DEVICE_TOML = `${TOML.replace(/^lines = .*$/m, LINES)}\n${PORTS}`;

/**
 * The same, and a second feed: AAPL comes by the first, lines A and B by a card each; MSFT by the
 * second, both lines by card-b, whose packets are of two feeds.
 */
export const TWO_FEEDS_TOML =
  DEVICE_TOML.replace('symbol = "AAPL"', 'symbol = "AAPL"\nfeed = "itch"').replace(
    'symbol = "MSFT"',
    'symbol = "MSFT"\nfeed = "second"',
  ) + SECOND;

export function deviceOptionsOf(toml = TWO_FEEDS_TOML): EngineOptions {
  return optionsOf(toml)[0]!;
}
