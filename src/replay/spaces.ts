/**
 * The sequence spaces of a capture: which frames belong to one feed. Some protocols tell it in a
 * header (unit, channel); of the others each destination is a feed, but for two that bring the very
 * same packets: those are its lines A and B.
 */
import { formatEndpoint } from "../net/address.ts";
import type { CapturePort } from "../net/capture/capture-port.ts";
import { DESC_LENGTH, DESC_LINE, DESC_OFFSET, DESC_WORDS } from "../net/desc.ts";
import { type CaptureProtocol, FITS_NOT, type Frame } from "./protocols/protocol.ts";

/** Packets in mind when a new destination appears: its copy of one of them makes it their line. */
const RECENT = 1 << 16;

/** Frames in mind, by feed, to compare what another line brings under the same number. */
const BODIES = 1 << 14;

interface Body {
  line: number;
  end: number;
  session: string;
  hash: number | bigint;
}

export class Spaces {
  private readonly port: CapturePort;
  private readonly protocol: CaptureProtocol;
  /** By key of a header, or by line. */
  private readonly spaceOf = new Map<number, number>();
  private readonly recent = new Map<number | bigint, number>();
  private readonly bodies: Map<number, Body>[] = [];
  readonly names: string[] = [];
  /** Why what was put together does not belong together. */
  fault: string | undefined;

  /** `groups`: by line, what the command line has told of them. */
  constructor(port: CapturePort, protocol: CaptureProtocol, groups: readonly number[] = []) {
    this.port = port;
    this.protocol = protocol;
    if (!protocol.isByDestination) return;
    for (const [line, group] of groups.entries()) {
      this.spaceOf.set(line, group);
      this.names[group] ??= this.nameOf(line);
    }
  }

  /** Looks at the first packets for pairs of lines; they stay to be read. */
  async look(): Promise<void> {
    const { port, protocol } = this;
    if (!protocol.isByDestination || this.names.length > 0) return;
    const first = new Map<number | bigint, number>();
    const root: number[] = [];
    const find = (line: number): number => (root[line] === line ? line : find(root[line]!));
    await port.peek((i) => {
      const line = port.desc[i * DESC_WORDS + DESC_LINE]!;
      root[line] ??= line;
      const hash = this.hashOf(i);
      if (hash === undefined) return;
      const other = first.get(hash);
      if (other === undefined) first.set(hash, line);
      else {
        const [a, b] = [find(other), find(line)];
        root[Math.max(a, b)] = Math.min(a, b);
      }
    });
    root.forEach((_, line) => {
      const head = find(line);
      if (head === line) this.add(line, this.nameOf(line));
      else this.spaceOf.set(line, this.spaceOf.get(head)!);
    });
  }

  /** Index of the frame's space; a new one is the next number. */
  of(i: number, frame: Frame): number {
    const { protocol } = this;
    if (protocol.isByDestination) return this.byDestination(i);
    const name = protocol.spaceWord === "" ? "" : `${protocol.spaceWord} ${frame.space}`;
    const space = this.spaceOf.get(frame.space) ?? this.add(frame.space, name);
    if (protocol.bodyAt !== undefined) this.compare(i, frame, space, protocol.bodyAt);
    return space;
  }

  /** Indices of the spaces as they are shown: by the header's number, or as they appeared. */
  order(): number[] {
    const keys = [...this.spaceOf].sort(([a], [b]) => a - b);
    return [...new Set(keys.map(([, space]) => space))];
  }

  /**
   * Two venues may name their units alike: then two destinations bring other messages under the same
   * number, and what they make together is the book of neither.
   */
  private compare(i: number, frame: Frame, space: number, bodyAt: number): void {
    if (this.fault !== undefined || !frame.isNumbered || frame.end === frame.seq) return;
    const { bytes, desc } = this.port;
    const line = desc[i * DESC_WORDS + DESC_LINE]!;
    const hash = Bun.hash(bytes.subarray(frame.at + bodyAt, frame.at + frame.size));
    this.bodies[space] ??= new Map();
    const bodies = this.bodies[space];
    const before = bodies.get(frame.seq);
    if (before === undefined) {
      if (bodies.size >= BODIES) bodies.clear();
      bodies.set(frame.seq, { line, hash, end: frame.end, session: frame.session });
      return;
    }
    const isSame = before.hash === hash || before.end !== frame.end;
    if (isSame || before.line === line || before.session !== frame.session) return;
    const [one, other] = [before.line, line].map((index) => this.destinationOf(index));
    this.fault = `${this.names[space]}: ${one} and ${other} bring other messages under sequence ${frame.seq}: they are not lines of one feed; pick those that are with --lines`;
  }

  /** Of a line whose packets do not tell. */
  ofLine(line: number): number {
    return this.spaceOf.get(line) ?? this.join(line, undefined);
  }

  private byDestination(i: number): number {
    const line = this.port.desc[i * DESC_WORDS + DESC_LINE]!;
    const hash = this.hashOf(i);
    const space = this.spaceOf.get(line) ?? this.join(line, hash);
    if (hash !== undefined) {
      if (this.recent.size >= RECENT) this.recent.clear();
      this.recent.set(hash, space);
    }
    return space;
  }

  /** A destination that was not seen before. */
  private join(line: number, hash: number | bigint | undefined): number {
    const space = hash === undefined ? undefined : this.recent.get(hash);
    if (space === undefined) return this.add(line, this.nameOf(line));
    this.spaceOf.set(line, space);
    return space;
  }

  private add(key: number, name: string): number {
    const space = this.names.length;
    this.names.push(name);
    this.spaceOf.set(key, space);
    return space;
  }

  private nameOf(line: number): string {
    return `${this.protocol.spaceWord} ${this.destinationOf(line)}`;
  }

  private destinationOf(line: number): string {
    const { address, port } = this.port.lines[line]!;
    return formatEndpoint(address, port);
  }

  /** Of the bytes of packet `i`; undefined for what may be alike by chance. */
  private hashOf(i: number): number | bigint | undefined {
    const { view, bytes, desc } = this.port;
    const offset = desc[i * DESC_WORDS + DESC_OFFSET]!;
    const stop = offset + desc[i * DESC_WORDS + DESC_LENGTH]!;
    if (this.protocol.looksLike(view, bytes, offset, stop) === FITS_NOT) return undefined;
    return Bun.hash(bytes.subarray(offset, stop));
  }
}
