/** Words of a person or of a stranger, for a message about them: cut short, and nothing to obey. */
const SHOWN_MAX = 80;

/** At most so many characters; control characters as "?". */
export function shown(text: string, max = SHOWN_MAX): string {
  const head = text.length > max ? `${text.slice(0, max)}...` : text;
  return head.replace(/\p{Cc}/gu, "?");
}
