/** `hairpin arm`, `disarm`, `kill`, `stop`: one command over the socket each. */
import type { Command } from "../control/protocol.ts";
import {
  APPLIANCE_DETAILS,
  APPLIANCE_FLAGS,
  APPLIANCE_OPERANDS,
  ask,
  socketOf,
} from "./appliance.ts";
import { armOutcome } from "./arm.ts";
import { CliError, EXIT_FAILED, EXIT_OK } from "./exit-codes.ts";
import { outJson } from "./io.ts";
import { killAppliance } from "./kill-word.ts";
import type { Verb } from "./verb.ts";
import { defineVerb } from "./verb.ts";

export const armVerb = defineVerb({
  name: "arm",
  summary: "Lets orders pass the gate. This can trade. Ends a kill, and only this does.",
  operands: APPLIANCE_OPERANDS,
  flags: APPLIANCE_FLAGS,
  details: `${APPLIANCE_DETAILS} It waits a moment and says what became of it; exit code 5 when it is refused, or killed again at once.`,
  async run({ flags, operands }, io) {
    const socket = socketOf(operands[0], flags.socket);
    const asked = await ask(socket, "arm");
    const text = await armOutcome(async () => {
      const { status } = await ask(socket, "status");
      if (status === undefined) throw new CliError(EXIT_FAILED, asked.text ?? "arm requested");
      return status;
    });
    if (flags.json) outJson(io, { ok: true, text });
    else io.out(`${text}\n`);
    return EXIT_OK;
  },
});
export const disarmVerb = commandVerb(
  "disarm",
  "Stops new orders and cancels what rests, until somebody arms.",
);
export const killVerb = defineVerb({
  name: "kill",
  summary: "Cancels everything that rests and stops new orders, until a person arms again.",
  operands: APPLIANCE_OPERANDS,
  flags: APPLIANCE_FLAGS,
  details: `${APPLIANCE_DETAILS} The kill goes straight into shared memory, where the engines look on every turn; nobody has to answer for it.`,
  async run({ flags, operands }, io) {
    const socket = socketOf(operands[0], flags.socket);
    const { loadShim } = await import("../ffi/load.ts");
    const text = await killAppliance(socket, loadShim);
    if (flags.json) outJson(io, { ok: true, text });
    else io.out(`${text}\n`);
    return EXIT_OK;
  },
});
export const stopVerb = commandVerb("stop", "Cancels, logs out and ends the appliance.");

function commandVerb(name: Command, summary: string): Verb {
  return defineVerb({
    name,
    summary,
    operands: APPLIANCE_OPERANDS,
    flags: APPLIANCE_FLAGS,
    details: APPLIANCE_DETAILS,
    async run({ flags, operands }, io) {
      const answer = await ask(socketOf(operands[0], flags.socket), name);
      if (flags.json) outJson(io, answer);
      else io.out(`${answer.text ?? name}\n`);
      return EXIT_OK;
    },
  });
}
