/** `hairpin feed ...`: what has to do with feeds, apart from any appliance. One line for each sub-verb. */
import { feedImportVerb } from "./feed/import.ts";
import { feedStatsVerb } from "./feed/stats.ts";
import { defineVerbGroup } from "./verb.ts";

export const feedVerb = defineVerbGroup({
  name: "feed",
  summary: "Captures of feeds counted, and line lists of venues turned into config.",
  verbs: [feedStatsVerb, feedImportVerb],
});
