// @hot
import type { Arena } from "../core/arena.ts";
import { StatusError } from "../core/status.ts";
import {
  HP_BURST_MAX,
  HP_EINVAL,
  HP_ESYS,
  HP_PORT_CONFIG__DEVICE_N,
  HP_PORT_CONFIG__OPTIONS_N,
  HP_PORT_CONFIG_SIZE,
  HP_PORT_INFO__ARENA,
  HP_PORT_INFO__ARENA_SIZE,
  HP_PORT_INFO_SIZE,
  HP_PORT_LINES_MAX,
  HP_TX_FLOW_SIZE,
} from "../ffi/layout.ts";
import type { PortDriver, PortDriverName } from "../ffi/port-driver.ts";
import type { Shim } from "../ffi/shim.ts";
import { STAT_LINK } from "./desc.ts";
import {
  FRAME_BYTES_DEFAULT,
  readDeviceInfo,
  readDeviceWhy,
  writeDeviceConfig,
} from "./device-config.ts";
import type { DeviceInfo, DevicePortOptions } from "./device-options.ts";
import { PlayedSlots } from "./played-slots.ts";
import type { Port } from "./port.ts";
import { PORT_TABLES_SIZE, takePortTables } from "./port-memory.ts";
import { type FlowOptions, type Transmitter, writeFlow } from "./transmitter.ts";

/** What of the options counts for arenaBytes(). */
type ArenaNeeds = Pick<DevicePortOptions, "txSize" | "played" | "frameBytes">;

/**
 * Packets of one receive queue of a network device, read where the card or the kernel put them. Brings
 * the lines of every feed of its engine that come by that device.
 *
 * A played port is the shadow's: the same class and the same call without a device, so that what
 * warm-up compiles is what runs live.
 */
export class DevicePort implements Port, Transmitter {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly desc: Uint32Array;
  readonly descTime: Float64Array;
  readonly stats: Float64Array;
  readonly tx: Uint8Array;
  readonly txView: DataView;
  readonly info: DeviceInfo;
  readonly driverName: PortDriverName;
  private readonly driver: PortDriver;
  private readonly flowView: DataView;
  private readonly flowAddr: number;
  /** Of a played port; a live one has them too, and leaves their count at 0. */
  private readonly slots: PlayedSlots;
  private readonly isPlayed: boolean;
  private handle: number;

  /** Bytes that a port takes of an arena. */
  static arenaBytes(options: ArenaNeeds): number {
    const slots = options.played === true ? HP_BURST_MAX * slotBytes(options) : 0;
    const records = HP_PORT_CONFIG_SIZE + HP_PORT_INFO_SIZE + HP_TX_FLOW_SIZE;
    return slots + (options.txSize ?? 0) + PORT_TABLES_SIZE + records + 1024;
  }

  /** Opens the device. Throws StatusError: one sentence that says what is missing and what to do. */
  constructor(shim: Shim, arena: Arena, options: DevicePortOptions) {
    const { txSize = 0 } = options;
    checkOptions(options);
    const isPlayed = options.played === true;
    const slotSize = slotBytes(options);
    const tables = takePortTables(arena, options.stats);
    const config = arena.take(HP_PORT_CONFIG_SIZE);
    const info = arena.take(HP_PORT_INFO_SIZE);
    const flow = arena.take(HP_TX_FLOW_SIZE);
    const played = arena.take(4);
    const tx = arena.take(txSize);
    const configView = new DataView(config.buffer, config.offset, config.size);
    const infoView = new DataView(info.buffer, info.offset, info.size);
    writeDeviceConfig(configView, options, {
      desc: tables.descAddr,
      stats: tables.statsAddr,
      played: isPlayed ? played.addr : 0,
      tx: txSize > 0 ? tx.addr : 0,
    });
    this.name = options.name;
    this.desc = tables.desc;
    this.descTime = tables.descTime;
    this.stats = tables.stats;
    this.tx = new Uint8Array(tx.buffer, tx.offset, txSize);
    this.txView = new DataView(tx.buffer, tx.offset, txSize);
    this.flowView = new DataView(flow.buffer, flow.offset, flow.size);
    this.flowAddr = flow.addr;
    this.isPlayed = isPlayed;
    this.driverName = options.driver;
    this.driver = shim.driver(options.driver, options.device);
    this.handle = this.driver.open(config.addr, info.addr);
    if (this.handle < 0) throw openError(options, infoView, this.handle, shim.hp_last_errno());
    this.info = readDeviceInfo(infoView);
    if (isPlayed) {
      this.stats[STAT_LINK] = 1;
      const slots = arena.take(HP_BURST_MAX * slotSize);
      this.bytes = new Uint8Array(slots.buffer, slots.offset, slots.size);
      this.view = new DataView(slots.buffer, slots.offset, slots.size);
    } else {
      const addr = infoView.getFloat64(HP_PORT_INFO__ARENA, true);
      const mapped = shim.map(addr, infoView.getFloat64(HP_PORT_INFO__ARENA_SIZE, true));
      this.bytes = new Uint8Array(mapped);
      this.view = new DataView(mapped);
    }
    const count = new Uint32Array(played.buffer, played.offset, 1);
    this.slots = new PlayedSlots(this, count, slotSize);
  }

  rxBurst(): number {
    return this.driver.rxBurst(this.handle);
  }

  rxRelease(): void {
    this.driver.rxRelease(this.handle);
  }

  flow(to: FlowOptions): number {
    writeFlow(this.flowView, to);
    return this.driver.txFlow(this.handle, this.flowAddr);
  }

  send(flow: number, offset: number, length: number): number {
    if (offset < 0 || length < 0 || offset + length > this.tx.length) return HP_EINVAL;
    return this.driver.tx(this.handle, flow, offset, length);
  }

  sentNs(): number {
    return this.driver.txStamp(this.handle);
  }

  /** Renews link, speed and drops in `stats`; any thread may. HP_OK, or a status. */
  refresh(): number {
    return this.driver.refresh(this.handle);
  }

  /** As UdpPort.play; feed: index of the feed that it is for. */
  play(
    payload: Uint8Array,
    from: number,
    length: number,
    line: number,
    rxNs: number,
    feed: number,
  ): boolean {
    if (!this.isPlayed || this.handle < 0) return false;
    return this.slots.put(payload, from, length, line, rxNs, feed);
  }

  /** For refresh() by another thread of this process (driver.refresh). */
  handleNumber(): number {
    return this.handle;
  }

  close(): void {
    if (this.handle < 0) return;
    this.driver.close(this.handle);
    this.handle = -1;
  }
}

/** Of a played port: warm-up's packets are the same for every device, and some are longer than 128. */
function slotBytes(options: { frameBytes?: number }): number {
  return Math.max(options.frameBytes ?? 0, FRAME_BYTES_DEFAULT);
}

/** @cold */
function checkOptions({ name, lines, device, extra }: DevicePortOptions): void {
  if (lines.length > HP_PORT_LINES_MAX)
    throw new StatusError(`${name}: ${lines.length} lines on one device`, HP_EINVAL);
  checkText(`${name}: a device name`, device, HP_PORT_CONFIG__DEVICE_N);
  checkText(`${name}: driver options`, extra ?? "", HP_PORT_CONFIG__OPTIONS_N);
}

/** A device or an argument that was cut would be another one. @cold */
function checkText(what: string, text: string, room: number): void {
  const bytes = Buffer.byteLength(text);
  if (bytes >= room) throw new StatusError(`${what} of ${bytes} bytes`, HP_EINVAL);
}

/** @cold */
function openError(
  options: DevicePortOptions,
  info: DataView,
  status: number,
  errno: number,
): StatusError {
  const why = readDeviceWhy(info);
  const what = `${options.name}: can't open ${options.device} with the ${options.driver} driver`;
  if (why !== "") return new StatusError(`${what}: ${why}`, status, 0, true);
  return new StatusError(what, status, status === HP_ESYS ? errno : 0);
}
