/** A small dictionary with every type of value and groups within groups, and messages of it. */
import { NO_REF_TAG } from "../../src/fix/codec/reject-reason.ts";
import { TagIndex } from "../../src/fix/codec/tag-index.ts";
import { wrapMessage } from "../../src/fix/codec/text.ts";
import { ValidationPlan } from "../../src/fix/codec/validation-plan.ts";
import { VALID, Validator, type ValidatorOptions } from "../../src/fix/codec/validator.ts";
import { type Dictionary, parseDictionary } from "../../src/fix/dictionary/load.ts";

const FIELDS: Readonly<Record<string, readonly [number, string, string?]>> = {
  BeginString: [8, "STRING"],
  BodyLength: [9, "LENGTH"],
  MsgType: [35, "STRING", "0 D"],
  MsgSeqNum: [34, "SEQNUM"],
  SenderCompID: [49, "STRING"],
  TargetCompID: [56, "STRING"],
  SendingTime: [52, "UTCTIMESTAMP"],
  PossDupFlag: [43, "BOOLEAN", "Y N"],
  NoHops: [627, "NUMINGROUP"],
  HopCompID: [628, "STRING"],
  HopRefID: [630, "SEQNUM"],
  CheckSum: [10, "STRING"],
  SignatureLength: [93, "LENGTH"],
  Signature: [89, "DATA"],
  TestReqID: [112, "STRING"],
  ClOrdID: [11, "STRING"],
  Side: [54, "CHAR", "1 2"],
  OrdType: [40, "CHAR", "1 2 P"],
  Symbol: [55, "STRING"],
  Text: [58, "STRING"],
  OrderQty: [38, "QTY"],
  Price: [44, "PRICE"],
  Account: [1, "STRING"],
  ExecInst: [18, "MULTIPLEVALUESTRING", "1 2 6 a"],
  SecurityType: [167, "STRING", "CS FUT OPT"],
  MaturityMonthYear: [200, "MONTHYEAR"],
  MaturityDay: [205, "DAYOFMONTH"],
  Currency: [15, "CURRENCY"],
  Country: [421, "COUNTRY"],
  TradeDate: [75, "LOCALMKTDATE"],
  EntryDate: [272, "UTCDATEONLY"],
  EntryTime: [273, "UTCTIMEONLY"],
  PriceDelta: [811, "FLOAT"],
  NumDays: [157, "INT"],
  ZoneTime: [1079, "TZTIMEONLY"],
  ZoneTimestamp: [1132, "TZTIMESTAMP"],
  RawDataLength: [95, "LENGTH"],
  RawData: [96, "DATA"],
  NoParties: [453, "NUMINGROUP"],
  PartyID: [448, "STRING"],
  PartyRole: [452, "INT", "1 2 12"],
  NoPartySubs: [802, "NUMINGROUP"],
  PartySubID: [523, "STRING"],
  PartySubType: [803, "INT"],
  OtherField: [99, "STRING"],
  CustomField: [6001, "STRING"],
  FarField: [70001, "INT"],
};

function fieldXml(name: string): string {
  const [tag, type, values] = FIELDS[name]!;
  const inner = (values ?? "").split(" ").filter((v) => v !== "");
  const list = inner.map((v) => `<value enum="${v}" description="V_${v}"/>`).join("");
  return `<field number="${tag}" name="${name}" type="${type}">${list}</field>`;
}

/** Name, with ! when it is required. */
const use = (words: string) =>
  words
    .split(" ")
    .map((w) => `<field name="${w.replace("!", "")}" required="${w.endsWith("!") ? "Y" : "N"}"/>`)
    .join("");

const PARTIES = `<group name="NoParties" required="N">${use("PartyID! PartyRole")}
  <group name="NoPartySubs" required="N">${use("PartySubID PartySubType!")}</group>${use("Account")}
</group>`;

export function validationDictionary(beginString = "FIX.4.4"): Dictionary {
  const [type, major, minor] = beginString.split(".");
  return parseDictionary(
    `<fix type="${type}" major="${major}" minor="${minor}"><header>
      ${use("BeginString! BodyLength! MsgType! SenderCompID! TargetCompID! MsgSeqNum! PossDupFlag SendingTime!")}
      <group name="NoHops" required="N">${use("HopCompID! HopRefID")}</group></header>
    <messages><message name="Heartbeat" msgtype="0" msgcat="admin">${use("TestReqID")}</message>
      <message name="NewOrderSingle" msgtype="D" msgcat="app">
        ${use("ClOrdID! Side! OrdType Symbol! Text OrderQty Price ExecInst SecurityType Currency")}
        ${use("MaturityMonthYear MaturityDay Country TradeDate EntryDate EntryTime PriceDelta")}
        ${use("NumDays ZoneTime ZoneTimestamp RawDataLength RawData CustomField FarField")}
        ${PARTIES}${use("Account")}</message>
      <message name="Custom" msgtype="UABC" msgcat="app">${use("Text!")}${PARTIES}</message></messages>
    <trailer>${use("SignatureLength Signature CheckSum!")}</trailer><components/>
    <fields>${Object.keys(FIELDS).map(fieldXml).join("")}</fields></fix>`,
    "test",
  );
}

export const HEAD = "34=2|49=ME|56=YOU|52=20260102-10:00:00|";
/** A NewOrderSingle that is complete. */
export const ORDER = `35=D|${HEAD}11=A1|54=1|55=AAPL|`;

/** Wraps a body and validates it: "valid", "garbled", "4", or "4 ref 38". */
export function judge(
  dictionary: Dictionary,
  options: ValidatorOptions = {},
  application?: Dictionary,
): (body: string) => string {
  const plan = new ValidationPlan(dictionary, application);
  const validator = new Validator(plan, options);
  const tags = new TagIndex(512, plan.dataTags);
  return (body) => {
    const bytes = wrapMessage(body, dictionary.beginString);
    tags.parse(bytes, 0, bytes.length);
    const code = validator.validate(tags);
    if (code === VALID) return "valid";
    if (code < 0) return "garbled";
    return validator.refTag === NO_REF_TAG ? `${code - 1}` : `${code - 1} ref ${validator.refTag}`;
  };
}
