/** Numbers with their units, for people. */

/** 187 ns, 1.25 us, 12.5 us, 3.1 ms, 2.5 s: three significant digits. */
export function formatNs(ns: number): string {
  if (!Number.isFinite(ns)) return "-";
  const size = Math.abs(ns);
  // The limits are where three digits would round up to the next unit.
  if (size < 999.5) return `${Math.round(ns)} ns`;
  if (size < 999_500) return `${digits3(ns / 1e3)} us`;
  if (size < 999_500_000) return `${digits3(ns / 1e6)} ms`;
  return `${digits3(ns / 1e9)} s`;
}

/** 1,234,567 */
export function formatCount(value: number): string {
  if (!Number.isFinite(value)) return "-";
  const [whole, fraction] = String(Math.abs(value)).split(".");
  if (whole!.includes("e")) return String(value);
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, ",");
  return `${value < 0 ? "-" : ""}${grouped}${fraction === undefined ? "" : `.${fraction}`}`;
}

/** -1,234.50 */
export function formatMoney(value: number): string {
  if (!Number.isFinite(value)) return "-";
  const text = formatCount(Number(Math.abs(value).toFixed(2)));
  const [whole, fraction = ""] = text.split(".");
  const isNegative = value < 0 && Number(value.toFixed(2)) !== 0;
  return `${isNegative ? "-" : ""}${whole}.${fraction.padEnd(2, "0")}`;
}

/** 45.1% of a share between 0 and 1. */
export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return "-";
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return "<0.1%";
  if (percent < 100 && percent >= 99.95) return ">99.9%";
  return `${percent.toFixed(1)}%`;
}

function digits3(value: number): string {
  const size = Math.abs(value);
  const decimals = size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
  return value.toFixed(decimals);
}
