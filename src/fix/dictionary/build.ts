/** From files as written to one Dictionary: a single one, or an application on a transport. */
import { pairDataTags } from "./data-tags.ts";
import { type FieldTable, readFields } from "./fields.ts";
import { MemberResolver } from "./members.ts";
import { readMessages, readSection } from "./messages.ts";
import { Dictionary, type FieldDefinition, type Member, type MessageDefinition } from "./model.ts";
import type { Place, Problems } from "./problem.ts";
import { needsTransport, type Source } from "./source.ts";
import { applVerIdOf } from "./versions.ts";

/** Fields that no FIX message is without (FIX 4.0 and later, standard header and trailer). */
const HEADER_TAGS: readonly number[] = [8, 9, 35, 49, 56, 34, 52];
const TRAILER_TAGS: readonly number[] = [10];

/** Throws DictionaryError when anything is an error; warnings are in the Dictionary. */
export function buildDictionary(
  name: string,
  application: Source,
  transport: Source | undefined,
  problems: Problems,
): Dictionary {
  const places = new Map<string, Place>();
  const fields = fieldsOf(application, problems, places);
  const inner = new MemberResolver(fields, application.components, problems);
  const outerFields = transport === undefined ? fields : fieldsOf(transport, problems, places);
  if (transport !== undefined) unite(outerFields, fields, transport.root, problems);
  const outer =
    transport === undefined
      ? inner
      : new MemberResolver(outerFields, transport.components, problems, inner);
  const session = transport ?? application;
  const components = [...new Set([...outer.componentNames(), ...inner.componentNames()])];
  const header = readSection("header", session.header, outer);
  const trailer = readSection("trailer", session.trailer, outer);
  const messages = readMessages(application.messages, inner, problems);
  if (transport !== undefined) {
    const admin = readMessages(transport.messages, outer, problems);
    putFirst(admin, messages, application.root, problems);
    checkTransport(application, transport, problems);
  }
  if (messages.length === 0) problems.warn(session.root, "it defines no messages");
  if (transport !== undefined || !needsTransport(application)) {
    checkSession(header, trailer, session, problems);
  }
  const framing = new Map([...header.byTag, ...trailer.byTag]);
  checkBodies(messages, header, framing, [inner, outer], problems);
  const all = new Map<number, FieldDefinition>();
  for (const table of [outerFields, fields]) {
    for (const field of table.values()) all.set(field.tag, field);
  }
  const list = [...all.values()].sort((a, b) => a.tag - b.tag);
  const table: FieldTable = new Map(list.map((field) => [field.name, field]));
  const dataTags = pairDataTags(table, places, application.root, problems);
  problems.throwIfAny();
  return new Dictionary({
    name,
    beginString: session.beginString,
    header,
    trailer,
    messages,
    fields: list,
    dataTags,
    version: application.version,
    applVerId: applVerIdOf(application.version),
    components,
    warnings: problems.sorted(),
  });
}

function fieldsOf(source: Source, problems: Problems, places: Map<string, Place>): FieldTable {
  const fields = readFields(source.fields, problems, places);
  if (fields.size === 0) problems.error(source.root, "it defines no fields");
  return fields;
}

/** A tag that both define becomes one field in both: with the values of either, and one type. */
function unite(
  transport: FieldTable,
  application: FieldTable,
  at: Place,
  problems: Problems,
): void {
  const byTag = new Map<number, FieldDefinition>();
  for (const field of application.values()) byTag.set(field.tag, field);
  for (const [name, field] of transport) {
    const other = byTag.get(field.tag);
    if (other === undefined || field.tag === 0) continue;
    if (other.name !== name) {
      const text = `tag ${field.tag} is ${name} here and ${other.name} in the application dictionary; ${name} is taken`;
      problems.warn(at, text);
    }
    const isOpen = field.values.size === 0 || other.values.size === 0;
    const values = isOpen ? [] : [...other.values, ...field.values];
    const united = { tag: field.tag, name, type: field.type, values: new Map(values) };
    transport.set(name, united);
    application.set(other.name, united);
  }
  // What an overlay adds to a Logon may be a field that only the application dictionary has.
  const tags = new Set([...transport.values()].map((field) => field.tag));
  for (const [name, field] of application) {
    if (!transport.has(name) && !tags.has(field.tag)) transport.set(name, field);
  }
}

/** Session messages come from the transport, also where the application has some of the same. */
function putFirst(
  admin: readonly MessageDefinition[],
  messages: MessageDefinition[],
  at: Place,
  problems: Problems,
): void {
  const types = new Map(admin.map((message) => [message.msgType, message]));
  for (let i = messages.length - 1; i >= 0; i--) {
    const message = messages[i]!;
    if (!types.has(message.msgType)) continue;
    if (!message.admin) {
      const text = `MsgType ${message.msgType} is ${message.name} here, but the transport's own; the transport's is taken`;
      problems.warn(at, text);
    }
    messages.splice(i, 1);
  }
  messages.unshift(...admin);
}

function checkTransport(application: Source, transport: Source, problems: Problems): void {
  if (!transport.beginString.startsWith("FIXT.")) {
    const text = `it is ${transport.beginString}, which is no transport; allowed: a dictionary of type FIXT`;
    problems.error(transport.root, text);
  }
  if (application.beginString.startsWith("FIXT.")) {
    const text = `it is ${application.beginString}, which is no application dictionary; allowed: type FIX`;
    problems.error(application.root, text);
  }
}

/**
 * A field of the header or trailer that stands in a message, too: a session reads it where it belongs
 * and refuses it elsewhere. Told once where it is written, however many messages use it.
 */
function checkBodies(
  messages: readonly MessageDefinition[],
  header: MessageDefinition,
  framing: ReadonlyMap<number, Member>,
  resolvers: readonly MemberResolver[],
  problems: Problems,
): void {
  const told = new Set<Place>();
  for (const message of messages) {
    for (const member of message.members) {
      const { tag, name } = member.field;
      if (!framing.has(tag)) continue;
      const at = resolvers.map((r) => r.placeOf(member)).find((place) => place !== undefined);
      if (at === undefined || told.has(at)) continue;
      told.add(at);
      const part = header.byTag.has(tag) ? "header" : "trailer";
      problems.warn(at, `${message.name} has field ${name}, which belongs to the ${part}`);
    }
  }
}

function checkSession(
  header: MessageDefinition,
  trailer: MessageDefinition,
  source: Source,
  problems: Problems,
): void {
  for (const [part, tags] of [
    [header, HEADER_TAGS],
    [trailer, TRAILER_TAGS],
  ] as const) {
    const missing = tags.filter((tag) => !part.byTag.has(tag));
    if (missing.length === 0) continue;
    const at = part === header ? source.header : source.trailer;
    const text = `${part.name} lacks tag ${missing.join(", ")}, which every FIX message carries`;
    problems.warn(at ?? source.root, text);
  }
}
