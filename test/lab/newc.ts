/**
 * A file system for the kernel's initramfs: a cpio archive in the "new ASCII" format (kernel
 * documentation, driver-api/early-userspace/buffer-format): per entry 6 bytes of magic, 13 fields of
 * 8 hexadecimal digits, the name, the content; name and content are each padded to 4 bytes.
 */

const FOLDER = 0o040755;
const PROGRAM = 0o100755;
const DEVICE = 0o020600;

export class NewcArchive {
  private readonly parts: Uint8Array[] = [];
  private readonly folders = new Set<string>();
  private inode = 1;

  /** `path` from the root, without its slash; the folders on the way are made. */
  file(path: string, content: Uint8Array | string): void {
    this.folder(path.split("/").slice(0, -1));
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    this.entry(path, PROGRAM, bytes);
  }

  /** A character device. */
  device(path: string, major: number, minor: number): void {
    this.folder(path.split("/").slice(0, -1));
    this.entry(path, DEVICE, new Uint8Array(0), [major, minor]);
  }

  /** The parts to be written one after the other. */
  end(): Uint8Array[] {
    this.entry("TRAILER!!!", 0, new Uint8Array(0));
    return this.parts;
  }

  private folder(names: string[]): void {
    names.forEach((_, i) => {
      const path = names.slice(0, i + 1).join("/");
      if (this.folders.has(path)) return;
      this.folders.add(path);
      this.entry(path, FOLDER, new Uint8Array(0));
    });
  }

  private entry(name: string, mode: number, content: Uint8Array, device = [0, 0]): void {
    const title = new TextEncoder().encode(`${name}\0`);
    const links = mode === FOLDER ? 2 : 1;
    const fields = [
      ...[this.inode++, mode, 0, 0, links, 0, content.length],
      ...[0, 0, ...device, title.length, 0],
    ];
    const hex = fields.map((field) => field.toString(16).toUpperCase().padStart(8, "0"));
    const header = new TextEncoder().encode(`070701${hex.join("")}`);
    this.parts.push(header, title, padding(header.length + title.length));
    this.parts.push(content, padding(content.length));
  }
}

function padding(length: number): Uint8Array {
  return new Uint8Array(-length & 3);
}
