/** `hairpin bench rtt`: packets through a driver and back, timed. */
import { defineVerb } from "../verb.ts";
import { RTT_FLAGS } from "./rtt-flags.ts";
import { rttOptions } from "./rtt-options.ts";

export const benchRttVerb = defineVerb({
  name: "bench rtt",
  summary: "Times packets through a driver and back: round trips, rates, loss.",
  flags: RTT_FLAGS,
  details: [
    "With --tx and --rx of two NICs that are connected (a cable, a veth pair) it sends by one and receives by the other. With the same NIC for both, another host answers: `hairpin bench rtt --reflect --rx NIC`.",
    "--receive N and --send N are its halves, for two hosts or a lab; --json prints a line when it is ready, and one at the end. Exit code 1 when not all came.",
    "Times are from before the send to after the burst that had the datagram, by the TSC, and from stamp to stamp where card or kernel stamp both ways. It can't trade.",
  ].join(" "),
  async run({ flags }, io) {
    const options = rttOptions(flags);
    const { loadShim } = await import("../../ffi/load.ts");
    const { thisHost } = await import("../../config/host.ts");
    const { runRtt } = await import("./rtt-run.ts");
    const shim = loadShim();
    if (options.driver !== "exanic-sim") return runRtt(shim, thisHost, options, flags.json, io);
    const { openCard } = await import("./rtt-card.ts");
    const card = openCard(options);
    try {
      return runRtt(shim, thisHost, card.options, flags.json, io);
    } finally {
      card.close();
    }
  },
});
