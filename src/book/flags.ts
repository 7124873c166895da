/** Reasons not to trust a book. They stay until the session changes, or a snapshot replaces the book. */

/** An order or level did not fit: the book is incomplete. */
export const BOOK_FULL = 1;
/** A price or quantity could not be held exactly, or a message contradicted the book. */
export const BOOK_INEXACT = 2;
/** Updates were missed, or none have come yet; protocols differ in what makes the book right again. */
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
      "the book is inexact: a price does not divide by the instrument's price unit, a price or quantity does not fit, or a message contradicts the book (more executed than rested, an order twice or unknown)",
    );
  }
  if ((flags & BOOK_STALE) !== 0) {
    reasons.push(
      "the book is stale until a snapshot, its next quotes or the next session: something of it was lost, not told yet, or contradicts it",
    );
  }
  return reasons.join("; ");
}
