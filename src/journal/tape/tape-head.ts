/**
 * What a recorded engine was, in front of its tape: enough to build it again. On disk:
 *
 *   "HPTAPE01" | u32 bytes of JSON | u32 0 | JSON, padded to 8 | START entry | entries ...
 */
export interface TapeHead {
  /** Of hairpin. */
  version: string;
  appliance: string;
  /** YYYYMMDD, and its start, Unix seconds. */
  date: string;
  sessionStartS: number;
  configHash: number;
  /** EngineOptions (engine/options.ts), but for its secrets: those are files. */
  options: unknown;
  /**
   * By session: characters of its secrets. A socket's answers are numbers of bytes, so that a replay's
   * Logon has to be as long as the recorded one.
   */
  secrets: { username: number; password: number; signature?: number }[];
  /** By strategy: SHA-256 of a strategy's file, "" for a built-in one. */
  strategies: string[];
}

export const TAPE_MAGIC = "HPTAPE01";
export const TAPE_HEAD_BYTES = 16;

/** Names of an engine's file pair: capture-<engine>-<run number>. */
export function tapeNames(engine: number, epoch: number): { tape: string; packets: string } {
  const stem = `capture-${engine}-${epoch}`;
  return { tape: `${stem}.tape`, packets: `${stem}.pcapng` };
}

export function encodeTapeHead(json: Uint8Array): Uint8Array {
  const out = Buffer.alloc(TAPE_HEAD_BYTES + ((json.length + 7) & ~7), 0x20);
  out.write(TAPE_MAGIC, 0);
  out.writeUInt32LE(json.length, 8);
  out.writeUInt32LE(0, 12);
  out.set(json, TAPE_HEAD_BYTES);
  return out;
}

/** Destinations of a tape's packets by interface, and which interface a burst's line is. */
export interface TapeLines {
  interfaces: { name: string; address: number; port: number }[];
  /** First interface of each source (2 * feed, + 1 = recovery, behind which comes snapshot), as in TAPE_BURST. */
  firstOf: number[];
}

interface LinedFeed {
  name: string;
  lines: { group: number; port: number }[];
}

const LOOPBACK = 0x7f000001;

/** Destination that stands for what was asked for again by feed `feed` of an engine: 127.255.0.feed, discard. */
export function recoveryEndpoint(feed: number): { address: number; port: number } {
  return { address: 0x7fff0000 + feed, port: 9 };
}

/** The same for the slices of snapshots: 127.254.0.feed. */
export function snapshotEndpoint(feed: number): { address: number; port: number } {
  return { address: 0x7ffe0000 + feed, port: 9 };
}

export function tapeLines(head: TapeHead): TapeLines {
  const { feeds } = head.options as { feeds: LinedFeed[] };
  const out: TapeLines = { interfaces: [], firstOf: [] };
  feeds.forEach((feed, f) => {
    out.firstOf.push(out.interfaces.length);
    feed.lines.forEach((line, l) => {
      const address = line.group === 0 ? LOOPBACK : line.group;
      out.interfaces.push({ name: `${feed.name} line ${l}`, address, port: line.port });
    });
    // What was asked for again came by another way, and is not a line of the feed.
    out.firstOf.push(out.interfaces.length);
    out.interfaces.push({ name: `${feed.name} recovery`, ...recoveryEndpoint(f) });
    out.interfaces.push({ name: `${feed.name} snapshot`, ...snapshotEndpoint(f) });
  });
  return out;
}
