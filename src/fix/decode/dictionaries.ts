/** Which dictionary a message of a log is read by. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { shown } from "../../core/shown.ts";
import {
  BUILT_IN_DICTIONARIES,
  loadDictionary,
  loadSessionDictionary,
} from "../dictionary/load.ts";
import { type Dictionary, DictionaryError } from "../dictionary/model.ts";
import { dictionaryNames, FIX_VERSIONS } from "../dictionary/versions.ts";

/** Of a FIXT session whose Logon is not in the log: FIX 5.0 SP2. */
const DEFAULT_APPL_VER_ID = "9";
const TRANSPORT = "FIXT11";
const FOLDER_SHOWN_MAX = 250;

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
    if (from !== undefined && !isBuiltIn && isFolder(from)) {
      this.folder = from;
      if (this.names().length === 0) {
        const text = `there is no dictionary in the folder ${shown(from, FOLDER_SHOWN_MAX)}; needed are files named FIX44.xml and the like`;
        throw new DictionaryError(text);
      }
    } else if (from !== undefined) this.given = loadSessionDictionary({ application: from });
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

  /** True when one of the dictionaries has a message of this MsgType (35) or name. */
  knows(type: string): boolean {
    const has = (dictionary: Dictionary) =>
      dictionary.messages.some((m) => m.msgType === type || m.name === type);
    if (this.given !== undefined) return has(this.given);
    return this.names().some((name) => {
      try {
        return has(loadDictionary(this.path(name)!));
      } catch (error) {
        // Told when a message needs it.
        if (error instanceof DictionaryError) return false;
        throw error;
      }
    });
  }

  /** Versions that there is a dictionary for, the newest first. */
  private names(): string[] {
    const all = FIX_VERSIONS.map((version) => version.name).reverse();
    return all.filter((name) => this.path(name) !== undefined);
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
