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
 * Before this thread opens its first socket, a feed's: which stack a socket is in can't be changed
 * later. Throws one sentence when Onload is required and does not do as told.
 */
export function beforeFeeds(shim: Shim, onload: OnloadOptions | undefined): void {
  if (onload !== undefined) nameStack(shim, onload, onload.feeds ? onload.stack : "");
}

/**
 * Before it opens the first one of a session. Sentences on what is left out; throws as above, and
 * where a session can't have its socket at all.
 */
export function beforeSessions(
  shim: Shim,
  options: EngineOptions,
  streams: readonly TcpStream[],
): string[] {
  const { onload } = options;
  if (onload !== undefined) nameStack(shim, onload, onload.stack);
  return [...setSpin(shim, onload), ...probeStreams(streams, options.sessions)];
}

/** "" = the kernel's. */
function nameStack(shim: Shim, onload: OnloadOptions, name: string): void {
  const status = shim.hp_onload_stack(cString(name));
  if (status === HP_ENOENT && !onload.isRequired) return;
  expectOk(status, "can't say which sockets go into Onload's stack", shim.hp_last_errno());
}

function setSpin(shim: Shim, onload: OnloadOptions | undefined): string[] {
  if (onload === undefined || shim.hp_onload_present() !== 1) return [];
  if (shim.hp_onload_spin(onload.spins ? 1 : 0) >= 0) return [];
  return ["Onload refuses to set spinning for this thread; its EF_ variables decide"];
}

/** Told once, when a session that asks for Onload, and may do without, is up and without. */
export function plainText(session: SessionOptions): string {
  return `session ${session.name} is not accelerated by Onload: its orders go over the kernel's TCP (allow_unaccelerated)`;
}

/** Tries the options of each session's socket on this host. */
function probeStreams(
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
