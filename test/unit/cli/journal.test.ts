import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dispatch } from "../../../src/cli/dispatch.ts";
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "../../../src/cli/exit-codes.ts";
import { ORDER_EVENT_ACK, ORDER_EVENT_FILL } from "../../../src/core/codes.ts";
import { realFiles } from "../../../src/journal/files.ts";
import { exec, intent, makeDrain, makeRing, sent } from "../journal/kit.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hairpin-journal-"));
  const { buffer, journal } = makeRing(1 << 16);
  intent(journal, { msgSeq: 2, fix: "8=FIX.4.4\x0135=D\x01" });
  sent(journal, 2);
  exec(journal, { msgSeq: 2, event: ORDER_EVENT_ACK, leaves: 100 });
  exec(journal, { msgSeq: 3, event: ORDER_EVENT_FILL, cum: 100 });
  const drain = makeDrain(buffer, realFiles, { directory: join(folder, "20261120") });
  for (let i = 0; i < 8; i++) drain.poll();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...argv: string[]) {
  let out = "";
  let err = "";
  const code = await dispatch(["journal", folder, ...argv], {
    out: (t) => {
      out += t;
    },
    err: (t) => {
      err += t;
    },
    isTerminal: false,
    columns: 80,
  });
  return { code, out, err };
}

describe("journal", () => {
  test("sums up the latest date, with a hash", async () => {
    const { code, out } = await run("--json");
    expect(code).toBe(EXIT_OK);
    expect(JSON.parse(out)).toMatchObject({
      records: 4,
      isSound: true,
      types: { intent: 1, sent: 1, exec: 2 },
    });
    expect((await run()).out).toContain("4 records, sound, hash ");
  });

  test("prints records, chosen by type, number and count", async () => {
    const types = async (...argv: string[]) =>
      JSON.parse((await run("--view", "records", "--json", ...argv)).out).map(
        (r: { type: string }) => r.type,
      );
    expect(await types()).toEqual(["intent", "sent", "exec", "exec"]);
    expect(await types("--type", "exec")).toEqual(["exec", "exec"]);
    expect(await types("--from", "2", "--limit", "2")).toEqual(["sent", "exec"]);
    expect(await types("--engine", "3")).toEqual([]);
    expect((await run("--view", "records")).out.trim().split("\n")).toHaveLength(4);
  });

  test("prints orders as a table, and answers a query", async () => {
    const rows = JSON.parse((await run("--view", "orders", "--json")).out);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ state: "filled", cum_qty: 100 });
    expect((await run("--view", "executions")).out).toContain("fill");
    const sum = await run("--sql", "SELECT count(*) AS n FROM executions", "--json");
    expect(JSON.parse(sum.out)).toEqual([{ n: 2 }]);
    const bad = await run("--sql", "SELEC 1");
    expect(bad.code).toBe(EXIT_USAGE);
    expect(bad.err).toContain("--sql: ");
  });

  test("says when there is no such date", async () => {
    const { code, err } = await run("--date", "2020-01-01");
    expect(code).toBe(EXIT_FAILED);
    expect(err).toContain("no session date 2020-01-01");
  });

  test("fails, and says where, when a record is damaged", async () => {
    const date = join(folder, "20261120");
    const segment = join(date, readdirSync(date).find((name) => !name.includes("epoch"))!);
    const bytes = readFileSync(segment);
    const original = Buffer.from(bytes);
    bytes[bytes.indexOf("35=D")]! ^= 0xff;
    writeFileSync(segment, bytes);
    const { code, err } = await run();
    writeFileSync(segment, original);
    expect(code).toBe(EXIT_FAILED);
    expect(err).toContain("corrupt at ");
  });
});
