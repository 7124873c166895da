/** One dictionary file as it was written: its sections, before anything is resolved. */
import type { Problems } from "./problem.ts";
import { versionName } from "./versions.ts";
import { readXml, type XmlElement } from "./xml.ts";

export interface Source {
  file: string;
  root: XmlElement;
  /** Of an overlay: the base it adds to, as the file names it; undefined for a whole dictionary. */
  overlay: string | undefined;
  /** Of an overlay: the transport dictionary that goes with its base. */
  transport: string | undefined;
  /** "FIX.4.4"; "" when an overlay leaves it to its base. */
  beginString: string;
  /** "FIX44", "FIX50SP2"; "" as above. */
  version: string;
  header: XmlElement | undefined;
  trailer: XmlElement | undefined;
  messages: XmlElement[];
  components: XmlElement[];
  fields: XmlElement[];
}

/** From 5.0 on the session layer is a dictionary of its own. */
export function needsTransport(source: Source): boolean {
  const major = Number(source.root.attributes["major"]);
  return source.root.attributes["type"] !== "FIXT" && major >= 5;
}

/** Undefined when the text is no XML, or not <fix>; the reason is in `problems` then. */
export function readSource(text: string, file: string, problems: Problems): Source | undefined {
  const root = readXml(text, file, problems);
  if (root === undefined) {
    if (problems.errors === 0) problems.error({ file, line: 0 }, "it is empty; <fix> is needed");
    return undefined;
  }
  if (root.name !== "fix") {
    problems.error(root, `its outermost element is not <fix> but <${root.name}>`);
    return undefined;
  }
  checkAttributes(root, problems);
  const overlay = root.attributes["overlay"];
  const isVersioned = overlay === undefined || root.attributes["major"] !== undefined;
  const source: Source = {
    file,
    root,
    overlay,
    transport: root.attributes["transport"],
    ...(isVersioned ? versionOf(root, problems) : { beginString: "", version: "" }),
    header: undefined,
    trailer: undefined,
    messages: [],
    components: [],
    fields: [],
  };
  if (source.transport !== undefined && overlay === undefined) {
    problems.warn(root, "attribute transport is left out; it belongs to an overlay");
    source.transport = undefined;
  }
  readSections(source, problems);
  return source;
}

function readSections(source: Source, problems: Problems): void {
  const seen = new Map<string, number>();
  for (const section of source.root.children) {
    const known = SECTIONS[section.name];
    if (known === undefined) {
      const allowed = Object.keys(SECTIONS).join(", ");
      problems.warn(section, `<${section.name}> is left out; allowed inside <fix>: ${allowed}`);
      continue;
    }
    const before = seen.get(section.name);
    if (before !== undefined) {
      problems.error(section, `<${section.name}> is there twice; the other is on line ${before}`);
      continue;
    }
    seen.set(section.name, section.line);
    checkAttributes(section, problems);
    if (section.name === "header") source.header = section;
    else if (section.name === "trailer") source.trailer = section;
    else source[section.name as "messages"] = only(section, known, problems);
  }
}

function only(section: XmlElement, name: string, problems: Problems): XmlElement[] {
  return section.children.filter((child) => {
    if (child.name === name) return true;
    const text = `<${child.name}> is left out; allowed inside <${section.name}>: ${name}`;
    problems.warn(child, text);
    return false;
  });
}

function versionOf(root: XmlElement, problems: Problems): { beginString: string; version: string } {
  const type = root.attributes["type"] ?? "FIX";
  if (type !== "FIX" && type !== "FIXT") {
    problems.error(root, `type is "${type}"; allowed: FIX or FIXT`);
  }
  const number = (name: string, fallback?: number): number => {
    const text = root.attributes[name];
    if (text === undefined && fallback !== undefined) return fallback;
    if (text !== undefined && /^\d{1,3}$/.test(text)) return Number(text);
    const found = text === undefined ? "<fix> has no" : `"${text}" is no`;
    problems.error(root, `${found} ${name} version; allowed: a number, as in major="4" minor="4"`);
    return 0;
  };
  const major = number("major");
  const minor = number("minor");
  const pack = number("servicepack", 0);
  return {
    beginString: `${type}.${major}.${minor}`,
    version: versionName(type, major, minor, pack),
  };
}

/** The attribute's value; when it is missing or empty, an error and undefined. */
export function attribute(
  element: XmlElement,
  name: string,
  problems: Problems,
): string | undefined {
  const value = element.attributes[name];
  if (value !== undefined && value !== "") return value;
  problems.error(element, `an element <${element.name}> has no ${name}`);
  return undefined;
}

/** An attribute that is not known is told: it is likely a misspelt one. */
export function checkAttributes(element: XmlElement, problems: Problems): void {
  const allowed = ATTRIBUTES[element.name];
  if (allowed === undefined) return;
  for (const name of Object.keys(element.attributes)) {
    if (allowed.includes(name)) continue;
    const list = allowed.length === 0 ? "none" : allowed.join(", ");
    problems.warn(element, `<${element.name}> has attribute ${name}; allowed: ${list}`);
  }
}

/** Section to what it holds; "" = members. */
const SECTIONS: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  header: "",
  messages: "message",
  trailer: "",
  components: "component",
  fields: "field",
});

const MEMBER = ["name", "required", "before", "after", "remove"];
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = Object.assign(Object.create(null), {
  fix: ["type", "major", "minor", "servicepack", "overlay", "transport"],
  header: [],
  trailer: [],
  messages: [],
  components: [],
  fields: [],
  message: ["name", "msgtype", "msgcat", "remove"],
  group: MEMBER,
  component: MEMBER,
  field: [...MEMBER, "number", "type", "values"],
  value: ["enum", "description", "remove"],
});
