import { expect, test } from "bun:test";
import type { DropCopyFaults } from "../../../src/sim/drop-copy.ts";
import { makeVenue, QUIET, ScriptedClient, tag, tags } from "../../support/sim-venue.ts";

function venueWithCopy(faults: Partial<DropCopyFaults> = {}) {
  const venue = makeVenue({ ...QUIET, fix: { clients: ["CLIENT", "DESK"], dropCopies: ["DROP"] } });
  const client = new ScriptedClient(venue);
  const copy = new ScriptedClient(venue, "DROP");
  client.logon();
  copy.logon();
  venue.exchange.setDropCopyFaults(faults);
  for (const c of [client, copy]) c.take();
  const trade = () => {
    client.order("B", 1, 100, "100.00");
    client.order("S", 2, 100, "100.00");
  };
  return { venue, client, copy, trade };
}

const report = (m: string) => tags(m, 35, 11, 17, 150, 32, 31);

test("a drop copy is told every report of every client, under the same ExecID, marked as a copy", () => {
  const { venue, client, copy, trade } = venueWithCopy();
  trade();
  venue.exchange.order("DESK", "TEL1", "AAPL", "1", 100, "500.0000");
  const told = copy.take();
  expect(told.slice(0, 4).map(report)).toEqual(client.take().map(report));
  expect(told.every((m) => tag(m, 797) === "Y")).toBe(true);
  const desk = told.slice(4).map((m) => tags(m, 11, 150));
  expect(desk).toEqual(["11=TEL1 150=0", "11=TEL1 150=4"]);
});

test("it takes no orders, and is told what it missed when it logs on again", () => {
  const { venue, copy, trade } = venueWithCopy();
  copy.message("D", "11=X|55=AAPL|54=1|38=100|40=2|44=100|");
  expect(copy.take().map((m) => tags(m, 35, 380))).toEqual(["35=j 380=3"]);
  copy.hangUp();
  trade();
  const again = new ScriptedClient(venue, "DROP");
  again.seq = 3;
  again.logon();
  again.message("2", "7=3|16=0|");
  const told = again.take().filter((m) => tag(m, 35) === "8");
  expect(told.map((m) => tags(m, 43, 150))).toEqual(["43=Y 150=0", "43=Y 150=0", ...fills("Y")]);
});

test("it leaves fills out, alters, invents, repeats and holds them back as often as it is asked to", () => {
  const execs = (faults: Partial<DropCopyFaults>) => {
    const { venue, copy, trade } = venueWithCopy(faults);
    trade();
    const before = copy.take().filter((m) => tag(m, 150) === "F");
    venue.run(50);
    const after = copy.take().filter((m) => tag(m, 150) === "F");
    return [before, after].map((ms) => ms.map((m) => tags(m, 17, 32, 97)).join("; "));
  };
  expect(execs({})).toEqual(["17=X3 32=100 97=; 17=X4 32=100 97=", ""]);
  expect(execs({ drop: 1 })).toEqual(["17=X4 32=100 97=", ""]);
  expect(execs({ alter: 1 })).toEqual(["17=X3 32=101 97=; 17=X4 32=100 97=", ""]);
  expect(execs({ invent: 1 })).toEqual([
    "17=X3 32=100 97=; 17=G1 32=100 97=; 17=X4 32=100 97=",
    "",
  ]);
  expect(execs({ repeat: 1 })).toEqual([
    "17=X3 32=100 97=; 17=X3 32=100 97=Y; 17=X4 32=100 97=",
    "",
  ]);
  expect(execs({ lateMs: 20 })).toEqual(["", "17=X3 32=100 97=; 17=X4 32=100 97="]);
});

function fills(possDup: string): string[] {
  return [`43=${possDup} 150=F`, `43=${possDup} 150=F`];
}
