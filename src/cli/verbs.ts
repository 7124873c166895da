/** All verbs, in the order in which the help lists them. */
import { benchVerb } from "./bench.ts";
import { bookVerb } from "./book.ts";
import { checkVerb } from "./check.ts";
import { armVerb, disarmVerb, killVerb, stopVerb } from "./commands.ts";
import { decodeVerb } from "./decode.ts";
import { demoVerb } from "./demo.ts";
import { feedVerb } from "./feed.ts";
import { fixVerb } from "./fix.ts";
import { journalVerb } from "./journal.ts";
import { newVerb } from "./new.ts";
import { portsVerb } from "./ports.ts";
import { replayVerb } from "./replay.ts";
import { runVerb } from "./run.ts";
import { simVerb } from "./sim.ts";
import { statusVerb } from "./status.ts";
import { sweepVerb } from "./sweep.ts";
import type { Verb } from "./verb.ts";
import { versionVerb } from "./version.ts";

export const VERBS: readonly Verb[] = [
  demoVerb,
  runVerb,
  checkVerb,
  simVerb,
  statusVerb,
  armVerb,
  disarmVerb,
  killVerb,
  stopVerb,
  journalVerb,
  decodeVerb,
  bookVerb,
  feedVerb,
  fixVerb,
  replayVerb,
  sweepVerb,
  portsVerb,
  benchVerb,
  newVerb,
  versionVerb,
];
