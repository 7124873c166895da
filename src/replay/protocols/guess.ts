/** Which protocol a capture holds, by a look at its first packets. */
import type { CapturePort } from "../../net/capture/capture-port.ts";
import { DESC_LENGTH, DESC_OFFSET, DESC_WORDS } from "../../net/desc.ts";
import { type CaptureProtocol, FITS_NOT, FITS_SURELY } from "./protocol.ts";

/** So many packets that only may be of it are enough, when no other protocol fits any. */
const WEAK_MIN = 3;
/** Was read without being asked for before there were others: a heartbeat alone is enough. */
const FIRST = "itch50";

export interface ProtocolFit {
  protocol: CaptureProtocol;
  packets: number;
  /** Those of them that are hardly so by chance. */
  sure: number;
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
  const all = protocols.map((protocol): ProtocolFit => ({ protocol, packets: 0, sure: 0 }));
  let packets = 0;
  await port.peek((i) => {
    packets++;
    const offset = port.desc[i * DESC_WORDS + DESC_OFFSET]!;
    const stop = offset + port.desc[i * DESC_WORDS + DESC_LENGTH]!;
    for (const fit of all) {
      const answer = fit.protocol.looksLike(port.view, port.bytes, offset, stop);
      if (answer !== FITS_NOT) fit.packets++;
      if (answer === FITS_SURELY) fit.sure++;
    }
  });
  const fits = all
    .filter((fit) => fit.packets > 0)
    .sort((a, b) => b.sure - a.sure || b.packets - a.packets);
  return { protocol: onlyOne(fits)?.protocol, fits, packets };
}

/** The one that surely fits, where no other does; or the only one that may. */
function onlyOne(fits: readonly ProtocolFit[]): ProtocolFit | undefined {
  const sure = fits.filter((fit) => fit.sure > 0);
  if (sure.length > 0) return sure.length === 1 ? sure[0] : undefined;
  const [only] = fits;
  if (only === undefined || fits.length > 1) return undefined;
  return only.packets >= WEAK_MIN || only.protocol.name === FIRST ? only : undefined;
}

/** On why it can't be told: words for behind the file's name. */
export function guessText(guess: Guess, names: readonly string[]): string {
  const { fits } = guess;
  if (fits.length === 0) {
    return `none of ${packetsText(guess)} is of a known protocol; name it with --protocol ${names.join("|")}`;
  }
  const allowed = fits.map((fit) => fit.protocol.name).join("|");
  return `${packetsText(guess)} may be ${candidatesText(guess)}; name the protocol with --protocol ${allowed}`;
}

/** On a protocol that was named and does not fit. */
export function misfitText(guess: Guess, protocol: CaptureProtocol): string {
  const other = guess.fits.length === 0 ? "" : `; they may be ${candidatesText(guess)}`;
  return `none of ${packetsText(guess)} is ${protocol.title} (--protocol ${protocol.name})${other}`;
}

function packetsText(guess: Guess): string {
  return `the packets looked at (${guess.packets})`;
}

function candidatesText(guess: Guess): string {
  const named = guess.fits.map((fit) => `${fit.protocol.name} (${fit.packets})`);
  return named.join(" or ");
}
