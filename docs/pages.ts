/** Pages under docs/reference that are written from the sources, each as a path and its text. */
import { join } from "node:path";
import { EXIT_CODES } from "../src/cli/exit-codes.ts";
import { flagRange } from "../src/cli/help.ts";
import { withSubVerbs } from "../src/cli/verb.ts";
import { VERBS } from "../src/cli/verbs.ts";
import { configReference } from "../src/config/reference.ts";
import {
  DENY_NAMES,
  DIFFERENCE_NAMES,
  ENGINE_STATE_NAMES,
  FEED_STATE_NAMES,
  ORDER_EVENT_NAMES,
  ORDER_STATE_NAMES,
  SESSION_STATE_NAMES,
  STATUS_NAMES,
} from "../src/core/codes.ts";

const ROOT = join(import.meta.dir, "..");
const NOTE = "<!-- Written by `bun run docs`. Do not edit. -->";

export async function pages(): Promise<Record<string, string>> {
  return {
    "docs/reference/config.md": configReference(),
    "docs/reference/verbs.md": verbsPage(),
    "docs/reference/exit-codes.md": exitPage(),
    "docs/reference/codes.md": codesPage(),
    "docs/reference/counters.md": await countersPage(),
  };
}

function verbsPage(): string {
  const out = [
    "# Verbs",
    "",
    NOTE,
    "",
    "`hairpin VERB [OPERANDS] [FLAGS]`. Data to stdout, words to stderr. `--help` and `--json` on each.",
    "",
  ];
  for (const verb of withSubVerbs(VERBS)) {
    out.push(
      `## ${verb.name}`,
      "",
      `\`hairpin ${verb.name} ${verb.operands.usage}\``.replace(" `", "`"),
    );
    out.push("", verb.summary, "");
    if (verb.details !== "") out.push(verb.details, "");
    out.push("| flag | meaning |", "|---|---|");
    for (const [name, flag] of Object.entries(verb.flags)) {
      out.push(`| \`--${name}\` | ${cell(flag.text + flagRange(flag))} |`);
    }
    out.push("");
  }
  return page(out);
}

function exitPage(): string {
  const rows = EXIT_CODES.map((e) => `| ${e.code} | ${e.text} |`);
  return page(["# Exit codes", "", NOTE, "", "| code | meaning |", "|---|---|", ...rows]);
}

function codesPage(): string {
  const out = ["# Codes", "", NOTE, ""];
  out.push("## Deny codes", "", DENY_INTRO, "", "| code | name | meaning |", "|---|---|---|");
  DENY_NAMES.forEach((name, i) => {
    if (i > 0) out.push(`| -${i} | ${name} | ${DENY_TEXTS[name] ?? ""} |`);
  });
  const lists: [string, readonly string[]][] = [
    ["Engine states", ENGINE_STATE_NAMES],
    ["Feed states", FEED_STATE_NAMES],
    ["Trading status", STATUS_NAMES],
    ["Order session states", SESSION_STATE_NAMES],
    ["Order states", ORDER_STATE_NAMES],
    ["Order events", ORDER_EVENT_NAMES],
    ["Differences with a drop copy", DIFFERENCE_NAMES],
  ];
  for (const [title, names] of lists) {
    out.push("", `## ${title}`, "", "| number | name |", "|---|---|");
    names.forEach((name, i) => {
      if (name !== "") out.push(`| ${i} | ${name} |`);
    });
  }
  return page(out);
}

/** Every counters.ts below src exports one table of names by index, XXX_COUNTER_NAMES. */
async function countersPage(): Promise<string> {
  const rows: [number, string, string][] = [];
  const files = [...new Bun.Glob("src/**/counters.ts").scanSync({ cwd: ROOT })].sort();
  for (const file of files) {
    const exported = (await import(join(ROOT, file))) as Record<string, unknown>;
    for (const [name, table] of Object.entries(exported)) {
      if (!/COUNTER_NAMES$/.test(name) || typeof table !== "object" || table === null) continue;
      for (const [index, text] of Object.entries(table)) {
        if (text !== "")
          rows.push([Number(index), file.split("/").slice(1, -1).join("/"), String(text)]);
      }
    }
  }
  rows.sort((a, b) => a[0] - b[0]);
  return page([
    "# Counters",
    "",
    NOTE,
    "",
    "Of each engine, in shared memory (`hp_engine.counters`); they only grow, and start at zero with the engine.",
    "",
    "| index | module | counts |",
    "|---|---|---|",
    ...rows.map(([index, folder, text]) => `| ${index} | ${folder} | ${cell(text)} |`),
    "",
    "## Others, in `hairpin status --json`",
    "",
    ...STATUS_TEXTS.map((text) => `- ${text}`),
  ]);
}

function page(lines: string[]): string {
  return `${lines.join("\n").trimEnd()}\n`;
}

function cell(text: string): string {
  return text.replace(/\|/g, "\\|");
}

const STATUS_TEXTS = [
  "`engines[].pnl`: realised and unrealised P&L, after fees, of the session date.",
  "`feeds[].staleNs`: time that the feed was not to be traded on (gap, stale or lost), in ns, all in all; not how long it is silent now.",
  "`feeds[].requests`: datagrams that control sent to the re-request server, repeats included. The counter `feed_requests` is how often the engine told control what is missing; one of these can take several datagrams, or none when there is no server.",
  "`feeds[].books`: books that the engine keeps of the feed (0: not counted yet), those that are stale, and those that are not to be trusted, stale ones included; the rest of these are full or inexact. Orders on their instruments are denied (`book-capacity`).",
  "`feeds[].snapshots`: null without `[feed.snapshot]`; else what is under way (`idle`, `connecting`, `running`, `settling`, `resting`), the snapshots that the engine has taken, and the tries that came to nothing; see docs/concepts/feed-recovery.md.",
  "`dropCopies[]`: what a drop copy has told, what agrees with our own executions, and the differences that stand; see docs/operating/drop-copy.md.",
  "`feeds[].state`, `sessions[].state`: `engine stalled` or `engine dead` when nobody serves it; what it was before says nothing then.",
];

const DENY_INTRO =
  "What `ctx.send`, `ctx.cancel` and `ctx.replace` return instead of an order: the gate said no, and nothing was sent. A venue's reject is something else: an order event.";

const DENY_TEXTS: Record<string, string> = {
  disarmed: "nobody has armed the engine",
  killed: "a kill is in force until a person arms again",
  "no-session": "the order session is not up, or still catching up",
  backpressure: "bytes still wait for the socket: a new order would be late",
  "journal-full": "the journal ring is nearly full, or the disk has failed",
  "feed-not-live": "the feed is stale, has a gap, has ended, or was not heard yet",
  "trading-status": "the instrument is halted, paused, quotation only, or unknown",
  "book-capacity":
    "the book is not to be trusted: it is stale (messages were missed, or none have come yet), has outgrown its tables, or could not be followed exactly; `ctx.bookFlags` says which",
  "order-quantity": "above max_order_qty, or not above zero",
  "order-notional": "above max_order_notional",
  "price-collar": "further from the reference than collar_pct",
  tick: "the price is not a multiple of the tick",
  lot: "the quantity is not a multiple of the lot",
  position: "with all open orders filled the position could pass max_position",
  exposure: "worst-case exposure would pass max_exposure",
  "open-orders": "max_open_orders are open",
  rate: "orders_per_s (or cancels_per_s) is used up for now",
  "max-loss": "max_loss is reached",
  "short-sale": "the Reg SHO price test is in force, and the sale is not exempt",
  argument: "no such instrument, side, flag or order",
  "order-slots": "the order table is full",
  "order-state": "the order can't be cancelled or replaced in its state",
  "no-guard": "no guard process is watching",
  "self-match": "it would meet one of our own orders",
  "luld-band": "outside the LULD auction collar",
  "drop-copy":
    "the drop copy of this instrument's session and we differ in it (on_difference = deny)",
};
