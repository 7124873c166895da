/** Which kernel modules a module needs, from the modules themselves: a package has no modules.dep. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";

/** Paths among `paths` of the wanted modules and all they need, each after what it needs. */
export function inOrderOfNeed(paths: string[], wanted: string[]): string[] | string {
  const byName = new Map(paths.map((path) => [moduleName(basename(path, ".ko")), path]));
  const ordered: string[] = [];
  const visit = (name: string): string | undefined => {
    const path = byName.get(name);
    if (path === undefined) return `the kernel package has no module ${name}`;
    if (ordered.includes(path)) return undefined;
    for (const need of needsOf(readFileSync(path))) {
      const fault = visit(need);
      if (fault !== undefined) return fault;
    }
    ordered.push(path);
    return undefined;
  };
  for (const name of wanted) {
    const fault = visit(name);
    if (fault !== undefined) return fault;
  }
  return ordered;
}

/** From the .modinfo section: `depends=a,b` between two zero bytes. */
export function needsOf(module: Uint8Array): string[] {
  const bytes = Buffer.from(module.buffer, module.byteOffset, module.byteLength);
  const at = bytes.indexOf("\0depends=");
  if (at < 0) return [];
  const from = at + "\0depends=".length;
  const text = bytes.toString("latin1", from, bytes.indexOf(0, from));
  return text === "" ? [] : text.split(",").map(moduleName);
}

/** A module is called with underscores, whatever its file is called. */
function moduleName(name: string): string {
  return name.replaceAll("-", "_");
}
