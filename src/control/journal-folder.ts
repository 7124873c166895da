/**
 * Whose a journal folder is. One appliance at a time writes into it (a lock in its root), and a
 * session date is one appliance's from start to end: its name, ClOrdID prefix, engines and sessions
 * are noted in the date's folder, because positions, sequence numbers and order ids are theirs.
 */
import { closeSync, constants, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { cString } from "../core/c-string.ts";
import { statusText } from "../core/status.ts";
import { sayWhat } from "../core/system-error.ts";
import { HP_EEXIST } from "../ffi/layout.ts";
import type { Shim } from "../ffi/shim.ts";
import { errorCode, realFiles, writeFileDurably } from "../journal/files.ts";
import type { ApplianceOptions } from "./launcher-options.ts";
import { AlreadyRunning, type RunPaths } from "./run-dir.ts";

/** What has to stay the same within a session date. A venue's address may change. */
export interface JournalIdentity {
  appliance: string;
  /** Start of every ClOrdID. */
  prefix: string;
  /** Names, by the index that the journal has for them. */
  engines: string[];
  sessions: SessionIdentity[];
}

export interface SessionIdentity {
  name: string;
  beginString: string;
  senderCompId: string;
  targetCompId: string;
}

const { O_CREAT, O_NOFOLLOW, O_RDWR } = constants;
const IDENTITY_FILE = "identity.json";

/**
 * Lock and claim at once, before anything of the journal is read or written; returns the lock's
 * descriptor. `directory` is the session date's folder. Throws as the two do.
 */
export function takeJournal(
  shim: Shim,
  options: Pick<ApplianceOptions, "name" | "engines" | "sessions" | "identity" | "journal">,
  paths: RunPaths,
  directory: string,
): number {
  const { name, engines, sessions, identity, journal } = options;
  const holder = { name, runDirectory: paths.directory };
  const lock = takeJournalLock(shim, journal.directory, holder);
  const untold = { beginString: "", senderCompId: "", targetCompId: "" };
  try {
    claimJournal(directory, {
      appliance: name,
      prefix: identity?.prefix ?? "",
      engines: engines.map((engine) => engine.name),
      sessions: identity?.sessions ?? sessions.map((s) => ({ name: s.name, ...untold })),
    });
  } catch (error) {
    shim.hp_fd_close(lock);
    throw error;
  }
  return lock;
}

/**
 * Takes the lock of a journal root (all dates) for the life of this process; returns its descriptor.
 * Throws AlreadyRunning with one sentence that says who has it.
 */
export function takeJournalLock(
  shim: Shim,
  root: string,
  holder: { name: string; runDirectory: string },
): number {
  const folder = resolve(root);
  const path = join(folder, "lock");
  makeFolder(folder);
  makeLockFile(path);
  const fd = shim.hp_file_lock(cString(path));
  if (fd === HP_EEXIST) {
    throw new AlreadyRunning(
      `the journal folder ${folder} is in use by ${holderIn(path)}; each appliance needs a [journal] dir of its own`,
    );
  }
  if (fd < 0) throw new Error(`can't lock ${path} ([journal] dir): ${statusText(fd)}`);
  try {
    const text = `appliance "${holder.name}" (pid ${process.pid}, run_dir ${holder.runDirectory})`;
    writeFileSync(path, `${text}\n`);
  } catch {
    // The lock holds without it; only a refusal would say less.
  }
  return fd;
}

function makeFolder(folder: string): void {
  const what = `can't make the journal folder ${folder} ([journal] dir)`;
  try {
    realFiles.makeDirectory(folder);
  } catch (error) {
    const isFile = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false;
    throw isFile ? new Error(`${what}: not a directory`) : sayWhat(what, error);
  }
}

/** The shim's status says less of why a file can't be made. */
function makeLockFile(path: string): void {
  try {
    closeSync(openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600));
  } catch (error) {
    throw sayWhat(`can't lock ${path} ([journal] dir)`, error);
  }
}

function holderIn(path: string): string {
  try {
    return readFileSync(path, "utf8").trim() || "another appliance";
  } catch {
    return "another appliance";
  }
}

/**
 * Compares a date's folder with the appliance that wants to use it, and notes a first or a grown one
 * down. Engines may be added at the end, and sessions. Throws one sentence that names what differs.
 */
export function claimJournal(directory: string, now: JournalIdentity): void {
  const path = join(directory, IDENTITY_FILE);
  const before = readIdentity(path);
  if (before !== null) {
    const difference = differenceOf(before, now);
    if (difference !== "") {
      throw new Error(
        `the journal in ${directory} belongs to another appliance or venue: ${difference}; use another [journal] dir, or finish this session date with the old config`,
      );
    }
  }
  if (JSON.stringify(before) === JSON.stringify(now)) return;
  try {
    realFiles.makeDirectory(directory);
    writeFileDurably(path, `${JSON.stringify(now)}\n`);
  } catch (error) {
    throw sayWhat(`can't write to the journal folder ${directory} ([journal] dir)`, error);
  }
}

/** "" = none. */
function differenceOf(before: JournalIdentity, now: JournalIdentity): string {
  if (before.appliance !== now.appliance) {
    return changed("[appliance] name", before.appliance, now.appliance);
  }
  if (before.prefix !== now.prefix) return changed("[appliance] prefix", before.prefix, now.prefix);
  const engine = before.engines.findIndex((name, i) => now.engines[i] !== name);
  if (engine >= 0) {
    const what = `the name of engine ${engine + 1}`;
    return changed(what, before.engines[engine]!, now.engines[engine]);
  }
  for (const old of before.sessions) {
    const session = now.sessions.find(({ name }) => name === old.name);
    if (session === undefined) return `session "${old.name}" is missing`;
    const key = SESSION_KEYS.find(([key]) => session[key] !== old[key]);
    if (key === undefined) continue;
    return changed(`${key[1]} of session "${old.name}"`, old[key[0]], session[key[0]]);
  }
  return "";
}

const SESSION_KEYS = [
  ["beginString", "the FIX version"],
  ["senderCompId", "sender_comp_id"],
  ["targetCompId", "target_comp_id"],
] as const;

function changed(what: string, was: string, is: string | undefined): string {
  return `${what} was "${was}", now it is ${is === undefined ? "missing" : `"${is}"`}`;
}

/** null when there is none. One that can't be read is refused: a start would write over it. */
function readIdentity(path: string): JournalIdentity | null {
  let found: Partial<JournalIdentity> | null;
  try {
    found = JSON.parse(readFileSync(path, "utf8")) as Partial<JournalIdentity> | null;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw unreadable(path, (error as Error).message);
  }
  const { appliance, prefix, engines, sessions } = found ?? {};
  if (typeof appliance !== "string" || typeof prefix !== "string") {
    throw unreadable(path, "no appliance is named in it");
  }
  if (!Array.isArray(engines) || !Array.isArray(sessions)) {
    throw unreadable(path, "no engines and sessions are in it");
  }
  return { appliance, prefix, engines, sessions };
}

function unreadable(path: string, why: string): Error {
  return new Error(
    `can't read ${path}, which says whose the journal is: ${why}; nothing was started. See docs/operating/recovery.md`,
  );
}
