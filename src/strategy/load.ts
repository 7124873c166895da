/**
 * Finds a strategy: a built-in by name, or a user's file, imported at run time. The file's
 * `import ... from "hairpin"` is answered by this process, which is how a compiled binary in an
 * empty folder can run it. Cold; once per thread that loads strategies.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { z } from "zod";
import type { StrategyDefinition } from "./api.ts";
import * as api from "./api.ts";
import { maker } from "./maker.ts";
import { paramProblems } from "./params.ts";
import { unrunnable } from "./runner.ts";
import { taker } from "./taker.ts";
import { thrownText } from "./thrown.ts";

export const BUILT_INS: Record<string, StrategyDefinition> = {
  maker: maker as unknown as StrategyDefinition,
  taker: taker as unknown as StrategyDefinition,
};

export interface LoadedStrategy {
  definition: StrategyDefinition;
  /** Checked, with defaults filled in. */
  params: unknown;
}

/** One sentence for the person who wrote the strategy or its params. */
export class StrategyLoadError extends Error {
  override name = "StrategyLoadError";
}

const LOAD_TIMEOUT_MS = 3000;

let isRegistered = false;

/** Makes `import "hairpin"` mean this process's API, in this thread. */
export function registerHairpinModule(): void {
  if (isRegistered) return;
  isRegistered = true;
  Bun.plugin({
    name: "hairpin",
    setup(build) {
      build.module("hairpin", () => ({ exports: { ...api }, loader: "object" }));
    },
  });
}

/**
 * `uses`: "maker", "taker", or the path of a .ts or .js file, relative to `folder`. `params` as the
 * config has them. Throws StrategyLoadError.
 */
export async function loadStrategy(
  uses: string,
  params: Record<string, unknown>,
  folder = process.cwd(),
): Promise<LoadedStrategy> {
  const definition = BUILT_INS[uses] ?? (await loadFile(resolve(folder, uses), uses));
  const problems = paramProblems(definition.params, params);
  if (problems.length > 0) throw new StrategyLoadError(`strategy ${uses}: ${problems.join("; ")}`);
  return { definition, params: definition.params.parse(params) };
}

/** For `hairpin check`: loads, and returns what is wrong; empty = nothing. */
export async function strategyProblems(
  uses: string,
  params: Record<string, unknown>,
  folder?: string,
): Promise<string[]> {
  try {
    await loadStrategy(uses, params, folder);
    return [];
  } catch (error) {
    return [error instanceof StrategyLoadError ? error.message : thrownText(error)];
  }
}

async function loadFile(path: string, uses: string): Promise<StrategyDefinition> {
  const fail = (text: string) => new StrategyLoadError(`strategy ${uses}: ${text}`);
  if (!/\.(ts|js)$/.test(path)) {
    throw fail(
      `it is none of the built-in ones (${Object.keys(BUILT_INS).join(", ")}), and no .ts or .js file`,
    );
  }
  if (!existsSync(path)) throw fail(`there is no file ${path}`);
  registerHairpinModule();
  let module: Record<string, unknown>;
  try {
    module = await inTime(import(pathToFileURL(path).href));
  } catch (error) {
    throw fail(`it cannot be loaded: ${messageOf(error)}`);
  }
  return checkShape(module["default"], fail);
}

/** A file that waits at its top level for what never comes must not hold up the start for ever. */
async function inTime<T>(loading: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const seconds = LOAD_TIMEOUT_MS / 1000;
    late.reject(new Error(`it waits for something at its top level, after ${seconds} s still`));
  }, LOAD_TIMEOUT_MS);
  try {
    return await Promise.race([loading, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function checkShape(value: unknown, fail: (text: string) => Error): StrategyDefinition {
  if (value === undefined) {
    throw fail("it has no default export; end it with `export default defineStrategy({ ... })`");
  }
  if (value === null || typeof value !== "object") {
    throw fail(
      `its default export is a ${typeof value}; it must be defineStrategy({ params, create })`,
    );
  }
  const { params, create } = value as Record<string, unknown>;
  if (!isSchema(params)) {
    throw fail("its `params` must be a schema, for example `params: z.object({})`");
  }
  if (typeof create !== "function") {
    throw fail("it has no `create(ctx, params)` function beside `params`");
  }
  const kind = unrunnable(create);
  if (kind !== "") {
    throw fail(`its \`create\` is ${kind[0] === "a" ? "an" : "a"} ${kind}; make it a plain one`);
  }
  return value as StrategyDefinition;
}

function isSchema(value: unknown): value is z.ZodType {
  return typeof (value as z.ZodType | undefined)?.safeParse === "function";
}

/** Never throws: a file can throw anything at its top level. */
function messageOf(error: unknown): string {
  try {
    if (error instanceof AggregateError && error.errors.length > 0) {
      return messageOf(error.errors[0]);
    }
    const text = (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
    const at = (error as { position?: { line: number; column: number } | null } | null)?.position;
    return at ? `${text} (line ${at.line}, column ${at.column})` : text;
  } catch {
    return thrownText(error);
  }
}
