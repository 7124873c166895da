/** Words of a person or of a stranger, for a message about them: cut short, and nothing to obey. */
const SHOWN_MAX = 80;

/** At most 80 characters; control characters as "?". */
export function shown(text: string): string {
  const head = text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}...` : text;
  return head.replace(/\p{Cc}/gu, "?");
}
