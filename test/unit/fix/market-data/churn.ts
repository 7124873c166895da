/** Run by no-garbage.test.ts with the collector's log: market data messages, and what they allocate. */
import { TagIndex } from "../../../../src/fix/codec/tag-index.ts";
import { wrapMessage } from "../../../../src/fix/codec/text.ts";
import { MD_ENTRIES } from "../../../../src/fix/market-data/counters.ts";
import { change, MarketDataRig, quote } from "../../../support/market-data.ts";

const rounds = Number(process.argv[2]);
const entries = process.argv[3] === "id" ? "id" : "price";
const isDirty = process.argv[4] === "dirty";

const rig = new MarketDataRig({ request: { entries, depth: 5 } });
rig.log.onBook = () => {};
rig.log.onTrade = () => {};
rig.log.onStatus = () => {};
rig.up();
for (const symbol of ["AAPL", "MSFT"]) {
  rig.snapshot(symbol, [
    quote("0", "100.00", 5, `278=${symbol}b|`),
    quote("1", "100.01", 6, `278=${symbol}a|`),
  ]);
}
const wrapped = (type: string, body: string) => wrapMessage(`35=${type}|34=9|${body}`);
const X = 0x58;
const W = 0x57;
const id = rig.requestOf("AAPL");
const messages: [number, Uint8Array][] = [
  [
    X,
    wrapped(
      "X",
      `268=3|${change("0", "0", "99.99", 7, "55=AAPL|278=n1|346=2|")}${change("1", "1", "100.01", 8, "278=AAPLa|")}${change("0", "2", "100.00", 3, "2446=1|")}`,
    ),
  ],
  [
    X,
    wrapped(
      "X",
      `268=2|${change("1", "0", "99.99", 9, "55=AAPL|278=n1|")}279=2|269=0|270=99.99|278=n1|`,
    ),
  ],
  [X, wrapped("X", `268=1|${change("1", "0", "100.00", 4, "55=MSFT|278=MSFTb|290=1|")}`)],
  [
    W,
    wrapped(
      "W",
      `262=${id}|55=AAPL|268=2|${quote("0", "100.00", 5, "278=AAPLb|")}${quote("1", "100.01", 6, "278=AAPLa|")}`,
    ),
  ],
];
const tags = new TagIndex(1024);
let kept: unknown = null;

function round(i: number): void {
  for (let m = 0; m < messages.length; m++) {
    const message = messages[m]!;
    tags.parse(message[1], 0, message[1].length);
    rig.feed.onMessage(tags, message[0], i, i);
  }
  rig.feed.poll(i);
  if (isDirty && i % 100 === 0) kept = { i, kept: null, pad: new Array(1000).fill(i) };
}

for (let i = 0; i < rounds / 4; i++) round(i);
const before = rig.count(MD_ENTRIES);
console.error("MEASURE");
for (let i = 0; i < rounds; i++) round(i);
console.error("END", rig.count(MD_ENTRIES) - before, kept === null);
