/** What books need of a definition of an instrument: templates 54 to 56, 27, 29 and 41. */
import { describeMdp3, type Mdp3Group, type Mdp3Record } from "./mdp3-fields.ts";
import type { Decimal, Mdp3Sink } from "./mdp3-sink.ts";
import { CODE_NULL } from "./mdp3-sink.ts";
import type { SbeMessage, SbeSchema } from "./sbe-schema.ts";

/** MDFeedType of books and implied books. */
const BOOK = "GBX";
const IMPLIED = "GBI";

/** Reads one and hands it to the sink. May allocate: only for those that are new. */
export function readDefinition(
  schema: SbeSchema,
  bytes: Uint8Array,
  offset: number,
  length: number,
  sink: Mdp3Sink,
): void {
  const record = describeMdp3(schema, bytes, offset, length);
  if (record === undefined) return;
  const message = schema.messages.get(record.t)!;
  const time = BigInt((record["LastUpdateTime"] as number | bigint | null) ?? 0);
  const priceIncrement = decimalOf(message, record, "MinPriceIncrement");
  sink.onDefinition({
    securityId: record["SecurityID"] as number,
    symbol: textOf(record, "Symbol"),
    action: textOf(record, "SecurityUpdateAction"),
    timeHi: Number(BigInt.asIntN(32, time >> 32n)),
    timeLo: Number(BigInt.asIntN(32, time)),
    displayFactor: decimalOf(message, record, "DisplayFactor") ?? { mantissa: 1n, exponent: 0 },
    ...(priceIncrement === undefined ? {} : { priceIncrement }),
    depth: depthOf(record, BOOK),
    impliedDepth: depthOf(record, IMPLIED),
    group: textOf(record, "SecurityGroup"),
    asset: textOf(record, "Asset"),
    currency: textOf(record, "Currency"),
    status: (record["MDSecurityTradingStatus"] as number | null) ?? CODE_NULL,
  });
}

function textOf(record: Mdp3Record, name: string): string {
  const value = record[name];
  return typeof value === "string" ? value : "";
}

/** undefined when it is null or zero. */
function decimalOf(message: SbeMessage, record: Mdp3Record, name: string): Decimal | undefined {
  const mantissa = record[name];
  const exponent = message.fields.find((f) => f.name === name)?.type.exponent;
  if (exponent === undefined || (typeof mantissa !== "number" && typeof mantissa !== "bigint")) {
    return undefined;
  }
  const value = BigInt(mantissa);
  return value > 0n ? { mantissa: value, exponent } : undefined;
}

function depthOf(record: Mdp3Record, type: string): number {
  const feeds = record["NoMDFeedTypes"];
  if (!Array.isArray(feeds)) return 0;
  const feed = feeds.find((f: Mdp3Group) => f["MDFeedType"] === type);
  const depth = feed?.["MarketDepth"];
  return typeof depth === "number" && depth > 0 ? depth : 0;
}
