/** What became of an arm request: the answer on the socket only says that it was asked for. */
import { killedByText } from "../control/kill-reason.ts";
import type { ApplianceStatus } from "../control/status.ts";
import { formatMoney } from "../observe/units.ts";
import { CliError, EXIT_REFUSED } from "./exit-codes.ts";

/** How long the engines have to do it, ms, and how long they must then stay armed. */
const WAIT_MS = 300;
const SETTLE_MS = 80;
const POLL_MS = 20;

/**
 * Looks until the engines are armed and stay so for a moment, or the time is up. Returns one
 * sentence; throws CliError when the appliance is killed again.
 */
export async function armOutcome(
  readStatus: () => Promise<ApplianceStatus>,
  waitMs = WAIT_MS,
): Promise<string> {
  const start = performance.now();
  let armedSince = 0;
  for (;;) {
    const status = await readStatus();
    const now = performance.now();
    if (status.isKilled) throw new CliError(EXIT_REFUSED, killedAgain(status));
    if (status.state !== "armed") armedSince = 0;
    else if (armedSince === 0) armedSince = now;
    else if (now - armedSince >= SETTLE_MS) return armedText(status);
    if (now - start >= waitMs && armedSince === 0) return waitingText(status);
    await Bun.sleep(POLL_MS);
  }
}

function killedAgain(status: ApplianceStatus): string {
  const by = killedByText(status);
  if (!status.killedBy.includes("max-loss")) return `not armed: killed again at once by ${by}`;
  const pnl = status.engines.map((engine) => formatMoney(engine.pnl)).join(", ");
  return `not armed: killed again at once by ${by} (P&L of this session date ${pnl}: max_loss is still reached)`;
}

/** Armed engines deny orders for as long as a session or feed is not there. */
function armedText(status: ApplianceStatus): string {
  const missing = [
    ...status.sessions
      .filter((s) => s.state !== "up")
      .map((s) => `session "${s.name}" is ${s.state}`),
    ...status.feeds.filter((f) => f.state !== "live").map((f) => `feed "${f.name}" is ${f.state}`),
  ];
  return missing.length === 0
    ? "armed"
    : `armed, but ${missing.join(" and ")}: orders are denied until that is over`;
}

function waitingText(status: ApplianceStatus): string {
  const engine = status.engines.find((other) => other.state !== "armed");
  if (engine === undefined) return "arm requested";
  const isOnItsWay = ["starting", "recovering", "warming"].includes(engine.state);
  const end = isOnItsWay ? " and arms when ready" : "";
  return `arm requested; engine "${engine.name}" is still ${engine.state}${end}`;
}
