/** `bun test/bench/reference-book.ts FILE`: `hairpin book FILE --csv` by the C reference. */
import { loadReference } from "../support/reference.ts";

/** As many as `hairpin book` has room for. */
const ROOM = 1_000_000;
const CSV_BYTES = 1 << 24;

const reference = await loadReference();
const bytes = Bun.mmap(process.argv[2]!);
const book = reference.ref_book_open(ROOM, ROOM);
if (book === 0) throw new Error("the C reference has no memory for its books");
const messages = reference.ref_book_run(book, bytes, bytes.length);
if (messages < 0) throw new Error(`the C reference can't read the file (code ${messages})`);
const csv = new Uint8Array(new ArrayBuffer(CSV_BYTES));
const length = reference.ref_book_csv(book, csv, csv.length);
if (length < 0) throw new Error(`the C reference writes no CSV (code ${length})`);
process.stdout.write(csv.subarray(0, length));
