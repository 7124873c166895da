/** Text (58) of a session Reject: the names that FIX 4.4, volume 2 gives to SessionRejectReason (373). */
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

export const REASON_TAG_INVALID = 0;
export const REASON_MISSING = 1;
export const REASON_EMPTY = 4;
export const REASON_VALUE = 5;
export const REASON_FORMAT = 6;
export const REASON_COMP_ID = 9;
export const REASON_SENDING_TIME = 10;
/** The highest that FIX 4.2 knows. */
export const REASON_MSG_TYPE = 11;
