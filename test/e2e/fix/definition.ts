/**
 * Reads scenarios in the form of QuickFIX's acceptance tests, one step a line:
 *
 *   iCONNECT, iDISCONNECT      the player opens, ends the connection
 *   eCONNECT, eDISCONNECT      it waits for the other side to
 *   I..., E...                 a message that it sends, that it expects; SOH after each field
 *   i2,CONNECT  I2,8=...       the same of a numbered connection
 *
 * `#` begins a comment. In messages <TIME>, <TIME+n> and <TIME-n> are times, n in seconds;
 * BodyLength and CheckSum are added where they are missing.
 */
import type { Step } from "./player.ts";
import { SOH } from "./wire.ts";

/** Steps of a file; throws for a line that is none. */
export function stepsOf(text: string): Step[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line === "" || line.startsWith("#")) return [];
    const step = stepOf(line);
    if (step === undefined) throw new Error(`line ${index + 1} is no step: ${line}`);
    return [step];
  });
}

function stepOf(line: string): Step | undefined {
  const parts = /^([IEie])(?:(\d),)?(.*)$/s.exec(line);
  if (parts === null) return undefined;
  const [, kind, number, body = ""] = parts;
  const client = Number(number ?? 1);
  // A file may end a message without its last separator.
  const text = body.endsWith(SOH) ? body : body + SOH;
  if (kind === "I") return { does: "send", client, text };
  if (kind === "E") return { does: "expect", client, text };
  if (body === "CONNECT") return { does: "connect", client };
  if (body !== "DISCONNECT") return undefined;
  return kind === "i" ? { does: "close", client } : { does: "expect close", client };
}
