import {
  HP_TX_FLOW__ADDRESS,
  HP_TX_FLOW__HAS_MAC,
  HP_TX_FLOW__MAC,
  HP_TX_FLOW__PORT,
  HP_TX_FLOW__SOURCE_ADDRESS,
  HP_TX_FLOW__SOURCE_PORT,
  HP_TX_FLOW__TTL,
} from "../ffi/layout.ts";

/**
 * A Transmitter sends UDP payloads, or whole Ethernet frames, from an arena of its own: order entry over
 * UDP, the simulator, benchmarks. Headers are built once per flow.
 *
 *   const flow = port.flow({ address, port: 5000 });     // HP_EAGAIN: the neighbour is being asked for
 *   ...write the payload to port.tx[offset, offset + length)
 *   port.send(flow, offset, length);
 */
export interface Transmitter {
  /** What is sent lies here; empty when the Port was opened without room for it. */
  readonly tx: Uint8Array;
  readonly txView: DataView;
  /** Index for send(), HP_EAGAIN while the destination's MAC address is asked for, or a status. */
  flow(to: FlowOptions): number;
  /** Sends tx[offset, offset + length); HP_OK, HP_EAGAIN when there is no room now, or a status. */
  send(flow: number, offset: number, length: number): number;
  /** When the last frame sent left, ns since session start; 0 = not told (yet). */
  sentNs(): number;
}

/** Instead of a flow: the bytes are a whole Ethernet frame without its check sequence. */
export { HP_TX_RAW as FLOW_RAW } from "../ffi/layout.ts";

/** Where payloads go; addresses as in address.ts. */
export interface FlowOptions {
  address: number;
  port: number;
  /** Absent: that of the Port. */
  sourceAddress?: number;
  /** Absent: 0, the kernel's choice where the kernel sends. */
  sourcePort?: number;
  /** Absent: 1 for a group, 64 else. */
  ttl?: number;
  /** Six bytes of the destination; absent: from the group, or asked for by ARP. */
  mac?: Uint8Array;
}

/** Writes an hp_tx_flow. Cold. */
export function writeFlow(view: DataView, to: FlowOptions): void {
  view.setUint32(HP_TX_FLOW__ADDRESS, to.address, true);
  view.setUint32(HP_TX_FLOW__PORT, to.port, true);
  view.setUint32(HP_TX_FLOW__SOURCE_ADDRESS, to.sourceAddress ?? 0, true);
  view.setUint32(HP_TX_FLOW__SOURCE_PORT, to.sourcePort ?? 0, true);
  view.setUint32(HP_TX_FLOW__TTL, to.ttl ?? 0, true);
  view.setUint32(HP_TX_FLOW__HAS_MAC, to.mac === undefined ? 0 : 1, true);
  for (let i = 0; i < 6; i++) view.setUint8(HP_TX_FLOW__MAC + i, to.mac?.[i] ?? 0);
}
