/** Folders of a test, and what it may leave behind. */
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export function makeFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `hairpin-e2e-${name}-`));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Processes that work in this folder or name it, as "pid command". */
export function processesOf(folder: string): string[] {
  const found: string[] = [];
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      const isThere = command.includes(folder) || readlinkSync(`/proc/${pid}/cwd`) === folder;
      if (isThere && command !== "") found.push(`${pid} ${command}`);
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}

/** Shared segments of an appliance whose run folder is `folder`/run (src/control/segments.ts). */
export function segmentsOf(name: string, folder: string): string[] {
  const hash = createHash("sha256").update(join(folder, "run")).digest("hex").slice(0, 8);
  const own = `hairpin-${name}-${hash}`;
  return readdirSync("/dev/shm").filter((file) => file.startsWith(own));
}

/** Until `isTrue`, looked at every 20 ms; throws what was waited for, and how things stood. */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
  state: () => string = () => "",
): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (performance.now() < endMs) {
    if (await isTrue()) return;
    await Bun.sleep(20);
  }
  throw new Error(`not within ${timeoutMs / 1000} s: ${what} ${state()}`);
}
