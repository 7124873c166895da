/** What a dictionary holds, in figures. */
import type { Dictionary, Member } from "./model.ts";

export interface MessageSummary {
  msgType: string;
  name: string;
  admin: boolean;
  /** Members at the top level, counts of groups among them. */
  fields: number;
  required: number;
  /** Repeating groups, those inside others too. */
  groups: number;
}

export interface DictionarySummary {
  name: string;
  version: string;
  beginString: string;
  applVerId: string;
  hasSessionLayer: boolean;
  fields: number;
  components: number;
  /** Count fields that some message, header or trailer has as a group. */
  groups: number;
  /** Data fields whose LENGTH field is known. */
  dataFields: number;
  messages: MessageSummary[];
}

export function summarize(dictionary: Dictionary): DictionarySummary {
  const groups = new Set<number>();
  const messages = dictionary.messages.map((message) => {
    const own = groupsOf(message.members);
    for (const member of own) groups.add(member.field.tag);
    return {
      msgType: message.msgType,
      name: message.name,
      admin: message.admin,
      fields: message.members.length,
      required: message.required.length,
      groups: own.size,
    };
  });
  for (const part of [dictionary.header, dictionary.trailer]) {
    for (const member of groupsOf(part.members)) groups.add(member.field.tag);
  }
  const { name, version, beginString, applVerId, hasSessionLayer } = dictionary;
  return {
    name,
    version,
    beginString,
    applVerId,
    hasSessionLayer,
    fields: dictionary.fields.length,
    components: dictionary.components.length,
    groups: groups.size,
    dataFields: dictionary.dataTags.length / 2,
    messages,
  };
}

/** Each group once, however many places share it. */
function groupsOf(members: readonly Member[]): Set<Member> {
  const seen = new Set<Member>();
  const open = [...members];
  for (let member = open.pop(); member !== undefined; member = open.pop()) {
    if (member.group === undefined || seen.has(member)) continue;
    seen.add(member);
    open.push(...member.group);
  }
  return seen;
}
