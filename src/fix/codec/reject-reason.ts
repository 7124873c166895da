// @hot
/**
 * SessionRejectReason (373) of FIX 4.2 to 5.0 SP2 (FIX Session Layer, "Reject"; the values up to 11
 * are those of 4.2, the others came with 4.3 and 4.4).
 */
export const REJECT_INVALID_TAG = 0;
export const REJECT_REQUIRED_MISSING = 1;
/** Tag not defined for this message type. */
export const REJECT_NOT_IN_MESSAGE = 2;
/** Tag specified without a value. */
export const REJECT_EMPTY = 4;
/** Value is incorrect (out of range) for this tag. */
export const REJECT_VALUE = 5;
/** Incorrect data format for value. */
export const REJECT_FORMAT = 6;
/** CompID problem. */
export const REJECT_COMP_ID = 9;
/** SendingTime accuracy problem. */
export const REJECT_SENDING_TIME = 10;
/** Invalid MsgType. The highest that FIX 4.2 knows. */
export const REJECT_MSG_TYPE = 11;
/** Tag appears more than once. */
export const REJECT_REPEATED = 13;
/** Tag specified out of required order. */
export const REJECT_ORDER = 14;
/** Repeating group fields out of order. */
export const REJECT_GROUP_ORDER = 15;
/** Incorrect NumInGroup count for repeating group. */
export const REJECT_GROUP_COUNT = 16;

/** In place of a RefTagID (371): the Reject names no tag. */
export const NO_REF_TAG = -0x80000000;

/** Text (58) of a Reject, by reason: the names that FIX 4.4, volume 2 gives them. */
export const REJECT_TEXT: readonly string[] = [
  "Invalid tag number",
  "Required tag missing",
  "Tag not defined for this message type",
  "Undefined tag",
  "Tag specified without a value",
  "Value is incorrect (out of range) for this tag",
  "Incorrect data format for value",
  "Decryption problem",
  "Signature problem",
  "CompID problem",
  "SendingTime accuracy problem",
  "Invalid MsgType",
  "XML validation error",
  "Tag appears more than once",
  "Tag specified out of required order",
  "Repeating group fields out of order",
  "Incorrect NumInGroup count for repeating group",
  'Non "data" value includes field delimiter',
];
