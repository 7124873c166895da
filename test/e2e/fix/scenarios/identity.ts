/** Test cases 2i, 2k, 2o: BeginString, CompIDs and SendingTime inside the session. */
import type { Scenario, Script } from "../script.ts";

export const IDENTITY: Scenario[] = [
  {
    rule: "2i",
    name: "a message with another BeginString is answered by a Logout, and the end after the answer",
    script: (s) => {
      s.logon();
      s.send("1", "112=OTHER|", { begin: another(s) });
      s.expect("5", "58=Incorrect BeginString|");
      s.send("5");
      s.expectClose();
    },
  },
  {
    rule: "2i",
    name: "a message with another BeginString ends the connection without an answer too",
    script: (s) => {
      s.logon();
      s.send("1", "112=OTHER|", { begin: another(s) });
      s.expect("5", "58=Incorrect BeginString|");
      s.expectClose();
    },
  },
  {
    rule: "2k",
    name: "an order from another SenderCompID gets a Reject and a Logout",
    script: (s) => wrongCompIds(s, { 49: "NOBODY" }),
  },
  {
    rule: "2k",
    name: "an order to another TargetCompID gets a Reject and a Logout",
    script: (s) => wrongCompIds(s, { 56: "ELSEWHERE" }),
  },
  {
    rule: "2k",
    name: "an order with both CompIDs wrong gets a Reject and a Logout",
    script: (s) => wrongCompIds(s, { 49: "NOBODY", 56: "ELSEWHERE" }),
  },
  {
    rule: "2o",
    name: "a SendingTime more than two minutes ago gets a Reject and a Logout",
    script: (s) => wrongTime(s, "<TIME-125>"),
  },
  {
    rule: "2o",
    name: "a SendingTime more than two minutes ahead gets a Reject and a Logout",
    script: (s) => wrongTime(s, "<TIME+125>"),
  },
];

function another(s: Script): string {
  return s.version.beginString === "FIX.4.1" ? "FIX.4.2" : "FIX.4.1";
}

function wrongCompIds(s: Script, header: Record<number, string>): void {
  s.logon();
  s.send("D", s.order("wrong"), { header });
  s.reject("compId", 2, "D");
  s.expect("5");
  s.send("5");
  s.expectClose();
}

function wrongTime(s: Script, time: string): void {
  s.logon();
  s.send("0", "", { header: { 52: time } });
  s.reject("sendingTime", 2, "0");
  s.expect("5");
  s.send("5");
  s.expectClose();
}
