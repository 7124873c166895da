/** A running `hairpin`: its stderr kept, its JSON lines on stdout read one by one. */
import { BARE_ENV, BINARY } from "./binary.ts";

export interface ChildOptions {
  cwd: string;
  env?: Record<string, string>;
  before?: string[];
  /** Another copy of the executable. */
  binary?: string;
}

export class BinaryChild {
  err = "";
  readonly process: Bun.Subprocess<"pipe", "pipe", "pipe">;
  private readonly lines: string[] = [];
  private readonly waiting: ((line: string | null) => void)[] = [];
  private isOver = false;

  constructor(args: string[], o: ChildOptions) {
    this.process = Bun.spawn([...(o.before ?? []), o.binary ?? BINARY, ...args], {
      cwd: o.cwd,
      env: o.env ?? BARE_ENV,
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
    void this.pumpOut();
    void this.pumpErr();
  }

  /** Next line of stdout as JSON; null when it has ended. Throws when none comes in time. */
  async next<T>(timeoutMs = 10_000): Promise<T | null> {
    const line = await this.line(timeoutMs);
    return line === null ? null : (JSON.parse(line) as T);
  }

  /** Sends a command as JSON and takes the next line as its answer. */
  async ask<T>(command: object): Promise<T> {
    this.process.stdin.write(`${JSON.stringify(command)}\n`);
    this.process.stdin.flush();
    const answer = await this.next<T & { ok?: boolean; error?: string }>();
    if (answer === null) throw new Error(`it has ended: ${this.err}`);
    if (answer.ok === false) throw new Error(answer.error);
    return answer;
  }

  /** Exit code; null when it has not ended within the time. */
  async ended(timeoutMs: number): Promise<number | null> {
    const late = Bun.sleep(timeoutMs).then(() => null);
    return await Promise.race([this.process.exited, late]);
  }

  private line(timeoutMs: number): Promise<string | null> {
    const ready = this.lines.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    if (this.isOver) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      const settle = (line: string | null): void => {
        clearTimeout(timer);
        resolve(line);
      };
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(settle), 1);
        reject(new Error(`no line within ${timeoutMs} ms; stderr: ${this.err}`));
      }, timeoutMs);
      this.waiting.push(settle);
    });
  }

  private async pumpOut(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of this.process.stdout) {
      rest += decoder.decode(chunk, { stream: true });
      const parts = rest.split("\n");
      rest = parts.pop()!;
      for (const line of parts) if (line.trim() !== "") this.deliver(line);
    }
    this.isOver = true;
    for (const settle of this.waiting.splice(0)) settle(null);
  }

  private deliver(line: string): void {
    const settle = this.waiting.shift();
    if (settle === undefined) this.lines.push(line);
    else settle(line);
  }

  private async pumpErr(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.process.stderr) this.err += decoder.decode(chunk);
  }
}
