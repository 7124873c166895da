/** Test cases 10 and 11: SequenceReset in both modes. */
import { possDup, type Scenario } from "../script.ts";

export const RESET: Scenario[] = [
  {
    rule: "10",
    name: "a gap fill with the expected number moves the next number on",
    script: (s) => {
      s.logon();
      s.send("4", "36=15|123=Y|");
      s.out = 15;
      s.ping();
      s.logout();
    },
  },
  {
    rule: "10",
    name: "a gap fill with a number too high is a gap itself",
    script: (s) => {
      s.logon();
      s.send("4", "36=12|123=Y|", { seq: 8 });
      s.resendRequest(2);
      s.send("1", "112=LATER|", { seq: 12 });
      s.send("4", "36=8|123=Y|", { seq: 2, header: possDup() });
      s.expect("0", "112=LATER|");
      s.logout({ seq: 13 });
    },
  },
  {
    rule: "10",
    name: "a gap fill with a number too low is dropped as a duplicate, and ends the session as none",
    script: (s) => {
      s.logon();
      s.send("4", "36=15|123=Y|", { seq: 1, header: possDup("<TIME-1>") });
      s.out = 2;
      s.ping("UNMOVED");
      s.send("4", "36=15|123=Y|", { seq: 1 });
      s.expect("5", "58=MsgSeqNum too low, expecting 3 but received 1|");
      s.expectClose();
    },
  },
  {
    rule: "11a",
    name: "a reset to a higher number is obeyed whatever its own number is",
    script: (s) => {
      s.logon();
      s.send("4", "36=30|", { seq: 0 });
      s.out = 30;
      s.ping("THIRTY");
      s.send("4", "36=45|123=N|", { seq: 0 });
      s.out = 45;
      s.ping("FORTY-FIVE");
      s.logout();
    },
  },
  {
    rule: "11b",
    name: "a reset to the expected number changes nothing",
    script: (s) => {
      s.logon();
      s.send("4", "36=2|", { seq: 0 });
      s.out = 2;
      s.ping("TWO");
      s.send("4", "36=3|123=N|", { seq: 0 });
      s.out = 3;
      s.ping("THREE");
      s.logout();
    },
  },
  {
    rule: "11c",
    name: "a reset to a lower number is rejected and not obeyed",
    script: (s) => {
      s.logon();
      s.send("4", "36=1|", { seq: 0 });
      s.reject("badValue", 0, "4");
      s.out = 2;
      s.ping("TWO");
      s.send("4", "36=2|123=N|", { seq: 0 });
      s.reject("badValue", 0, "4");
      s.out = 3;
      s.ping("THREE");
      s.logout();
    },
  },
];
