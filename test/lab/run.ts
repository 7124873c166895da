/**
 * The virtual-machine lab: the executable drives emulated NICs through vfio in a QEMU guest, and has
 * to receive every packet of a multicast burst on each. One line per NIC, then `N passed, N failed`.
 *
 *   bun test/lab/run.ts [MODEL...]
 *
 * Needs dist/hairpin (or HAIRPIN_BINARY) and QEMU, which is installed when this runs as root on
 * Debian. Where it can't be had, it is skipped; with CI=true that is a failure. HAIRPIN_LAB_CONSOLE=1
 * prints the end of the guest's console also when all went well.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Verdict } from "./drive.ts";
import { PACKETS } from "./guest-command.ts";
import { runLab } from "./lab.ts";
import { NICS } from "./nics.ts";
import { ensureQemu, guestFiles } from "./packages.ts";

async function main(models: string[]): Promise<number> {
  const unknown = models.find((model) => !NICS.some((nic) => nic.model === model));
  if (unknown !== undefined) {
    console.error(`hairpin: no model ${unknown}; there are ${NICS.map((n) => n.model).join(", ")}`);
    return 2;
  }
  const nics = NICS.filter((nic) => models.length === 0 || models.includes(nic.model));
  const executable = resolve(
    process.env.HAIRPIN_BINARY || join(import.meta.dir, "../../dist/hairpin"),
  );
  if (!existsSync(executable)) return without(`no ${executable} (bun run build)`, nics.length);
  const fault = ensureQemu();
  if (fault !== undefined) return without(fault, nics.length);
  const files = guestFiles();
  if (typeof files === "string") return without(files, nics.length);
  const result = await runLab({ files, executable, nics, onVerdict: print });
  const passed = result.verdicts.filter((verdict) => verdict.faults.length === 0).length;
  const failed = nics.length - passed;
  if (result.fault !== undefined) console.log(result.fault);
  if (failed > 0 || process.env.HAIRPIN_LAB_CONSOLE === "1") {
    console.log(`the guest's console ended with:\n${indent(result.tail)}`);
  }
  console.log(`the guest was up after ${result.bootSeconds.toFixed(1)} s`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

function print(verdict: Verdict): void {
  const word = verdict.faults.length === 0 ? "PASS" : "FAIL";
  const count = `${verdict.received} of ${PACKETS} packets`;
  console.log(`${word} ${verdict.model}: ${count}, ${verdict.seconds.toFixed(1)} s`);
  for (const fault of verdict.faults) console.log(`  ${fault}`);
}

/** Counted like the tests that need something: skipped, and a failure in CI. */
function without(what: string, count: number): number {
  const isCi = process.env.CI === "true";
  console.log(`not run: ${what}`);
  if (!isCi) console.log(`${count} skipped`);
  console.log(`0 passed, ${isCi ? count : 0} failed`);
  return isCi ? 1 : 0;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}

process.exit(await main(process.argv.slice(2)));
