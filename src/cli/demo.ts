/** `hairpin demo`: simulator and appliance on loopback. */
import { CliError, EXIT_FAILED } from "./exit-codes.ts";
import { defineVerb } from "./verb.ts";

export const demoVerb = defineVerb({
  name: "demo",
  summary: "Starts simulator and appliance on loopback, trades, and tells how it went.",
  flags: {
    seconds: {
      type: "number",
      min: 1,
      max: 86_400,
      default: 10,
      unit: "s",
      text: "Time to trade.",
    },
  },
  async run() {
    throw new CliError(EXIT_FAILED, "the demo is not wired yet");
  },
});
