/** `hairpin bench ...`: what measures this host. */
import { benchRttVerb } from "./bench/rtt.ts";
import { defineVerbGroup } from "./verb.ts";

export const benchVerb = defineVerbGroup({
  name: "bench",
  summary: "Measures this host: packet round trips by each driver.",
  verbs: [benchRttVerb],
});
