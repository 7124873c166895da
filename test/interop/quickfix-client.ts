/** A QuickFIX program that obeys commands (client.h), and what it has said so far. */
import { until } from "../e2e/helpers/folder.ts";

export class QuickfixClient {
  readonly said: string[] = [];
  private readonly child: Bun.Subprocess<"pipe", "pipe", "inherit">;

  /** `command`: the program, its settings, its mode. */
  constructor(command: string[]) {
    this.child = Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    void this.pump();
  }

  tell(command: string): void {
    this.child.stdin.write(`${command}\n`);
    this.child.stdin.flush();
  }

  /** Lines that begin with `word`, without it. */
  lines(word: string): string[] {
    return this.said
      .filter((line) => line === word || line.startsWith(`${word} `))
      .map((line) => line.slice(word.length + 1));
  }

  /** Until it has said `count` lines that begin with `word`. */
  async saying(word: string, count: number, timeoutMs = 20_000): Promise<void> {
    await until(
      `${count} lines of ${word}`,
      () => this.lines(word).length >= count,
      timeoutMs,
      () =>
        `there are ${this.lines(word).length}; the last lines: ${this.said.slice(-5).join("; ")}`,
    );
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null) return;
    this.tell("quit");
    const late = Bun.sleep(10_000).then(() => "late");
    if ((await Promise.race([this.child.exited, late])) === "late") this.child.kill("SIGKILL");
  }

  private async pump(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of this.child.stdout) {
      rest += decoder.decode(chunk, { stream: true });
      const lines = rest.split("\n");
      rest = lines.pop()!;
      this.said.push(...lines);
    }
  }
}
