/**
 * Orders that are open while the session that would carry their cancels is away: who kills, disarms
 * or stops has to know, for they go on resting at the venue.
 */
import { SESSION_STATE_NAMES } from "../core/codes.ts";
import type { ControlBlock } from "../core/control-block.ts";
import {
  HP_ENGINE__OPEN_ORDERS_D,
  HP_ENGINE__STATE_W,
  HP_SESSION__STATE_W,
  HP_STATE_STOPPED,
} from "../ffi/layout.ts";
import type { ControlRoleOptions } from "./roles.ts";
import type { ApplianceStatus } from "./status.ts";

/** What follows from it, behind awayText and a colon. */
export const NO_CANCEL_LEAVES = "no cancel leaves by it before it is up again";

export interface OpenOrders {
  engine: string;
  count: number;
  /** Order sessions of the engine by which no cancel can leave: `session "venue" is down`. */
  away: string[];
}

/** Of engines that have any; `isOrders`: whether a session carries orders. */
export function openOrders(
  { engines, sessions }: Pick<ApplianceStatus, "engines" | "sessions">,
  isOrders: (session: string) => boolean,
): OpenOrders[] {
  const own = sessions.filter((s) => isOrders(s.name) && !CARRIES_CANCELS.includes(s.state));
  return engines
    .filter((engine) => engine.openOrders > 0)
    .map(({ name, openOrders: count }) => ({
      engine: name,
      count,
      away: own.filter((s) => s.engine === name).map(isAwayText),
    }));
}

function isAwayText({ name, state }: { name: string; state: string }): string {
  const [, idle] = /^engine (\w+)$/.exec(state) ?? [];
  return idle === undefined
    ? `session "${name}" is ${state}`
    : `the engine of session "${name}" is ${idle}`;
}

/** `3 orders of engine "main" are open, and session "venue" is down`; "" when all is well. */
export function awayText(open: readonly OpenOrders[]): string {
  return open
    .filter(({ away }) => away.length > 0)
    .map(({ engine, count, away }) => {
      const are = count === 1 ? "is" : "are";
      return `${ordersText(count)} of engine "${engine}" ${are} open, and ${away.join(" and ")}`;
    })
    .join("; ");
}

/** "1 order", "3 orders" */
export function ordersText(count: number): string {
  return `${count} ${count === 1 ? "order" : "orders"}`;
}

/**
 * To be called when the engines are told to stop; what it gives is called when they have ended, and
 * tells of the orders that they have left open, a sentence per engine. isGone: its process has ended
 * already.
 */
export function watchLeftOrders(
  control: ControlBlock,
  options: Pick<ControlRoleOptions, "engines" | "sessions">,
  isGone: (engine: number) => boolean = () => false,
): () => string[] {
  const stateOf = (session: number) =>
    SESSION_STATE_NAMES[Atomics.load(control.session(session).words, HP_SESSION__STATE_W)] ?? "";
  const gone = options.engines.map((_, index) => isGone(index));
  const states = options.sessions.map((_, s) => stateOf(s));
  return () =>
    options.engines.flatMap(({ name }, index) => {
      const count = control.engine(index).doubles[HP_ENGINE__OPEN_ORDERS_D]!;
      if (count === 0) return [];
      const away = options.sessions.flatMap((s, i) =>
        s.engine !== index || s.isOrders === false || CARRIES_CANCELS.includes(states[i]!)
          ? []
          : [`session "${s.name}" was ${states[i]}`],
      );
      const state = Atomics.load(control.engine(index).words, HP_ENGINE__STATE_W);
      const why = whyText(gone[index]!, away, state);
      return [
        `engine "${name}" ended with ${ordersText(count)} open, which may still rest at the venue: ${why}`,
      ];
    });
}

function whyText(wasGone: boolean, away: readonly string[], state: number): string {
  if (wasGone) return "it was gone before the stop, which sent no cancels for it";
  if (away.length > 0) return away.join(" and ");
  return state === HP_STATE_STOPPED
    ? "the venue has not confirmed all cancels in time"
    : "it did not stop in good order, and not all cancels may have left";
}

/** States of a session in which a cancel leaves. */
const CARRIES_CANCELS: readonly string[] = ["up", "syncing"];
