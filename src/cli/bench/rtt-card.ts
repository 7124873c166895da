/** `--driver exanic-sim`: a software ExaNIC of this process, whose first port is cabled to its second. */
import { useCard } from "../../ffi/exanic.ts";
import { SoftwareCard } from "../../ffi/exanic-card.ts";
import { EXIT_FAILED } from "../exit-codes.ts";
import { fault, type RttOptions, SIMULATED_RX, SIMULATED_TX } from "./rtt-options.ts";

export interface RttCard {
  /** The options with the card's ports as the two ends. */
  options: RttOptions;
  close(): void;
}

/** Throws CliError, one sentence. */
export function openCard(o: RttOptions): RttCard {
  const path = `/dev/shm/hairpin-bench-card-${process.pid}`;
  try {
    const card = SoftwareCard.open(path, 2);
    try {
      card.set(0, "loop", 1);
      card.set(1, "loop", 0);
      useCard(path);
    } catch (error) {
      card.close();
      throw error;
    }
    const close = () => {
      useCard("");
      card.close();
    };
    return { options: { ...o, tx: path + SIMULATED_TX, rx: path + SIMULATED_RX }, close };
  } catch (error) {
    throw fault(error instanceof Error ? error.message : String(error), EXIT_FAILED);
  }
}
