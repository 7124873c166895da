/** `hairpin fix echo`: an acceptor or an initiator that sends back what it gets. */
import { DictionaryError } from "../../fix/dictionary/model.ts";
import type { EchoName } from "../../fix/echo/echo.ts";
import { CliError, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "../exit-codes.ts";
import { outJson } from "../io.ts";
import { defineVerb } from "../verb.ts";

const BEGIN_STRINGS = ["FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3", "FIX.4.4", "FIXT.1.1"];

export const fixEchoVerb = defineVerb({
  name: "fix echo",
  summary: "FIX sessions that send orders back as they came, to run conformance suites against.",
  flags: {
    port: { type: "whole", min: 0, max: 65_535, text: "Acceptor: listens here; 0 = any port." },
    connect: { type: "text", value: "HOST:PORT", text: "Initiator: connects there." },
    bind: { type: "text", value: "ADDRESS", default: "0.0.0.0", text: "Acceptor: local address." },
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
  details:
    "NewOrderSingle, SecurityDefinition and OrderCancelRequest come back; with PossResend and a ClOrdID seen before they are dropped. Other application messages get a BusinessMessageReject (before FIX 4.2 a Reject). Sequence numbers begin at 1 with each logon. SIGINT and SIGTERM log out and end it.",
  async run({ flags }, io) {
    const names = flags.session.map(readName);
    if (names.length === 0) {
      throw new CliError(EXIT_USAGE, "give at least one --session BEGINSTRING:SENDER:TARGET");
    }
    if ((flags.port === undefined) === (flags.connect === undefined)) {
      throw new CliError(EXIT_USAGE, "give either --port (acceptor) or --connect (initiator)");
    }
    const { runEcho } = await import("../../fix/echo/echo-process.ts");
    try {
      await runEcho({
        names,
        dictionaries: flags.dictionary,
        ...(flags.port === undefined ? {} : { listen: `${flags.bind}:${flags.port}` }),
        ...(flags.connect === undefined ? {} : { connect: flags.connect }),
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
      `--session ${text}: allowed is BEGINSTRING:SENDER:TARGET, e.g. FIX.4.4:ISLD:TW`,
    );
  }
  if (!BEGIN_STRINGS.includes(beginString!)) {
    throw new CliError(
      EXIT_USAGE,
      `--session ${text}: BeginString "${beginString}"; allowed are ${BEGIN_STRINGS.join(", ")}`,
    );
  }
  return { beginString: beginString!, senderCompId, targetCompId };
}
