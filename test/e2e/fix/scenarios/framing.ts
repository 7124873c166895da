/** Test cases 2d, 2m, 2t, 3b and 3c: garbled messages are ignored, and their numbers are still awaited. */
import type { Scenario, Script } from "../script.ts";

export const FRAMING: Scenario[] = [
  {
    rule: "2d",
    name: "a message with a broken tag in its header is ignored",
    script: (s) => {
      s.logon();
      s.sendRaw(`${head(s, "0", 2)}4broken9=${s.us}|52=<TIME>|56=${s.them}|10=0|`);
      s.ping("GOOD");
      s.logout();
    },
  },
  {
    rule: "3c",
    name: "what a garbled message held is asked for when the next number comes",
    script: (s) => {
      s.logon();
      s.send("0");
      s.sendRaw(`${head(s, "D", 3)}49x=${s.us}|52=<TIME>|56=${s.them}|${s.order("lost")}10=0|`);
      s.send("0", "", { seq: 4 });
      s.resendRequest(3);
      s.send("D", s.order("lost"), { seq: 3, header: { 43: "Y", 122: "<TIME>" } });
      s.expect("D", s.order("lost"));
      s.logout({ seq: 5 });
    },
  },
  {
    rule: "2m",
    name: "a message whose BodyLength is too short is ignored, and the next one is read",
    script: (s) => {
      s.logon();
      const { us, them } = s;
      const body = `35=D|34=2|49=${us}|52=<TIME>|56=${them}|${s.order("short")}`;
      s.sendRaw(`8=${s.version.beginString}|9=28|${body}`);
      s.send("D", s.order("next"), { seq: 3 });
      s.resendRequest(2);
      s.send("D", s.order("short"), { seq: 2, header: { 43: "Y", 122: "<TIME>" } });
      s.expect("D", s.order("short"));
      s.expect("D", s.order("next"));
      s.logout({ seq: 4 });
    },
  },
  {
    rule: "2t",
    name: "a message that does not begin with BeginString is ignored",
    script: (s) => {
      s.logon();
      s.sendRaw(
        `35=0|8=${s.version.beginString}|9=34|34=2|49=${s.us}|52=<TIME>|56=${s.them}|10=117|`,
      );
      s.ping();
      s.logout();
    },
  },
  {
    rule: "2t",
    name: "a message whose third field is not MsgType is ignored",
    script: (s) => {
      s.logon();
      s.sendRaw(`8=${s.version.beginString}|34=2|35=0|49=${s.us}|52=<TIME>|56=${s.them}|`);
      s.ping();
      s.logout();
    },
  },
  {
    rule: "3b",
    name: "a message with a wrong CheckSum is ignored",
    script: (s) => {
      s.logon();
      s.sendRaw(`${head(s, "0", 2)}49=${s.us}|52=<TIME>|56=${s.them}|10=256|`);
      s.ping("GOOD");
      s.logout();
    },
  },
  {
    rule: "3b",
    name: "an order with a wrong CheckSum is not dealt with until it comes again",
    script: (s) => {
      s.logon();
      s.sendRaw(`${head(s, "D", 2)}49=${s.us}|52=<TIME>|56=${s.them}|${s.order("sum")}10=299|`);
      s.send("0", "", { seq: 3 });
      s.resendRequest(2);
      s.send("D", s.order("sum"), { seq: 2, header: { 43: "Y", 122: "<TIME>" } });
      s.expect("D", s.order("sum"));
      s.logout({ seq: 4 });
    },
  },
];

function head(s: Script, type: string, seq: number): string {
  return `8=${s.version.beginString}|35=${type}|34=${seq}|`;
}
