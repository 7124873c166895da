/** Where one dictionary says something else than a fuller one, each difference one line. */
import type { Dictionary, Member } from "../../src/fix/dictionary/load.ts";

/** `own` may leave out messages, fields and values' meanings; what it has must be as in `other`. */
export function differences(own: Dictionary, other: Dictionary): string[] {
  const out: string[] = [];
  for (const field of own.fields) {
    const theirs = other.field(field.tag);
    if (theirs === undefined) {
      out.push(`field ${field.name} (${field.tag}) is only here`);
      continue;
    }
    if (theirs.name !== field.name) out.push(`tag ${field.tag}: ${field.name}, ${theirs.name}`);
    if (theirs.type !== field.type)
      out.push(`type of ${field.name}: ${field.type}, ${theirs.type}`);
    if (field.values.size === 0) continue;
    // MsgType lists the messages of a file.
    const more = field.tag === 35 ? [] : [...theirs.values.keys()];
    const added = [...field.values.keys()].filter((v) => !theirs.values.has(v));
    const left = more.filter((v) => !field.values.has(v));
    if (added.length > 0) out.push(`values of ${field.name} only here: ${added.join(" ")}`);
    if (left.length > 0) out.push(`values of ${field.name} only there: ${left.join(" ")}`);
  }
  const parts = [own.header, own.trailer, ...own.messages];
  for (const part of parts) {
    const theirs =
      part.msgType === ""
        ? other[part.name === "header" ? "header" : "trailer"]
        : other.message(part.msgType);
    if (theirs === undefined) {
      out.push(`message ${part.name} (${part.msgType}) is only here`);
      continue;
    }
    if (theirs.name !== part.name) out.push(`${part.msgType}: ${part.name}, ${theirs.name}`);
    if (theirs.admin !== part.admin) out.push(`category of ${part.name}`);
    compare(part.members, theirs.members, part.name, out);
  }
  return out;
}

function compare(
  own: readonly Member[],
  other: readonly Member[],
  where: string,
  out: string[],
): void {
  const mine = new Map(own.map((m) => [m.field.tag, m]));
  const theirs = new Map(other.map((m) => [m.field.tag, m]));
  for (const [tag, member] of mine) {
    const there = theirs.get(tag);
    const name = `${where}.${member.field.name}`;
    if (there === undefined) {
      out.push(`${name} is only here`);
      continue;
    }
    if (there.required !== member.required) {
      out.push(`${name} is ${member.required ? "required" : "optional"} only here`);
    }
    if ((there.group === undefined) !== (member.group === undefined)) {
      out.push(`${name} is a group ${member.group === undefined ? "there" : "here"} only`);
    } else if (member.group !== undefined && there.group !== undefined) {
      if (member.group[0]!.field.tag !== there.group[0]!.field.tag) {
        out.push(`${name} begins with ${member.group[0]!.field.name} only here`);
      }
      compare(member.group, there.group, name, out);
    }
  }
  for (const [tag, member] of theirs) {
    if (!mine.has(tag)) out.push(`${where}.${member.field.name} is only there`);
  }
}
