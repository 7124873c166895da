/** Test cases 2q, 2r and 14a to 14i: messages that the dictionary does not allow. */
import type { Scenario } from "../script.ts";

export const VALIDATION: Scenario[] = [
  {
    rule: "2q",
    name: "a MsgType that does not exist is rejected",
    script: (s) => {
      s.logon();
      s.send("*");
      s.reject("msgType", 2, "*");
      s.logout();
    },
  },
  {
    rule: "2r",
    name: "a message that the application does not take is refused",
    script: (s) => {
      s.logon();
      s.send("8", EXECUTION[s.version.label] ?? EXECUTION.since43!);
      if (s.version.hasBusinessReject) {
        s.expect("j", `45=2|58=Unsupported Message Type|372=8|380=3|${applVerId(s.version)}`);
      } else {
        s.expect("3", "45=2|58=Unsupported message type|");
      }
      s.ping("ON");
      s.logout();
    },
  },
  {
    rule: "14a",
    name: "a tag that the version does not define is rejected",
    script: (s) => {
      s.logon();
      const tags = ["998", "0", "-3", "4999"];
      for (const [i, tag] of tags.entries()) {
        s.send("0", `${tag}=X|`);
        s.reject("invalidTag", i + 2, "0", tag);
      }
      s.logout();
    },
  },
  {
    rule: "14b",
    name: "a missing required field is rejected, in the header and in the body",
    script: (s) => {
      s.logon();
      s.send("0", "", { header: { 56: null } });
      s.reject("missing", 2, "0", 56);
      s.send("D", s.order("x").replace("54=1|", ""));
      s.reject("missing", 3, "D", 54);
      s.send("1");
      s.reject("missing", 4, "1", 112);
      s.ping("ON");
      s.logout();
    },
  },
  {
    rule: "14c",
    name: "a field that the message does not have is rejected",
    script: (s) => {
      s.logon();
      s.send("0", "58=out of place|");
      s.reject("notDefined", 2, "0", 58);
      s.logout();
    },
  },
  {
    rule: "14d",
    name: "a field without a value is rejected",
    script: (s) => {
      s.logon();
      s.send("0", "", { header: { 56: "" } });
      s.reject("noValue", 2, "0", 56);
      s.send("D", s.order("x", { 58: "" }));
      s.reject("noValue", 3, "D", 58);
      s.logout();
    },
  },
  {
    rule: "14e",
    name: "a value that is not in the list of its field is rejected",
    script: (s) => {
      s.logon();
      s.send("D", s.order("x", { 21: "4" }));
      s.reject("badValue", 2, "D", 21);
      s.logout();
    },
  },
  {
    rule: "14e",
    name: "a value of several characters is rejected unless its field lists it",
    versions: (v) => v.securityType !== undefined,
    isStockOnly: true,
    script: (s) => {
      s.logon();
      s.send("D", s.order("x", { 167: "BOO" }));
      s.reject("badValue", 2, "D", 167);
      s.echo("y", { 167: s.version.securityType! });
      s.logout();
    },
  },
  {
    rule: "14f",
    name: "a value that is not of its field's type is rejected",
    script: (s) => {
      s.logon();
      const bad: [number, string][] = [
        [38, "+100"],
        [38, "1x0"],
        [44, "12,5"],
        [126, "20240305"],
      ];
      for (const [i, [tag, value]] of bad.entries()) {
        s.send("D", s.order("x", { [tag]: value }));
        s.reject("badFormat", i + 2, "D", tag);
      }
      s.logout();
    },
  },
  {
    rule: "14f",
    name: "zeros in front of and behind a number are part of it and come back as they were",
    script: (s) => {
      s.logon();
      s.echo("x", { 38: "00100" });
      s.echo("y", { 44: "0012.500" });
      s.logout();
    },
  },
  {
    rule: "14g",
    name: "header fields behind body fields are rejected",
    script: (s) => {
      s.logon();
      const { us, them } = s;
      const begin = `8=${s.version.beginString}|35=D|`;
      s.sendRaw(`${begin}${s.order("x")}34=2|49=${us}|52=<TIME>|56=${them}|`);
      s.reject("order", 2, "D", 34);
      const rest = s.order("x").replace("55=INTC|", "");
      s.sendRaw(`${begin}55=INTC|34=3|49=${us}|52=<TIME>|56=${them}|${rest}`);
      s.reject("order", 3, "D", 34);
      s.logout({ seq: 4 });
    },
  },
  {
    rule: "14h",
    name: "a field that appears twice is rejected",
    script: (s) => {
      s.logon();
      s.send("D", s.order("x").replace("40=1|", "40=1|40=2|"));
      s.reject("repeated", 2, "D", 40);
      s.logout();
    },
  },
  {
    rule: "14i",
    name: "a group with fewer members than its count is rejected",
    versions: (v) => v.hasGroups,
    script: (s) => {
      s.logon();
      s.send("D", `${s.order("x")}386=3|336=EARLY|336=LATE|`);
      s.reject("groupCount", 2, "D", 386);
      s.logout();
    },
  },
];

/** ExecutionReports with what each version requires. */
const EXECUTION: Record<string, string> = {
  "FIX.4.0": "6=0|11=x|14=0|17=1|20=0|31=10|32=100|37=y|38=100|39=1|54=1|55=INTC|",
  "FIX.4.1": "6=0|11=x|14=0|17=1|20=0|31=10|32=100|37=y|38=100|39=1|54=1|55=INTC|150=1|151=0|",
  "FIX.4.2": "6=0|14=0|17=1|20=0|37=y|39=0|54=1|55=INTC|150=0|151=100|",
  since43: "6=0|14=0|17=1|37=y|39=0|54=1|55=INTC|150=0|151=100|",
};

/** FIXT.1.1 messages of the application layer say which version they are of. */
function applVerId(version: { applVerId?: string }): string {
  return version.applVerId === undefined ? "" : `?1137=${version.applVerId}|`;
}
