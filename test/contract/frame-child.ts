/** Another process with a Port on a device: `frame-child.ts DRIVER DEVICE`. Says "open", or why not. */
import { parseIpv4 } from "../../src/net/address.ts";
import { real } from "./backends.ts";
import { openDevice } from "./packet-rigs.ts";

const [driver, device] = process.argv.slice(2);
try {
  const line = { group: parseIpv4("239.255.77.9")!, port: 7000, iface: 0, feed: 0, line: 0 };
  openDevice(real(), { driver: driver as "packet" | "xdp", device: device!, lines: [line] });
  console.log("open");
  setInterval(() => {}, 1000);
} catch (error) {
  console.log((error as Error).message);
}
