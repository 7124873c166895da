/** Configs, folders and ports that are wrong: one clear sentence, the right exit code, no trace. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeBinary, type Ended, lines, type RunOptions, runBinary } from "./helpers/binary.ts";
import { configText, RISK, sessionText, type Venue } from "./helpers/config.ts";
import { makeFolder, removeFolder, segmentsOf } from "./helpers/folder.ts";

const TIMEOUT_MS = 60_000;
const isRoot = process.getuid?.() === 0;
const SHELL = "/bin/sh";
const UNSHARE = "/usr/bin/unshare";
const SETPRIV = "/usr/bin/setpriv";
const canMount = isRoot && existsSync(UNSHARE);

/** Nobody is there: these appliances never trade. */
const NOWHERE: Venue = {
  pid: 0,
  interface: "127.0.0.1",
  session: "",
  lines: [{ group: "239.255.71.8", port: 26_901 }],
  rerequest: { address: "127.0.0.1", port: 26_902 },
  fix: { address: "127.0.0.1", port: 26_903, venueCompId: "VENUE" },
  symbols: [{ symbol: "AAPL", px: 190 }],
};
const ONE_STRATEGY = '[[strategy]]\nname = "maker"\nuses = "maker"\n';
const usual = () => configText("input", NOWHERE, { strategies: ONE_STRATEGY });

describeBinary("bad input", () => {
  let folder = "";
  beforeAll(() => {
    folder = makeFolder("input");
    chmodSync(folder, 0o755);
  });
  afterAll(() => {
    expect(segmentsOf("input", folder)).toEqual([]);
    removeFolder(folder);
  });

  /** Runs a config of this text for a moment. */
  function run(text: string, o: Partial<RunOptions> = {}): Promise<Ended> {
    const file = join(folder, "input.toml");
    writeFileSync(file, text);
    return runBinary(["run", "input.toml", "--seconds", "1"], { cwd: folder, ...o });
  }

  function expectSentence(ended: Ended, code: number, ...words: string[]): void {
    expect({ ...ended, out: "" }).toMatchObject({ code, signal: null, isHung: false });
    const said = lines(ended.err).filter((line) => !/^\d+ errors?$/.test(line));
    for (const word of words) expect(said.join("\n")).toContain(word);
    expect(ended.err).not.toMatch(/^\s+at /m);
    expect(ended.out).toBe("");
  }

  test("a wrong key is named with file, line and the nearest key", async () => {
    const text = usual().replace("collar_pct", "colar_pct");
    const line = 1 + text.split("\n").findIndex((l) => l.includes("colar_pct"));
    const ended = await run(text);
    expectSentence(ended, 3, `input.toml:${line}:`, "colar_pct", 'did you mean "collar_pct"?');
  });

  test("a core that does not exist, a value out of its range and a name of nobody", async () => {
    const core = usual().replace('arm = "auto"', "core = 900");
    expectSentence(await run(core), 3, "core", "900");
    const range = usual().replace("collar_pct = 5", "collar_pct = -5");
    expectSentence(await run(range), 3, "input.toml:", "collar_pct", "-5", "allowed");
    const name = usual().replace('uses = "maker"', 'uses = "maker"\nengine = "mian"');
    expectSentence(await run(name), 3, "mian", "main");
  });

  test("no risk section: it says which limits are needed", async () => {
    const limits = [...RISK.matchAll(/^(\w+) =/gm)].map((match) => match[1]!);
    expect(limits.length).toBeGreaterThan(8);
    const text = configText("input", NOWHERE, { strategies: ONE_STRATEGY, risk: "" });
    expectSentence(await run(text), 3, "[risk]", ...limits);
    const less = usual().replace(/^max_loss.*$/m, "");
    expectSentence(await run(less), 3, "max_loss");
  });

  test("a CSV of instruments: its own name, line and column", async () => {
    const text = `instruments_file = "more.csv"\n${usual()}`;
    const csv = (content: string) => writeFileSync(join(folder, "more.csv"), content);
    expectSentence(await run(text), 3, "more.csv", "no such file");
    csv("symbol,tick\nFOO,much\nBAR\n");
    expectSentence(await run(text), 3, "more.csv:2:5", "much", "more.csv:3:1", "2");
    csv("symbol,tikc\nFOO,0.01\n");
    expectSentence(await run(text), 3, "more.csv:1:8", "did you mean tick?");
    csv('symbol,tick\n"FOO,0.01\n');
    expectSentence(await run(text), 3, "more.csv:2:");
  });

  test("what is no config at all", async () => {
    expectSentence(await run("[a\n"), 3, "input.toml:1:", "TOML");
    expectSentence(await run("\0\xff"), 3, "input.toml:1:", "TOML");
    expectSentence(await run(""), 3, "risk");
    const at = { cwd: folder };
    expectSentence(await runBinary(["run", "none.toml"], at), 3, "none.toml", "no such file");
    expectSentence(await runBinary(["run", "."], at), 3, "folder");
    expectSentence(await runBinary(["run"], at), 2, "CONFIG");
    expectSentence(await runBinary(["runn"], at), 2, "run");
  });

  test("a runtime folder or a journal folder that is a file", async () => {
    writeFileSync(join(folder, "file"), "");
    const run_dir = usual().replace('run_dir = "run"', 'run_dir = "file"');
    expectSentence(await run(run_dir), 1, "runtime folder", join(folder, "file"), "run_dir");
    const journal = usual().replace('dir = "journal"', 'dir = "file"');
    expectSentence(await run(journal), 1, join(folder, "file"), "not a directory");
    const long = usual().replace('run_dir = "run"', `run_dir = "${"long".repeat(30)}"`);
    expectSentence(await run(long), 3, "run_dir", "107 bytes");
  });

  test("a password file that is missing, or that others can read", async () => {
    const text = usual().replace("heartbeat_s", 'password_file = "pw"\nheartbeat_s');
    expectSentence(await run(text), 3, "password_file", "pw");
    writeFileSync(join(folder, "pw"), "secret\n", { mode: 0o644 });
    const ended = await run(text);
    expectSentence(ended, 3, "password_file", "chmod 600");
    expect(ended.err).not.toContain("secret");
  });

  test.skipIf(!isRoot || !existsSync(SETPRIV))(
    "files of another user: each refusal says whose they are or what is not permitted",
    async () => {
      const before = [SETPRIV, "--reuid=65534", "--regid=65534", "--clear-groups"];
      const denied = await run(usual().replace('run_dir = "run"', 'run_dir = "new"'), { before });
      expectSentence(denied, 1, "runtime folder", "permission denied");
      mkdirSync(join(folder, "theirs"), { mode: 0o700 });
      const theirs = usual().replace('run_dir = "run"', 'run_dir = "theirs"');
      expectSentence(await run(theirs, { before }), 1, "belongs to another user");
      const status = ["status", "input.toml"];
      expectSentence(await runBinary(status, { cwd: folder, before }), 5, "another user");
      chmodSync(join(folder, "input.toml"), 0o600);
      expectSentence(
        await runBinary(["run", "input.toml"], { cwd: folder, before }),
        ...([3, "input.toml", "permission denied"] as const),
      );
    },
  );

  test("a port that another program has: of the simulator, and of the feed", async () => {
    const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const options = JSON.stringify({ fix: { port: taken.port } });
    writeFileSync(join(folder, "sim.json"), options);
    const sim = await runBinary(["sim", "--options", "sim.json"], { cwd: folder });
    taken.stop(true);
    expectSentence(sim, 1, `127.0.0.1:${taken.port}`, "in use");
    writeFileSync(join(folder, "sim.json"), '{ "flow": { "rtae": 1 } }');
    const wrong = await runBinary(["sim", "--options", "sim.json"], { cwd: folder });
    expectSentence(wrong, 3, "sim.json", "rtae");

    const { group, port } = NOWHERE.lines[0]!;
    const socket = await Bun.udpSocket({ hostname: group, port });
    const feed = await run(usual());
    socket.close();
    expect(feed.code).toBe(1);
    expect(feed.err).toContain(`${group}:${port}`);
    expect(feed.err).toContain("another program has that port");
  });

  test("a venue whose name nobody knows", async () => {
    const session = sessionText("no.such.host.invalid:5000", "VENUE");
    const text = configText("input", NOWHERE, { strategies: ONE_STRATEGY, session });
    expectSentence(await run(text), 1, "no.such.host.invalid");
  });

  test.skipIf(!canMount)(
    "a full /dev/shm: what needs how much, and how to help it; nothing is left there",
    async () => {
      for (const [size, used] of [
        ["1m", 0],
        ["6m", 4],
      ] as const) {
        const fill = `dd if=/dev/zero of=/dev/shm/x bs=1048576 count=${used} 2>/dev/null`;
        const script = `mount -t tmpfs -o size=${size} none /dev/shm && ${fill}; "$0" "$@"; code=$?; ls /dev/shm | grep hairpin; exit $code`;
        const ended = await run(usual(), {
          before: [UNSHARE, "-m", SHELL, "-c", script],
          env: SYSTEM,
        });
        expectSentence(ended, 1, "/dev/shm is full", "4 MiB", "ring_mib");
      }
    },
    TIMEOUT_MS,
  );

  test.skipIf(!canMount)(
    "a disk that is full or read-only at the start",
    async () => {
      mkdirSync(join(folder, "journal"), { recursive: true });
      const on = (options: string) => ({
        before: [
          UNSHARE,
          "-m",
          SHELL,
          "-c",
          `mount -t tmpfs -o ${options} none journal; exec "$0" "$@"`,
        ],
        env: SYSTEM,
      });
      const full = await run(usual(), on("size=4k"));
      expect(full).toMatchObject({ code: 1, isHung: false });
      expect(full.err).toMatch(/no space left on device/);
      expect(full.err).toContain(join(folder, "journal"));
      expect(full.err).not.toMatch(/^\s+at /m);
      expectSentence(await run(usual(), on("ro")), 1, "journal", "read-only file system");
    },
    TIMEOUT_MS,
  );
});

/** For a shell that mounts. */
const SYSTEM = { PATH: "/bin:/usr/bin:/sbin:/usr/sbin" };
