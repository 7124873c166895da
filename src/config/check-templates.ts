/** The template file of a feed of CME: an engine reads it when it starts, which is too late to fail. */
import { readFileSync } from "node:fs";
import { MessagePlans } from "../feed/mdp3/message-plans.ts";
import { readSbeSchema } from "../feed/mdp3/sbe-schema.ts";
import { SbeSchemaError } from "../feed/mdp3/sbe-xml.ts";
import type { CheckOptions, Path, Report } from "./report.ts";

/** Messages of price levels: MDIncrementalRefreshBook and the one before it. */
const BOOKS = [46, 32];

export function checkTemplates(
  templates: string | undefined,
  path: Path,
  report: Report,
  o: CheckOptions,
): void {
  if (templates === undefined) return;
  const file = o.absolute(templates);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    report.error(path, `there is no readable file ${file}`);
    return;
  }
  try {
    const schema = readSbeSchema(text, file);
    new MessagePlans(schema);
    if (BOOKS.some((id) => schema.messages.has(id))) return;
    report.error(
      path,
      `SBE templates ${file}: no message of books is in it; wanted: template ${BOOKS.join(" or ")}`,
    );
  } catch (error) {
    if (!(error instanceof SbeSchemaError)) throw error;
    report.error(path, error.message);
  }
}
