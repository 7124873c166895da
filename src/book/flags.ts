/** Reasons not to trust a book. They stay until the session changes, or a snapshot replaces the book. */

/** An order or level did not fit: the book is incomplete. */
export const BOOK_FULL = 1;
/** A price or quantity could not be held exactly, or more was executed than rested. */
export const BOOK_INEXACT = 2;
/** Updates were missed, or none have come yet: the book waits for a snapshot. */
export const BOOK_STALE = 4;

/** For people: why a book is not to be trusted, and what to change; "" when it is. */
export function describeBookFlags(flags: number, maxOrders: number, maxLevels: number): string {
  const reasons: string[] = [];
  if ((flags & BOOK_FULL) !== 0) {
    reasons.push(
      `the book is incomplete: max_orders = ${maxOrders} or max_levels = ${maxLevels} was reached; raise it in [feed.book]`,
    );
  }
  if ((flags & BOOK_INEXACT) !== 0) {
    reasons.push(
      "the book is inexact: a price does not divide by the instrument's price unit or does not fit, or more was executed than rested",
    );
  }
  if ((flags & BOOK_STALE) !== 0) {
    reasons.push("the book is stale: it waits for a snapshot of the venue");
  }
  return reasons.join("; ");
}
