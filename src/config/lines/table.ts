/**
 * Lists as text: a row a line, fields separated by commas (quotes as in CSV), or by blanks where the line
 * has no comma. The first row names the columns. Empty rows, and those that begin with #, are skipped.
 */
import { splitLine } from "../csv.ts";
import { nearest } from "../nearest.ts";
import { LineListError } from "./line-list.ts";

export interface Column {
  name: string;
  /** False: the column may be left out, and its fields be empty. */
  isNeeded: boolean;
}

export interface Row {
  /** "units.csv:3", for messages. */
  where: string;
  /** By column; "" for an optional field that is empty or has no column. */
  fields: Record<string, string>;
}

/**
 * `inOrder`: a list whose first row begins with a digit has no header, and its fields are the columns in
 * their order. Throws LineListError.
 */
export function readTable(
  text: string,
  file: string,
  columns: readonly Column[],
  inOrder = false,
): Row[] {
  const rows: Row[] = [];
  let header: string[] | undefined;
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  lines.forEach((line, i) => {
    if (line.trim() === "" || line.trimStart().startsWith("#")) return;
    const where = `${file}:${i + 1}`;
    const found = splitRow(line, where);
    if (header === undefined) {
      if (!inOrder || !/^\d/.test(found[0]!)) {
        header = readHeader(found, where, columns);
        return;
      }
      header = columns.map(({ name }) => name).slice(0, Math.max(found.length, neededIn(columns)));
    }
    rows.push({ where, fields: fieldsOf(found, where, header, columns) });
  });
  if (rows.length > 0) return rows;
  const names = columns.map(({ name }) => name).join(", ");
  throw new LineListError(`${file}: it has no rows; allowed: rows with the columns ${names}`);
}

function splitRow(line: string, where: string): string[] {
  if (!line.includes(",")) return line.trim().split(/\s+/);
  const fields = splitLine(line);
  if (fields === undefined) {
    throw new LineListError(`${where}: a quoted field does not end on its line`);
  }
  return fields.map((field) => field.text.trim());
}

/** How many of the columns, from the first on, must be there. */
function neededIn(columns: readonly Column[]): number {
  return columns.findLastIndex(({ isNeeded }) => isNeeded) + 1;
}

function readHeader(found: string[], where: string, columns: readonly Column[]): string[] {
  const names = columns.map(({ name }) => name);
  const header = found.map((word) => word.toLowerCase().replace(/[ -]+/g, "_"));
  header.forEach((name, k) => {
    if (!names.includes(name)) {
      const near = nearest(name, names);
      const hint = near === undefined ? "" : `; did you mean ${near}?`;
      const text = `found column "${found[k]}"; allowed: ${names.join(", ")}${hint}`;
      throw new LineListError(`${where}: ${text}`);
    }
    if (header.indexOf(name) !== k) throw new LineListError(`${where}: column ${name} is twice`);
  });
  for (const { name, isNeeded } of columns) {
    if (!isNeeded || header.includes(name)) continue;
    throw new LineListError(`${where}: the first row has no column ${name}; needed`);
  }
  return header;
}

function fieldsOf(
  found: string[],
  where: string,
  header: string[],
  columns: readonly Column[],
): Record<string, string> {
  if (found.length !== header.length) {
    const columnsText = `${header.length}: ${header.join(", ")}`;
    throw new LineListError(`${where}: found ${found.length} fields; allowed: ${columnsText}`);
  }
  const fields: Record<string, string> = {};
  for (const { name, isNeeded } of columns) {
    const value = found[header.indexOf(name)] ?? "";
    if (isNeeded && value === "") throw new LineListError(`${where}: ${name} is empty; needed`);
    fields[name] = value;
  }
  return fields;
}
