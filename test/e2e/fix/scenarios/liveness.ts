/** Test cases 4a, 4b, 6, 7 and 13b: heartbeats, test requests, rejects and logouts that come in. */
import type { Scenario } from "../script.ts";

/** Short, so that a run does not take long; nothing here measures time. */
const SHORT_S = 1;

export const LIVENESS: Scenario[] = [
  {
    rule: "4a",
    name: "Heartbeats are sent when there is nothing else to send",
    heartbeatS: SHORT_S,
    script: (s) => {
      s.logon();
      // On a busy machine a TestRequest may come before our answer has.
      const next = { skip: ["1"], header: { 34: "*" } };
      s.expect("0", "", next);
      s.send("0");
      s.expect("0", "", next);
      s.send("0");
      s.send("5");
      s.expect("5", "", { skip: ["0", "1"], header: { 34: "*" } });
      s.expectClose();
    },
  },
  {
    rule: "4b",
    name: "a TestRequest is answered by a Heartbeat with its TestReqID",
    script: (s) => {
      s.logon();
      s.ping("A B=C");
      s.logout();
    },
  },
  {
    rule: "6",
    name: "silence of the counterparty is asked about with a TestRequest, and then ends the connection",
    heartbeatS: SHORT_S,
    script: (s) => {
      s.logon();
      s.expect("1", "112=$id|", { skip: ["0"], header: { 34: "*" } });
      s.send("0", "112=$id|");
      s.expect("1", "112=*|", { skip: ["0"], header: { 34: "*" } });
      s.expectClose({ skip: ["0", "1", "5"] });
    },
  },
  {
    rule: "7",
    name: "a Reject that comes in is taken, and its number counts",
    script: (s) => {
      s.logon();
      s.send("3", "45=1|");
      s.ping("NEXT");
      s.logout();
    },
  },
  {
    rule: "13b",
    name: "a Logout is answered by a Logout, and the connection ends",
    script: (s) => {
      s.logon();
      s.logout();
    },
  },
  {
    rule: "13b",
    name: "a Logout with a text is answered, and the connection ends",
    script: (s) => {
      s.logon();
      s.send("5", "58=done for today|");
      s.expect("5");
      s.expectClose();
    },
  },
];
