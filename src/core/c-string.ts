const encoder = new TextEncoder();

/** UTF-8 with the NUL that C wants. Throws on a NUL inside. */
export function cString(text: string): Uint8Array {
  if (text.includes("\0")) throw new Error("a name for the system can't contain a NUL character");
  return encoder.encode(`${text}\0`);
}

/** The text up to the first NUL. */
export function fromCString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
