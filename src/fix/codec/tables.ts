/** Tables of numbers with buffers of their own, as everything has that the path reads. */

export function int32Table(values: readonly number[]): Int32Array {
  const table = new Int32Array(new ArrayBuffer(4 * values.length));
  table.set(values);
  return table;
}

export function uint16Table(values: readonly number[]): Uint16Array {
  const table = new Uint16Array(new ArrayBuffer(2 * values.length));
  table.set(values);
  return table;
}
