import { describe, expect, test } from "bun:test";
import { armOutcome } from "../../../src/cli/arm.ts";
import type { ApplianceStatus } from "../../../src/control/status.ts";

interface Change {
  engine?: string;
  killedBy?: string[];
  session?: string;
  feed?: string;
}

/** The part of a status that is looked at. */
function status({ engine = "armed", killedBy = [], session = "up", feed = "live" }: Change) {
  return {
    state: killedBy.length > 0 ? "killed" : engine,
    isKilled: killedBy.length > 0,
    killedBy,
    killReason: "",
    engines: [{ name: "main", state: engine, pnl: -5012 }],
    sessions: [{ name: "venue", state: session }],
    feeds: [{ name: "itch", state: feed }],
  } as unknown as ApplianceStatus;
}

/** The outcome over what the status says one look after the other; the last one stays. */
function outcome(...looks: Change[]): Promise<string> {
  return armOutcome(async () => status(looks.length > 1 ? looks.shift()! : looks[0]!), 30);
}

describe("what became of arm", () => {
  test("is armed once the engine says so and stays so", async () => {
    expect(await outcome({ engine: "killed" }, {})).toBe("armed");
  });

  test("is a refusal when something kills again", async () => {
    await expect(outcome({}, { engine: "killed", killedBy: ["engine"] })).rejects.toThrow(
      "killed again at once by engine",
    );
    await expect(outcome({}, {}, { engine: "killed", killedBy: ["max-loss"] })).rejects.toThrow(
      "by max-loss (P&L of this session date -5,012.00: max_loss is still reached)",
    );
  });

  test("tells what an engine waits for, and what denies the orders of an armed one", async () => {
    expect(await outcome({ engine: "warming" })).toBe(
      'arm requested; engine "main" is still warming and arms when ready',
    );
    expect(await outcome({ engine: "killed" })).toContain('"main" is still killed');
    expect(await outcome({ session: "down", feed: "gap" })).toContain(
      'armed, but session "venue" is down and feed "itch" is gap',
    );
  });
});
