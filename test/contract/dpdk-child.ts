/**
 * A process of its own for what one process cannot do: DPDK on huge pages beside tests on ordinary ones,
 * a second user of a device, a peer. Its argument is JSON; the last line on stdout is JSON, too.
 */
import { readFileSync } from "node:fs";
import { StatusError } from "../../src/core/status.ts";
import { STAT_LINK } from "../../src/net/desc.ts";
import { real } from "./backends.ts";
import { frameFor, linkIs, openDpdk, sendRaw } from "./dpdk-rigs.ts";

export interface ChildJob {
  device: string;
  flags: number;
  extra?: string;
  memoryMib?: number;
  /** open: that alone. loop: a looped device, sends to itself. send: waits for the link, sends. */
  do: "open" | "loop" | "send";
  count?: number;
  /** Core to start on. */
  core?: number;
  /** Of the lines; absent: the child's own. */
  port?: number;
}

export interface ChildReport {
  status: number;
  message: string;
  mode: string;
  sent: number;
  got: number;
  /** Cores that the thread may run on, before and after DPDK was started by it. */
  cores: [string, string];
}

async function run(job: ChildJob): Promise<ChildReport> {
  const report: ChildReport = {
    status: 0,
    message: "",
    mode: "",
    sent: 0,
    got: 0,
    cores: [cores(), ""],
  };
  let rig: ReturnType<typeof openDpdk>;
  try {
    if (job.core !== undefined) {
      real().shim.hp_thread_pin(job.core);
      report.cores[0] = cores();
    }
    const { device, flags, extra = "", memoryMib = 0 } = job;
    rig = openDpdk(device, { flags, extra, memoryMib });
  } catch (error) {
    report.status = error instanceof StatusError ? error.status : 1;
    report.message = (error as Error).message;
    return report;
  }
  const { port } = rig;
  report.cores[1] = cores();
  report.mode = port.info.mode;
  const { count = 0 } = job;
  if (job.do === "send") await linkIs(1, port);
  while (job.do !== "open" && report.sent < count) {
    if (sendRaw(port, frameFor(new Uint8Array(100).fill(report.sent), 0, job.port))) report.sent++;
    report.got += port.rxBurst();
    port.rxRelease();
  }
  while (job.do === "loop" && report.got < count) report.got += port.rxBurst();
  // The peer reads on: it hangs up first.
  if (job.do === "send")
    while (port.stats[STAT_LINK] === 1) {
      await Bun.sleep(5);
      port.refresh();
    }
  rig.close();
  return report;
}

function cores(): string {
  return /Cpus_allowed_list:\s+(\S+)/.exec(readFileSync("/proc/thread-self/status", "utf8"))![1]!;
}

/** Runs a job in a child of the test. */
export async function runChild(job: ChildJob): Promise<ChildReport> {
  const child = Bun.spawn([process.execPath, import.meta.path, JSON.stringify(job)], {
    env: { ...process.env, HAIRPIN_SHIM: "real" },
    stdout: "pipe",
    stderr: "pipe",
    timeout: 20_000,
  });
  const text = await new Response(child.stdout).text();
  const last = text.trim().split("\n").at(-1) ?? "";
  if ((await child.exited) !== 0 || !last.startsWith("{"))
    throw new Error(`the child failed: ${text}${await new Response(child.stderr).text()}`);
  return JSON.parse(last) as ChildReport;
}

if (import.meta.main)
  console.log(JSON.stringify(await run(JSON.parse(process.argv[2]!) as ChildJob)));
