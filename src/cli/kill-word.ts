/**
 * Kill without anybody's help: the bit goes straight into shared memory, where the engines look on
 * every turn. For when control does not answer.
 */
import { readFileSync } from "node:fs";
import { Region, wholeBlock } from "../core/arena.ts";
import { ControlBlock } from "../core/control-block.ts";
import { HP_KILL_CLI } from "../ffi/layout.ts";
import type { Shim } from "../ffi/shim.ts";

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

/** Sets the bit; false when there is no such segment, or it is another version's. */
export function killDirectly(shim: Shim, segment: string): boolean {
  try {
    const region = Region.shm(shim, segment, 0);
    ControlBlock.open(wholeBlock(region)).kill(HP_KILL_CLI);
    return true;
  } catch {
    return false;
  }
}
