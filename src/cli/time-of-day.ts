/** Times of day on the command line. */
import { CliError, EXIT_USAGE } from "./exit-codes.ts";

const S_NS = 1e9;
const DAY_S = 86_400;

/** "09:30", "09:30:00" or "09:30:00.123456789", up to "24:00", to ns since midnight; `flag` for the message. */
export function parseTimeOfDay(flag: string, text: string): number {
  const match = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?$/.exec(text);
  const [hours, minutes, seconds] = [1, 2, 3].map((k) => Number(match?.[k] ?? 0));
  const fraction = Number((match?.[4] ?? "").padEnd(9, "0"));
  const ns = (hours! * 3600 + minutes! * 60 + seconds!) * S_NS + fraction;
  if (match === null || minutes! > 59 || seconds! > 59 || ns > DAY_S * S_NS) {
    throw new CliError(EXIT_USAGE, `${flag}: found "${text}"; allowed: HH:MM:SS, e.g. 09:30:00.5`);
  }
  return ns;
}

/** ns since midnight as HH:MM:SS with `digits` decimals; a day later or earlier as "+1d ". */
export function formatTimeOfDay(ns: number, digits = 9): string {
  const day = Math.floor(ns / (DAY_S * S_NS));
  const inDay = ns - day * DAY_S * S_NS;
  const seconds = Math.floor(inDay / S_NS);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const clock = parts.map((part) => String(part).padStart(2, "0")).join(":");
  const prefix = day === 0 ? "" : `${day > 0 ? "+" : ""}${day}d `;
  const fraction = String(Math.floor(inDay % S_NS))
    .padStart(9, "0")
    .slice(0, digits);
  return `${prefix}${clock}${digits === 0 ? "" : `.${fraction}`}`;
}
