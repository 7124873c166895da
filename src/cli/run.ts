/** `hairpin run CONFIG`: check, then launch. */
import { checkToStart, reportProblems } from "./check.ts";
import { EXIT_CONFIG } from "./exit-codes.ts";
import { outJson } from "./io.ts";
import { launchOptions } from "./launch.ts";
import { defineVerb } from "./verb.ts";

export const runVerb = defineVerb({
  name: "run",
  summary: "Runs the appliance of a config until it is told to stop.",
  operands: { usage: "CONFIG", min: 1, max: 1 },
  flags: {
    seconds: { type: "number", min: 0.1, max: 1e7, unit: "s", text: "Stops after this time." },
  },
  details:
    'Powers up disarmed: nothing trades before `hairpin arm`, unless an engine says arm = "auto". SIGINT, SIGTERM and SIGHUP stop it in good order; SIGUSR2 kills: everything is cancelled. With --json it prints one document when all processes are up.',
  async run({ flags, operands }, io) {
    const result = await checkToStart(operands[0]!);
    reportProblems(result, io);
    if (result.config === undefined) return EXIT_CONFIG;
    const options = await launchOptions(result.config, Date.now());
    const { runAppliance } = await import("../control/launcher.ts");
    const { loadShim } = await import("../ffi/load.ts");
    return runAppliance(loadShim(), {
      ...options,
      ...(flags.seconds === undefined ? {} : { seconds: flags.seconds }),
      log: (sentence) => io.err(`${sentence}\n`),
      onReady: ({ paths, pids, segments }) => {
        const { socket } = paths;
        if (flags.json) {
          outJson(io, {
            ready: true,
            name: options.name,
            epoch: segments.epoch,
            socket,
            ...pids(),
          });
        } else {
          io.err(`${options.name} is up, session date ${options.date}, run ${segments.epoch}\n`);
          io.err(`hairpin status --socket ${socket}\n`);
        }
      },
    });
  },
});
