/**
 * Where in its price level an order of ours stands that was never there. On arrival everything that
 * the level shows is ahead of it. Trades at the price take from the front. What leaves the level
 * otherwise was cancelled, and nobody knows where it stood:
 *
 *   pessimistic    behind us, as long as there is anybody behind us
 *   proportional   everywhere alike: our share of the queue ahead shrinks with the level
 *
 * Both take what the book shows for all there is: hidden orders that stand ahead are not known.
 */
export const QUEUE_MODELS = ["pessimistic", "proportional"] as const;
export type QueueModel = (typeof QUEUE_MODELS)[number];

/**
 * Quantity ahead after a level changed without trades from `before` to `after` (both without ours).
 */
export function aheadAfter(
  model: QueueModel,
  ahead: number,
  before: number,
  after: number,
): number {
  if (after < before && model === "proportional") {
    return Math.min(after, Math.floor((ahead * after) / before));
  }
  return Math.min(ahead, after);
}
