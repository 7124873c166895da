/** Verbs that the appliance calls on itself: one per process. Not in the help. */
export function hiddenVerb(
  _word: string,
): ((operands: readonly string[]) => Promise<number>) | undefined {
  return undefined;
}
