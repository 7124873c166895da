/** Group cursors against a model that reads the same fields the slow way. */
import { describe, expect, test } from "bun:test";
import { groupShape } from "../../../src/fix/codec/group-shape.ts";
import { GroupCursor } from "../../../src/fix/codec/groups.ts";
import { TagIndex } from "../../../src/fix/codec/tag-index.ts";
import { wrapMessage } from "../../../src/fix/codec/text.ts";
import type { Member } from "../../../src/fix/dictionary/model.ts";
import { generator, type Next } from "../../support/fix-mutator.ts";
import { HEAD, judge, validationDictionary } from "../../support/fix-validation.ts";

const ROUNDS = 3000 * Number(process.env["HAIRPIN_FUZZ"] ?? 1);
const dictionary = validationDictionary();
const group = dictionary.message("D")!.byTag.get(453)!.group!;
const plan = groupShape(dictionary, "D", 453);

/** An entry: its members' first values by tag, and the entries of its nested groups. */
interface Entry {
  values: Map<number, string>;
  nested: Map<number, Entry[]>;
}
type Field = readonly [number, string];

/** The entries at the front of `fields`, which are taken from it. */
function take(fields: Field[], members: readonly Member[]): Entry[] {
  const entries: Entry[] = [];
  const memberOf = (tag: number) => members.find((m) => m.field.tag === tag);
  if (fields[0]?.[0] !== members[0]!.field.tag) return entries;
  while (fields.length > 0) {
    const [tag, value] = fields[0]!;
    const member = memberOf(tag);
    if (member === undefined) break;
    if (member === members[0]) entries.push({ values: new Map(), nested: new Map() });
    const entry = entries.at(-1)!;
    fields.shift();
    const isNew = !entry.values.has(tag);
    if (isNew) entry.values.set(tag, value);
    if (member.group === undefined) continue;
    const inner = take(fields, member.group);
    if (isNew) entry.nested.set(tag, inner);
  }
  return entries;
}

/** The same, by cursor. */
function read(tags: TagIndex, cursor: GroupCursor, members: readonly Member[]): Entry[] {
  const entries: Entry[] = [];
  while (cursor.next()) {
    expect(cursor.entry).toBe(entries.length);
    const entry: Entry = { values: new Map(), nested: new Map() };
    for (const member of members) {
      const tag = member.field.tag;
      const field = cursor.find(tag);
      if (field < 0) continue;
      const at = tags.offsetAt(field);
      const text = Buffer.from(tags.bytes.slice(at, at + tags.lengthAt(field))).toString("latin1");
      entry.values.set(tag, text);
      if (member.group === undefined) continue;
      const nested = cursor.nested(tag)!;
      nested.openIn(cursor);
      entry.nested.set(tag, read(tags, nested, member.group));
    }
    entries.push(entry);
  }
  return entries;
}

/** Fields of a message with groups that are right. */
function grow(next: Next, members: readonly Member[], entries: number): Field[] {
  const out: Field[] = [];
  for (let i = 0; i < entries; i++) {
    members.forEach((member, k) => {
      if (k > 0 && !member.required && next(2) === 0) return;
      const tag = member.field.tag;
      if (member.group === undefined) {
        const isInt = member.field.type === "INT";
        out.push([tag, isInt ? String(1 + next(2)) : `v${next(100)}`]);
        return;
      }
      const count = next(4);
      out.push([tag, String(count)], ...grow(next, member.group, count));
    });
  }
  return out;
}

const body = (fields: readonly Field[]) =>
  fields.map(([tag, value]) => `${tag}=${value}|`).join("");
const START = `35=D|${HEAD}11=A|54=1|55=X|`;

describe("group cursors", () => {
  test("read what was written, and the validator takes it", () => {
    const next = generator(5);
    const valid = judge(dictionary);
    const tags = new TagIndex(512, dictionary.dataTags);
    const cursor = new GroupCursor(plan);
    let seen = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const count = next(6);
      const fields = grow(next, group, count);
      const text = `${START}453=${count}|${body(fields)}58=behind|`;
      expect(valid(text)).toBe("valid");
      const bytes = wrapMessage(text);
      tags.parse(bytes, 0, bytes.length);
      expect(cursor.open(tags)).toBe(count);
      const entries = read(tags, cursor, group);
      expect(entries).toEqual(take([...fields], group));
      expect(entries).toHaveLength(count);
      seen += count;
    }
    expect(seen).toBeGreaterThan(ROUNDS);
  });

  test("read any order of members as the model does", () => {
    const next = generator(9);
    const tags = new TagIndex(512, dictionary.dataTags);
    const cursor = new GroupCursor(plan);
    const known = [448, 452, 802, 523, 803, 1, 448, 523, 58];
    for (let round = 0; round < ROUNDS; round++) {
      const fields = Array.from(
        { length: next(14) },
        (_, i): Field => [known[next(known.length)]!, String(i)],
      );
      const bytes = wrapMessage(`${START}453=${next(4)}|${body(fields)}`);
      tags.parse(bytes, 0, bytes.length);
      cursor.open(tags);
      expect(read(tags, cursor, group)).toEqual(take([...fields], group));
    }
  });
});
