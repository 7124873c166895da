/** What a file that starts with `// @hot` must not hold. Pure: source in, findings out. */
import { parse } from "@babel/parser";

export interface Finding {
  line: number;
  what: string;
}

interface Node {
  type: string;
  start: number;
  loc: { start: { line: number } };
  leadingComments?: { value: string }[] | null;
  [key: string]: unknown;
}

export function isHot(source: string): boolean {
  return source.startsWith("// @hot");
}

/** Findings in a hot file, by line. Throws when the source does not parse. */
export function checkHot(source: string): Finding[] {
  const file = parse(source, {
    sourceType: "module",
    plugins: ["typescript"],
    attachComment: true,
  }) as unknown as { program: Node };
  const findings: Finding[] = [];
  walk(file.program, [], findings);
  return findings.sort((a, b) => a.line - b.line);
}

/** Depth first; `parents` is the way down to the node. Types, constructors and @cold are left out. */
function walk(node: Node, parents: Node[], findings: Finding[]): void {
  if (isExempt(node)) return;
  const what = forbidden(node, parents);
  if (what !== undefined) findings.push({ line: node.loc.start.line, what });
  const next = [...parents, node];
  for (const child of childrenOf(node)) walk(child, next, findings);
}

function childrenOf(node: Node): Node[] {
  const out: Node[] = [];
  for (const [key, value] of Object.entries(node)) {
    if (key === "loc" || key.endsWith("Comments") || key === "extra") continue;
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== null && typeof item === "object" && typeof item.type === "string") {
        out.push(item as Node);
      }
    }
  }
  return out;
}

function isExempt(node: Node): boolean {
  if (node.type.startsWith("TS")) return !VALUE_WRAPPERS.has(node.type);
  if (node.type === "ImportDeclaration") return true;
  const isConstructor = node.type === "ClassMethod" && node.kind === "constructor";
  return isConstructor || isCold(node);
}

/** A doc comment with @cold above a function, a method, or the export of one. */
function isCold(node: Node): boolean {
  if (!COLD_OWNERS.has(node.type)) return false;
  const last = node.leadingComments?.at(-1);
  return last !== undefined && /@cold\b/.test(last.value);
}

function forbidden(node: Node, parents: Node[]): string | undefined {
  const insideFunction = parents.some((p) => FUNCTIONS.has(p.type));
  if (node.type === "ClassMethod" || node.type === "ClassPrivateMethod") {
    if (node.kind === "get" || node.kind === "set") return `${node.kind}ter`;
    if (node.generator === true) return "generator";
    return node.async === true ? "async" : undefined;
  }
  if (node.type === "ObjectMethod" && node.kind !== "method") return `${node.kind}ter`;
  if (FUNCTIONS.has(node.type)) {
    if (node.async === true) return "async";
    if (node.generator === true) return "generator";
    return insideFunction ? "closure" : undefined;
  }
  const always = ALWAYS[node.type];
  if (always !== undefined) return always;
  if (node.type === "ForOfStatement") return "for..of";
  if (node.type === "Identifier" || node.type === "MemberExpression") {
    const global = globalName(node, parents);
    if (global !== undefined) return global;
  }
  if (!insideFunction && !isFieldOfInstance(parents)) {
    // Made once, when the module is loaded.
    return undefined;
  }
  return insideFunction ? ALLOCATING[node.type] : undefined;
}

/** Fields are set once per object, which is what a constructor does too. */
function isFieldOfInstance(parents: Node[]): boolean {
  return parents.some((p) => p.type === "ClassProperty" || p.type === "ClassPrivateProperty");
}

/** Date, Map, JSON and the like, when they mean the global and not a property of that name. */
function globalName(node: Node, parents: Node[]): string | undefined {
  if (node.type === "MemberExpression") {
    const object = node.object as Node;
    const property = node.property as Node;
    const path = `${String(object.name)}.${String(property.name)}`;
    return node.computed !== true && CLOCK_CALLS.has(path) ? `clock call ${path}` : undefined;
  }
  const name = String(node.name);
  if (!GLOBALS.has(name)) return undefined;
  const parent = parents.at(-1);
  const isProperty = parent?.type === "MemberExpression" && parent.property === node;
  const isKey = parent !== undefined && KEYED.has(parent.type) && parent.key === node;
  return (isProperty && parent.computed !== true) || isKey ? undefined : name;
}

const FUNCTIONS = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
  "ClassMethod",
  "ClassPrivateMethod",
  "ObjectMethod",
]);
const COLD_OWNERS = new Set([
  "FunctionDeclaration",
  "ClassMethod",
  "ClassPrivateMethod",
  "ExportNamedDeclaration",
  "VariableDeclaration",
]);
/** Nodes of TypeScript that hold an expression which runs. */
const VALUE_WRAPPERS = new Set([
  "TSAsExpression",
  "TSSatisfiesExpression",
  "TSNonNullExpression",
  "TSTypeAssertion",
  "TSInstantiationExpression",
]);
const KEYED = new Set(["ObjectProperty", "ClassProperty", "ClassMethod", "ObjectMethod"]);
/** Refused anywhere in a hot file. */
const ALWAYS: Record<string, string> = {
  SpreadElement: "spread",
  RestElement: "rest",
  ArrayPattern: "destructuring",
  ObjectPattern: "destructuring",
  BigIntLiteral: "BigInt",
  RegExpLiteral: "RegExp",
  AwaitExpression: "await",
  YieldExpression: "yield",
  TryStatement: "try/catch",
};
/** Refused inside functions: it would be made anew on each call. */
const ALLOCATING: Record<string, string> = {
  ObjectExpression: "object literal",
  ArrayExpression: "array literal",
  TemplateLiteral: "template string",
  TaggedTemplateExpression: "template string",
  NewExpression: "new",
  ClassExpression: "class",
  ForInStatement: "for..in",
};
const GLOBALS = new Set([
  "Map",
  "Set",
  "WeakMap",
  "WeakSet",
  "Date",
  "JSON",
  "RegExp",
  "BigInt",
  "BigInt64Array",
  "BigUint64Array",
  "Promise",
  "console",
  "performance",
  "setTimeout",
  "setInterval",
]);
const CLOCK_CALLS = new Set(["Bun.nanoseconds", "process.hrtime", "Date.now", "performance.now"]);
