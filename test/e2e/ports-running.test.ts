/** Appliances of the executable that trade by a [[port]], and what may happen to the device meanwhile. */
import { afterEach, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY, describeBinary, lines, runBinary } from "./helpers/binary.ts";
import { until } from "./helpers/folder.ts";
import { failInCi } from "./helpers/missing.ts";
import { PortRig } from "./helpers/port-rig.ts";
import { counter, ours } from "./helpers/rig.ts";

const TIMEOUT_MS = 60_000;
const isRoot = process.getuid?.() === 0;
const ROOT = isRoot ? "" : " (skipped: not root)";
const rootTest = test.skipIf(!isRoot);
failInCi(isRoot ? "" : "not root");
/** So long that nothing here becomes stale by itself. */
const NEVER_STALE = "stale_ms = 600000\n";
const CAPTURE = `[journal]\ndir = "journal"\nring_mib = 4\ncapture = true\n`;

let rig: PortRig | undefined;
/** Interfaces of the test, besides the rig's. */
const made: string[] = [];
afterEach(async () => {
  await rig?.end();
  for (const name of made.splice(0)) Bun.spawnSync(["ip", "link", "delete", name]);
  rig = undefined;
});

function ip(...words: string[]): string {
  const run = Bun.spawnSync(["ip", ...words]);
  if (run.exitCode !== 0) throw new Error(`ip ${words.join(" ")}: ${run.stderr}`);
  return String(run.stdout);
}

/** Another interface on the rig's wire: it can go while the venue's address stays within reach. */
function tapOf(parent: string, letter: string): string {
  const name = `${parent}${letter}`;
  ip("link", "add", "link", parent, "name", name, "type", "macvlan", "mode", "bridge");
  made.push(name);
  ip("link", "set", name, "up");
  return name;
}

/** Sent so far: orders and replaces. */
function sent(): number {
  return counter(rig!.status, "order_sent") + counter(rig!.status, "order_replaces_sent");
}

async function hasTraded(): Promise<void> {
  await rig!.reach("some orders", () => sent() > 5, 15_000);
}

async function replayed(): Promise<string> {
  const words = ["replay", "--journal", join(rig!.folder, "journal")];
  const run = await runBinary(words, { cwd: rig!.folder, timeoutMs: TIMEOUT_MS });
  return run.code === 0 ? run.out : `${run.code}: ${run.out}${run.err}`;
}

function descendants(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) => {
    const text = readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").trim();
    const children = text === "" ? [] : text.split(" ").map(Number);
    return children.flatMap((child) => [child, ...descendants(child)]);
  });
}

describeBinary("An appliance on a port", () => {
  for (const driver of ["packet", "xdp"] as const) {
    rootTest(
      `sends nothing more on a book whose interface has disappeared, and is killed by its config (${driver})${ROOT}`,
      async () => {
        rig = new PortRig(`gone-${driver}`, driver);
        await rig.startSim(rig.wiring());
        rig.venue.interface = "nic";
        const tap = tapOf(rig.device, "a");
        const parts = { appliance: rig.portText().replaceAll(rig.device, tap) };
        rig.writeConfig({ ...parts, journal: CAPTURE, feedMore: NEVER_STALE });
        rig.run();
        await rig.ready();
        await hasTraded();
        ip("link", "delete", tap);
        await rig.reach("a stale feed", (s) => s.feeds[0]!.state === "stale");
        await rig.reach("nothing that rests", (s) => s.engines[0]!.openOrders === 0);
        const before = sent();
        expect(rig.port.link).toBe("down");
        expect(rig.status.sessions[0]!.state).toBe("up");
        await Bun.sleep(500);
        await rig.reach("a status", () => true);
        expect(sent()).toBe(before);
        const open = ours(await rig.report())!.orders.filter((order) => order.leaves > 0);
        expect(open).toEqual([]);
        // The name comes back, the device does not.
        tapOf(rig.device, "a");
        const status = await runBinary(["status", rig.config], { cwd: rig.folder });
        expect(status.out).toContain(`the link of ${tap} is down`);
        ip("link", "delete", tap);
        for (const verb of ["status", "kill", "arm", "disarm", "stop"]) {
          const run = await runBinary([verb, rig.config], { cwd: rig.folder });
          expect({ verb, code: run.code, err: run.err }).toEqual({ verb, code: 0, err: "" });
        }
        expect(await rig.appliance.ended(10_000)).toBe(0);
        expect(rig.appliance.err).toContain(`port nic: the link of ${tap} is down`);
        expect(await replayed()).toContain("run 1: equal");
      },
      TIMEOUT_MS,
    );
  }

  rootTest(
    `goes on with line B when the interface of line A has disappeared${ROOT}`,
    async () => {
      rig = new PortRig("half", "packet");
      await rig.startSim(rig.wiring());
      const taps = [tapOf(rig.device, "a"), tapOf(rig.device, "b")];
      const { lines: groups, rerequest } = rig.venue;
      const ports = taps.map(
        (tap, i) => `[[port]]\nname = "nic${i}"\ndriver = "packet"\ndevice = "${tap}"\n`,
      );
      const feedLines = groups.map(
        (l, i) => `{ group = "${l.group}", port = ${l.port}, interface = "nic${i}" }`,
      );
      rig.writeConfig({
        appliance: ports.join("\n"),
        feed: `[[feed]]
name = "itch"
lines = [${feedLines.join(", ")}]
rerequest = { address = "${rerequest.address}:${rerequest.port}", timeout_ms = 20 }
subscribe = "*"
${NEVER_STALE}`,
      });
      rig.run();
      await rig.ready();
      await hasTraded();
      ip("link", "delete", taps[0]!);
      await rig.reach("the link down", (s) => s.ports[0]!.link === "down");
      const { packetsA, packetsB } = rig.status.feeds[0]!;
      const before = sent();
      await rig.reach(
        "B alone, and orders",
        (s) => s.feeds[0]!.packetsB > packetsB + 500 && sent() > before,
      );
      expect(rig.status.feeds[0]).toMatchObject({ state: "live", packetsA });
      expect(rig.status.ports.map((p) => p.link)).toEqual(["down", "up"]);
      expect(await rig.difference()).toBe("");
    },
    TIMEOUT_MS,
  );

  rootTest(
    `is stale while the only link is down, and recovers what it has missed${ROOT}`,
    async () => {
      rig = new PortRig("flap", "xdp");
      await rig.startByPort("", { feedMore: NEVER_STALE });
      await hasTraded();
      ip("link", "set", rig.device, "down");
      await rig.reach("the link down", (s) => s.ports[0]!.link === "down");
      await rig.reach("a stale feed", (s) => s.feeds[0]!.state === "stale");
      const { nextSeq, gaps } = rig.status.feeds[0]!;
      ip("link", "set", rig.device, "up");
      await rig.reach(
        "a feed that has caught up",
        (s) =>
          s.ports[0]!.link === "up" &&
          s.feeds[0]!.state === "live" &&
          s.feeds[0]!.gaps > gaps &&
          s.feeds[0]!.nextSeq > nextSeq,
        20_000,
      );
      expect(rig.port.linkChanges).toBe(2);
      const { appliance, device } = rig;
      await until("a word of it", () => appliance.err.includes(`port nic: the link of ${device} `));
      expect(await rig.difference()).toBe("");
    },
    TIMEOUT_MS,
  );

  for (const driver of ["packet", "xdp"] as const) {
    rootTest(
      `lets no fragment, no garbage and no long frame near a book, and replays it (${driver})${ROOT}`,
      async () => {
        rig = new PortRig(`flood-${driver}`, driver);
        await rig.startVenue("", { journal: CAPTURE });
        const inside = ["nsenter", "-t", String(rig.sim.process.pid), "-n"];
        ip("link", "set", rig.device, "mtu", "9000");
        Bun.spawnSync([...inside, "ip", "link", "set", "hpsim", "mtu", "9000"]);
        rig.run();
        await rig.ready();
        const script = join(import.meta.dir, "helpers", "flood-process.ts");
        const { group, port } = rig.venue.lines[0]!;
        const words = ["hpsim", group, String(port), rig.venue.session, "400"];
        const flood = Bun.spawn([...inside, process.execPath, script, ...words], {
          stdout: "pipe",
          stderr: "inherit",
        });
        const told = JSON.parse(await new Response(flood.stdout).text()) as Record<string, number>;
        await rig.reach("every bad checksum", (s) => s.ports[0]!.badChecksum >= told.badChecksum!);
        // What xdp leaves to the kernel, or drops for its length, is not the port's to count.
        const { port: p } = rig;
        if (driver === "packet") {
          expect(p.fragments).toBe(told.fragments!);
          expect(p.truncated).toBe(told.truncated!);
        }
        expect(p.badChecksum).toBe(told.badChecksum!);
        expect(p.malformed).toBeGreaterThanOrEqual(told.malformed!);
        await hasTraded();
        if (driver === "xdp") {
          await rig.reach("long frames", (s) => s.ports[0]!.drops === told.truncated);
        }
        expect(rig.status.feeds[0]!.lost).toBe(0);
        expect(await rig.difference()).toBe("");
        expect(await replayed()).toContain("run 1: equal");
      },
      TIMEOUT_MS,
    );
  }

  rootTest(
    `leaves nothing on the interface when all of it is killed, and starts on it again${ROOT}`,
    async () => {
      rig = new PortRig("again", "xdp");
      await rig.startByPort();
      await hasTraded();
      expect(ip("link", "show", rig.device)).toContain("prog/xdp");
      const pids = [rig.appliance.process.pid, ...descendants(rig.appliance.process.pid)];
      for (const pid of pids) process.kill(pid, "SIGKILL");
      const { device } = rig;
      await until("no XDP program", () => !ip("link", "show", device).includes("xdp"));
      rig.run();
      await rig.ready();
      const before = counter(rig.status, "order_sent");
      await rig.reach("orders", (s) => counter(s, "order_sent") > before, 15_000);
      expect(await rig.difference()).toBe("");
      expect(ip("link", "show", rig.device)).not.toContain("xdp");
    },
    TIMEOUT_MS,
  );

  rootTest(
    `is refused an interface that another one trades by, which goes on${ROOT}`,
    async () => {
      rig = new PortRig("first", "xdp");
      await rig.startByPort();
      const text = readFileSync(rig.config, "utf8")
        .replace('name = "first"', 'name = "second"')
        .replace('run_dir = "run"', 'run_dir = "run2"')
        .replace('dir = "journal"', 'dir = "journal2"');
      const second = join(rig.folder, "second.toml");
      writeFileSync(second, text);
      const run = await runBinary(["run", second], { cwd: rig.folder, timeoutMs: 20_000 });
      expect([run.isHung, run.code]).toEqual([false, 1]);
      const told = lines(run.err).filter((line) => line.includes("can't open"));
      expect(told).toHaveLength(1);
      expect(told[0]).toContain(
        `another hairpin, process ${rig.status.engines[0]!.pid}, has ${rig.device}`,
      );
      await hasTraded();
      expect(rig.status.feeds[0]!.state).toBe("live");
      expect(await rig.difference()).toBe("");
    },
    TIMEOUT_MS,
  );

  test(
    "on a card begins late, and gets what it missed in packets of 8,900 bytes",
    async () => {
      rig = new PortRig("jumbo", "exanic-sim");
      await rig.startVenue("frame_bytes = 9216", {}, { packetBytesMax: 8900 });
      await until("something to have missed", async () => {
        return (await rig!.report()).nextSequence > 2000;
      });
      rig.run();
      await rig.ready();
      const { recovered, replies } = rig.status.feeds[0]!;
      expect(recovered).toBeGreaterThan(2000);
      // Of 1,400 bytes it would be some 40.
      expect(recovered / replies).toBeGreaterThan(100);
      expect(rig.port).toMatchObject({ link: "up", stamps: "nic" });
      await hasTraded();
      expect(await rig.difference()).toBe("");
    },
    TIMEOUT_MS,
  );

  rootTest(`says in one sentence which capability is missing${ROOT}`, async () => {
    rig = new PortRig("rights", "packet");
    await rig.startVenue();
    const before = ["/usr/bin/setpriv", "--bounding-set", "-net_raw"];
    const run = await runBinary(["run", rig.config], { cwd: rig.folder, before, binary: BINARY });
    expect([run.isHung, run.code]).toEqual([false, 1]);
    const told = lines(run.err).filter((line) => line.includes("can't open"));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(
      `nic: can't open ${rig.device} with the packet driver: that needs CAP_NET_RAW`,
    );
  });
});
