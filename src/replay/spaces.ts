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

export class Spaces {
  private readonly port: CapturePort;
  private readonly protocol: CaptureProtocol;
  /** By key of a header, or by line. */
  private readonly spaceOf = new Map<number, number>();
  private readonly recent = new Map<number | bigint, number>();
  readonly names: string[] = [];

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
    const known = this.spaceOf.get(frame.space);
    if (known !== undefined) return known;
    const name = protocol.spaceWord === "" ? "" : `${protocol.spaceWord} ${frame.space}`;
    return this.add(frame.space, name);
  }

  /** Indices of the spaces as they are shown: by the header's number, or as they appeared. */
  order(): number[] {
    const keys = [...this.spaceOf].sort(([a], [b]) => a - b);
    return [...new Set(keys.map(([, space]) => space))];
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
    const endpoint = this.port.lines[line]!;
    return `${this.protocol.spaceWord} ${formatEndpoint(endpoint.address, endpoint.port)}`;
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
