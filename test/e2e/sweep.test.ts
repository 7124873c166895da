/** A sweep of the compiled executable over the synthetic capture: killed half-way, and resumed. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CAPTURES, haveCaptures } from "../support/captures.ts";
import { BARE_ENV, BINARY, describeBinary, runBinary } from "./helpers/binary.ts";
import { makeFolder, removeFolder } from "./helpers/folder.ts";

const CAPTURE = join(CAPTURES, "itch-synthetic", "syn200k.itch.gz");
const SYMBOLS = ["CF", "BX", "CM"];

/** The capture has no start of market hours, only one of system hours. */
const CONFIG = `[[engine]]
name = "main"

[[feed]]
name = "itch"
extended_hours = true
lines = [{ group = "239.192.1.1", port = 26477, interface = "127.0.0.1" }]

[[session]]
name = "venue"
address = "127.0.0.1:9878"
sender_comp_id = "HP"
target_comp_id = "SIM"
${SYMBOLS.map((symbol) => `\n[[instrument]]\nsymbol = "${symbol}"\nprice_unit = 0.01\n`).join("")}
[[strategy]]
name = "maker"
uses = "maker"

[risk]
max_order_qty = 1000
max_order_notional = 2_500_000
collar_pct = 5
max_position = 2000
max_exposure = 10_000_000
max_open_orders = 64
orders_per_s = 5000
cancels_per_s = 10_000
max_loss = 500_000
`;

const WORDS = [
  ...["--config", "a.toml"],
  ...["--set", "strategy.maker.params.skew_ticks=0,1,2,4"],
  ...["--set", "strategy.maker.params.spread_ticks=2,4"],
];
const SETS = 8;

describeBinary("sweep", () => {
  let folder = "";
  beforeAll(() => {
    folder = makeFolder("sweep");
    writeFileSync(join(folder, "a.toml"), CONFIG);
  });
  afterAll(() => removeFolder(folder));
  const sweep = (...words: string[]) =>
    runBinary(["sweep", ...words], { cwd: folder, timeoutMs: 240_000 });
  const lineCount = (file: string) =>
    existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0;

  test.skipIf(!haveCaptures("itch-synthetic"))(
    "killed half-way and resumed gives the table of an undisturbed run",
    async () => {
      const file = join(folder, "cut", "runs-1-of-1.jsonl");
      const child = Bun.spawn([BINARY, "sweep", ...WORDS, "--out", "cut", CAPTURE], {
        cwd: folder,
        env: BARE_ENV,
        stdin: "ignore",
        stdout: "ignore",
        stderr: "ignore",
      });
      while (lineCount(file) < SETS / 2 && child.exitCode === null) await Bun.sleep(20);
      child.kill("SIGKILL");
      await child.exited;
      const before = lineCount(file);
      expect(before).toBeGreaterThanOrEqual(SETS / 2);
      expect(before).toBeLessThan(SETS);
      expect(existsSync(join(folder, "cut", "table.csv"))).toBe(false);

      const resumed = await sweep(...WORDS, "--out", "cut", CAPTURE);
      expect(resumed.err).toContain(`${before} of ${SETS} runs were done before`);
      expect(resumed.code).toBe(0);
      const whole = await sweep(...WORDS, "--out", "whole", "--json", CAPTURE);
      expect(whole.code).toBe(0);
      const table = readFileSync(join(folder, "whole", "table.csv"), "utf8");
      expect(readFileSync(join(folder, "cut", "table.csv"), "utf8")).toBe(table);

      const { rows } = JSON.parse(whole.out) as {
        rows: { journalHash: string; figures: { orders: number; fills: number } }[];
      };
      expect(rows).toHaveLength(SETS);
      // Sets of values that do nothing would make this a test of nothing.
      expect(new Set(rows.map((row) => row.journalHash)).size).toBe(SETS);
      expect(rows.every((row) => row.figures.orders > 0 && row.figures.fills > 0)).toBe(true);

      const other = await sweep(...WORDS, "--out", "cut", "--seed", "2", CAPTURE);
      expect(other.code).toBe(1);
      expect(other.err).toStartWith("hairpin: cut holds another sweep: its flags are");
    },
    300_000,
  );
});
