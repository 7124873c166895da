/**
 * The runtime folder of an appliance: lock, CLI socket, option files, and the note that says which
 * shared segments a run made. Mode 0700: whoever can enter it can trade.
 */
import { chmodSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { cString } from "../core/c-string.ts";
import { statusText } from "../core/status.ts";
import { sayWhat } from "../core/system-error.ts";
import { HP_EEXIST } from "../ffi/layout.ts";
import type { Shim } from "../ffi/shim.ts";

/** sockaddr_un.sun_path holds 108 bytes with the NUL. */
const SOCKET_PATH_MAX = 107;

export interface RunPaths {
  directory: string;
  lock: string;
  socket: string;
  guard: string;
  /** Which segments the run made: read by the next start. */
  note: string;
  control: string;
  guardOptions: string;
  engine(index: number): string;
}

/**
 * The folder used when the config names none: $XDG_RUNTIME_DIR/hairpin, /run/hairpin for root,
 * /tmp/hairpin-UID else.
 */
export function defaultRunDirectory(
  env: Record<string, string | undefined> = process.env,
  uid = process.getuid?.() ?? 0,
): string {
  const runtime = env["XDG_RUNTIME_DIR"];
  if (runtime !== undefined && runtime !== "") return join(runtime, "hairpin");
  return uid === 0 ? "/run/hairpin" : `/tmp/hairpin-${uid}`;
}

/** Paths of one appliance. Throws one sentence when a socket's path would be too long. */
export function runPaths(directory: string, name: string): RunPaths {
  const folder = resolve(directory);
  const paths = {
    directory: folder,
    lock: join(folder, `${name}.lock`),
    socket: join(folder, `${name}.sock`),
    guard: join(folder, `${name}.guard`),
    note: join(folder, `${name}.segments.json`),
    control: join(folder, `${name}.control.json`),
    guardOptions: join(folder, `${name}.guard.json`),
    engine: (index: number) => join(folder, `${name}.engine-${index}.json`),
  };
  if (Buffer.byteLength(paths.guard) > SOCKET_PATH_MAX) {
    throw new Error(
      `the runtime folder ${folder} is too long a path for a unix socket (at most ${SOCKET_PATH_MAX} bytes with the name): choose a shorter [appliance] run_dir`,
    );
  }
  return paths;
}

/** Makes the folder with mode 0700. Throws one sentence when it is open to others. */
export function makeRunDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw sayWhat(`can't make the runtime folder ${directory} ([appliance] run_dir)`, error);
  }
  const uid = process.getuid?.();
  const info = statSync(directory);
  if (uid !== undefined && info.uid !== uid) {
    throw new Error(`the runtime folder ${directory} belongs to another user`);
  }
  if ((info.mode & 0o077) !== 0) chmodSync(directory, 0o700);
}

/** Takes the lock for the life of this process; throws one sentence when it is taken. */
export function takeLock(shim: Shim, paths: RunPaths, name: string): number {
  const fd = shim.hp_file_lock(cString(paths.lock));
  if (fd === HP_EEXIST) {
    throw new AlreadyRunning(`appliance "${name}" is already running (lock ${paths.lock})`);
  }
  if (fd < 0) throw new Error(`can't lock ${paths.lock}: ${statusText(fd)}`);
  return fd;
}

/** Another run of the same name is there. */
export class AlreadyRunning extends Error {}

/**
 * True while a process lives and does something; a zombie does not. `needle` must occur in its
 * command line, so that a number used again by a stranger does not count.
 */
export function isAlive(pid: number, needle = ""): boolean {
  if (pid <= 0) return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const state = stat.charAt(stat.lastIndexOf(")") + 2);
    if (state === "Z" || state === "X") return false;
    if (needle === "") return true;
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(needle);
  } catch {
    return false;
  }
}

/** True when the launcher is no longer this process's parent. */
export function isOrphan(launcherPid: number): boolean {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 4).split(" ")[0]);
    return parent !== launcherPid;
  } catch {
    return false;
  }
}
