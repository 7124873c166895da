/** `hairpin book CAPTURE`: the books that a capture leads to. */
import { SbeSchemaError } from "../feed/mdp3/sbe-xml.ts";
import { formatTable } from "../observe/table.ts";
import { formatCount } from "../observe/units.ts";
import { bookCsv, bookPrice, CaptureBooks } from "../replay/capture-books.ts";
import type { CaptureBook, CaptureProtocol } from "../replay/protocols/protocol.ts";
import { BatchedOut } from "./batched.ts";
import {
  CAPTURE_DETAILS,
  CAPTURE_FLAGS,
  CAPTURE_OPERANDS,
  foreignText,
  missingText,
  refusedText,
  unreadText,
  withCapture,
} from "./capture.ts";
import { CliError, EXIT_FAILED, EXIT_USAGE } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { outJson } from "./io.ts";
import { formatTimeOfDay, parseTimeOfDay } from "./time-of-day.ts";
import { defineVerb } from "./verb.ts";

/** Of length-prefixed files: nobody sees the packets, so few large ones. */
const PACKET_BYTES = 1400;
const NO_BOOK = "nothing that could be read of it makes a book";

export const bookVerb = defineVerb({
  name: "book",
  summary: "Prints the books at the end of a capture, or at a time in it.",
  operands: CAPTURE_OPERANDS,
  flags: {
    ...CAPTURE_FLAGS,
    csv: {
      type: "switch",
      text: "Prints CSV. Prices of itch50, pitch, deep and tops are in units of 0.0001, of mdp3 and opra decimals. Of itch50 empty sides are zeros; of the others, what is not there or not told is empty.",
    },
    at: {
      type: "text",
      value: "HH:MM:SS",
      text: "The books at this time of day (Eastern), up to nine decimals: of the messages (itch50), else of the packets.",
    },
    depth: {
      type: "whole",
      min: 1,
      max: 1e6,
      default: 1,
      text: "Levels of each side; above 1 the CSV has a line per level, and its number.",
    },
    symbols: {
      type: "text",
      value: "SYMBOL,...",
      text: "Only these; of opra OSI symbols of series, of mdp3 SecurityIDs too.",
    },
    "max-orders": {
      type: "whole",
      min: 1,
      max: 16_000_000,
      default: 1_000_000,
      text: "Room for orders, and for price levels, of all books together.",
    },
  },
  details: `Each message is taken once, from the line that has it first. A capture may hold several feeds (units of pitch, channels of mdp3, lines of opra): the books of all are printed. ${CAPTURE_DETAILS}`,
  run({ flags, operands }, io) {
    if (flags.csv && flags.json) throw new CliError(EXIT_USAGE, "--csv or --json, not both");
    const atNs = flags.at === undefined ? undefined : parseTimeOfDay("--at", flags.at);
    const symbols = flags.symbols?.split(",").map((s) => s.trim());
    return withCapture(
      operands[0]!,
      flags,
      io,
      async ({ port, protocol, groups }) => {
        const books = new CaptureBooks({
          protocol,
          maxOrders: flags["max-orders"],
          ...(symbols === undefined ? {} : { symbols: new Set(symbols) }),
          ...(atNs === undefined ? {} : { atNs }),
          ...(groups === undefined ? {} : { groups }),
        });
        try {
          await books.play(port);
        } catch (error) {
          // A template file that describes messages, but not those of books as they are.
          if (error instanceof SbeSchemaError) throw new CliError(EXIT_FAILED, error.message);
          throw error;
        }
        if (flags.json) printJson(books, flags.depth, io);
        else if (flags.csv) printCsv(books, flags.depth, io);
        else printTable(books, flags.depth, io);
        tellLimits(books, flags.at, atNs, io);
        return books.fault ?? emptyText(books, flags.symbols, flags.at);
      },
      { packetBytes: PACKET_BYTES },
    );
  },
});

/** Why nothing was printed, when it is what was asked for that is not there. */
function emptyText(
  books: CaptureBooks,
  symbols: string | undefined,
  at: string | undefined,
): string | undefined {
  const isNothing = books.sessions === 0 && !books.isAtReached;
  if (isNothing || !books.rows().next().done) return undefined;
  if (books.isAtReached && books.lastNs === 0) return `--at ${at} is before its first message`;
  if (symbols === undefined) return books.unread > 0 ? NO_BOOK : undefined;
  return `none of the symbols ${symbols} occurs in it`;
}

function printCsv(books: CaptureBooks, depth: number, io: Io): void {
  const out = new BatchedOut(io);
  for (const line of bookCsv(books.rows(), depth, books.protocol)) out.add(`${line}\n`);
  out.flush();
}

/** ITCH has its number by its own name, and nothing else that it did not always have. */
function printJson(books: CaptureBooks, depth: number, io: Io): void {
  const { protocol, messages, missing, firstSeq, nextSeq, lastNs } = books;
  const isItch = protocol.name === "itch50";
  outJson(io, {
    ...(isItch ? {} : { protocol: protocol.name }),
    messages,
    missing,
    firstSeq,
    nextSeq,
    lastNs,
    books: [...books.rows()].map(({ feedId, priceUnit, decimals, ...b }) => ({
      ...(isItch ? { locate: feedId } : { feedId, priceUnit, decimals }),
      ...b,
      bids: b.bids.slice(0, depth),
      asks: b.asks.slice(0, depth),
    })),
  });
}

function printTable(books: CaptureBooks, depth: number, io: Io): void {
  const rows = [...books.rows()].flatMap((book) => tableRows(book, depth, books.protocol));
  const head = ["symbol", "bid", "shares", "orders", "ask", "shares", "orders", "live"];
  if (rows.length > 0) io.out(`${formatTable(head, rows)}\n`);
}

function tableRows(book: CaptureBook, depth: number, protocol: CaptureProtocol): string[][] {
  const count = Math.min(depth, Math.max(1, book.bids.length, book.asks.length));
  return Array.from({ length: count }, (_, k) => {
    const cells = [book.bids[k], book.asks[k]].flatMap((level) =>
      level === undefined
        ? ["", "", ""]
        : [bookPrice(level.px, book, protocol), String(level.qty), countText(level.count)],
    );
    return [k === 0 ? book.symbol : "", ...cells, k === 0 ? countText(book.liveOrders) : ""];
  });
}

/** "" when orders are not told. */
function countText(count: number | undefined): string {
  return count === undefined || count < 0 ? "" : String(count);
}

/** Why the books may not be what the venue had. */
function tellLimits(books: CaptureBooks, at: string | undefined, atNs: number | undefined, io: Io) {
  const { protocol } = books;
  const feeds = books.shown();
  const lacks = feeds.map(({ name, feed }) => ({
    name,
    missing: feed.missing,
    gaps: feed.holeCount,
    holes: feed.holes,
  }));
  io.err(missingText(lacks, protocol));
  io.err(refusedText(books.refusals()));
  io.err(foreignText(books.foreign, protocol));
  io.err(unreadText(books.unread, protocol));
  for (const { name, feed } of feeds) {
    const whose = name === "" ? "" : `${name} `;
    if (feed.firstSeq > 1) {
      io.err(
        `${whose}begins at sequence ${feed.firstSeq}: ${protocol.lateText ?? "orders placed before are not in the books"}\n`,
      );
    }
    if (feed.sessions > 1) {
      io.err(
        `${name === "" ? "" : `${name}: `}${feed.sessions} sessions: the books are those of the last one\n`,
      );
    }
  }
  if (books.unusedLoops > 0) {
    io.err(
      `packets of snapshots and definitions that do not say which channel they are of: ${formatCount(books.unusedLoops)}; pick one channel and its loops with --lines\n`,
    );
  }
  if (books.withoutRoom > 0) {
    io.err(`instruments left out, since there was no room: ${formatCount(books.withoutRoom)}\n`);
  }
  if (books.sessions === 0 && !books.isAtReached) {
    io.err(`no session of ${protocol.title} in it, so no books\n`);
  }
  if (atNs !== undefined && !books.isAtReached && books.messages > 0) {
    io.err(`ends before ${at}: the books are those of ${formatTimeOfDay(books.lastNs)}\n`);
  }
  const doubtful = [...books.rows()].filter((book) => book.problem !== "");
  if (doubtful.length > 0) {
    const first = doubtful[0]!;
    io.err(
      `books not to be trusted: ${formatCount(doubtful.length)}, the first is ${first.symbol}: ${first.problem.replace(/max_orders = \d+ or max_levels = (\d+) was reached; raise it in \[feed.book\]/, "--max-orders $1 is too few")}\n`,
    );
  }
}
