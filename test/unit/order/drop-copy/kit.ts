/** Orders and a drop copy of their session over one journal, told by FIX text what a venue says. */

import { type DropCopyStatus, dropCopyStatus } from "../../../../src/control/drop-copy-status.ts";
import { NO_SLOT, ON_DIFFERENCE_DENY, SESSION_UP } from "../../../../src/core/codes.ts";
import { StructView } from "../../../../src/core/control-block.ts";
import * as L from "../../../../src/ffi/layout.ts";
import { TagIndex } from "../../../../src/fix/codec/tag-index.ts";
import { wrapMessage } from "../../../../src/fix/codec/text.ts";
import { Execution } from "../../../../src/fix/order/execution.ts";
import { ExecutionReader } from "../../../../src/fix/order/execution-reader.ts";
import { writeOrderId } from "../../../../src/fix/order/order-id.ts";
import { SymbolTable } from "../../../../src/fix/order/symbol-table.ts";
import { DropCopy } from "../../../../src/order/drop-copy/drop-copy.ts";
import type { DropCopyOptions } from "../../../../src/order/drop-copy/options.ts";
import { W_GEN_ORDER } from "../../../../src/order/order-table.ts";
import { Harness, type MemoryJournal } from "../harness.ts";

export const SETTLE_NS = 200e6;
export const LATE_NS = 5e9;
/** Index of the drop copy's session. */
export const COPY_SESSION = 1;
const EXECUTION_REPORT = 0x38;
const MS = 1e6;

export class CopyRig {
  readonly h: Harness;
  readonly copy: DropCopy;
  private readonly words = new ArrayBuffer(L.HP_DROP_COPY_SIZE);
  private readonly tags = new TagIndex();
  private readonly reader: ExecutionReader;
  private readonly execution = new Execution();
  private ownSeq = 1;
  private copySeq = 1;

  /** With the journal of an earlier run: restored from it. */
  constructor(more: Partial<DropCopyOptions> = {}, before?: MemoryJournal) {
    this.h = new Harness({ epoch: before === undefined ? 1 : 2 });
    const { h } = this;
    const n = h.instruments.count;
    const symbols = new SymbolTable(h.instruments, 0);
    const decimals = new Int32Array(n).fill(4);
    const unit = new Int32Array(n).fill(1);
    this.reader = new ExecutionReader(symbols, decimals, unit, "HP", h.counters, 0);
    this.copy = new DropCopy({
      session: COPY_SESSION,
      of: [0],
      instruments: h.instruments,
      gate: h.gate,
      kill: {
        kill: (bits) => {
          h.kills |= bits;
          h.gateSwitch.killed = true;
        },
      },
      journal: h.journal,
      clock: h.clock,
      counters: h.counters,
      idPrefix: "HP",
      settleNs: SETTLE_NS,
      lateNs: LATE_NS,
      action: ON_DIFFERENCE_DENY,
      feedsPositions: false,
      executions: 64,
      block: new Uint32Array(this.words),
      ...more,
    });
    h.orders.fold.trades.watchers = [this.copy.reconciliation];
    if (before !== undefined) {
      for (const { type, at } of before.entries) {
        h.orders.restore(type, before.words, at, before.doubles);
        this.copy.restore(type, before.words, at);
      }
      h.orders.finishRestore();
      // The rest of the start takes its time.
      h.clock.timeNs += 2 * LATE_NS;
    }
    this.copy.begin(h.clock.now());
    h.session.state = SESSION_UP;
  }

  get reconciliation() {
    return this.copy.reconciliation;
  }

  /** ClOrdID of the order in a slot. */
  id(slot: number): string {
    const bytes = new Uint8Array(15);
    bytes.set(new TextEncoder().encode("HP"));
    writeOrderId(bytes, 2, slot, this.h.orders.table.generation(slot, W_GEN_ORDER));
    return new TextDecoder().decode(bytes);
  }

  /** A body of an ExecutionReport, F unless it says otherwise. */
  static body(id: string, execId: string, more = ""): string {
    const own = (tag: number) => new RegExp(`(^|\\|)${tag}=`).test(more);
    const rest = [
      [150, "F"],
      [39, "1"],
      [55, "AAA"],
      [54, "1"],
      [32, "100"],
      [31, "99.99"],
    ] as const;
    const defaults = rest.filter(([tag]) => !own(tag)).map(([tag, value]) => `${tag}=${value}|`);
    return `11=${id}|17=${execId}|${defaults.join("")}${more}`;
  }

  /** Our order session hears it. */
  ours(body: string): void {
    this.parse(body);
    this.reader.read(this.tags, this.execution, this.ownSeq++);
    this.h.orders.onExecutionReport(this.execution);
  }

  /** The drop copy tells it; APP_*. */
  theirs(body: string, seq = this.copySeq++): number {
    this.parse(body);
    return this.copy.onMessage(this.tags, EXECUTION_REPORT, seq, this.h.clock.now());
  }

  both(body: string): void {
    this.ours(body);
    this.theirs(body);
  }

  /** Time goes on, with a poll every ms. */
  pass(ms: number): void {
    for (let i = 0; i < ms; i++) {
      this.h.clock.timeNs += MS;
      this.copy.poll(this.h.clock.timeNs);
    }
  }

  status(): DropCopyStatus {
    this.copy.poll(this.h.clock.timeNs);
    const view = new StructView(
      { buffer: this.words, offset: 0, size: this.words.byteLength, addr: 0 },
      0,
      L.HP_DROP_COPY_SIZE,
    );
    return dropCopyStatus(view, { session: "copy", engine: "main", state: "up" })!;
  }

  /** [kind, is_open] of each DIFFERENCE record. */
  differenceRecords(): number[][] {
    const { journal } = this.h;
    return journal
      .ofType(L.HP_JR_DIFFERENCE)
      .map(({ at }) => [
        journal.words[at + L.HP_JR_DIFFERENCE__KIND_W]!,
        journal.words[at + L.HP_JR_DIFFERENCE__IS_OPEN_W]!,
      ]);
  }

  copyRecords(): number {
    return this.h.journal.ofType(L.HP_JR_COPY).length;
  }

  private parse(body: string): void {
    const message = wrapMessage(`35=8|34=1|49=VENUE|56=ME|${body}`);
    this.tags.parse(message, 0, message.length);
  }
}

export { NO_SLOT };
