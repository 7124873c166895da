import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { inOrderOfNeed, needsOf } from "../../lab/kernel-modules.ts";
import { NewcArchive } from "../../lab/newc.ts";

interface Entry {
  name: string;
  mode: number;
  device: string;
  content: string;
}

/** Reads the format as the kernel's documentation describes it. */
function read(archive: Buffer): Entry[] {
  const out: Entry[] = [];
  for (let at = 0; at < archive.length; ) {
    expect(archive.toString("latin1", at, at + 6)).toBe("070701");
    const field = (i: number) =>
      Number.parseInt(archive.toString("latin1", at + 6 + i * 8, at + 14 + i * 8), 16);
    const nameEnd = at + 110 + field(11);
    const from = Math.ceil(nameEnd / 4) * 4;
    out.push({
      name: archive.toString("latin1", at + 110, nameEnd - 1),
      mode: field(1),
      device: `${field(9)}:${field(10)}`,
      content: archive.toString("latin1", from, from + field(6)),
    });
    at = Math.ceil((from + field(6)) / 4) * 4;
  }
  return out;
}

describe("initramfs", () => {
  test("holds each folder once, before what is in it, and ends with the trailer", () => {
    const archive = new NewcArchive();
    archive.file("a/b/one", "1");
    archive.file("a/b/two", "12345");
    archive.device("dev/console", 5, 1);
    const entries = read(Buffer.concat(archive.end()));
    const names = ["a", "a/b", "a/b/one", "a/b/two", "dev", "dev/console", "TRAILER!!!"];
    expect(entries.map((entry) => entry.name)).toEqual(names);
    expect(entries[3]).toMatchObject({ mode: 0o100755, content: "12345" });
    expect(entries[1]).toMatchObject({ mode: 0o040755, content: "" });
    expect(entries[5]).toMatchObject({ mode: 0o020600, device: "5:1" });
  });
});

describe("kernel modules", () => {
  function modules(all: Record<string, string>): { paths: string[]; remove(): void } {
    const folder = mkdtempSync(join(tmpdir(), "hairpin-modules-"));
    const paths = Object.entries(all).map(([name, depends]) => {
      writeFileSync(join(folder, name), `ELF\0license=GPL\0depends=${depends}\0name=x\0`);
      return join(folder, name);
    });
    return { paths, remove: () => rmSync(folder, { recursive: true }) };
  }

  test("each comes after what it needs, whichever way its name is written", () => {
    const { paths, remove } = modules({
      "vfio-pci.ko": "vfio-pci-core,vfio",
      "vfio-pci-core.ko": "vfio,irqbypass",
      "other.ko": "",
      "irqbypass.ko": "",
      "vfio.ko": "",
    });
    try {
      const ordered = inOrderOfNeed(paths, ["vfio_pci"]) as string[];
      const names = ordered.map((path) => basename(path));
      expect(names).toEqual(["vfio.ko", "irqbypass.ko", "vfio-pci-core.ko", "vfio-pci.ko"]);
    } finally {
      remove();
    }
  });

  test("one that is not there is named", () => {
    const { paths, remove } = modules({ "a.ko": "b" });
    try {
      expect(inOrderOfNeed(paths, ["a"])).toBe("the kernel package has no module b");
    } finally {
      remove();
    }
  });

  test("a file without the section needs nothing", () => {
    expect(needsOf(new TextEncoder().encode("not a module"))).toEqual([]);
  });
});
