/** Versions of the FIX session protocol, and what each brings. */

export const PROTOCOLS = ["fix40", "fix41", "fix42", "fix43", "fix44", "fixt11"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export interface ProtocolFacts {
  /** BeginString (8). */
  beginString: string;
  /** Name of its dictionary, and of the one of its session layer where that is apart ("" = is not). */
  dictionary: string;
  transport: string;
  /** SendingTime may have decimals: UTCTimestamp, since FIX 4.2. */
  decimals: boolean;
  /** ResetSeqNumFlag (141), since FIX 4.1. */
  resetFlag: boolean;
  /** NextExpectedMsgSeqNum (789), since FIX 4.4. */
  nextExpected: boolean;
}

export const PROTOCOL_FACTS: Readonly<Record<Protocol, ProtocolFacts>> = {
  fix40: facts("FIX.4.0", "FIX40", 0),
  fix41: facts("FIX.4.1", "FIX41", 1),
  fix42: facts("FIX.4.2", "FIX42", 2),
  fix43: facts("FIX.4.3", "FIX43", 3),
  fix44: facts("FIX.4.4", "FIX44", 4),
  fixt11: { ...facts("FIXT.1.1", "FIX50SP2", 5), transport: "FIXT11" },
};

/** Names of ApplVerID (1128) and DefaultApplVerID (1137) to their values. FIXT 1.1, ApplVerID. */
export const APPL_VER_IDS = {
  FIX40: "2",
  FIX41: "3",
  FIX42: "4",
  FIX43: "5",
  FIX44: "6",
  FIX50: "7",
  FIX50SP1: "8",
  FIX50SP2: "9",
} as const;
export type ApplVersion = keyof typeof APPL_VER_IDS;

function facts(beginString: string, dictionary: string, age: number): ProtocolFacts {
  return {
    beginString,
    dictionary,
    transport: "",
    decimals: age >= 2,
    resetFlag: age >= 1,
    nextExpected: age >= 4,
  };
}
