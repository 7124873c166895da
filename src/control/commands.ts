/** What the CLI socket's commands do to the control block. */
import type { ControlBlock } from "../core/control-block.ts";
import {
  HP_CONTROL__ARM_REQUEST_W,
  HP_CONTROL__DISARM_REQUEST_W,
  HP_CONTROL__KILL_ACK_W,
  HP_CONTROL__KILL_W,
  HP_KILL_CLI,
} from "../ffi/layout.ts";
import { awayText, NO_CANCEL_LEAVES, openOrders, ordersText } from "./open-orders.ts";
import { type Answer, parseRequest } from "./protocol.ts";
import { type ApplianceStatus, killNames } from "./status.ts";

export interface CommandContext {
  control: ControlBlock;
  status(): ApplianceStatus;
  /** Whether a session carries orders; absent: each does. */
  isOrders?(session: string): boolean;
  /** Right before and after the kill word is cleared. */
  beforeArm?(): void;
  onArm?(): void;
  /** A line for the log: who did what. */
  log?(sentence: string): void;
}

/** Answers one request line. Never throws. */
export function answerRequest(line: string, context: CommandContext): Answer {
  const request = parseRequest(line);
  if (typeof request === "string") return { ok: false, error: request };
  const { control, log } = context;
  switch (request.command) {
    case "status":
      return { ok: true, status: context.status() };
    case "arm":
      return arm(context);
    case "disarm":
      Atomics.add(control.words, HP_CONTROL__DISARM_REQUEST_W, 1);
      log?.("control: disarm was asked for");
      return { ok: true, text: disarmText(context) };
    case "kill":
      control.kill(HP_KILL_CLI);
      return { ok: true, text: killText(context) };
    case "stop":
      control.requestStop();
      log?.("control: stop was asked for");
      return { ok: true, text: stopText(context) };
  }
}

function openNow(context: CommandContext) {
  return openOrders(context.status(), context.isOrders ?? (() => true));
}

function killText(context: CommandContext): string {
  const open = openNow(context);
  const away = awayText(open);
  if (away !== "") return `killed: no new orders until you arm; ${away}: ${NO_CANCEL_LEAVES}`;
  const count = open.reduce((sum, engine) => sum + engine.count, 0);
  const of = count === 0 ? "" : ` (${ordersText(count)} open)`;
  return `killed: cancels are on their way${of}, no new orders until you arm`;
}

function disarmText(context: CommandContext): string {
  const away = awayText(openNow(context));
  return away === "" ? "disarm requested" : `disarm requested; ${away}: ${NO_CANCEL_LEAVES}`;
}

function stopText(context: CommandContext): string {
  const away = awayText(openNow(context));
  return away === "" ? "stopping" : `stopping; ${away}: what rests there stays at the venue`;
}

/**
 * The only place that clears the kill word, and only a person gets here. The engines arm when they
 * are warm and their sessions are up; until then they stay disarmed.
 */
function arm(context: CommandContext): Answer {
  const { control, log } = context;
  if (control.isStopping()) return { ok: false, error: "can't arm: the appliance is stopping" };
  const status = context.status();
  const missing = status.engines.find((engine) => !engine.isAlive);
  if (missing !== undefined) {
    return { ok: false, error: `can't arm: engine "${missing.name}" is not running` };
  }
  const stalled = status.engines.find((engine) => engine.state === "stalled");
  if (stalled !== undefined) {
    return {
      ok: false,
      error: `can't arm: engine "${stalled.name}" does not answer (no heartbeat); end its process (pid ${stalled.pid}), or stop the appliance`,
    };
  }
  if (!status.guard.isAlive) return { ok: false, error: "can't arm: no guard is running" };
  const broken = status.engines.find((engine) => (engine.journal?.broken ?? "") !== "");
  if (broken !== undefined) {
    return {
      ok: false,
      error: `can't arm: the journal of engine "${broken.name}" can't be written (${broken.journal!.broken})`,
    };
  }
  context.beforeArm?.();
  const cleared = Atomics.exchange(control.words, HP_CONTROL__KILL_W, 0);
  context.onArm?.();
  Atomics.store(control.words, HP_CONTROL__KILL_ACK_W, cleared);
  Atomics.add(control.words, HP_CONTROL__ARM_REQUEST_W, 1);
  const names = killNames(cleared);
  log?.(
    `control: armed by command${names.length > 0 ? `, which ends the kill by ${names.join(", ")}` : ""}`,
  );
  const waiting = status.engines.filter(
    (engine) => !["disarmed", "armed", "killed"].includes(engine.state),
  );
  return {
    ok: true,
    text:
      waiting.length === 0
        ? "arm requested"
        : `arm requested; engine "${waiting[0]!.name}" is still ${waiting[0]!.state} and arms when ready`,
  };
}
