/** `hairpin decode CAPTURE`: what is in a capture, message by message. */
import { decodeCapture } from "../replay/decode.ts";
import type { CaptureProtocol } from "../replay/protocols/protocol.ts";
import { BatchedOut } from "./batched.ts";
import {
  CAPTURE_DETAILS,
  CAPTURE_FLAGS,
  CAPTURE_OPERANDS,
  foreignText,
  LINES_MAX,
  unreadText,
  withCapture,
} from "./capture.ts";
import { CliError, EXIT_USAGE } from "./exit-codes.ts";
import { defineVerb } from "./verb.ts";

export const decodeVerb = defineVerb({
  name: "decode",
  summary: "Prints the messages of a capture, one JSON object a line.",
  operands: CAPTURE_OPERANDS,
  flags: {
    ...CAPTURE_FLAGS,
    line: { type: "whole", min: 0, max: LINES_MAX - 1, text: "Only this line." },
    type: {
      type: "text",
      value: "TYPES",
      text: "Only messages of these types: letters, e.g. AFU; of mdp3 and pitch words, e.g. 46,47.",
    },
    limit: { type: "whole", min: 1, max: 1e12, default: 1e12, text: "At most so many messages." },
  },
  details: `ts (Unix ns), what header or destination tell (session, unit, channel, seq ...), type, len, then the fields of the message; prices are whole numbers, as on the wire. Every copy is shown, in order of capture. A file of ITCH messages has neither ts nor session: they are null. ${CAPTURE_DETAILS} --json prints one array.`,
  run({ flags, operands }, io) {
    const { line, limit } = flags;
    return withCapture(operands[0]!, flags, io, async ({ port, protocol }) => {
      const types = flags.type === undefined ? undefined : typesOf(flags.type, protocol);
      const out = new BatchedOut(io);
      let count = 0;
      if (flags.json) out.add("[");
      const counts = await decodeCapture(
        port,
        {
          protocol,
          limit,
          ...(types === undefined ? {} : { types }),
          ...(line === undefined ? {} : { line }),
        },
        (json) => out.add(flags.json ? `${count++ === 0 ? "" : ","}\n${json}` : `${json}\n`),
      );
      if (flags.json) out.add("\n]\n");
      out.flush();
      io.err(foreignText(counts.foreign, protocol));
      io.err(unreadText(counts.unknown, protocol));
      if (counts.badSums > 0) {
        io.err(`packets whose checksum is wrong, which no book takes: ${counts.badSums}\n`);
      }
      return undefined;
    });
  },
});

/** Letters stand for themselves, longer types have commas between them. */
function typesOf(text: string, protocol: CaptureProtocol): ReadonlySet<string> {
  const known = protocol.types;
  const areLetters = known.every((type) => type.length === 1);
  const byCase = new Map(known.map((type) => [type.toLowerCase(), type]));
  const types = areLetters
    ? [...text]
    : text.split(",").map((word) => byCase.get(word.trim().toLowerCase()) ?? word);
  if (text !== "" && types.every((type) => known.includes(type))) return new Set(types);
  const allowed = areLetters ? `letters of ${known.join("")}` : known.join(",");
  throw new CliError(EXIT_USAGE, `--type: found "${text}"; allowed: ${allowed}`);
}
