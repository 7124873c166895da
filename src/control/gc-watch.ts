/**
 * Counts garbage collections on an engine worker's own heap, from what JSC prints on stderr under
 * BUN_JSC_logGC=1:
 *
 *   [GC<0x20b0d200118>: START M 1488kb => FullCollection, ...
 *
 * Every heap of the process prints there, under its address. The worker makes itself known: it
 * writes GC_MARK_BEGIN, forces collections, writes GC_MARK_END: the heap that collected most in
 * between is its own. After GC_MARK_ARMED each of its collections counts.
 */
import { GC_MARK_ARMED, GC_MARK_BEGIN, GC_MARK_END } from "../engine/gc-marks.ts";

/** Environment of an engine process. */
export const GC_ENVIRONMENT = { BUN_JSC_logGC: "1" };

const START = /\[GC<(0x[0-9a-f]+)>: START/g;
/** What is left of a line that one of ours has cut in two. */
const END = /cycle [0-9.]+ms END\]$/;
/** A line longer than this is passed on in pieces. */
const LINE_CHARACTERS_MAX = 65_536;

export interface GcWatchOptions {
  /** Lines that are no business of the collector's. */
  onLine(line: string): void;
  /** Called with each new count. */
  onCount?(collections: number): void;
}

export class GcWatch {
  /** Collections of the worker's heap since it armed. */
  collections = 0;
  /** Of any heap, since the start. */
  total = 0;
  /** Address of the worker's heap, "" while unknown. */
  heap = "";
  private readonly options: GcWatchOptions;
  private readonly decoder = new TextDecoder();
  private rest = "";
  private isMarking = false;
  private isArmed = false;
  private readonly marked = new Map<string, number>();

  constructor(options: GcWatchOptions) {
    this.options = options;
  }

  /** A chunk of the engine's stderr, cut anywhere. */
  feed(chunk: Uint8Array): void {
    this.rest += this.decoder.decode(chunk, { stream: true });
    const lines = this.rest.split("\n");
    this.rest = lines.pop()!;
    for (const line of lines) this.line(line);
    if (this.rest.length > LINE_CHARACTERS_MAX) this.end();
  }

  /** The stream has ended: what is left is a line. */
  end(): void {
    const line = this.rest;
    this.rest = "";
    if (line !== "") this.line(line);
  }

  private line(line: string): void {
    for (const match of line.matchAll(START)) this.collection(match[1]!);
    if (line.includes(GC_MARK_BEGIN)) {
      this.isMarking = true;
      this.isArmed = false;
      this.marked.clear();
    } else if (line.includes(GC_MARK_END)) {
      this.settle();
    } else if (line.includes(GC_MARK_ARMED)) {
      this.isArmed = true;
      this.collections = 0;
      this.options.onCount?.(0);
    } else if (!isCollectorLine(line)) {
      this.options.onLine(line);
    }
  }

  private collection(heap: string): void {
    this.total++;
    if (this.isMarking) this.marked.set(heap, (this.marked.get(heap) ?? 0) + 1);
    if (!this.isArmed || heap !== this.heap) return;
    this.collections++;
    this.options.onCount?.(this.collections);
  }

  private settle(): void {
    this.isMarking = false;
    let most = 0;
    for (const [heap, count] of this.marked) {
      if (count <= most) continue;
      most = count;
      this.heap = heap;
    }
  }
}

function isCollectorLine(line: string): boolean {
  return (
    line.includes("[GC<") ||
    line.includes("GC END!") ||
    line.startsWith("Requesting GC because ") ||
    END.test(line)
  );
}
