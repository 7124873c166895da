/** Columns for a person: a head, rows, two spaces between; numbers to the right. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((h, k) => Math.max(h.length, ...rows.map((r) => (r[k] ?? "").length)));
  const isNumber = head.map(
    (_, k) => rows.length > 0 && rows.every((r) => NUMBER.test(r[k] ?? "")),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, k) => (isNumber[k] ? cell.padStart(widths[k]!) : cell.padEnd(widths[k]!)))
      .join("  ")
      .trimEnd();
  return [line(head), ...rows.map(line)].join("\n");
}

const NUMBER = /^-?[\d,]*\.?\d+%?$/;
