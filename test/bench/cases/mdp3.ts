/** MDP 3.0 decoder and books, alone and beside the same in C. Figures are of one entry. */
import { FACTOR_ONE, mantissasPerUnit } from "../../../src/book/mdp3-units.ts";
import { Mdp3Decoder } from "../../../src/feed/mdp3/mdp3.ts";
import { MessagePlans } from "../../../src/feed/mdp3/message-plans.ts";
import { haveCaptures } from "../../support/captures.ts";
import { newCounters } from "../../support/market.ts";
import {
  booksOver,
  capturedMdp3,
  dumpMdp3,
  generatedMdp3,
  type Mdp3File,
  playFile,
} from "../../support/mdp3-file.ts";
import { Mdp3Sum } from "../../support/mdp3-sum.ts";
import { loadReference } from "../../support/reference.ts";
import type { BenchCase } from "../bench-case.ts";
import type { Pair, PairCase } from "../pair.ts";

export const MDP3_BOOK_PAIR = "MDP 3.0 decode + book + flush of a whole file";
/** Of one entry, decoded and in its book. */
const ENTRY_NS = 60;
const PACKETS = 20_000;

interface Source {
  name: string;
  load(): Mdp3File | Promise<Mdp3File>;
}

function sources(): Source[] {
  const generated = { name: "generated", load: () => generatedMdp3(PACKETS) };
  return haveCaptures("cme-mdp3") ? [generated, { name: "v8.1", load: capturedMdp3 }] : [generated];
}

function summer(file: Mdp3File) {
  const sink = new Mdp3Sum(new MessagePlans(file.schema).exponents);
  const decoder = new Mdp3Decoder({ schema: file.schema, sink, counters: newCounters() });
  return { sink, decoder };
}

function entriesOf(file: Mdp3File): number {
  const { sink, decoder } = summer(file);
  playFile(decoder, file);
  return sink.entries;
}

export function mdp3Cases(): BenchCase[] {
  return sources().flatMap((source) => [
    {
      name: `MDP 3.0 decode, an entry (${source.name})`,
      make: async () => {
        const file = await source.load();
        const { decoder } = summer(file);
        return { per: entriesOf(file), run: () => playFile(decoder, file) };
      },
    },
    {
      name: `MDP 3.0 decode + book + flush, an entry (${source.name})`,
      budgetNs: ENTRY_NS,
      note: "shown at the end of each event",
      make: async () => {
        const file = await source.load();
        const { books, decoder } = booksOver(file);
        return {
          per: entriesOf(file),
          before: () => books.clear(),
          run: () => playFile(decoder, file),
        };
      },
    },
  ]);
}

async function decodePair(source: Source): Promise<Pair> {
  const file = await source.load();
  const reference = await loadReference();
  const { sink, decoder } = summer(file);
  const other = () => reference.ref_mdp3_decode(file.bytes, file.bytes.length);
  playFile(decoder, file);
  const per = other();
  const isSame =
    sink.sum >>> 0 === reference.ref_mdp3_decode_sum() &&
    sink.px === reference.ref_mdp3_decode_px();
  if (per !== sink.entries || !isSame) {
    throw new Error("the C reference decodes other values than ours");
  }
  return { ours: { run: () => playFile(decoder, file) }, other: { run: other }, per, isTurn: true };
}

async function bookPair(source: Source): Promise<Pair> {
  const file = await source.load();
  const reference = await loadReference();
  const { books, decoder } = booksOver(file);
  const handle = reference.ref_mdp3_open(file.ids.length, file.isLoose ? 1 : 0);
  if (handle === 0) throw new Error("the C reference has no memory for its books");
  const [nine, seven] = [-9, -7].map((e) => mantissasPerUnit(file.priceUnit, e, FACTOR_ONE));
  file.ids.forEach((id, i) => {
    reference.ref_mdp3_map(handle, id, i, nine!, seven!);
  });
  const ours = () => playFile(decoder, file);
  const other = () => reference.ref_mdp3_run(handle, file.bytes, file.bytes.length);
  ours();
  const per = other();
  const out = new Float64Array(new ArrayBuffer(8 * 130 * file.ids.length));
  const count = reference.ref_mdp3_dump(handle, out, out.length);
  const ownDump = dumpMdp3(books, file.ids.length);
  if (count !== ownDump.length || ownDump.some((value, k) => value !== out[k])) {
    throw new Error("the C reference has other MDP 3.0 books than ours");
  }
  return {
    ours: { before: () => books.clear(), run: ours },
    other: { before: () => reference.ref_mdp3_clear(handle), run: other },
    per,
    isTurn: true,
  };
}

export function mdp3Pairs(): PairCase[] {
  const source = sources().at(-1)!;
  const note = source.name;
  return [
    {
      name: "MDP 3.0 decode of a whole file",
      other: "C",
      note,
      make: () => decodePair(source),
    },
    { name: MDP3_BOOK_PAIR, other: "C", note, make: () => bookPair(source) },
    {
      name: `${MDP3_BOOK_PAIR}, all books sound`,
      other: "C",
      note: "generated",
      make: () => bookPair(sources()[0]!),
    },
  ];
}
