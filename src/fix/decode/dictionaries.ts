/** Which dictionary a message of a log is read by. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { BUILT_IN_DICTIONARIES, loadSessionDictionary } from "../dictionary/load.ts";
import type { Dictionary } from "../dictionary/model.ts";
import { dictionaryNames } from "../dictionary/versions.ts";

/** Of a FIXT session whose Logon is not in the log: FIX 5.0 SP2. */
const DEFAULT_APPL_VER_ID = "9";
const TRANSPORT = "FIXT11";

export class LogDictionaries {
  /** BeginStrings, with ApplVerID where there is one, that no dictionary was found for. */
  readonly missing = new Set<string>();
  private readonly given: Dictionary | undefined;
  private readonly folder: string | undefined;
  private readonly loaded = new Map<string, Dictionary | undefined>();

  /**
   * `from`: a built-in name, an .xml file, or a folder of files named FIX44.xml and the like; without
   * it, the built-in ones. Throws DictionaryError.
   */
  constructor(from?: string) {
    const isBuiltIn = from !== undefined && Object.hasOwn(BUILT_IN_DICTIONARIES, from);
    if (from !== undefined && !isBuiltIn && isFolder(from)) this.folder = from;
    else if (from !== undefined) this.given = loadSessionDictionary({ application: from });
  }

  /**
   * For a BeginString (8) and, with FIXT.1.1, the ApplVerID (1128) of the message or the
   * DefaultApplVerID (1137) of its session's Logon. Undefined when there is none: `missing` has it.
   */
  of(beginString: string, applVerId: string | undefined): Dictionary | undefined {
    if (this.given !== undefined) return this.given;
    const isTransport = beginString === "FIXT.1.1";
    const version = isTransport ? (applVerId ?? DEFAULT_APPL_VER_ID) : undefined;
    const key = version === undefined ? beginString : `${beginString} with ApplVerID ${version}`;
    if (!this.loaded.has(key)) {
      const dictionary = this.load(beginString, version);
      if (dictionary === undefined || dictionary.version === TRANSPORT) this.missing.add(key);
      this.loaded.set(key, dictionary);
    }
    return this.loaded.get(key);
  }

  /** Of FIXT, the session layer alone when the application's is not to be had. */
  private load(beginString: string, version: string | undefined): Dictionary | undefined {
    const names = dictionaryNames(beginString, version);
    const transport = version === undefined ? undefined : this.path(TRANSPORT);
    const application = names === undefined ? undefined : this.path(names.application);
    const both = transport === undefined ? {} : { transport };
    if (application !== undefined) return loadSessionDictionary({ application, ...both });
    if (transport !== undefined) return loadSessionDictionary({ application: transport });
    return undefined;
  }

  /** What loads a version, or undefined when it is neither in the folder nor built in. */
  private path(name: string): string | undefined {
    if (this.folder === undefined) {
      return Object.hasOwn(BUILT_IN_DICTIONARIES, name) ? name : undefined;
    }
    const path = join(this.folder, `${name}.xml`);
    return statSync(path, { throwIfNoEntry: false }) === undefined ? undefined : path;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
