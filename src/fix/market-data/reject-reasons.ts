/** MDReqRejReason (281) for people, FIX 4.4 and 5.0 SP2; of a Reject or BusinessMessageReject none. */
const REASONS: Record<string, string> = {
  "0": "unknown symbol",
  "1": "duplicate MDReqID",
  "2": "insufficient bandwidth",
  "3": "insufficient permissions",
  "4": "unsupported SubscriptionRequestType",
  "5": "unsupported MarketDepth",
  "6": "unsupported MDUpdateType",
  "7": "unsupported AggregatedBook",
  "8": "unsupported MDEntryType",
  "9": "unsupported TradingSessionID",
  A: "unsupported scope",
  B: "unsupported OpenCloseSettleFlag",
  C: "unsupported MDImplicitDelete",
  D: "insufficient credit",
};

/**
 * One sentence about a refused subscription. `symbol` "" = all of the feed's; `code` "" = not told;
 * `text`: Text (58), "" = none.
 */
export function refusalText(feed: string, symbol: string, code: string, text: string): string {
  const what = symbol === "" ? "all instruments" : symbol;
  const reason = code === "" ? "no reason told" : `${REASONS[code] ?? "reason"} (281=${code})`;
  const said = text === "" ? "" : `: ${text}`;
  return `feed ${feed}: the venue refused market data for ${what}, ${reason}${said}`;
}

/** The same of a Reject (3) or BusinessMessageReject (j); reason: 373 or 380, below 0 = not told. */
export function rejectText(feed: string, symbol: string, reason: number): string {
  const what = symbol === "" ? "all instruments" : symbol;
  const code = reason < 0 ? "no reason told" : `reason ${reason}`;
  return `feed ${feed}: the venue rejected our market data request for ${what}, ${code}`;
}

/** No snapshot came. */
export function givenUpText(feed: string, symbol: string, tries: number): string {
  return `feed ${feed}: no market data snapshot for ${symbol} after ${tries} requests; it is asked for again at the next logon`;
}
