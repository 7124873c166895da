/** The lab: a folder, the wires and the machine; all of it is gone when `run` returns or throws. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { driveNic, type Verdict } from "./drive.ts";
import { writeInitramfs } from "./initramfs.ts";
import { Machine } from "./machine.ts";
import type { Nic } from "./nics.ts";
import type { GuestFiles } from "./packages.ts";
import { Wire } from "./wire.ts";

const LIMIT_MS = 240_000;

export interface LabResult {
  /** One per NIC, in their order; fewer when the machine went before they were done. */
  verdicts: Verdict[];
  bootSeconds: number;
  /** Why it ended early. */
  fault: string | undefined;
  /** The end of the guest's console. */
  tail: string;
}

export async function runLab(o: {
  files: GuestFiles;
  executable: string;
  nics: readonly Nic[];
  onVerdict(verdict: Verdict): void;
}): Promise<LabResult> {
  const folder = mkdtempSync(join(tmpdir(), "hairpin-lab-"));
  const wires: Wire[] = [];
  let machine: Machine | undefined;
  const end = async () => {
    await machine?.stop();
    for (const wire of wires) wire.close();
    rmSync(folder, { recursive: true, force: true });
  };
  const onSignal = () => void end().then(() => process.exit(130));
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    const initramfs = join(folder, "initramfs");
    writeInitramfs({ path: initramfs, ...o });
    const paths = o.nics.map((nic) => join(folder, `${nic.model}.sock`));
    for (const path of paths) wires.push(await Wire.open(path));
    const files = { folder, kernel: o.files.kernel, initramfs, wires: paths };
    machine = await Machine.start({ ...files, nics: o.nics, limitMs: LIMIT_MS });
    return await driveAll(machine, wires, { ...o, initramfs });
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
    await end();
  }
}

async function driveAll(
  machine: Machine,
  wires: Wire[],
  o: { nics: readonly Nic[]; initramfs: string; onVerdict(verdict: Verdict): void },
): Promise<LabResult> {
  const verdicts: Verdict[] = [];
  const started = performance.now();
  let bootSeconds = 0;
  let fault: string | undefined;
  try {
    await machine.booted();
    bootSeconds = (performance.now() - started) / 1000;
    // The guest has its copy; should we be killed, little is left behind.
    rmSync(o.initramfs);
    for (const [i, nic] of o.nics.entries()) {
      const verdict = await driveNic(machine, nic, wires[i]!);
      verdicts.push(verdict);
      o.onVerdict(verdict);
    }
  } catch (error) {
    fault = String(error);
  }
  return { verdicts, bootSeconds, fault, tail: machine.tail() };
}
