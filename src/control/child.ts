/** Starting one process of the appliance, and waiting for it. */
import { IS_COMPILED } from "../core/compiled.ts";
import type { RoleVerb } from "./roles.ts";

export interface Child {
  readonly pid: number;
  /** Resolves when it has ended, with what to call that: "exit 0", "signal SIGKILL". */
  readonly ended: Promise<ChildEnd>;
  /** Undefined while it runs. */
  end(): ChildEnd | undefined;
  kill(signal: NodeJS.Signals): void;
}

export interface ChildEnd {
  /** Exit code, null when a signal ended it. */
  code: number | null;
  signal: string | null;
}

export interface ChildOptions {
  command: string[];
  env?: Record<string, string>;
  /** Takes the child's stderr; without it the child writes to ours. */
  onStderr?(chunk: Uint8Array): void;
  /** Called when its stderr has ended. */
  onStderrEnd?(): void;
}

export type Spawn = (options: ChildOptions) => Child;

/** The command that starts a role: this executable again, or this Bun with this main file. */
export function roleCommand(verb: RoleVerb, optionsFile: string, ...words: string[]): string[] {
  const main = IS_COMPILED ? [] : [Bun.main];
  return [process.execPath, ...main, verb, optionsFile, ...words];
}

export const spawnChild: Spawn = (options) => {
  const process_ = Bun.spawn(options.command, {
    env: { ...process.env, ...options.env },
    stdin: "ignore",
    stdout: "inherit",
    stderr: options.onStderr === undefined ? "inherit" : "pipe",
  });
  if (options.onStderr !== undefined) {
    void pump(process_.stderr as ReadableStream<Uint8Array>, options.onStderr, options.onStderrEnd);
  }
  let end: ChildEnd | undefined;
  const ended = process_.exited.then((): ChildEnd => {
    const signal = process_.signalCode;
    end = { code: process_.exitCode, signal: signal === null ? null : String(signal) };
    return end;
  });
  return {
    pid: process_.pid,
    ended,
    end: () => end,
    kill: (signal) => process_.kill(signal),
  };
};

export function endText(end: ChildEnd): string {
  return end.signal === null ? `exit code ${end.code}` : `signal ${end.signal}`;
}

async function pump(
  stream: ReadableStream<Uint8Array>,
  onChunk: (chunk: Uint8Array) => void,
  onEnd: (() => void) | undefined,
): Promise<void> {
  try {
    for await (const chunk of stream) onChunk(chunk);
  } catch {
    // The pipe broke with its process; its end is reported elsewhere.
  }
  onEnd?.();
}

/** Waits for a process, and kills it when it takes too long. */
export async function endOf(child: Child | null, timeoutMs: number): Promise<void> {
  if (child === null || child.end() !== undefined) return;
  const late = Bun.sleep(timeoutMs).then(() => "late" as const);
  if ((await Promise.race([child.ended, late])) !== "late") return;
  // A stopped process does not end by SIGTERM.
  child.kill("SIGKILL");
  await child.ended;
}
