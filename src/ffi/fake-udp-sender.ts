/** hp_udp_tx* of the fake shim. */
import type { FakeNetwork } from "./fake-network.ts";
import * as L from "./layout.ts";

interface Flow {
  address: number;
  port: number;
  source: number;
}

export class FakeUdpSender {
  private readonly flows: Flow[] = [];
  private isStamping = false;
  private sentNs = 0;

  /** `tx`: address of the bytes that are sent. */
  constructor(
    private readonly network: FakeNetwork,
    private readonly stats: Float64Array,
    private readonly tx: number,
    private readonly txSize: number,
    private readonly isPlayed: boolean,
  ) {}

  flow(address: number): number {
    if (this.isPlayed) return L.HP_ENOTSUP;
    if (address === 0 || this.txSize === 0) return L.HP_EINVAL;
    const view = this.network.memory.view(address, L.HP_TX_FLOW_SIZE);
    const word = (at: number) => view.getUint32(at, true);
    const flow = {
      address: word(L.HP_TX_FLOW__ADDRESS),
      port: word(L.HP_TX_FLOW__PORT),
      source: word(L.HP_TX_FLOW__SOURCE_ADDRESS),
    };
    if (flow.port < 1 || flow.port > 65_535 || flow.address === 0) return L.HP_EINVAL;
    if (word(L.HP_TX_FLOW__SOURCE_PORT) > 65_535 || word(L.HP_TX_FLOW__TTL) > 255)
      return L.HP_EINVAL;
    if (this.flows.length === L.HP_TX_FLOWS_MAX) return L.HP_ENOSPC;
    return this.flows.push(flow) - 1;
  }

  send(index: number, offset: number, length: number): number {
    if (index === L.HP_TX_RAW) return L.HP_ENOTSUP;
    const flow = this.flows[index];
    if (flow === undefined || offset < 0 || length < 0 || offset + length > this.txSize)
      return L.HP_EINVAL;
    const payload = this.network.memory.bytes(this.tx, this.txSize).slice(offset, offset + length);
    this.stats[L.HP_PORT_STATS__TX_PACKETS_D]! += 1;
    this.stats[L.HP_PORT_STATS__TX_BYTES_D]! += length;
    if (this.isStamping) this.sentNs = this.network.timeNs ?? performance.now() * 1e6;
    const source = flow.source === 0 ? {} : { source: flow.source };
    this.network.sendUdp(flow.address, flow.port, payload, source);
    return L.HP_OK;
  }

  /** The first call turns stamps on. */
  stamp(): number {
    this.isStamping = true;
    return this.sentNs;
  }
}
