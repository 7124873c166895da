/** `hairpin feed import FORMAT FILE`: a venue's list of lines as [[feed]] sections of a config. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { cboeUnits } from "../../config/lines/cboe-units.ts";
import { cmeChannels } from "../../config/lines/cme-channels.ts";
import { feedsToml } from "../../config/lines/feeds-toml.ts";
import { type LineList, LineListError } from "../../config/lines/line-list.ts";
import { opraLines } from "../../config/lines/opra-lines.ts";
import { shown } from "../../core/shown.ts";
import { systemReason } from "../../core/system-error.ts";
import { CliError, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "../exit-codes.ts";
import { outJson } from "../io.ts";
import { defineVerb } from "../verb.ts";

/** What is left out is told by so many examples. */
const TOLD = 4;
const INTERFACE = /^[A-Za-z0-9._:-]{1,64}$/;
const ENGINE = /^[a-z][a-z0-9-]{0,23}$/;

/** Which flag chooses among the feeds of a format. */
const FORMATS = { cme: "channel", cboe: "unit", opra: "line" } as const;
type Format = keyof typeof FORMATS;

const FLAGS = {
  channel: { type: "list", value: "N", text: "cme: only this channel; several may be given." },
  unit: {
    type: "list",
    value: "N",
    text: "cboe: only this unit, 7, or bzx-7 of one feed; several may be given.",
  },
  line: { type: "list", value: "N", text: "opra: only this line; several may be given." },
  interface: {
    type: "text",
    value: "NAME",
    default: "eth0",
    text: "Where the lines come in: the name of a [[port]], or an interface. No list says it. Default eth0.",
  },
  engine: { type: "text", value: "NAME", text: "Engine that reads the feeds." },
  templates: { type: "text", value: "FILE", text: "cme: path of the SBE template file." },
  "any-source": {
    type: "switch",
    text: "Leaves the senders out, where the network has no source-specific multicast.",
  },
} as const;

export const feedImportVerb = defineVerb({
  name: "feed import",
  summary: "Turns a venue's list of lines into [[feed]] sections of a config.",
  operands: { usage: "FORMAT FILE", min: 2, max: 2 },
  flags: FLAGS,
  details:
    "FORMAT is cme (CME's config.xml), cboe (a table of units) or opra (a table of lines); the columns of the tables are in docs/operating/line-lists.md. The sections go to stdout as TOML, for the config; what no feed can be made of is told on stderr. Group, port and sender are the venue's, and change: import again when it says so.",
  async run({ flags, operands }, io) {
    const [word, file] = operands as [string, string];
    if (!Object.hasOwn(FORMATS, word)) {
      const allowed = Object.keys(FORMATS).join(", ");
      throw usage(`feed import: found "${shown(word)}"; allowed: ${allowed}`);
    }
    const format = word as Format;
    checkFlags(format, flags);
    const list = listOf(format, readText(file), basename(file), flags);
    const { interface: iface, engine } = flags;
    const options = { interface: iface, isAnySource: flags["any-source"], from: basename(file) };
    if (flags.json) outJson(io, list);
    else io.out(feedsToml(list.feeds, engine === undefined ? options : { ...options, engine }));
    io.err(leftOutText(list.leftOut));
    return EXIT_OK;
  },
});

interface Flags {
  channel: string[];
  unit: string[];
  line: string[];
  interface: string;
  engine: string | undefined;
  templates: string | undefined;
}

function checkFlags(format: Format, flags: Flags): void {
  for (const [owner, flag] of Object.entries(FORMATS)) {
    if (owner === format || flags[flag].length === 0) continue;
    throw usage(`--${flag} is a flag of ${owner}; with ${format} allowed: --${FORMATS[format]}`);
  }
  if (flags.templates !== undefined && format !== "cme") {
    throw usage("--templates is a flag of cme");
  }
  if (flags.templates !== undefined && !/^.+\.xml$/.test(flags.templates)) {
    throw usage(
      `--templates: found "${shown(flags.templates)}"; allowed: a path that ends in .xml`,
    );
  }
  if (!INTERFACE.test(flags.interface)) {
    throw usage(
      `--interface: found "${shown(flags.interface)}"; allowed: the name of a [[port]], an interface name or its IPv4 address`,
    );
  }
  if (flags.engine !== undefined && !ENGINE.test(flags.engine)) {
    throw usage(`--engine: found "${shown(flags.engine)}"; allowed: the name of an [[engine]]`);
  }
}

function listOf(format: Format, text: string, file: string, flags: Flags): LineList {
  try {
    if (format === "cboe") return cboeUnits(text, file, flags.unit);
    if (format === "opra") return opraLines(text, file, flags.line);
    const { channel, templates } = flags;
    const options = templates === undefined ? {} : { templates };
    return cmeChannels(text, file, { channels: channel, ...options });
  } catch (error) {
    if (error instanceof LineListError) throw new CliError(EXIT_FAILED, error.message);
    throw error;
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CliError(EXIT_FAILED, `${file}: cannot be read: ${systemReason(error)}`);
  }
}

function leftOutText(leftOut: readonly string[]): string {
  if (leftOut.length === 0) return "";
  const more = leftOut.length > TOLD ? `; and ${leftOut.length - TOLD} more` : "";
  return `left out: ${leftOut
    .slice(0, TOLD)
    .map((one) => shown(one))
    .join("; ")}${more}\n`;
}

function usage(message: string): CliError {
  return new CliError(EXIT_USAGE, message);
}
