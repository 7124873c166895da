import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { showMessage, wrapMessage } from "../../../src/fix/codec/text.ts";
import { runCli } from "../../support/run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "hairpin-fix-decode-"));
afterAll(() => rmSync(folder, { recursive: true }));

const HEAD = "34=7|49=V|56=ME|52=20260102-10:00:00|";
const beat = showMessage(wrapMessage(`35=0|${HEAD}112=x|`));
const out = showMessage(wrapMessage(`35=5|${HEAD}58=bye|`));
const bad = beat.replace("112=x", "112=y");

function log(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("hairpin fix decode", () => {
  test("prints what is in a log, and counts on stderr", async () => {
    const path = log("a.log", `10:00 ${beat}\n${out}\nnothing\n10:01 ${bad}\n`);
    const ran = await runCli("fix", "decode", path);
    expect(ran.code).toBe(0);
    expect(ran.out).toContain("10:00  Heartbeat (0), V to ME");
    expect(ran.out).toContain("Logout (5)");
    expect(ran.out).toContain("GARBLED: CheckSum (10)");
    expect(ran.err).toBe("messages: 3, 1 garbled\n");
  });

  test("picks types by letter or name, and prints one JSON array", async () => {
    const path = log("b.log", `${beat}\n${out}\n`);
    const ran = await runCli("fix", "decode", path, "--json", "--type", "Logout", "--type", "U7");
    const all = JSON.parse(ran.out);
    expect(all.map((m: { name: string }) => m.name)).toEqual(["Logout"]);
    expect(ran.err).toBe("messages: 2, 1 shown\n");
    expect(
      JSON.parse((await runCli("fix", "decode", path, "--json", "--type", "0")).out),
    ).toHaveLength(1);
  });

  test("refuses a type that no dictionary has", async () => {
    const path = log("f.log", `${beat}\n`);
    for (const type of ["zz", "Logon1", "x".repeat(5000)]) {
      const ran = await runCli("fix", "decode", path, "--type", type);
      expect([ran.code, ran.out]).toEqual([2, ""]);
      expect(ran.err).toContain(
        `hairpin: --type: no dictionary has a message "${type.slice(0, 80)}`,
      );
      expect(ran.err.length).toBeLessThan(300);
    }
    const own = await runCli("fix", "decode", path, "--dictionary", "FIX42", "--type", "NoSuch");
    expect(own.code).toBe(2);
  });

  test("takes a type that only the log has", async () => {
    const path = log("g.log", `${showMessage(wrapMessage(`35=zz|${HEAD}`))}\n`);
    const ran = await runCli("fix", "decode", path, "--type", "zz");
    expect(ran.code).toBe(0);
    expect(ran.out).toContain("message of unknown type (zz)");
  });

  test("says when there is no message, no file, no dictionary", async () => {
    const none = await runCli("fix", "decode", log("c.log", "nothing here\n"), "--json");
    expect(none.code).toBe(1);
    expect(JSON.parse(none.out)).toEqual([]);
    expect(none.err).toContain("there is no FIX message in it");
    expect((await runCli("fix", "decode", join(folder, "absent"))).err).toContain(
      "there is no such file",
    );
    expect((await runCli("fix", "decode", folder)).err).toContain("it is a folder");
    const wrong = await runCli("fix", "decode", log("d.log", beat), "--dictionary", "FIX99");
    expect([wrong.code, wrong.out]).toEqual([1, ""]);
    expect(wrong.err).toContain('no FIX dictionary "FIX99"');
    const other = log("e.log", showMessage(wrapMessage(`35=0|${HEAD}`, "FIX.3.9")));
    expect((await runCli("fix", "decode", other)).err).toContain("no dictionary for FIX.3.9");
  });
});
