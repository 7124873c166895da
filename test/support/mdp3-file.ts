/** MDP 3.0 packets one behind the other, each behind its u16 length (little endian): for benches and C. */

import { BOOK_INEXACT } from "../../src/book/flags.ts";
import { Instruments } from "../../src/book/instruments.ts";
import { Mdp3Books } from "../../src/book/mdp3-books.ts";
import { Mdp3Decoder } from "../../src/feed/mdp3/mdp3.ts";
import { MessagePlans } from "../../src/feed/mdp3/message-plans.ts";
import { applyMessages } from "../../src/feed/mdp3/packet-framing.ts";
import { readSbeSchema, type SbeSchema } from "../../src/feed/mdp3/sbe-schema.ts";
import { builtInSchema } from "../../src/feed/mdp3/templates.ts";
import { readCapturePackets } from "./capture-packets.ts";
import { readCapture } from "./captures.ts";
import { definition, newCounters } from "./market.ts";
import { Mdp3Venue } from "./mdp3-venue.ts";

export interface Mdp3File {
  bytes: Uint8Array;
  view: DataView;
  schema: SbeSchema;
  /** SecurityIDs in it, and the unit that its prices divide by. */
  ids: number[];
  priceUnit: number;
  /** Its first packet is not the first of its session. */
  isLoose: boolean;
  /** For the report. */
  name: string;
}

export function fileOf(packets: readonly Uint8Array[]): Pick<Mdp3File, "bytes" | "view"> {
  const size = packets.reduce((n, p) => n + 2 + p.length, 0);
  // Memory that native code may be shown: it does not move.
  const bytes = new Uint8Array(new ArrayBuffer(size));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const packet of packets) {
    view.setUint16(at, packet.length, true);
    bytes.set(packet, at + 2);
    at += 2 + packet.length;
  }
  return { bytes, view };
}

/** A made-up channel from its first packet on. */
export function generatedMdp3(packets: number, seed = 11, instruments = 24): Mdp3File {
  const ids = Array.from({ length: instruments }, (_, k) => 5000 + 37 * k);
  const venue = new Mdp3Venue({ seed, ids, tick: 250_000_000, mid: 18_000 });
  const list = Array.from({ length: packets }, () => venue.packet());
  const file = fileOf(list);
  return {
    ...{ ...file, schema: builtInSchema(), ids, priceUnit: 0.25 },
    ...{ isLoose: false, name: "generated" },
  };
}

/** Line A of the captured day, schema version 8. */
export async function capturedMdp3(): Promise<Mdp3File> {
  const xml = new TextDecoder().decode(readCapture("cme-mdp3", "templates_FixBinary_v9.xml"));
  const schema = readSbeSchema(xml, "templates_FixBinary_v9.xml");
  const { bytes, packets } = await readCapturePackets("cme-mdp3", "Cme.Mdp3.Sbe.v8.1.Example.pcap");
  const line = packets[0]!.line;
  const file = fileOf(
    packets
      .filter((p) => p.line === line)
      .map(({ offset, length }) => bytes.slice(offset, offset + length)),
  );
  const ids = new Set<number>();
  const reader = { ...file, schema, ids: [], priceUnit: 1e-5, isLoose: true, name: "v8.1" };
  const { books, decoder } = booksOver(reader, (id) => void ids.add(id));
  playFile(decoder, reader);
  books.clear();
  return { ...reader, ids: [...ids] };
}

/** Books of every instrument of a file. onStrange: hears of ids that are not among them. */
export function booksOver(file: Mdp3File, onStrange?: (id: number) => void) {
  const heard = { calls: 0 };
  const counters = newCounters();
  const instruments = new Instruments(
    file.ids.map((id) => definition(`#${id}`, file.priceUnit)),
    Math.max(1, file.ids.length),
  );
  const told = (id: number) => {
    onStrange?.(id);
    return null;
  };
  const books = new Mdp3Books({
    feed: 0,
    instruments,
    exponents: new MessagePlans(file.schema).exponents,
    beginsLoose: file.isLoose,
    events: {
      onBook: () => void heard.calls++,
      onTrade: () => void heard.calls++,
      onStatus: () => void heard.calls++,
    },
    counters,
    ...(onStrange === undefined ? {} : { undefinedAs: told }),
  });
  file.ids.forEach((id, i) => {
    books.mapSecurity(id, i);
  });
  const decoder = new Mdp3Decoder({ schema: file.schema, sink: books, counters });
  return { books, decoder, counters, instruments, heard };
}

/** Every packet, flushed at its end. */
export function playFile(decoder: Mdp3Decoder, file: Pick<Mdp3File, "bytes" | "view">): void {
  const { bytes, view } = file;
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint16(at, true);
    decoder.packet(view.getUint32(at + 2, true));
    applyMessages(decoder, view, bytes, at + 2, length);
    decoder.flush(true);
    at += 2 + length;
  }
}

/** As ref_mdp3_dump. */
export function dumpMdp3(books: Mdp3Books, instruments: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < instruments; i++) {
    const inexact = (books.flags(i) & BOOK_INEXACT) === 0 ? 0 : 1;
    out.push(books.recovery.state[i]!, inexact, books.recovery["last"][i]!);
    const { volume, lastPx, lastQty } = books.market;
    out.push(volume[i]!, lastPx[i]!, lastQty[i]!);
    for (const { bids, asks } of [books.levels(i), books.impliedLevels(i)]) {
      for (const side of [bids, asks]) {
        out.push(side.length, ...side.flatMap(({ px, qty, count }) => [px, qty, count]));
      }
    }
  }
  return out;
}
