import { describe, expect, test } from "bun:test";
import type { OnloadOptions } from "../../../src/engine/options.ts";
import {
  ensurePreloaded,
  isPreloaded,
  onloadProblem,
  type PreloadWorld,
  preloadOnload,
} from "../../../src/engine/preload.ts";

const LIBRARY = "/usr/lib64/libonload.so";

/** A process that is started over: what with. */
function world(env: PreloadWorld["env"], fails = false) {
  const execs: { path: string; argv: string[]; env: Record<string, string> }[] = [];
  const execve: PreloadWorld["execve"] = (path, argv, next) => {
    if (fails) throw new Error("EACCES");
    execs.push({ path, argv, env: next });
  };
  return { env, execve, execs };
}

function onload(o: Partial<OnloadOptions> = {}): OnloadOptions {
  const names = { library: "libonload.so", path: LIBRARY, stack: "hairpin" };
  return {
    ...names,
    env: { EF_A: "1" },
    feeds: false,
    spins: true,
    warmSends: true,
    isRequired: true,
    ...o,
  };
}

describe("Starting over with a library", () => {
  test("keeps the environment, adds the variables, and puts the library in front", () => {
    const w = world({ HOME: "/root", LD_PRELOAD: "/lib/other.so", GONE: undefined });
    expect(ensurePreloaded(LIBRARY, { EF_A: "1" }, w)).toBe("");
    expect(w.execs.length).toBe(1);
    expect(w.execs[0]!.path).toBe("/proc/self/exe");
    expect(w.execs[0]!.argv[0]).toBe(process.execPath);
    expect(w.execs[0]!.argv).toContain(Bun.main);
    expect(w.execs[0]!.env).toEqual({
      HOME: "/root",
      LD_PRELOAD: `${LIBRARY}:/lib/other.so`,
      EF_A: "1",
      HAIRPIN_PRELOADED: LIBRARY,
    });
  });

  test("does nothing when it is there, whoever put it there", () => {
    for (const preload of [LIBRARY, `/a.so:${LIBRARY}`, `/a.so ${LIBRARY}`]) {
      const w = world({ LD_PRELOAD: preload });
      expect(ensurePreloaded(LIBRARY, {}, w)).toBe("");
      expect(w.execs).toEqual([]);
    }
    expect(isPreloaded(LIBRARY, { LD_PRELOAD: `${LIBRARY}.1` })).toBe(false);
    expect(isPreloaded(LIBRARY, {})).toBe(false);
  });

  test("ends with a sentence when the preload was taken away, and never goes round", () => {
    const first = world({});
    ensurePreloaded(LIBRARY, {}, first);
    const { LD_PRELOAD: _, ...without } = first.execs[0]!.env;
    const second = world(without);
    expect(ensurePreloaded(LIBRARY, {}, second)).toContain("file capabilities");
    expect(second.execs).toEqual([]);
  });

  test("tells what stands in the way", () => {
    expect(ensurePreloaded(LIBRARY, {}, world({}, true))).toBe(
      `${LIBRARY} can't be preloaded: EACCES`,
    );
  });
});

describe("Onload before the engine starts", () => {
  test("is nobody's business without a session that asks for it", () => {
    const w = world({});
    expect(preloadOnload(undefined, w)).toBe("");
    expect(onloadProblem(undefined, { hp_onload_present: () => 0 })).toBe("");
    expect(w.execs).toEqual([]);
  });

  test("is preloaded with its variables", () => {
    const w = world({});
    expect(preloadOnload(onload(), w)).toBe("");
    expect(w.execs[0]!.env["EF_A"]).toBe("1");
  });

  test("that is nowhere is a sentence with the remedy, unless it need not be", () => {
    const w = world({});
    expect(preloadOnload(onload({ path: "" }), w)).toBe(
      "libonload.so is not on this machine: install Onload, or name the library in [onload] library, or leave accelerate out",
    );
    expect(preloadOnload(onload({ path: "", isRequired: false }), w)).toBe("");
    expect(preloadOnload(onload({ isRequired: false }), world({}, true))).toBe("");
    expect(w.execs).toEqual([]);
  });

  test("has to answer once it is preloaded, unless it need not", () => {
    const silent = { hp_onload_present: () => 0 };
    expect(onloadProblem(onload(), silent)).toContain("does not answer as Onload does");
    expect(onloadProblem(onload({ isRequired: false }), silent)).toBe("");
    expect(onloadProblem(onload(), { hp_onload_present: () => 1 })).toBe("");
  });
});
