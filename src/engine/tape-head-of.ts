import { readFileSync } from "node:fs";
import { HAIRPIN_VERSION } from "../core/version.ts";
import type { TapeHead } from "../journal/tape/tape-head.ts";
import { BUILT_INS } from "../strategy/load.ts";
import type { EngineLink } from "./link.ts";
import type { EngineOptions } from "./options.ts";

/** What a recorded engine is. */
export function tapeHeadOf(link: EngineLink, options: EngineOptions): TapeHead {
  return {
    version: HAIRPIN_VERSION,
    appliance: link.name,
    date: link.date,
    sessionStartS: link.sessionStartS,
    configHash: link.configHash,
    options,
    strategies: options.strategies.map((s) => strategyHash(s.uses)),
  };
}

/** SHA-256 of a strategy's file, "" for a built-in one. A replay with other code proves nothing. */
export function strategyHash(uses: string): string {
  if (uses in BUILT_INS) return "";
  return new Bun.CryptoHasher("sha256").update(readFileSync(uses)).digest("hex");
}
