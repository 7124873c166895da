// @hot
/**
 * Executions that wait for the other side and those that differ, the comparison of sums, and what a
 * difference does: it is counted, journaled and shown, and with "deny" the gate takes no new order
 * in its instrument while it stands, with "kill" it stops the appliance.
 */
import type { Clock } from "../../core/clock.ts";
import {
  DENY_DROP_COPY,
  DIFFERENCE_SUMS,
  NO_INSTRUMENT,
  NO_SLOT,
  ON_DIFFERENCE_DENY,
  ON_DIFFERENCE_KILL,
} from "../../core/codes.ts";
import { HP_KILL_DROP_COPY } from "../../ffi/layout.ts";
import type { KillSwitch } from "../../risk/switch.ts";
import * as N from "./counters.ts";
import * as X from "./execution-table.ts";
import type { DropCopyOptions } from "./options.ts";
import { QuietList } from "./quiet-list.ts";
import { DropCopyRecords } from "./records.ts";
import { Traded } from "./traded.ts";

/** Late executions, and instruments compared, in one poll. */
const STEPS_PER_POLL = 16;

export abstract class Differences {
  readonly table: X.ExecutionTable;
  readonly records: DropCopyRecords;
  /** What our side booked, and what the drop copy told of our orders. */
  readonly ourTraded: Traded;
  readonly theirTraded: Traded;
  /** Differences that stand, by instrument; the last entry is for those of no known one. */
  readonly standing: Int32Array;
  /** 1 where the sums of an instrument differ. */
  readonly sumsDiffer: Int32Array;
  /** Differences that stand, and ever; comparisons of sums. */
  differing = 0;
  found = 0;
  compared = 0;
  /** Something that is shown has changed: a figure; which differences stand, or of what kind. */
  hasChanged = true;
  hasNews = true;
  /** False while a journal is folded: then nothing is counted, written or stopped. */
  protected isLive = false;
  /** Executions on a list, by instrument. */
  private readonly listed: Int32Array;
  private readonly quiet: QuietList;
  private readonly barred: Int32Array;
  private readonly unknown: number;
  private readonly clock: Clock;
  private readonly counters: Float64Array;
  private readonly kill: KillSwitch;
  private readonly action: number;
  private readonly lateNs: number;
  private readonly settleNs: number;

  constructor(o: DropCopyOptions) {
    const n = o.instruments.capacity;
    this.table = new X.ExecutionTable(o.executions ?? 65536);
    this.records = new DropCopyRecords(o.journal, o.counters, o.session);
    this.ourTraded = new Traded(n + 1);
    this.theirTraded = new Traded(n + 1);
    this.standing = new Int32Array(new ArrayBuffer(4 * (n + 1)));
    this.sumsDiffer = new Int32Array(new ArrayBuffer(4 * (n + 1)));
    this.listed = new Int32Array(new ArrayBuffer(4 * (n + 1)));
    this.quiet = new QuietList(n + 1);
    this.barred = o.gate.barred;
    this.unknown = n;
    this.clock = o.clock;
    this.counters = o.counters;
    this.kill = o.kill;
    this.action = o.action;
    this.lateNs = o.lateNs;
    this.settleNs = o.settleNs;
  }

  /** The journal is folded: from here on it is live, and what waits has the full time from now. */
  begin(nowNs: number): void {
    this.isLive = true;
    this.hasChanged = true;
    this.quiet.restart(nowNs);
    const table = this.table;
    for (let row = table.first(X.LIST_WAITING); row >= 0; row = table.after(row)) {
      table.setSince(row, nowNs);
    }
  }

  /** Executions that became late, sums of instruments that became quiet; some per call. */
  poll(nowNs: number): void {
    const table = this.table;
    for (let k = 0; k < STEPS_PER_POLL; k++) {
      const row = table.first(X.LIST_WAITING);
      if (row < 0 || nowNs - table.sinceNs(row) < this.lateNs) break;
      this.differ(row, this.kindOf(row));
    }
    for (let k = 0; k < STEPS_PER_POLL; k++) {
      const i = this.quiet.first();
      if (i < 0 || nowNs - this.quiet.sinceNs(i) < this.settleNs) return;
      this.quiet.remove(i);
      this.compare(i);
    }
  }

  /** DIFFERENCE_* of an execution that is late. */
  protected abstract kindOf(row: number): number;

  /** A DIFFERENCE record: what time decided. Those of terms follow from the executions. */
  restoreDifference(
    kind: number,
    isOpen: number,
    instrument: number,
    lo: number,
    hi: number,
  ): void {
    if (kind === DIFFERENCE_SUMS) {
      const i = this.indexOf(instrument);
      if (this.sumsDiffer[i] !== isOpen) this.setSums(i, isOpen);
      return;
    }
    const row = this.table.find(lo, hi);
    if (isOpen === 0 || row < 0 || this.table.listOf(row) !== X.LIST_WAITING) return;
    this.differ(row, this.kindOf(row));
  }

  protected count(counter: number): void {
    if (this.isLive) this.counters[counter]!++;
  }

  /** Something was booked in an instrument: its sums are compared when it is quiet again. */
  protected touch(instrument: number): void {
    this.quiet.touch(instrument, this.clock.now());
    if (this.sumsDiffer[instrument] === 0) return;
    this.hasChanged = true;
    this.hasNews = true;
  }

  /** The other side has to tell it too. One that differs already goes on differing. */
  protected wait(row: number): void {
    const list = this.table.listOf(row);
    if (list === X.LIST_DIFFERING) this.differ(row, this.kindOf(row));
    if (list !== 0) return;
    this.listed[this.indexOf(this.table.get(row, X.X_INSTRUMENT))]!++;
    this.table.moveTo(row, X.LIST_WAITING, this.clock.now());
    this.hasChanged = true;
  }

  /** Both sides say the same. */
  protected agree(row: number): void {
    this.hasChanged = true;
    this.leave(row);
  }

  /** Begins a difference, or says what kind it has become. */
  protected differ(row: number, kind: number): void {
    const table = this.table;
    const list = table.listOf(row);
    table.set(row, X.X_KIND, kind);
    this.hasChanged = true;
    this.hasNews = true;
    if (list === X.LIST_DIFFERING) return;
    const i = this.indexOf(table.get(row, X.X_INSTRUMENT));
    if (list === 0) this.listed[i]!++;
    table.moveTo(row, X.LIST_DIFFERING, this.clock.now());
    this.began(i);
    this.tell(row, 1);
  }

  /** The table is full: the execution that makes room is looked after by the sums from now on. */
  protected beforeAdd(): void {
    const victim = this.table.next();
    if (victim < 0 || this.table.listOf(victim) === 0) return;
    this.count(N.DROP_COPY_FORGOTTEN);
    this.touch(this.indexOf(this.table.get(victim, X.X_INSTRUMENT)));
    this.leave(victim);
  }

  /** Sums of an instrument in which nothing moves. Executions that are listed explain a difference. */
  private compare(i: number): void {
    this.compared++;
    this.count(N.DROP_COPY_COMPARED);
    this.hasChanged = true;
    const differs = this.ourTraded.equals(this.theirTraded, i) ? 0 : 1;
    if (differs === 1 && this.listed[i]! > 0) return;
    if (this.sumsDiffer[i] === differs) return;
    this.setSums(i, differs);
    if (!this.isLive) return;
    this.records.difference(
      DIFFERENCE_SUMS,
      differs,
      i,
      0,
      0,
      NO_SLOT,
      0,
      this.ourTraded.net(i),
      0,
      this.theirTraded.net(i),
      0,
      this.clock.now(),
    );
  }

  private setSums(i: number, differs: number): void {
    this.sumsDiffer[i] = differs;
    if (differs === 1) this.began(i);
    else this.ended(i);
  }

  /** Takes an execution off its list; a difference ends with that. */
  private leave(row: number): void {
    const list = this.table.listOf(row);
    if (list === 0) return;
    const i = this.indexOf(this.table.get(row, X.X_INSTRUMENT));
    this.listed[i]!--;
    this.table.unlist(row);
    if (list !== X.LIST_DIFFERING) return;
    this.ended(i);
    this.tell(row, 0);
  }

  private began(i: number): void {
    this.hasNews = true;
    this.differing++;
    this.found++;
    this.standing[i]!++;
    this.count(N.DROP_COPY_DIFFERENCES);
    this.bar(i);
    if (this.isLive && this.action === ON_DIFFERENCE_KILL) this.kill.kill(HP_KILL_DROP_COPY);
  }

  private ended(i: number): void {
    this.hasNews = true;
    this.differing--;
    this.standing[i]!--;
    this.count(N.DROP_COPY_HEALED);
    this.hasChanged = true;
    this.bar(i);
  }

  /** A difference of no known instrument may be of any. */
  private bar(i: number): void {
    if (this.action !== ON_DIFFERENCE_DENY) return;
    const from = i === this.unknown ? 0 : i;
    const to = i === this.unknown ? this.unknown : i + 1;
    const isAll = this.standing[this.unknown]! > 0;
    for (let k = from; k < to; k++) {
      const isBarred = this.isCovered(k) && (isAll || this.standing[k]! > 0);
      if (isBarred) this.barred[k] = DENY_DROP_COPY;
      else if (this.isCovered(k)) this.barred[k] = 0;
    }
  }

  /** True for instruments of the order sessions that the drop copy is of. */
  protected abstract isCovered(instrument: number): boolean;

  private tell(row: number, isOpen: number): void {
    if (!this.isLive) return;
    const table = this.table;
    this.records.difference(
      table.get(row, X.X_KIND),
      isOpen,
      table.get(row, X.X_INSTRUMENT),
      table.lo(row),
      table.hi(row),
      table.get(row, X.X_SLOT),
      table.get(row, X.X_GENERATION),
      table.get(row, X.X_OUR_SIDE) * table.get(row, X.X_OUR_QTY),
      table.get(row, X.X_OUR_PX),
      table.get(row, X.X_SIDE) * table.get(row, X.X_QTY),
      table.get(row, X.X_PX),
      this.clock.now(),
    );
  }

  private indexOf(instrument: number): number {
    const i = instrument >>> 0;
    return i === NO_INSTRUMENT || i > this.unknown ? this.unknown : i;
  }
}
