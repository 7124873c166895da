/**
 * The stock QuickFIX dictionaries, and QuickFIX's acceptance definitions. They carry their own licence
 * and are not in the repository: HAIRPIN_QUICKFIX_SPEC and HAIRPIN_QUICKFIX_DEFINITIONS name folders
 * that have them; else, as root on Debian, they are taken once from the source package `quickfix` into
 * build/quickfix-spec, with package lists of our own, so that the machine's apt stays as it is.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const STOCK_FILES = [
  ...["FIX40", "FIX41", "FIX42", "FIX43", "FIX44"],
  ...["FIX50", "FIX50SP1", "FIX50SP2", "FIXT11"],
].map((name) => `${name}.xml`);

const DEFINITIONS = "definitions";
const CACHE = join(import.meta.dir, "../../build/quickfix-spec");
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

export type Stock = { folder: string } | { missing: string };

/** The folder, or a sentence that says why there is none. */
export function stockDictionaries(): Stock {
  const given = process.env.HAIRPIN_QUICKFIX_SPEC ?? "";
  if (given !== "") {
    const without = missingIn(resolve(given));
    return without === undefined
      ? { folder: resolve(given) }
      : { missing: `HAIRPIN_QUICKFIX_SPEC is ${given}, where there is no ${without}` };
  }
  const isCached = missingIn(CACHE) === undefined && existsSync(join(CACHE, DEFINITIONS));
  if (isCached) return { folder: CACHE };
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    return { missing: "no stock dictionaries: HAIRPIN_QUICKFIX_SPEC names no folder" };
  }
  return fetchSource();
}

/** Folder with fix40/*.def to fix50sp2/*.def, or a sentence that says why there is none. */
export function stockDefinitions(): Stock {
  const given = process.env.HAIRPIN_QUICKFIX_DEFINITIONS ?? "";
  if (given !== "") return { folder: resolve(given) };
  const stock = stockDictionaries();
  if ("missing" in stock) return stock;
  // Ours, or a source tree of QuickFIX's.
  const places = [
    join(stock.folder, DEFINITIONS),
    join(stock.folder, "../test/definitions/server"),
  ];
  const folder = places.find((place) => existsSync(join(place, "fix44")));
  return folder === undefined
    ? { missing: "HAIRPIN_QUICKFIX_DEFINITIONS names no folder" }
    : { folder };
}

function missingIn(folder: string): string | undefined {
  return STOCK_FILES.find((file) => !existsSync(join(folder, file)));
}

function fetchSource(): Stock {
  const scratch = mkdtempSync(join(tmpdir(), "hairpin-spec-"));
  try {
    const uris = mirrors(scratch);
    if (uris.length === 0) return { missing: "apt knows no mirror of this Debian release" };
    const apt = ["/usr/bin/apt-get", "-qq", ...aptOptions(scratch, uris)];
    const fault =
      run([...apt, "update"], scratch) ??
      run([...apt, "source", "--download-only", "quickfix"], scratch) ??
      unpack(scratch);
    if (fault !== undefined)
      return { missing: `the source of quickfix was not to be had: ${fault}` };
    return { folder: CACHE };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Mirrors of the machine's own release that apt uses; a machine without package lists gets its own. */
function mirrors(scratch: string): string[] {
  const known = listedMirrors([]);
  if (known.length > 0) return known;
  const lists = join(scratch, "all-lists");
  mkdirSync(join(lists, "partial"), { recursive: true });
  const options = ["-o", `Dir::State::lists=${lists}`, "-o", "APT::Sandbox::User=root"];
  run(["/usr/bin/apt-get", "-qq", ...options, "update"], scratch);
  return listedMirrors(options);
}

function listedMirrors(options: string[]): string[] {
  const release = /^VERSION_CODENAME=(.*)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
  const format = "$(REPO_URI) $(RELEASE) $(COMPONENT)";
  const command = ["/usr/bin/apt-get", ...options, "indextargets", "--format", format];
  const listed = Bun.spawnSync([...command, "Created-By: Packages"]).stdout.toString();
  const own = listed.split("\n").map((line) => line.split(" "));
  const uris = own.filter((words) => words[1] === release && words[2] === "main");
  return [...new Set(uris.map((words) => `${words[0]} ${release}`))];
}

function aptOptions(scratch: string, uris: string[]): string[] {
  const signed = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : "";
  const list = join(scratch, "sources.list");
  writeFileSync(list, uris.map((uri) => `deb-src ${signed}${uri} main\n`).join(""));
  for (const folder of ["lists/partial", "cache/archives/partial"]) {
    mkdirSync(join(scratch, folder), { recursive: true });
  }
  const options = [
    `Dir::Etc::sourcelist=${list}`,
    "Dir::Etc::sourceparts=/dev/null",
    `Dir::State::lists=${join(scratch, "lists")}`,
    `Dir::Cache=${join(scratch, "cache")}`,
    // The scratch folder is not open to the user that apt would download as.
    "APT::Sandbox::User=root",
    "Acquire::Languages=none",
  ];
  return options.flatMap((option) => ["-o", option]);
}

function unpack(scratch: string): string | undefined {
  const archive = readdirSync(scratch).find((name) => name.includes(".orig.tar."));
  if (archive === undefined) return "no archive came";
  const out = join(scratch, "spec");
  mkdirSync(out);
  const words = ["tar", "xf", archive, "-C", out, "--wildcards", "--strip-components=2"];
  const fault = run([...words, "*/spec/FIX*.xml"], scratch) ?? unpackDefinitions(scratch, archive);
  if (fault !== undefined) return fault;
  const without = missingIn(out);
  if (without !== undefined) return `it has no ${without}`;
  mkdirSync(join(CACHE, ".."), { recursive: true });
  rmSync(CACHE, { recursive: true, force: true });
  // Across file systems a rename fails: copied, then renamed within the folder.
  const copy = `${CACHE}-${process.pid}`;
  const copied = run(["cp", "-r", out, copy], scratch);
  if (copied === undefined) renameSync(copy, CACHE);
  return copied;
}

function unpackDefinitions(scratch: string, archive: string): string | undefined {
  const out = join(scratch, "spec", DEFINITIONS);
  mkdirSync(out);
  const words = ["tar", "xf", archive, "-C", out, "--wildcards", "--strip-components=4"];
  return run([...words, "*/test/definitions/server/fix*/*.def"], scratch);
}

/** What the command said when it failed. */
function run(command: string[], cwd: string): string | undefined {
  const done = Bun.spawnSync(command, { cwd, stdout: "pipe", stderr: "pipe" });
  if (done.exitCode === 0) return undefined;
  return `${done.stderr}`.trim() || `${command[0]} ended with ${done.exitCode}`;
}
