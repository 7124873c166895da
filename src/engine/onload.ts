/** What the engine's thread does about Onload and about options of its sockets before it turns. */
import { cString } from "../core/c-string.ts";
import { expectOk } from "../core/status.ts";
import { HP_ENOENT } from "../ffi/layout.ts";
import type { Shim } from "../ffi/shim.ts";
import type { TcpStream } from "../net/tcp-stream.ts";
import type { EngineOptions, OnloadOptions, SessionOptions } from "./options.ts";
import type { Path } from "./path.ts";
import { WarmSends } from "./warm-sends.ts";

/**
 * Before this thread opens its first socket: which stack its sockets are in can't be changed later.
 * Sentences on what is left out; throws one when Onload is required and does not do as told.
 */
export function enterOnload(shim: Shim, onload: OnloadOptions | undefined): string[] {
  if (onload === undefined) return [];
  const named = shim.hp_onload_stack(cString(onload.stack));
  if (named === HP_ENOENT && !onload.isRequired) return [];
  expectOk(named, `can't name Onload's stack ${onload.stack}`, shim.hp_last_errno());
  if (shim.hp_onload_spin(onload.spins ? 1 : 0) >= 0) return [];
  return ["Onload refuses to set spinning for this thread; its EF_ variables decide"];
}

/** Told once, when a session that asks for Onload, and may do without, is up and without. */
export function plainText(session: SessionOptions): string {
  return `session ${session.name} is not accelerated by Onload: its orders go over the kernel's TCP (allow_unaccelerated)`;
}

/**
 * Tries the options of each session's socket on this host: sentences on those that are left out.
 * Throws one sentence where a session can't have its socket at all.
 */
export function probeStreams(
  streams: readonly TcpStream[],
  sessions: readonly SessionOptions[],
): string[] {
  return streams.flatMap((stream, s) => {
    const { name } = sessions[s]!;
    try {
      return stream.probe().map((sentence) => `session ${name}: ${sentence}`);
    } catch (error) {
      throw new Error(`session ${name}: ${error instanceof Error ? error.message : error}`);
    }
  });
}

/** Null when there are none to be made. */
export function warmSendsOf(
  options: EngineOptions,
  streams: readonly TcpStream[],
  path: Path,
): WarmSends | null {
  if (options.onload === undefined || !options.onload.warmSends) return null;
  return new WarmSends(streams, path.orderSessions, path.counters);
}
