import type { Path, Report } from "./report.ts";

/** The port of "host:port" is one. */
export function checkPort(address: string | undefined, path: Path, report: Report): void {
  if (address === undefined) return;
  const number = Number(address.slice(address.lastIndexOf(":") + 1));
  if (number > 65_535) report.error(path, `found port ${number}; allowed: 1 to 65535`);
}
