/** Which protocol a capture holds, by a look at its first packets. */
import type { CapturePort } from "../../net/capture/capture-port.ts";
import { DESC_LENGTH, DESC_OFFSET, DESC_WORDS } from "../../net/desc.ts";
import { formatCount } from "../../observe/units.ts";
import { type CaptureProtocol, FITS_NOT } from "./protocol.ts";

/** One sure packet, or two that may be. */
const WEIGHT_MIN = 2;

export interface ProtocolFit {
  protocol: CaptureProtocol;
  packets: number;
  /** Sum of what looksLike() said. */
  weight: number;
}

export interface Guess {
  /** Undefined: not safe to tell. */
  protocol: CaptureProtocol | undefined;
  /** Those that any packet fits, best first. */
  fits: ProtocolFit[];
  packets: number;
}

/** The packets stay to be read. */
export async function guessProtocol(
  port: CapturePort,
  protocols: readonly CaptureProtocol[],
): Promise<Guess> {
  const all = protocols.map((protocol): ProtocolFit => ({ protocol, packets: 0, weight: 0 }));
  let packets = 0;
  await port.peek((i) => {
    packets++;
    const offset = port.desc[i * DESC_WORDS + DESC_OFFSET]!;
    const stop = offset + port.desc[i * DESC_WORDS + DESC_LENGTH]!;
    for (const fit of all) {
      const weight = fit.protocol.looksLike(port.view, port.bytes, offset, stop);
      if (weight === FITS_NOT) continue;
      fit.packets++;
      fit.weight += weight;
    }
  });
  const fits = all.filter((fit) => fit.packets > 0).sort((a, b) => b.weight - a.weight);
  const isSafe = fits.length === 1 && fits[0]!.weight >= WEIGHT_MIN;
  return { protocol: isSafe ? fits[0]!.protocol : undefined, fits, packets };
}

/** One sentence, without the file's name, on why it can't be told. */
export function guessText(guess: Guess, names: readonly string[]): string {
  const { fits, packets } = guess;
  if (fits.length === 0) {
    return `none of its first ${formatCount(packets)} packets is of a known protocol; name it with --protocol ${names.join("|")}`;
  }
  const found = fits.map((fit) => `${fit.protocol.name} (${formatCount(fit.packets)})`);
  return `of its first ${formatCount(packets)} packets some may be ${found.join(", some ")}; name the protocol with --protocol ${fits.map((fit) => fit.protocol.name).join("|")}`;
}
