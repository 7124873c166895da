import { z } from "zod";
import { choice, flag, text } from "./field.ts";

const PROFILES = ["latency", "latency-best", "own"] as const;

/** [onload]: of every session with accelerate = "onload". */
export const onloadSchema = z.strictObject({
  library: text(
    "The library that is preloaded: a name that the dynamic linker finds, or a path.",
  ).default("libonload.so"),
  profile: choice(
    'EF_ variables that it starts with. "latency": spins for 100 ms, full congestion window from the start and after silence. "latency-best": that, and cut-through sends; not for X2 cards above 10 Gbit/s. "own": those of env alone.',
    PROFILES,
  ).default("latency"),
  env: z
    .record(
      z.string().regex(/^EF_[A-Z0-9_]{1,60}$/),
      z
        .union([text("value"), z.int()])
        .transform((value) => String(value))
        .meta({ description: "value of the variable", allowed: "text or a whole number" }),
    )
    .meta({
      description: "Further EF_ variables; they come before those of the profile.",
      allowed: "names that begin with EF_, and their values, e.g. { EF_TCP_SNDBUF = 262144 }",
    })
    .default({}),
  stack: text("Name of the stack, as onload_stackdump shows it. Each engine has one of its own.", {
    pattern: /^[a-z][a-z0-9_-]{0,7}$/,
    allowed: "1 to 8 characters: a to z, 0 to 9, _ and -, a letter first",
  }).default("hairpin"),
  feeds: flag(
    "Onload takes over the feed sockets of these engines, too. Otherwise they are the kernel's.",
  ).default(false),
  spin: flag("The engine's thread spins for what Onload would block for.").default(true),
  warm_sends: flag(
    "Sends that end before the wire while the market is quiet, where the stack knows them.",
  ).default(true),
  allow_unaccelerated: flag(
    "Trades also when Onload is not there or has left a connection to the kernel, with a warning. Otherwise such a connection is closed before its first byte.",
  ).default(false),
});

export type OnloadConfig = z.output<typeof onloadSchema>;

/** What the profiles set; scripts/onload_profiles of Onload. */
const PROFILE_VARIABLES: Record<(typeof PROFILES)[number], Record<string, string>> = {
  latency: { EF_POLL_USEC: "100000", EF_TCP_FASTSTART_INIT: "0", EF_TCP_FASTSTART_IDLE: "0" },
  "latency-best": {
    EF_POLL_USEC: "100000",
    EF_TCP_FASTSTART_INIT: "0",
    EF_TCP_FASTSTART_IDLE: "0",
    EF_CTPIO_MODE: "ct",
    EF_CTPIO_SWITCH_BYPASS: "1",
    EF_EPOLL_MT_SAFE: "1",
    EF_TPH_MODE: "2",
  },
  own: {},
};

/**
 * Pipes stay with the kernel: the runtime waits for its own by system calls, which Onload does not
 * see.
 */
export const ONLOAD_ALWAYS: Record<string, string> = { EF_PIPE: "0" };

/** The EF_ variables of a config. */
export function onloadVariables(o: OnloadConfig): Record<string, string> {
  return { ...ONLOAD_ALWAYS, ...PROFILE_VARIABLES[o.profile], ...o.env };
}
