/**
 * Kill without anybody's help: the bit goes straight into shared memory, where the engines look on
 * every turn. Control is asked afterwards, for its words: it may hang, and a kill can't wait for it.
 */
import { readFileSync } from "node:fs";
import { sendCommand } from "../control/client.ts";
import { Region, wholeBlock } from "../core/arena.ts";
import { ControlBlock } from "../core/control-block.ts";
import { HP_KILL_CLI } from "../ffi/layout.ts";
import type { Shim } from "../ffi/shim.ts";
import { ask } from "./appliance.ts";

/** How long control has for its words once the bit is set, ms. */
const WORDS_MS = 500;

/**
 * Kills the appliance behind `socket`: in shared memory at once when that can be opened, over the
 * socket else. Returns what to tell; throws CliError when neither works.
 */
export async function killAppliance(
  socket: string,
  shim: () => Shim,
  wordsMs = WORDS_MS,
): Promise<string> {
  const segment = controlSegmentOf(socket);
  if (segment === undefined || !killDirectly(shim, segment)) {
    return (await ask(socket, "kill")).text ?? "killed";
  }
  try {
    const answer = await sendCommand(socket, "kill", wordsMs);
    if (answer.ok && answer.text !== undefined) return answer.text;
  } catch {
    // The kill stands without an answer.
  }
  return "killed through shared memory: control does not answer";
}

/** Name of the control segment, from the note that the launcher keeps beside the socket. */
export function controlSegmentOf(socket: string): string | undefined {
  try {
    const note = JSON.parse(readFileSync(socket.replace(/\.sock$/, ".segments.json"), "utf8"));
    const name: unknown = note?.names?.control;
    return typeof name === "string" ? name : undefined;
  } catch {
    return undefined;
  }
}

/** Sets the bit; false when there is no shim, no such segment, or it is another version's. */
export function killDirectly(shim: () => Shim, segment: string): boolean {
  try {
    const region = Region.shm(shim(), segment, 0);
    ControlBlock.open(wholeBlock(region)).kill(HP_KILL_CLI);
    return true;
  } catch {
    return false;
  }
}
