/**
 * The sequence spaces of a capture: which frames belong to one feed. Some protocols tell it in a
 * header (unit, channel); of the others each destination is a feed, but for two that bring the very
 * same packets, several of them: those are its lines A and B. What all lines may bring alike counts
 * for nothing, and lines that were put together and contradict each other are refused.
 */
import { formatEndpoint } from "../net/address.ts";
import type { CapturePort } from "../net/capture/capture-port.ts";
import { DESC_LENGTH, DESC_LINE, DESC_OFFSET, DESC_WORDS } from "../net/desc.ts";
import { eachPacket } from "./each-packet.ts";
import { LinePairs } from "./line-pairs.ts";
import {
  type CaptureProtocol,
  emptyFrame,
  FITS_NOT,
  type Frame,
  ROLE_LIVE,
} from "./protocols/protocol.ts";

/** Frames in mind, by feed, to compare what another line brings under the same number. */
const BODIES = 1 << 14;

interface Body {
  line: number;
  end: number;
  session: string;
  hash: number | bigint;
}

type FrameVisit = (view: DataView, bytes: Uint8Array, frame: Frame) => void;

export class Spaces {
  private readonly port: CapturePort;
  private readonly protocol: CaptureProtocol;
  /** By key of a header, or by line. */
  private readonly spaceOf = new Map<number, number>();
  private readonly bodies: Map<number, Body>[] = [];
  /** By feed and line: the last number. */
  private readonly lastSeq: number[][] = [];
  private readonly scratch = emptyFrame();
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

  /**
   * Looks for pairs of lines, all through the capture: a line may begin at any time. `visit` gets every
   * frame on the way; of a pipe, which is read once, those that come first.
   */
  async look(visit?: FrameVisit): Promise<void> {
    const { port, protocol } = this;
    if (!protocol.isByDestination) return;
    const isTold = this.names.length > 0;
    if (isTold && visit === undefined) return;
    const pairs = new LinePairs();
    const see = (from: CapturePort, i: number) => {
      const line = from.desc[i * DESC_WORDS + DESC_LINE]!;
      pairs.line(line);
      const hash = this.hashOf(from, i, visit);
      if (hash !== undefined) pairs.packet(line, this.scratch.seq, hash);
    };
    const scan = await port.again();
    if (scan === undefined) await port.peek((i) => see(port, i));
    else {
      try {
        await eachPacket(scan, (i) => {
          see(scan, i);
          return true;
        });
      } finally {
        scan.close();
      }
    }
    if (isTold) return;
    for (const [line, head] of pairs.heads()) {
      if (head === line) this.add(line, "");
      else this.spaceOf.set(line, this.spaceOf.get(head)!);
    }
  }

  /** Index of the frame's space; a new one is the next number. */
  of(i: number, frame: Frame): number {
    const { protocol } = this;
    const name = protocol.spaceWord === "" ? "" : `${protocol.spaceWord} ${frame.space}`;
    const space = protocol.isByDestination
      ? this.ofLine(this.port.desc[i * DESC_WORDS + DESC_LINE]!)
      : (this.spaceOf.get(frame.space) ?? this.add(frame.space, name));
    if (protocol.bodyAt === undefined || this.agrees(i, frame, space, protocol.bodyAt))
      return space;
    const line = this.port.desc[i * DESC_WORDS + DESC_LINE]!;
    this.refuse(line, frame.seq, space);
    return space;
  }

  /** Indices of the spaces as they are shown: by the header's number, or as they appeared. */
  order(): number[] {
    const keys = [...this.spaceOf].sort(([a], [b]) => a - b);
    return [...new Set(keys.map(([, space]) => space))];
  }

  /**
   * Two venues may name their units alike: then two destinations bring other messages under the same
   * number, and what they make together is the book of neither. False: this frame shows it.
   */
  private agrees(i: number, frame: Frame, space: number, bodyAt: number): boolean {
    const { port, protocol } = this;
    if (this.fault !== undefined || !frame.isNumbered || frame.end === frame.seq) return true;
    const { bytes, desc, view } = port;
    if ((protocol.roleOf?.(view, bytes, frame) ?? ROLE_LIVE) !== ROLE_LIVE) return true;
    if (protocol.isCommon?.(view, bytes, frame) === true) return true;
    const line = desc[i * DESC_WORDS + DESC_LINE]!;
    this.bodies[space] ??= new Map();
    this.lastSeq[space] ??= [];
    const bodies = this.bodies[space];
    const lastSeq = this.lastSeq[space];
    // Numbers begin anew: those of before stand for something else.
    if (frame.seq < (lastSeq[line] ?? 0)) bodies.clear();
    lastSeq[line] = frame.seq;
    const hash = Bun.hash(bytes.subarray(frame.at + bodyAt, frame.at + frame.size));
    const before = bodies.get(frame.seq);
    if (before === undefined) {
      if (bodies.size >= BODIES) bodies.clear();
      bodies.set(frame.seq, { line, hash, end: frame.end, session: frame.session });
      return true;
    }
    if (before.line === line || before.session !== frame.session) return true;
    return before.hash === hash || before.end !== frame.end;
  }

  private refuse(line: number, seq: number, space: number): void {
    const other = this.bodies[space]!.get(seq)!.line;
    const [one, two] = [other, line].map((index) => this.destinationOf(index));
    this.fault = `${this.names[space]}: ${one} and ${two} bring other messages under sequence ${seq}: they are not lines of one feed; pick those that are with --lines`;
  }

  /** Of a line whose packets do not tell. */
  ofLine(line: number): number {
    const space = this.spaceOf.get(line) ?? this.add(line, "");
    // Named now that the line has appeared.
    if (this.names[space] === "") this.names[space] = this.nameOf(line);
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
  private hashOf(port: CapturePort, i: number, visit?: FrameVisit): number | bigint | undefined {
    const { protocol, scratch } = this;
    const { view, bytes, desc } = port;
    const offset = desc[i * DESC_WORDS + DESC_OFFSET]!;
    const stop = offset + desc[i * DESC_WORDS + DESC_LENGTH]!;
    if (protocol.looksLike(view, bytes, offset, stop) === FITS_NOT) return undefined;
    if (!protocol.readFrame(scratch, view, bytes, offset, stop)) return undefined;
    visit?.(view, bytes, scratch);
    if (protocol.isCommon?.(view, bytes, scratch) === true) return undefined;
    return Bun.hash(bytes.subarray(offset, stop));
  }
}
