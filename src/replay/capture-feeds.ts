/**
 * The lines of a config in a capture: which destination belongs to which line of which feed. A file
 * of length-prefixed ITCH has no destinations: it is line 0 of the one feed that reads it.
 */
import type { FeedOptions } from "../engine/options.ts";
import { recoveryEndpoint, snapshotEndpoint } from "../journal/tape/tape-head.ts";
import { type Endpoint, formatEndpoint } from "../net/address.ts";
import { type CaptureOptions, CapturePort } from "../net/capture/capture-port.ts";
import { SLICE_LINE } from "../net/desc.ts";

/** What the descriptor's line stands for. */
export interface FeedLine {
  feed: number;
  line: number;
}

export interface CaptureFeeds {
  port: CapturePort;
  /** By the port's line. */
  lines: FeedLine[];
}

/** Packets looked at to tell what a capture without our lines does have. */
const SNIFFED = 20_000;
const SHOWN = 6;

/** Throws one sentence when it is no capture, or an ITCH file for an engine with several feeds. */
export async function openCapture(
  path: string,
  feeds: readonly FeedOptions[],
  options: Pick<CaptureOptions, "packetBytes"> = {},
): Promise<CaptureFeeds> {
  const lines: FeedLine[] = [];
  const endpoints: Endpoint[] = [];
  feeds.forEach((feed, f) => {
    feed.lines.forEach((line, l) => {
      lines.push({ feed: f, line: l });
      endpoints.push({ address: line.group, port: line.port });
    });
    // Of a capture that an engine of ours has made.
    lines.push({ feed: f, line: feed.lines.length });
    endpoints.push(recoveryEndpoint(f));
    lines.push({ feed: f, line: SLICE_LINE });
    endpoints.push(snapshotEndpoint(f));
  });
  const port = await CapturePort.open(path, { ...options, lines: endpoints });
  if (port.kind !== "ITCH file") return { port, lines };
  const protocol = feeds[0]?.protocol ?? "itch50";
  const isItch = feeds.length > 1 || protocol === "itch50";
  if (feeds.length === 1 && isItch) return { port, lines: [{ feed: 0, line: 0 }] };
  port.close();
  if (!isItch) {
    throw new Error(
      `${path}: a file of ITCH messages, and feed ${feeds[0]!.name} has protocol = "${protocol}"`,
    );
  }
  const names = feeds.map((feed) => feed.name).join(", ");
  throw new Error(
    `${path}: a file of ITCH messages names no destination, and the engine has the feeds ${names}; replay it with a config of one feed`,
  );
}

/** One sentence on a capture that had no packet for the feeds. */
export async function strangersText(path: string, feeds: readonly FeedOptions[]): Promise<string> {
  const wanted = feeds.flatMap((feed) =>
    feed.lines.map((line) => formatEndpoint(line.group, line.port)),
  );
  const port = await CapturePort.open(path);
  let packets = 0;
  while (packets < SNIFFED && (await port.refill())) {
    for (let n = port.rxBurst(); n > 0; n = port.rxBurst()) {
      packets += n;
      port.rxRelease();
    }
  }
  const found = port.lines.map((line) => formatEndpoint(line.address, line.port));
  port.close();
  const more = found.length > SHOWN ? ` and ${found.length - SHOWN} more` : "";
  const has = found.length === 0 ? "no UDP over IPv4 at all" : found.slice(0, SHOWN).join(", ");
  return `${path}: none of the config's lines (${wanted.join(", ")}) occurs in it; it has ${has}${more}`;
}
