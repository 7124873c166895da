import { describe, expect, test } from "bun:test";
import type { FlagTable } from "../../../src/cli/args.ts";
import { COMMON_FLAGS, parseFlags } from "../../../src/cli/args.ts";
import { CliError, EXIT_USAGE } from "../../../src/cli/exit-codes.ts";

const TABLE = {
  seconds: { type: "number", min: 1, max: 100, default: 10, unit: "s", text: "Time." },
  seed: { type: "whole", min: -5, max: 9, text: "Seed." },
  view: { type: "choice", choices: ["orders", "records"], default: "orders", text: "View." },
  socket: { type: "text", value: "PATH", text: "Socket." },
  set: { type: "list", value: "KEY=VALUE", text: "Values." },
  verbose: { type: "switch", short: "v", text: "More." },
  ...COMMON_FLAGS,
} as const satisfies FlagTable;
const ONE = { usage: "CONFIG", min: 1, max: 1 };
const parse = (...argv: string[]) => parseFlags(argv, TABLE, ONE);
const wrong = (...argv: string[]) => {
  try {
    parse(...argv);
  } catch (error) {
    if (!(error instanceof CliError) || error.exitCode !== EXIT_USAGE) throw error;
    return error.message;
  }
  throw new Error("accepted");
};

describe("parseFlags", () => {
  test("collects a list in its order", () => {
    expect(parse("a.toml", "--set", "b=1", "--set=a=2").flags.set).toEqual(["b=1", "a=2"]);
    expect(wrong("a.toml", "--set")).toBe("--set needs a value: KEY=VALUE");
  });

  test("fills in defaults", () => {
    expect(parse("a.toml")).toEqual({
      operands: ["a.toml"],
      flags: {
        seconds: 10,
        seed: undefined,
        view: "orders",
        socket: undefined,
        set: [],
        verbose: false,
        help: false,
        json: false,
      },
    });
  });

  test("takes values behind a blank or an equals sign, and short letters", () => {
    const { flags } = parse("--seconds", "2.5", "a", "--view=records", "-v", "--socket", "/x");
    expect(flags).toMatchObject({ seconds: 2.5, view: "records", verbose: true, socket: "/x" });
  });

  test("takes negative numbers", () => {
    expect(parse("a", "--seed", "-3").flags.seed).toBe(-3);
  });

  test("takes what stands behind -- as operands", () => {
    expect(parse("--", "--json").operands).toEqual(["--json"]);
  });

  test("names the nearest flag for an unknown one", () => {
    expect(wrong("a", "--secconds", "3")).toBe(
      "there is no flag --secconds; did you mean --seconds?",
    );
    expect(wrong("a", "--xyzzy")).toContain("--help lists them");
  });

  test("tells range and unit for a number out of range, and for what is no number", () => {
    const allowed = "allowed: a number from 1 to 100 (s)";
    expect(wrong("a", "--seconds", "0")).toBe(`--seconds: found "0"; ${allowed}`);
    expect(wrong("a", "--seconds", "ten")).toBe(`--seconds: found "ten"; ${allowed}`);
    expect(wrong("a", "--seconds=")).toContain(allowed);
    expect(wrong("a", "--seed", "1.5")).toContain("a whole number from -5 to 9");
  });

  test("tells the choices, and the nearest of them", () => {
    expect(wrong("a", "--view", "order")).toBe(
      '--view: found "order"; allowed: orders or records; did you mean orders?',
    );
  });

  test("refuses a missing value, a value for a switch, a flag twice", () => {
    expect(wrong("a", "--socket")).toContain("needs a value");
    expect(wrong("a", "--json=yes")).toContain("takes no value");
    expect(wrong("a", "--seed", "1", "--seed", "2")).toContain("given twice");
  });

  test("counts operands, but not when help is asked for", () => {
    expect(wrong()).toBe("missing: CONFIG");
    expect(wrong("a", "b")).toContain('"b"');
    expect(parse("--help").flags.help).toBe(true);
  });
});
