/**
 * How a scenario is written: a script that is run once per version and role and leaves the steps.
 * It numbers what both sides send, orders header fields by tag, and knows the version's ways.
 * Texts of bodies are written with `|` after each field.
 */
import type { Step } from "./player.ts";
import type { Version } from "./versions.ts";
import { SOH } from "./wire.ts";

/** What hairpin is in the scenario. */
export type Role = "acceptor" | "initiator";

export interface Scenario {
  /** The test case of the FIX session layer that it plays: 1a to 21, or a name. */
  rule: string;
  /** A sentence about hairpin's behaviour. */
  name: string;
  /** Absent: both. */
  roles?: Role[];
  versions?: (version: Version) => boolean;
  /** It needs what only the stock dictionaries have. */
  isStockOnly?: boolean;
  /** HeartBtInt of a scenario that waits for what is sent at its end; absent: none comes in time. */
  heartbeatS?: number;
  script: (s: Script) => void;
}

/** Header fields of one message beside or instead of the usual ones, by tag; null leaves one out. */
type Header = Record<number, string | null>;

export interface Sent {
  seq?: number;
  header?: Header;
  begin?: string;
  client?: number;
}

export interface Awaited extends Sent {
  /** MsgTypes that may come before it. */
  skip?: string[];
}

/** Codes of SessionRejectReason(373) with the words that the specification has for them. */
const REASONS = {
  invalidTag: [0, "Invalid tag number"],
  missing: [1, "Required tag missing"],
  notDefined: [2, "Tag not defined for this message type"],
  noValue: [4, "Tag specified without a value"],
  badValue: [5, "Value is incorrect (out of range) for this tag"],
  badFormat: [6, "Incorrect data format for value"],
  compId: [9, "CompID problem"],
  sendingTime: [10, "SendingTime accuracy problem"],
  msgType: [11, "Invalid MsgType"],
  repeated: [13, "Tag appears more than once"],
  order: [14, "Tag specified out of required order"],
  groupCount: [16, "Incorrect NumInGroup count for repeating group"],
} as const;
export type Reason = keyof typeof REASONS;

/** HeartBtInt where it does not matter: longer than any scenario, in seconds. */
export const HEARTBEAT_S = 30;

/** TransactTime(60) of every order: an echo must have it unchanged. */
const TRANSACT_TIME = "20240305-14:30:01";

export class Script {
  readonly steps: Step[] = [];
  /** MsgSeqNum of the next message of the player, and of hairpin. */
  out = 1;
  in = 1;
  private client = 1;

  constructor(
    readonly version: Version,
    readonly role: Role,
    /** CompIDs of the player and of hairpin. */
    readonly us: string,
    readonly them: string,
    /** HeartBtInt of the player's own Logons. */
    readonly heartbeatS = HEARTBEAT_S,
  ) {}

  connect(client = 1): void {
    this.client = client;
    this.steps.push({ does: "connect", client });
    this.out = 1;
    this.in = 1;
  }

  close(client = this.client): void {
    this.steps.push({ does: "close", client });
  }

  /** A connection with both Logons exchanged, hairpin's first when it is the initiator. */
  logon(sent: Pick<Sent, "seq"> = {}): void {
    this.connect();
    if (this.role === "initiator") {
      this.expectLogon();
      this.send("A", this.logonBody("$heartbeat"), sent);
      return;
    }
    const body = this.logonBody();
    this.send("A", body, sent);
    this.expect("A", body);
  }

  /** The Logon of an initiator: its HeartBtInt is kept for the answer. */
  expectLogon(): void {
    const reset = this.version.hasResetFlag ? "?141=Y|" : "";
    this.expect("A", `98=0|108=$heartbeat|${reset}${this.applVerId()}`);
  }

  logonBody(heartbeat = String(this.heartbeatS), extra = ""): string {
    return `98=0|108=${heartbeat}|${extra}${this.applVerId()}`;
  }

  send(type: string, body = "", o: Sent = {}): void {
    const seq = o.seq ?? this.out;
    this.out = seq + 1;
    const usual = { 34: String(seq), 49: this.us, 52: "<TIME>", 56: this.them };
    const text = this.message(type, body, usual, o);
    this.steps.push({ does: "send", client: o.client ?? this.client, text });
  }

  /** Bytes as given, `|` for the separator; BodyLength and CheckSum are added where missing. */
  sendRaw(text: string): void {
    this.steps.push({ does: "send", client: this.client, text: text.replaceAll("|", SOH) });
  }

  expect(type: string, body = "", o: Awaited = {}): void {
    const seq = o.seq ?? this.in;
    this.in = seq + 1;
    const usual = { 34: String(seq), 49: this.them, 52: "*", 56: this.us };
    const text = this.message(type, body, usual, o);
    const skip = o.skip === undefined ? {} : { skip: o.skip };
    this.steps.push({ does: "expect", client: o.client ?? this.client, text, ...skip });
  }

  expectClose(o: { skip?: string[]; client?: number; timeoutMs?: number } = {}): void {
    const { client = this.client, ...rest } = o;
    this.steps.push({ does: "expect close", client, ...rest });
  }

  /** A TestRequest and its Heartbeat: what came before has been dealt with, and nothing else came. */
  ping(id = "PING", o: Sent = {}): void {
    this.send("1", `112=${id}|`, o);
    this.expect("0", `112=${id}|`);
  }

  /** A Logout of the player, the answer, and the end. */
  logout(o: Sent = {}): void {
    this.send("5", "", o);
    this.expect("5");
    this.expectClose();
  }

  /** The Reject of message `seq` of type `type`, as this version has it. */
  reject(reason: Reason, seq: number, type: string, tag?: number | string, o: Awaited = {}): void {
    const [code, words] = REASONS[reason];
    const { hasReasons, reasonMax } = this.version;
    // Before FIX 4.2 only Text can name the tag.
    const text = hasReasons || tag === undefined ? words : `${words} (${tag})`;
    const refTag = hasReasons && tag !== undefined ? `371=${tag}|` : "";
    const refType = hasReasons ? `372=${type}|` : "";
    const number = code <= reasonMax ? `373=${code}|` : "";
    this.expect("3", `45=${seq}|58=${text}|${refTag}${refType}${number}`, o);
  }

  /** A ResendRequest of hairpin for all from `begin` on. */
  resendRequest(begin: number): void {
    this.expect("2", `7=${begin}|16=${this.version.endless}|`);
  }

  /** Body of a NewOrderSingle that every version takes, fields in order of tags. */
  order(id: string, o: Record<number, string> = {}): string {
    const fields: Header = {
      ...{ 11: id, 21: "3", 38: "100", 40: "1", 54: "1", 55: "INTC" },
      60: this.version.hasReasons ? TRANSACT_TIME : null,
      ...o,
    };
    return inOrder(fields);
  }

  /** An order that comes back as it is. */
  echo(id: string, o: Record<number, string> = {}): void {
    this.send("D", this.order(id, o));
    this.expect("D", this.order(id, o));
  }

  private applVerId(): string {
    return this.version.applVerId === undefined ? "" : `1137=${this.version.applVerId}|`;
  }

  private message(type: string, body: string, usual: Header, o: Sent): string {
    const head = inOrder({ ...usual, ...o.header });
    const begin = o.begin ?? this.version.beginString;
    return `8=${begin}|35=${type}|${head}${body}`.replaceAll("|", SOH);
  }
}

/** Fields in order of tags (integer keys of an object are); null ones left out. */
function inOrder(fields: Header): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== null)
    .map(([tag, value]) => `${tag}=${value}|`)
    .join("");
}

/** The header fields of a message that was sent before. */
export function possDup(original = "<TIME>"): Header {
  return { 43: "Y", 122: original };
}
