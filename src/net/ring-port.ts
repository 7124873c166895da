// @hot
import type { Arena, Block } from "../core/arena.ts";
import { expectOk } from "../core/status.ts";
import type { Shim } from "../ffi/shim.ts";
import type { Port } from "./port.ts";
import { takePortTables } from "./port-memory.ts";

/** Options of a RingPort. */
export interface RingPortOptions {
  name: string;
  /** The ring's memory: a shared segment, or a block of an arena (ringBytes() long). */
  memory: Block;
  /** True lays the ring out; false attaches to one that is laid out already. */
  create: boolean;
}

/** The consumer's end of an hp_ring: packets from another thread or process. */
export class RingPort implements Port {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly desc: Uint32Array;
  readonly descTime: Float64Array;
  readonly stats: Float64Array;
  private readonly shim: Shim;
  private handle: number;

  /** Takes PORT_TABLES_SIZE of `arena`. Throws StatusError. */
  constructor(shim: Shim, arena: Arena, options: RingPortOptions) {
    const { memory } = options;
    const tables = takePortTables(arena);
    this.name = options.name;
    this.bytes = new Uint8Array(memory.buffer, memory.offset, memory.size);
    this.view = new DataView(memory.buffer, memory.offset, memory.size);
    this.desc = tables.desc;
    this.descTime = tables.descTime;
    this.stats = tables.stats;
    this.shim = shim;
    this.handle = expectOk(
      shim.hp_ring_open(
        memory.addr,
        memory.size,
        tables.descAddr,
        tables.statsAddr,
        options.create ? 1 : 0,
      ),
      `${options.name}: can't open the ring`,
    );
  }

  rxBurst(): number {
    return this.shim.hp_ring_rx_burst(this.handle);
  }

  rxRelease(): void {
    this.shim.hp_ring_rx_release(this.handle);
  }

  /** For the C reference, which polls it, too. */
  handleNumber(): number {
    return this.handle;
  }

  close(): void {
    if (this.handle < 0) return;
    this.shim.hp_ring_close(this.handle);
    this.handle = -1;
  }
}
