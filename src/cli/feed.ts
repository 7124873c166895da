/** `hairpin feed ...`: what has to do with feeds, apart from any appliance. One line for each sub-verb. */
import { feedImportVerb } from "./feed/import.ts";
import { feedStatsVerb } from "./feed/stats.ts";
import { defineVerbGroup } from "./verb.ts";

export const feedVerb = defineVerbGroup({
  name: "feed",
  summary: "Captures of feeds counted, and line lists of venues turned into config.",
  verbs: [feedStatsVerb, feedImportVerb],
  summary: "Counts a capture: messages by type, rates, gaps by line, and which line leads.",
  operands: { usage: "stats CAPTURE", min: 2, max: 2 },
  flags: CAPTURE_FLAGS,
  details: `Messages are counted once, whatever line brought them; peaks are the fullest millisecond. A line leads with a packet that it brings before another line does. Feeds (units of pitch, channels of mdp3, lines of opra) are counted apart, in what they number: messages, packets (mdp3) or blocks (opra). ${CAPTURE_DETAILS}`,
  run({ flags, operands }, io) {
    const [what, path] = operands;
    if (what !== "stats") {
      throw new CliError(EXIT_USAGE, `feed: found "${what}"; allowed: stats`);
    }
    return withCapture(path!, flags, io, async ({ port, protocol, groups }) => {
      const options = { protocol, ...(groups === undefined ? {} : { groups }) };
      const { stats, fault } = await feedStats(port, options);
      if (flags.json) outJson(io, stats);
      else io.out(textOf(stats, protocol));
      tellRest(stats, protocol, io);
      return fault;
    });
  },
});
