/** From elements to members: components replaced by what they hold, each resolved once. */
import type { FieldTable } from "./fields.ts";
import type { Member } from "./model.ts";
import { type Place, type Problems, placeText } from "./problem.ts";
import { attribute, checkAttributes } from "./source.ts";
import { isCountType } from "./types.ts";
import type { XmlElement } from "./xml.ts";

/** Groups and components inside one another. */
export const NESTING_MAX = 32;

/** A component, resolved. */
interface Resolved {
  /** As it stands in a place that requires it. */
  required: readonly Member[];
  /** As it stands in an optional place: it requires nothing of what is around it. */
  optional: readonly Member[];
}

/** Being resolved: met again, it contains itself. */
const OPEN: Resolved = { required: [], optional: [] };

export class MemberResolver {
  private readonly elements = new Map<string, XmlElement>();
  private readonly resolved = new Map<string, Resolved>();
  /** Where each member was written, for messages. */
  private readonly places = new Map<Member, Place>();
  private readonly path: string[] = [];
  /** Of the members of each group: the tags inside them, and where. */
  private readonly inner = new Map<readonly Member[], ReadonlyMap<number, Place>>();
  /** Tags of groups that contain themselves, told already. */
  private readonly looping = new Set<number>();

  constructor(
    private readonly fields: FieldTable,
    components: readonly XmlElement[],
    private readonly problems: Problems,
    /** Knows the components that are not in `components`. */
    private readonly base?: MemberResolver,
  ) {
    for (const element of components) {
      checkAttributes(element, problems);
      const name = attribute(element, "name", problems);
      if (name === undefined) continue;
      const before = this.elements.get(name);
      if (before === undefined) this.elements.set(name, element);
      else
        problems.error(
          element,
          `component ${name} is defined twice; the other is on ${placeText(before, element)}`,
        );
    }
  }

  /** Names of the components, in the order of the file. All of them are checked, used or not. */
  componentNames(): string[] {
    for (const [name, element] of this.elements) this.component(name, element, element);
    return [...this.elements.keys()];
  }

  /** Where a member was written. */
  placeOf(member: Member): Place | undefined {
    return this.places.get(member);
  }

  /** Members of a message, header or trailer; `where` names it in messages. */
  members(elements: readonly XmlElement[], where: string): Member[] {
    const out: Member[] = [];
    const seen = new Map<number, Member>();
    for (const element of elements) {
      switch (element.name) {
        case "field":
        case "group": {
          const member = this.member(element, where);
          if (member !== undefined) this.add(member, element, out, seen, elements, where);
          break;
        }
        case "component":
          for (const member of this.componentAt(element, where)) {
            this.add(member, element, out, seen, elements, where);
          }
          break;
        default: {
          const text = `<${element.name}> is left out; allowed here: field, group, component`;
          this.problems.warn(element, text);
        }
      }
    }
    return out;
  }

  private add(
    member: Member,
    at: XmlElement,
    out: Member[],
    seen: Map<number, Member>,
    elements: readonly XmlElement[],
    where: string,
  ): void {
    const { tag, name } = member.field;
    const before = seen.get(tag);
    if (before === undefined || tag === 0) {
      out.push(member);
      seen.set(tag, member);
      return;
    }
    const other = this.places.get(before);
    const place = other === undefined ? "" : `; the other is on ${placeText(other, at)}`;
    const text = `${where} has field ${name} twice${place}`;
    // Stock files for 5.0SP2 have a component and a field of a message bring the same tag.
    const isWritten = elements.includes(other as XmlElement) && at.name !== "component";
    if (isWritten) this.problems.error(at, text);
    else this.problems.warn(at, `${text}; the first counts`);
  }

  /** A field, or a group with its own members. */
  private member(element: XmlElement, where: string): Member | undefined {
    checkAttributes(element, this.problems);
    const name = attribute(element, "name", this.problems);
    const required = this.isRequired(element);
    const isGroup = element.name === "group";
    if (name === undefined) return undefined;
    const field = this.fields.get(name);
    if (field === undefined) {
      const text = `${where} uses ${element.name} ${name}, which is not defined`;
      this.problems.error(element, isGroup ? `${text} as a field` : text);
    }
    if (!isGroup && element.children.length > 0) {
      const inner = element.children[0]!;
      this.problems.warn(inner, `<${inner.name}> is left out; a field of a message holds nothing`);
    }
    const group = isGroup ? this.group(element, name, where) : undefined;
    if (field === undefined) return undefined;
    if (isGroup && !isCountType(field.type)) {
      const text = `group ${name} counts with a field of type ${field.type}; allowed: NUMINGROUP, INT`;
      this.problems.warn(element, text);
    }
    const member: Member = group === undefined ? { field, required } : { field, required, group };
    this.places.set(member, element);
    return member;
  }

  private group(element: XmlElement, name: string, where: string): Member[] {
    const label = `group ${name} of ${where}`;
    if (!this.enter("", element, where)) return [];
    const errors = this.problems.errors;
    const members = this.members(element.children, label);
    this.path.pop();
    if (members.length === 0 && this.problems.errors === errors) {
      this.problems.error(element, `${label} is empty; its first member must be a field`);
    }
    this.checkLoop(members, name, element);
    return members;
  }

  /** A group that counts with one field can't be inside itself: nobody could tell the counts apart. */
  private checkLoop(members: readonly Member[], name: string, at: Place): void {
    const inside = new Map<number, Place>();
    for (const member of members) {
      const place = this.placeOf(member) ?? this.base?.placeOf(member) ?? at;
      for (const [tag, deeper] of this.innerOf(member)) inside.set(tag, deeper);
      inside.set(member.field.tag, place);
    }
    this.inner.set(members, inside);
    const own = this.fields.get(name)?.tag ?? 0;
    const again = inside.get(own);
    if (own === 0 || again === undefined || this.looping.has(own)) return;
    this.looping.add(own);
    this.problems.error(
      again,
      `group ${name} is inside itself; it begins on ${placeText(at, again)}`,
    );
  }

  private innerOf(member: Member): ReadonlyMap<number, Place> {
    if (member.group === undefined) return new Map();
    return this.inner.get(member.group) ?? this.base?.innerOf(member) ?? new Map();
  }

  /** What a <component .../> inside a message stands for. */
  private componentAt(element: XmlElement, where: string): readonly Member[] {
    checkAttributes(element, this.problems);
    const name = attribute(element, "name", this.problems);
    const required = this.isRequired(element);
    if (name === undefined) return [];
    const definition = this.elements.get(name);
    const resolved =
      definition === undefined
        ? this.base?.componentOf(name, element)
        : this.component(name, definition, element);
    if (resolved === undefined) {
      this.problems.error(element, `${where} uses component ${name}, which is not defined`);
      return [];
    }
    return required ? resolved.required : resolved.optional;
  }

  private componentOf(name: string, at: XmlElement): Resolved | undefined {
    const definition = this.elements.get(name);
    return definition === undefined ? undefined : this.component(name, definition, at);
  }

  private component(name: string, definition: XmlElement, at: XmlElement): Resolved {
    const known = this.resolved.get(name);
    if (known === OPEN) {
      const loop = [...this.path.slice(this.path.indexOf(name)), name].filter((n) => n !== "");
      this.problems.error(at, `component ${name} contains itself (${loop.join(" > ")})`);
    }
    if (known !== undefined) return known;
    if (!this.enter(name, at, name)) return OPEN;
    this.resolved.set(name, OPEN);
    const required = this.members(definition.children, name);
    const optional = required.map((member) => this.asOptional(member));
    this.path.pop();
    const resolved = { required, optional };
    this.resolved.set(name, resolved);
    return resolved;
  }

  private asOptional(member: Member): Member {
    if (!member.required) return member;
    const optional = { ...member, required: false };
    const place = this.places.get(member);
    if (place !== undefined) this.places.set(optional, place);
    return optional;
  }

  private enter(name: string, at: Place, where: string): boolean {
    if (this.path.length >= NESTING_MAX) {
      this.problems.error(at, `${where} nests deeper than ${NESTING_MAX} levels`);
      return false;
    }
    this.path.push(name);
    return true;
  }

  private isRequired(element: XmlElement): boolean {
    const text = element.attributes["required"];
    if (text === "Y" || text === "N") return text === "Y";
    const what = `${element.name} ${element.attributes["name"] ?? "?"}`;
    if (text === undefined)
      this.problems.warn(element, `${what} has no required; it is taken as N`);
    else this.problems.error(element, `${what} has required "${text}"; allowed: Y or N`);
    return false;
  }
}
