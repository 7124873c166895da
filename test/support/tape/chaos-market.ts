/** A venue's market data by FIX that answers some requests, late or never, and tells what may not fit. */
import { field } from "../../unit/engine/rig.ts";
import { ChaosVenue } from "./chaos-venue.ts";

const SYMBOLS = ["AAPL", "MSFT"];
const STATUSES = [17, 17, 17, 2, 18];

export class ChaosMarket extends ChaosVenue {
  /** Requests that may still be answered. */
  private readonly open: string[] = [];
  /** For a while it answers no request. */
  private isDeaf = false;

  /** An update, a late snapshot, a status, a refusal. */
  tell(): void {
    if (this.random() < 0.03) this.isDeaf = !this.isDeaf;
    const dice = this.random();
    if (dice < 0.3) this.answerOne();
    else if (dice < 0.8) this.update();
    else if (dice < 0.9) this.status(SYMBOLS[this.pick(2)]!);
    else if (dice < 0.92) this.refuse();
    else this.strange();
  }

  protected override answer(message: string): void {
    const type = field(message, 35);
    if (type === "e") {
      if (this.random() < 0.7) this.status(field(message, 55));
    } else if (type !== "V") super.answer(message);
    else if (field(message, 263) !== "2" && !this.isDeaf) {
      this.open.push(message);
      if (this.random() < 0.5) this.answerOne();
      if (this.open.length > 8) this.open.shift();
    }
  }

  private answerOne(): void {
    const message = this.open.pop();
    if (message === undefined) return;
    for (const [, symbol] of message.matchAll(/\|55=([^|]*)/g)) {
      const levels = [0, 1, 2].map((k) => `${this.level(0, k)}${this.level(1, k)}`).join("");
      this.say("W", `262=${field(message, 262)}|55=${symbol}|268=6|${levels}`);
    }
  }

  private update(): void {
    const count = 1 + this.pick(3);
    const entries = Array.from({ length: count }, () => {
      const action = this.random() < 0.9 ? 0 : 1 + this.pick(2);
      return `279=${action}|55=${SYMBOLS[this.pick(2)]}|${this.level(this.pick(2), this.pick(5))}`;
    });
    this.say("X", `268=${count}|${entries.join("")}`);
  }

  private status(symbol: string): void {
    this.say("f", `55=${symbol}|326=${STATUSES[this.pick(STATUSES.length)]}|`);
  }

  private refuse(): void {
    const message = this.open.pop();
    if (message !== undefined) this.say("Y", `262=${field(message, 262)}|281=0|`);
  }

  /** What the dictionary refuses, or the feed does. */
  private strange(): void {
    const dice = this.random();
    if (dice < 0.3) this.say("X", `268=2|279=0|${this.level(0, 0)}`);
    else if (dice < 0.6) this.say("X", "268=1|279=0|269=0|55=AAPL|270=abc|271=1|");
    else this.say("X", `268=1|279=0|${this.level(0, 0)}`);
  }

  private level(side: number, k: number): string {
    const px = side === 0 ? 9_999 - k : 10_001 + k;
    return `269=${side}|270=${(px / 100).toFixed(2)}|271=${1 + this.pick(500)}|`;
  }

  private pick(n: number): number {
    return Math.floor(this.random() * n);
  }
}
