/** A process of its own with line 1 of a software card: `bun exanic-child.ts PATH`. */
import { Arena } from "../../src/core/arena.ts";
import { useCard } from "../../src/ffi/exanic.ts";
import { loadShim } from "../../src/ffi/load.ts";
import { parseIpv4 } from "../../src/net/address.ts";
import { DESC_LENGTH } from "../../src/net/desc.ts";
import { DevicePort } from "../../src/net/device-port.ts";

const [, , path = "", udpPort = ""] = process.argv;
const options = {
  name: "child",
  driver: "exanic" as const,
  device: `${path}:0`,
  lines: [{ group: parseIpv4("239.255.77.2")!, port: Number(udpPort), iface: 0, feed: 0, line: 1 }],
};
const shim = loadShim();
useCard(options.device);
const port = new DevicePort(shim, Arena.alloc(shim, DevicePort.arenaBytes({})), options);
process.stdout.write(`open ${port.info.mode}\n`);
for (;;) {
  const count = port.rxBurst();
  if (count > 0) process.stdout.write(`got ${port.desc[DESC_LENGTH]}\n`);
  if (count < 0) process.exit(1);
  await Bun.sleep(1);
}
