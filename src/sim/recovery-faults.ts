import { z } from "zod";

/** What a bad server of snapshots or of gap requests (TCP) does. */
export const recoveryFaultsSchema = z.strictObject({
  refuseLogin: z.boolean().describe("Refuses every login."),
  silent: z.boolean().describe("Answers nothing from now on, and keeps the connection."),
  closeAfter: z
    .int()
    .min(0)
    .describe("Closes the connection after so many messages of a snapshot; 0 = off."),
  stale: z.boolean().describe("Snapshots are of the moment when this was set."),
  garbage: z.boolean().describe("Sends what is none of its protocol at the end of a snapshot."),
  wrongSession: z.boolean().describe("GLIMPSE: names another session than the feed's."),
});
export type RecoveryFaults = z.output<typeof recoveryFaultsSchema>;
export type SomeRecoveryFaults = { [K in keyof RecoveryFaults]?: RecoveryFaults[K] | undefined };

export function noRecoveryFaults(): RecoveryFaults {
  return {
    refuseLogin: false,
    silent: false,
    closeAfter: 0,
    stale: false,
    garbage: false,
    wrongSession: false,
  };
}
