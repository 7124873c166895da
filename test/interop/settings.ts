/** Settings files of QuickFIX for the interop programs. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface QuickfixSession {
  beginString: string;
  /** CompIDs of QuickFIX's side and of the other. */
  sender: string;
  target: string;
  /** Version of the application layer over FIXT.1.1, as QuickFIX names it. */
  application?: string;
}

export interface QuickfixSettings {
  role: "acceptor" | "initiator";
  port: number;
  /** Folder of stock dictionaries. Absent: messages are not validated. */
  dictionaries?: string;
  sessions: QuickfixSession[];
  /** Numbers start again at each logon. */
  isReset?: boolean;
  heartbeatS?: number;
}

/** Writes settings and store below `folder`; the path of the settings. */
export function writeSettings(folder: string, s: QuickfixSettings): string {
  const store = join(folder, "store");
  mkdirSync(store, { recursive: true });
  const lines = [
    "[DEFAULT]",
    `ConnectionType=${s.role}`,
    `FileStorePath=${store}`,
    "StartTime=00:00:00",
    "EndTime=00:00:00",
    "ReconnectInterval=1",
    `HeartBtInt=${s.heartbeatS ?? 30}`,
    `ResetOnLogon=${s.isReset === true ? "Y" : "N"}`,
    ...(s.role === "acceptor"
      ? ["SocketReuseAddress=Y", `SocketAcceptPort=${s.port}`]
      : ["SocketConnectHost=127.0.0.1", `SocketConnectPort=${s.port}`]),
    ...s.sessions.flatMap((session) => sessionLines(session, s.dictionaries)),
  ];
  const path = join(folder, `${s.role}.cfg`);
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

function sessionLines(s: QuickfixSession, folder: string | undefined): string[] {
  const names = [
    "[SESSION]",
    `BeginString=${s.beginString}`,
    `SenderCompID=${s.sender}`,
    `TargetCompID=${s.target}`,
  ];
  const file = (name: string) => join(folder ?? "", `${name}.xml`);
  if (s.beginString === "FIXT.1.1") {
    const version = s.application ?? "FIX.5.0SP2";
    names.push(`DefaultApplVerID=${version}`);
    if (folder === undefined) return [...names, "UseDataDictionary=N"];
    return [
      ...names,
      `TransportDataDictionary=${file("FIXT11")}`,
      ...["FIX.5.0", "FIX.5.0SP1", "FIX.5.0SP2"].map(
        (each) => `AppDataDictionary.${each}=${file(each.replaceAll(".", ""))}`,
      ),
      `AppDataDictionary=${file(version.replaceAll(".", ""))}`,
    ];
  }
  if (folder === undefined) return [...names, "UseDataDictionary=N"];
  return [...names, `DataDictionary=${file(s.beginString.replaceAll(".", ""))}`];
}
