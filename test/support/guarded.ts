/** Memory that notices when something is read outside of what it was allowed to read. */
import { DESC_LENGTH, DESC_OFFSET } from "../../src/net/desc.ts";
import type { Port } from "../../src/net/port.ts";
import { PacketPort } from "./packet-port.ts";

/** Reads are allowed in [low, high) only; others are written down. */
export class Guard {
  low = 0;
  high = 0;
  readonly outside: string[] = [];

  check(what: string, at: number, size: number): void {
    if (at < this.low || at + size > this.high) {
      this.outside.push(`${what} of ${size} at ${at}, allowed ${this.low}..${this.high}`);
    }
  }
}

export class GuardedView extends DataView<ArrayBuffer> {
  guard: Guard | undefined;
  override getUint8(at: number): number {
    this.guard?.check("getUint8", at, 1);
    return super.getUint8(at);
  }
  override getUint16(at: number, little?: boolean): number {
    this.guard?.check("getUint16", at, 2);
    return super.getUint16(at, little);
  }
  override getUint32(at: number, little?: boolean): number {
    this.guard?.check("getUint32", at, 4);
    return super.getUint32(at, little);
  }
  override getInt16(at: number, little?: boolean): number {
    this.guard?.check("getInt16", at, 2);
    return super.getInt16(at, little);
  }
  override getInt32(at: number, little?: boolean): number {
    this.guard?.check("getInt32", at, 4);
    return super.getInt32(at, little);
  }
}

export function guardedBytes(bytes: Uint8Array, guard: Guard): Uint8Array {
  return new Proxy(bytes, {
    get(target, name) {
      if (typeof name === "string" && /^\d+$/.test(name)) guard.check("byte", Number(name), 1);
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A Port whose arena reports every read outside the packet that it shows. */
export function guardedPort(guard: Guard) {
  const inner = new PacketPort(new Uint8Array(8192));
  const view = new GuardedView(inner.bytes.buffer as ArrayBuffer);
  view.guard = guard;
  const bytes = guardedBytes(inner.bytes, guard);
  const port: Port = {
    ...inner,
    rxBurst: () => 0,
    rxRelease: () => {},
    close: () => {},
    bytes,
    view,
  };
  const show = (packet: Uint8Array, line: number) => {
    inner.bytes.fill(0xff);
    inner.load(packet, line, 1024);
    guard.low = inner.desc[DESC_OFFSET]!;
    guard.high = guard.low + inner.desc[DESC_LENGTH]!;
  };
  return { port, show };
}
