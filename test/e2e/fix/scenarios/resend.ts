/** Test cases 8 and 20: ResendRequests that come in. */
import { possDup, type Scenario, type Script } from "../script.ts";

export const RESEND: Scenario[] = [
  {
    rule: "8",
    name: "administrative messages are not sent again but filled over in one step",
    script: (s) => {
      s.logon();
      for (const id of ["a", "b", "c"]) s.ping(id);
      s.send("2", "7=1|16=4|");
      gapFill(s, 1, 5);
      s.in = 5;
      s.ping("d");
      s.send("2", `7=1|16=${s.version.endless}|`);
      gapFill(s, 1, 6);
      s.in = 6;
      s.logout();
    },
  },
  {
    rule: "8",
    name: "application messages are sent again as they were, with PossDupFlag and OrigSendingTime",
    script: (s) => {
      s.logon();
      for (const id of ["a", "b", "c"]) s.echo(id);
      s.send("2", "7=2|16=4|");
      again(s, ["a", "b", "c"], 2);
      s.in = 5;
      s.ping("still right");
      s.send("2", `7=3|16=${s.version.endless}|`);
      again(s, ["b", "c"], 3);
      gapFill(s, 5, 6);
      s.in = 6;
      s.logout();
    },
  },
  {
    rule: "8",
    name: "a mixed range is sent again in order, with gap fills between",
    script: (s) => {
      s.logon();
      s.ping("two");
      s.ping("three");
      s.echo("four");
      s.echo("five");
      s.ping("six");
      s.echo("seven");
      s.send("2", "7=2|16=3|");
      gapFill(s, 2, 4);
      s.send("2", "7=3|16=6|");
      gapFill(s, 3, 4);
      again(s, ["four", "five"], 4);
      gapFill(s, 6, 7);
      s.send("2", `7=2|16=${s.version.endless}|`);
      gapFill(s, 2, 4);
      again(s, ["four", "five"], 4);
      gapFill(s, 6, 7);
      again(s, ["seven"], 7);
      s.in = 8;
      s.ping("still right");
      s.logout();
    },
  },
  {
    rule: "20",
    name: "a ResendRequest that comes while a gap is open is answered at once",
    script: (s) => {
      s.logon();
      s.echo("one");
      s.echo("two");
      s.send("0", "", { seq: 6 });
      s.resendRequest(4);
      s.send("2", "7=2|16=3|", { seq: 7 });
      again(s, ["one", "two"], 2);
      // All of 4 to 7 was administrative, the ResendRequest too.
      s.send("4", "36=8|123=Y|", { seq: 4, header: possDup() });
      s.in = 5;
      s.ping("closed", { seq: 8 });
      s.logout();
    },
  },
];

function again(s: Script, ids: string[], first: number): void {
  for (const [i, id] of ids.entries()) {
    s.expect("D", s.order(id), { seq: first + i, header: possDup("*") });
  }
}

function gapFill(s: Script, seq: number, next: number): void {
  s.expect("4", `36=${next}|123=Y|`, { seq, header: possDup("*") });
}
