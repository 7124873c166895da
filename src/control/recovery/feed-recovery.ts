/** Everything that brings one feed what it misses: who can be asked for messages, and for a snapshot. */

import type { FeedBlock } from "../../core/control-block.ts";
import { readSecretFile } from "../../core/secret-file.ts";
import { HP_OK } from "../../ffi/layout.ts";
import { RECOVERY_LINE, SLICE_LINE } from "../../net/desc.ts";
import type { RingWriter } from "../../net/ring-writer.ts";
import { SOUP_PASSWORD_BYTES } from "../../net/soup/soup-login.ts";
import { GapRequests } from "../gap-requests.ts";
import type { Connect } from "./connection.ts";
import { Glimpse } from "./glimpse.ts";
import { GrpRequests } from "./grp.ts";
import { HoleRoute } from "./hole-route.ts";
import type { FeedRecoveryOptions, GrpServer, SnapshotServer } from "./role-options.ts";
import { SliceWriter } from "./slice-writer.ts";
import type { SnapshotLink } from "./snapshot-protocol.ts";
import { SnapshotRuns } from "./snapshot-runs.ts";
import { Spin } from "./spin.ts";

export interface FeedRecoveryParts {
  options: FeedRecoveryOptions;
  feed: FeedBlock;
  /** The feed's recovery ring; null: nothing comes by it. */
  writer: RingWriter | null;
  nowMs(): number;
  connect: Connect;
  /** Sends a datagram to the MoldUDP64 re-request server. */
  sendRequest(datagram: Uint8Array): void;
  log(sentence: string): void;
}

export class FeedRecovery {
  /** Null: nobody is asked in that way. */
  readonly gaps: GapRequests | null;
  readonly grp: GrpRequests | null;
  readonly snapshots: SnapshotRuns | null;
  readonly route: HoleRoute;
  private readonly parts: FeedRecoveryParts;

  constructor(parts: FeedRecoveryParts) {
    this.parts = parts;
    const { rerequest, grp = null, snapshot = null } = parts.options;
    this.route = new HoleRoute({
      feed: parts.feed,
      hasMessages: rerequest !== null || grp !== null,
      hasSnapshot: snapshot !== null,
      messagesMax: snapshot?.holeMessages ?? 0,
    });
    this.gaps = rerequest === null ? null : this.openGaps(rerequest);
    this.grp = grp === null ? null : this.openGrp(grp);
    this.snapshots = snapshot === null ? null : this.openSnapshots(snapshot);
  }

  poll(): void {
    this.snapshots?.poll();
    this.gaps?.poll();
    this.grp?.poll();
  }

  /** Lets go of its connections. */
  close(): void {
    this.snapshots?.close();
    this.grp?.close();
  }

  private openGaps(server: NonNullable<FeedRecoveryOptions["rerequest"]>): GapRequests {
    const { feed, nowMs, sendRequest } = this.parts;
    const writer = this.parts.writer!;
    return new GapRequests({
      feed,
      timeoutMs: server.timeoutMs,
      retries: server.retries,
      nowMs,
      send: sendRequest,
      handOver: (packet) => writer.sendBytes(packet, RECOVERY_LINE, 0) === HP_OK,
      takes: (from, end) => !this.route.isForSnapshot(from, end),
      onGiveUp: () => this.route.messagesRefused(),
    });
  }

  private openGrp(server: GrpServer): GrpRequests {
    const { feed, nowMs, connect } = this.parts;
    const { unit, host, port, countMax, timeoutMs, pauseMs, retries } = server;
    return new GrpRequests({
      feed,
      route: this.route,
      ...{ unit, host, port, countMax, timeoutMs, pauseMs, retries, nowMs, connect },
      login: () => unitLogin(server),
      notice: (sentence) => this.notice(sentence),
    });
  }

  private openSnapshots(server: SnapshotServer): SnapshotRuns {
    const { feed, nowMs, connect } = this.parts;
    const { host, port, timeoutMs, pauseMs, retries } = server;
    return new SnapshotRuns({
      feed,
      route: this.route,
      slices: new SliceWriter(sliceRing(this.parts.writer!)),
      ...{ host, port, timeoutMs, pauseMs, retries, nowMs, connect },
      protocol: (link) => snapshotProtocol(server, link),
      notice: (sentence) => this.notice(sentence),
    });
  }

  private notice(sentence: string): void {
    this.parts.log(`feed ${this.parts.options.name}: ${sentence}`);
  }
}

/** Slices go into the ring only when it has room, so that its count of drops stays what it is. */
export function sliceRing(writer: RingWriter) {
  return {
    hasRoom: (count: number, bytes: number) => writer.hasRoom(count, bytes),
    send: (slice: Uint8Array) => writer.sendBytes(slice, SLICE_LINE, 0) === HP_OK,
  };
}

function snapshotProtocol(server: SnapshotServer, link: SnapshotLink) {
  if (server.protocol === "spin") {
    return new Spin({ ...unitLogin(server), edition: server.edition ?? "us-equities" }, link);
  }
  const { username, passwordFile, checksSession } = server;
  return new Glimpse({ username, password: password(passwordFile), checksSession }, link);
}

function unitLogin(server: { sessionSubId: string; username: string; passwordFile: string }) {
  const { sessionSubId, username, passwordFile } = server;
  return { sessionSubId, username, password: password(passwordFile) };
}

/** First line of a file that only its owner may read; "" for no file. Throws one sentence. */
function password(file: string): string {
  if (file === "") return "";
  const line = readSecretFile(file).toString("latin1").split("\n", 1)[0]!.trim();
  // What is longer would be cut, and be refused without saying why.
  if (line.length > SOUP_PASSWORD_BYTES) {
    throw new Error(
      `the password in ${file} has ${line.length} characters; allowed: ${SOUP_PASSWORD_BYTES}`,
    );
  }
  return line;
}
