/** FIX dictionaries by name, by file, and joined as a session needs them. */
import { readFileSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { shown } from "../../core/shown.ts";
import { buildDictionary } from "./build.ts";
import { BUILT_IN_DICTIONARIES } from "./built-in.ts";
import { type Dictionary, DictionaryError } from "./model.ts";
import { applyOverlay, type Base } from "./overlay.ts";
import { type Place, Problems } from "./problem.ts";
import { needsTransport, readSource, type Source } from "./source.ts";
import { FIX_VERSIONS } from "./versions.ts";

export { BUILT_IN_DICTIONARIES } from "./built-in.ts";
export {
  Dictionary,
  DictionaryError,
  type DictionaryProblem,
  type FieldDefinition,
  type Member,
  type MessageDefinition,
} from "./model.ts";
export { formatDictionaryProblem } from "./problem.ts";
export { dictionaryNames } from "./versions.ts";

/** What a session speaks; each is a built-in name or the path of an .xml file. */
export interface SessionDictionaryOptions {
  /** Messages of the business: FIX44, FIX50SP2; for 4.x the session layer too. */
  application: string;
  /** Session layer for 5.0 and later; FIXT11 when left out there. */
  transport?: string;
  /** A venue's overlay, put over both; see overlay.ts. */
  overlay?: string;
}

/**
 * A built-in dictionary by name, or a QuickFIX-format file by its path (it ends in .xml). An
 * overlay is loaded together with the base that it names. An application dictionary of 5.0 and
 * later comes as it is, without session layer: loadSessionDictionary joins one.
 * Throws DictionaryError.
 */
export function loadDictionary(nameOrPath: string): Dictionary {
  const known = builtIns.get(nameOrPath);
  if (known !== undefined) return known;
  const problems = new Problems();
  const stack = readStack(nameOrPath, undefined, undefined, [], problems);
  const dictionary = finish(nameOf(nameOrPath), stack, problems);
  if (isBuiltIn(nameOrPath)) builtIns.set(nameOrPath, dictionary);
  return dictionary;
}
/** A built-in one never changes: it is resolved once a process, and so is each joined one. */
const builtIns = new Map<string, Dictionary>();

/** The text of a QuickFIX-format file; `name` stands for it in messages. Throws DictionaryError. */
export function parseDictionary(text: string, name: string): Dictionary {
  const problems = new Problems();
  const source = readSource(text, name, problems);
  const stack = stackOn(source, ".", [name], problems);
  return finish(name, stack, problems);
}

/**
 * One view of what a session speaks: header, trailer and session messages from the transport,
 * business messages from the application, fields from both (FIXT 1.1, "Transport Independence").
 * Throws DictionaryError.
 */
export function loadSessionDictionary(o: SessionDictionaryOptions): Dictionary {
  const given = [o.application, o.transport ?? "", o.overlay ?? ""];
  const key = given.join("+");
  const known = builtIns.get(key);
  if (known !== undefined) return known;
  const dictionary = joinSession(o);
  if (given.every((name) => name === "" || isBuiltIn(name))) builtIns.set(key, dictionary);
  return dictionary;
}

function joinSession(o: SessionDictionaryOptions): Dictionary {
  const problems = new Problems();
  const stack = readStack(o.application, undefined, undefined, [], problems);
  const application = stack?.application;
  const isBare = application !== undefined && needsTransport(application) && !stack?.transport;
  const transport = o.transport ?? (isBare ? "FIXT11" : undefined);
  if (stack !== undefined && transport !== undefined) {
    stack.transport = readTransport(transport, undefined, undefined, problems);
  }
  const names = [o.application, ...(transport === undefined ? [] : [transport])];
  if (stack !== undefined && o.overlay !== undefined) {
    names.push(o.overlay);
    const overlay = readNamed(o.overlay, undefined, undefined, problems);
    if (overlay !== undefined) addOverlay(overlay, stack, problems);
  }
  return finish(names.map(nameOf).join("+"), stack, problems);
}

/** Files that make one dictionary: the base, and what is put over it, the innermost first. */
interface Stack extends Base {
  overlays: Source[];
}

const OVERLAYS_MAX = 8;
/** The largest known, with every extension pack, has 2 MB. */
const FILE_BYTES_MAX = 64 << 20;
const PATH_SHOWN_MAX = 250;

function finish(name: string, stack: Stack | undefined, problems: Problems): Dictionary {
  if (stack === undefined) problems.throwIfAny();
  for (const overlay of stack!.overlays) applyOverlay(overlay, stack!, problems);
  return buildDictionary(name, stack!.application, stack!.transport, problems);
}

/** `at` is the element that names it, `folder` where paths begin; `chain` the files on the way. */
function readStack(
  nameOrPath: string,
  at: Place | undefined,
  folder: string | undefined,
  chain: readonly string[],
  problems: Problems,
): Stack | undefined {
  const key = isBuiltIn(nameOrPath) ? nameOrPath : resolve(folder ?? ".", nameOrPath);
  if (at !== undefined && (chain.includes(key) || chain.length > OVERLAYS_MAX)) {
    const way = [...chain, key].map(nameOf).join(" > ");
    const text = chain.includes(key)
      ? "rests on itself"
      : `rests on more than ${OVERLAYS_MAX} files`;
    problems.error(at, `the overlay ${text} (${way})`);
    return undefined;
  }
  const source = readNamed(nameOrPath, at, folder, problems);
  return stackOn(source, isBuiltIn(nameOrPath) ? "." : dirname(key), [...chain, key], problems);
}

function stackOn(
  source: Source | undefined,
  folder: string,
  chain: readonly string[],
  problems: Problems,
): Stack | undefined {
  if (source === undefined) return undefined;
  if (source.overlay === undefined) {
    return { application: source, transport: undefined, overlays: [] };
  }
  const stack = readStack(source.overlay, source.root, folder, chain, problems);
  if (stack === undefined) return undefined;
  if (source.transport !== undefined) {
    stack.transport = readTransport(source.transport, source.root, folder, problems);
  }
  addOverlay(source, stack, problems);
  return stack;
}

/** A transport's own overlays are put on it alone. */
function readTransport(
  name: string,
  at: Place | undefined,
  folder: string | undefined,
  problems: Problems,
): Source | undefined {
  const stack = readStack(name, at, folder, [], problems);
  for (const overlay of stack?.overlays ?? []) applyOverlay(overlay, stack!, problems);
  return stack?.application;
}

/** Refuses an overlay that was written for another version. */
function addOverlay(overlay: Source, stack: Stack, problems: Problems): void {
  const has = [stack.application.version, stack.transport?.version ?? ""].filter((v) => v !== "");
  const base = overlay.overlay;
  if (base === undefined) {
    problems.error(overlay.root, `it is no overlay; allowed: <fix overlay="${has[0]}">`);
    return;
  }
  const wanted = FIX_VERSIONS.some((v) => v.name === base) ? base : "";
  if (wanted !== "" && !has.includes(wanted)) {
    problems.error(overlay.root, `it is an overlay for ${wanted}, and not for ${has.join(" or ")}`);
  }
  if (overlay.version !== "" && !has.includes(overlay.version)) {
    problems.error(
      overlay.root,
      `its version is ${overlay.version}, its base's ${has.join(" or ")}`,
    );
  }
  stack.overlays.push(overlay);
}

function readNamed(
  nameOrPath: string,
  at: Place | undefined,
  folder: string | undefined,
  problems: Problems,
): Source | undefined {
  if (isBuiltIn(nameOrPath)) {
    return readSource(BUILT_IN_DICTIONARIES[nameOrPath]!, nameOrPath, problems);
  }
  let fault: string;
  if (!nameOrPath.endsWith(".xml")) {
    const known = Object.keys(BUILT_IN_DICTIONARIES).join(", ");
    fault = `no FIX dictionary "${shown(nameOrPath)}": built in are ${known}; else give the path of an .xml file`;
  } else {
    const path = folder === undefined ? nameOrPath : resolve(folder, nameOrPath);
    const read = readText(path, shown(nameOrPath, PATH_SHOWN_MAX));
    if (read.fault === "") return readSource(read.text, basename(nameOrPath), problems);
    fault = read.fault;
  }
  if (at === undefined) throw new DictionaryError(fault);
  problems.error(at, fault);
  return undefined;
}

/** The text of a file, or a sentence about `name` that says why there is none. */
function readText(path: string, name: string): { text: string; fault: string } {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    let fault = "";
    if (stat === undefined) fault = `there is no file ${name}`;
    else if (!stat.isFile()) fault = `${name} is no file; allowed: an .xml file`;
    else if (stat.size > FILE_BYTES_MAX) {
      fault = `${name} has ${stat.size} bytes; allowed for a FIX dictionary: ${FILE_BYTES_MAX}`;
    }
    return { text: fault === "" ? readFileSync(path, "utf8") : "", fault };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return {
      text: "",
      fault: `the file ${name} can't be read (${code ?? (error as Error).message})`,
    };
  }
}

function isBuiltIn(nameOrPath: string): boolean {
  return Object.hasOwn(BUILT_IN_DICTIONARIES, nameOrPath);
}

function nameOf(nameOrPath: string): string {
  return basename(nameOrPath);
}
