/** `hairpin fix echo` as a process, in both roles. */
import { rmSync } from "node:fs";
import { BinaryChild } from "../helpers/child.ts";
import { makeFolder } from "../helpers/folder.ts";
import { Link } from "./link.ts";
import { type SessionName, sessionNames } from "./sessions.ts";

export interface Echo {
  child: BinaryChild;
  port: number;
  stop(): Promise<void>;
}

/** An acceptor of these sessions that listens. */
export function echoAcceptor(folder: string, sessions: SessionName[]): Promise<Echo> {
  return echoAcceptorOf(folder, sessionNames(sessions));
}

/** The same of sessions by name, BEGINSTRING:SENDER:TARGET. */
export async function echoAcceptorOf(folder: string, names: string[]): Promise<Echo> {
  const port = freePort();
  const flags = ["--port", String(port), "--dictionary", folder, ...sessionFlags(names)];
  const echo = start(flags, port);
  for (let tries = 0; tries < 200; tries++) {
    if ((await echo.child.ended(50)) !== null) break;
    const link = await Link.connect("127.0.0.1", port).catch(() => undefined);
    link?.close();
    if (link !== undefined) return echo;
  }
  await echo.stop();
  throw new Error(`hairpin fix echo does not listen: ${echo.child.err}`);
}

/** An initiator of these sessions, each of which connects to `port`. */
export function echoInitiator(
  folder: string,
  sessions: SessionName[],
  port: number,
  heartbeatS = 30,
): Echo {
  const target = ["--connect", `127.0.0.1:${port}`, "--heartbeat", String(heartbeatS)];
  return start([...target, "--dictionary", folder, ...sessionFlags(sessionNames(sessions))], port);
}

function sessionFlags(names: string[]): string[] {
  return names.flatMap((name) => ["--session", name]);
}

function start(flags: string[], port: number): Echo {
  const folder = makeFolder("fix-echo");
  const child = new BinaryChild(["fix", "echo", ...flags], { cwd: folder });
  const stop = async (): Promise<void> => {
    child.process.kill("SIGTERM");
    if ((await child.ended(5000)) === null) child.process.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  return { child, port, stop };
}

/** One that nobody listens on. */
export function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}
