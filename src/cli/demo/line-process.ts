/** A child process that speaks one JSON document per line on stdout. */
import { IS_COMPILED } from "../../core/compiled.ts";

export class LineProcess {
  private readonly child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  private readonly waiting: ((line: string | null) => void)[] = [];
  private readonly lines: string[] = [];
  private isOver = false;

  /** `verb` and its arguments, run by this same executable. */
  constructor(args: string[], cwd: string) {
    const main = IS_COMPILED ? [] : [Bun.main];
    this.child = Bun.spawn([process.execPath, ...main, ...args], {
      cwd,
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    void this.pump();
  }

  get pid(): number {
    return this.child.pid;
  }

  get exited(): Promise<number> {
    return this.child.exited;
  }

  /** Next line as JSON, or null when the process has ended or `timeoutMs` has passed. */
  async next<T>(timeoutMs: number): Promise<T | null> {
    const line = await this.line(timeoutMs);
    return line === null ? null : (JSON.parse(line) as T);
  }

  send(command: object): void {
    this.child.stdin.write(`${JSON.stringify(command)}\n`);
    this.child.stdin.flush();
  }

  /** Sends a command and takes the next line as its answer. */
  async ask<T>(command: object, timeoutMs = 10_000): Promise<T | null> {
    this.send(command);
    return this.next<T>(timeoutMs);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  private line(timeoutMs: number): Promise<string | null> {
    const ready = this.lines.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    if (this.isOver) return Promise.resolve(null);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(settle), 1);
        resolve(null);
      }, timeoutMs);
      const settle = (line: string | null): void => {
        clearTimeout(timer);
        resolve(line);
      };
      this.waiting.push(settle);
    });
  }

  private async pump(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of this.child.stdout) {
      rest += decoder.decode(chunk, { stream: true });
      const lines = rest.split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.deliver(line);
    }
    this.isOver = true;
    for (const settle of this.waiting.splice(0)) settle(null);
  }

  private deliver(line: string): void {
    if (line.trim() === "") return;
    const settle = this.waiting.shift();
    if (settle === undefined) this.lines.push(line);
    else settle(line);
  }
}
