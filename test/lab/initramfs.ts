/** The guest's only file system: busybox, the vfio modules, the executable and its libraries. */
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { basename, join } from "node:path";
import { guestCommand } from "./guest-command.ts";
import { NewcArchive } from "./newc.ts";
import type { Nic } from "./nics.ts";
import type { GuestFiles } from "./packages.ts";

export function writeInitramfs(o: {
  path: string;
  files: GuestFiles;
  /** The compiled hairpin. */
  executable: string;
  nics: readonly Nic[];
}): void {
  const archive = new NewcArchive();
  archive.file("init", readFileSync(join(import.meta.dir, "init.sh")));
  // The kernel opens it for the first process before anything is mounted.
  archive.device("dev/console", 5, 1);
  archive.file("bin/busybox", readFileSync(o.files.busybox));
  archive.file("hairpin", readFileSync(o.executable));
  for (const path of librariesOf(o.executable)) archive.file(path.slice(1), readFileSync(path));
  for (const path of o.files.modules) archive.file(`lab/${basename(path)}`, readFileSync(path));
  archive.file("lab/modules", lines(o.files.modules.map((path) => basename(path))));
  archive.file("lab/plan", lines(o.nics.map((n) => `${n.model} ${n.pci} ${guestCommand(n)}`)));
  const file = openSync(o.path, "w");
  try {
    for (const part of archive.end()) {
      for (let at = 0; at < part.length; ) at += writeSync(file, part, at);
    }
  } finally {
    closeSync(file);
  }
}

/** The shared libraries and the loader, where the executable looks for them. */
function librariesOf(executable: string): string[] {
  const run = Bun.spawnSync(["ldd", executable]);
  return [...run.stdout.toString().matchAll(/(?:=> |^\s*)(\/\S+)/gm)].map((match) => match[1]!);
}

function lines(all: string[]): string {
  return all.map((line) => `${line}\n`).join("");
}
