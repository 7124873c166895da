// Numbers and times as the report shows them. charts.js takes them from `format`.
// biome-ignore lint/correctness/noUnusedVariables: the script behind this one uses it
const format = (() => {
  // Seconds of the session date, to 12:34:56.123456 with as many digits as a step needs.
  function timeText(seconds, step) {
    const digits = step >= 1 ? 0 : Math.min(9, Math.ceil(-Math.log10(step) - 1e-9));
    const sign = seconds < 0 ? "-" : "";
    const whole = Number(Math.abs(seconds).toFixed(digits));
    const clock = [whole / 3600, (whole / 60) % 60, whole % 60].map(Math.floor);
    const [h, m, s] = clock.map((part) => String(part).padStart(2, "0"));
    if (step >= 60) return `${sign}${h}:${m}`;
    const fraction = digits === 0 ? "" : (whole % 1).toFixed(digits).slice(1);
    return `${sign}${h}:${m}:${s}${fraction}`;
  }

  function nsText(ns) {
    const [size, unit] =
      ns < 999.5 ? [1, "ns"] : ns < 999500 ? [1e3, "us"] : ns < 999.5e6 ? [1e6, "ms"] : [1e9, "s"];
    const value = ns / size;
    return `${size === 1 ? Math.round(value) : Number(value.toPrecision(3))} ${unit}`;
  }

  const group = new Intl.NumberFormat("en-US", { maximumFractionDigits: 6 });
  const numberText = (value) => (value === null || value === undefined ? "" : group.format(value));
  const moneyText = (value) => (typeof value === "number" ? value.toFixed(2) : "");

  const STEPS = [1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1].flatMap((s) => [
    s,
    2 * s,
    5 * s,
  ]);
  STEPS.push(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200);

  return { timeText, nsText, numberText, moneyText, STEPS };
})();
