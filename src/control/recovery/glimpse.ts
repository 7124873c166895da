/**
 * Nasdaq GLIMPSE 5.0: the books of an ITCH 5.0 feed as they are now, over SoupBinTCP. Messages are
 * those of ITCH (stock directory, trading states, orders ...), asked for from sequence 1 of a session
 * that is the client's own; the last one is the snapshot message:
 *
 *   0 type char, "G" │ 1 sequence char[20]: first message of the feed to apply after it
 */
import { itchLengths } from "../../feed/itch/itch-lengths.ts";
import { isSameSoupSession, readSoupSequence } from "../../net/soup/soup-login.ts";
import type { SnapshotLink, SnapshotProtocol } from "./snapshot-protocol.ts";
import { SoupClient } from "./soup-client.ts";

const LENGTHS = itchLengths();
const SNAPSHOT = 0x47;
const SNAPSHOT_BYTES = 21;

export interface GlimpseOptions {
  username: string;
  password: string;
  /** False: the server names its sessions in another way than the feed. */
  checksSession: boolean;
}

export class Glimpse implements SnapshotProtocol {
  private readonly soup: SoupClient;
  private readonly link: SnapshotLink;

  constructor(options: GlimpseOptions, link: SnapshotLink) {
    this.link = link;
    const { username, password, checksSession } = options;
    this.soup = new SoupClient(
      { username, password, session: "", sequence: 1 },
      {
        send: (bytes) => link.send(bytes),
        nowMs: () => link.nowMs(),
        onAccepted: (bytes, at, sequence) => {
          if (checksSession && !isSameSoupSession(bytes, at, link.session, 0)) {
            const name = ascii(bytes, at, 10).trim();
            link.fail(
              `is in session "${name}", the feed in "${ascii(link.session, 0, 10).trim()}"`,
            );
          } else if (sequence !== 1) {
            link.fail(`begins with message ${sequence} instead of the first`);
          } else link.progress();
        },
        onMessage: (bytes, at, length) => this.onMessage(bytes, at, length),
        onEnd: () => link.fail("ended its session before the snapshot was whole"),
        onFail: (why) => link.fail(why),
      },
    );
  }

  get waitsFor(): string {
    return this.soup.isAccepted ? "the next message of the snapshot" : "an answer to the login";
  }

  open(): void {
    this.soup.open();
  }

  take(bytes: Uint8Array, from: number, to: number): number {
    return this.soup.take(bytes, from, to);
  }

  poll(isReading: boolean): void {
    this.soup.poll(isReading);
  }

  private onMessage(bytes: Uint8Array, at: number, length: number): void {
    const type = length === 0 ? 0 : bytes[at]!;
    if (type === SNAPSHOT) {
      const sequence = length === SNAPSHOT_BYTES ? readSoupSequence(bytes, at + 1) : -1;
      if (sequence < 1) {
        this.link.fail("closes the snapshot without a sequence number");
        return;
      }
      this.soup.logout();
      this.link.end(sequence);
      return;
    }
    // Types that we do not know are for the decoder to count.
    const known = LENGTHS[type]!;
    if (length === 0 || (known !== 0 && known !== length)) {
      this.link.fail(`sends a message of type 0x${type.toString(16)} with ${length} bytes`);
      return;
    }
    this.link.message(bytes, at, length);
  }
}

function ascii(bytes: Uint8Array, at: number, length: number): string {
  return Buffer.from(bytes.subarray(at, at + length))
    .toString("latin1")
    .replaceAll(/[^\x20-\x7e]/g, "?");
}
