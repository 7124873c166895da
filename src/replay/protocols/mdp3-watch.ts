/** What a capture of MDP 3.0 must show: no instrument lacks an update, and no byte is left over. */
import { describeMdp3, leftOver, type Mdp3Group } from "../../feed/mdp3/mdp3-fields.ts";
import type { SbeSchema } from "../../feed/mdp3/sbe-schema.ts";
import type { ProtocolWatch } from "./protocol.ts";

/** ChannelReset4: RptSeq begins at 1 again. */
const RESET = 4;

export class RptSeqWatch implements ProtocolWatch {
  private readonly schema: SbeSchema;
  /** By SecurityID: the last RptSeq. */
  private readonly last = new Map<number, number>();
  private gaps = 0;
  private missing = 0;
  private leftOver = 0;
  private unread = 0;

  constructor(schema: SbeSchema) {
    this.schema = schema;
  }

  message(_view: DataView, bytes: Uint8Array, at: number, length: number): void {
    const record = describeMdp3(this.schema, bytes, at, length);
    if (record === undefined) {
      this.unread++;
      return;
    }
    this.leftOver += leftOver(this.schema, bytes, at, length) ?? 0;
    if (record.t === RESET) this.last.clear();
    // Snapshots tell it in the root, of which there is nothing to count.
    for (const value of Object.values(record)) {
      if (!Array.isArray(value)) continue;
      for (const entry of value) this.entry(entry);
    }
  }

  private entry(entry: Mdp3Group): void {
    const { SecurityID: id, RptSeq: seq } = entry;
    if (typeof id !== "number" || typeof seq !== "number") return;
    const last = this.last.get(id);
    if (last !== undefined && seq > last + 1) {
      this.gaps++;
      this.missing += seq - last - 1;
    }
    if (last === undefined || seq > last) this.last.set(id, seq);
  }

  figures() {
    // What is not described may have held the updates that seem to be missing.
    const hint = this.unread === 0 ? "" : ", some of them perhaps in messages that were not read";
    return [
      { name: "instruments", value: this.last.size, text: "instruments with updates" },
      { name: "rptseq_gaps", value: this.gaps, text: `gaps in their RptSeq${hint}` },
      { name: "rptseq_missing", value: this.missing, text: "updates missing in them" },
      { name: "left_over", value: this.leftOver, text: "bytes left over behind messages" },
      { name: "unread", value: this.unread, text: "messages that the templates do not describe" },
    ];
  }
}
