/**
 * Plays a scenario over TCP: sends its messages, compares what comes with what it expects, and waits
 * for disconnects. What comes unexpectedly is the failure of the next expectation, or of the end.
 */
import { type Compared, difference } from "./compare.ts";
import type { Link } from "./link.ts";
import { complete, fieldsOf, readable, SOH, tagValue, timestamp } from "./wire.ts";

/** `client` numbers the connections of a scenario from 1. Texts have SOH after each field. */
export type Step =
  | { does: "connect"; client: number }
  | { does: "close"; client: number }
  | { does: "send"; client: number; text: string }
  | { does: "expect"; client: number; text: string; skip?: string[]; timeoutMs?: number }
  | { does: "expect close"; client: number; skip?: string[]; timeoutMs?: number };

export interface PlayOptions {
  /** The player's end of a new connection: connects to an acceptor, or waits for an initiator. */
  open(client: number): Promise<Link>;
  /** Compares as the definition files mean it (compare.ts). */
  isDefinition?: boolean;
  timeoutMs?: number;
}

/** The steps, ended and checked; throws an error that shows the conversation when one fails. */
export async function play(steps: Step[], o: PlayOptions): Promise<void> {
  const player = new Player(o);
  try {
    for (const [index, step] of steps.entries()) await player.step(step, index + 1);
    player.noRest();
  } finally {
    player.end();
  }
}

class Player {
  private readonly links = new Map<number, Link>();
  private readonly log: string[] = [];
  private readonly compared: Compared;
  private readonly timeoutMs: number;

  constructor(private readonly o: PlayOptions) {
    const isDefinition = o.isDefinition === true;
    this.compared = { captures: new Map(), sent: new Map(), isDefinition };
    this.timeoutMs = o.timeoutMs ?? 10_000;
  }

  async step(step: Step, number: number): Promise<void> {
    try {
      if (step.does === "connect") await this.connect(step.client);
      else if (step.does === "close") this.link(step.client).close();
      else if (step.does === "send") await this.send(step.client, step.text);
      else if (step.does === "expect") await this.expect(step);
      else await this.expectClose(step);
    } catch (error) {
      throw new Error(this.failure(step, number, error));
    }
  }

  /** Nothing may be left that no step took. */
  noRest(): void {
    for (const link of this.links.values()) {
      const rest = link.rest();
      if (rest !== "")
        throw new Error(`came after the last step: ${readable(rest)}\n${this.talk()}`);
    }
  }

  end(): void {
    for (const link of this.links.values()) link.close();
  }

  private async connect(client: number): Promise<void> {
    this.links.get(client)?.close();
    this.links.set(client, await this.o.open(client));
    this.compared.sent.clear();
    this.note(client, "connected");
  }

  private async send(client: number, text: string): Promise<void> {
    const message = complete(this.filled(text));
    this.note(client, `> ${readable(message)}`);
    const link = this.link(client);
    if (link.isClosed) throw new Error("the connection has been closed");
    await link.send(message);
  }

  private async expect(step: Step & { does: "expect" }): Promise<void> {
    for (;;) {
      const message = await this.receive(step.client, step.timeoutMs ?? this.timeoutMs);
      if (message === undefined) throw new Error("the connection was closed instead");
      const fault = difference(withLength(step.text), message, this.compared);
      if (fault === undefined) return;
      if (!isSkipped(step.skip, message)) throw new Error(fault);
    }
  }

  private async expectClose(step: Step & { does: "expect close" }): Promise<void> {
    for (;;) {
      const message = await this.receive(step.client, step.timeoutMs ?? this.timeoutMs);
      if (message === undefined) return;
      if (!isSkipped(step.skip, message)) throw new Error("a message came instead of the end");
    }
  }

  private async receive(client: number, timeoutMs: number): Promise<string | undefined> {
    const message = await this.link(client).next(timeoutMs);
    this.note(client, message === undefined ? "< closed" : `< ${readable(message)}`);
    return message;
  }

  private link(client: number): Link {
    const link = this.links.get(client);
    if (link === undefined) throw new Error(`client ${client} is not connected`);
    return link;
  }

  /** Times and captured values put in. */
  private filled(text: string): string {
    return text
      .replace(/<TIME([+-]\d+)?>/g, (_, offset: string | undefined) =>
        timestamp(Number(offset ?? 0)),
      )
      .replace(/=\$(\w+)/g, (_, name: string) => `=${this.compared.captures.get(name) ?? ""}`);
  }

  private note(client: number, text: string): void {
    this.log.push(this.links.size > 1 || client > 1 ? `${client} ${text}` : text);
  }

  private failure(step: Step, number: number, error: unknown): string {
    const why = error instanceof Error ? error.message : String(error);
    const what = "text" in step ? `${step.does} ${readable(step.text)}` : step.does;
    return `step ${number} (${what}): ${why}\n${this.talk()}`;
  }

  private talk(): string {
    return this.log.map((line) => `    ${line}`).join("\n");
  }
}

function isSkipped(types: string[] | undefined, message: string): boolean {
  const type = tagValue(message, 35) ?? "";
  return types?.includes(type) === true;
}

/** Expected texts leave out BodyLength and CheckSum, or have them as a definition file does. */
function withLength(text: string): string {
  const fields = fieldsOf(text);
  if (fields[1]?.tag !== "9") fields.splice(1, 0, { tag: "9", value: "" });
  if (fields.at(-1)?.tag !== "10") fields.push({ tag: "10", value: "" });
  return fields.map(({ tag, value }) => `${tag}=${value}${SOH}`).join("");
}
