/** Whether what the lines of a config bring is of their feed's protocol: a look at the first packets. */
import type { FeedOptions } from "../engine/options.ts";
import type { CapturePort } from "../net/capture/capture-port.ts";
import { DESC_LENGTH, DESC_OFFSET, DESC_WORDS } from "../net/desc.ts";
import { type Guess, misfitText, type ProtocolFit } from "./protocols/guess.ts";
import { FITS_NOT } from "./protocols/protocol.ts";
import { allProtocols } from "./protocols/registry.ts";

/** Of each feed. */
const PACKETS_MAX = 256;

export class ProtocolLook {
  private readonly feeds: readonly FeedOptions[];
  private readonly guesses: Guess[];

  constructor(feeds: readonly FeedOptions[]) {
    this.feeds = feeds;
    this.guesses = feeds.map(() => ({
      protocol: undefined,
      fits: allProtocols().map((protocol): ProtocolFit => ({ protocol, packets: 0, sure: 0 })),
      packets: 0,
    }));
  }

  /** Packet `i` of the port's burst, which is of this feed. */
  packet(port: CapturePort, i: number, feed: number): void {
    const guess = this.guesses[feed]!;
    if (guess.packets === PACKETS_MAX) return;
    guess.packets++;
    const offset = port.desc[i * DESC_WORDS + DESC_OFFSET]!;
    const stop = offset + port.desc[i * DESC_WORDS + DESC_LENGTH]!;
    for (const fit of guess.fits) {
      if (fit.protocol.looksLike(port.view, port.bytes, offset, stop) !== FITS_NOT) fit.packets++;
    }
  }

  /** A sentence for each feed that none of its packets fits. */
  faults(): string[] {
    return this.feeds.flatMap(({ name, protocol = "itch50" }, f) => {
      const guess = this.guesses[f]!;
      const own = guess.fits.find((fit) => fit.protocol.name === protocol);
      if (own === undefined || own.packets > 0 || guess.packets === 0) return [];
      const fits = guess.fits.filter((fit) => fit.packets > 0);
      const text = misfitText({ ...guess, fits }, own.protocol);
      return [`feed ${name}: ${text.replace("--protocol ", "protocol = ")}`];
    });
  }
}
