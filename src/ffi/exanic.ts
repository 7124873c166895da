/** What the ExaNIC backend has besides the functions of every backend. */
import { cString } from "../core/c-string.ts";
import { expectOk } from "../core/status.ts";
import { openSymbols } from "./library.ts";
import { exanicLibrary } from "./load-driver.ts";

/** As in symbols.ts. */
export const EXANIC_SIGNATURES = {
  hp_exanic_use_card: "pi",
  hp_exanic_tx_preload: "iiiii",
  hp_exanic_tx_fire: "iiiii",
  hp_exanic_tx_warm: "iiiii",
} as const;

type ExanicFunctions = Record<
  Exclude<keyof typeof EXANIC_SIGNATURES, "hp_exanic_use_card">,
  (...args: number[]) => number
> & { hp_exanic_use_card(path: Uint8Array): number };

let loaded: ExanicFunctions | undefined;

/** Throws one sentence when this build lacks the backend. */
export function exanicFunctions(): ExanicFunctions {
  loaded ??= openSymbols(exanicLibrary(), EXANIC_SIGNATURES) as unknown as ExanicFunctions;
  return loaded;
}

/**
 * From now on the exanic driver opens, in this thread, the software card at `path` (a port behind a colon, as devices
 * are named, is left out); "": cards of the host again. Ports that are open stay as they are.
 */
export function useCard(path: string): void {
  expectOk(exanicFunctions().hp_exanic_use_card(cString(path)), `can't use the card ${path}`);
}
