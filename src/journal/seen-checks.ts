/**
 * The check words of the records a reader has seen, by number: 4 bytes each, 40 MB for ten million.
 * A check is over run number, time and body, so two runs' records of one number differ in it.
 */
export class SeenChecks {
  private checks = new Int32Array(1024);
  private count = 0;
  /** Where an unbroken row of numbers begins: its first number, and that one's place in `checks`. */
  private readonly rows: { number: number; index: number }[] = [];
  private next = -1;

  /** Numbers come in ascending order (modulo 2^32), with holes at most. */
  add(number: number, check: number): void {
    if (number !== this.next) this.rows.push({ number, index: this.count });
    this.next = (number + 1) >>> 0;
    if (this.count === this.checks.length) this.grow();
    this.checks[this.count++] = check;
  }

  /** False when another record of that number was seen; true for one that never was. */
  isSame(number: number, check: number): boolean {
    for (let i = this.rows.length - 1; i >= 0; i--) {
      const row = this.rows[i]!;
      const distance = (number - row.number) | 0;
      if (distance < 0) continue;
      const index = row.index + distance;
      const end = this.rows[i + 1]?.index ?? this.count;
      return index >= end || this.checks[index] === check;
    }
    return true;
  }

  private grow(): void {
    const grown = new Int32Array(this.checks.length * 2);
    grown.set(this.checks);
    this.checks = grown;
  }
}
