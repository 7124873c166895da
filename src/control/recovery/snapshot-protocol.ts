/** What a snapshot server's protocol needs of the one who runs it, and the other way round. */

/** The feed's hole: messages from <= sequence < to are missing; to = 0: none is. */
export interface Hole {
  readonly from: number;
  readonly to: number;
}

/** The run that a protocol works for. */
export interface SnapshotLink {
  send(bytes: Uint8Array): void;
  nowMs(): number;
  hole(): Hole;
  /** Ten bytes: the feed's session; its number, behind zeros, where sessions have no names. */
  readonly session: Uint8Array;
  /** The server has done something that brings the snapshot nearer. */
  progress(): void;
  /** bytes[at, at + length) is a message of the snapshot. False: it was refused, and fail() done. */
  message(bytes: Uint8Array, at: number, length: number): boolean;
  /** The snapshot is whole: `sequence` is the first live message to apply. */
  end(sequence: number): void;
  /** It will not come: `why` ends a sentence that begins with the server's name. */
  fail(why: string): void;
}

/** One connection's worth of a protocol. */
export interface SnapshotProtocol {
  /** What it waits for, for a sentence when that does not come in time. */
  readonly waitsFor: string;
  /** The connection is up. */
  open(): void;
  /**
   * Uses one packet or message of bytes[from, to). Returns where the next one begins; `from` when
   * more must come first.
   */
  take(bytes: Uint8Array, from: number, to: number): number;
  /** Minds heartbeats; called often. isReading: false while the server is made to wait. */
  poll(isReading: boolean): void;
}

export type MakeSnapshotProtocol = (link: SnapshotLink) => SnapshotProtocol;
