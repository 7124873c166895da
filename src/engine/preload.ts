/**
 * Starting this process over with a library preloaded. A preload takes effect only when a process
 * starts, so the process puts itself in its own place: same pid, same descriptors, same arguments.
 */
import { IS_COMPILED } from "../core/compiled.ts";
import type { OnloadOptions } from "./options.ts";

/** Says in the new process's environment that it has been started over, with what. */
const DONE = "HAIRPIN_PRELOADED";
/** This executable, also when its file was replaced meanwhile. */
const OWN = "/proc/self/exe";

export interface PreloadWorld {
  env: Record<string, string | undefined>;
  /** Replaces the process; returns only when it cannot, by throwing. */
  execve(path: string, argv: string[], env: Record<string, string>): void;
}

const thisProcess: PreloadWorld = {
  env: process.env,
  execve: (path, argv, env) => {
    if (process.execve === undefined) throw new Error("this runtime has no execve");
    process.execve(path, argv, env);
  },
};

/** True when LD_PRELOAD, a list with colons or blanks between, has the library in it. */
export function isPreloaded(library: string, env: PreloadWorld["env"]): boolean {
  return (env["LD_PRELOAD"] ?? "").split(/[: ]/).includes(library);
}

/**
 * Goes on in a process with `library` preloaded and `variables` set, at once when it is this one.
 * Returns "", or one sentence on why there can be no such process.
 */
export function ensurePreloaded(
  library: string,
  variables: Record<string, string>,
  world: PreloadWorld = thisProcess,
): string {
  const { env } = world;
  if (isPreloaded(library, env)) return "";
  if (env[DONE] === library) return `${library} can't be preloaded: ${STRIPPED}`;
  const main = IS_COMPILED ? [] : [Bun.main];
  const before = env["LD_PRELOAD"] ?? "";
  const next: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined) next[name] = value;
  Object.assign(next, variables, {
    LD_PRELOAD: before === "" ? library : `${library}:${before}`,
    [DONE]: library,
  });
  try {
    world.execve(OWN, [process.execPath, ...main, ...process.argv.slice(2)], next);
  } catch (error) {
    return `${library} can't be preloaded: ${error instanceof Error ? error.message : error}`;
  }
  return "";
}

/** ld.so(8), secure-execution mode. */
const STRIPPED =
  "the dynamic linker ignores LD_PRELOAD in an executable with file capabilities or a set-user-ID bit; give the service ambient capabilities instead of setcap";

/** Before the shim is loaded: "" = go on, else one sentence. May not return (see above). */
export function preloadOnload(onload: OnloadOptions | undefined, world?: PreloadWorld): string {
  if (onload === undefined) return "";
  const { library, path, isRequired } = onload;
  if (path === "") {
    if (!isRequired) return "";
    return `${library} is not on this machine: install Onload, or name the library in [onload] library, or leave accelerate out`;
  }
  const problem = ensurePreloaded(path, onload.env, world);
  return isRequired ? problem : "";
}

/** Once the shim is there: "" when libonload answers, or need not; else one sentence. */
export function onloadProblem(
  onload: OnloadOptions | undefined,
  shim: { hp_onload_present(): number },
): string {
  if (onload === undefined || !onload.isRequired || shim.hp_onload_present() === 1) return "";
  return `${onload.path} is preloaded and does not answer as Onload does; check [onload] library`;
}
