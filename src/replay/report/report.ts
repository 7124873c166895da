/** `--report DIR`: one page that opens without a network, and the same data as CSV. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sayWhat } from "../../core/system-error.ts";
import { writeCsvFiles } from "./csv.ts";
import { reportPage } from "./page.ts";
import type { ReplayRecording } from "./recording.ts";

/** Makes `dir` when it is not there. Throws one sentence when it, or a file in it, can't be written. */
export function writeReport(dir: string, recording: ReplayRecording): void {
  const page = reportPage(recording);
  try {
    mkdirSync(dir, { recursive: true });
    writeCsvFiles(dir, recording);
    writeFileSync(join(dir, "report.html"), page);
  } catch (error) {
    const what = `can't write the report into ${dir}`;
    const isFile = (error as NodeJS.ErrnoException).code === "EEXIST";
    throw isFile ? new Error(`${what}: it is not a folder`) : sayWhat(what, error);
  }
}
