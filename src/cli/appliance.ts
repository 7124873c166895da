/** Which appliance a verb means: by config, by socket, or the only one that runs here. */
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { anyHost } from "../config/any-host.ts";
import { checkConfig } from "../config/load.ts";
import { formatProblem } from "../config/problem.ts";
import type { Config } from "../config/schema.ts";
import { NotRunning, sendCommand } from "../control/client.ts";
import type { Answer, Command } from "../control/protocol.ts";
import { defaultRunDirectory, runPaths } from "../control/run-dir.ts";
import type { FlagTable, Operands } from "./args.ts";
import {
  CliError,
  EXIT_CONFIG,
  EXIT_FAILED,
  EXIT_NOT_RUNNING,
  EXIT_REFUSED,
  EXIT_USAGE,
} from "./exit-codes.ts";

export const APPLIANCE_OPERANDS: Operands = { usage: "[CONFIG]", min: 0, max: 1 };
export const APPLIANCE_FLAGS = {
  socket: { type: "text", value: "PATH", text: "Its socket, instead of CONFIG." },
} as const satisfies FlagTable;
export const APPLIANCE_DETAILS =
  "Without CONFIG and --socket it means the only appliance in the default run folder.";

/** The folder of sockets and run files. */
export function runDirectory(config: Config): string {
  return config.appliance.run_dir ?? defaultRunDirectory();
}

/** Path of the socket to talk to; throws CliError with one sentence. */
export function socketOf(config: string | undefined, socket: string | undefined): string {
  if (config !== undefined && socket !== undefined) {
    throw new CliError(EXIT_USAGE, "give CONFIG or --socket, not both");
  }
  const path = socket ?? (config === undefined ? onlySocket() : socketOfConfig(config));
  if (isForbidden(dirname(path))) {
    throw new CliError(
      EXIT_REFUSED,
      `the runtime folder ${dirname(path)} is another user's: who may not enter it may not trade`,
    );
  }
  if (!existsSync(path)) {
    throw new CliError(EXIT_NOT_RUNNING, `no appliance runs here: there is no socket ${path}`);
  }
  return path;
}

function isForbidden(folder: string): boolean {
  if (!existsSync(folder)) return false;
  try {
    accessSync(folder, constants.X_OK);
    return false;
  } catch {
    return true;
  }
}

/** Not checked against this machine: a kill must find its appliance also when a card of it has died. */
function socketOfConfig(file: string): string {
  const { config, problems } = checkConfig(file, { host: anyHost });
  if (config === undefined) {
    const first = problems.find((p) => p.severity === "error");
    const detail = first === undefined ? file : formatProblem(first);
    throw new CliError(EXIT_CONFIG, `${detail} (\`hairpin check\` shows all; or use --socket)`);
  }
  return runPaths(runDirectory(config), config.appliance.name).socket;
}

function onlySocket(): string {
  const folder = defaultRunDirectory();
  const sockets = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith(".sock"))
    : [];
  if (sockets.length === 1) return join(folder, sockets[0]!);
  if (sockets.length === 0) {
    throw new CliError(EXIT_NOT_RUNNING, `no appliance runs here: ${folder} has no socket`);
  }
  const names = sockets.map((name) => name.slice(0, -".sock".length)).join(", ");
  throw new CliError(EXIT_USAGE, `several appliances are here (${names}): give CONFIG or --socket`);
}

/** Sends a command; throws CliError when nobody answers, or the appliance refuses. */
export async function ask(socket: string, command: Command): Promise<Answer & { ok: true }> {
  let answer: Answer;
  try {
    answer = await sendCommand(socket, command);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new CliError(error instanceof NotRunning ? EXIT_NOT_RUNNING : EXIT_FAILED, message);
  }
  if (!answer.ok) throw new CliError(EXIT_REFUSED, answer.error);
  return answer;
}
