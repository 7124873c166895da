/**
 * Data types of FIX as dictionary files name them, upper case. DATE and TIME are those of 4.0 and
 * 4.1; UTCDATE that of 4.2 and 4.3; MULTIPLEVALUESTRING was parted in two with 5.0.
 */
const TYPES = [
  "AMT",
  "BOOLEAN",
  "CHAR",
  "COUNTRY",
  "CURRENCY",
  "DATA",
  "DATE",
  "DAYOFMONTH",
  "EXCHANGE",
  "FLOAT",
  "INT",
  "LANGUAGE",
  "LENGTH",
  "LOCALMKTDATE",
  "LOCALMKTTIME",
  "MONTHYEAR",
  "MULTIPLECHARVALUE",
  "MULTIPLESTRINGVALUE",
  "MULTIPLEVALUESTRING",
  "NUMINGROUP",
  "PERCENTAGE",
  "PRICE",
  "PRICEOFFSET",
  "QTY",
  "SEQNUM",
  "STRING",
  "TAGNUM",
  "TENOR",
  "TIME",
  "TZTIMEONLY",
  "TZTIMESTAMP",
  "UTCDATE",
  "UTCDATEONLY",
  "UTCTIMEONLY",
  "UTCTIMESTAMP",
  "XID",
  "XIDREF",
  "XMLDATA",
] as const;

export type FieldType = (typeof TYPES)[number];

const KNOWN: ReadonlySet<string> = new Set(TYPES);

export function isFieldType(type: string): type is FieldType {
  return KNOWN.has(type);
}

/** DATA and XMLDATA: any byte may be in the value, SOH too; a LENGTH field tells how many. */
export function isDataType(type: string): boolean {
  return type === "DATA" || type === "XMLDATA";
}

/** The count of a repeating group; files for 4.2 and older call it INT. */
export function isCountType(type: string): boolean {
  return type === "NUMINGROUP" || type === "INT";
}
