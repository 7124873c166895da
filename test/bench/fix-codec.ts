/**
 * ns per NewOrderSingle encoded and per ExecutionReport framed, summed, indexed and read (14 fields).
 * `bun test/bench/fix-codec.ts`. Best and median of 15 runs of 200,000: on a shared machine only
 * the best says something about the code.
 */
import { FRAME_MORE, frameBounds, readCheckSum } from "../../src/fix/codec/framing.ts";
import { TagIndex } from "../../src/fix/codec/tag-index.ts";
import { wrapMessage } from "../../src/fix/codec/text.ts";
import { UtcTime } from "../../src/fix/codec/utc-time.ts";
import { loadDictionary } from "../../src/fix/dictionary.ts";
import { OrderTemplates } from "../../src/fix/order-templates.ts";
import { fixInstruments } from "../support/fix-instruments.ts";

const RUNS = 15;
const LOOPS = 200_000;

function bench(name: string, once: (i: number) => number): void {
  const ns: number[] = [];
  let sink = 0;
  for (let run = 0; run < RUNS; run++) {
    const t = Bun.nanoseconds();
    for (let i = 0; i < LOOPS; i++) sink = (sink + once(i)) | 0;
    ns.push((Bun.nanoseconds() - t) / LOOPS);
  }
  ns.sort((a, b) => a - b);
  console.log(
    `${name}: best ${ns[0]!.toFixed(0)} ns, median ${ns[RUNS >> 1]!.toFixed(0)} ns (${sink & 1})`,
  );
}

const time = new UtcTime(Date.UTC(2026, 0, 2) / 1000, 3);
const templates = new OrderTemplates(
  {
    dictionary: loadDictionary("FIX44"),
    instruments: fixInstruments(),
    session: 0,
    beginString: "FIX.4.4",
    senderCompId: "HAIRPIN",
    targetCompId: "EXCHANGE",
    headerTags: {},
    staticTags: { 1: "ACCOUNT1", 21: "1", 47: "P", 100: "XNAS" },
    postOnly: { tag: 18, value: "6" },
    idPrefix: "HP",
    timestampDigits: 3,
    zeroPad: false,
  },
  new Uint8Array(new ArrayBuffer(16_384)),
  0,
  time,
);

bench("encode NewOrderSingle, same instrument and side", (i) => {
  time.set(36e12 + i * 1e5);
  templates.encodeNew(100_000 + i, i & 1023, i, 0, 1, 100 + (i & 63), 1_015_000 + (i & 511), 0);
  return templates.start;
});
bench("encode NewOrderSingle, alternating instrument and side", (i) => {
  time.set(36e12 + i * 1e5);
  templates.encodeNew(100_000 + i, i & 1023, i, i & 1, (i & 1) * 2 - 1, 100, 1_015_000, i & 8);
  return templates.start;
});

const report = wrapMessage(
  "35=8|34=4711|49=EXCHANGE|56=HAIRPIN|52=20260102-10:00:00.125|37=V00012345|11=HP0001f00300007|" +
    "17=E000123456|150=F|39=1|55=AAPL|54=1|38=100|44=101.5000|32=40|31=101.5000|151=60|14=40|" +
    "6=101.5|60=20260102-10:00:00.125|851=1|1=ACCOUNT1|",
);
const index = new TagIndex();
console.log(`ExecutionReport of ${report.length} bytes`);
const tags = [34, 37, 11, 17, 150, 39, 55, 54, 38, 44, 32, 31, 14, 151];
const wanted = new Int32Array(new ArrayBuffer(64));
wanted.set(tags);
bench("frame, checksum, index, find 14", () => {
  const total = frameBounds(report, 0, report.length, 8192);
  if (total <= FRAME_MORE) return 0;
  index.parse(report, 0, total);
  if (index.checkSum !== readCheckSum(report, total - 7)) return 0;
  let sum = 0;
  for (let i = 0; i < 14; i++) sum += index.offsetAt(index.find(wanted[i]!));
  return sum;
});
bench("frame, checksum, index, read 8 numbers and find 6", () => {
  const total = frameBounds(report, 0, report.length, 8192);
  if (total <= FRAME_MORE) return 0;
  index.parse(report, 0, total);
  if (index.checkSum !== readCheckSum(report, total - 7)) return 0;
  let sum = index.int(34, 0) + index.char(150) + index.char(39) + index.char(54);
  sum += index.units(38, 0, 1, 0) + index.units(44, 4, 1, 0);
  sum += index.units(32, 0, 1, 0) + index.units(31, 4, 1, 0);
  sum += index.units(14, 0, 1, 0) + index.units(151, 0, 1, 0);
  return sum + index.find(37) + index.find(11) + index.find(17) + index.find(55);
});
