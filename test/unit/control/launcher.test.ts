import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import type { Child, ChildEnd, ChildOptions } from "../../../src/control/child.ts";
import { takeJournalLock } from "../../../src/control/journal-folder.ts";
import { RUN_FAILED, RUN_OK, RUN_REFUSED, runAppliance } from "../../../src/control/launcher.ts";
import type { ApplianceOptions, RunningAppliance } from "../../../src/control/launcher-options.ts";
import {
  ROLE_CONTROL,
  ROLE_ENGINE,
  ROLE_GUARD,
  readControlOptions,
  readEngineOptions,
  readGuardOptions,
} from "../../../src/control/roles.ts";
import { takeLock } from "../../../src/control/run-dir.ts";
import { Region, wholeBlock } from "../../../src/core/arena.ts";
import { SESSION_UP } from "../../../src/core/codes.ts";
import { ControlBlock } from "../../../src/core/control-block.ts";
import * as L from "../../../src/ffi/layout.ts";
import { type Host, withHost } from "./kit.ts";

/** Plays the processes: each child's end is in the test's hands. */
class Processes {
  readonly started: string[] = [];
  readonly ended: string[] = [];
  readonly children: { verb: string; end(code: number): void; env: Record<string, string> }[] = [];
  /** The guard's pid in the control block, at the start of each guard. */
  readonly guardPids: number[] = [];
  /** What each engine was told behind its options file. */
  readonly engineWords: string[] = [];
  /** Verbs that never come up. */
  broken = new Set<string>();
  private nextPid = 1_000_000;

  constructor(private readonly host: Host) {}

  spawn = (options: ChildOptions): Child => {
    const at = options.command.findIndex((word) => word.startsWith("__"));
    const verb = options.command[at]!;
    const file = options.command[at + 1]!;
    if (verb === "__engine") this.engineWords.push(options.command.slice(at + 2).join(" "));
    const pid = this.nextPid++;
    let end: ChildEnd | undefined;
    let resolve: (end: ChildEnd) => void = () => {};
    const ended = new Promise<ChildEnd>((done) => {
      resolve = done;
    });
    const finish = (code: number, signal: string | null = null): void => {
      if (end !== undefined) return;
      end = { code, signal };
      this.ended.push(verb);
      resolve(end);
    };
    this.started.push(verb);
    this.children.push({ verb, end: finish, env: options.env ?? {} });
    if (this.broken.has(verb)) finish(9);
    else this.comeUp(verb, file, pid, finish);
    return { pid, ended, end: () => end, kill: (signal) => finish(0, signal) };
  };

  private comeUp(verb: string, file: string, pid: number, finish: (code: number) => void): void {
    const { link } = JSON.parse(readFileSync(file, "utf8"));
    const region = Region.shm(this.host.shim, link.segments.control, 0);
    const control = ControlBlock.open(wholeBlock(region));
    if (verb === ROLE_GUARD) this.guardPids.push(control.words[L.HP_CONTROL__GUARD_PID_W]!);
    if (verb === ROLE_GUARD) control.words[L.HP_CONTROL__GUARD_PID_W] = pid;
    if (verb === ROLE_CONTROL) control.words[L.HP_CONTROL__CONTROL_PID_W] = pid;
    if (verb === ROLE_GUARD) return;
    // Engines and control end by themselves once a stop is asked for; control after the engines.
    const timer = setInterval(() => {
      const engines = this.children.filter((child) => child.verb === ROLE_ENGINE).length;
      const gone = this.ended.filter((name) => name === ROLE_ENGINE).length;
      if (!control.isStopping() || (verb === ROLE_CONTROL && gone < engines)) return;
      clearInterval(timer);
      finish(0);
    }, 1);
  }
}

interface Launched {
  code: Promise<number>;
  running: Promise<RunningAppliance>;
  processes: Processes;
}

function launch(host: Host, change: Partial<ApplianceOptions> = {}): Launched {
  const processes = new Processes(host);
  let ready: (running: RunningAppliance) => void = () => {};
  const running = new Promise<RunningAppliance>((done) => {
    ready = done;
  });
  const code = runAppliance(host.shim, {
    name: "test",
    runDirectory: host.directory,
    date: "2026-11-20",
    sessionStartS: host.options.sessionStartS,
    configHash: 1,
    journal: {
      directory: `${host.directory}/journal`,
      ringBytes: 1 << 16,
      durable: "always",
      segmentBytes: 1 << 20,
    },
    guard: { timeoutMs: 100, killTimeoutMs: 500 },
    engines: [{ name: "main", restarts: false, options: { depth: 3 } }],
    feeds: [{ name: "itch", engine: 0, rerequest: null }],
    sessions: [{ name: "venue", engine: 0 }],
    spawn: processes.spawn,
    onReady: ready,
    log: (sentence) => host.sentences.push(sentence),
    ...change,
  });
  return { code, running, processes };
}

describe("runAppliance", () => {
  test("starts guard, control and engines, ends them engines first, and leaves nothing behind", () =>
    withHost(async (host) => {
      const { code, running, processes } = launch(host);
      const appliance = await running;
      expect(processes.started).toEqual([ROLE_GUARD, ROLE_CONTROL, ROLE_ENGINE]);
      expect(processes.children[2]!.env["BUN_JSC_logGC"]).toBe("1");
      expect(readControlOptions(appliance.paths.control).engines).toEqual([{ name: "main" }]);
      expect(readGuardOptions(appliance.paths.guardOptions).timeoutMs).toBe(100);
      expect(readEngineOptions(appliance.paths.engine(0)).options).toEqual({ depth: 3 });
      appliance.stop();
      expect(await code).toBe(RUN_OK);
      expect(processes.ended).toEqual([ROLE_ENGINE, ROLE_CONTROL, ROLE_GUARD]);
      expect(host.shim.network.memory.segments.size).toBe(0);
      expect(existsSync(appliance.paths.control)).toBe(false);
      expect(host.sentences).toEqual([]);
    }));

  test("names the orders that an engine has left open, and why", () =>
    withHost(async (host) => {
      const { code, running } = launch(host);
      const appliance = await running;
      const { control } = appliance.segments;
      control.engine(0).doubles[L.HP_ENGINE__OPEN_ORDERS_D] = 3;
      appliance.stop();
      expect(await code).toBe(RUN_OK);
      const left =
        'engine "main" ended with 3 orders open, which may still rest at the venue: session "venue" was down';
      expect(host.sentences).toEqual([left]);
    }));

  test("says that nobody cancelled when the engine had died, and knows no more when it ended badly", () =>
    withHost(async (host) => {
      for (const dies of [true, false]) {
        host.sentences.length = 0;
        const { code, running, processes } = launch(host);
        const appliance = await running;
        const { control } = appliance.segments;
        control.engine(0).doubles[L.HP_ENGINE__OPEN_ORDERS_D] = 21;
        control.session(0).words[L.HP_SESSION__STATE_W] = SESSION_UP;
        if (dies) processes.children[2]!.end(7);
        else appliance.stop();
        await code;
        const left = 'engine "main" ended with 21 orders open, which may still rest at the venue: ';
        expect(host.sentences[0]).toBe(
          left +
            (dies
              ? "it was gone before the stop, which sent no cancels for it"
              : "it did not stop in good order, and not all cancels may have left"),
        );
      }
    }));

  test("says that the venue was too slow when the session was up", () =>
    withHost(async (host) => {
      const { code, running } = launch(host);
      const appliance = await running;
      const { control } = appliance.segments;
      control.engine(0).doubles[L.HP_ENGINE__OPEN_ORDERS_D] = 1;
      control.engine(0).words[L.HP_ENGINE__STATE_W] = L.HP_STATE_STOPPED;
      control.session(0).words[L.HP_SESSION__STATE_W] = SESSION_UP;
      appliance.stop();
      expect(await code).toBe(RUN_OK);
      expect(host.sentences[0]).toEndWith(
        "1 order open, which may still rest at the venue: the venue has not confirmed all cancels in time",
      );
    }));

  test("ends by itself after the seconds given", () =>
    withHost(async (host) => {
      expect(await launch(host, { seconds: 0.05 }).code).toBe(RUN_OK);
    }));

  test("ends in order when its terminal is closed", () =>
    withHost(async (host) => {
      const { code, running, processes } = launch(host);
      await running;
      process.kill(process.pid, "SIGHUP");
      expect(await code).toBe(RUN_OK);
      expect(processes.ended).toEqual([ROLE_ENGINE, ROLE_CONTROL, ROLE_GUARD]);
    }));

  test("is refused with its own exit code while another one runs", () =>
    withHost(async (host) => {
      takeLock(host.shim, host.paths, "test");
      expect(await launch(host).code).toBe(RUN_REFUSED);
      expect(host.sentences[0]).toContain("already running");
    }));

  test("is refused with a sentence while another appliance has the journal folder, and frees its own lock", () =>
    withHost(async (host) => {
      const holder = { name: "twin", runDirectory: "/run/twin" };
      const fd = takeJournalLock(host.shim, `${host.directory}/journal`, holder);
      expect(await launch(host).code).toBe(RUN_REFUSED);
      expect(host.sentences[0]).toContain('is in use by appliance "twin"');
      host.shim.hp_fd_close(fd);
      expect(await launch(host, { seconds: 0.05 }).code).toBe(RUN_OK);
    }));

  test("is refused on the journal of another name, before anything is started or rescued", () =>
    withHost(async (host) => {
      expect(await launch(host, { seconds: 0.05 }).code).toBe(RUN_OK);
      const { code, processes } = launch(host, { name: "twin" });
      expect(await code).toBe(RUN_FAILED);
      expect(host.sentences[0]).toContain('[appliance] name was "test", now it is "twin"');
      expect(processes.started).toEqual([]);
      expect(await launch(host, { seconds: 0.05 }).code).toBe(RUN_OK);
    }));

  test("control and guard are started again at once", () =>
    withHost(async (host) => {
      const { code, running, processes } = launch(host);
      const appliance = await running;
      processes.children[0]!.end(3);
      processes.children[1]!.end(3);
      while (processes.started.length < 5) await Bun.sleep(5);
      expect(processes.started.slice(3)).toEqual([ROLE_GUARD, ROLE_CONTROL]);
      // Engines deny new orders until another guard has told its pid.
      expect(processes.guardPids).toEqual([0, 0]);
      appliance.stop();
      expect(await code).toBe(RUN_OK);
    }));

  test("an engine that dies and is not to be restarted ends the run with one sentence", () =>
    withHost(async (host) => {
      const { code, running, processes } = launch(host);
      await running;
      processes.children[2]!.end(7);
      expect(await code).toBe(RUN_FAILED);
      expect(host.sentences).toEqual([
        'engine "main" ended (exit code 7) and is not to be restarted',
      ]);
    }));

  test("an engine is started again with a new run number, but not without bound", () =>
    withHost(async (host) => {
      const engines = [{ name: "main", restarts: true, options: null }];
      const { code, running, processes } = launch(host, { engines, restartsPerMinuteMax: 1 });
      const appliance = await running;
      expect(appliance.segments.epoch).toBe(1);
      processes.children[2]!.end(1);
      while (processes.started.length < 4) await Bun.sleep(5);
      expect(appliance.segments.epoch).toBe(2);
      processes.children[3]!.end(1);
      expect(await code).toBe(RUN_FAILED);
      expect(host.sentences.at(-1)).toContain('engine "main" ended (exit code 1) 1 times');
      expect(processes.engineWords).toEqual(["", "restarted"]);
    }));

  test("a helper that does not start ends the run before any engine is there", () =>
    withHost(async (host) => {
      const launched = launch(host);
      launched.processes.broken.add(ROLE_CONTROL);
      expect(await launched.code).toBe(RUN_FAILED);
      expect(launched.processes.started).not.toContain(ROLE_ENGINE);
      expect(host.sentences).toContain("the control process did not start (exit code 9)");
      expect(host.shim.network.memory.segments.size).toBe(0);
    }));

  test("a full /dev/shm is one sentence and an exit code", () =>
    withHost(async (host) => {
      host.shim.network.memory.shmLimit = 4096;
      expect(await launch(host).code).toBe(RUN_FAILED);
      expect(host.sentences.length).toBe(1);
      expect(host.sentences[0]).toContain("/dev/shm is full: the control segment needs");
    }));
});
