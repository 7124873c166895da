import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dispatch } from "../../../src/cli/dispatch.ts";
import {
  EXIT_NOT_RUNNING,
  EXIT_OK,
  EXIT_REFUSED,
  EXIT_USAGE,
} from "../../../src/cli/exit-codes.ts";

let folder = "";
let server: { stop(closeActive?: boolean): void };
const asked: string[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hairpin-cli-"));
  server = Bun.listen({
    unix: join(folder, "x.sock"),
    socket: {
      data(socket, data) {
        const { command } = JSON.parse(String(data)) as { command: string };
        asked.push(command);
        const answer =
          command === "arm"
            ? { ok: false, error: "can't arm: no guard" }
            : { ok: true, text: "done" };
        socket.end(`${JSON.stringify(answer)}\n`);
      },
    },
  });
});
afterAll(() => {
  server.stop(true);
  rmSync(folder, { recursive: true });
});

async function run(...argv: string[]) {
  let out = "";
  let err = "";
  const code = await dispatch(argv, {
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

describe("verbs that talk to an appliance", () => {
  test("send their command and print the answer", async () => {
    expect(await run("kill", "--socket", join(folder, "x.sock"))).toEqual({
      code: EXIT_OK,
      out: "done\n",
      err: "",
    });
    expect(asked).toContain("kill");
    const json = await run("disarm", "--socket", join(folder, "x.sock"), "--json");
    expect(JSON.parse(json.out)).toEqual({ ok: true, text: "done" });
  });

  test("end with their own code, and the sentence, when the appliance refuses", async () => {
    const done = await run("arm", "--socket", join(folder, "x.sock"));
    expect(done).toEqual({ code: EXIT_REFUSED, out: "", err: "hairpin: can't arm: no guard\n" });
  });

  test("end with their own code when nothing runs", async () => {
    const done = await run("status", "--socket", join(folder, "none.sock"));
    expect(done.code).toBe(EXIT_NOT_RUNNING);
    expect(done.err).toContain("none.sock");
  });

  test("find their appliance by a config whose interface has disappeared meanwhile", async () => {
    const file = join(folder, "gone.toml");
    const text = readFileSync("docs/examples/appliance.toml", "utf8")
      .replace(
        "[appliance]",
        `[[port]]\nname = "nic"\ndriver = "packet"\ndevice = "gone7"\n\n[appliance]\nrun_dir = "${folder}"`,
      )
      .replace('name = "example"', 'name = "x"');
    writeFileSync(file, text);
    expect((await run("check", file)).err).toContain('found "gone7"');
    expect(await run("disarm", file)).toEqual({ code: EXIT_OK, out: "done\n", err: "" });
  });

  test("do not guess between a config and a socket", async () => {
    expect((await run("stop", "a.toml", "--socket", "b")).code).toBe(EXIT_USAGE);
  });
});
