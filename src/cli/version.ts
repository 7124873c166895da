/** `hairpin version`. */
import { HAIRPIN_VERSION } from "../core/version.ts";
import { EXIT_OK } from "./exit-codes.ts";
import { outJson } from "./io.ts";
import { defineVerb } from "./verb.ts";

export const versionVerb = defineVerb({
  name: "version",
  summary: "Prints the version.",
  async run({ flags }, io) {
    if (flags.json) outJson(io, { version: HAIRPIN_VERSION, bun: Bun.version });
    else io.out(`hairpin ${HAIRPIN_VERSION} (Bun ${Bun.version})\n`);
    return EXIT_OK;
  },
});
