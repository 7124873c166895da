import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nameRows } from "../../../src/cli/journal-names.ts";

test("rows get the names behind their numbers, and rows without lists stay as they are", () => {
  const directory = mkdtempSync(join(tmpdir(), "hairpin-names-"));
  try {
    const lists = { instruments: ["AAPL", "MSFT"], sessions: ["venue"] };
    writeFileSync(join(directory, "lists-0.json"), JSON.stringify(lists));
    const rows = [
      { engine: 0, session: 0, instrument: 1, qty: 100 },
      { engine: 0, session: 7, instrument: 9, qty: 1 },
      { engine: 1, session: 0, instrument: 1, qty: 5 },
      { total: 3 },
    ];
    const named = nameRows(directory, rows);
    expect(named[0]).toEqual({ ...rows[0], symbol: "MSFT", session_name: "venue" });
    expect(Object.keys(named[0]!)).toEqual([
      "engine",
      "session",
      "session_name",
      "instrument",
      "symbol",
      "qty",
    ]);
    expect(named[1]).toEqual({ ...rows[1], symbol: "", session_name: "" });
    expect(named.slice(2)).toEqual(rows.slice(2));
  } finally {
    rmSync(directory, { recursive: true });
  }
});
