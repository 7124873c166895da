/** What the verbs that read captures share. */
import { loadSbeSchema, type SbeSchema } from "../feed/mdp3/sbe-schema.ts";
import { PITCH_EDITIONS } from "../feed/pitch/pitch-editions.ts";
import type { Endpoint } from "../net/address.ts";
import { formatEndpoint, parseEndpoint } from "../net/address.ts";
import { type CaptureOptions, CapturePort } from "../net/capture/capture-port.ts";
import { formatCount } from "../observe/units.ts";
import type { Hole, Refusal } from "../replay/capture-feed.ts";
import { guessProtocol, guessText, misfitText } from "../replay/protocols/guess.ts";
import type { CaptureProtocol, ProtocolSettings } from "../replay/protocols/protocol.ts";
import { allProtocols, makeProtocol, PROTOCOL_NAMES } from "../replay/protocols/registry.ts";
import type { FlagTable } from "./args.ts";
import { CliError, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "./exit-codes.ts";
import type { Io } from "./io.ts";

/** OPRA has about a hundred lines, by two destinations each. */
export const LINES_MAX = 512;

/** Destinations named in a sentence. */
const SHOWN = 8;

export const CAPTURE_OPERANDS = { usage: "CAPTURE", min: 1, max: 1 };

export const CAPTURE_DETAILS =
  "CAPTURE is pcap or pcapng (Ethernet with VLAN tags, Linux cooked, raw IP; a protocol of --protocol in UDP), or a file of length-prefixed ITCH messages; plain, .gz or .zst. Of a damaged or cut file, what was whole is used; then one sentence says where it ends, with exit code 1.";

export const CAPTURE_FLAGS = {
  lines: {
    type: "text",
    value: "GROUP:PORT,...",
    text: "Only these destinations, as lines 0, 1, ...; without it, each one is a line as it appears. A+B: the two lines of one feed, where packets do not tell (mdp3, opra); else those that bring the same packets are.",
  },
  protocol: {
    type: "choice",
    choices: PROTOCOL_NAMES,
    text: "What the packets are. Without it, it is told from the first ones, when only one protocol fits.",
  },
  edition: {
    type: "choice",
    choices: PITCH_EDITIONS,
    text: `Of pitch: one type code has other lengths in another edition. Without it: ${PITCH_EDITIONS[0]}.`,
  },
  templates: {
    type: "text",
    value: "FILE",
    text: "Of mdp3: the venue's SBE template file (XML). Without it, the one built in: version 9, the messages of books.",
  },
} as const satisfies FlagTable;

interface CaptureFlags {
  lines: string | undefined;
  protocol: string | undefined;
  edition: string | undefined;
  templates: string | undefined;
}

/** What was asked for, and what is in the capture. */
export interface OpenCapture {
  port: CapturePort;
  protocol: CaptureProtocol;
  /** By line: the feed that it belongs to, when the command line says so. */
  groups?: readonly number[];
}

/** Opens a capture, hands it over, closes it, and tells of what could not be read. */
export async function withCapture(
  path: string,
  flags: CaptureFlags,
  io: Io,
  read: (capture: OpenCapture) => Promise<string | undefined>,
  options: CaptureOptions = {},
): Promise<number> {
  const lines = flags.lines === undefined ? undefined : parseLines(flags.lines);
  const given = lines === undefined ? {} : { lines: lines.endpoints };
  let port: CapturePort;
  try {
    port = await CapturePort.open(path, { ...options, ...given, linesMax: LINES_MAX });
  } catch (error) {
    throw new CliError(EXIT_FAILED, (error as Error).message);
  }
  try {
    const protocol = await protocolOf(path, flags, port);
    const groups = lines?.groups === undefined ? {} : { groups: lines.groups };
    const fault = await read({ port, protocol, ...groups });
    tellSkipped(port, io);
    if (fault !== undefined) io.err(`${path}: ${fault}\n`);
    if (port.fault !== undefined) io.err(`${port.fault}\n`);
    return fault === undefined && port.fault === undefined ? EXIT_OK : EXIT_FAILED;
  } finally {
    port.close();
  }
}

/** The protocol that was named, if any packet fits it, else the only one that fits. */
async function protocolOf(
  path: string,
  flags: CaptureFlags,
  port: CapturePort,
): Promise<CaptureProtocol> {
  const guess = await guessProtocol(port, allProtocols());
  const { packets, fits } = guess;
  if (packets === 0 && flags.lines !== undefined && port.skipped.otherLine > 0) {
    throw new CliError(EXIT_FAILED, await strangersOf(path, flags.lines));
  }
  const name = flags.protocol ?? (packets === 0 ? "itch50" : guess.protocol?.name);
  if (name === undefined) {
    throw new CliError(EXIT_FAILED, `${path}: ${guessText(guess, PROTOCOL_NAMES)}`);
  }
  const protocol = makeProtocol(name, await settingsOf(name, flags));
  if (packets > 0 && !fits.some((fit) => fit.protocol.name === name)) {
    throw new CliError(EXIT_FAILED, `${path}: ${misfitText(guess, protocol)}`);
  }
  return protocol;
}

/** On a capture that has none of the destinations that were asked for: those that it has. */
async function strangersOf(path: string, lines: string): Promise<string> {
  const port = await CapturePort.open(path, { linesMax: LINES_MAX });
  try {
    await port.peek(() => {});
    const found = port.lines.map((line) => formatEndpoint(line.address, line.port));
    const rest = found.length > SHOWN ? ` and ${found.length - SHOWN} more` : "";
    return `${path}: nothing is for --lines ${lines}; there is ${found.slice(0, SHOWN).join(", ")}${rest}`;
  } finally {
    port.close();
  }
}

/** What is only for another protocol is an error: whoever gave it means something else. */
async function settingsOf(name: string, flags: CaptureFlags): Promise<ProtocolSettings> {
  const { edition, templates } = flags;
  const isOf = (flag: string, owner: string) => {
    if (name === owner) return;
    throw new CliError(EXIT_USAGE, `--${flag} is of ${owner}; this is ${name}`);
  };
  if (edition !== undefined) isOf("edition", "pitch");
  if (templates !== undefined) isOf("templates", "mdp3");
  return {
    ...(edition === undefined ? {} : { edition }),
    ...(templates === undefined ? {} : { schema: await schemaOf(templates) }),
  };
}

async function schemaOf(path: string): Promise<SbeSchema> {
  try {
    return await loadSbeSchema(path);
  } catch (error) {
    throw new CliError(EXIT_FAILED, (error as Error).message);
  }
}

/** One sentence on packets that the feed did not take; "" when it took all. */
export function refusedText(refused: readonly Refusal[]): string {
  if (refused.length === 0) return "";
  return `packets not taken: ${refused.map((r) => `${r.count} ${r.what}`).join(", ")}\n`;
}

/** One sentence on packets of something else; "" when there are none. */
export function foreignText(count: number, protocol: CaptureProtocol): string {
  const part = protocol.judgesFrames === true ? ", or not all of them" : "";
  return count === 0 ? "" : `packets that are not ${protocol.title}${part}: ${count}\n`;
}

/** One sentence on messages that could not be read; "" when all could. */
export function unreadText(count: number, protocol: CaptureProtocol): string {
  if (count === 0) return "";
  const hint = protocol.misfitHint === "" ? "" : `; ${protocol.misfitHint}`;
  const what =
    protocol.misfitText ?? "messages of an unknown type, or of another length than theirs";
  return `${what}: ${formatCount(count)}${hint}\n`;
}

export const NOTHING_READ = "no message of it could be read";

/** What one feed of a capture lacks. */
export interface Missing {
  name: string;
  missing: number;
  gaps: number;
  holes: readonly Hole[];
}

/** A sentence for each feed that lacks what no line has; "" when none does. */
export function missingText(feeds: readonly Missing[], protocol: CaptureProtocol): string {
  return feeds
    .filter((feed) => feed.missing > 0)
    .map(({ name, missing, gaps, holes }) => {
      const whose = name === "" ? "" : `${name}: `;
      const places =
        protocol.spaceWord === "" ? "" : ` in ${formatCount(gaps)} ${gaps === 1 ? "gap" : "gaps"}`;
      return `${whose}${protocol.numbers} missing on every line: ${formatCount(missing)}${places}, the first at sequence ${holes[0]!.from}\n`;
    })
    .join("");
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

interface ParsedLines {
  endpoints: Endpoint[];
  groups: number[] | undefined;
}

/** "A,B" are lines, "A+B,C+D" the lines of two feeds. */
function parseLines(text: string): ParsedLines {
  const endpoints: Endpoint[] = [];
  const groups: number[] = [];
  for (const [group, words] of text.split(",").entries()) {
    for (const word of words.split("+")) {
      const endpoint = parseEndpoint(word.trim());
      if (endpoint === undefined) {
        throw new CliError(EXIT_USAGE, `--lines: found "${word}"; allowed: 239.1.1.1:5000,...`);
      }
      endpoints.push(endpoint);
      groups.push(group);
    }
  }
  return { endpoints, groups: text.includes("+") ? groups : undefined };
}
