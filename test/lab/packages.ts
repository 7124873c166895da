/**
 * What the lab takes from Debian: QEMU, installed as root when it is missing, and, without installing
 * them, a kernel with the vfio modules and a busybox, unpacked once into build/lab.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { inOrderOfNeed } from "./kernel-modules.ts";

const CACHE = join(import.meta.dir, "../../build/lab");
export const QEMU = "qemu-system-x86_64";
const QEMU_PACKAGE = "qemu-system-x86";
/** The cloud kernel has neither vfio nor e1000. */
const KERNEL_PACKAGE = "linux-image-amd64";
const KERNEL_FILES = ["./boot/vmlinuz-*", "*/kernel/drivers/vfio/*", "*/kernel/virt/lib/*"];
const APT = "/usr/bin/apt-get";

export interface GuestFiles {
  kernel: string;
  /** Paths, in the order in which they have to be loaded. */
  modules: string[];
  busybox: string;
}

/** A sentence when QEMU is not there and cannot be installed. */
export function ensureQemu(): string | undefined {
  if (Bun.which(QEMU) !== null) return undefined;
  const how = `no ${QEMU} (Debian: apt-get install ${QEMU_PACKAGE})`;
  if (process.getuid?.() !== 0 || !existsSync(APT)) return how;
  console.error(`hairpin: no ${QEMU} found; installing ${QEMU_PACKAGE} with apt-get`);
  const fault = apt(["install", "-y", "--no-install-recommends", QEMU_PACKAGE]);
  return fault === undefined ? undefined : `${how}: ${fault}`;
}

/** From the cache, else from Debian; a sentence when they are not to be had. */
export function guestFiles(): GuestFiles | string {
  const cached = cachedFiles();
  if (typeof cached === "object") return cached;
  if (!existsSync(APT)) return "the guest's kernel comes from Debian, and this is none";
  mkdirSync(CACHE, { recursive: true });
  const scratch = mkdtempSync(join(CACHE, "fetch-"));
  try {
    const fault =
      fetchFiles(scratch, kernelPackage, KERNEL_FILES) ??
      fetchFiles(scratch, () => "busybox-static", ["./bin/busybox"]);
    if (fault !== undefined) return fault;
    rmSync(join(CACHE, "guest"), { recursive: true, force: true });
    renameSync(join(scratch, "files"), join(CACHE, "guest"));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return cachedFiles();
}

function cachedFiles(): GuestFiles | string {
  const root = join(CACHE, "guest");
  if (!existsSync(root)) return "the guest's files were not fetched yet";
  const files = readdirSync(root, { recursive: true }).map((name) => join(root, String(name)));
  const kernel = files.find((path) => path.includes("/boot/vmlinuz-"));
  const busybox = files.find((path) => path.endsWith("/bin/busybox"));
  const modules = inOrderOfNeed(
    files.filter((path) => path.endsWith(".ko")),
    ["vfio_iommu_type1", "vfio_pci"],
  );
  if (kernel === undefined || busybox === undefined) return `${root} has no kernel or no busybox`;
  return typeof modules === "string" ? modules : { kernel, modules, busybox };
}

/** The package that the meta package stands for: linux-image-6.1.0-56-amd64. */
function kernelPackage(): string | undefined {
  const run = Bun.spawnSync(["apt-cache", "depends", KERNEL_PACKAGE], { stderr: "ignore" });
  return /^ *Depends: (linux-image-\S+)$/m.exec(run.stdout.toString())?.[1];
}

function fetchFiles(
  scratch: string,
  nameOf: () => string | undefined,
  wanted: string[],
): string | undefined {
  let name = nameOf();
  if (name === undefined) {
    refresh();
    name = nameOf();
  }
  if (name === undefined) return `apt knows no package ${KERNEL_PACKAGE}`;
  const isArchive = (file: string) => file.startsWith(`${name}_`) && file.endsWith(".deb");
  const before = apt(["download", name], scratch);
  // A machine whose lists are old, or empty, asks for a version that is no longer there.
  const fault = before === undefined ? undefined : (refresh() ?? apt(["download", name], scratch));
  const archive = readdirSync(scratch).find(isArchive);
  if (fault !== undefined || archive === undefined) return fault ?? `${name} did not come`;
  const folder = join(scratch, "files");
  mkdirSync(folder, { recursive: true });
  const unpack = 'dpkg-deb --fsys-tarfile "$0" | tar x --wildcards "$@"';
  const words = [
    "bash",
    "-o",
    "pipefail",
    "-c",
    unpack,
    join(scratch, archive),
    "-C",
    folder,
    ...wanted,
  ];
  const run = Bun.spawnSync(words, { stdout: "ignore", stderr: "pipe" });
  return run.exitCode === 0 ? undefined : `${archive} could not be unpacked: ${run.stderr}`;
}

function refresh(): string | undefined {
  return process.getuid?.() === 0 ? apt(["update"]) : "its package lists are too old";
}

function apt(words: string[], cwd?: string): string | undefined {
  // The cache is not open to the user that apt would download as; another apt may be at work.
  const options = ["-qq", "-o", "APT::Sandbox::User=root", "-o", "DPkg::Lock::Timeout=300"];
  const run = Bun.spawnSync([APT, ...options, ...words], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    stdout: "pipe",
    stderr: "pipe",
  });
  if (run.exitCode === 0) return undefined;
  return `apt-get ${words[0]}: ${run.stderr.toString().trim().split("\n").at(-1)}`;
}
