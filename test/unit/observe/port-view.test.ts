import { describe, expect, test } from "bun:test";
import type { PortStatus } from "../../../src/control/port-status.ts";
import { portLines } from "../../../src/observe/port-view.ts";
import { styleFor } from "../../../src/observe/style.ts";

function port(change: Partial<PortStatus> = {}): PortStatus {
  return {
    name: "card-a",
    engine: "main",
    device: "eth1",
    driver: "ixgbe",
    mode: "zero copy",
    queue: 0,
    link: "up",
    linkChanges: 0,
    speedMbps: 10_000,
    numaNode: 0,
    isFar: false,
    stamps: "nic",
    packets: 1_234_567,
    bytes: 9,
    drops: 0,
    lapped: 0,
    truncated: 0,
    malformed: 0,
    fragments: 0,
    badChecksum: 0,
    strangers: 5,
    errors: 0,
    joins: 2,
    queries: 0,
    arps: 0,
    sent: 0,
    sentRefused: 0,
    ...change,
  };
}

const lines = (...ports: PortStatus[]) => portLines(ports, styleFor(false)).join("\n").split("\n");
/** What is told of a port besides its row. */
const told = (change: Partial<PortStatus>) => lines(port(change)).slice(2, -1);
/** Its row, by columns. */
const row = (change: Partial<PortStatus>) => lines(port(change))[1]!.split(/ {2,}/);

describe("The ports for a person", () => {
  test("are a table, and nothing where there are none", () => {
    expect(portLines([], styleFor(false))).toEqual([]);
    const socket = { device: "", driver: "socket", mode: "", link: "", speedMbps: 0 };
    const [head, first, second, ...rest] = lines(port(), port({ ...socket, name: "itch" }));
    expect(head!.split(/ {2,}/)).toEqual([
      ...["port", "driver", "link", "packets", "drops", "refused", "strangers"],
    ]);
    expect(first!.split(/ {2,}/)).toEqual([
      ...["card-a", "ixgbe, zero copy", "up, 10,000 Mb/s", "1,234,567", "0", "0", "5"],
    ]);
    expect(second!.split(/ {2,}/)).toEqual(["itch", "socket", "-", "1,234,567", "0", "0", "5"]);
    expect(rest).toEqual([""]);
  });

  test("say nothing of a speed that nobody told", () => {
    expect(row({ speedMbps: 0 })[2]).toBe("up");
  });

  test("have what was refused as one sum, of all four kinds", () => {
    expect(row({ malformed: 1, fragments: 20, badChecksum: 300, truncated: 4000 })[5]).toBe(
      "4,321",
    );
  });

  for (const [change, sentence] of [
    [{ link: "down" }, "card-a: the link of eth1 is down"],
    [{ isFar: true, numaNode: 1 }, "card-a: the card is on NUMA node 1, the engine's core is not"],
    [{ drops: 1200 }, "card-a: 1,200 packets dropped before they were read"],
    [{ lapped: 2 }, "card-a: 2 times overtaken by the card"],
    [{ fragments: 3 }, "card-a: 3 IP fragments dropped"],
    [{ badChecksum: 4 }, "card-a: 4 packets with a wrong checksum"],
    [{ malformed: 5 }, "card-a: 5 malformed frames"],
    [{ truncated: 6 }, "card-a: 6 packets longer than a frame of the port"],
    [{ errors: 7 }, "card-a: 7 errors of the device"],
  ] as const) {
    test(`tell by a line of its own: ${sentence}`, () => expect(told(change)).toEqual([sentence]));
  }

  test("tell all that there is to tell, the link first", () => {
    const all = told({ link: "down", isFar: true, drops: 1, errors: 1 });
    expect(all.map((line) => line.split(" ").slice(1, 4).join(" "))).toEqual([
      "the link of",
      "the card is",
      "1 packets dropped",
      "1 errors of",
    ]);
  });

  test("say nothing of strangers, and mark what is wrong in colour", () => {
    expect(told({ strangers: 1e6 })).toEqual([]);
    const [, ...marked] = portLines([port({ link: "down", drops: 1 })], styleFor(true));
    expect(marked[0]).toStartWith("\x1b[31m");
    expect(marked[1]).toStartWith("\x1b[33m");
  });
});
