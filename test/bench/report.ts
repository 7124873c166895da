/** The figures as tables for people. */
import type { Verdict } from "./aims.ts";
import type { BenchCase, Figures } from "./bench-case.ts";
import type { PairCase, PairFigures } from "./pair.ts";
import type { Study, StudyFigures } from "./study.ts";

export interface Result extends Figures {
  name: string;
  /** p50, ns; null = no budget of its own. */
  budgetNs: number | null;
  /** p50 over the budget; null without one. */
  ofBudget: number | null;
  note: string;
}

export interface PairResult extends PairFigures {
  name: string;
  /** What it is held against. */
  against: string;
  note: string;
}

export interface StudyResult {
  name: string;
  note: string;
  figures: StudyFigures;
}

export function resultOf(one: BenchCase, figures: Figures): Result {
  const budgetNs = one.budgetNs ?? null;
  return {
    name: one.name,
    ...figures,
    budgetNs,
    ofBudget: budgetNs === null ? null : figures.p50 / budgetNs,
    note: one.note ?? "",
  };
}

export function pairResultOf(one: PairCase, figures: PairFigures): PairResult {
  return { name: one.name, against: one.other, ...figures, note: one.note ?? "" };
}

export function studyResultOf({ name, note }: Study, figures: StudyFigures): StudyResult {
  return { name, note, figures };
}

export function caseTable(results: readonly Result[]): string {
  return table(
    ["ns", "p50", "p99", "p99.9", "max", "budget", "", "of"],
    results.map((r) => [
      named(r),
      ...[r.p50, r.p99, r.p999, r.max].map(ns),
      r.budgetNs === null ? "" : String(r.budgetNs),
      r.ofBudget === null ? "" : budgetWords(r.ofBudget),
      r.sample,
    ]),
  );
}

export function pairTable(pairs: readonly PairResult[]): string {
  return table(
    ["ns, medians of turns that alternate", "ours", "against", "", "ratio", "its quartiles", "of"],
    pairs.map((p) => [
      named(p),
      ns(p.ours.p50),
      ns(p.other.p50),
      p.against,
      ratio(p.ratio.p50),
      `${ratio(p.ratio.p25)} to ${ratio(p.ratio.p75)}`,
      `${p.pairs} pairs of ${Math.round(p.perTurn)}`,
    ]),
  );
}

export function studyTable(study: StudyResult): string {
  return table(
    [named(study), "", ""],
    study.figures.map((f) => [f.name, f.unit === "x" ? ratio(f.value) : ns(f.value), f.unit]),
  );
}

export function aimTable(aims: readonly Verdict[]): string {
  return table(
    ["aim", "limit", "measured", ""],
    aims.map((aim) => {
      const show = (value: number) => (aim.unit === "x" ? `${ratio(value)} x` : `${ns(value)} ns`);
      const limit = `${aim.isLeast ? "at least" : "at most"} ${show(aim.limit)}`;
      return [aim.name, limit, show(aim.measured), aimWords(aim)];
    }),
  );
}

export function aimWords({ isMet, off }: Verdict): string {
  const percent = Math.round(Math.abs(off) * 100);
  const side = off < 0 ? "under" : "over";
  return `${isMet ? "met" : "MISSED"}, ${percent}% ${side} the limit`;
}

/** Markdown, aligned; the first column is words, the others are numbers. */
function table(head: readonly string[], rows: readonly string[][]): string {
  const widths = head.map((cell, i) =>
    Math.max(3, cell.length, ...rows.map((row) => row[i]!.length)),
  );
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!),
    );
    return `| ${padded.join(" | ")} |`;
  };
  const rule = widths.map((w, i) => "-".repeat(w - (i === 0 ? 0 : 1)) + (i === 0 ? "" : ":"));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

function named({ name, note }: { name: string; note: string }): string {
  return name + (note === "" ? "" : ` (${note})`);
}

function budgetWords(ofBudget: number): string {
  return ofBudget > 1 ? `OVER, ${ofBudget.toFixed(1)}x` : "within";
}

function ns(value: number): string {
  return value < 100 ? value.toFixed(1) : Math.round(value).toString();
}

function ratio(value: number): string {
  return value < 0.1 ? value.toFixed(3) : value.toFixed(2);
}
