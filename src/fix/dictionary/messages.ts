/** The messages of one dictionary file, header and trailer too, with their members resolved. */
import type { MemberResolver } from "./members.ts";
import type { Member, MessageDefinition } from "./model.ts";
import type { Problems } from "./problem.ts";
import { attribute, checkAttributes } from "./source.ts";
import type { XmlElement } from "./xml.ts";

export function readMessages(
  elements: readonly XmlElement[],
  resolver: MemberResolver,
  problems: Problems,
): MessageDefinition[] {
  const types = new Map<string, string>();
  const names = new Set<string>();
  const out: MessageDefinition[] = [];
  for (const element of elements) {
    checkAttributes(element, problems);
    const name = attribute(element, "name", problems);
    const msgType = attribute(element, "msgtype", problems);
    const admin = isAdmin(element, problems);
    const members = resolver.members(element.children, name ?? "a message");
    if (name === undefined || msgType === undefined) continue;
    const other = types.get(msgType);
    if (other !== undefined) {
      problems.error(element, `MsgType ${msgType} is given to both ${other} and ${name}`);
    } else if (names.has(name)) {
      problems.error(element, `message ${name} is defined twice, with different MsgTypes`);
    }
    types.set(msgType, name);
    names.add(name);
    out.push(messageOf(name, msgType, admin, members));
  }
  return out;
}

/** Header or trailer: a message without MsgType. */
export function readSection(
  name: "header" | "trailer",
  element: XmlElement | undefined,
  resolver: MemberResolver,
): MessageDefinition {
  return messageOf(name, "", true, resolver.members(element?.children ?? [], name));
}

function messageOf(
  name: string,
  msgType: string,
  admin: boolean,
  members: readonly Member[],
): MessageDefinition {
  const byTag = new Map<number, Member>();
  for (const member of members) byTag.set(member.field.tag, member);
  const required = members.filter((m) => m.required).map((m) => m.field.tag);
  return { name, msgType, admin, members, byTag, required };
}

function isAdmin(element: XmlElement, problems: Problems): boolean {
  const category = element.attributes["msgcat"];
  if (category === "admin" || category === "app") return category === "admin";
  const found = category === undefined ? "no msgcat" : `msgcat "${category}"`;
  const name = element.attributes["name"] ?? "?";
  problems.warn(element, `message ${name} has ${found}; allowed: admin or app; app is taken`);
  return false;
}
