/** FIX market data: what an incremental refresh costs from its bytes to the books. */
import { frame, readCheckSum, TRAILER_BYTES } from "../../../src/fix/codec/framing.ts";
import { TagIndex } from "../../../src/fix/codec/tag-index.ts";
import { wrapMessage } from "../../../src/fix/codec/text.ts";
import { MD_ENTRIES } from "../../../src/fix/market-data/counters.ts";
import { MarketDataRig, quote } from "../../support/market-data.ts";
import type { BenchCase } from "../bench-case.ts";

const MESSAGES = 256;
const ENTRIES = 3;
const LEVELS = 10;
const UPDATE = 0x58;
const MESSAGE_BYTES_MAX = 16_384;

/** Each changes the quantity of three levels of one of two books, the best among them at times. */
function updates(): Uint8Array[] {
  return Array.from({ length: MESSAGES }, (_, n) => {
    const entries = Array.from({ length: ENTRIES }, (_, k) => {
      const side = (n + k) & 1;
      const away = (n * 7 + k * 3) % LEVELS;
      const px = side === 0 ? 10_000 - away : 10_001 + away;
      const symbol = n & 1 ? "AAPL" : "MSFT";
      const price = (px / 100).toFixed(2);
      return `279=1|269=${side}|55=${symbol}|270=${price}|271=${100 + n}|346=${1 + (n & 7)}|`;
    });
    const head = `35=X|34=${n + 10}|49=VENUE|56=ME|52=20261120-10:00:00.000|`;
    return wrapMessage(`${head}262=MD1-${n & 1 ? 1 : 2}|268=${ENTRIES}|${entries.join("")}`);
  });
}

/** One message framed, summed and indexed, as a session does it. */
function index(tags: TagIndex, bytes: Uint8Array): void {
  const length = frame(bytes, 0, bytes.length, MESSAGE_BYTES_MAX);
  if (length !== bytes.length || tags.parse(bytes, 0, length) <= 0) throw new Error("no message");
  if (tags.checkSum !== readCheckSum(bytes, length - TRAILER_BYTES)) throw new Error("bad sum");
}

function indexing() {
  const messages = updates();
  const tags = new TagIndex(1024);
  let n = 0;
  return {
    run: () => {
      index(tags, messages[n]!);
      n = (n + 1) & (MESSAGES - 1);
      return tags.count;
    },
  };
}

function intoBooks() {
  const messages = updates();
  const rig = new MarketDataRig().up();
  for (const symbol of ["AAPL", "MSFT"]) {
    const levels = Array.from({ length: LEVELS }, (_, k) => [
      quote("0", ((10_000 - k) / 100).toFixed(2), 100),
      quote("1", ((10_001 + k) / 100).toFixed(2), 100),
    ]);
    rig.snapshot(symbol, levels.flat());
  }
  const tags = new TagIndex(1024);
  const { feed, counters, log } = rig;
  // Nobody keeps what is told: a list that grows is not what is measured.
  log.books.push = () => 0;
  let n = 0;
  return {
    run: () => {
      const before = counters[MD_ENTRIES]!;
      index(tags, messages[n]!);
      feed.onMessage(tags, UPDATE, n + 10, 1e9);
      n = (n + 1) & (MESSAGES - 1);
      if (counters[MD_ENTRIES] !== before + ENTRIES) throw new Error("entries were left out");
    },
  };
}

export function marketDataCases(): BenchCase[] {
  const [message] = updates();
  const note = `${message!.length} bytes, ${ENTRIES} entries`;
  return [
    { name: "FIX X framed, summed and indexed", note, make: indexing },
    { name: "FIX X, bytes to the books, change told", note, make: intoBooks },
  ];
}
