/** The fields of a message as an echo writes them: in the order of their tags, groups kept together. */
import type { MessageBuilder } from "../codec/builder.ts";
import type { TagIndex } from "../codec/tag-index.ts";
import type { Dictionary, Member } from "../dictionary/model.ts";

/** Header tags that the echoing session writes itself, or that belong to one transmission only. */
const OWN_HEADER = new Set([8, 9, 10, 34, 35, 43, 49, 52, 56, 122]);

/** A field with the entries of its group, as field numbers [from, to) of the index. */
interface Span {
  tag: number;
  from: number;
  to: number;
}

/** Adds the indexed message's header (but for the session's own), body and trailer fields. */
export function addSameFields(b: MessageBuilder, tags: TagIndex, dictionary: Dictionary): void {
  const type = tags.find(35);
  const at = tags.offsetAt(type);
  const msgType = Buffer.from(tags.bytes.subarray(at, at + tags.lengthAt(type))).toString("latin1");
  const body = dictionary.message(msgType)?.byTag;
  const header: Span[] = [];
  const rest: Span[] = [];
  for (let field = 0; field < tags.count; ) {
    const tag = tags.tagAt(field);
    const inHeader = dictionary.header.byTag.get(tag);
    const member = inHeader ?? body?.get(tag);
    const to = endOf(tags, field, member);
    if (!OWN_HEADER.has(tag)) (inHeader ? header : rest).push({ tag, from: field, to });
    field = to;
  }
  for (const spans of [header, rest]) {
    spans.sort((left, right) => left.tag - right.tag);
    for (const span of spans) {
      for (let i = span.from; i < span.to; i++) {
        b.raw(tags.tagAt(i), tags.bytes, tags.offsetAt(i), tags.lengthAt(i));
      }
    }
  }
}

/** Behind a field and, where it counts a group, behind the group's entries. */
function endOf(tags: TagIndex, field: number, member: Member | undefined): number {
  let at = field + 1;
  if (member?.group === undefined) return at;
  while (at < tags.count) {
    const tag = tags.tagAt(at);
    const inside = member.group.find((m) => m.field.tag === tag);
    if (inside === undefined) break;
    at = endOf(tags, at, inside);
  }
  return at;
}
