import { describe, expect, test } from "bun:test";
import { runCli } from "../../support/run-cli.ts";

const NAME = "FIX.4.4:US:A";
const many = Array.from({ length: 513 }, (_, i) => ["--session", `FIX.4.4:US:C${i}`]).flat();
const long = "x".repeat(5000);

describe("hairpin fix echo", () => {
  const refused: [string, string[], string][] = [
    [
      "a session given twice",
      ["--port", "0", "--session", NAME, "--session", NAME],
      `--session ${NAME} is given twice; once is enough`,
    ],
    [
      "more sessions than a process can serve",
      ["--port", "0", ...many],
      "--session is given 513 times; allowed: 512 in one process",
    ],
    [
      "port 0 to connect to",
      ["--connect", "127.0.0.1:0", "--session", NAME],
      '--connect: found "127.0.0.1:0"; allowed: an IPv4 address or host name and a port from 1 to 65535',
    ],
    [
      "no port to connect to",
      ["--connect", "venue", "--session", NAME],
      '--connect: found "venue"',
    ],
    [
      "a port that is no whole number",
      ["--connect", "venue:1e3", "--session", NAME],
      '--connect: found "venue:1e3"',
    ],
    [
      "an address that is none",
      ["--port", "0", "--bind", "a b", "--session", NAME],
      '--bind: found "a b"; allowed: an IPv4 address or host name',
    ],
    ["a long word", ["--connect", long, "--session", NAME], `found "${"x".repeat(80)}..."`],
    ["a long session", ["--port", "0", "--session", long], "allowed is BEGINSTRING:SENDER:TARGET"],
    ["a long flag", [`--${long}`], `there is no flag --${"x".repeat(78)}...`],
  ];
  for (const [what, words, sentence] of refused) {
    test(`refuses ${what} in one sentence`, async () => {
      const { code, out, err } = await runCli("fix", "echo", ...words);
      expect([code, out]).toEqual([2, ""]);
      expect(err).toContain(sentence);
      expect(err.length).toBeLessThan(400);
      expect(err.trimEnd().split("\n")).toHaveLength(1);
    });
  }

  test("--help tells what is kept for resends and which versions are spoken", async () => {
    const help = (await runCli("fix", "echo", "--help")).out.replace(/\s+/g, " ");
    expect(help).toContain("A message may have 65,536 bytes");
    expect(help).toContain("the newest 8,192 are kept for resends");
    expect(help).toContain("DefaultApplVerID (1137)");
  });
});
