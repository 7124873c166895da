/** The fields of an indexed message with their names and meanings, groups as a dictionary nests them. */
import type { TagIndex } from "../codec/tag-index.ts";
import type { Dictionary, Member, MessageDefinition } from "../dictionary/model.ts";

export interface DecodedField {
  /** 0 for what is not tag=value; `value` is the whole of it then. */
  tag: number;
  /** "" when the dictionary does not have the tag, or there is no dictionary. */
  name: string;
  value: string;
  /** What the dictionary says of the value, word by word; "" when it says nothing. */
  meaning: string;
  /** Entries of the group that this field counts. */
  entries?: DecodedField[][];
}

/** All fields in the order of the message. */
export function decodeFields(tags: TagIndex, dictionary: Dictionary | undefined): DecodedField[] {
  const type = tags.find(35);
  const message =
    type < 0 || dictionary === undefined ? undefined : dictionary.message(textAt(tags, type));
  return new Structure(tags, dictionary, message).all();
}

/** Value of a field; bytes beyond ASCII are shown as UTF-8 where they are that. */
export function textAt(tags: TagIndex, field: number): string {
  const at = tags.offsetAt(field);
  return Buffer.from(tags.bytes.subarray(at, at + tags.lengthAt(field))).toString("utf8");
}

/** "0=x", "-1=x": its tag is a number, if none that can be. `text`: the whole field. */
export function isNumbered(text: string): boolean {
  return /^-?\d+=/.test(text);
}

const NO_TAG = "(no such tag can be: a session answers with Reject, 373=0)";

class Structure {
  private at = 0;

  constructor(
    private readonly tags: TagIndex,
    private readonly dictionary: Dictionary | undefined,
    private readonly message: MessageDefinition | undefined,
  ) {}

  all(): DecodedField[] {
    const fields: DecodedField[] = [];
    while (this.at < this.tags.count)
      fields.push(this.take(this.memberOf(this.tags.tagAt(this.at))));
    return fields;
  }

  private memberOf(tag: number): Member | undefined {
    return (
      this.message?.byTag.get(tag) ??
      this.dictionary?.header.byTag.get(tag) ??
      this.dictionary?.trailer.byTag.get(tag)
    );
  }

  /** The field at hand, with the entries behind it when it counts a group. */
  private take(member: Member | undefined): DecodedField {
    const tag = this.tags.tagAt(this.at);
    const value = textAt(this.tags, this.at++);
    const definition = this.dictionary?.field(tag);
    const field: DecodedField = { tag, name: definition?.name ?? "", value, meaning: "" };
    if (definition !== undefined && definition.values.size > 0) {
      const words = definition.type.startsWith("MULTIPLE") ? value.split(" ") : [value];
      field.meaning = words.map((word) => definition.values.get(word) ?? "?").join(" ");
    }
    if (tag === 0 && isNumbered(value)) field.meaning = NO_TAG;
    if (tag === 35 && this.message !== undefined) field.meaning = this.message.name;
    if (member?.group !== undefined) field.entries = this.takeEntries(member.group);
    return field;
  }

  /** Each begins with the group's first member; the group ends before a field that is none. */
  private takeEntries(members: readonly Member[]): DecodedField[][] {
    const entries: DecodedField[][] = [];
    const first = members[0]!.field.tag;
    while (this.at < this.tags.count) {
      const tag = this.tags.tagAt(this.at);
      const member = members.find((m) => m.field.tag === tag);
      if (member === undefined || (entries.length === 0 && tag !== first)) break;
      if (tag === first) entries.push([]);
      entries.at(-1)!.push(this.take(member));
    }
    return entries;
  }
}
