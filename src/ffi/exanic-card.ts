/** The software ExaNIC: the device that the simulator publishes into, and that tests run on. */
import { cString } from "../core/c-string.ts";
import { expectOk, StatusError } from "../core/status.ts";
import {
  HP_EAGAIN,
  HP_EEXIST,
  HP_ENOSPC,
  HP_EXACARD_CLIENTS,
  HP_EXACARD_CLOCK_AT,
  HP_EXACARD_CLOCK_HZ,
  HP_EXACARD_CLOCK_IN,
  HP_EXACARD_DELIVERED,
  HP_EXACARD_DOORBELLS,
  HP_EXACARD_DROPPED,
  HP_EXACARD_ENABLED,
  HP_EXACARD_FAULTS,
  HP_EXACARD_FILTER_BUFFERS,
  HP_EXACARD_FILTER_RULES,
  HP_EXACARD_GONE,
  HP_EXACARD_HOLD,
  HP_EXACARD_INTERFACE,
  HP_EXACARD_LOOP,
  HP_EXACARD_OK,
  HP_EXACARD_SENT,
} from "./layout.ts";
import { addressOf, checkAbi, libraryPath, openSymbols } from "./library.ts";

/** As in symbols.ts. */
export const CARD_SIGNATURES = {
  hp_exacard_abi_version: "i",
  hp_exacard_open: "pii",
  hp_exacard_deliver: "iidiii",
  hp_exacard_take: "iidii",
  hp_exacard_link: "iiii",
  hp_exacard_set: "iiidi",
  hp_exacard_counter: "iiid",
  hp_exacard_close: "ii",
} as const;

type CardFunctions = Record<
  Exclude<keyof typeof CARD_SIGNATURES, "hp_exacard_open">,
  (...args: number[]) => number
> & { hp_exacard_open(path: Uint8Array, ports: number): number };

/** What can be set, of a port or (see hairpin.h) of the card. */
export const CARD_SETTINGS = {
  loop: HP_EXACARD_LOOP,
  enabled: HP_EXACARD_ENABLED,
  filterRules: HP_EXACARD_FILTER_RULES,
  hold: HP_EXACARD_HOLD,
  filterBuffers: HP_EXACARD_FILTER_BUFFERS,
  clockHz: HP_EXACARD_CLOCK_HZ,
  clockAt: HP_EXACARD_CLOCK_AT,
  clockIn: HP_EXACARD_CLOCK_IN,
  gone: HP_EXACARD_GONE,
  interface: HP_EXACARD_INTERFACE,
} as const;

export const CARD_COUNTERS = {
  sent: HP_EXACARD_SENT,
  delivered: HP_EXACARD_DELIVERED,
  dropped: HP_EXACARD_DROPPED,
  doorbells: HP_EXACARD_DOORBELLS,
  faults: HP_EXACARD_FAULTS,
  clients: HP_EXACARD_CLIENTS,
} as const;

/** Longest frame, without its check sequence. */
export const CARD_FRAME_MAX = 16_384;

let loaded: CardFunctions | undefined;

function functions(): CardFunctions {
  loaded ??= open();
  return loaded;
}

function open(): CardFunctions {
  const embedded = embeddedCard();
  if (embedded === undefined)
    throw new Error("this build has no software ExaNIC: run `bun run shim`");
  const path = libraryPath("libhairpin-exanic-card.so", embedded);
  checkAbi(path, "hp_exacard_abi_version", "the software ExaNIC");
  return openSymbols(path, CARD_SIGNATURES) as unknown as CardFunctions;
}

function embeddedCard(): string | undefined {
  try {
    return (require("./embedded-exanic-card.ts") as { exanicCardPath: string }).exanicCardPath;
  } catch {
    return undefined;
  }
}

export class SoftwareCard {
  /** Frames to deliver are written here, frames taken are read from here. */
  readonly frame: Uint8Array;
  readonly frameView: DataView;
  private readonly frameAddr: number;
  private readonly call: CardFunctions;

  private constructor(
    readonly path: string,
    private readonly handle: number,
  ) {
    const buffer = new ArrayBuffer(CARD_FRAME_MAX);
    this.frame = new Uint8Array(buffer);
    this.frameView = new DataView(buffer);
    this.frameAddr = addressOf(buffer);
    this.call = functions();
  }

  /** A card of 1 to 4 ports in a file at `path`, best in /dev/shm. Throws one sentence. */
  static open(path: string, ports: number): SoftwareCard {
    const handle = functions().hp_exacard_open(cString(path), ports);
    if (handle === HP_EEXIST)
      throw new StatusError(
        `can't make a software card at ${path}: another process has one`,
        handle,
      );
    if (handle === HP_ENOSPC)
      throw new StatusError(`can't make a software card at ${path}: 4 MB for each port`, handle);
    return new SoftwareCard(path, expectOk(handle, `can't make a software card at ${path}`));
  }

  /** frame[0, length) comes in at a port; HP_OK, or HP_ENOTSUP while the port is down or off. */
  deliver(port: number, length: number, status = HP_EXACARD_OK): number {
    return this.call.hp_exacard_deliver(this.handle, port, this.frameAddr, length, status);
  }

  /** The next frame that a port has sent, until the next call; undefined when there is none. */
  take(port: number): Uint8Array | undefined {
    const length = this.call.hp_exacard_take(this.handle, port, this.frameAddr, CARD_FRAME_MAX);
    if (length === HP_EAGAIN) return undefined;
    return this.frame.subarray(0, expectOk(length, "can't take a frame of the software card"));
  }

  link(port: number, isUp: boolean): void {
    expectOk(this.call.hp_exacard_link(this.handle, port, isUp ? 1 : 0), "link");
  }

  set(port: number, what: keyof typeof CARD_SETTINGS, value: number): void {
    expectOk(this.call.hp_exacard_set(this.handle, port, CARD_SETTINGS[what], value), what);
  }

  counter(port: number, what: keyof typeof CARD_COUNTERS): number {
    return expectOk(this.call.hp_exacard_counter(this.handle, port, CARD_COUNTERS[what]), what);
  }

  /** Who has it open finds it gone. */
  close(): void {
    this.call.hp_exacard_close(this.handle);
  }
}
