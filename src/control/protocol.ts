/**
 * What passes over the CLI socket: one line of JSON each way, then the connection ends.
 *
 *   {"command":"status"}                 -> {"ok":true,"status":{...}}
 *   {"command":"arm"}                    -> {"ok":true} | {"ok":false,"error":"one sentence"}
 *   {"command":"disarm"} {"command":"kill"} {"command":"stop"}
 */
import { z } from "zod";
import type { ApplianceStatus } from "./status.ts";

/** Longest request, with its newline. */
export const REQUEST_BYTES_MAX = 4096;

const COMMANDS = ["status", "arm", "disarm", "kill", "stop"] as const;
export type Command = (typeof COMMANDS)[number];

const requestSchema = z.strictObject({ command: z.enum(COMMANDS) });
export type Request = z.infer<typeof requestSchema>;

export type Answer =
  | { ok: true; status?: ApplianceStatus; text?: string }
  | { ok: false; error: string };

/** A request line, or the sentence to answer it with. */
export function parseRequest(line: string): Request | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return "the request is not JSON";
  }
  const parsed = requestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const asked = (value as { command?: unknown } | null)?.command;
  if (typeof asked === "string" && !(COMMANDS as readonly string[]).includes(asked)) {
    return `there is no command ${JSON.stringify(asked.slice(0, 40))}; known: ${COMMANDS.join(", ")}`;
  }
  return 'the request must be an object with one member, "command"';
}

export function encodeAnswer(answer: Answer): string {
  return `${JSON.stringify(answer)}\n`;
}

/** An answer line; throws one sentence when it is none. */
export function parseAnswer(line: string): Answer {
  let answer: unknown;
  try {
    answer = JSON.parse(line);
  } catch {
    answer = null;
  }
  if (typeof answer === "object" && answer !== null && "ok" in answer) return answer as Answer;
  throw new Error("the appliance's answer can't be read; is it another version?");
}
