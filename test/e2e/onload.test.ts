/**
 * Onload on the executable, played by a double that is preloaded in its place: what is called, in
 * which order, with which arguments, and that the venue gets the bytes of the orders and no others.
 */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findCompiler, NO_COMPILER } from "../../native/build.ts";
import { buildStandins, ONLOAD_DOUBLE } from "../../native/standin/build.ts";
import { BARE_ENV, describeBinary, lines, runBinary } from "./helpers/binary.ts";
import { RISK, sessionText } from "./helpers/config.ts";
import { until } from "./helpers/folder.ts";
import { counter, Rig } from "./helpers/rig.ts";
import { Relay } from "./support/relay.ts";

const TIMEOUT_MS = 60_000;
const EXIT_CONFIG = 3;

/** A call in the double's log. */
interface Call {
  pid: number;
  text: string;
}

/** The double has to be compiled; in CI a compiler that is missing is a failure. */
const isMissing = findCompiler() === undefined && process.env.CI !== "true";
const title = isMissing ? `Onload (skipped: ${NO_COMPILER})` : "Onload";

(isMissing ? describe.skip : describeBinary)(title, () => {
  let rig: Rig;
  let relay: Relay;
  let received: Buffer;

  beforeAll(() => {
    expect(buildStandins()).toBe(0);
  });
  beforeEach(async () => {
    rig = new Rig("onload");
    received = Buffer.alloc(0);
    await rig.startSim();
    relay = new Relay({ address: rig.venue.fix.address, port: rig.venue.fix.port });
    relay.onClient = (bytes) => {
      received = Buffer.concat([received, bytes]);
    };
  });
  afterEach(async () => {
    relay.stop();
    await rig.end();
  }, TIMEOUT_MS);

  const logPath = () => join(rig.folder, "onload.log");

  function calls(): Call[] {
    if (!existsSync(logPath())) return [];
    return lines(readFileSync(logPath(), "utf8")).map((line) => {
      const blank = line.indexOf(" ");
      return { pid: Number(line.slice(0, blank)), text: line.slice(blank + 1) };
    });
  }

  function writeConfig(onload: string, journal = "", guard?: string): void {
    const text = sessionText(`127.0.0.1:${relay.port}`, rig.venue.fix.venueCompId);
    rig.writeConfig({
      session: `${text}accelerate = "onload"\nquick_ack = true\nkeepalive = { idle_s = 5 }\n`,
      journal: `[journal]\ndir = "journal"\nring_mib = 4\n${journal}`,
      ...(guard === undefined ? {} : { guard }),
      risk: `${RISK}\n[onload]\n${onload}\n`,
    });
  }

  const double = () => `library = "${ONLOAD_DOUBLE}"`;
  const env = (words = "") => ({
    ...BARE_ENV,
    HAIRPIN_ONLOAD_DOUBLE_LOG: logPath(),
    HAIRPIN_ONLOAD_DOUBLE_WORDS: words,
  });

  /** Fields of /proc/PID/environ. */
  function environment(pid: number): string[] {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  }

  async function trading(atLeast = 20): Promise<void> {
    await rig.reach("orders sent", (s) => counter(s, "order_sent") >= atLeast, 20_000);
  }

  test(
    "names its stack before a socket, is looked at before a byte, and warms only what is up",
    async () => {
      const onload = `${double()}\nstack = "orders"\nenv = { EF_TCP_SNDBUF = 65536 }`;
      writeConfig(onload, "capture = true\ncapture_ring_mib = 16\n");
      rig.run({ env: env() });
      await rig.ready();
      await trading();
      await rig.reach("warm sends", (s) => counter(s, "engine_warm_sends") >= 3);

      const enginePid = calls().find((c) => c.text.startsWith("set_stackname"))!.pid;
      expect(environment(enginePid)).toContain("EF_POLL_USEC=100000");
      expect(environment(enginePid)).toContain("EF_TCP_SNDBUF=65536");
      expect(environment(enginePid)).toContain(`LD_PRELOAD=${ONLOAD_DOUBLE}`);
      const guardPid = rig.status.guard.pid;
      expect(environment(guardPid)).toContain(`LD_PRELOAD=${ONLOAD_DOUBLE}`);
      expect(environment(guardPid).filter((v) => v.startsWith("EF_"))).toEqual(["EF_PIPE=0"]);

      expect(await rig.difference()).toBe("");
      const own = calls().filter((c) => c.pid === enginePid);
      const at = (text: string) => own.findIndex((c) => c.text.startsWith(text));
      // The first socket only tries the options, and is closed again.
      const fd = Number(/^connect\((\d+)\)/.exec(own[at("connect(")]!.text)![1]);
      expect(own.some((c) => c.text === `socket() = ${fd} on "orders"`)).toBe(true);
      expect(own.filter((c) => /^socket/.test(c.text) && !c.text.endsWith('"orders"'))).toEqual([]);
      // Feeds come first, and stay with the kernel.
      expect(own[at("set_stackname")]!.text).toBe("set_stackname(0, 2, NULL) = 0");
      expect(own[at("thread_set_spin")]!.text).toBe("thread_set_spin(0, 1) = 0");
      const order = [
        "is_present() = 1",
        "set_stackname(0, 2, NULL)",
        'set_stackname(0, 2, "orders") = 0',
        "thread_set_spin",
        `connect(${fd})`,
        `fd_stat(${fd}) = 1`,
        `fd_check_feature(${fd}, 0) = 1`,
        `send(${fd}, `,
      ].map(at);
      expect(order.every((i) => i >= 0)).toBe(true);
      expect(order).toEqual([...order].sort((a, b) => a - b));
      expect(at('set_stackname(0, 2, "orders")')).toBeLessThan(at("socket()"));
      expect(own.filter((c) => c.text.includes("VIOLATION"))).toEqual([]);
      expectVenueGot(own, fd);
      // Logged on first: nothing is warm before a Logon and its answer have been exchanged.
      const sends = own.filter((c) => c.text.startsWith(`send(${fd}, `));
      expect(sends[0]!.text).not.toContain("warm");
      expect(sends.some((c) => c.text === `send(${fd}, 256, warm) = 256`)).toBe(true);
      const last = own.findLastIndex((c) => c.text === `close(${fd})`);
      expect(last).toBeGreaterThan(at(`connect(${fd})`));
      expect(own.slice(last).some((c) => c.text.startsWith(`send(${fd}`))).toBe(false);
      // What is warm leaves no trace: the recorded run comes out the same without Onload.
      const words = ["replay", "--journal", "journal", "--json"];
      const replayed = await runBinary(words, { cwd: rig.folder });
      expect(replayed.err).toBe("");
      expect(JSON.parse(replayed.out).ok).toBe(true);
    },
    TIMEOUT_MS,
  );

  /** Every byte of every plain send, once, and none of the warm ones; whole messages, numbered. */
  function expectVenueGot(own: Call[], fd: number): void {
    let sent = 0;
    let warm = 0;
    for (const { text } of own) {
      const call = new RegExp(`^send\\(${fd}, \\d+(, warm)?\\) = (-?\\d+)$`).exec(text);
      if (call === null || Number(call[2]) < 0) continue;
      if (call[1] === undefined) sent += Number(call[2]);
      else warm++;
    }
    expect(warm).toBeGreaterThan(0);
    expect(received.length).toBe(sent);
    const text = received.toString("latin1").replaceAll("\u0001", "|");
    const numbers = [...text.matchAll(/\|34=0*(\d+)\|/g)].map((m) => Number(m[1]));
    expect(numbers).toEqual(numbers.map((_, i) => i + 1));
    expect([...text.matchAll(/\|10=\d{3}\|/g)].length).toBe(numbers.length);
  }

  test(
    "sends nothing warm when told not to, or when the stack does not know it",
    async () => {
      for (const [config, words] of [
        ["warm_sends = false", ""],
        ["", "cold"],
      ] as const) {
        writeConfig(`${double()}\n${config}`);
        rig.run({ env: env(words) });
        await rig.ready();
        await trading(5);
        const turns = rig.status.engines[0]!.turns;
        await rig.reach("quiet turns", (s) => s.engines[0]!.turns > turns + 5000);
        expect(counter(rig.status, "engine_warm_sends")).toBe(0);
        expect(await rig.stop()).toBe(0);
      }
      expect(calls().length).toBeGreaterThan(0);
      expect(calls().filter((c) => c.text.includes("warm"))).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "the guard, with the same preload, shuts the session of an engine that is stopped",
    async () => {
      writeConfig(double(), "", "[guard]\ntimeout_ms = 300\nkill_timeout_ms = 5000\n");
      rig.run({ env: env() });
      await rig.ready();
      await trading(5);
      process.kill(rig.status.engines[0]!.pid, "SIGSTOP");
      await until("the venue to hear", () => relay.endedMs !== 0);
      process.kill(rig.status.engines[0]!.pid, "SIGCONT");
      await rig.reach("a kill by the guard", (s) => s.killedBy.includes("guard"));
      expect(rig.appliance.err).toContain("is stalled; shut 1 order session(s)");
      expect(await rig.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "a library that is not there is one sentence, and nothing starts",
    async () => {
      writeConfig('library = "libonload-that-is-not-there.so"');
      const ended = await runBinary(["run", rig.config], { cwd: rig.folder, env: env() });
      expect(ended.code).toBe(EXIT_CONFIG);
      expect(lines(ended.err).length).toBe(2);
      expect(ended.err).toContain(
        "session[0].accelerate: libonload-that-is-not-there.so is not on",
      );
      expect(ended.err).toContain("1 error");
      expect(relay.connections).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "a connection that is not accelerated is closed before its first byte, and says so",
    async () => {
      writeConfig(double());
      rig.run({ env: env("plain") });
      await rig.reach("the reason", (s) => (s.sessions[0]!.reason ?? "") !== "", 20_000);
      expect(rig.status.sessions[0]!.reason).toBe(
        "not accelerated by Onload: closed before a byte was sent",
      );
      await rig.reach("another try", (s) => s.sessions[0]!.connects > 2, 20_000);
      expect(rig.status.sessions[0]!.logons).toBe(0);
      expect(counter(rig.status, "order_sent")).toBe(0);
      expect(await rig.stop()).toBe(0);
      expect(received.length).toBe(0);
      expect(relay.connections).toBeGreaterThan(1);
      const told = lines(rig.appliance.err).filter((l) => l.includes("not accelerated"));
      expect(told).toEqual([
        "session orders: not accelerated by Onload: closed before a byte was sent",
      ]);
      expect(calls().filter((c) => c.text.startsWith("send("))).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "allow_unaccelerated trades over the kernel, with a warning and without a warm send",
    async () => {
      writeConfig(`${double()}\nallow_unaccelerated = true`);
      rig.run({ env: env("plain") });
      await rig.ready();
      await trading(5);
      const warning =
        "session orders is not accelerated by Onload: its orders go over the kernel's TCP (allow_unaccelerated)";
      expect(rig.status.engines[0]!.fault).toBe(warning);
      expect(counter(rig.status, "engine_warm_sends")).toBe(0);
      expect(await rig.difference()).toBe("");
      expect(lines(rig.appliance.err).filter((l) => l === warning).length).toBe(1);
      expect(calls().filter((c) => /VIOLATION|warm/.test(c.text))).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "allow_unaccelerated without the library warns when it is checked, and trades",
    async () => {
      writeConfig('library = "libonload-that-is-not-there.so"\nallow_unaccelerated = true');
      rig.run({ env: env() });
      await rig.ready();
      await trading(5);
      expect(rig.appliance.err).toContain("over the kernel's TCP (allow_unaccelerated)");
      expect(await rig.stop()).toBe(0);
      expect(calls()).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "an engine that is started by hand preloads by itself, and refuses what does not answer",
    async () => {
      writeConfig(double());
      rig.run({ env: env() });
      await rig.ready();
      const role = join(rig.folder, "run", readdirSync(join(rig.folder, "run")).find(isEngine)!);
      const options = readFileSync(role, "utf8");
      expect(await rig.stop()).toBe(0);
      writeFileSync(role, options);
      const by = (words: string) =>
        runBinary(["__engine", role], { cwd: rig.folder, env: env(words) });
      const silent = await by("absent");
      expect(silent.code).toBe(EXIT_CONFIG);
      expect(lines(silent.err)).toEqual([
        `engine main: ${ONLOAD_DOUBLE} is preloaded and does not answer as Onload does; check [onload] library`,
      ]);
      const gone = join(rig.folder, "gone.json");
      writeFileSync(gone, options.replaceAll(`"path":"${ONLOAD_DOUBLE}"`, '"path":""'));
      const missing = await runBinary(["__engine", gone], { cwd: rig.folder, env: env() });
      expect(missing.code).toBe(EXIT_CONFIG);
      expect(missing.err).toContain("is not on this machine: install Onload");
    },
    TIMEOUT_MS,
  );
});

function isEngine(name: string): boolean {
  return /\.engine-0\.json$/.test(name);
}
