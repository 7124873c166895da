/** `hairpin fix echo`: an acceptor or an initiator that sends back what it gets. */
import { shown } from "../../core/shown.ts";
import { DictionaryError } from "../../fix/dictionary/model.ts";
import type { EchoName } from "../../fix/echo/echo.ts";
import { type HostPort, readHostPort } from "../../fix/echo/endpoint.ts";
import {
  ECHO_JOURNAL_BYTES,
  ECHO_MESSAGE_BYTES,
  ECHO_SESSIONS_MAX,
} from "../../fix/echo/limits.ts";
import { STORE_MAX } from "../../fix/session/sent-store.ts";
import { formatCount } from "../../observe/units.ts";
import { CliError, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "../exit-codes.ts";
import { outJson } from "../io.ts";
import { defineVerb } from "../verb.ts";

const BEGIN_STRINGS = ["FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3", "FIX.4.4", "FIXT.1.1"];

export const fixEchoVerb = defineVerb({
  name: "fix echo",
  summary: "FIX sessions that send orders back as they came, to run conformance suites against.",
  flags: {
    port: { type: "whole", min: 0, max: 65_535, text: "Acceptor: listens here; 0 = any port." },
    connect: {
      type: "text",
      value: "HOST:PORT",
      text: "Initiator: connects to this IPv4 address or host name, and port.",
    },
    bind: {
      type: "text",
      value: "ADDRESS",
      default: "0.0.0.0",
      text: "Acceptor: local address or host name.",
    },
    session: {
      type: "list",
      value: "BEGINSTRING:SENDER:TARGET",
      text: "A session: version, our CompID, the peer's. May be given several times.",
    },
    dictionary: {
      type: "text",
      value: "DIR",
      text: "Folder of FIX40.xml to FIX50SP2.xml and FIXT11.xml; else the built-in dictionaries.",
    },
    heartbeat: {
      type: "whole",
      min: 1,
      max: 3600,
      default: 30,
      unit: "s",
      text: "Initiator: HeartBtInt (108).",
    },
  },
  details: [
    "NewOrderSingle, SecurityDefinition and OrderCancelRequest come back; with PossResend and a ClOrdID seen before they are dropped. Other application messages get a BusinessMessageReject (before FIX 4.2 a Reject). Sequence numbers begin at 1 with each logon.",
    `A message may have ${formatCount(ECHO_MESSAGE_BYTES)} bytes; a longer one is skipped like a garbled one. Of the messages that it sent, the newest ${formatCount(STORE_MAX)} are kept for resends, as far as they are in the newer ${formatCount(ECHO_JOURNAL_BYTES / 2)} bytes of the session's journal; older ones are gap-filled. ${ECHO_SESSIONS_MAX} sessions fit into one process.`,
    "Over FIXT.1.1 an initiator speaks the newest version that there is a dictionary for, in the folder or built in: FIX50SP2, else FIX50SP1, else FIX50. An acceptor takes the DefaultApplVerID (1137) of each that there is: 9 for FIX50SP2, 8 for FIX50SP1, 7 for FIX50; built in is FIX50SP2 alone.",
    "Why a session ended is told on stderr, a line each. SIGINT and SIGTERM log out and end it.",
  ].join(" "),
  async run({ flags }, io) {
    const names = flags.session.map(readName);
    if (names.length === 0) {
      throw new CliError(EXIT_USAGE, "give at least one --session BEGINSTRING:SENDER:TARGET");
    }
    if ((flags.port === undefined) === (flags.connect === undefined)) {
      throw new CliError(EXIT_USAGE, "give either --port (acceptor) or --connect (initiator)");
    }
    checkNames(flags.session);
    const target =
      flags.connect === undefined
        ? { listen: endpoint("bind", `${flags.bind}:${flags.port}`, flags.bind) }
        : { connect: endpoint("connect", flags.connect, flags.connect) };
    const { runEcho } = await import("../../fix/echo/echo-process.ts");
    try {
      await runEcho({
        names,
        dictionaries: flags.dictionary,
        ...target,
        heartbeatS: flags.heartbeat,
        started: (port) => {
          if (flags.json) outJson(io, { port, sessions: flags.session });
          else if (port > 0) io.out(`listening on port ${port}\n`);
          else io.out(`connecting to ${flags.connect}\n`);
        },
        log: (line) => io.err(`${line}\n`),
      });
    } catch (error) {
      if (error instanceof DictionaryError || error instanceof Error) {
        throw new CliError(EXIT_FAILED, error.message);
      }
      throw error;
    }
    return EXIT_OK;
  },
});

function readName(text: string): EchoName {
  const [beginString, senderCompId, targetCompId, ...rest] = text.split(":");
  const isName = (id: string | undefined): id is string => /^[\x21-\x7e]{1,64}$/.test(id ?? "");
  if (rest.length > 0 || !isName(senderCompId) || !isName(targetCompId)) {
    throw new CliError(
      EXIT_USAGE,
      `--session ${shown(text)}: allowed is BEGINSTRING:SENDER:TARGET, e.g. FIX.4.4:ISLD:TW`,
    );
  }
  if (!BEGIN_STRINGS.includes(beginString!)) {
    throw new CliError(
      EXIT_USAGE,
      `--session ${shown(text)}: BeginString "${shown(beginString!)}"; allowed are ${BEGIN_STRINGS.join(", ")}`,
    );
  }
  return { beginString: beginString!, senderCompId, targetCompId };
}

function checkNames(names: readonly string[]): void {
  if (names.length > ECHO_SESSIONS_MAX) {
    const text = `--session is given ${names.length} times; allowed: ${ECHO_SESSIONS_MAX} in one process`;
    throw new CliError(EXIT_USAGE, text);
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new CliError(EXIT_USAGE, `--session ${shown(twice)} is given twice; once is enough`);
  }
}

function endpoint(flag: "bind" | "connect", text: string, given: string): HostPort {
  const isBind = flag === "bind";
  const found = readHostPort(text, isBind ? 0 : 1);
  if (found !== undefined) return found;
  const allowed = isBind
    ? "an IPv4 address or host name, e.g. 127.0.0.1"
    : "an IPv4 address or host name and a port from 1 to 65535, e.g. 127.0.0.1:5001";
  throw new CliError(EXIT_USAGE, `--${flag}: found "${shown(given)}"; allowed: ${allowed}`);
}
