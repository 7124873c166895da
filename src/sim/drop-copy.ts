/**
 * Drop copies of the venue: sessions that are told every ExecutionReport of the order sessions, with
 * the same ExecID and CopyMsgIndicator (797) Y (FIX 5.0 SP2 volume 7, drop copy), and may be told it
 * badly.
 */
import { businessReject } from "./execution-report.ts";
import type { Fields, FixMessage } from "./fix-message.ts";
import type { FixApplication, FixSession } from "./fix-session.ts";
import type { SimClock } from "./transport.ts";

/** What is wrong with the copies. All off unless asked for. */
export interface DropCopyFaults {
  /** That many fills from now on are not copied. */
  drop: number;
  /** That many fills are copied with one more share than were traded. */
  alter: number;
  /** That many fills are copied once more under an ExecID that nobody else has heard of. */
  invent: number;
  /** That many fills are copied twice, the second time as PossResend (97). */
  repeat: number;
  /** Copies are told this much later. */
  lateMs: number;
}

export function noDropCopyFaults(): DropCopyFaults {
  return { drop: 0, alter: 0, invent: 0, repeat: 0, lateMs: 0 };
}

const EXEC_ID = 17;
const LAST_QTY = 32;
const EXEC_TYPE = 150;

export class DropCopyDesk implements FixApplication {
  faults: DropCopyFaults = noDropCopyFaults();
  private readonly sessions: FixSession[] = [];
  private readonly delayed: { dueMs: number; fields: Fields }[] = [];
  private invented = 0;

  constructor(private readonly clock: SimClock) {}

  /** From now on this session is told every report, connected or not. */
  add(session: FixSession): void {
    this.sessions.push(session);
  }

  setFaults(faults: Partial<DropCopyFaults>): void {
    this.faults = { ...this.faults, ...faults };
  }

  /** A report that an order session has just been told. */
  onReport(fields: Fields): void {
    const isFill = fieldOf(fields, EXEC_TYPE) === "F";
    const { faults } = this;
    if (isFill && faults.drop > 0) {
      faults.drop--;
      return;
    }
    let told: Fields = [...fields, [797, "Y"]];
    if (isFill && faults.alter > 0) {
      faults.alter--;
      told = withValue(told, LAST_QTY, Number(fieldOf(told, LAST_QTY)) + 1);
    }
    this.send(told);
    if (isFill && faults.invent > 0) {
      faults.invent--;
      this.send(withValue(told, EXEC_ID, `G${++this.invented}`));
    }
    if (isFill && faults.repeat > 0) {
      faults.repeat--;
      this.send([[97, "Y"], ...told]);
    }
  }

  /** Copies that were held back. */
  poll(): void {
    const now = this.nowMs();
    while (this.delayed.length > 0 && this.delayed[0]!.dueMs <= now) {
      this.deliver(this.delayed.shift()!.fields);
    }
  }

  onOrderMessage(session: FixSession, message: FixMessage): void {
    session.send("j", businessReject(message, 3, "a drop copy takes no orders"));
  }

  onDisconnect(_session: FixSession): void {}

  private send(fields: Fields): void {
    const { lateMs } = this.faults;
    if (lateMs > 0 || this.delayed.length > 0) {
      this.delayed.push({ dueMs: this.nowMs() + lateMs, fields });
    } else this.deliver(fields);
  }

  private deliver(fields: Fields): void {
    for (const session of this.sessions) session.send("8", fields);
  }

  private nowMs(): number {
    return this.clock.nowNs() / 1e6;
  }
}

function fieldOf(fields: Fields, tag: number): string | number | undefined {
  return fields.find(([t]) => t === tag)?.[1];
}

function withValue(fields: Fields, tag: number, value: string | number): Fields {
  return fields.map((field) => (field[0] === tag ? ([tag, value] as const) : field));
}
