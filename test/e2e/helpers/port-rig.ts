/** A rig whose feed comes by a [[port]]: a veth pair to the simulator's namespace, or its software card. */
import { networkInterfaces } from "node:os";
import type { PortStatus } from "../../../src/control/port-status.ts";
import type { SimOptionsInput } from "../../../src/sim/options.ts";
import type { ConfigParts } from "./config.ts";
import { Rig } from "./rig.ts";

export type PortDriver = "packet" | "xdp" | "dpdk" | "exanic-sim";

/** Rigs of this process so far: each has an interface and a network of its own. */
let made = 0;

export class PortRig extends Rig {
  /** Our end of the veth pair; the simulator's is gone with its namespace. */
  readonly device: string;
  /** Three bytes of a network that this host has not: .1 is ours, .2 the venue's. */
  readonly net: string;
  /** The software card's file. */
  readonly card: string;

  constructor(
    name: string,
    readonly driver: PortDriver,
  ) {
    super(name);
    made++;
    this.device = `hpe${process.pid}-${made}`;
    this.card = `/dev/shm/hairpin-card-e2e-${process.pid}-${made}`;
    this.net = freeNet(process.pid * 8 + made);
  }

  /** Options of the simulator for this driver. */
  wiring(): SimOptionsInput {
    if (this.driver === "exanic-sim") return { card: this.card };
    return {
      interface: `${this.net}.2`,
      veth: { near: this.device, far: "hpsim", nearAddress: `${this.net}.1`, prefix: 30 },
    };
  }

  /** [[port]] sections and the usual rest; `more`: further keys of the port. */
  parts(more = "", parts: ConfigParts = {}): ConfigParts {
    return { ...parts, appliance: `${parts.appliance ?? ""}\n${this.portText(more)}` };
  }

  portText(more = ""): string {
    const isDpdk = this.driver === "dpdk";
    const device =
      this.driver === "exanic-sim"
        ? `${this.card}:0`
        : isDpdk
          ? `net_af_packet0,iface=${this.device}`
          : this.device;
    const own = isDpdk
      ? `address = "${this.net}.1/30"\ndpdk = { huge_pages = false, memory_mib = 64 }\n`
      : "";
    return `[[port]]\nname = "nic"\ndriver = "${this.driver}"\ndevice = "${device}"\n${own}${more}\n`;
  }

  /** The venue, then a config whose lines come by the port "nic". */
  async startVenue(more = "", parts: ConfigParts = {}, options: SimOptionsInput = {}) {
    await this.startSim({ ...this.wiring(), ...options });
    this.venue.interface = "nic";
    this.writeConfig(this.parts(more, parts));
  }

  async startByPort(more = "", parts: ConfigParts = {}, options: SimOptionsInput = {}) {
    await this.startVenue(more, parts, options);
    this.run();
    await this.ready();
  }

  get port(): PortStatus {
    return this.status.ports[0]!;
  }
}

/** Of 198.18.0.0/15 (RFC 2544). */
function freeNet(seed: number): string {
  const taken = Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).map((a) => a.address.split(".").slice(0, 3).join(".")),
  );
  for (let i = 0; i < 512; i++) {
    const n = (seed + i) % 512;
    const net = `198.${18 + (n >> 8)}.${n & 255}`;
    if (!taken.includes(net)) return net;
  }
  throw new Error("every network of 198.18.0.0/15 is in use on this host");
}
