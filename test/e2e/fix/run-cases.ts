/** Plays cases side by side: each session takes one after the other of its version. */
import type { Link } from "./link.ts";
import { play } from "./player.ts";
import { HAIRPIN, type SessionName } from "./sessions.ts";
import type { Case } from "./table.ts";

/** What went wrong by name of the case; "" where nothing did. */
export type Results = Map<string, string>;

export async function runCases(
  cases: Case[],
  sessions: SessionName[],
  open: (session: SessionName, client: number) => Promise<Link>,
): Promise<Results> {
  const results: Results = new Map();
  const waiting = [...cases];
  const take = (session: SessionName): Case | undefined => {
    const at = waiting.findIndex((one) => one.version === session.version);
    return at < 0 ? undefined : waiting.splice(at, 1)[0];
  };
  const work = async (session: SessionName): Promise<void> => {
    for (let one = take(session); one !== undefined; one = take(session)) {
      results.set(one.name, await run(one, session, open));
    }
  };
  await Promise.all(sessions.map(work));
  return results;
}

async function run(
  one: Case,
  session: SessionName,
  open: (session: SessionName, client: number) => Promise<Link>,
): Promise<string> {
  try {
    const steps = one.steps(session.us, HAIRPIN);
    await play(steps, { open: (client) => open(session, client) });
    return "";
  } catch (error) {
    // The peer may still have the connection that failed.
    await Bun.sleep(200);
    return error instanceof Error ? error.message : String(error);
  }
}
