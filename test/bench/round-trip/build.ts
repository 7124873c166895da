/**
 * The programs in C of the round-trip bench: the raw TCP ping-pong and a venue.
 * `bun test/bench/round-trip/build.ts` builds them and prints their paths.
 */
import { C_FLAGS, findCompiler, NO_COMPILER } from "../../../native/build.ts";
import { buildProgram } from "../programs.ts";

/** Path of a program. Throws one sentence when there is no compiler, or when it fails. */
function build(name: string): string {
  const compiler = findCompiler();
  if (compiler === undefined) throw new Error(NO_COMPILER);
  return buildProgram({
    name,
    command: [compiler, ...C_FLAGS],
    headers: ["round-trip"],
    source: `round-trip/${name}.c`,
  });
}

export const buildPingPong = () => build("ping-pong");
export const buildVenue = () => build("venue");

if (import.meta.main) console.log(`${buildPingPong()}\n${buildVenue()}`);
