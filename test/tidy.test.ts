/** House style that can be checked, checked. Each rule is shown to fail by a snippet. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { checkHot, isHot } from "./tidy/hot.ts";
import {
  FOLDERS,
  hasDefaultExport,
  importFault,
  importsOf,
  isExactVersion,
  isKebab,
  machinePath,
} from "./tidy/project.ts";

const ROOT = join(import.meta.dir, "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const files = (glob: string) => [...new Bun.Glob(glob).scanSync({ cwd: ROOT })].sort();
const sources = files("src/**/*.ts");
const code = [
  ...sources,
  ...files("test/**/*.ts"),
  ...files("native/**/*.ts"),
  ...files("docs/**/*.ts"),
];

const LINES_MAX = 400;
/** A suite of cases reads well when it is longer. */
const TEST_LINES_MAX = 700;
/** Generated, or one table that is worth having in one piece. */
const LONG_FILES = new Set(["src/ffi/layout.ts"]);
/** Everything between the receive burst and the send. */
const HOT_FOLDERS = ["feed", "book", "fix", "ouch", "risk", "order", "strategy", "journal"];

describe("hot files", () => {
  const hot = sources.filter((path) => isHot(read(path)));

  test("hold nothing that allocates, asks the clock, or throws", () => {
    const findings = hot.flatMap((path) =>
      checkHot(read(path)).map((f) => `${path}:${f.line}: ${f.what}`),
    );
    expect(findings).toEqual([]);
  });

  test("are found in every folder of the path", () => {
    const without = HOT_FOLDERS.filter((f) => !hot.some((path) => path.startsWith(`src/${f}/`)));
    expect(without).toEqual([]);
  });

  const bad: [string, string][] = [
    ["object literal", "function f() { return { a: 1 }; }"],
    ["array literal", "function f() { return [1]; }"],
    ["template string", "function f(a: number) { return `$" + "{a}`; }"],
    ["closure", "function f() { return () => 1; }"],
    ["closure", "class A { m() { function g() {} g(); } }"],
    ["new", "function f() { return new Thing(); }"],
    ["spread", "function f(a: number[]) { g(...a); }"],
    ["rest", "function f(...a: number[]) { return a; }"],
    ["destructuring", "function f(a: number[]) { const [b] = a; return b; }"],
    ["destructuring", "function f({ a }: { a: number }) { return a; }"],
    ["BigInt", "function f() { return 1n; }"],
    ["BigInt", "function f(a: number) { return BigInt(a); }"],
    ["RegExp", "const R = /a/;"],
    ["Map", "const m = new Map();"],
    ["Set", "class A { s = new Set(); }"],
    ["JSON", "function f(a: string) { return JSON.parse(a); }"],
    ["Date", "function f() { return Date(); }"],
    ["console", "function f() { console.log(1); }"],
    ["performance", "function f() { return performance.now(); }"],
    ["clock call Bun.nanoseconds", "function f() { return Bun.nanoseconds(); }"],
    ["async", "async function f() {}"],
    ["async", "class A { async m() {} }"],
    ["generator", "function* f() {}"],
    ["await", "await 1;"],
    ["try/catch", "function f() { try { g(); } catch {} }"],
    ["for..of", "function f(a: number[]) { for (const b of a) g(b); }"],
    ["for..in", "function f(a: object) { for (const b in a) g(b); }"],
    ["getter", "class A { get m() { return 1; } }"],
    ["setter", "class A { set m(v: number) {} }"],
    ["object literal", "class A { m() { return { a: 1 } as unknown; } }"],
  ];
  for (const [what, snippet] of bad) {
    test(`a finding for: ${snippet}`, () => {
      expect(checkHot(`// @hot\n${snippet}`).map((f) => f.what)).toContain(what);
    });
  }

  const good = [
    "class A { constructor() { const x = { a: 1 }; for (const y of [x]) g(y); } }",
    "/** Sets up. @cold */\nfunction f() { return { a: 1 }; }",
    "/** Sets up.\n * @cold */\nexport function f() { return new Map(); }",
    "class A { /** @cold */ m() { return [...this.x]; } }",
    "const TABLE = new Int32Array(new ArrayBuffer(8));\nconst NAMES = ['a'];",
    "class A { private readonly words = new Int32Array(8); m() { return this.words[0]! + 1; } }",
    "interface A { Map: Map<string, Date>; get(): { a: number } }",
    "function f(a: { Set: number }) { return a.Set; }",
    "function f(this: void, a: [number, number]) { return a[0]! as number; }",
  ];
  for (const snippet of good) {
    test(`no finding for: ${snippet.replaceAll("\n", " ")}`, () => {
      expect(checkHot(`// @hot\n${snippet}`)).toEqual([]);
    });
  }

  test("a comment with @cold exempts only the function it stands above", () => {
    const source =
      "// @hot\n/** @cold */\nfunction f() { return [1]; }\nfunction g() { return [1]; }";
    expect(checkHot(source)).toEqual([{ line: 4, what: "array literal" }]);
  });
});

describe("imports", () => {
  test("point only to folders that come before", () => {
    const faults = sources.flatMap((path) =>
      importsOf(read(path)).flatMap((i) => {
        const fault = importFault(path, i.from);
        return fault === undefined ? [] : [`${path}:${i.line}: ${fault}`];
      }),
    );
    expect(faults).toEqual([]);
  });

  test("every folder of src is in the list of folders", () => {
    const folders = new Set(sources.map((p) => p.split("/")).filter((p) => p.length > 2));
    const unknown = [...folders].map((p) => p[1]!).filter((f) => !FOLDERS.includes(f));
    expect(unknown).toEqual([]);
  });

  test("a folder that imports from a later one is a fault", () => {
    expect(importFault("src/feed/a.ts", "../book/b.ts")).toContain("comes after");
    expect(importFault("src/book/a.ts", "../feed/b.ts")).toBeUndefined();
    expect(importFault("src/fix/codec/a.ts", "../../config/b.ts")).toContain("comes after");
    expect(importFault("src/nowhere/a.ts", "../core/b.ts")).toContain("not in the list");
  });

  test("the generated constants of the header are open to every folder", () => {
    expect(importFault("src/core/a.ts", "../ffi/layout.ts")).toBeUndefined();
    expect(importFault("src/core/a.ts", "../ffi/shim.ts")).toContain("comes after");
  });

  test("bun:ffi outside src/ffi is a fault", () => {
    expect(importFault("src/net/a.ts", "bun:ffi")).toContain("bun:ffi");
    expect(importFault("src/ffi/a.ts", "bun:ffi")).toBeUndefined();
  });

  test("all forms of import are seen", () => {
    const source =
      'import a from "./a.ts";\nexport * from "./b.ts";\nimport type { C } from "./c.ts";\nconst d = await import("./d.ts");';
    expect(importsOf(source).map((i) => i.from)).toEqual(["./a.ts", "./b.ts", "./c.ts", "./d.ts"]);
  });
});

describe("files", () => {
  test("are named in kebab-case", () => {
    expect(code.filter((path) => !isKebab(basename(path)))).toEqual([]);
    expect(isKebab("orderBook.ts")).toBe(false);
    expect(isKebab("order_book.ts")).toBe(false);
    expect(isKebab("order-book.test.ts")).toBe(true);
  });

  test(`have at most ${LINES_MAX} lines, tests ${TEST_LINES_MAX}`, () => {
    const linesMax = (path: string) => (path.startsWith("test/") ? TEST_LINES_MAX : LINES_MAX);
    const long = code
      .filter((path) => !LONG_FILES.has(path))
      .map((path) => ({ path, lines: read(path).trimEnd().split("\n").length }))
      .filter(({ path, lines }) => lines > linesMax(path))
      .map(({ path, lines }) => `${path}: ${lines} lines`);
    expect(long).toEqual([]);
  });

  test("use named exports only", () => {
    const isExample = (path: string) => path.includes("/examples/") || path.includes("/fixtures/");
    const withDefault = code.filter((p) => !isExample(p) && hasDefaultExport(read(p)));
    expect(withDefault).toEqual([]);
    expect(hasDefaultExport("export default 1;")).toBe(true);
    expect(hasDefaultExport("const a = `\nexport default 1;\n`;")).toBe(false);
  });

  test("name no folder of a builder's machine", () => {
    const texts = [...code, ...files("docs/**/*.md"), ...files("native/**/*.{c,h}")];
    const all = [...texts, "README.md", "CHANGELOG.md", "package.json", "bun.lock", ".ci/run"];
    const found = all.flatMap((path) => {
      const hit = machinePath(read(path));
      return hit === undefined ? [] : [`${path}: ${hit}`];
    });
    expect(found).toEqual([]);
    expect(machinePath(["/wo", "rk/main/src"].join(""))).toBeDefined();
  });
});

describe("package.json", () => {
  const manifest = JSON.parse(read("package.json"));

  test("names exact versions", () => {
    const all = { ...manifest.dependencies, ...manifest.devDependencies };
    const loose = Object.entries(all).filter(([, version]) => !isExactVersion(String(version)));
    expect(loose).toEqual([]);
    expect(isExactVersion("^1.0.0")).toBe(false);
  });

  test("has a lock file that names no registry", () => {
    expect(read("bun.lock")).not.toMatch(/https?:\/\//);
  });

  test("has a reason for each package in the documentation", () => {
    const reasons = read("docs/internals/packages.md");
    const all = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(all.filter((name) => !reasons.includes(`\`${name}\``))).toEqual([]);
  });
});
