/** Which dictionaries an echo speaks: those of a folder by their stock names, or the built-in ones. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { shown } from "../../core/shown.ts";
import { ValidationPlan } from "../codec/validation-plan.ts";
import { Validator } from "../codec/validator.ts";
import {
  BUILT_IN_DICTIONARIES,
  loadDictionary,
  loadSessionDictionary,
} from "../dictionary/load.ts";
import { type Dictionary, DictionaryError } from "../dictionary/model.ts";
import { type ApplVersion, ApplVersions } from "../session/appl-versions.ts";
import type { MessageValidator } from "../session/options.ts";

/** File names of FIX 5.0 and later by ApplVerID (1128). */
const APPLICATIONS: readonly (readonly [applVerId: string, name: string])[] = [
  ["7", "FIX50"],
  ["8", "FIX50SP1"],
  ["9", "FIX50SP2"],
];

export interface EchoDictionary {
  /** Of the newest version: what the session itself is built from. */
  dictionary: Dictionary;
  validator: MessageValidator;
  /** Of the message that was validated last. */
  current(): Dictionary;
}

export class EchoDictionaries {
  private readonly loaded = new Map<string, ApplVersion>();

  /** folder: absolute or relative path of *.xml; undefined = built in. */
  constructor(private readonly folder: string | undefined) {}

  /** Throws DictionaryError with one sentence when there is none for this BeginString. */
  forSession(beginString: string): EchoDictionary {
    if (beginString === "FIXT.1.1") return this.forFixt();
    const version = this.load(beginString.replace(/^FIX\.4\./, "FIX4"));
    return { ...version, current: () => version.dictionary };
  }

  private forFixt(): EchoDictionary {
    const versions = new Map<string, ApplVersion>();
    for (const [id, name] of APPLICATIONS) {
      if (!this.has(name)) continue;
      versions.set(id, this.loadFixt(name));
    }
    const newest = [...versions.values()].at(-1);
    if (newest === undefined) {
      throw new DictionaryError(
        `no dictionary for FIXT.1.1 in ${this.where()}; FIX50.xml, FIX50SP1.xml or FIX50SP2.xml is needed beside FIXT11.xml`,
      );
    }
    const chosen = new ApplVersions(versions, newest);
    return {
      dictionary: newest.dictionary,
      validator: chosen,
      current: () => chosen.current.dictionary,
    };
  }

  private load(name: string): ApplVersion {
    return this.once(name, () => {
      const dictionary = loadDictionary(this.path(name));
      return { dictionary, validator: new Validator(new ValidationPlan(dictionary)) };
    });
  }

  private loadFixt(name: string): ApplVersion {
    const transport = this.path("FIXT11");
    return this.once(name, () => {
      const dictionary = loadSessionDictionary({ application: this.path(name), transport });
      // Session messages know the fields of the transport only.
      const plan = new ValidationPlan(loadDictionary(transport), dictionary);
      return { dictionary, validator: new Validator(plan) };
    });
  }

  private once(name: string, load: () => ApplVersion): ApplVersion {
    const known = this.loaded.get(name);
    if (known !== undefined) return known;
    if (!this.has(name)) {
      const text = `no dictionary ${name} in ${this.where()}; name a folder by --dictionary`;
      throw new DictionaryError(text);
    }
    const version = load();
    this.loaded.set(name, version);
    return version;
  }

  private where(): string {
    return this.folder === undefined ? "this executable" : shown(this.folder);
  }

  private has(name: string): boolean {
    if (this.folder === undefined) return Object.hasOwn(BUILT_IN_DICTIONARIES, name);
    return existsSync(this.path(name));
  }

  private path(name: string): string {
    return this.folder === undefined ? name : join(this.folder, `${name}.xml`);
  }
}
