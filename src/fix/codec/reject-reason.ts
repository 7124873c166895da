// @hot
/**
 * SessionRejectReason (373) of FIX 4.2 to 5.0 SP2 (FIX Session Layer, "Reject"; the values up to 11
 * are those of 4.2, the others came with 4.3 and 4.4), as far as validation gives them.
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
export const REJECT_MSG_TYPE = 11;
/** Tag appears more than once. */
export const REJECT_REPEATED = 13;
/** Tag specified out of required order. */
export const REJECT_ORDER = 14;
/** Repeating group fields out of order. */
export const REJECT_GROUP_ORDER = 15;
/** Incorrect NumInGroup count for repeating group. */
export const REJECT_GROUP_COUNT = 16;
