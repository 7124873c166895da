import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findLibrary } from "../../../src/config/library.ts";
import { onloadVariables } from "../../../src/config/onload.ts";
import { tuningOf } from "../../../src/engine/tuning-from-config.ts";
import { GOOD, load } from "./fixture.ts";

const TARGET = 'target_comp_id = "SIM"';

function said(session: string, onload = ""): string[] {
  return load(text(session, onload)).problems.map((p) => `${p.severity} ${p.key}: ${p.message}`);
}

function text(session: string, onload: string): string {
  return `${GOOD.replace(TARGET, `${TARGET}\n${session}`)}\n${onload}`;
}

function config(session: string, onload = "") {
  const { config: c, problems } = load(text(session, onload));
  if (c === undefined) throw new Error(problems.map((p) => p.message).join("; "));
  return c;
}

const ASKS = 'accelerate = "onload"';

describe("[onload]", () => {
  test("matters to no session that does not ask for it", () => {
    expect(said("", '[onload]\nlibrary = "/nowhere.so"')).toEqual([]);
    const c = config("");
    expect(tuningOf(c.session[0]!, c.onload)).toBeUndefined();
  });

  test("must be on the machine when a session asks, by name or by path", () => {
    expect(said(ASKS)).toEqual([]);
    expect(said(ASKS, '[onload]\nlibrary = "/opt/own.so"')).toEqual([]);
    expect(said(ASKS, '[onload]\nlibrary = "libother.so"')).toEqual([
      "error session[0].accelerate: libother.so is not on this machine: install Onload, or name the library in [onload] library, or leave accelerate out",
    ]);
    expect(said(ASKS, '[onload]\nlibrary = "libother.so"\nallow_unaccelerated = true')).toEqual([
      "warning session[0].accelerate: libother.so is not on this machine: sessions go over the kernel's TCP (allow_unaccelerated)",
    ]);
  });

  test("a path starts at the folder of the file, a name is left to the linker", () => {
    expect(config("", '[onload]\nlibrary = "./own.so"').onload.library).toBe("/etc/hairpin/own.so");
    expect(config("").onload.library).toBe("libonload.so");
  });

  test("profiles are EF_ variables, and those of env come first", () => {
    const of = (onload: string) => onloadVariables(config("", `[onload]\n${onload}`).onload);
    expect(of("")).toEqual({
      EF_PIPE: "0",
      EF_POLL_USEC: "100000",
      EF_TCP_FASTSTART_INIT: "0",
      EF_TCP_FASTSTART_IDLE: "0",
    });
    expect(of('profile = "latency-best"')).toMatchObject({ EF_CTPIO_MODE: "ct", EF_TPH_MODE: "2" });
    expect(of("env = { EF_POLL_USEC = 10 }")["EF_POLL_USEC"]).toBe("10");
    expect(of('profile = "own"\nenv = { EF_NAME = "x" }')).toEqual({
      EF_PIPE: "0",
      EF_NAME: "x",
    });
    expect(of("env = { EF_PIPE = 2 }")["EF_PIPE"]).toBe("2");
  });

  test("an own profile of nothing, other variables and long stack names are refused", () => {
    expect(said("", '[onload]\nprofile = "own"')[0]).toContain("onload.env");
    expect(said("", '[onload]\nenv = { LD_PRELOAD = "x" }')[0]).toContain("error onload.env");
    expect(said("", '[onload]\nstack = "ninechars"')[0]).toContain("1 to 8 characters");
  });
});

describe("Options of a session's socket", () => {
  test("are the socket's options, and must or may be accelerated", () => {
    const lines = `${ASKS}\nquick_ack = true\nbusy_poll_us = 50\nuser_timeout_ms = 3000\ninterface = "lo"\nkeepalive = { idle_s = 4 }`;
    const c = config(lines);
    const tuning = {
      quickAck: true,
      busyPollUs: 50,
      keepIdleS: 4,
      keepIntervalS: 2,
      keepCount: 3,
      userTimeoutMs: 3000,
      device: "lo",
    };
    expect(tuningOf(c.session[0]!, c.onload)).toEqual({ ...tuning, accelerate: "must" });
    const may = { ...c.onload, allow_unaccelerated: true };
    expect(tuningOf(c.session[0]!, may)).toEqual({ ...tuning, accelerate: "may" });
  });

  test("an interface that the machine does not have is refused", () => {
    expect(said('interface = "eth9"')).toEqual([
      'error session[0].interface: found "eth9"; this machine has lo (127.0.0.1)',
    ]);
  });
});

describe("A library", () => {
  const folder = mkdtempSync(join(tmpdir(), "hairpin-library-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("is found by path, or in the folders of LD_LIBRARY_PATH", () => {
    mkdirSync(join(folder, "lib"));
    const path = join(folder, "lib", "libhairpin-test-only.so");
    writeFileSync(path, "");
    expect(findLibrary(path)).toBe(path);
    expect(findLibrary(`${path}.1`)).toBeUndefined();
    expect(findLibrary("libhairpin-test-only.so")).toBeUndefined();
    const before = process.env["LD_LIBRARY_PATH"];
    process.env["LD_LIBRARY_PATH"] = `/nonexistent:${join(folder, "lib")}`;
    try {
      expect(findLibrary("libhairpin-test-only.so")).toBe(path);
    } finally {
      if (before === undefined) delete process.env["LD_LIBRARY_PATH"];
      else process.env["LD_LIBRARY_PATH"] = before;
    }
  });

  test("of the system is found by its name", () => {
    expect(findLibrary("libc.so.6")).toMatch(/\/libc\.so\.6$/);
  });
});
