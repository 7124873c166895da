/**
 * Versions of FIX by their names. Values of ApplVerID (1128) and DefaultApplVerID (1137) are those
 * of FIXT 1.1, field 1128.
 */

export interface FixVersion {
  /** As files are named: "FIX44", "FIX50SP2", "FIXT11". */
  name: string;
  /** BeginString (8) on the wire: from 5.0 on it is that of the transport. */
  beginString: string;
  /** Value of DefaultApplVerID (1137); "" for the transport itself. */
  applVerId: string;
}

export const FIX_VERSIONS: readonly FixVersion[] = [
  { name: "FIX40", beginString: "FIX.4.0", applVerId: "2" },
  { name: "FIX41", beginString: "FIX.4.1", applVerId: "3" },
  { name: "FIX42", beginString: "FIX.4.2", applVerId: "4" },
  { name: "FIX43", beginString: "FIX.4.3", applVerId: "5" },
  { name: "FIX44", beginString: "FIX.4.4", applVerId: "6" },
  { name: "FIX50", beginString: "FIXT.1.1", applVerId: "7" },
  { name: "FIX50SP1", beginString: "FIXT.1.1", applVerId: "8" },
  { name: "FIX50SP2", beginString: "FIXT.1.1", applVerId: "9" },
  { name: "FIXT11", beginString: "FIXT.1.1", applVerId: "" },
];

/** "FIX50SP2" of the attributes type, major, minor, servicepack. */
export function versionName(type: string, major: number, minor: number, pack: number): string {
  return `${type}${major}${minor}${pack > 0 ? `SP${pack}` : ""}`;
}

/** DefaultApplVerID (1137) of an application version; "" when it has none. */
export function applVerIdOf(version: string): string {
  return FIX_VERSIONS.find((v) => v.name === version)?.applVerId ?? "";
}

/** Which dictionaries a session needs. */
export interface DictionaryNames {
  application: string;
  /** Only for FIXT.1.1. */
  transport?: string;
}

/**
 * Dictionary names for a session: ("FIX.4.2") gives FIX42, ("FIXT.1.1", "9") FIX50SP2 on FIXT11.
 * `applVerId` is DefaultApplVerID (1137). Undefined when there is no such version.
 */
export function dictionaryNames(
  beginString: string,
  applVerId?: string,
): DictionaryNames | undefined {
  const isTransport = beginString === "FIXT.1.1";
  const version = FIX_VERSIONS.find((v) =>
    isTransport
      ? v.applVerId !== "" && v.applVerId === applVerId
      : v.beginString === beginString && (applVerId === undefined || v.applVerId === applVerId),
  );
  if (version === undefined) return undefined;
  return isTransport
    ? { application: version.name, transport: "FIXT11" }
    : { application: version.name };
}
