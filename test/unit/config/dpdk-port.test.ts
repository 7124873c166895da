/** A card that DPDK has taken, or an interface with a program of ours, belongs to one process, hence to one engine. */
import { expect, test } from "bun:test";
import { GOOD, load } from "./fixture.ts";

const config = (driver: string, second: string) => `${GOOD.replace(
  'name = "itch"\n',
  'name = "itch"\nengine = "main"\n',
).replaceAll(/interface = "[^"]*"/g, 'interface = "card"')}
[[engine]]
name = "other"
core = 2

[[port]]
name = "card"
driver = "${driver}"
device = "${driver === "dpdk" ? "0000:03:00.0" : "eth1"}"

[[feed]]
name = "itch2"
engine = "${second}"
lines = [{ group = "239.1.1.3", port = 2001, interface = "card" }]
`;

const onDriver = (source: string) =>
  load(source)
    .problems.filter((problem) => problem.key === "port[0].driver")
    .map((problem) => problem.message);

test("two engines on one DPDK card are an error that says what to do", () => {
  expect(onDriver(config("dpdk", "other"))).toEqual([
    'lines of 2 engines come by it; allowed with "dpdk": of one, since a card belongs to one process (give each engine a card, or a virtual function of it)',
  ]);
});

test("so are two engines on one xdp port: the second would find the interface taken", () => {
  expect(onDriver(config("xdp", "other"))).toEqual([
    'lines of 2 engines come by it; allowed with "xdp": of one, since the program on an interface belongs to one process (give each engine a card, or a virtual function of it)',
  ]);
  expect(onDriver(config("xdp", "main"))).toEqual([]);
});

test("one engine, or another driver, is none", () => {
  expect(onDriver(config("dpdk", "main"))).toEqual([]);
  expect(onDriver(config("packet", "other"))).toEqual([]);
});
