/** What differs between the versions of FIX, as far as session scenarios see it; each thing once. */

export interface Version {
  /** As in names of tests: FIX.4.2, FIX.5.0SP1. */
  label: string;
  beginString: string;
  /** ApplVerID of DefaultApplVerID(1137), FIXT.1.1 only. */
  applVerId?: string;
  /** Stock dictionaries that a session of it needs. */
  files: string[];
  /** EndSeqNo(16) for "all": 999999 up to FIX 4.1, 0 since 4.2. */
  endless: string;
  /** Reject(3) has RefTagID, RefMsgType and SessionRejectReason since FIX 4.2. */
  hasReasons: boolean;
  /** Largest SessionRejectReason the version defines. */
  reasonMax: number;
  /** BusinessMessageReject(j) came with FIX 4.2. */
  hasBusinessReject: boolean;
  /** ResetSeqNumFlag(141) came with FIX 4.1. */
  hasResetFlag: boolean;
  /** OnBehalfOfLocationID(144) and DeliverToLocationID(145) came with FIX 4.1. */
  hasLocations: boolean;
  /** SecurityDefinition(d) and repeating groups in orders came with FIX 4.2. */
  hasGroups: boolean;
  /** Parties(453) with sub-ids of their own (802) came with FIX 4.4. */
  hasNestedGroups: boolean;
  /** A SecurityType(167) that the version lists; FIX 4.0 and 4.1 leave it open. */
  securityType?: string;
}

const since42 = {
  endless: "0",
  hasReasons: true,
  hasBusinessReject: true,
  hasResetFlag: true,
  hasLocations: true,
  hasGroups: true,
  hasNestedGroups: true,
};
const before42 = {
  endless: "999999",
  hasReasons: false,
  reasonMax: -1,
  hasBusinessReject: false,
  hasGroups: false,
  hasNestedGroups: false,
};

export const VERSIONS: Version[] = [
  { ...plain("4.0"), ...before42, hasResetFlag: false, hasLocations: false },
  { ...plain("4.1"), ...before42, hasResetFlag: true, hasLocations: true },
  { ...plain("4.2"), ...since42, hasNestedGroups: false, reasonMax: 11, securityType: "FUT" },
  { ...plain("4.3"), ...since42, hasNestedGroups: false, reasonMax: 17, securityType: "CS" },
  { ...plain("4.4"), ...since42, reasonMax: 99, securityType: "CS" },
  { ...transport("5.0", "7"), ...since42, reasonMax: 99, securityType: "CS" },
  { ...transport("5.0SP1", "8"), ...since42, reasonMax: 99, securityType: "CS" },
  { ...transport("5.0SP2", "9"), ...since42, reasonMax: 99, securityType: "CS" },
];

function plain(version: string): Pick<Version, "label" | "beginString" | "files"> {
  const label = `FIX.${version}`;
  return { label, beginString: label, files: [`FIX${version.replace(".", "")}.xml`] };
}

function transport(
  version: string,
  applVerId: string,
): Pick<Version, "label" | "beginString" | "files" | "applVerId"> {
  const files = ["FIXT11.xml", `FIX${version.replace(".", "")}.xml`];
  return { label: `FIX.${version}`, beginString: "FIXT.1.1", applVerId, files };
}
