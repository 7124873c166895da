/**
 * Stands in for `hairpin replay`: figures that follow from its arguments, after a while. A capture
 * named bad fails, one named odd prints no figures, one named gone is killed, one named slow hangs.
 */
import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";

const [verb, capture = "", ...rest] = process.argv.slice(2);
const { FAKE_LOG = "", FAKE_MS = "0" } = process.env;
if (FAKE_LOG !== "") appendFileSync(FAKE_LOG, `${[capture, ...rest].join(" ")}\n`);
await Bun.sleep(capture.includes("slow") ? 600_000 : Number(FAKE_MS));
if (verb !== "replay") throw new Error(`called as ${verb}`);
if (capture.includes("gone")) process.kill(process.pid, "SIGKILL");
if (capture.includes("bad")) {
  console.error(`hairpin: ${capture} is no capture`);
  process.exit(1);
}
const hash = createHash("sha256")
  .update([capture, ...rest].join("\0"))
  .digest("hex");
const orders = Number.parseInt(hash.slice(0, 4), 16);
const figures = { packets: 10, orders, net: orders / 100 - 300.1, position_shares: 5, name: "x" };
const text = capture.includes("odd")
  ? ""
  : JSON.stringify({ capture, journal_hash: hash, figures });
console.log(text);
