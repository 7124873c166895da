/**
 * How long an order takes to the venue and its answer back, when nobody was there to measure it.
 *
 *   fixed       always the same round trip
 *   normal      mean and standard deviation, cut off at zero
 *   histogram   drawn from round trips that were measured: lines of upper_ns,count, of which each
 *               begins where the line before ends, counted or not
 *
 * A round trip is drawn for each leg anew, and the leg takes half of it. Limits: legs do not depend
 * on the load of the venue or of the line; a burst of the market, in which real venues are slow, is
 * as fast as any other moment.
 */
import { readFileSync } from "node:fs";
import { Random } from "../../sim/random.ts";

export interface LatencyModel {
  /** ns of one leg, at least 0. */
  leg(): number;
}

/** A round trip is at most two seconds: more is a slip of the unit, and sessions time out. */
const ROUND_TRIP_NS_MAX = 2e9;
/** Seeds apart from the feed's and the flow's. */
const STREAM = 77;
const UNITS: Record<string, number> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };

export const LATENCY_FORMS =
  'a round trip of up to 2s such as "50us", "normal:50us,10us" (mean, standard deviation) or "histogram:FILE" (lines of upper_ns,count)';

/** Throws one sentence when the text says no model or the file can't be used. */
export function latencyModel(text: string, seed: number): LatencyModel {
  const [kind, rest] = split(text);
  if (kind === "histogram") return new Measured(rest, seed);
  if (kind === "normal") {
    const [mean, deviation, ...more] = rest.split(",");
    if (mean === undefined || deviation === undefined || more.length > 0) throw wrong(text);
    return new Normal(duration(mean, text), duration(deviation, text), seed);
  }
  if (kind !== "" && kind !== "fixed") throw wrong(text);
  return new Fixed(duration(rest, text));
}

class Fixed implements LatencyModel {
  private readonly half: number;

  constructor(ns: number) {
    this.half = Math.round(ns / 2);
  }

  leg(): number {
    return this.half;
  }
}

class Normal implements LatencyModel {
  private readonly random: Random;

  constructor(
    private readonly mean: number,
    private readonly deviation: number,
    seed: number,
  ) {
    this.random = new Random(seed, STREAM);
  }

  /** Box and Muller's transform of two uniform numbers. */
  leg(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.random.next()));
    const z = radius * Math.cos(2 * Math.PI * this.random.next());
    return Math.max(0, Math.round((this.mean + this.deviation * z) / 2));
  }
}

class Measured implements LatencyModel {
  private readonly random: Random;
  private readonly lower: number[] = [];
  private readonly upper: number[] = [];
  /** Sums of counts up to and with each bucket. */
  private readonly sums: number[] = [];

  constructor(file: string, seed: number) {
    this.random = new Random(seed, STREAM);
    let sum = 0;
    for (const { lower, upper, count } of readHistogram(file)) {
      sum += count;
      this.lower.push(lower);
      this.upper.push(upper);
      this.sums.push(sum);
    }
  }

  /** Even within a bucket. */
  leg(): number {
    const wanted = this.random.next() * this.sums.at(-1)!;
    let k = 0;
    while (this.sums[k]! <= wanted) k++;
    const from = this.lower[k]!;
    const within = this.random.next();
    return Math.round((from + within * (this.upper[k]! - from)) / 2);
  }
}

/** Lines of `upper_ns,count`, ascending; other columns in front of them are not looked at. */
function readHistogram(file: string): { lower: number; upper: number; count: number }[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(`latency: histogram ${file}: can't be read: ${(error as Error).message}`);
  }
  const out: { lower: number; upper: number; count: number }[] = [];
  let last = 0;
  for (const [i, line] of text.split("\n").entries()) {
    if (line.trim() === "" || (i === 0 && /[a-z]/i.test(line))) continue;
    const [upper, count] = line.split(",").slice(-2).map(toNumber);
    const isGood =
      upper !== undefined &&
      upper > last &&
      upper <= ROUND_TRIP_NS_MAX &&
      count !== undefined &&
      count >= 0 &&
      count <= Number.MAX_SAFE_INTEGER;
    if (!isGood) {
      throw new Error(
        `latency: histogram ${file}, line ${i + 1}: found "${line.trim()}"; allowed: upper_ns,count with upper_ns above the line before, up to 2 s`,
      );
    }
    if (count > 0) out.push({ lower: last, upper, count });
    last = upper;
  }
  if (out.length === 0) throw new Error(`latency: histogram ${file}: it counts nothing`);
  return out;
}

/** No number for an empty field, which Number() takes for 0. */
function toNumber(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}

function split(text: string): [kind: string, rest: string] {
  const colon = text.indexOf(":");
  return colon < 0 ? ["", text] : [text.slice(0, colon), text.slice(colon + 1)];
}

function duration(word: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ns|us|ms|s)$/.exec(word.trim());
  if (match === null) throw wrong(text);
  const ns = Number(match[1]) * UNITS[match[2]!]!;
  if (ns > ROUND_TRIP_NS_MAX) throw wrong(text);
  return ns;
}

function wrong(text: string): Error {
  return new Error(`latency: found "${text}"; allowed: ${LATENCY_FORMS}`);
}
