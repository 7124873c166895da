/** MDP 3.0: nobody is asked; a book is whole again by the snapshot loop, or when its RptSeq goes on. */
import * as mdp3 from "../mdp3-bytes.ts";
import { drawFrom, type Packet, type Rig, SYMBOLS } from "./rig.ts";

const STEPS = 120;
const DEPTH = 5;
/** Mantissa of one currency unit. */
const ONE = 1_000_000_000n;
/** Behind the two live ones. */
const SNAPSHOT_LINE = 2;

interface Level {
  px: number;
  qty: number;
  orders: number;
}

interface Book {
  id: number;
  rpt: number;
  /** Bids and offers, best first. */
  sides: [Level[], Level[]];
}

interface Day {
  packets: Packet[];
  books: Book[];
}

function day(seed: number): Day {
  const draw = drawFrom(seed);
  const books: Book[] = SYMBOLS.map((_, i) => ({ id: 100 + i, rpt: 0, sides: [[], []] }));
  const packets: Packet[] = [];
  const add = (messages: Uint8Array[]) => {
    const seq = packets.length + 1;
    packets.push({ seq, end: seq + 1, bytes: mdp3.packet(seq, messages) });
  };
  add(
    SYMBOLS.map((symbol, i) =>
      mdp3.definition({ id: 100 + i, symbol, depth: DEPTH, increment: ONE }),
    ),
  );
  // All books are begun before anything is lost: what was never told of is not to be compared.
  add(books.map((book) => mdp3.book([entry(book, 0, draw, 0), entry(book, 1, draw, 0)])));
  for (let n = 0; n < STEPS; n++) {
    const count = 1 + draw(2);
    const messages = Array.from({ length: count }, () => {
      const book = books[draw(books.length)]!;
      const entries = Array.from({ length: 1 + draw(2) }, () =>
        entry(book, draw(2), draw, draw(3)),
      );
      return mdp3.book(entries);
    });
    add(messages);
  }
  return { packets, books };
}

/** Changes a book and says so. what: 0 new, 1 change, 2 delete. */
function entry(book: Book, side: number, draw: (n: number) => number, what: number): mdp3.Level {
  const levels = book.sides[side]!;
  const at = draw(Math.max(1, levels.length));
  const type = side === 0 ? "0" : "1";
  const head = { id: book.id, rpt: ++book.rpt, type };
  const found = levels[at];
  if (what !== 0 && found !== undefined) {
    found.qty = 1 + draw(90);
    if (what === 2) levels.splice(at, 1);
    return { ...head, action: what, level: at + 1, ...wire(found) };
  }
  const px = side === 0 ? 100 - draw(40) : 101 + draw(40);
  const place = levels.findIndex((l) => (side === 0 ? l.px <= px : l.px >= px));
  const level = place < 0 ? levels.length : place;
  const isThere = levels[level]?.px === px;
  const made = { px, qty: 1 + draw(90), orders: 1 + draw(5) };
  if (isThere) levels[level] = made;
  else levels.splice(level, 0, made);
  levels.splice(DEPTH);
  // Behind the depth nothing is told: then it is a change of the best.
  if (level >= DEPTH) return { ...head, action: 1, level: 1, ...wire(levels[0]!) };
  return { ...head, action: isThere ? 1 : 0, level: level + 1, ...wire(made) };
}

const wire = ({ px, qty, orders }: Level) => ({ px: BigInt(px) * ONE, qty, orders });

export const mdp3Rig: Rig = {
  name: "CME MDP 3.0",
  options: {
    protocol: "mdp3",
    mdp3: { templates: "" },
    lines: [{ group: 0, port: 1, iface: 0, source: 0, role: "snapshot" }],
  },
  packets: (seed) => day(seed).packets,
  heartbeat: (end) => mdp3.packet(end, [mdp3.adminHeartbeat()]),
  healing: (seed) => {
    const { packets, books } = day(seed);
    return books.map(({ id, rpt, sides }, i) => {
      const entries = sides.flatMap((levels, side) =>
        levels.map((l, k) => ({ type: side === 0 ? "0" : "1", level: k + 1, ...wire(l) })),
      );
      const image = { lastSeq: packets.length, total: books.length, id, rpt, entries };
      return { line: SNAPSHOT_LINE, bytes: mdp3.packet(i + 1, [mdp3.snapshot(image)]) };
    });
  },
};
