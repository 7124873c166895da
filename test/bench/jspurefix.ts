/** jspurefix (npm) as its own bench uses it: its parser fed bytes, its transmitter given objects. */
import "reflect-metadata";
import { join } from "node:path";
import {
  AsciiParser,
  DITokens,
  type ElasticBuffer,
  type IJsFixConfig,
  type ILooseObject,
  type ISessionDescription,
  type MsgTransmitter,
  type MsgView,
  SessionContainer,
} from "jspurefix";

const SOH = 1;
/** The same dictionary file as ours. */
const DICTIONARY = join(import.meta.dir, "../../fix-dictionaries/FIX44.xml");
/** Most bytes of a message: its own default of 160 KiB sizes tables that nothing here needs. */
const MESSAGE_BYTES_MAX = 16_384;
/** Its header has BodyLength padded to so many digits, three of them needed. */
const BODY_LENGTH_CHARS = 4;

async function container() {
  const sessions = new SessionContainer();
  sessions.registerGlobal("error");
  const description: ISessionDescription = {
    application: {
      reconnectSeconds: 10,
      type: "initiator",
      name: "bench",
      tcp: { host: "localhost", port: 1 },
      protocol: "ascii",
      resilient: false,
      dictionary: DICTIONARY,
    },
    Name: "bench",
    Username: "",
    Password: "",
    ResetSeqNumFlag: true,
    HeartBtInt: 30,
    SenderCompId: "HAIRPIN",
    SenderSubID: "",
    TargetCompID: "EXCHANGE",
    TargetSubID: "",
    BeginString: "FIX.4.4",
    BodyLengthChars: BODY_LENGTH_CHARS,
  };
  const made = await sessions.makeSystem(description);
  const config = made.resolve<IJsFixConfig>(DITokens.IJsFixConfig);
  // Else it writes "|" and replaces it later, for its log.
  config.delimiter = SOH;
  config.logDelimiter = SOH;
  return { made, config };
}

/** Feeds it bytes; `onMessage` is called for each whole message. */
export async function jspurefixParser(onMessage: (view: MsgView) => void) {
  const { made, config } = await container();
  const buffer = made.resolve<ElasticBuffer>(DITokens.ParseBuffer);
  const parser = new AsciiParser(config, null, buffer, MESSAGE_BYTES_MAX);
  parser.on("msg", (_type: string, view: MsgView) => onMessage(view));
  parser.on("error", (error: Error) => {
    throw error;
  });
  return (bytes: Buffer) => parser.parseBuffer(bytes);
}

/** Encodes messages, header and trailer included, into its own buffer. */
export async function jspurefixEncoder() {
  const { made } = await container();
  const transmitter = made.resolve<MsgTransmitter & Stamped>(DITokens.MsgTransmitter);
  return {
    encode(type: string, body: ILooseObject, seq: number, time: Date): void {
      transmitter.msgSeqNum = seq;
      transmitter.time = time;
      transmitter.encodeMessage(type, body);
    },
    /** A copy of the last one. */
    copy: (): Uint8Array => new Uint8Array(transmitter.buffer.copy()),
  };
}

/** What its ASCII transmitter has, and the type that it exports does not tell. */
interface Stamped {
  msgSeqNum: number;
  time: Date;
}
