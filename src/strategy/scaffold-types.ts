/**
 * The types of the strategy API as one file for editors: an empty folder has no packages. It must
 * say what api.ts says; test/unit/strategy/scaffold.test.ts compares the two by compiling.
 */
import * as api from "./api.ts";

/** Text of hairpin.d.ts. */
export function hairpinTypes(): string {
  const constants = Object.entries(api)
    .filter(([, value]) => typeof value === "number")
    .map(([name, value]) => `  export const ${name}: ${value};`);
  return `${HEAD}\n${constants.join("\n")}\n\n${TYPES}`;
}

const HEAD = `// Types of the hairpin strategy API, written by \`hairpin new strategy\`. For editors only: the
// appliance itself answers \`import ... from "hairpin"\`. Prices are int32 in the instrument's unit,
// quantities int32, times ns since the start of the session date.
declare module "hairpin" {`;

const TYPES = `  /** A book, read in place. Level 0 is the best; 0 where there is no such level. */
  export interface BookView {
    readonly instrument: number;
    bidPx(level: number): number;
    bidQty(level: number): number;
    /** Number of orders. */
    bidCount(level: number): number;
    askPx(level: number): number;
    askQty(level: number): number;
    askCount(level: number): number;
    bidDepth(): number;
    askDepth(): number;
    /** Last trade, 0 before the first. */
    lastPx(): number;
    lastQty(): number;
  }

  /** What a strategy may do and see. */
  export interface StrategyContext {
    /** Number of instruments, their indices are 0 .. instrumentCount-1. */
    readonly instrumentCount: number;
    /** Index of a symbol, or -1. For create() and onStart(), not for the path. */
    instrument(symbol: string): number;
    symbol(instrument: number): string;
    /** Currency per price unit. */
    priceUnit(instrument: number): number;
    /** The tick at a price, in units. */
    tick(instrument: number, px: number): number;
    lot(instrument: number): number;
    book(instrument: number): BookView;
    /** STATUS_* in the low byte (STATUS_STATE_MASK), flags above. */
    status(instrument: number): number;
    /** FEED_* of the feed that carries the instrument. */
    feedState(instrument: number): number;
    /** BOOK_*: why its book is not to be trusted now, and orders are denied; 0 = it may be trusted. */
    bookFlags(instrument: number): number;
    position(instrument: number): number;
    /** Currency. */
    realizedPnl(instrument: number): number;
    unrealizedPnl(instrument: number): number;
    armed(): boolean;
    /** ns since session start; stands still within one callback. */
    now(): number;
    /** Seeded, uniform in [0, 1). */
    random(): number;
    /** Order slot (>= 0), or a negative code: nothing was sent then. */
    send(instrument: number, side: number, qty: number, px: number, flags: number): number;
    /** 0, or a negative code. */
    cancel(order: number): number;
    /** New total quantity, with what is filled. 0, or a negative code. */
    replace(order: number, qty: number, px: number): number;
    /** 1 pending new, 2 open, 3 pending cancel, 4 pending replace, 5 both, 6 unknown, 7 filled,
     * 8 canceled, 9 rejected, 10 expired, 11 never reached; 0, as are the three below, when the
     * order is none of this strategy's. */
    orderState(order: number): number;
    /** The open remainder. */
    orderLeaves(order: number): number;
    orderPx(order: number): number;
    orderSide(order: number): number;
    /** Index of its instrument, -1 when the order is none of this strategy's. */
    orderInstrument(order: number): number;
    /** Calls onTimer(id) once, delayNs from now; ids 0..63, a second call moves it. */
    setTimer(id: number, delayNs: number): void;
    clearTimer(id: number): void;
  }

  /**
   * The callbacks. All are optional, plain functions, and read once, when create() returns; none
   * may allocate once armed. Neither Promises nor setTimeout run on the engine's thread.
   */
  export interface Strategy {
    onStart?(): void;
    /** At the end of a packet, once per changed instrument. changed: 1 bid, 2 ask, 4 best, 8 depth. */
    onBook?(instrument: number, changed: number): void;
    onTrade?(instrument: number, px: number, qty: number, aggressor: number): void;
    onStatus?(instrument: number, status: number): void;
    onFeed?(feed: number, state: number): void;
    /** event: ORDER_EVENT_*; px and qty of a fill. */
    onOrder?(order: number, event: number, px: number, qty: number): void;
    onTimer?(id: number): void;
    onStop?(): void;
  }

  export interface StrategyDefinition<T = unknown> {
    params: z.Type<T>;
    /** No side effects: it is called once more to keep the code warm. */
    create(ctx: StrategyContext, params: T): Strategy;
  }

  export function defineStrategy<T>(definition: StrategyDefinition<T>): StrategyDefinition<T>;

  /** The part of zod that params need; all of zod 4 is there at run time. */
  export namespace z {
    export interface Type<T> {
      readonly _output: T;
      parse(value: unknown): T;
      optional(): Type<T | undefined>;
      default(value: T): this;
      describe(text: string): this;
    }
    export interface NumberType extends Type<number> {
      min(value: number): this;
      max(value: number): this;
      gt(value: number): this;
      lt(value: number): this;
      multipleOf(value: number): this;
    }
    export interface StringType extends Type<string> {
      min(length: number): this;
      max(length: number): this;
      regex(pattern: RegExp): this;
    }
    export function number(): NumberType;
    /** A whole number. */
    export function int(): NumberType;
    export function string(): StringType;
    export function boolean(): Type<boolean>;
    export function literal<const T extends string | number | boolean>(value: T): Type<T>;
    export function array<T>(element: Type<T>): Type<T[]>;
    export function object<S extends Record<string, Type<unknown>>>(
      shape: S,
    ): Type<{ [K in keyof S]: S[K]["_output"] }>;
    export function strictObject<S extends Record<string, Type<unknown>>>(
      shape: S,
    ): Type<{ [K in keyof S]: S[K]["_output"] }>;
    export type infer<T extends Type<unknown>> = T["_output"];
    function enumeration<const T extends readonly string[]>(values: T): Type<T[number]>;
    export { enumeration as enum };
  }
}
`;
