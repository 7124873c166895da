/** Writes the option files of the processes (roles.ts) into the runtime folder. */
import { rmSync, writeFileSync } from "node:fs";
import type { ApplianceOptions } from "./launcher-options.ts";
import type { ControlRoleOptions, EngineRoleOptions, GuardRoleOptions, Link } from "./roles.ts";
import type { RunPaths } from "./run-dir.ts";

export function writeRoleFiles(options: ApplianceOptions, link: Link, paths: RunPaths): void {
  const { durable, segmentBytes, hasDatabase } = options.journal;
  const control: ControlRoleOptions = {
    link,
    journal: { durable, segmentBytes, hasDatabase: hasDatabase ?? true },
    engines: options.engines.map(({ name }) => ({ name })),
    feeds: options.feeds,
    sessions: options.sessions,
  };
  const guard: GuardRoleOptions = { link, preload: "", ...options.guard };
  writeJson(paths.control, control);
  writeJson(paths.guardOptions, guard);
  options.engines.forEach((engine, index) => {
    const role: EngineRoleOptions = { link, index, options: engine.options };
    writeJson(paths.engine(index), role);
  });
}

function writeJson(path: string, value: unknown): void {
  rmSync(path, { force: true });
  writeFileSync(path, JSON.stringify(value), { mode: 0o600 });
}
