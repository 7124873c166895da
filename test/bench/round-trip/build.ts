/** The raw TCP ping-pong: `bun test/bench/round-trip/build.ts` builds it and prints its path. */
import { C_FLAGS, findCompiler, NO_COMPILER } from "../../../native/build.ts";
import { buildProgram } from "../programs.ts";

/** Path of the program. Throws one sentence when there is no compiler, or when it fails. */
export function buildPingPong(): string {
  const compiler = findCompiler();
  if (compiler === undefined) throw new Error(NO_COMPILER);
  return buildProgram({
    name: "ping-pong",
    command: [compiler, ...C_FLAGS],
    headers: ["round-trip"],
    source: "round-trip/ping-pong.c",
  });
}

if (import.meta.main) console.log(buildPingPong());
