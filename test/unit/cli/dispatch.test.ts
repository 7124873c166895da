import { describe, expect, test } from "bun:test";
import { dispatch } from "../../../src/cli/dispatch.ts";
import { EXIT_CONFIG, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "../../../src/cli/exit-codes.ts";
import { PipeClosed } from "../../../src/cli/io.ts";
import { withSubVerbs } from "../../../src/cli/verb.ts";
import { VERBS } from "../../../src/cli/verbs.ts";
import { runCli as run } from "../../support/run-cli.ts";

const EXAMPLE = `${import.meta.dir}/../../../docs/examples/appliance.toml`;

describe("every verb", () => {
  for (const verb of withSubVerbs(VERBS)) {
    const words = verb.name.split(" ");

    test(`${verb.name} has help with flags and exit codes, and knows --json`, async () => {
      const { code, out, err } = await run(...words, "--help");
      expect(code).toBe(EXIT_OK);
      expect(err).toBe("");
      expect(out).toContain(`Usage: hairpin ${verb.name}`);
      expect(out).toContain("--json");
      expect(out).toContain("Exit codes:");
      for (const name of Object.keys(verb.flags)) expect(out).toContain(`--${name}`);
      expect((await run("help", ...words)).out).toBe(out);
    });

    test(`${verb.name} refuses an unknown flag`, async () => {
      const { code, out, err } = await run(...words, "--no-such-flag");
      expect(code).toBe(EXIT_USAGE);
      expect(out).toBe("");
      expect(err).toContain("there is no flag --no-such-flag");
    });
  }

  test("is listed in the general help with its summary", async () => {
    const { out, code } = await run("help");
    expect(code).toBe(EXIT_OK);
    for (const verb of VERBS) expect(out).toContain(`${verb.name}`);
  });
});

describe("dispatch", () => {
  test("without a verb prints the help to stderr and fails", async () => {
    const { code, out, err } = await run();
    expect(code).toBe(EXIT_USAGE);
    expect(out).toBe("");
    expect(err).toContain("Usage: hairpin VERB");
  });

  test("an unknown verb gets the nearest one", async () => {
    const { code, err } = await run("jurnal");
    expect(code).toBe(EXIT_USAGE);
    expect(err).toContain("did you mean journal?");
  });

  test("a verb of several words lists them when one is missing or unknown", async () => {
    const missing = await run("fix");
    expect(missing.code).toBe(EXIT_USAGE);
    expect(missing.err).toMatch(/fix needs a word more; allowed: .*dictionary/);
    const unknown = await run("fix", "dictionry");
    expect(unknown.code).toBe(EXIT_USAGE);
    expect(unknown.err).toContain('fix has no verb "dictionry"');
    expect(unknown.err).toContain("did you mean dictionary?");
    expect((await run("fix", "--help")).out).toContain("fix dictionary");
  });

  test("a reader that went away is no failure", async () => {
    const code = await dispatch(["version"], {
      out: () => {
        throw new PipeClosed();
      },
      err: () => {},
      isTerminal: false,
      columns: 80,
    });
    expect(code).toBe(EXIT_OK);
  });

  test("an error that nobody expected is told on stderr, with exit code 1", async () => {
    let err = "";
    const code = await dispatch(["version"], {
      out: () => {
        throw new Error("boom");
      },
      err: (text) => {
        err += text;
      },
      isTerminal: false,
      columns: 80,
    });
    expect(code).toBe(EXIT_FAILED);
    expect(err).toContain("boom");
  });
});

describe("check", () => {
  test("prints what a good config means", async () => {
    const { code, out, err } = await run("check", EXAMPLE);
    expect(err).toBe("");
    expect(code).toBe(EXIT_OK);
    for (const part of ["example", "main", "itch", "venue", "AAPL", "maker", "max_loss"]) {
      expect(out).toContain(part);
    }
  });

  test("prints one JSON document with the resolved config", async () => {
    const { code, out } = await run("check", EXAMPLE, "--json");
    expect(code).toBe(EXIT_OK);
    const value = JSON.parse(out);
    expect(value.ok).toBe(true);
    expect(value.config.feed[0].stale_ms).toBeGreaterThan(0);
  });

  test("prints problems to stderr and ends with the config's exit code", async () => {
    const { code, out, err } = await run("check", `${import.meta.dir}/dispatch.test.ts`);
    expect(code).toBe(EXIT_CONFIG);
    expect(out).toBe("");
    expect(err).toContain("not TOML");
    expect(err).toContain("1 error\n");
  });
});

describe("journal", () => {
  test("a folder that is not there is one sentence", async () => {
    const { code, err } = await run("journal", "/nowhere/journal");
    expect(code).toBe(EXIT_FAILED);
    expect(err).toBe("hairpin: there is no journal folder /nowhere/journal\n");
  });
});
