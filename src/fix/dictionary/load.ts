import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { Parser } from "xml2js";
import FIX44 from "../../../fix-dictionaries/FIX44.xml" with { type: "text" };
import {
  Dictionary,
  DictionaryError,
  type FieldDefinition,
  type Member,
  type MessageDefinition,
} from "./model.ts";

export {
  Dictionary,
  DictionaryError,
  type FieldDefinition,
  type Member,
  type MessageDefinition,
} from "./model.ts";

/**
 * Dictionaries inside the executable, by the name a config gives. (@types/bun declares *.xml as a
 * Document whatever the import's type; with type "text" it is the text, compiled too.)
 */
export const BUILT_IN_DICTIONARIES: Readonly<Record<string, string>> = {
  FIX44: FIX44 as unknown as string,
};

/** A built-in dictionary by name, or a QuickFIX-format file by its path (it ends in .xml). */
export function loadDictionary(nameOrPath: string): Dictionary {
  const text = BUILT_IN_DICTIONARIES[nameOrPath];
  if (text !== undefined) return parseDictionary(text, nameOrPath);
  if (!nameOrPath.endsWith(".xml")) {
    const known = Object.keys(BUILT_IN_DICTIONARIES).join(", ");
    throw new DictionaryError(
      `no FIX dictionary "${nameOrPath}": built in are ${known}; else give the path of an .xml file`,
    );
  }
  let content: string;
  try {
    content = readFileSync(nameOrPath, "utf8");
  } catch (error) {
    throw new DictionaryError(`FIX dictionary ${nameOrPath}: ${(error as Error).message}`);
  }
  return parseDictionary(content, basename(nameOrPath));
}

/** Any QuickFIX-format XML. Throws DictionaryError with one sentence that names what is wrong. */
export function parseDictionary(text: string, name: string): Dictionary {
  return new Loader(text, name).load();
}

/** An element as xml2js gives it with explicitChildren and preserveChildrenOrder. */
interface Element {
  "#name": string;
  $?: Record<string, string>;
  $$?: Element[];
}

const NESTING_MAX = 16;

class Loader {
  private readonly fieldsByName = new Map<string, FieldDefinition>();
  private readonly components = new Map<string, Element>();

  constructor(
    private readonly text: string,
    private readonly name: string,
  ) {}

  load(): Dictionary {
    const root = this.parseXml();
    const section = (wanted: string) => root.$$?.find((e) => e["#name"] === wanted);
    const fields = this.readFields(section("fields"));
    for (const component of children(section("components"), "component")) {
      const name = this.attribute(component, "name");
      if (this.components.has(name)) this.fail(`component ${name} is defined twice`, name);
      this.components.set(name, component);
    }
    const messages = this.readMessages(section("messages"));
    const part = (wanted: string): MessageDefinition =>
      this.message(wanted, "", true, section(wanted)?.$$ ?? []);
    return new Dictionary({
      name: this.name,
      beginString: this.beginString(root),
      header: part("header"),
      trailer: part("trailer"),
      messages,
      fields,
      dataTags: this.dataTags(fields),
    });
  }

  private parseXml(): Element {
    let root: Element | undefined;
    let failure: Error | null = null;
    // Without these two options children are grouped by name and their order is lost.
    const parser = new Parser({ explicitChildren: true, preserveChildrenOrder: true });
    parser.parseString(this.text, (error: Error | null, result: { fix?: Element } | null) => {
      if (error) failure ??= error;
      else root = result?.fix;
    });
    if (failure) {
      this.fail(`it is no well-formed XML: ${(failure as Error).message.replaceAll("\n", ", ")}`);
    }
    if (!root) this.fail("its outermost element is not <fix>");
    return root as Element;
  }

  private beginString(root: Element): string {
    const type = root.$?.["type"] ?? "FIX";
    return `${type}.${root.$?.["major"] ?? "4"}.${root.$?.["minor"] ?? "4"}`;
  }

  private readFields(section: Element | undefined): FieldDefinition[] {
    const tags = new Map<number, string>();
    const fields: FieldDefinition[] = [];
    for (const element of children(section, "field")) {
      const name = this.attribute(element, "name");
      const number = this.attribute(element, "number");
      const tag = Number(number);
      if (!Number.isInteger(tag) || tag <= 0) {
        this.fail(`field ${name} has number "${number}", which is no tag`, name);
      }
      const other = tags.get(tag);
      if (other !== undefined) {
        this.fail(`tag ${tag} is given to both ${other} and ${name}`, name);
      }
      if (this.fieldsByName.has(name)) this.fail(`field ${name} is defined twice`, name);
      tags.set(tag, name);
      const values = new Map<string, string>();
      for (const value of children(element, "value")) {
        values.set(this.attribute(value, "enum"), value.$?.["description"] ?? "");
      }
      const type = (element.$?.["type"] ?? "STRING").toUpperCase();
      const field = { tag, name, type, values };
      fields.push(field);
      this.fieldsByName.set(name, field);
    }
    if (fields.length === 0) this.fail("it defines no fields");
    return fields;
  }

  private readMessages(section: Element | undefined): MessageDefinition[] {
    const types = new Map<string, string>();
    return children(section, "message").map((element) => {
      const name = this.attribute(element, "name");
      const msgType = this.attribute(element, "msgtype");
      const other = types.get(msgType);
      if (other !== undefined) {
        this.fail(`MsgType ${msgType} is given to both ${other} and ${name}`, name);
      }
      types.set(msgType, name);
      return this.message(name, msgType, element.$?.["msgcat"] === "admin", element.$$ ?? []);
    });
  }

  private message(
    name: string,
    msgType: string,
    admin: boolean,
    elements: readonly Element[],
  ): MessageDefinition {
    const members: Member[] = [];
    this.resolve(elements, members, true, name, []);
    const byTag = new Map<number, Member>();
    for (const member of members) {
      const tag = member.field.tag;
      if (byTag.has(tag)) this.fail(`${name} has field ${member.field.name} twice`, name);
      byTag.set(tag, member);
    }
    const required = members.filter((m) => m.required).map((m) => m.field.tag);
    return { name, msgType, admin, members, byTag, required };
  }

  /** Appends the members of `elements`; what an optional component requires is not required. */
  private resolve(
    elements: readonly Element[],
    into: Member[],
    required: boolean,
    where: string,
    path: readonly string[],
  ): void {
    if (path.length > NESTING_MAX) this.fail(`${where} nests deeper than ${NESTING_MAX} levels`);
    for (const element of elements) {
      const kind = element["#name"];
      if (kind !== "field" && kind !== "group" && kind !== "component") continue;
      const name = this.attribute(element, "name");
      const must = required && element.$?.["required"] === "Y";
      if (kind === "component") {
        const component = this.components.get(name);
        if (!component) this.fail(`${where} uses component ${name}, which is not defined`, name);
        if (path.includes(name)) {
          this.fail(`component ${name} contains itself (${[...path, name].join(" > ")})`, name);
        }
        this.resolve((component as Element).$$ ?? [], into, must, where, [...path, name]);
        continue;
      }
      const field = this.fieldsByName.get(name);
      if (!field) this.fail(`${where} uses field ${name}, which is not defined`, name);
      const member: Member = { field: field as FieldDefinition, required: must };
      if (kind === "group") {
        const group: Member[] = [];
        this.resolve(element.$$ ?? [], group, true, `group ${name} of ${where}`, [...path, ""]);
        if (group.length === 0) this.fail(`group ${name} of ${where} is empty`, name);
        member.group = group;
      }
      into.push(member);
    }
  }

  /** A field of type DATA belongs to the LENGTH field named like it (RawData, RawDataLength). */
  private dataTags(fields: readonly FieldDefinition[]): number[] {
    const pairs: number[] = [];
    for (const field of fields) {
      if (field.type !== "DATA" && field.type !== "XMLDATA") continue;
      const length =
        this.fieldsByName.get(`${field.name}Len`) ?? this.fieldsByName.get(`${field.name}Length`);
      if (length) pairs.push(length.tag, field.tag);
    }
    return pairs;
  }

  private attribute(element: Element, name: string): string {
    const value = element.$?.[name];
    if (value === undefined || value === "") {
      this.fail(`an element <${element["#name"]}> has no ${name}`);
    }
    return value as string;
  }

  private fail(what: string, near?: string): never {
    const at = near === undefined ? -1 : this.text.lastIndexOf(`name="${near}"`);
    const line = at < 0 ? "" : ` line ${this.text.slice(0, at).split("\n").length}:`;
    throw new DictionaryError(`FIX dictionary ${this.name}:${line} ${what}`);
  }
}

function children(element: Element | undefined, name: string): Element[] {
  return element?.$$?.filter((e) => e["#name"] === name) ?? [];
}
