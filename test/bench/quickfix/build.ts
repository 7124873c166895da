/**
 * QuickFIX C++ for the benches, against the library that the system has (Debian: libquickfix-dev).
 * `bun test/bench/quickfix/build.ts` builds all and prints their paths.
 */
import { accessSync } from "node:fs";
import { buildProgram } from "../programs.ts";

const HEADER = "/usr/include/quickfix/Message.h";
/** QuickFIX 1.15 has dynamic exception specifications, which C++17 has no more. */
const FLAGS = ["-std=c++14", "-O2", "-Wall", "-Wextra", "-Wno-deprecated", "-fPIC"];

/** Path of a C++ compiler ($CXX, g++, clang++ in this order), or undefined. */
function findCxx(): string | undefined {
  for (const name of [process.env["CXX"], "g++", "clang++"]) {
    const path = name === undefined || name === "" ? null : Bun.which(name);
    if (path !== null) return path;
  }
  return undefined;
}

/** Why QuickFIX can't be built here, or undefined when it can. */
export function whyNoQuickfix(): string | undefined {
  if (findCxx() === undefined) return "no C++ compiler; on Debian: apt install g++";
  try {
    accessSync(HEADER);
  } catch {
    return "QuickFIX is not installed; on Debian: apt install libquickfix-dev";
  }
  return undefined;
}

function build(source: string, name: string, flags: string[]): string {
  return buildProgram({
    name,
    command: [findCxx()!, ...FLAGS, ...flags],
    headers: ["quickfix", "round-trip"],
    source: `quickfix/${source}`,
    libraries: ["-lquickfix", "-pthread"],
  });
}

/** Path of the library with its codec. This and the others throw one sentence. */
export function buildQuickfixCodec(): string {
  return build("codec.cpp", "libquickfix-codec.so", ["-shared", "-fvisibility=hidden"]);
}

export function buildQuickfixAcceptor(): string {
  return build("acceptor.cpp", "quickfix-acceptor", []);
}

export function buildQuickfixInitiator(): string {
  return build("initiator.cpp", "quickfix-initiator", []);
}

if (import.meta.main) {
  const why = whyNoQuickfix();
  if (why !== undefined) {
    console.error(`hairpin: ${why}`);
    process.exit(1);
  }
  console.log(buildQuickfixCodec());
  console.log(buildQuickfixAcceptor());
  console.log(buildQuickfixInitiator());
}
