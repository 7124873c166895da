/** `hairpin decode CAPTURE`: what is in a capture, message by message. */
import { ITCH_MESSAGES } from "../feed/itch/itch-fields.ts";
import { decodeCapture } from "../replay/decode.ts";
import { BatchedOut } from "./batched.ts";
import { CAPTURE_DETAILS, CAPTURE_OPERANDS, LINES_FLAG, withCapture } from "./capture.ts";
import { CliError, EXIT_USAGE } from "./exit-codes.ts";
import { defineVerb } from "./verb.ts";

export const decodeVerb = defineVerb({
  name: "decode",
  summary: "Prints the messages of a capture, one JSON object a line.",
  operands: CAPTURE_OPERANDS,
  flags: {
    ...LINES_FLAG,
    line: { type: "whole", min: 0, max: 63, text: "Only this line." },
    type: { type: "text", value: "TYPES", text: "Only messages of these types, e.g. AFU." },
    limit: { type: "whole", min: 1, max: 1e12, default: 1e12, text: "At most so many messages." },
  },
  details: `ts (Unix ns), session, seq, type, len, then the fields of ITCH 5.0; prices are in units of 0.0001. Every copy is shown, in order of capture. A file of ITCH messages has neither ts nor session: they are null. ${CAPTURE_DETAILS} --json prints one array.`,
  run({ flags, operands }, io) {
    const { type: types, line, limit } = flags;
    if (types !== undefined) checkTypes(types);
    return withCapture(operands[0]!, flags, io, async (port) => {
      const out = new BatchedOut(io);
      let count = 0;
      if (flags.json) out.add("[");
      const counts = await decodeCapture(
        port,
        {
          limit,
          ...(types === undefined ? {} : { types }),
          ...(line === undefined ? {} : { line }),
        },
        (json) => out.add(flags.json ? `${count++ === 0 ? "" : ","}\n${json}` : `${json}\n`),
      );
      if (flags.json) out.add("\n]\n");
      out.flush();
      if (counts.notMold > 0) io.err(`packets that are not MoldUDP64: ${counts.notMold}\n`);
      if (counts.unknown > 0) {
        io.err(
          `messages of an unknown type, or of another length than theirs: ${counts.unknown}\n`,
        );
      }
      return undefined;
    });
  },
});

function checkTypes(types: string): void {
  const unknown = [...types].find((type) => !ITCH_MESSAGES.some((m) => m.type === type));
  const known = ITCH_MESSAGES.map((m) => m.type).join("");
  if (types !== "" && unknown === undefined) return;
  throw new CliError(EXIT_USAGE, `--type: found "${types}"; allowed: letters of ${known}`);
}
