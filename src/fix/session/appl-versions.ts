/**
 * The dictionary of a FIXT session by ApplVerID: DefaultApplVerID (1137) of the Logon for the whole
 * session, ApplVerID (1128) for one message (FIXT 1.1, "Application versioning").
 */

import { NO_REF_TAG, REJECT_VALUE } from "../codec/reject-reason.ts";
import type { TagIndex } from "../codec/tag-index.ts";
import type { Validator } from "../codec/validator.ts";
import type { Dictionary } from "../dictionary/model.ts";
import type { MessageValidator } from "./options.ts";

/** What is known of one ApplVerID. */
export interface ApplVersion {
  dictionary: Dictionary;
  validator: Validator;
}

const APPL_VER_ID = 1128;
const DEFAULT_APPL_VER_ID = 1137;
const LOGON = 0x41;

export class ApplVersions implements MessageValidator {
  refTag = NO_REF_TAG;
  /** Version of the message that was looked at last. */
  current: ApplVersion;
  private session: ApplVersion;

  /** versions: by value of 1128 and 1137; `first` speaks until a Logon has said which. */
  constructor(
    private readonly versions: ReadonlyMap<string, ApplVersion>,
    first: ApplVersion,
  ) {
    this.session = first;
    this.current = first;
  }

  validate(tags: TagIndex): number {
    const type = tags.find(35);
    const isLogon = tags.char(35) === LOGON && type >= 0 && tags.lengthAt(type) === 1;
    const field = tags.find(isLogon ? DEFAULT_APPL_VER_ID : APPL_VER_ID);
    this.current = this.session;
    if (field >= 0) {
      const at = tags.offsetAt(field);
      const id = Buffer.from(tags.bytes.subarray(at, at + tags.lengthAt(field))).toString("latin1");
      const version = this.versions.get(id);
      if (version === undefined) {
        this.refTag = tags.tagAt(field);
        return REJECT_VALUE + 1;
      }
      this.current = version;
    }
    const code = this.current.validator.validate(tags);
    this.refTag = this.current.validator.refTag;
    if (code === 0 && isLogon) this.session = this.current;
    return code;
  }
}
