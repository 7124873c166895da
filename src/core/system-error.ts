/**
 * What the system says of a failed call, for a sentence: "no space left on device (ENOSPC)" instead
 * of node's "ENOSPC: no space left on device, write".
 */
export function systemReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const parts = message.match(/^([A-Z][A-Z0-9]+): ([^,]+)/);
  return parts === null ? message : `${parts[2]} (${parts[1]})`;
}

/** The same error, with its code, under a sentence that says what could not be done. */
export function sayWhat(what: string, error: unknown): Error {
  const told = new Error(`${what}: ${systemReason(error)}`, { cause: error });
  const code = (error as { code?: unknown } | null)?.code;
  return code === undefined ? told : Object.assign(told, { code });
}
