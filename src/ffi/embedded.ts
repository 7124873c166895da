/**
 * The shim's file: inside the compiled executable, or build/libhairpin.so when run from sources.
 * Alone in its module, so that load.ts can say in one sentence when it has not been built.
 */
import path from "../../build/libhairpin.so" with { type: "file" };

export { path as shimPath };
