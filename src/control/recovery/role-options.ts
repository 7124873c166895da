/** Of a feed, what control is told at its start (roles.ts): who is asked for what it misses. */
import { z } from "zod";
import { PITCH_EDITIONS } from "../../feed/pitch/pitch-editions.ts";

const serverSchema = z.strictObject({
  host: z.string(),
  port: z.int(),
  timeoutMs: z.number(),
  retries: z.int(),
});

/** Cboe's gap request proxy. */
const grpSchema = serverSchema.extend({
  unit: z.int(),
  sessionSubId: z.string(),
  username: z.string(),
  /** Read at each login. */
  passwordFile: z.string(),
  countMax: z.int(),
  pauseMs: z.number(),
});
export type GrpServer = z.infer<typeof grpSchema>;

const snapshotSchema = serverSchema.extend({
  protocol: z.enum(["glimpse", "spin"]),
  username: z.string(),
  passwordFile: z.string(),
  /** spin */
  sessionSubId: z.string(),
  edition: z.enum(PITCH_EDITIONS).optional(),
  /** glimpse: see Glimpse. */
  checksSession: z.boolean(),
  /** Holes of more messages are bridged by a snapshot. */
  holeMessages: z.number(),
  pauseMs: z.number(),
});
export type SnapshotServer = z.infer<typeof snapshotSchema>;

export const feedRecoverySchema = z.strictObject({
  name: z.string(),
  /** MoldUDP64 request server; null = none. */
  rerequest: serverSchema.nullable(),
  grp: grpSchema.nullable().optional(),
  snapshot: snapshotSchema.nullable().optional(),
});
export type FeedRecoveryOptions = z.infer<typeof feedRecoverySchema>;

/** True when something may come by the feed's recovery ring. */
export function usesRecoveryRing(feed: FeedRecoveryOptions): boolean {
  return feed.rerequest !== null || (feed.snapshot ?? null) !== null;
}
