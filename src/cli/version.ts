/** `hairpin version`. */
import manifest from "../../package.json" with { type: "json" };
import { EXIT_OK } from "./exit-codes.ts";
import { outJson } from "./io.ts";
import { defineVerb } from "./verb.ts";

export const VERSION: string = manifest.version;

export const versionVerb = defineVerb({
  name: "version",
  summary: "Prints the version.",
  async run({ flags }, io) {
    if (flags.json) outJson(io, { version: VERSION, bun: Bun.version });
    else io.out(`hairpin ${VERSION} (Bun ${Bun.version})\n`);
    return EXIT_OK;
  },
});
