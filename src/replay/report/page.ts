/**
 * report.html: figures, notes and the places of the plots, with style, script and data inline. A
 * content security policy with the scripts' hashes keeps anything else from running, and anything
 * from being fetched.
 */

import UPLOT from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import UPLOT_STYLE from "uplot/dist/uPlot.min.css" with { type: "text" };
import UPLOT_LICENSE from "uplot/LICENSE" with { type: "text" };
import { CSV_COLUMNS } from "./csv.ts";
import CHARTS from "./page/charts.js" with { type: "text" };
import FORMAT from "./page/format.js" with { type: "text" };
import STYLE from "./page/page.css" with { type: "text" };
import type { PageContent } from "./page-data.ts";
import { pageData } from "./page-data.ts";
import type { ReplayRecording } from "./recording.ts";

const SCRIPT = `${FORMAT}\n${CHARTS}`;

export function reportPage(r: ReplayRecording): string {
  const content = pageData(r);
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy([UPLOT, SCRIPT])}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escapeHtml(r.title)}</title>`,
    `<style>${UPLOT_STYLE}</style>`,
    `<style>${STYLE}</style>`,
    "</head>",
    "<body>",
    ...header(r),
    "<main>",
    ...figures(r),
    ...plots(content),
    ...tail(content.notes),
    "</main>",
    `<script type="application/json" id="recording">${jsonForHtml(content.data)}</script>`,
    `<script>${UPLOT}</script>`,
    `<script>${SCRIPT}</script>`,
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

function header(r: ReplayRecording): string[] {
  const start = new Date(r.sessionStartS * 1000).toISOString().replace(".000Z", "Z");
  return [
    "<header>",
    '<p class="kind">hairpin replay</p>',
    `<h1>${escapeHtml(r.title)}</h1>`,
    `<p class="quiet">Times are counted from the start of the session date, <time>${start}</time>.</p>`,
    "</header>",
  ];
}

function figures(r: ReplayRecording): string[] {
  if (r.figures.length === 0) return [];
  const tiles = r.figures.map(
    ([label, value]) =>
      `<div${value.length > 14 ? ' class="long"' : ""}><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd></div>`,
  );
  return ['<dl class="figures">', ...tiles, "</dl>"];
}

function plots({ data }: PageContent): string[] {
  const out = [
    '<nav class="range" aria-label="Time range"><span>Time</span>',
    ...RANGE_BUTTONS.map(
      ([id, text, title]) =>
        `<button type="button" data-range="${id}" title="${title}">${text}</button>`,
    ),
    '<span id="range" class="quiet"></span></nav>',
    card(
      "equity",
      "Equity",
      "Realized and unrealized before fees; net is both less fees.",
      "No samples.",
    ),
  ];
  if (data.markets.length > 0) {
    const options = data.markets.map(
      (m, k) =>
        `<option value="${k}">${escapeHtml(m.symbol)} (${m.fills.x.length} fills drawn)</option>`,
    );
    const select =
      data.markets.length > 1
        ? `<label>Instrument <select id="instrument">${options.join("")}</select></label>`
        : `<p class="quiet">${escapeHtml(data.markets[0]!.symbol)}</p>`;
    out.push(
      card(
        "price",
        "Price and fills",
        "Bid and ask as samples; triangles up are our buys, down our sells; filled took liquidity, hollow added it.",
        "No prices.",
        select,
      ),
      card("position", "Position", "Shares or contracts; short is below zero.", "No samples."),
    );
  }
  if (data.positions.symbols.length > 0) {
    out.push(card("positions", "All positions", "The largest together.", "No positions."));
  }
  out.push(
    '<div class="pair">',
    card(
      "software",
      "Latency of the software",
      "From a burst to its orders handed over, measured on the machine that ran the replay.",
      "Nothing was measured.",
    ),
    card(
      "round-trip",
      "Latency to the venue and back",
      "From an order to its first answer: what the latency model says, not a measurement.",
      "No orders.",
    ),
    "</div>",
  );
  return out;
}

const RANGE_BUTTONS = [
  ["all", "All", "The whole time"],
  ["in", "+", "Half of the time"],
  ["out", "&minus;", "Twice the time"],
  ["back", "&lsaquo;", "Earlier"],
  ["on", "&rsaquo;", "Later"],
] as const;

/** `none`: shown in place of a plot that has no data. All texts but `extra` are our own. */
function card(id: string, title: string, text: string, none: string, extra = ""): string {
  return [
    `<section class="card" id="${id}">`,
    `<div class="head"><div><h2>${title}</h2><p class="quiet">${text}</p></div>${extra}</div>`,
    `<div class="plot" data-none="${none}"></div>`,
    "</section>",
  ].join("\n");
}

function tail(notes: readonly string[]): string[] {
  const files = Object.keys(CSV_COLUMNS).map((name) => `<a href="${name}">${name}</a>`);
  const lines = [
    `Every sample is in ${files.join(", ")}, beside this page.`,
    ...notes.map(escapeHtml),
    "A plot's legend hides and shows its lines; drag across a plot to look closer, double-click for all.",
  ];
  return [
    '<section class="notes quiet">',
    ...lines.map((line) => `<p>${line}</p>`),
    `<details><summary>The plots are drawn by uPlot, which is in this page.</summary><pre>${escapeHtml(UPLOT_LICENSE.trim())}</pre></details>`,
    "</section>",
  ];
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** JSON that can't end the script element it stands in. */
function jsonForHtml(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

function policy(scripts: readonly string[]): string {
  const hashes = scripts.map(
    (text) => `'sha256-${new Bun.CryptoHasher("sha256").update(text).digest("base64")}'`,
  );
  return `default-src 'none'; style-src 'unsafe-inline'; script-src ${hashes.join(" ")}; base-uri 'none'; form-action 'none'`;
}
