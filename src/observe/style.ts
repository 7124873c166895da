/** Colour for a terminal: none when NO_COLOR is set (no-color.org), or when it is not one. */
export interface Style {
  readonly isColored: boolean;
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

export function styleFor(
  isTerminal: boolean,
  env: Record<string, string | undefined> = process.env,
): Style {
  const isColored = isTerminal && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
  const paint = (code: number) => (text: string) =>
    isColored && text !== "" ? `\x1b[${code}m${text}\x1b[0m` : text;
  return {
    isColored,
    bold: paint(1),
    dim: paint(2),
    red: paint(31),
    green: paint(32),
    yellow: paint(33),
    cyan: paint(36),
  };
}
