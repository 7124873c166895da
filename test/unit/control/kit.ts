/** A host of fake processes for the control tests: shared segments, a venue to connect to, a clock. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunPaths, runPaths } from "../../../src/control/run-dir.ts";
import {
  createSegments,
  type SegmentOptions,
  type Segments,
} from "../../../src/control/segments.ts";
import { type FakeShim, fakeShim } from "../../../src/ffi/fake.ts";
import * as L from "../../../src/ffi/layout.ts";

export const START_S = 1_763_614_800;

export interface Host {
  shim: FakeShim;
  directory: string;
  paths: RunPaths;
  options: SegmentOptions;
  sentences: string[];
  segments(): Segments;
  close(): void;
}

export function makeHost(change: Partial<SegmentOptions> = {}): Host {
  const directory = mkdtempSync(join(tmpdir(), "hairpin-control-"));
  const shim = fakeShim();
  const paths = runPaths(directory, "test");
  const sentences: string[] = [];
  const options: SegmentOptions = {
    name: "test",
    paths,
    engines: [{ name: "main" }],
    feeds: [{ name: "itch", hasRecovery: true }],
    sessionCount: 1,
    ringBytes: 1 << 16,
    recoveryRingBytes: 1 << 16,
    journalDirectory: join(directory, "journal", "20261120"),
    date: "20261120",
    sessionStartS: START_S,
    configHash: 0xabcd,
    launcherPid: process.pid,
    log: (sentence) => sentences.push(sentence),
    ...change,
  };
  return {
    shim,
    directory,
    paths,
    options,
    sentences,
    segments: () => createSegments(shim, options),
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Runs `use` with a host, and cleans up. */
export async function withHost(
  use: (host: Host) => void | Promise<void>,
  change: Partial<SegmentOptions> = {},
): Promise<void> {
  const host = makeHost(change);
  try {
    await use(host);
  } finally {
    host.close();
  }
}

/** A connected order socket of the fake host: its descriptor, and whether the venue sees it shut. */
export function connectVenue(shim: FakeShim): { fd: number; isShut(): boolean } {
  const listener = shim.network.listen(0x7f000001, 9000);
  const stream = shim.hp_tcp_open(0x7f000001, 9000, 0);
  shim.hp_tcp_state(stream);
  const venue = listener.accept();
  if (venue === undefined) throw new Error("the fake venue saw no connection");
  return { fd: shim.hp_tcp_fd(stream), isShut: () => venue.isClosed };
}

export const PID = 4242;

/** Makes engine 0 look alive and trading. */
export function liveEngine(segments: Segments, state: number = L.HP_STATE_ARMED): void {
  const { words } = segments.control.engine(0);
  words[L.HP_ENGINE__PID_W] = PID;
  words[L.HP_ENGINE__STATE_W] = state;
}
