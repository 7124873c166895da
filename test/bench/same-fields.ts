/** Whether two codecs have written the same message. */
import { showMessage } from "../../src/fix/codec/text.ts";

/** Order, padding, zeros behind a decimal, and so length and checksum, are each codec's own. */
export function sameFields(ours: Uint8Array, theirs: Uint8Array, other: string): void {
  const a = fields(ours);
  const b = fields(theirs);
  if (a !== b) throw new Error(`the messages differ: ours ${a}, ${other} ${b}`);
}

function fields(message: Uint8Array): string {
  return showMessage(message)
    .split("|")
    .filter((field) => field !== "" && !/^(9|10)=/.test(field))
    .map((field) => field.replace(/^(38|44)=(.*)$/, (_, tag, value) => `${tag}=${Number(value)}`))
    .sort()
    .join("|");
}
