/** Killing processes of an appliance in the middle of trading, and its way back. */
import { expect } from "bun:test";
import { ROLE_ENGINE } from "../../../src/control/roles.ts";
import type { SessionReport } from "../../../src/sim/report.ts";
import { CLIENT } from "../helpers/config.ts";
import { processesOf } from "../helpers/folder.ts";
import { difference, figuresOf, type OurFigures } from "./compare.ts";
import type { Ledger } from "./ledger.ts";
import { isAlive, signal, type World } from "./world.ts";

export type Target = "engine" | "control" | "engine and control" | "everything" | "launcher";
const WEIGHTS: readonly (readonly [Target, number])[] = [
  ["engine", 35],
  ["control", 20],
  ["engine and control", 30],
  ["everything", 10],
  ["launcher", 5],
];

/** By weight; `luck` in [0, 1). */
export function pickTarget(luck: number): Target {
  let left = luck * 100;
  for (const [target, weight] of WEIGHTS) {
    left -= weight;
    if (left < 0) return target;
  }
  return "engine";
}

/**
 * How the venue is before the strike: prompt; slow to look at orders; or deaf, so that what we send
 * stays in its socket and is lost with the connection.
 */
export type Mood = "prompt" | "slow" | "deaf";

export function pickMood(luck: number): Mood {
  return luck < 0.5 ? "prompt" : luck < 0.8 ? "slow" : "deaf";
}

/** Kills; the engine processes that must be gone for it. */
export async function strike(
  world: World,
  target: Target,
  mood: Mood,
  random: () => number,
): Promise<Set<number>> {
  const gone = new Set(target === "control" ? [] : [world.pids().engine]);
  if (mood === "slow") await world.fault({ slowAckMs: 1 + random() * 20 });
  if (mood === "deaf") await world.fault({ stallReading: true });
  await Bun.sleep(random() * TRADE_MS);
  await kill(world, target, random);
  if (mood === "deaf") await world.sim.ask({ cmd: "drop", client: CLIENT });
  await world.fault({ slowAckMs: 0, stallReading: false });
  if (random() >= AGAIN || target === "control") return gone;
  // Once more, while it starts, recovers or logs on.
  await Bun.sleep(random() * RECOVERY_MS);
  const engine = processesOf(world.folder).find((line) => line.includes(ROLE_ENGINE));
  const pid = Number(engine?.split(" ")[0] ?? 0);
  if (pid > 0 && signal(pid, "SIGKILL")) gone.add(pid);
  return gone;
}

/** Longest wait between the first order and the kill. */
const TRADE_MS = 150;
/** Share of kills after which the engine is killed again, within this time. */
const AGAIN = 0.15;
const RECOVERY_MS = 700;

async function kill(world: World, target: Target, random: () => number): Promise<void> {
  const { launcher, control, guard, engine } = world.pids();
  // Which of them dies first matters: the others may still act.
  const groups: Record<Target, number[]> = {
    engine: [engine],
    control: [control],
    "engine and control": shuffled([engine, control], random),
    everything: shuffled([launcher, control, guard, engine], random),
    launcher: [launcher],
  };
  for (const pid of groups[target]) expect(signal(pid, "SIGKILL")).toBe(true);
  if (target === "everything" || target === "launcher") await world.runAgain();
}

/** Until the appliance is back and in sync, having traded on where only control had died. */
export async function recovered(world: World, target: Target, gone: Set<number>): Promise<void> {
  if (target !== "control") {
    await world.standby(STATES[target] ?? ["disarmed"], (pid) => !gone.has(pid));
    const by = world.status.state === "killed" ? ["orphan"] : [];
    expect(world.status.killedBy).toEqual(by);
    return;
  }
  const { control, engine } = world.pids();
  await world.reach("another control", (s) => s.control.pid !== control && s.control.isAlive);
  expect(world.status.engines[0]).toMatchObject({ pid: engine, state: "armed" });
  expect(isAlive(engine)).toBe(true);
  await world.insist("disarm");
  await world.standby("disarmed");
}

/** A launcher that dies alone, or first, has its children kill, cancel and end: that is sticky. */
const STATES: Partial<Record<Target, string[]>> = {
  launcher: ["killed"],
  everything: ["disarmed", "killed"],
};

export interface Agreement {
  venue: SessionReport;
  figures: OurFigures;
}

const AGREE_MS = 5000;

/** Both sides' books, once they agree; throws the difference that stays. */
export async function agree(world: World, ledger: Ledger): Promise<Agreement> {
  const symbols = world.venue.symbols.map(({ symbol }) => symbol);
  const endMs = performance.now() + AGREE_MS;
  for (;;) {
    const venue = await world.venueSession();
    const status = await world.ask("status");
    const figures = figuresOf(status, ledger.read(), symbols);
    const found = difference(venue, figures);
    if (found === "") return { venue, figures };
    if (performance.now() > endMs) throw new Error(found);
    await Bun.sleep(20);
  }
}

function shuffled(pids: number[], random: () => number): number[] {
  return pids
    .map((pid) => ({ pid, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ pid }) => pid);
}

/** Numbers in [0, 1) from a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
