/**
 * Where each key of a TOML text stands. The parser gives no positions for good values, but a
 * message about a value needs its line. Only called with text that smol-toml has accepted, so it
 * looks for structure, not for mistakes; on text it does not expect it stops and returns what it
 * has.
 */
export interface Place {
  line: number;
  column: number;
}

export class Places {
  private readonly byPath = new Map<string, Place>();

  set(path: readonly PropertyKey[], place: Place): void {
    const key = pathKey(path);
    if (!this.byPath.has(key)) this.byPath.set(key, place);
  }

  /** The place of the path, or of the nearest table around it. */
  find(path: readonly PropertyKey[]): Place {
    for (let n = path.length; n > 0; n--) {
      const place = this.byPath.get(pathKey(path.slice(0, n)));
      if (place !== undefined) return place;
    }
    return { line: 0, column: 0 };
  }

  has(path: readonly PropertyKey[]): boolean {
    return this.byPath.has(pathKey(path));
  }
}

function pathKey(path: readonly PropertyKey[]): string {
  return JSON.stringify(path.map(String));
}

export function locate(source: string): Places {
  const scanner = new Scanner(source);
  scanner.run();
  return scanner.places;
}

type Path = (string | number)[];

class Scanner {
  readonly places = new Places();
  private at = 0;
  private line = 1;
  private lineStart = 0;
  private table: Path = [];
  /** Arrays of tables seen so far, and the index of their last element. */
  private readonly arrays = new Map<string, number>();

  constructor(private readonly text: string) {}

  run(): void {
    for (;;) {
      this.skip(true);
      if (this.at >= this.text.length) return;
      const before = this.at;
      if (this.peek() === "[") this.header();
      else this.pair(this.table);
      if (this.at === before) return;
    }
  }

  private header(): void {
    const place = this.place();
    const isArray = this.text.startsWith("[[", this.at);
    this.advance(isArray ? 2 : 1);
    const key = this.key();
    this.skip(false);
    this.advance(isArray ? 2 : 1);
    this.table = this.throughArrays(key, isArray);
    if (isArray) {
      const index = (this.arrays.get(pathKey(this.table)) ?? -1) + 1;
      this.arrays.set(pathKey(this.table), index);
      this.places.set(this.table, place);
      this.table = [...this.table, index];
    }
    this.places.set(this.table, place);
  }

  /** `[a.b]` where a is an array of tables means the b of its last element. */
  private throughArrays(key: string[], isArray: boolean): Path {
    const path: Path = [];
    for (let i = 0; i < key.length; i++) {
      path.push(key[i]!);
      const index = this.arrays.get(pathKey(path));
      const isLast = i === key.length - 1;
      if (index !== undefined && !(isLast && isArray)) path.push(index);
    }
    return path;
  }

  private pair(table: Path): void {
    const place = this.place();
    const key = this.key();
    if (key.length === 0) return;
    for (let i = 1; i <= key.length; i++) this.places.set([...table, ...key.slice(0, i)], place);
    this.skip(false);
    if (this.peek() !== "=") return;
    this.advance(1);
    this.value([...table, ...key]);
  }

  /** A dotted key; each part bare or quoted. */
  private key(): string[] {
    const parts: string[] = [];
    for (;;) {
      this.skip(false);
      const c = this.peek();
      if (c === '"' || c === "'") parts.push(this.string());
      else {
        const start = this.at;
        while (/[A-Za-z0-9_-]/.test(this.peek())) this.advance(1);
        if (this.at === start) return parts;
        parts.push(this.text.slice(start, this.at));
      }
      this.skip(false);
      if (this.peek() !== ".") return parts;
      this.advance(1);
    }
  }

  private value(path: Path): void {
    this.skip(false);
    const c = this.peek();
    if (c === '"' || c === "'") this.string();
    else if (c === "[") this.array(path);
    else if (c === "{") this.inlineTable(path);
    else while (this.at < this.text.length && !/[,\]}\n#]/.test(this.peek())) this.advance(1);
  }

  private array(path: Path): void {
    this.advance(1);
    for (let index = 0; this.at < this.text.length; index++) {
      this.skip(true);
      if (this.peek() === "]") break;
      const before = this.at;
      this.places.set([...path, index], this.place());
      this.value([...path, index]);
      this.skip(true);
      if (this.peek() === ",") this.advance(1);
      if (this.at === before) return;
    }
    this.advance(1);
  }

  private inlineTable(path: Path): void {
    this.advance(1);
    while (this.at < this.text.length) {
      this.skip(true);
      if (this.peek() === "}") break;
      const before = this.at;
      this.pair(path);
      this.skip(true);
      if (this.peek() === ",") this.advance(1);
      if (this.at === before) return;
    }
    this.advance(1);
  }

  /** Any of the four kinds of string; returns the text (escapes resolved for one-line strings). */
  private string(): string {
    const quote = this.peek();
    const long = this.text.startsWith(quote.repeat(3), this.at);
    const close = long ? quote.repeat(3) : quote;
    this.advance(close.length);
    const start = this.at;
    while (this.at < this.text.length && !this.text.startsWith(close, this.at)) {
      this.advance(quote === '"' && this.peek() === "\\" ? 2 : 1);
    }
    const raw = this.text.slice(start, this.at);
    this.advance(close.length);
    // A long string may end in one or two quotes of its own.
    while (long && this.peek() === quote) this.advance(1);
    if (quote === "'" || long || !raw.includes("\\")) return raw;
    try {
      return String(JSON.parse(`"${raw.replace(/\\U(\w{8})/g, (_, h) => codePoint(h))}"`));
    } catch {
      return raw;
    }
  }

  /** Blanks, and with `lines` also line ends and comments. */
  private skip(lines: boolean): void {
    while (this.at < this.text.length) {
      const c = this.peek();
      if (c === " " || c === "\t" || (lines && (c === "\n" || c === "\r"))) this.advance(1);
      else if (lines && c === "#") {
        while (this.at < this.text.length && this.peek() !== "\n") this.advance(1);
      } else return;
    }
  }

  private peek(): string {
    return this.text[this.at] ?? "";
  }

  private advance(count: number): void {
    for (let i = 0; i < count && this.at < this.text.length; i++) {
      if (this.text[this.at++] === "\n") {
        this.line++;
        this.lineStart = this.at;
      }
    }
  }

  private place(): Place {
    return { line: this.line, column: this.at - this.lineStart + 1 };
  }
}

function codePoint(hex: string): string {
  return JSON.stringify(String.fromCodePoint(Number.parseInt(hex, 16))).slice(1, -1);
}
