/** Exit codes, the same for every verb. docs/reference/exit-codes.md is written from this table. */
export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
export const EXIT_CONFIG = 3;
export const EXIT_NOT_RUNNING = 4;
export const EXIT_REFUSED = 5;

export const EXIT_CODES: readonly { code: number; text: string }[] = [
  { code: EXIT_OK, text: "done" },
  { code: EXIT_FAILED, text: "failed; the words on stderr say why" },
  { code: EXIT_USAGE, text: "wrong arguments" },
  { code: EXIT_CONFIG, text: "the config has errors" },
  { code: EXIT_NOT_RUNNING, text: "no appliance answers on the socket" },
  { code: EXIT_REFUSED, text: "the appliance refused" },
];

/** Ends a verb with one sentence on stderr. */
export class CliError extends Error {
  readonly exitCode: number;
  constructor(exitCode: number, message: string) {
    super(message);
    this.name = "CliError";
    this.exitCode = exitCode;
  }
}
