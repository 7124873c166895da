/** Sessions that bring drop copies: what they copy, and keys that do not go together. */
import { sessionsOf, useOf } from "./check-market-data.ts";
import type { Loose, Path, Report } from "./report.ts";
import type { CheckedConfig } from "./schema.ts";
import { OUCH } from "./session-protocol.ts";

type Input = Loose<CheckedConfig>;

export function checkDropCopies(c: Input, report: Report): void {
  const copiedBy = new Map<string, string>();
  (c.session ?? []).forEach((session, i) => {
    const path: Path = ["session", i];
    if (useOf(session) !== "drop-copy") {
      if (session.drop_copy === undefined) return;
      const message = `only for a session with use = "drop-copy"; this one's is "${useOf(session)}"`;
      report.error([...path, "drop_copy"], message);
      return;
    }
    checkOf(c, i, copiedBy, report);
    for (const key of ["reset_on_logon", "reset_on_logout", "reset_on_disconnect"] as const) {
      if (session[key] !== true) continue;
      report.warn(
        [...path, key],
        "copies that were told while the session was away are then never resent, and each of them is a difference",
      );
    }
  });
}

/** The sessions a drop copy is of are order sessions of its engine, and have no other drop copy. */
function checkOf(c: Input, i: number, copiedBy: Map<string, string>, report: Report): void {
  const copy = c.session![i]!;
  const engineOf = (s: { engine?: string }) => s.engine ?? c.engine?.[0]?.name;
  const orders = (c.session ?? []).filter((s) => useOf(s) === "orders");
  const own = orders.filter((s) => engineOf(s) === engineOf(copy)).map((s) => s.name ?? "");
  const named = copy.drop_copy?.of;
  if (own.length === 0) {
    report.error(["session", i, "use"], "its engine has no order session of which to take copies");
    return;
  }
  (named ?? own).forEach((name, k) => {
    const path: Path =
      named === undefined ? ["session", i, "use"] : ["session", i, "drop_copy", "of", k];
    if (!own.includes(name)) {
      const engine = engineOf(copy);
      report.error(
        path,
        `found "${name}"; allowed: order sessions of engine ${engine}: ${own.join(", ")}`,
      );
      return;
    }
    if (orders.find((o) => o.name === name)?.protocol === OUCH) {
      report.error(
        path,
        `session ${name} speaks OUCH, and executions of OUCH have no ExecID (17) that a copy could repeat: name others in drop_copy.of`,
      );
      return;
    }
    if (named !== undefined && named.indexOf(name) < k) {
      report.error(path, `"${name}" is there twice`);
      return;
    }
    const other = copiedBy.get(name);
    if (other !== undefined && other !== copy.name) {
      report.error(path, `executions of session ${name} are copied by session ${other} already`);
    } else copiedBy.set(name, copy.name ?? `session[${i}]`);
  });
  checkSymbols(c, i, named ?? own, report);
}

/** A copy names the instrument by its Symbol (55): one symbol, one order session. */
function checkSymbols(c: Input, i: number, of: readonly string[], report: Report): void {
  const first = new Map<string, string>();
  for (const instrument of c.instrument ?? []) {
    const session = instrument.session ?? sessionsOf(c, "orders")[0];
    const symbol = instrument.order_symbol ?? instrument.symbol;
    if (session === undefined || symbol === undefined || !of.includes(session)) continue;
    const other = first.get(symbol);
    if (other === undefined) first.set(symbol, session);
    else if (other !== session) {
      report.error(
        ["session", i, "drop_copy"],
        `${symbol} trades on sessions ${other} and ${session}, and a copy does not tell which: name one of them in "of"`,
      );
    }
  }
}
