/** `hairpin ports` and `hairpin bench rtt` of the executable, on a veth pair in a namespace of its own. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import type { LoopResult } from "../../src/cli/bench/rtt-result.ts";
import type { HostFacts } from "../../src/net/nic/facts.ts";
import type { NicReport } from "../../src/observe/nic-view.ts";
import { BARE_ENV, describeBinary, lines, runBinary } from "./helpers/binary.ts";
import { BinaryChild } from "./helpers/child.ts";
import { makeFolder, removeFolder } from "./helpers/folder.ts";
import { failInCi } from "./helpers/missing.ts";

const IP = Bun.which("ip");
const isRoot = process.getuid?.() === 0;
const WHY = !isRoot ? "not root" : IP === null ? "iproute2 is not installed (`ip`)" : "";
const NAMESPACE = `hpports${process.pid}`;
const SKIPPED = WHY === "" ? "" : ` (skipped: ${WHY})`;
failInCi(WHY);

interface Ready {
  ready: boolean;
}

interface Received {
  received: number;
  first: number;
  last: number;
  missing: number;
  duplicates: number;
}

describeBinary("hairpin ports and bench rtt", () => {
  let folder = "";
  const inside = () => ({ cwd: folder, env: BARE_ENV, before: [IP!, "netns", "exec", NAMESPACE] });

  beforeAll(() => {
    folder = makeFolder("ports");
    if (WHY !== "") return;
    ip("netns", "add", NAMESPACE);
    const at = ["-n", NAMESPACE];
    ip(...at, "link", "set", "lo", "up");
    ip(...at, "link", "add", "hpa", "type", "veth", "peer", "name", "hpb");
    ip(...at, "addr", "add", "198.19.254.1/24", "dev", "hpa");
    for (const end of ["hpa", "hpb"]) ip(...at, "link", "set", end, "up");
  });
  afterAll(() => {
    removeFolder(folder);
    if (WHY === "") Bun.spawnSync([IP!, "netns", "del", NAMESPACE]);
  });

  test("ports lists this machine, and an answer for each driver", async () => {
    const run = await runBinary(["ports", "--json"], { cwd: folder });
    expect([run.code, run.err]).toEqual([0, ""]);
    const { host, nics } = JSON.parse(run.out) as { host: HostFacts; nics: NicReport[] };
    expect(host.drivers.packet).toBe(true);
    expect(host.capabilities).not.toBeNull();
    const lo = nics.find((nic) => nic.name === "lo");
    expect(lo).toMatchObject({ hasInterface: true, pci: null, type: 772 });
    for (const nic of nics)
      for (const use of Object.values(nic.uses)) expect(use.text).not.toBe("");
  });

  test("ports of a name that is none gets one sentence", async () => {
    const run = await runBinary(["ports", "nowhere0"], { cwd: folder });
    expect([run.code, run.out]).toEqual([2, ""]);
    expect(lines(run.err).length).toBe(1);
    expect(run.err).toStartWith('hairpin: ports: there is no "nowhere0"; there are ');
  });

  test.skipIf(WHY !== "")(`ports tells of a veth${SKIPPED}`, async () => {
    const run = await runBinary(["ports", "hpa", "--json"], inside());
    const { nics } = JSON.parse(run.out) as { nics: NicReport[] };
    expect(nics[0]).toMatchObject({
      name: "hpa",
      driver: "veth",
      ipv4: ["198.19.254.1/24"],
      hasLink: true,
      uses: { socket: { usable: true }, packet: { usable: true } },
    });
  });

  for (const [driver, tx, rx] of [
    ["packet", "hpa", "hpb"],
    ["xdp", "hpa", "hpb"],
    ["dpdk", "net_af_packet0,iface=hpa", "net_af_packet1,iface=hpb"],
    ["socket", "lo", "lo"],
  ] as const) {
    test.skipIf(WHY !== "")(`${driver}: a loop brings every datagram back${SKIPPED}`, async () => {
      const words = ["--driver", driver, "--tx", tx, "--rx", rx, "--rate", "2000"];
      const rest = ["--sizes", "64,1472", "--seconds", "0.3", "--no-huge", "--json"];
      const run = await runBinary(["bench", "rtt", ...words, ...rest], inside());
      expect([run.code, run.err]).toEqual([0, ""]);
      const result = JSON.parse(run.out) as LoopResult;
      expect(result.sizes.map((s) => s.bytes)).toEqual([64, 1472]);
      for (const size of result.sizes) {
        expect(size.sent).toBeGreaterThan(10);
        expect(size).toMatchObject({ received: size.sent, lost: 0, duplicates: 0, damaged: 0 });
        expect(size.softwareNs.count).toBe(size.sent);
        expect(size.softwareNs.p50).toBeGreaterThan(0);
      }
    });
  }

  test("exanic-sim: a loop over a card of its own, stamped by the card both ways", async () => {
    const words = [
      "bench",
      "rtt",
      "--driver",
      "exanic-sim",
      "--rate",
      "2000",
      "--sizes",
      "64,1472",
    ];
    const run = await runBinary([...words, "--seconds", "0.3", "--json"], { cwd: folder });
    expect([run.code, run.err]).toEqual([0, ""]);
    const result = JSON.parse(run.out) as LoopResult;
    for (const size of result.sizes) {
      // The card is a thread of its own, which may have to wait for a core.
      expect(size.received).toBeGreaterThan(size.sent / 2);
      expect(size.wireNs!.count).toBeGreaterThan(0);
      expect(size.wireNs!.p50).toBeGreaterThan(0);
    }
    expect(result.wireNote).toBe("");
    expect(readdirSync("/dev/shm").filter((f) => f.startsWith("hairpin-bench-card"))).toEqual([]);
  });

  const RECEIVE = ["--driver", "packet", "--rx", "hpb", "--group", "239.1.1.1", "--port", "5000"];
  const SEND = ["--driver", "packet", "--tx", "hpa", "--group", "239.1.1.1", "--port", "5000"];

  test.skipIf(WHY !== "")(`a receiver is ready, and gets what is sent then${SKIPPED}`, async () => {
    const words = ["bench", "rtt", ...RECEIVE, "--receive", "2000", "--seconds", "30", "--json"];
    const child = new BinaryChild(words, inside());
    expect(await child.next<Ready>()).toMatchObject({ ready: true });
    const send = ["bench", "rtt", ...SEND, "--send", "2000", "--rate", "20000", "--json"];
    const sender = await runBinary(send, inside());
    expect(JSON.parse(sender.out)).toMatchObject({ sent: 2000 });
    const all = { received: 2000, first: 0, last: 1999, missing: 0, duplicates: 0 };
    expect(await child.next<Received>(35_000)).toMatchObject(all);
    expect(await child.ended(10_000)).toBe(0);
  });

  test.skipIf(WHY !== "")(`a receiver that gets too few fails, and says so${SKIPPED}`, async () => {
    const words = ["bench", "rtt", ...RECEIVE, "--receive", "3", "--seconds", "0.5", "--json"];
    const run = await runBinary(words, inside());
    expect(run.code).toBe(1);
    const [ready, last] = lines(run.out).map((line) => JSON.parse(line));
    expect(ready).toMatchObject({ ready: true });
    expect(last).toMatchObject({ received: 0, first: -1, last: -1, missing: 3, duplicates: 0 });
  });

  test.skipIf(WHY !== "")(`another process sends it back${SKIPPED}`, async () => {
    const reflect = ["bench", "rtt", ...RECEIVE, "--reflect", "--json"];
    const child = new BinaryChild(reflect, inside());
    expect(await child.next<Ready>()).toMatchObject({ ready: true });
    const words = ["bench", "rtt", ...SEND, "--rx", "hpa", "--sizes", "64", "--rate", "200"];
    const run = await runBinary([...words, "--seconds", "0.5", "--json"], inside());
    expect([run.code, run.err]).toEqual([0, ""]);
    const [size] = (JSON.parse(run.out) as LoopResult).sizes;
    expect(size!.received).toBeGreaterThan(0);
    // A signal ends it in good order.
    child.process.kill("SIGTERM");
    const last = await child.next<{ received: number; reflected: number; refused: number }>();
    expect(last!.reflected).toBeGreaterThanOrEqual(size!.received);
    expect(last!.refused).toBe(0);
    expect(await child.ended(10_000)).toBe(0);
  });

  test.skipIf(WHY !== "")(`what is missing gets one sentence${SKIPPED}`, async () => {
    const run = await runBinary(
      ["bench", "rtt", "--driver", "packet", "--tx", "hpa", "--rx", "nowhere0"],
      inside(),
    );
    expect([run.code, run.out]).toEqual([1, ""]);
    expect(lines(run.err).length).toBe(1);
    expect(run.err).toStartWith("hairpin: bench rtt: can't open nowhere0 with the packet driver: ");
  });
});

function ip(...words: string[]): void {
  const run = Bun.spawnSync([IP!, ...words]);
  if (run.exitCode !== 0) throw new Error(`ip ${words.join(" ")}: ${run.stderr.toString().trim()}`);
}
