/**
 * A look at a capture before its books are made: what prices each security has, and which step its
 * definition tells, wherever in the capture that comes. A unit can't be changed once there are levels.
 */
import { displayIncrement } from "../../book/mdp3-units.ts";
import {
  ROLE_DEFINITION as DEFINITION,
  Mdp3Decoder,
  ROLE_SNAPSHOT as SNAPSHOT,
} from "../../feed/mdp3/mdp3.ts";
import type { Mdp3Definition, Mdp3Sink } from "../../feed/mdp3/mdp3-sink.ts";
import { MessagePlans } from "../../feed/mdp3/message-plans.ts";
import { applyMessages } from "../../feed/mdp3/packet-framing.ts";
import type { SbeSchema } from "../../feed/mdp3/sbe-schema.ts";
import { type Frame, ROLE_LIVE, ROLE_SNAPSHOT, ROLE_UNTOLD } from "./protocol.ts";

const COUNTERS = 256;
/** Prices may grow so many times before they no longer fit. */
const GROWTH = 1000;
const UNITS_MAX = 0x7fffffff;
const NOTHING = () => {};

/** Prices of one security, powers of ten. */
interface Prices {
  /** The largest one that divides all; Infinity = all were zero. */
  dividing: number;
  /** The coarsest of the wire: no unit can be finer. */
  wire: number;
  largest: number;
}

export class Mdp3Survey implements Mdp3Sink {
  readonly takesOrders = false;
  private readonly decoder: Mdp3Decoder;
  private readonly exponents: readonly number[];
  private readonly handles = new Map<number, number>();
  private readonly prices: Prices[] = [];
  private readonly snapshots = new Set<number>();
  private readonly steps = new Map<number, number>();

  /** Throws SbeSchemaError when books can't be made by the schema. */
  constructor(schema: SbeSchema) {
    this.exponents = new MessagePlans(schema).exponents;
    this.decoder = new Mdp3Decoder({ schema, sink: this, counters: new Float64Array(COUNTERS) });
  }

  frame(role: number, view: DataView, bytes: Uint8Array, frame: Frame): void {
    const { decoder } = this;
    if (role === ROLE_LIVE || role === ROLE_UNTOLD) decoder.packet(frame.seq);
    else
      decoder.sidePacket(
        role === ROLE_SNAPSHOT ? SNAPSHOT : DEFINITION,
        0,
        frame.seq,
        Number.POSITIVE_INFINITY,
      );
    applyMessages(decoder, view, bytes, frame.at, frame.size);
  }

  /**
   * What prices of a security without a definition, so far, are multiples of: the step that its
   * definition tells later; else as fine as leaves room to grow, but neither finer than the wire
   * nor so coarse that a price is none. Undefined: no price of it was seen.
   */
  unitOf(securityId: number): number | undefined {
    const step = this.steps.get(securityId);
    if (step !== undefined) return step;
    const prices = this.prices[this.handles.get(securityId) ?? -1];
    if (prices === undefined || prices.dividing === Number.POSITIVE_INFINITY) return undefined;
    const room = Math.ceil(Math.log10((prices.largest * GROWTH) / UNITS_MAX));
    const power = Math.min(0, prices.dividing, Math.max(prices.wire, room));
    return Number(`1e${power}`);
  }

  find(securityId: number): number {
    const known = this.handles.get(securityId);
    if (known !== undefined) return known;
    const handle = this.prices.length;
    this.handles.set(securityId, handle);
    this.prices.push({ dividing: Number.POSITIVE_INFINITY, wire: -Infinity, largest: 0 });
    return handle;
  }

  onLevel(
    handle: number,
    _rptSeq: number,
    _action: number,
    _type: number,
    _level: number,
    mantissa: number,
    exponent: number,
  ): void {
    this.price(handle, mantissa, exponent);
  }

  onTrade(
    handle: number,
    _rptSeq: number,
    _action: number,
    mantissa: number,
    exponent: number,
  ): void {
    this.price(handle, mantissa, exponent);
  }

  /** The capture has a snapshot of it: until that comes updates wait for it, as they do live. */
  hasSnapshot(securityId: number): boolean {
    return this.snapshots.has(this.handles.get(securityId) ?? -1);
  }

  onSnapshot(handle: number): boolean {
    this.snapshots.add(handle);
    return true;
  }

  onSnapshotEntry(
    handle: number,
    _type: number,
    _level: number,
    mantissa: number,
    exponent: number,
  ): void {
    this.price(handle, mantissa, exponent);
  }

  onOrderSnapshot(): boolean {
    return false;
  }

  wantsDefinition(securityId: number): boolean {
    return !this.steps.has(securityId);
  }

  onDefinition(definition: Mdp3Definition): void {
    const step = displayIncrement(definition);
    if (step !== undefined && step > 0) this.steps.set(definition.securityId, step);
  }

  readonly onPacket = NOTHING;
  readonly onLoss = NOTHING;
  readonly onOrder = NOTHING;
  readonly onVolume = NOTHING;
  readonly onStatistic = NOTHING;
  readonly onLimits = NOTHING;
  readonly onStatus = NOTHING;
  readonly onReset = NOTHING;
  readonly onQuoteRequest = NOTHING;
  readonly onSnapshotPacket = NOTHING;
  readonly onSnapshotReport = NOTHING;
  readonly onSnapshotEnd = NOTHING;
  readonly onSnapshotOrder = NOTHING;
  readonly onOrderSnapshotEnd = NOTHING;
  readonly flush = NOTHING;

  private price(handle: number, mantissa: number, exponent: number): void {
    if (mantissa === 0 || !Number.isSafeInteger(mantissa)) return;
    const prices = this.prices[handle]!;
    const power = this.exponents[exponent]!;
    prices.wire = Math.max(prices.wire, power);
    prices.largest = Math.max(prices.largest, Math.abs(mantissa) * 10 ** power);
    // No safe integer has more zeros.
    let zeros = Math.min(prices.dividing - power, 15);
    while (zeros > 0 && mantissa % 10 ** zeros !== 0) zeros--;
    prices.dividing = Math.min(prices.dividing, power + zeros);
  }
}
