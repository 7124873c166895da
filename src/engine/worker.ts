/**
 * The engine's thread: builds the live path and its shadow, recovers, warms up, pins itself, and
 * turns until it is told to stop. Entry of a Bun Worker; talks to its process by messages only
 * before the loop and after it.
 */
import { loadShim } from "../ffi/load.ts";
import type { PortDriverName } from "../ffi/port-driver.ts";
import { thrownText } from "../strategy/thrown.ts";
import type { WorkerOptions } from "./link.ts";
import { type EngineReport, runEngine } from "./run.ts";

declare const self: Worker;

/** A port whose link, speed and drops the process's main thread renews. */
export interface OpenDevice {
  driver: PortDriverName;
  handle: number;
}

export type WorkerMessage =
  | { type: "devices"; devices: OpenDevice[] }
  | { type: "done"; report: EngineReport }
  | { type: "failed"; message: string };

self.onmessage = (event: MessageEvent<WorkerOptions & { options: unknown }>) => {
  void start(event.data);
};

async function start(data: WorkerOptions & { options: unknown }): Promise<void> {
  let message: WorkerMessage;
  try {
    const report = await runEngine(loadShim(), data, (devices) => {
      if (devices.length === 0) return;
      const open = devices.map((d) => ({ driver: d.driverName, handle: d.handleNumber() }));
      self.postMessage({ type: "devices", devices: open } satisfies WorkerMessage);
    });
    message = { type: "done", report };
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
