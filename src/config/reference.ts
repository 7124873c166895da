/** docs/reference/config.md, written from the schema (`bun run docs`). */
import type { Shape } from "./describe.ts";
import { allowedText, configShape } from "./describe.ts";

/** The page, as Markdown. */
export function configReference(): string {
  const out = [
    "# Config",
    "",
    "<!-- Written from src/config by `bun run docs`. Do not edit. -->",
    "",
    "One TOML file. Absent means off or the default below. Relative paths start at the folder of the file.",
    "Unknown keys are errors. `hairpin check CONFIG` prints what a config means and everything wrong with it.",
    "",
  ];
  for (const [name, shape] of Object.entries(configShape().properties ?? {})) {
    section(name, shape, out);
  }
  return `${out.join("\n").trimEnd()}\n`;
}

function section(name: string, shape: Shape, out: string[]): void {
  const table = shape.type === "array" ? shape.items : shape;
  if (table?.properties === undefined) {
    out.push(`## ${name}`, "", `${shape.description} Allowed: ${allowedText(shape)}.`, "");
    return;
  }
  const title = shape.type === "array" ? `[[${name}]]` : `[${name}]`;
  out.push(`## ${title}`, "", shape.description ?? "", "");
  if (shape.type === "array") {
    const min = shape.minItems ?? 0;
    out.push(`${min} to ${shape.maxItems} of them.`, "");
  }
  out.push("| key | allowed | default | meaning |", "|---|---|---|---|");
  rows("", table, out);
  out.push("");
}

/** One row a key; tables within are flattened with dots, lists of tables with []. */
function rows(prefix: string, table: Shape, out: string[]): void {
  for (const [key, shape] of Object.entries(table.properties ?? {})) {
    const isRequired = table.required?.includes(key) === true;
    const name = `${prefix}${key}`;
    const inner = shape.type === "object" ? shape : shape.items;
    const initial = isRequired ? "required" : defaultText(shape);
    out.push(
      `| \`${name}\` | ${cell(allowedText(shape))} | ${initial} | ${cell(shape.description ?? "")} |`,
    );
    if (inner?.properties !== undefined) {
      rows(shape.type === "object" ? `${name}.` : `${name}[].`, inner, out);
    } else if (typeof shape.additionalProperties === "object") {
      rows(`${name}.SYMBOL.`, shape.additionalProperties, out);
    }
  }
}

function defaultText(shape: Shape): string {
  const value = shape.default;
  if (value === undefined || (typeof value === "object" && Object.keys(value ?? {}).length === 0)) {
    return "";
  }
  return `\`${JSON.stringify(value)}\``;
}

function cell(text: string): string {
  return text.replace(/\|/g, "\\|");
}
