/** Test cases 15, 19 and 21, data fields, and routing fields in answers. */
import type { Scenario, Script } from "../script.ts";

export const APPLICATION: Scenario[] = [
  {
    rule: "15",
    name: "the order of fields within header and body is free",
    script: (s) => {
      s.logon();
      s.echo("usual");
      const fields = s.order("mixed").split("|").slice(0, -1);
      const body = `${fields.reverse().join("|")}|`;
      const { us, them } = s;
      s.sendRaw(`8=${s.version.beginString}|35=D|49=${us}|34=3|56=${them}|52=<TIME>|${body}`);
      s.out = 4;
      s.expect("D", s.order("mixed"));
      s.logout();
    },
  },
  {
    rule: "19a",
    name: "an order that may be a repetition is dropped when its ClOrdID is known",
    script: (s) => {
      s.logon();
      s.echo("known");
      s.send("D", s.order("known"), { header: { 97: "Y" } });
      s.ping("ON");
      s.logout();
    },
  },
  {
    rule: "19b",
    name: "an order that may be a repetition is taken when its ClOrdID is new",
    script: (s) => {
      s.logon();
      s.send("D", s.order("new"), { header: { 97: "Y" } });
      s.expect("D", s.order("new"), { header: { 97: "Y" } });
      s.logout();
    },
  },
  {
    rule: "21",
    name: "a group whose count is zero is taken as empty",
    versions: (v) => v.hasGroups,
    script: (s) => {
      s.logon();
      const is42 = s.version.label === "FIX.4.2";
      const type = `167=${s.version.securityType}|`;
      const ids = "320=ask|322=answer|323=6|";
      const body = is42 ? `55=XYZ|146=0|${type}${ids}393=0|` : `55=XYZ|${type}${ids}454=0|`;
      s.send("d", body);
      s.expect("d", body);
      s.logout();
    },
  },
  {
    rule: "data",
    name: "the separator inside a data field is part of the field",
    script: (s) => {
      s.logon();
      s.send("0", "", { header: { 90: "3", 91: "a|b" } });
      s.ping("ON");
      s.logout();
    },
  },
  {
    rule: "data",
    name: "a data field of an order comes back with the separator inside it",
    versions: (v) => v.hasGroups,
    script: (s) => {
      s.logon();
      s.echo("text", { 354: "7", 355: "a|58=b|" });
      s.echo("next");
      s.logout();
    },
  },
  {
    rule: "data",
    name: "a Logon with a data field is read to its end",
    roles: ["acceptor"],
    script: (s) => {
      s.connect();
      s.send("A", s.logonBody(undefined, "95=4|96=a|b||"));
      s.expect("A", s.logonBody());
      s.ping();
      s.logout();
    },
  },
  {
    rule: "groups",
    name: "groups within groups come back with their members in order",
    versions: (v) => v.hasNestedGroups,
    script: (s) => {
      s.logon();
      const inner = "802=2|523=in|803=1|523=out|803=2|";
      const parties = `453=2|448=ONE|447=D|452=1|${inner}448=TWO|447=D|452=3|`;
      for (const id of ["first", "second"]) {
        s.send("D", `${s.order(id)}${parties}`);
        s.expect("D", `${s.order(id)}${parties}`);
      }
      s.logout();
    },
  },
  {
    rule: "route",
    name: "the routing of a message is turned round in its Reject",
    script: (s) => {
      s.logon();
      routed(s, { 115: "DESK" }, { 128: "DESK" });
      routed(s, { 128: "DESK" }, { 115: "DESK" });
      routed(s, { 115: "DESK", 116: "SUB" }, { 128: "DESK", 129: "SUB" });
      routed(s, { 128: "DESK", 129: "SUB" }, { 115: "DESK", 116: "SUB" });
      if (s.version.hasLocations) {
        routed(s, { 115: "D", 116: "S", 144: "L" }, { 128: "D", 129: "S", 145: "L" });
        routed(s, { 128: "D", 129: "S", 145: "L" }, { 115: "D", 116: "S", 144: "L" });
      }
      s.logout();
    },
  },
  {
    rule: "route",
    name: "routing fields without a value are rejected and not turned round",
    script: (s) => {
      s.logon();
      emptyRouting(s, { 115: "" }, {}, 115);
      emptyRouting(s, { 128: "" }, {}, 128);
      emptyRouting(s, { 115: "DESK", 116: "" }, { 128: "DESK" }, 116);
      emptyRouting(s, { 128: "DESK", 129: "" }, { 115: "DESK" }, 129);
      if (s.version.hasLocations) {
        emptyRouting(s, { 115: "D", 144: "" }, { 128: "D" }, 144);
        emptyRouting(s, { 128: "D", 145: "" }, { 115: "D" }, 145);
      }
      s.logout();
    },
  },
];

type Routing = Record<number, string>;

function routed(s: Script, header: Routing, answer: Routing): void {
  const seq = s.out;
  s.send("D", s.order("x", { 40: "w" }), { header });
  s.reject("badValue", seq, "D", 40, { header: answer });
}

function emptyRouting(s: Script, header: Routing, answer: Routing, tag: number): void {
  const seq = s.out;
  s.send("D", s.order("x"), { header });
  s.reject("noValue", seq, "D", tag, { header: answer });
}
