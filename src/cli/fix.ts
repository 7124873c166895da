/** `hairpin fix ...`: what has to do with FIX and needs no config. One line for each sub-verb. */
import { fixDecodeVerb } from "./fix/decode.ts";
import { fixDictionaryVerb } from "./fix/dictionary.ts";
import { fixEchoVerb } from "./fix/echo.ts";
import { defineVerbGroup } from "./verb.ts";

export const fixVerb = defineVerbGroup({
  name: "fix",
  summary: "FIX dictionaries, logs and conformance, apart from any appliance.",
  verbs: [fixDecodeVerb, fixDictionaryVerb, fixEchoVerb],
});
