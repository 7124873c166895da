/** `hairpin status`. */
import { statusText } from "../observe/status-view.ts";
import { styleFor } from "../observe/style.ts";
import {
  APPLIANCE_DETAILS,
  APPLIANCE_FLAGS,
  APPLIANCE_OPERANDS,
  ask,
  socketOf,
} from "./appliance.ts";
import { CliError, EXIT_FAILED, EXIT_OK } from "./exit-codes.ts";
import { outJson } from "./io.ts";
import { defineVerb } from "./verb.ts";

export const statusVerb = defineVerb({
  name: "status",
  summary: "Prints state, feeds, sessions, orders, P&L and latency of a running appliance.",
  operands: APPLIANCE_OPERANDS,
  flags: {
    ...APPLIANCE_FLAGS,
    counters: { type: "switch", text: "Also every counter that is not zero." },
    watch: { type: "number", min: 0.1, max: 3600, unit: "s", text: "Again every so many seconds." },
  },
  details: APPLIANCE_DETAILS,
  async run({ flags, operands }, io) {
    const socket = socketOf(operands[0], flags.socket);
    const style = styleFor(io.isTerminal);
    for (;;) {
      const answer = await ask(socket, "status");
      if (answer.status === undefined) throw new CliError(EXIT_FAILED, "the answer has no status");
      if (flags.json) outJson(io, answer.status);
      else {
        const clear = flags.watch !== undefined && io.isTerminal ? "\x1b[H\x1b[2J" : "";
        io.out(clear + statusText(answer.status, style, flags.counters));
      }
      if (flags.watch === undefined) return EXIT_OK;
      await Bun.sleep(flags.watch * 1000);
    }
  },
});
