/**
 * One strategy as the host keeps it. The callbacks are read once, here: on the path there is neither
 * a getter of the strategy's that could throw nor a question whether a callback is there.
 */
import type { Strategy } from "./api.ts";
import type { HostContext } from "./context.ts";

type Callback<K extends keyof Strategy> = NonNullable<Strategy[K]>;

export class Runner {
  readonly name: string;
  readonly context: HostContext;
  /** `this` of its callbacks. */
  readonly strategy: Strategy;
  readonly toLocal: Int32Array;
  readonly onStart: Callback<"onStart">;
  readonly onBook: Callback<"onBook">;
  readonly onTrade: Callback<"onTrade">;
  readonly onStatus: Callback<"onStatus">;
  readonly onFeed: Callback<"onFeed">;
  readonly onOrder: Callback<"onOrder">;
  readonly onTimer: Callback<"onTimer">;
  readonly onStop: Callback<"onStop">;
  isEnabled = true;
  /** Why it was disabled, in one line. */
  error = "";

  /** Throws when a callback is none, or one that would not run; and what a getter throws. */
  constructor(name: string, context: HostContext, strategy: Strategy, toLocal: Int32Array) {
    this.name = name;
    this.context = context;
    this.strategy = strategy;
    this.toLocal = toLocal;
    this.onStart = callbackOf(strategy, "onStart");
    this.onBook = callbackOf(strategy, "onBook");
    this.onTrade = callbackOf(strategy, "onTrade");
    this.onStatus = callbackOf(strategy, "onStatus");
    this.onFeed = callbackOf(strategy, "onFeed");
    this.onOrder = callbackOf(strategy, "onOrder");
    this.onTimer = callbackOf(strategy, "onTimer");
    this.onStop = callbackOf(strategy, "onStop");
  }
}

/** "async function" or "generator function" when `value` is one: the engine would not run it. */
export function unrunnable(value: unknown): string {
  if (typeof value !== "function") return "";
  const tag = Object.prototype.toString.call(value);
  if (tag.includes("Generator")) return "generator function";
  return tag.includes("Async") ? "async function" : "";
}

function callbackOf<K extends keyof Strategy>(strategy: Strategy, key: K): Callback<K> {
  const value = strategy[key];
  if (value === undefined) return nothing;
  if (typeof value !== "function") {
    throw new TypeError(`its ${key} is no function but of type ${typeof value}`);
  }
  const kind = unrunnable(value);
  if (kind !== "") {
    throw new TypeError(
      `its ${key} is ${kind[0] === "a" ? "an" : "a"} ${kind}, which the engine's thread never finishes; make it a plain function`,
    );
  }
  return value as Callback<K>;
}

function nothing(): void {}
