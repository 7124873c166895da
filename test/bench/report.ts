/** The figures as a table for people. */
import type { BenchCase, Figures } from "./bench-case.ts";

export interface Result extends Figures {
  name: string;
  /** p50, ns; null = no budget of its own. */
  budgetNs: number | null;
  /** p50 over the budget; null without one. */
  ofBudget: number | null;
  note: string;
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

const HEAD = ["ns", "p50", "p99", "p99.9", "max", "budget", "", "of"];

/** A Markdown table, aligned. */
export function table(results: readonly Result[]): string {
  const rows = results.map((r) => [
    r.name + (r.note === "" ? "" : ` (${r.note})`),
    ...[r.p50, r.p99, r.p999, r.max].map(ns),
    r.budgetNs === null ? "" : String(r.budgetNs),
    r.ofBudget === null ? "" : verdict(r.ofBudget),
    r.sample,
  ]);
  const widths = HEAD.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: string[]) => {
    const padded = cells.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!),
    );
    return `| ${padded.join(" | ")} |`;
  };
  const rule = widths.map(
    (width, i) => "-".repeat(width - (i === 0 ? 0 : 1)) + (i === 0 ? "" : ":"),
  );
  return [line(HEAD), line(rule), ...rows.map(line)].join("\n");
}

function verdict(ofBudget: number): string {
  return ofBudget > 1 ? `OVER, ${ofBudget.toFixed(1)}x` : "within";
}

function ns(value: number): string {
  return value < 100 ? value.toFixed(1) : Math.round(value).toString();
}
