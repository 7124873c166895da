/**
 * A packet backend as TypeScript sees it: the eight functions `hp_<name>_*` of hairpin.h, whatever
 * shared object they come from. Addresses are doubles, as in shim.ts.
 */

/** Backends that have libraries of their own are loaded when they are asked for. */
export const PORT_DRIVERS = ["packet", "xdp", "dpdk", "exanic"] as const;
export type PortDriverName = (typeof PORT_DRIVERS)[number];

export interface PortDriver {
  readonly name: PortDriverName;
  /** hp_port_config, hp_port_info; a handle, or a negative status with hp_port_info.why. */
  open(config: number, info: number): number;
  /** Descriptors filled, 0..HP_BURST_MAX, or a status. */
  rxBurst(port: number): number;
  rxRelease(port: number): number;
  /** hp_tx_flow; an index for tx, HP_EAGAIN while a neighbour is asked for, or a status. */
  txFlow(port: number, flow: number): number;
  /** HP_OK, HP_EAGAIN, or a status. */
  tx(port: number, flow: number, offset: number, length: number): number;
  /** ns since session start, 0 = not told. */
  txStamp(port: number): number;
  refresh(port: number): number;
  close(port: number): number;
}

/** As in symbols.ts, by the end of the symbol's name. */
export const PORT_SIGNATURES = {
  open: "ppi",
  rx_burst: "ii",
  rx_release: "ii",
  tx_flow: "ipi",
  tx: "iiiii",
  tx_stamp: "id",
  refresh: "ii",
  close: "ii",
} as const;

export type PortSymbols = Record<keyof typeof PORT_SIGNATURES, (...args: number[]) => number>;

/** The functions of one backend under the names that TypeScript uses. */
export function portDriver(name: PortDriverName, symbols: PortSymbols): PortDriver {
  return {
    name,
    open: symbols.open,
    rxBurst: symbols.rx_burst,
    rxRelease: symbols.rx_release,
    txFlow: symbols.tx_flow,
    tx: symbols.tx,
    txStamp: symbols.tx_stamp,
    refresh: symbols.refresh,
    close: symbols.close,
  };
}
