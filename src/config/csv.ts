/**
 * The file that `instruments_file` names: comma-separated, a header line with keys of
 * [[instrument]], quotes where a field holds a comma. `tags` is written `207=XNAS;100=N`, `ticks`
 * `0:0.0001;1:0.01`. Empty field: as if the key were left out. Lines that start with # are skipped.
 */

import { allowedText, shapeAt, shapeOf } from "./describe.ts";
import { instrumentSchema } from "./instrument.ts";
import { nearest } from "./nearest.ts";
import type { Problem } from "./problem.ts";
import { foundText } from "./problem.ts";

export interface CsvInstrument {
  /** As the schema wants it, not yet checked. */
  raw: Record<string, unknown>;
  line: number;
  /** Column (1-based character) at which each key's field starts. */
  columns: Record<string, number>;
}

interface CsvResult {
  instruments: CsvInstrument[];
  problems: Problem[];
}

interface Field {
  text: string;
  column: number;
}

export function parseInstrumentsCsv(source: string, file: string): CsvResult {
  const problems: Problem[] = [];
  const instruments: CsvInstrument[] = [];
  const problem = (line: number, column: number, key: string, message: string) =>
    problems.push({ severity: "error", file, line, column, key, message });
  let header: string[] | undefined;
  const lines = source.replace(/^\uFEFF/, "").split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    const text = lines[i]!;
    if (text.trim() === "" || text.startsWith("#")) continue;
    const fields = splitLine(text);
    if (fields === undefined) {
      problem(i + 1, text.length, "", "a quoted field does not end on this line");
      continue;
    }
    if (header === undefined) {
      header = fields.map((f) => f.text.trim());
      for (const f of fields) checkHeader(f, i + 1, problem);
      if (!header.includes("symbol")) problem(i + 1, 1, "symbol", "the header line has no symbol");
      continue;
    }
    if (fields.length !== header.length) {
      const at = fields.at(-1)!.column;
      problem(i + 1, at, "", `found ${fields.length} fields; the header has ${header.length}`);
      continue;
    }
    const before = problems.length;
    const instrument = readFields(header, fields, i + 1, problem);
    if (problems.length === before) instruments.push(instrument);
  }
  if (header === undefined) problem(1, 1, "", "the file has no header line");
  return { instruments, problems };
}

type Report = (line: number, column: number, key: string, message: string) => void;

function checkHeader(field: Field, line: number, problem: Report): void {
  const name = field.text.trim();
  if (KEYS.includes(name)) return;
  const near = nearest(name, KEYS);
  problem(line, field.column, name, `no such column${near ? `; did you mean ${near}?` : ""}`);
}

function readFields(
  header: string[],
  fields: Field[],
  line: number,
  problem: Report,
): CsvInstrument {
  const raw: Record<string, unknown> = {};
  const columns: Record<string, number> = {};
  for (let k = 0; k < header.length; k++) {
    const key = header[k]!;
    const { text, column } = fields[k]!;
    columns[key] = column;
    if (text.trim() === "" || !KEYS.includes(key)) continue;
    const value = convert(key, text.trim());
    if (value === undefined) {
      problem(line, column, key, `found ${foundText(text)}; allowed: ${allowedInCsv(key)}`);
    } else raw[key] = value;
  }
  return { raw, line, columns };
}

/** Text to what TOML would have given; undefined when it can't be. */
function convert(key: string, text: string): unknown {
  if (key === "tags") {
    const out: Record<string, string> = {};
    for (const part of text.split(";")) {
      const at = part.indexOf("=");
      if (at < 1) return undefined;
      out[part.slice(0, at).trim()] = part.slice(at + 1);
    }
    return out;
  }
  if (key === "ticks") {
    const out: { from: number; tick: number }[] = [];
    for (const part of text.split(";")) {
      const [from, tick, more] = part.split(":");
      if (from === undefined || tick === undefined || more !== undefined) return undefined;
      if (!NUMBER.test(from.trim()) || !NUMBER.test(tick.trim())) return undefined;
      out.push({ from: Number(from), tick: Number(tick) });
    }
    return out;
  }
  const type = shapeAt(SHAPE, [key])?.type;
  if (type !== "number" && type !== "integer") return text;
  return NUMBER.test(text) ? Number(text) : undefined;
}

function allowedInCsv(key: string): string {
  if (key === "tags") return "tag=text pairs with ; between them, e.g. 207=XNAS;100=N";
  if (key === "ticks") return "from:tick pairs with ; between them, e.g. 0:0.0001;1:0.01";
  return allowedText(shapeAt(SHAPE, [key])!);
}

/** Undefined when a quote does not close. */
export function splitLine(line: string): Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  for (;;) {
    const column = at + 1;
    let text = "";
    if (line[at] === '"') {
      at++;
      for (;;) {
        if (at >= line.length) return undefined;
        if (line[at] !== '"') text += line[at++];
        else if (line[at + 1] === '"') {
          text += '"';
          at += 2;
        } else break;
      }
      at++;
      while (at < line.length && line[at] !== ",") text += line[at++];
    } else {
      while (at < line.length && line[at] !== ",") text += line[at++];
    }
    fields.push({ text, column });
    if (at >= line.length) return fields;
    at++;
  }
}

const SHAPE = shapeOf(instrumentSchema);
const KEYS = Object.keys(SHAPE.properties ?? {});
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
