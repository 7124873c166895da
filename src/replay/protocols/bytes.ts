/** `size` bytes as text, one character each. */
export function latin(bytes: Uint8Array, at: number, size: number): string {
  let text = "";
  for (let i = 0; i < size; i++) text += String.fromCharCode(bytes[at + i]!);
  return text;
}
