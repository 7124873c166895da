import { expect, test } from "bun:test";
import { killReasonText } from "../../../src/control/kill-reason.ts";
import { KillWatch } from "../../../src/control/kill-watch.ts";
import { awayText, openOrders } from "../../../src/control/open-orders.ts";
import type { ApplianceStatus } from "../../../src/control/status.ts";
import {
  KILL_REASON_TEXTS,
  REFUSED_FOREIGN_TRADE,
  REPORT_OVERFILL,
} from "../../../src/core/kill-reasons.ts";
import { EngineKill } from "../../../src/engine/supervisor.ts";
import * as L from "../../../src/ffi/layout.ts";
import { GateSwitch } from "../../../src/risk/switch.ts";
import { withHost } from "./kit.ts";

/** The part of a status that is looked at. */
function status(open: number[], sessions: [name: string, engine: string, state: string][]) {
  return {
    engines: open.map((openOrders, i) => ({ name: `e${i}`, openOrders })),
    sessions: sessions.map(([name, engine, state]) => ({ name, engine, state })),
  } as unknown as ApplianceStatus;
}

const isOrders = (name: string) => name !== "md";

test("a session that is up or catching up carries cancels; one of market data never does", () => {
  const up = status(
    [2],
    [
      ["a", "e0", "up"],
      ["b", "e0", "syncing"],
      ["md", "e0", "down"],
    ],
  );
  expect(openOrders(up, isOrders)).toEqual([{ engine: "e0", count: 2, away: [] }]);
  expect(awayText(openOrders(up, isOrders))).toBe("");
});

test("each engine with open orders is told of with its own sessions that are away", () => {
  const down = status(
    [2, 1, 0],
    [
      ["a", "e0", "down"],
      ["b", "e0", "connecting"],
      ["c", "e1", "engine stalled"],
      ["d", "e2", "down"],
    ],
  );
  expect(awayText(openOrders(down, isOrders))).toBe(
    '2 orders of engine "e0" are open, and session "a" is down and session "b" is connecting; 1 order of engine "e1" is open, and the engine of session "c" is stalled',
  );
});

test("the log of a kill by an engine says what came and why", () =>
  withHost((host) => {
    const { control } = host.segments();
    const said: string[] = [];
    const kill = new EngineKill(control.words, new GateSwitch());
    const reason = () => killReasonText(control, ["a", "venue"]);
    const watch = new KillWatch(
      control,
      (sentence) => said.push(sentence),
      () => "",
      reason,
    );
    expect(reason()).toBe("");
    kill.kill(L.HP_KILL_ENGINE, REFUSED_FOREIGN_TRADE, 1, 0x45, 4);
    kill.kill(L.HP_KILL_ENGINE, REPORT_OVERFILL, 0, 0x46, 5);
    const why = `session "venue", message 4 (E): ${KILL_REASON_TEXTS[REFUSED_FOREIGN_TRADE]}`;
    expect(reason()).toBe(why);
    watch.poll();
    expect(said).toEqual([
      `control: killed by engine (${why}); no order passes until somebody arms; what rests is cancelled`,
    ]);
    control.words[L.HP_CONTROL__KILL_W] = 0;
    kill.kill(L.HP_KILL_ENGINE, REPORT_OVERFILL, 0, 0x46, 5);
    expect(reason()).toBe(
      `session "a", message 5 (ExecType F): ${KILL_REASON_TEXTS[REPORT_OVERFILL]}`,
    );
  }));

test("the log of a kill does not say that orders are cancelled when no cancel can leave", () =>
  withHost((host) => {
    const { control } = host.segments();
    const said: string[] = [];
    let away = "";
    const watch = new KillWatch(
      control,
      (sentence) => said.push(sentence),
      () => away,
    );
    control.kill(L.HP_KILL_CLI);
    watch.poll();
    away = '1 order of engine "main" is open, and session "venue" is down';
    control.kill(L.HP_KILL_LOSS);
    watch.poll();
    const killed = (by: string) =>
      `control: killed by ${by}; no order passes until somebody arms; `;
    expect(said).toEqual([
      `${killed("cli")}what rests is cancelled`,
      `${killed("max-loss")}${away}: no cancel leaves by it before it is up again`,
    ]);
  }));
