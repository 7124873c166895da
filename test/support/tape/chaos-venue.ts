/** A FIX venue that answers most things, some wrongly or late, and asks for resends of its own. */

import type { FakeShim } from "../../../src/ffi/fake.ts";
import type { FakeListener, FakePeer } from "../../../src/ffi/fake-tcp.ts";
import { showMessage, wrapMessage } from "../../../src/fix/codec/text.ts";
import { field } from "../../unit/engine/rig.ts";

interface Resting {
  message: string;
  id: string;
  qty: number;
  cum: number;
  px: string;
}

export class ChaosVenue {
  peer: FakePeer | undefined;
  readonly listener: FakeListener;
  /** Order messages in the order of arrival. */
  readonly orders: string[] = [];
  private text = "";
  private seq = 1;
  private execs = 0;
  private expected = 1;
  private readonly resting: Resting[] = [];

  constructor(
    shim: FakeShim,
    address: number,
    port: number,
    protected readonly random: () => number,
  ) {
    this.listener = shim.network.listen(address, port);
  }

  /** Takes a part of what has come, and answers it. */
  serve(): void {
    const accepted = this.listener.accept();
    if (accepted !== undefined) {
      this.peer = accepted;
      this.text = "";
    }
    if (this.peer === undefined) return;
    const limit = this.random() < 0.2 ? 40 : Number.POSITIVE_INFINITY;
    this.text += showMessage(this.peer.read(limit));
    for (;;) {
      const end = /\|10=\d{3}\|/.exec(this.text);
      if (end === null) return;
      const message = this.text.slice(0, end.index + end[0].length);
      this.text = this.text.slice(message.length);
      this.expected = Math.max(this.expected, Number(field(message, 34)) + 1);
      this.answer(message);
    }
  }

  /** Something of its own accord: fills, cancels, a resend request, noise, the end. */
  act(): void {
    const { peer, random } = this;
    if (peer === undefined) return;
    const dice = random();
    if (dice < 0.45) this.fillOne();
    else if (dice < 0.55) this.cancelOne();
    else if (dice < 0.6) this.say("1", "112=PROBE|");
    else if (dice < 0.65) this.askAgain();
    else if (dice < 0.7) this.say("0", "");
    else if (dice < 0.73) this.seq += 2;
    else if (dice < 0.76) peer.write("garbage 8=FIX.4.4 and more");
    else if (dice < 0.79) peer.close();
    else if (dice < 0.81) peer.reset();
    else if (dice < 0.85) peer.maxPerSend = random() < 0.5 ? 30 : Number.POSITIVE_INFINITY;
    else if (dice < 0.9) peer.capacity = random() < 0.5 ? 100 : 1 << 20;
    else if (dice < 0.94) peer.maxPerRecv = random() < 0.5 ? 25 : Number.POSITIVE_INFINITY;
    else if (dice < 0.96) this.say("4", `123=Y|36=${this.seq + 1}|`);
    else if (dice < 0.97)
      this.say("8", "37=V|17=X1|150=0|39=0|11=ELSEWHERE|55=AAPL|54=1|151=0|14=0|6=0|");
    else this.burst();
  }

  say(type: string, body: string, seq = this.seq++): void {
    const head = `35=${type}|34=${seq}|49=SIM|56=HP|52=20231114-10:00:00.000|`;
    this.peer?.write(wrapMessage(head + body));
  }

  /** More messages than one poll of the session takes, and the beginning of one. */
  private burst(): void {
    const count = this.random() < 0.5 ? 63 : 80;
    for (let i = 0; i < count; i++) this.say("0", "");
    if (this.random() < 0.3) this.peer?.write("8=FIX.4.4\x019=60\x0135=0\x01");
  }

  protected answer(message: string): void {
    const type = field(message, 35);
    const dice = this.random();
    if (type === "A") this.say("A", "98=0|108=1|");
    else if (type === "1") this.say("0", `112=${field(message, 112)}|`);
    else if (type === "5") this.say("5", "");
    else if (type === "2") {
      const from = Number(field(message, 7));
      this.say("4", `43=Y|122=20231114-10:00:00.000|123=Y|36=${this.seq}|`, from);
    } else if (type === "D") this.onNew(message, dice);
    else if (type === "F") this.onCancel(message, dice);
    else if (type === "G") this.onReplace(message, dice);
    else if (type === "q") {
      this.orders.push(message);
      this.say("r", `11=${field(message, 11)}|530=7|531=${dice < 0.5 ? 7 : 0}|`);
      for (const r of this.resting.splice(0)) this.done(r, "4");
    } else if (type === "H") this.onStatus(message);
  }

  private onNew(message: string, dice: number): void {
    this.orders.push(message);
    const id = field(message, 11);
    const r = { message, id, qty: Number(field(message, 38)), cum: 0, px: field(message, 44) };
    if (dice < 0.06) this.done(r, "8");
    else if (dice < 0.1) return;
    else {
      this.resting.push(r);
      this.report(r, "0", "0");
    }
  }

  private onCancel(message: string, dice: number): void {
    this.orders.push(message);
    const at = this.resting.findIndex((r) => r.id === field(message, 41));
    if (dice < 0.05) return;
    if (at < 0 || dice < 0.15) {
      const ids = `37=V1|11=${field(message, 11)}|41=${field(message, 41)}|`;
      this.say("9", `${ids}39=${at < 0 ? 2 : 0}|434=1|102=${at < 0 ? 1 : 2}|`);
      return;
    }
    const [r] = this.resting.splice(at, 1);
    this.done({ ...r!, id: field(message, 11) }, "4", `41=${r!.id}|`);
  }

  private onReplace(message: string, dice: number): void {
    this.orders.push(message);
    const r = this.resting.find((one) => one.id === field(message, 41));
    const qty = Number(field(message, 38));
    if (r === undefined || dice < 0.1 || qty <= r.cum) {
      const ids = `37=V1|11=${field(message, 11)}|41=${field(message, 41)}|`;
      this.say("9", `${ids}39=0|434=2|102=2|`);
      return;
    }
    const before = r.id;
    Object.assign(r, { id: field(message, 11), qty, px: field(message, 44) });
    this.report(r, "5", "0", `41=${before}|`);
  }

  private onStatus(message: string): void {
    const r = this.resting.find((one) => one.id === field(message, 11));
    const gone = { message, id: field(message, 11), qty: 0, cum: 0, px: "1" };
    if (r !== undefined) this.report(r, "I", r.cum > 0 ? "1" : "0");
    else this.done(gone, "I", "", "8");
  }

  private fillOne(): void {
    const r = this.resting[Math.floor(this.random() * this.resting.length)];
    if (r === undefined) return;
    const qty = this.random() < 0.5 ? r.qty - r.cum : Math.ceil((r.qty - r.cum) / 2);
    r.cum += qty;
    const isAll = r.cum === r.qty;
    this.report(r, "F", isAll ? "2" : "1", `32=${qty}|31=${r.px}|851=1|`);
    if (isAll) this.resting.splice(this.resting.indexOf(r), 1);
  }

  private cancelOne(): void {
    const [r] = this.resting.splice(Math.floor(this.random() * this.resting.length), 1);
    if (r !== undefined) this.done(r, "4");
  }

  private askAgain(): void {
    if (this.expected < 2) return;
    const from = 1 + Math.floor(this.random() * (this.expected - 1));
    this.say("2", `7=${from}|16=0|`);
  }

  private done(r: Resting, execType: string, more = "", status = execType): void {
    this.report(r, execType, status, more, 0);
  }

  private report(
    r: Resting,
    execType: string,
    status: string,
    more = "",
    leaves = r.qty - r.cum,
  ): void {
    const f = (tag: number) => field(r.message, tag);
    const ids = `37=V1|17=E${++this.execs}|150=${execType}|39=${status}|11=${r.id}|${more}`;
    const what = `55=${f(55)}|54=${f(54)}|38=${r.qty}|44=${r.px}|`;
    this.say("8", `${ids}${what}151=${leaves}|14=${r.cum}|6=0|`);
  }
}
