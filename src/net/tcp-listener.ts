import { expectOk } from "../core/status.ts";
import type { Shim } from "../ffi/shim.ts";
import { formatEndpoint } from "./address.ts";

/** Address as in address.ts; 0 = any. */
export interface TcpListenerOptions {
  address: number;
  /** 0 = the system's choice. */
  port: number;
  /** Connections that the kernel keeps for accept(), 1..65535; default 128. */
  backlog?: number;
}

/** A TCP port that others connect to. What it accepts is for TcpStream.adopt(). */
export class TcpListener {
  readonly port: number;
  private readonly shim: Shim;
  private handle: number;

  /** Listens at once. Throws one sentence, a StatusError. */
  constructor(shim: Shim, options: TcpListenerOptions) {
    const { address, port, backlog = 128 } = options;
    this.shim = shim;
    this.handle = expectOk(
      shim.hp_tcp_listen(address | 0, port, backlog),
      `can't listen at ${formatEndpoint(address, port)}`,
      shim.hp_last_errno(),
    );
    this.port = shim.hp_tcp_local_port(this.handle);
  }

  /** Handle of a connection that is up and non-blocking, HP_EAGAIN, or a negative status. */
  accept(): number {
    return this.shim.hp_tcp_accept(this.handle);
  }

  /** Stops listening; connections that were accepted stay. A second call does nothing. */
  close(): void {
    if (this.handle >= 0) this.shim.hp_tcp_close(this.handle);
    this.handle = -1;
  }
}
