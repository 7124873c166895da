/**
 * The engine's thread: builds the live path and its shadow, recovers, warms up, pins itself, and
 * turns until it is told to stop. Entry of a Bun Worker; talks to its process by messages only
 * before the loop and after it.
 */
import { loadShim } from "../ffi/load.ts";
import { thrownText } from "../strategy/thrown.ts";
import type { WorkerOptions } from "./link.ts";
import { type EngineReport, runEngine } from "./run.ts";

declare const self: Worker;

export type WorkerMessage =
  | { type: "done"; report: EngineReport }
  | { type: "failed"; message: string };

self.onmessage = (event: MessageEvent<WorkerOptions & { options: unknown }>) => {
  void start(event.data);
};

async function start(data: WorkerOptions & { options: unknown }): Promise<void> {
  let message: WorkerMessage;
  try {
    message = { type: "done", report: await runEngine(loadShim(), data) };
  } catch (error) {
    message = { type: "failed", message: failureText(error) };
  }
  self.postMessage(message);
}

/** Anything can be thrown, and not all of it has a text. */
function failureText(error: unknown): string {
  const isPlain = error instanceof Error && typeof error.message === "string";
  return isPlain ? error.message : thrownText(error);
}
