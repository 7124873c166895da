import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bindingFaults, resultFaults } from "../../lab/drive.ts";
import { isReady, isReceived, PACKETS } from "../../lab/guest-command.ts";
import { NICS } from "../../lab/nics.ts";
import { Wire } from "../../lab/wire.ts";

describe("verdict on a NIC", () => {
  const all = { received: PACKETS, first: 0, last: PACKETS - 1, missing: 0, duplicates: 0 };
  const bound = { bound: "e1000", id: "8086:100e", driver: "vfio-pci", group: "3" };
  const e1000 = NICS[0]!;

  test("every packet once and in order is good", () => {
    expect(resultFaults(all, 0)).toEqual([]);
    expect(bindingFaults(bound, e1000)).toEqual([]);
  });

  test("one packet less, one twice, and an exit code that disagrees are faults", () => {
    expect(resultFaults({ ...all, received: PACKETS - 1, missing: 1 }, 1)).toHaveLength(3);
    expect(resultFaults({ ...all, duplicates: 1 }, 0)).toEqual(["duplicates is 1, not 0"]);
    expect(resultFaults({ ...all, last: 7 }, 0)).toHaveLength(1);
    expect(resultFaults(all, 1)).toEqual(["the program ended with 1"]);
  });

  test("another driver, another device and a missing group are faults", () => {
    expect(bindingFaults({ ...bound, driver: "e1000" }, e1000)).toHaveLength(1);
    expect(bindingFaults({ ...bound, id: "8086:10d3" }, e1000)).toHaveLength(1);
    expect(bindingFaults({ ...bound, group: "none" }, e1000)).toHaveLength(1);
  });

  test("only whole lines of the program count", () => {
    expect(isReady({ ready: true })).toBe(true);
    expect(isReady({ ready: false })).toBe(false);
    expect(isReceived(all)).toBe(true);
    expect(isReceived({ received: PACKETS })).toBe(false);
  });
});

describe("wire", () => {
  const ends: (() => void)[] = [];
  afterEach(() => {
    for (const end of ends.splice(0).reverse()) end();
  });

  async function plugged(): Promise<{ wire: Wire; nic: Socket }> {
    const folder = mkdtempSync(join(tmpdir(), "hairpin-wire-"));
    ends.push(() => rmSync(folder, { recursive: true }));
    const wire = await Wire.open(join(folder, "nic.sock"));
    ends.push(() => wire.close());
    const nic = connect(join(folder, "nic.sock"));
    ends.push(() => nic.destroy());
    await new Promise<void>((done) => nic.on("connect", () => done()));
    return { wire, nic };
  }

  test("takes frames that come in pieces, and puts the length before those it sends", async () => {
    const { wire, nic } = await plugged();
    const sent: Buffer[] = [];
    nic.on("data", (bytes: Buffer) => sent.push(bytes));
    const frames = Buffer.concat([
      Buffer.from([0, 0, 0, 3, 1, 2, 3]),
      Buffer.from([0, 0, 0, 1, 9]),
    ]);
    for (const byte of frames) {
      nic.write(Buffer.from([byte]));
      await Bun.sleep(1);
    }
    while (wire.frameCount < 2) await Bun.sleep(1);
    wire.send([Uint8Array.of(7, 8), Uint8Array.of(9)]);
    while (Buffer.concat(sent).length < 11) await Bun.sleep(1);
    expect([...Buffer.concat(sent)]).toEqual([0, 0, 0, 2, 7, 8, 0, 0, 0, 1, 9]);
    expect(wire.memberships).toEqual([]);
  });

  test("sending where no NIC is plugged in is told", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hairpin-wire-"));
    ends.push(() => rmSync(folder, { recursive: true }));
    const wire = await Wire.open(join(folder, "nic.sock"));
    ends.push(() => wire.close());
    expect(() => wire.send([Uint8Array.of(1)])).toThrow("no NIC");
  });
});
