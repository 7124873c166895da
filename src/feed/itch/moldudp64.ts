import type { MessageDecoder } from "../message-decoder.ts";
import { Sequencer } from "../sequencer.ts";
import type { SequencerOptions } from "../sequencer-options.ts";
import { MoldFraming } from "./mold-framing.ts";

export type MoldUdp64Options = Omit<SequencerOptions, "framing"> & { decoder: MessageDecoder };

/** A feed of MoldUDP64 packets. */
export function moldUdp64(options: MoldUdp64Options): Sequencer {
  return new Sequencer({
    ...options,
    framing: new MoldFraming(options.decoder, options.counters),
  });
}
