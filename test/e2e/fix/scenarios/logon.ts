/** Test cases 1a to 1e, and a Logon inside the session. */
import type { Scenario } from "../script.ts";

export const LOGON: Scenario[] = [
  {
    rule: "1a",
    name: "a Logon with the expected number is answered by a Logon",
    script: (s) => {
      s.logon();
      s.ping();
      s.logout();
    },
  },
  {
    rule: "1a",
    name: "a Logon whose number is too high is answered, and what is missing asked for",
    script: (s) => {
      s.logon({ seq: 6 });
      s.resendRequest(1);
      s.send("4", "36=7|123=Y|", { seq: 1, header: { 43: "Y", 122: "<TIME>" } });
      s.out = 7;
      s.ping();
      s.logout();
    },
  },
  {
    rule: "1a",
    name: "a Logon with ResetSeqNumFlag is answered by one with it",
    roles: ["acceptor"],
    versions: (v) => v.hasResetFlag,
    script: (s) => {
      s.connect();
      s.send("A", s.logonBody(undefined, "141=Y|"));
      s.expect("A", s.logonBody(undefined, "141=Y|"));
      s.ping();
      s.logout();
    },
  },
  {
    rule: "1b",
    name: "a second connection with the same CompIDs is ended, and the first goes on",
    roles: ["acceptor"],
    script: (s) => {
      s.logon();
      const { out, in: awaited } = s;
      s.connect(2);
      s.send("A", s.logonBody());
      s.expectClose();
      s.out = out;
      s.in = awaited;
      s.send("1", "112=STILL|", { client: 1 });
      s.expect("0", "112=STILL|", { client: 1 });
      s.send("5", "", { client: 1 });
      s.expect("5", "", { client: 1 });
      s.expectClose({ client: 1 });
    },
  },
  {
    rule: "1c",
    name: "a Logon from an unknown SenderCompID ends the connection without a word",
    roles: ["acceptor"],
    script: (s) => {
      s.connect();
      s.send("A", s.logonBody(), { header: { 49: "NOBODY" } });
      s.expectClose();
    },
  },
  {
    rule: "1c",
    name: "a Logon to another TargetCompID ends the connection without a word",
    roles: ["acceptor"],
    script: (s) => {
      s.connect();
      s.send("A", s.logonBody(), { header: { 56: "ELSEWHERE" } });
      s.expectClose();
    },
  },
  {
    rule: "1c",
    name: "a Logon answered by another CompID ends the connection",
    roles: ["initiator"],
    script: (s) => {
      s.connect();
      s.expectLogon();
      s.send("A", s.logonBody("$heartbeat"), { header: { 49: "NOBODY" } });
      s.expectClose({ skip: ["3", "5"] });
    },
  },
  {
    rule: "1d",
    name: "a Logon whose SendingTime is years old ends the connection",
    roles: ["acceptor"],
    script: (s) => {
      s.connect();
      s.send("A", s.logonBody(), { header: { 52: "20030616-09:30:00" } });
      s.expectClose();
    },
  },
  {
    rule: "1d",
    name: "a Logon with a BodyLength that is too short ends the connection",
    roles: ["acceptor"],
    script: (s) => {
      const { us, them } = s;
      s.connect();
      const body = `35=A|34=1|49=${us}|52=<TIME>|56=${them}|${s.logonBody()}`;
      s.sendRaw(`8=${s.version.beginString}|9=33|${body}`);
      s.expectClose();
    },
  },
  {
    rule: "1d",
    name: "a Logon with an unknown BeginString ends the connection without a word",
    roles: ["acceptor"],
    script: (s) => {
      s.connect();
      s.send("A", s.logonBody(), { begin: "FIX.3.7" });
      s.expectClose();
    },
  },
  {
    rule: "1d",
    name: "a Logon without DefaultApplVerID ends the connection",
    roles: ["acceptor"],
    versions: (v) => v.applVerId !== undefined,
    script: (s) => {
      s.connect();
      s.send("A", "98=0|108=30|");
      s.expectClose();
    },
  },
  {
    rule: "1d",
    name: "a Logon without EncryptMethod ends the connection",
    roles: ["acceptor"],
    script: (s) => {
      s.connect();
      s.send("A", s.logonBody().replace("98=0|", ""));
      s.expectClose({ skip: ["3", "5"] });
    },
  },
  {
    rule: "1e",
    name: "another message before the Logon ends the connection",
    roles: ["acceptor"],
    script: (s) => {
      s.connect();
      s.send("1", "112=EARLY|");
      s.expectClose();
    },
  },
  {
    rule: "1e",
    name: "an answer to the Logon that is no Logon ends the connection",
    roles: ["initiator"],
    script: (s) => {
      s.connect();
      s.expectLogon();
      s.send("1", "112=EARLY|");
      s.expectClose({ skip: ["3", "5"] });
    },
  },
  {
    rule: "reset",
    name: "a Logon with ResetSeqNumFlag inside the session starts both numbers again",
    // FIX 4.4 describes the reset inside a session; 141 exists since 4.1.
    versions: (v) => v.hasResetFlag && v.label >= "FIX.4.4",
    script: (s) => {
      s.logon();
      for (let i = 0; i < 5; i++) s.send("0");
      s.ping("BEFORE");
      s.out = 1;
      s.in = 1;
      const heartbeat = s.role === "initiator" ? "$heartbeat" : undefined;
      s.send("A", s.logonBody(heartbeat, "141=Y|"));
      s.expect("A", s.logonBody(heartbeat, "141=Y|"));
      s.ping("AFTER");
      s.logout();
    },
  },
];
