/**
 * Loads a user's strategy file in a process of its own to see whether it fits. Its top level is code
 * that nobody knows: it may never return, or end the process, and neither may happen to the one that
 * is to supervise the appliance.
 */
import { join } from "node:path";
import { IS_COMPILED } from "../core/compiled.ts";
import { BUILT_INS, strategyProblems } from "../strategy/load.ts";

/** Hidden verb of that process: `__strategy FILE PARAMS`. */
export const STRATEGY_VERB = "__strategy";
const TIMEOUT_MS = 6000;
const ANSWER = "hairpin-strategy ";

/** What is wrong with a strategy and its params, one sentence each; empty = nothing. */
export async function strategyProblemsApart(
  uses: string,
  params: Record<string, unknown>,
): Promise<string[]> {
  if (uses in BUILT_INS) return strategyProblems(uses, params);
  const main = IS_COMPILED ? [] : [join(import.meta.dir, "../main.ts")];
  const child = Bun.spawn(
    [process.execPath, ...main, STRATEGY_VERB, uses, JSON.stringify(params)],
    { stdin: "ignore", stdout: "pipe", stderr: "inherit" },
  );
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill("SIGKILL");
  }, TIMEOUT_MS);
  const out = await new Response(child.stdout).text();
  await child.exited;
  clearTimeout(timer);
  const answer = out.split("\n").findLast((line) => line.startsWith(ANSWER));
  if (answer !== undefined) return JSON.parse(answer.slice(ANSWER.length)) as string[];
  const how = isLate
    ? `its top level does not return, not within ${TIMEOUT_MS / 1000} s`
    : `it ended the process that loaded it (exit code ${child.exitCode ?? child.signalCode})`;
  return [`strategy ${uses}: it cannot be loaded: ${how}`];
}

/** The process itself; the exit code. */
export async function answerStrategyProblems(uses: string, params: string): Promise<number> {
  const problems = await strategyProblems(uses, JSON.parse(params) as Record<string, unknown>);
  process.stdout.write(`\n${ANSWER}${JSON.stringify(problems)}\n`);
  return 0;
}
