/** A message for a person: SOH shown as |. */
export function showMessage(bytes: Uint8Array, from = 0, to = bytes.length): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from)
    .toString("latin1")
    .replaceAll("\u0001", "|");
}

/** The reverse of showMessage: | becomes SOH. */
export function messageBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll("|", "\u0001"), "latin1"));
}

/** Body of a message ("35=0|49=A|...|") with 8, 9 and 10 put around it: for tests and tools. */
export function wrapMessage(body: string, beginString = "FIX.4.4"): Uint8Array {
  const inner = messageBytes(body);
  const head = messageBytes(`8=${beginString}|9=${inner.length}|`);
  let sum = 0;
  for (const c of head) sum += c;
  for (const c of inner) sum += c;
  const trailer = messageBytes(`10=${String(sum & 255).padStart(3, "0")}|`);
  return new Uint8Array(Buffer.concat([head, inner, trailer]));
}
