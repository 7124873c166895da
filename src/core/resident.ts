/**
 * A zeroed buffer whose pages are there already. A fresh ArrayBuffer is only promised: the first
 * write to each of its pages is a fault, microseconds in the middle of an order. Tables that the
 * path writes to for the first time while it trades are made with this.
 */
export function residentBuffer(bytes: number): ArrayBuffer {
  const buffer = new ArrayBuffer(bytes);
  new Uint8Array(buffer).fill(0);
  return buffer;
}
