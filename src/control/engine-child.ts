/** Starting an engine process: its stderr passes through the collection watch. */
import { type Child, roleCommand, type Spawn } from "./child.ts";
import { GC_ENVIRONMENT, GcWatch } from "./gc-watch.ts";
import { ENGINE_RESTARTED, ROLE_ENGINE } from "./roles.ts";

export interface EngineChildOptions {
  spawn: Spawn;
  optionsFile: string;
  /** It died in this run: it stays disarmed, whatever its config says about arming. */
  isRestart: boolean;
  /** Collections of the worker's own heap since it armed. */
  onCollections(count: number): void;
}

export function startEngineChild(o: EngineChildOptions): { child: Child; watch: GcWatch } {
  const watch = new GcWatch({
    onLine: (line) => process.stderr.write(`${line}\n`),
    onCount: o.onCollections,
  });
  const words = o.isRestart ? [ENGINE_RESTARTED] : [];
  const child = o.spawn({
    command: roleCommand(ROLE_ENGINE, o.optionsFile, ...words),
    env: GC_ENVIRONMENT,
    onStderr: (chunk) => watch.feed(chunk),
    onStderrEnd: () => watch.end(),
  });
  return { child, watch };
}
