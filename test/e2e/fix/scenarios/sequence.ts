/** Test cases 2a to 2g: numbers as expected, too high, too low, and repeated with PossDupFlag. */
import { possDup, type Scenario } from "../script.ts";

export const SEQUENCE: Scenario[] = [
  {
    rule: "2a",
    name: "messages with the expected numbers are taken one after the other",
    script: (s) => {
      s.logon();
      for (let i = 0; i < 3; i++) s.send("0");
      s.ping("FIVE");
      s.send("0");
      s.logout();
    },
  },
  {
    rule: "2b",
    name: "a number too high is answered by a ResendRequest for all that is missing",
    script: (s) => {
      s.logon();
      s.send("0");
      s.send("0", "", { seq: 7 });
      s.resendRequest(3);
      for (let seq = 3; seq <= 6; seq++) s.send("0", "", { seq });
      s.logout({ seq: 8 });
    },
  },
  {
    rule: "2b",
    name: "messages that came too early are dealt with in order once the gap is filled",
    script: (s) => {
      s.logon();
      s.send("1", "112=FOURTH|", { seq: 4 });
      s.resendRequest(2);
      s.send("1", "112=FIFTH|", { seq: 5 });
      s.send("1", "112=SECOND|", { seq: 2, header: possDup() });
      s.expect("0", "112=SECOND|");
      s.send("1", "112=THIRD|", { seq: 3, header: possDup() });
      for (const id of ["THIRD", "FOURTH", "FIFTH"]) s.expect("0", `112=${id}|`);
      s.logout({ seq: 6 });
    },
  },
  {
    rule: "2b",
    name: "a rejected message inside a resend does not hold up those that wait behind it",
    script: (s) => {
      s.logon();
      s.send("1", "112=WAITS|", { seq: 3 });
      s.resendRequest(2);
      // ExpireTime(126) has a time of day.
      s.send("D", s.order("late", { 126: "20240305" }), { seq: 2, header: possDup() });
      s.reject("badFormat", 2, "D", 126);
      s.expect("0", "112=WAITS|");
      s.ping("NEXT", { seq: 4 });
      s.logout();
    },
  },
  {
    rule: "2c",
    name: "a number too low without PossDupFlag ends in a Logout that says so",
    script: (s) => {
      s.logon();
      for (let i = 0; i < 3; i++) s.send("0");
      s.send("0", "", { seq: 3 });
      s.expect("5", "58=MsgSeqNum too low, expecting 5 but received 3|");
      s.expectClose();
    },
  },
  {
    rule: "2e",
    name: "a possible duplicate of what has been received is dropped",
    script: (s) => {
      s.logon();
      s.ping("ONCE");
      s.send("1", "112=TWICE|", { seq: 2, header: possDup() });
      s.out = 3;
      s.ping("THEN");
      s.logout();
    },
  },
  {
    rule: "2e",
    name: "a possible duplicate of what has not been received is dealt with",
    script: (s) => {
      s.logon();
      s.send("0");
      s.send("1", "112=FIRST|", { header: possDup() });
      s.expect("0", "112=FIRST|");
      s.logout();
    },
  },
  {
    rule: "2f",
    name: "a duplicate whose OrigSendingTime is after its SendingTime gets a Reject and a Logout",
    script: (s) => {
      s.logon();
      s.echo("one");
      s.echo("two");
      s.send("D", s.order("one"), { seq: 2, header: possDup("<TIME+15>") });
      s.reject("sendingTime", 2, "D");
      s.expect("5");
      s.send("5", "", { seq: 4 });
      s.expectClose();
    },
  },
  {
    rule: "2g",
    name: "a duplicate without OrigSendingTime gets a Reject, and the session goes on",
    script: (s) => {
      s.logon();
      s.echo("one");
      s.echo("two");
      s.send("D", s.order("one"), { seq: 2, header: { 43: "Y" } });
      s.reject("missing", 2, "D", 122);
      s.out = 4;
      s.ping("ON");
      s.logout();
    },
  },
  {
    rule: "number",
    name: "a message without MsgSeqNum ends the session",
    script: (s) => {
      s.logon();
      s.send("0", "", { header: { 34: null } });
      s.expectClose({ skip: ["5"] });
    },
  },
];
