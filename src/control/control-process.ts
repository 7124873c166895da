/** `__control`: the process around Control. It stays until every record is on disk, then ends. */

import { HP_CONTROL__CONTROL_PID_W, HP_KILL_ORPHAN } from "../ffi/layout.ts";
import type { Shim } from "../ffi/shim.ts";
import { Control } from "./control.ts";
import type { ControlRoleOptions } from "./roles.ts";
import { isAlive, isOrphan } from "./run-dir.ts";
import { serveSocket } from "./socket-server.ts";

const ORPHAN_CHECK_MS = 100;
/** Without a launcher, and with an engine that neither ends nor dies: what is in its ring stays. */
const ORPHAN_LIFE_MS_MAX = 30_000;
/** After a stop, a disk that fails is tried for so long. */
const FINISH_MS_MAX = 5000;
/** Sleeps between polls: while records come, and when none have for a while. */
const BUSY_SLEEP_MS = 1;
const IDLE_SLEEP_MS = 2;
const IDLE_AFTER_POLLS = 200;

/** Runs until the appliance stops. Returns the exit code: 1 when records are left in a ring. */
export async function runControl(shim: Shim, options: ControlRoleOptions): Promise<number> {
  const { link } = options;
  const log = (sentence: string): void => console.error(sentence);
  const sockets: (RequestSocket | null)[] = options.feeds.map(() => null);
  const control = new Control(shim, options, {
    nowMs: () => performance.now(),
    isAlive: (pid) => isAlive(pid),
    sendRequest: (feed, datagram) => sockets[feed]?.send(datagram),
    log,
  });
  for (const [index, feed] of options.feeds.entries()) {
    if (feed.rerequest === null) continue;
    const { host, port } = feed.rerequest;
    sockets[index] = await openRequests(host, port, (packet) => control.onReply(index, packet));
  }
  const server = serveSocket(link.socketPath, (line) => control.answer(line));
  for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => {});
  process.on("SIGTERM", () => control.block.requestStop());
  Atomics.store(control.block.words, HP_CONTROL__CONTROL_PID_W, process.pid);
  await pollUntilStopped(control, link.launcherPid);
  server.stop();
  for (const socket of sockets) socket?.close();
  const giveUpAtMs = performance.now() + FINISH_MS_MAX;
  while (!control.finish()) {
    if (performance.now() > giveUpAtMs) return 1;
    await Bun.sleep(100);
  }
  return 0;
}

async function pollUntilStopped(control: Control, launcherPid: number): Promise<void> {
  let orphanSinceMs = 0;
  let checkAtMs = 0;
  let idle = 0;
  for (;;) {
    idle = control.poll() > 0 ? 0 : idle + 1;
    const now = performance.now();
    if (now >= checkAtMs) {
      checkAtMs = now + ORPHAN_CHECK_MS;
      if (orphanSinceMs === 0 && isOrphan(launcherPid)) {
        orphanSinceMs = now;
        control.block.kill(HP_KILL_ORPHAN);
        control.block.requestStop();
      }
      if (control.block.isStopping() && control.areEnginesGone()) return;
      if (orphanSinceMs !== 0 && now - orphanSinceMs > ORPHAN_LIFE_MS_MAX) return;
    }
    await Bun.sleep(idle < IDLE_AFTER_POLLS ? BUSY_SLEEP_MS : IDLE_SLEEP_MS);
  }
}

interface RequestSocket {
  send(datagram: Uint8Array): void;
  close(): void;
}

/** A UDP socket connected to a re-request server; answers of others do not reach it. */
async function openRequests(
  host: string,
  port: number,
  onReply: (packet: Uint8Array) => void,
): Promise<RequestSocket> {
  const socket = await Bun.udpSocket({
    connect: { hostname: host, port },
    socket: {
      data(_socket, packet) {
        onReply(packet);
      },
      // A server that is not there (yet) answers with ICMP; the retry is all there is to do.
      error() {},
    },
  });
  return {
    send(datagram) {
      try {
        socket.send(datagram);
      } catch {
        // As good as a lost packet.
      }
    },
    close: () => socket.close(),
  };
}
