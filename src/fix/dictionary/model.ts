/** What a FIX dictionary says, with components resolved. Built once at start, by load.ts. */
import type { DictionaryProblem } from "./problem.ts";

export { DictionaryError, type DictionaryProblem } from "./problem.ts";

export interface FieldDefinition {
  tag: number;
  name: string;
  /** Type as the file names it, upper case: STRING, PRICE, NUMINGROUP, DATA ... */
  type: string;
  /** Allowed values to their description; empty = any. */
  values: ReadonlyMap<string, string>;
}

/** A field of a message or group, in order; components have been replaced by what they hold. */
export interface Member {
  field: FieldDefinition;
  /** Must be there whenever its message or group entry is. */
  required: boolean;
  /** Members of a repeating group whose count `field` is; absent for a plain field. */
  group?: readonly Member[];
}

export interface MessageDefinition {
  name: string;
  /** Value of MsgType (35); "" for header and trailer. */
  msgType: string;
  admin: boolean;
  members: readonly Member[];
  /** Top-level members by tag (not those inside groups). */
  byTag: ReadonlyMap<number, Member>;
  /** Tags that every such message carries. */
  required: readonly number[];
}

export class Dictionary {
  /** Name for messages to a person: the file's. */
  readonly name: string;
  /** "FIX.4.4", or "FIXT.1.1". */
  readonly beginString: string;
  readonly header: MessageDefinition;
  readonly trailer: MessageDefinition;
  readonly messages: readonly MessageDefinition[];
  readonly fields: readonly FieldDefinition[];
  /** Pairs [length tag, data tag, ...] for TagIndex. */
  readonly dataTags: readonly number[];
  /** Of the messages: "FIX44", "FIX50SP2"; with a transport it is still the application's. */
  readonly version: string;
  /** The value of DefaultApplVerID (1137) for `version`, "9" for FIX50SP2; "" for FIXT11 alone. */
  readonly applVerId: string;
  /** Names of the components of the files; members hold what they stood for. */
  readonly components: readonly string[];
  /** What is odd in the files, though usable. */
  readonly warnings: readonly DictionaryProblem[];
  private readonly byTag = new Map<number, FieldDefinition>();
  private readonly byName = new Map<string, FieldDefinition>();
  private readonly byType = new Map<string, MessageDefinition>();

  constructor(parts: {
    name: string;
    beginString: string;
    header: MessageDefinition;
    trailer: MessageDefinition;
    messages: readonly MessageDefinition[];
    fields: readonly FieldDefinition[];
    dataTags: readonly number[];
    version?: string;
    applVerId?: string;
    components?: readonly string[];
    warnings?: readonly DictionaryProblem[];
  }) {
    this.name = parts.name;
    this.beginString = parts.beginString;
    this.header = parts.header;
    this.trailer = parts.trailer;
    this.messages = parts.messages;
    this.fields = parts.fields;
    this.dataTags = parts.dataTags;
    this.version = parts.version ?? "";
    this.applVerId = parts.applVerId ?? "";
    this.components = parts.components ?? [];
    this.warnings = parts.warnings ?? [];
    for (const field of parts.fields) {
      this.byTag.set(field.tag, field);
      this.byName.set(field.name, field);
    }
    for (const message of parts.messages) this.byType.set(message.msgType, message);
  }

  /** By tag number or by name; undefined when the dictionary has none such. */
  field(tagOrName: number | string): FieldDefinition | undefined {
    return typeof tagOrName === "number" ? this.byTag.get(tagOrName) : this.byName.get(tagOrName);
  }

  /** False for an application dictionary by itself (5.0 and later): its session layer is FIXT. */
  get hasSessionLayer(): boolean {
    return this.header.members.length > 0;
  }

  /** By MsgType (35). */
  message(msgType: string): MessageDefinition | undefined {
    return this.byType.get(msgType);
  }

  /** "54 (Side)", for messages to a person. */
  label(tag: number): string {
    const field = this.byTag.get(tag);
    return field ? `${tag} (${field.name})` : String(tag);
  }
}
