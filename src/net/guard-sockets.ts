/**
 * Handing order sockets to the guard. The engine sends a duplicate of each socket over a unix
 * datagram socket; the guard keeps it and can end the session when the engine cannot.
 */

import { cString } from "../core/c-string.ts";
import { expectOk } from "../core/status.ts";
import type { Shim } from "../ffi/shim.ts";

/** The engine's side. */
export class GuardSender {
  private readonly shim: Shim;
  private readonly path: Uint8Array;

  constructor(shim: Shim, path: string) {
    this.shim = shim;
    this.path = cString(path);
  }

  /** Sends a duplicate of `fd` under `tag` (the session's index). HP_OK, or why not. */
  send(fd: number, tag: number): number {
    return this.shim.hp_fd_send(this.path, fd, tag);
  }
}

/** The guard's side: at most one socket per tag; a newer one replaces the older. */
export class GuardReceiver {
  private readonly shim: Shim;
  private readonly listener: number;
  private readonly tag = new Int32Array(new ArrayBuffer(4));
  private readonly tagAddr: number;
  private readonly sockets = new Map<number, number>();

  /** Listens on `path`, mode 0600. Throws StatusError (HP_EEXIST: another guard is alive). */
  constructor(shim: Shim, path: string) {
    this.shim = shim;
    this.tagAddr = shim.addressOf(this.tag.buffer);
    this.listener = expectOk(
      shim.hp_fd_listen(cString(path)),
      `the guard can't listen on ${path}`,
      shim.hp_last_errno(),
    );
  }

  /** Sockets held now. */
  get held(): number {
    return this.sockets.size;
  }

  /** Takes in what was sent; the number of sockets taken. */
  poll(): number {
    let taken = 0;
    for (;;) {
      const fd = this.shim.hp_fd_recv(this.listener, this.tagAddr);
      if (fd < 0) return taken;
      const tag = this.tag[0]!;
      const old = this.sockets.get(tag);
      if (old !== undefined) this.shim.hp_fd_close(old);
      this.sockets.set(tag, fd);
      taken++;
    }
  }

  /** Shuts every socket held and lets go of it; how many. Venues then cancel on disconnect. */
  shutdownAll(): number {
    const count = this.sockets.size;
    for (const fd of this.sockets.values()) {
      this.shim.hp_fd_shutdown(fd);
      this.shim.hp_fd_close(fd);
    }
    this.sockets.clear();
    return count;
  }

  /** Shuts the socket of one tag; false when none is held. */
  shutdown(tag: number): boolean {
    const fd = this.sockets.get(tag);
    if (fd === undefined) return false;
    this.shim.hp_fd_shutdown(fd);
    this.shim.hp_fd_close(fd);
    return this.sockets.delete(tag);
  }

  /** Lets go of the sockets without ending their sessions, and stops listening. */
  close(): void {
    for (const fd of this.sockets.values()) this.shim.hp_fd_close(fd);
    this.sockets.clear();
    this.shim.hp_fd_close(this.listener);
  }
}
