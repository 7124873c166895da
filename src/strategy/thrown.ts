/** What was thrown, as text: anything can be thrown, and to look at it may throw again. Cold. */

/** One line, at most 300 characters; never throws. */
export function thrownText(error: unknown): string {
  try {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return text.split("\n")[0]!.slice(0, 300);
  } catch {
    return "it threw a value that cannot be shown as text";
  }
}
