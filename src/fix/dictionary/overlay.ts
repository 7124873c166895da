/**
 * A venue's overlay: what its rules of engagement add to a version of FIX, or change in it.
 *
 *   <fix overlay="FIX44">                          a built-in name, or a path from this file
 *     <messages><message msgtype="D">              by MsgType; a new one has name and msgcat too
 *       <field name="SelfTradeType" required="N"/> new: at the end, or before="..." or after="..."
 *       <field name="Account" required="Y"/>       there already: required is changed
 *       <field name="Rule80A" remove="Y"/>
 *     </message></messages>
 *     <components> and <header>, <trailer>: likewise; groups are merged member by member
 *     <fields><field name="Side"><value enum="X" description="..."/></field>
 *             <field number="7928" name="SelfTradeType" type="CHAR"/></fields>
 *   </fix>
 *
 * Values are added to those of the base; values="replace" drops those first, and a value with
 * remove="Y" drops one. It is done on elements, before components are resolved: what is changed in
 * a component is changed in every message that uses it, and every rule is checked on the result.
 */
import { type Problems, placeText } from "./problem.ts";
import type { Source } from "./source.ts";
import type { XmlElement } from "./xml.ts";

export interface Base {
  application: Source;
  transport: Source | undefined;
}

/** Changes the sources of `base`. Header, trailer and session messages are the transport's. */
export function applyOverlay(overlay: Source, base: Base, problems: Problems): void {
  const session = base.transport ?? base.application;
  checkWords(overlay.root, problems);
  for (const field of overlay.fields) overlayField(field, base, problems);
  for (const component of overlay.components) {
    const owner = find(base.application.components, "name", component) ? base.application : session;
    overlayNamed(component, owner.components, base.application.components, problems);
  }
  for (const message of overlay.messages) overlayMessage(message, base, problems);
  for (const part of ["header", "trailer"] as const) {
    const given = overlay[part];
    const target = session[part];
    if (given === undefined) continue;
    if (target === undefined) session[part] = given;
    else mergeMembers(target, given, part, problems);
  }
}

/** What an overlay alone has, on every element: remove, before and after. */
function checkWords(element: XmlElement, problems: Problems): void {
  const { remove, before, after } = element.attributes;
  const what = `${element.name} ${element.attributes["name"] ?? element.attributes["enum"] ?? "?"}`;
  if (remove !== undefined && remove !== "Y") {
    problems.error(element, `${what} has remove "${remove}"; allowed: Y`);
  }
  if (before !== undefined && after !== undefined) {
    problems.error(element, `${what} has both before and after; allowed: one of them`);
  }
  for (const child of element.children) checkWords(child, problems);
}

function overlayField(field: XmlElement, base: Base, problems: Problems): void {
  const owners = [base.application, base.transport].filter(
    (s) => s !== undefined && find(s.fields, "name", field) !== undefined,
  ) as Source[];
  if (isRemoved(field)) {
    const text = "fields can't be removed; allowed: to remove them from messages";
    problems.error(field, text);
    return;
  }
  if (owners.length === 0) {
    // Values of a new field have nothing to be removed from.
    base.application.fields.push(field);
    return;
  }
  for (const owner of owners) mergeField(find(owner.fields, "name", field)!, field, problems);
}

function mergeField(target: XmlElement, field: XmlElement, problems: Problems): void {
  const { name, number, type, values } = field.attributes;
  const was = target.attributes["number"];
  if (number !== undefined && number !== was) {
    problems.error(field, `field ${name} has number ${number} here; its base gives it ${was}`);
  }
  if (type !== undefined) target.attributes["type"] = type;
  if (values === "replace") target.children = [];
  else if (values !== undefined) {
    problems.error(field, `field ${name} has values "${values}"; allowed: replace`);
  }
  for (const value of field.children) {
    const at = target.children.findIndex((v) => v.attributes["enum"] === value.attributes["enum"]);
    if (isRemoved(value)) {
      if (at >= 0) target.children.splice(at, 1);
      else
        problems.error(value, `field ${name} has no value "${value.attributes["enum"]}" to remove`);
    } else if (at >= 0) target.children[at] = value;
    else target.children.push(value);
  }
}

function overlayMessage(message: XmlElement, base: Base, problems: Problems): void {
  const key = message.attributes["msgtype"] === undefined ? "name" : "msgtype";
  const session = base.transport;
  const inSession = session !== undefined && find(session.messages, key, message) !== undefined;
  const isNewAdmin =
    find(base.application.messages, key, message) === undefined &&
    message.attributes["msgcat"] === "admin";
  const owner = inSession || (isNewAdmin && session !== undefined) ? session : base.application;
  const target = find(owner!.messages, key, message);
  if (target === undefined || isRemoved(message)) {
    overlayNamed(message, owner!.messages, owner!.messages, problems, key);
    return;
  }
  const { name } = message.attributes;
  const was = target.attributes["name"];
  if (name !== undefined && name !== was) {
    const type = target.attributes["msgtype"];
    problems.error(message, `MsgType ${type} is ${was} in the base, and ${name} here`);
  }
  mergeMembers(target, message, was ?? "a message", problems);
}

/** Adds to `fresh`, or merges into or removes from `list`. */
function overlayNamed(
  element: XmlElement,
  list: XmlElement[],
  fresh: XmlElement[],
  problems: Problems,
  key = "name",
): void {
  const target = find(list, key, element);
  const name = element.attributes["name"] ?? element.attributes[key] ?? "?";
  if (isRemoved(element)) {
    if (target !== undefined) list.splice(list.indexOf(target), 1);
    else problems.error(element, `there is no ${element.name} ${name} to remove`);
  } else if (target === undefined) fresh.push(element);
  else mergeMembers(target, element, name, problems);
}

function mergeMembers(
  target: XmlElement,
  overlay: XmlElement,
  where: string,
  problems: Problems,
): void {
  for (const member of overlay.children) {
    const name = member.attributes["name"];
    const at = target.children.findIndex(
      (c) => c.attributes["name"] === name && isAlike(c, member),
    );
    const known = at < 0 ? undefined : target.children[at]!;
    if (isRemoved(member)) {
      if (known !== undefined) target.children.splice(at, 1);
      else problems.error(member, `${where} has no ${member.name} ${name} to remove`);
      continue;
    }
    const { before, after } = member.attributes;
    if (known === undefined) insert(target, withoutPosition(member), member, where, problems);
    else {
      mergeMember(known, member, where, problems);
      if (before === undefined && after === undefined) continue;
      target.children.splice(at, 1);
      insert(target, known, member, where, problems);
    }
  }
}

function mergeMember(
  known: XmlElement,
  member: XmlElement,
  where: string,
  problems: Problems,
): void {
  const required = member.attributes["required"];
  if (known.name !== member.name) {
    const kind = `${known.name} (${placeText(known, member)})`;
    const text = `${where} has ${member.attributes["name"]} as a ${kind}, and as a ${member.name} here`;
    problems.error(member, text);
    return;
  }
  if (required !== undefined) {
    known.attributes["required"] = required;
    known.file = member.file;
    known.line = member.line;
  }
  if (member.name === "group") {
    mergeMembers(known, member, `group ${member.attributes["name"]} of ${where}`, problems);
  }
}

/** `asked`: the overlay's own element, which says where. */
function insert(
  target: XmlElement,
  member: XmlElement,
  asked: XmlElement,
  where: string,
  problems: Problems,
): void {
  const { before, after } = asked.attributes;
  const mark = before ?? after;
  if (mark === undefined) {
    target.children.push(member);
    return;
  }
  const at = target.children.findIndex((c) => c.attributes["name"] === mark);
  if (at < 0) {
    const word = before === undefined ? "after" : "before";
    problems.error(asked, `${where} has no member ${mark}, which ${word} names`);
  }
  target.children.splice(before === undefined ? at + 1 : Math.max(at, 0), 0, member);
}

function withoutPosition(member: XmlElement): XmlElement {
  const { before: _before, after: _after, ...attributes } = member.attributes;
  return { ...member, attributes };
}

/** A field and a group go by the same name: one tag. A component's name is of another kind. */
function isAlike(a: XmlElement, b: XmlElement): boolean {
  return (a.name === "component") === (b.name === "component");
}

function isRemoved(element: XmlElement): boolean {
  return element.attributes["remove"] === "Y";
}

function find(list: readonly XmlElement[], key: string, like: XmlElement): XmlElement | undefined {
  const wanted = like.attributes[key];
  return wanted === undefined ? undefined : list.find((e) => e.attributes[key] === wanted);
}
