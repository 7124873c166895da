/** Lines of a capture: destinations (group and port), given or in order of appearance. */
import type { Endpoint } from "../address.ts";

/** Unless more are asked for. */
export const CAPTURE_LINES_MAX = 64;

export class Lines {
  readonly endpoints: Endpoint[] = [];
  private readonly isOpen: boolean;
  private readonly max: number;
  private readonly byKey = new Map<number, number>();

  /** Without `given`, each destination that appears is a line, up to `max`. */
  constructor(given: readonly Endpoint[] | undefined, max = CAPTURE_LINES_MAX) {
    this.isOpen = given === undefined;
    this.max = max;
    for (const { address, port } of given ?? []) this.add(address, port);
  }

  /** Index of the line, or -1. */
  of(address: number, port: number): number {
    const line = this.byKey.get(address * 65_536 + port);
    if (line !== undefined) return line;
    if (!this.isOpen || this.endpoints.length === this.max) return -1;
    return this.add(address, port);
  }

  private add(address: number, port: number): number {
    const line = this.endpoints.length;
    this.endpoints.push({ address, port });
    this.byKey.set(address * 65_536 + port, line);
    return line;
  }
}
