// @hot
/**
 * Small, seeded, reproducible: a 128-bit state of three chaotic words and a counter (the generator
 * known as sfc32), stepped with 32-bit arithmetic only.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(seed: number) {
    this.a = seed | 0;
    this.b = Math.floor(seed / 4294967296) | 0;
    this.c = 0x6a09e667;
    for (let i = 0; i < WARM_UP; i++) this.next();
  }

  /** Uniform in [0, 1), 32 bits of it. */
  next(): number {
    const out = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + out) | 0;
    return (out >>> 0) / 4294967296;
  }
}

const WARM_UP = 16;
