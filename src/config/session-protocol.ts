/** Protocols of a [[session]]: the versions of FIX, and OUCH 5.0. */
import {
  PROTOCOL_FACTS,
  PROTOCOLS,
  type Protocol,
  type ProtocolFacts,
} from "../fix/session/protocol.ts";

export const OUCH = "ouch50";
export const SESSION_PROTOCOLS = [...PROTOCOLS, OUCH] as const;
export type SessionProtocol = Protocol | typeof OUCH;

/** Its journal and its status name the protocol in place of a BeginString (8). */
const OUCH_FACTS: ProtocolFacts = { ...PROTOCOL_FACTS.fix44, beginString: "OUCH 5.0" };

export function factsOf(protocol: SessionProtocol): ProtocolFacts {
  return protocol === OUCH ? OUCH_FACTS : PROTOCOL_FACTS[protocol];
}
