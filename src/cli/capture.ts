/** What the verbs that read captures share. */
import type { Endpoint } from "../net/address.ts";
import { parseEndpoint } from "../net/address.ts";
import { type CaptureOptions, CapturePort } from "../net/capture/capture-port.ts";
import { formatCount } from "../observe/units.ts";
import type { Hole, Refusal } from "../replay/capture-feed.ts";
import type { FlagTable } from "./args.ts";
import { CliError, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "./exit-codes.ts";
import type { Io } from "./io.ts";

export const CAPTURE_OPERANDS = { usage: "CAPTURE", min: 1, max: 1 };

export const CAPTURE_DETAILS =
  "CAPTURE is pcap or pcapng (Ethernet with VLAN tags, Linux cooked, raw IP; MoldUDP64 in UDP), or a file of length-prefixed ITCH messages; plain, .gz or .zst. Of a damaged or cut file, what was whole is used; then one sentence says where it ends, with exit code 1.";

export const LINES_FLAG = {
  lines: {
    type: "text",
    value: "GROUP:PORT,...",
    text: "Only these destinations, as lines 0, 1, ...; without it, each one is a line as it appears.",
  },
} as const satisfies FlagTable;

/** Opens a capture, hands it over, closes it, and tells of what could not be read. */
export async function withCapture(
  path: string,
  flags: { lines: string | undefined },
  io: Io,
  read: (port: CapturePort) => Promise<string | undefined>,
  options: CaptureOptions = {},
): Promise<number> {
  const lines = flags.lines === undefined ? {} : { lines: parseLines(flags.lines) };
  let port: CapturePort;
  try {
    port = await CapturePort.open(path, { ...options, ...lines });
  } catch (error) {
    throw new CliError(EXIT_FAILED, (error as Error).message);
  }
  try {
    const fault = await read(port);
    tellSkipped(port, io);
    if (fault !== undefined) io.err(`${path}: ${fault}\n`);
    if (port.fault !== undefined) io.err(`${port.fault}\n`);
    return fault === undefined && port.fault === undefined ? EXIT_OK : EXIT_FAILED;
  } finally {
    port.close();
  }
}

/** One sentence on packets that the feed did not take; "" when it took all. */
export function refusedText(refused: readonly Refusal[]): string {
  if (refused.length === 0) return "";
  return `packets not taken: ${refused.map((r) => `${r.count} ${r.what}`).join(", ")}\n`;
}

/** One sentence on messages that no line has; "" when there are none. */
export function missingText(missing: number, holes: readonly Hole[]): string {
  if (missing === 0) return "";
  const first = holes[0]!;
  return `messages missing on every line: ${formatCount(missing)}, the first at sequence ${first.from}\n`;
}

function tellSkipped(port: CapturePort, io: Io): void {
  const s = port.skipped;
  const reasons: [number, string][] = [
    [s.notIpv4, "not IPv4"],
    [s.notUdp, "not UDP"],
    [s.fragments, "IP fragments"],
    [s.cut, "shorter in the capture than on the wire"],
    [s.damaged, "with headers that contradict each other"],
    [s.link, "of an unknown link type"],
    [s.otherLine, "to other destinations"],
  ];
  const told = reasons.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  if (told.length > 0) io.err(`skipped frames: ${told.join(", ")}\n`);
  if (port.lateCount > 0) io.err(`packets too far out of order of time: ${port.lateCount}\n`);
}

function parseLines(text: string): Endpoint[] {
  return text.split(",").map((word) => {
    const endpoint = parseEndpoint(word.trim());
    if (endpoint !== undefined) return endpoint;
    throw new CliError(EXIT_USAGE, `--lines: found "${word}"; allowed: 239.1.1.1:5000,...`);
  });
}
