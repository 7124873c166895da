/** `hairpin version`. */
import { HAIRPIN_VERSION } from "../core/version.ts";
import { EXIT_OK } from "./exit-codes.ts";
import { type Io, outJson } from "./io.ts";
import { defineVerb } from "./verb.ts";

export const versionVerb = defineVerb({
  name: "version",
  summary: "Prints the version.",
  flags: {
    licences: {
      type: "switch",
      text: "Prints the licences of what the executable contains and is not ours.",
    },
  },
  details: "Bun, the runtime, has its own: https://bun.com/docs/project/license.",
  async run({ flags }, io) {
    if (flags.licences) return printLicences(flags.json, io);
    if (flags.json) outJson(io, { version: HAIRPIN_VERSION, bun: Bun.version });
    else io.out(`hairpin ${HAIRPIN_VERSION} (Bun ${Bun.version})\n`);
    return EXIT_OK;
  },
});

async function printLicences(asJson: boolean, io: Io): Promise<number> {
  const { LICENCES } = await import("./licences/licences.ts");
  if (asJson) outJson(io, LICENCES);
  else for (const { name, text } of LICENCES) io.out(`==== ${name}\n\n${text.trim()}\n\n`);
  return EXIT_OK;
}
