/** The captured day of CME, schema version 8, read with the venue's own templates of version 9. */
import { describe, expect, test } from "bun:test";
import { Mdp3Decoder, ROLE_DEFINITION } from "../../../src/feed/mdp3/mdp3.ts";
import {
  describeMdp3,
  leftOver,
  type Mdp3Group,
  MESSAGE_HEADER_BYTES,
  mdp3Json,
  PACKET_HEADER_BYTES,
} from "../../../src/feed/mdp3/mdp3-fields.ts";
import { readSbeSchema } from "../../../src/feed/mdp3/sbe-schema.ts";
import { builtInSchema, TEMPLATES_XML } from "../../../src/feed/mdp3/templates.ts";
import { readCapturePackets } from "../../support/capture-packets.ts";
import { haveCaptures, readCapture } from "../../support/captures.ts";
import { newCounters } from "../../support/market.ts";
import { definition } from "../../support/mdp3-bytes.ts";
import { recordingSink } from "../../support/mdp3-market.ts";

const text = (...path: string[]) => new TextDecoder().decode(readCapture(...path));

describe.skipIf(!haveCaptures("cme-mdp3"))("the captured day", () => {
  const have = haveCaptures("cme-mdp3");
  const xml = have ? text("cme-mdp3", "templates_FixBinary_v9.xml") : TEMPLATES_XML;
  const schema = readSbeSchema(xml, "templates_FixBinary_v9.xml");
  const name = "Cme.Mdp3.Sbe.v8.1.Example";

  test("reads field for field as the independent dissector did, and leaves no byte over", async () => {
    const expected = text("cme-mdp3", `${name}.jsonl.gz`).trimEnd().split("\n");
    const { bytes, packets } = await readCapturePackets("cme-mdp3", `${name}.pcap`);
    expect(packets.length).toBe(expected.length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let messages = 0;
    const read = packets.map(({ offset, length }) => {
      const records: string[] = [];
      const stop = offset + length;
      let at = offset + PACKET_HEADER_BYTES;
      while (at + MESSAGE_HEADER_BYTES <= stop) {
        const size = view.getUint16(at, true);
        records.push(mdp3Json(describeMdp3(schema, bytes, at, size) ?? null));
        expect(leftOver(schema, bytes, at, size)).toBe(0);
        at += size;
      }
      expect(at).toBe(stop);
      messages += records.length;
      const seq = view.getUint32(offset, true);
      const st = view.getBigUint64(offset + 4, true);
      // As text: the times do not fit a double.
      return `"seq":${seq},"st":${st},"m":[${records.join(",")}]}`;
    });
    // Arrival time and destination are the capture's; packets of one time may stand in either order.
    const wanted = expected.map((line) => line.slice(line.indexOf('"seq":')));
    expect(read.sort()).toEqual(wanted.sort());
    expect(messages).toBe(10_598);
  });

  test("has no hole in the RptSeq of its 39 instruments on either line", async () => {
    const lines = text("cme-mdp3", `${name}.jsonl.gz`).trimEnd().split("\n");
    const { bytes, packets } = await readCapturePackets("cme-mdp3", `${name}.pcap`);
    expect(lines.length).toBe(packets.length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const last = new Map<string, number>();
    const securities = new Set<number>();
    let holes = 0;
    for (const { offset, length, line } of packets) {
      let at = offset + PACKET_HEADER_BYTES;
      while (at < offset + length) {
        const size = view.getUint16(at, true);
        const entries = describeMdp3(schema, bytes, at, size)?.["NoMDEntries"] ?? [];
        for (const { SecurityID, RptSeq } of entries as Mdp3Group[]) {
          if (typeof RptSeq !== "number") continue;
          const key = `${line} ${SecurityID}`;
          const before = last.get(key);
          if (before !== undefined && RptSeq !== before + 1) holes++;
          last.set(key, RptSeq);
          securities.add(SecurityID as number);
        }
        at += size;
      }
    }
    expect(holes).toBe(0);
    expect(securities.size).toBe(39);
  });

  test("definitions of before version 9 are read with their seven decimals", () => {
    for (const [now, then] of [
      [54, 27],
      [55, 41],
      [56, 29],
    ] as const) {
      const bytes = definition({ id: 5, symbol: "6CZ6", factor: 1000n, depth: 10 }, now);
      bytes[4] = then;
      const { sink, calls } = recordingSink([]);
      const decoder = new Mdp3Decoder({ schema, sink, counters: newCounters() });
      decoder.sidePacket(ROLE_DEFINITION, 3, 1, 100);
      decoder.decode(new DataView(bytes.buffer), bytes, 0, bytes.length);
      expect(calls.at(-1)).toMatchObject([
        "onDefinition",
        { symbol: "6CZ6", displayFactor: { mantissa: 1000n, exponent: -7 }, depth: 10 },
      ]);
    }
  });

  test("the built-in schema puts every field where the venue's own does", () => {
    const layout = (id: number, from = schema) => {
      const message = from.messages.get(id)!;
      const fields = [message, ...message.groups].map((block) => ({
        blockLength: block.blockLength,
        dimension: "dimension" in block ? block.dimension : undefined,
        fields: block.fields.map(({ name, offset, type }) => ({ name, offset, type })),
      }));
      return { name: message.name, fields };
    };
    const ids = [...builtInSchema().messages.keys()];
    expect(ids).toEqual([4, 12, 30, 37, 39, ...range(46, 56)]);
    for (const id of ids) expect(layout(id, builtInSchema())).toEqual(layout(id));
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
