// @hot
/** Character codes of ExecType (150) and OrdStatus (39), FIX 4.4 volume 6; 1 and 2 are FIX 4.2's. */
export const EXEC_NEW = 0x30;
export const EXEC_PARTIAL_FILL = 0x31;
export const EXEC_FILL = 0x32;
export const EXEC_DONE_FOR_DAY = 0x33;
export const EXEC_CANCELED = 0x34;
export const EXEC_REPLACED = 0x35;
export const EXEC_REJECTED = 0x38;
export const EXEC_EXPIRED = 0x43;
export const EXEC_RESTATED = 0x44;
export const EXEC_TRADE = 0x46;
export const EXEC_TRADE_CORRECT = 0x47;
export const EXEC_TRADE_CANCEL = 0x48;
export const EXEC_STATUS = 0x49;

export const STATUS_NEW = 0x30;
export const STATUS_PARTIAL = 0x31;
export const STATUS_FILLED = 0x32;
export const STATUS_DONE_FOR_DAY = 0x33;
export const STATUS_CANCELED = 0x34;
export const STATUS_REPLACED = 0x35;
export const STATUS_REJECTED = 0x38;
export const STATUS_EXPIRED = 0x43;

/** CxlRejReason (102). */
export const CANCEL_REASON_UNKNOWN_ORDER = 1;

/** True for an OrdStatus of an order that can trade no more. */
export function isDoneStatus(status: number): boolean {
  return (
    status === STATUS_FILLED ||
    status === STATUS_DONE_FOR_DAY ||
    status === STATUS_CANCELED ||
    status === STATUS_REJECTED ||
    status === STATUS_EXPIRED
  );
}
