/** `bun capture-memory.ts FILE`: reads a capture; packets, and by how much the process grew, as JSON. */
import { CapturePort } from "../../src/net/capture/capture-port.ts";

const port = await CapturePort.open(Bun.argv[2]!);
const before = process.memoryUsage.rss();
let packets = 0;
let growth = 0;
while (await port.refill()) {
  for (let n = port.rxBurst(); n > 0; n = port.rxBurst()) {
    packets += n;
    port.rxRelease();
  }
  growth = Math.max(growth, process.memoryUsage.rss() - before);
}
port.close();
console.log(JSON.stringify({ packets, growth, fault: port.fault ?? "" }));
