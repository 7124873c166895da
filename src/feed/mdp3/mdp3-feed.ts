// @hot
/**
 * One MDP 3.0 channel: its incremental lines are one sequence space (Sequencer; a hole that no line
 * fills is a loss, since nobody can be asked), its snapshot and definition lines are loops that repeat
 * and are taken as they come.
 */
import { HP_RX_TRUNCATED } from "../../ffi/layout.ts";
import { DESC_FLAGS, DESC_LENGTH, DESC_LINE, DESC_OFFSET, DESC_WORDS } from "../../net/desc.ts";
import type { Port } from "../../net/port.ts";
import { FEED_BAD_HEADER, FEED_PACKETS, FEED_TRUNCATED } from "../counters.ts";
import type { FeedBlock } from "../feed-block.ts";
import type { FeedEvents } from "../feed-events.ts";
import { Sequencer } from "../sequencer.ts";
import { type Mdp3Decoder, ROLE_DEFINITION, ROLE_LIVE, ROLE_SNAPSHOT } from "./mdp3.ts";
import { PACKET_HEADER_BYTES } from "./mdp3-fields.ts";
import { applyMessages, isWellFormedPacket, PacketFraming } from "./packet-framing.ts";

export type Mdp3Role = "live" | "snapshot" | "definition";

export interface Mdp3FeedOptions {
  /** Feed index, handed back in events. */
  index: number;
  /** By line: what it brings. The live ones come first, and there is one at least. */
  roles: readonly Mdp3Role[];
  /** Packets held while an earlier one may still come, and the same bound in time. */
  windowPackets: number;
  windowNs: number;
  /** Silence of all live lines, heartbeats included, after which the feed is stale. */
  staleNs: number;
  /** Longest packet the window holds. */
  slotBytes: number;
  decoder: Mdp3Decoder;
  events: FeedEvents;
  /** hp_engine.counters */
  counters: Float64Array;
  block: FeedBlock;
}

/** Nobody is asked for anything. */
const NEVER_NS = 1e18;

/** Live lines; throws unless they come first. @cold */
function liveLines(roles: readonly Mdp3Role[]): number {
  const count = roles.lastIndexOf("live") + 1;
  if (count === 0 || roles.indexOf("live") !== 0 || roles.slice(0, count).some(isSide)) {
    throw new Error("an MDP 3.0 feed wants its live lines first, one at least");
  }
  return count;
}

function isSide(role: Mdp3Role): boolean {
  return role !== "live";
}

export class Mdp3Feed extends Sequencer {
  private readonly roles: Uint8Array;
  private readonly channel: Mdp3Decoder;

  constructor(options: Mdp3FeedOptions) {
    super({
      ...options,
      lineCount: liveLines(options.roles),
      onHole: "skip",
      join: "live",
      requestTimeoutNs: NEVER_NS,
      giveUpRequests: 0,
      framing: new PacketFraming(options.decoder, options.counters),
    });
    this.channel = options.decoder;
    this.roles = new Uint8Array(new ArrayBuffer(options.roles.length));
    options.roles.forEach((role, line) => {
      if (role === "snapshot") this.roles[line] = ROLE_SNAPSHOT;
      else this.roles[line] = role === "definition" ? ROLE_DEFINITION : ROLE_LIVE;
    });
  }

  override onPacket(port: Port, i: number, nowNs: number): void {
    const line = port.desc[i * DESC_WORDS + DESC_LINE]!;
    const role = line < this.roles.length ? this.roles[line]! : ROLE_LIVE;
    if (role === ROLE_LIVE) super.onPacket(port, i, nowNs);
    else this.sidePacket(port, i, line, role);
  }

  /** A packet of a loop: it has a sequence of its own, and what is lost of it comes again. */
  private sidePacket(port: Port, i: number, line: number, role: number): void {
    const base = i * DESC_WORDS;
    const offset = port.desc[base + DESC_OFFSET]!;
    const length = port.desc[base + DESC_LENGTH]!;
    const view = port.view;
    const bytes = port.bytes;
    this.counters[FEED_PACKETS]! += 1;
    if ((port.desc[base + DESC_FLAGS]! & HP_RX_TRUNCATED) !== 0) {
      this.counters[FEED_TRUNCATED]! += 1;
    } else if (length < PACKET_HEADER_BYTES || offset + length > bytes.length) {
      this.counters[FEED_BAD_HEADER]! += 1;
    } else if (isWellFormedPacket(view, offset, length, this.counters)) {
      this.channel.sidePacket(role, line, view.getUint32(offset, true), this.highSeq);
      applyMessages(this.channel, view, bytes, offset, length);
      this.channel.flush(true);
    }
  }
}
