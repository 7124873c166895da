import { dispatch } from "../../src/cli/dispatch.ts";

/** Runs the command line in this process, as for a pipe: exit code, and what went to either side. */
export async function runCli(
  ...argv: string[]
): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const code = await dispatch(argv, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    isTerminal: false,
    columns: 80,
  });
  return { code, out, err };
}
