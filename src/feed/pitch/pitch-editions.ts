/**
 * The editions of Cboe Multicast PITCH, which give one type code different lengths: every message of
 * each, with all its fields. An edition is a layout, chosen in the config, and never guessed.
 *
 *   us-equities   Multicast PITCH 2.41.64 (Jan 2026), BZX, BYX, EDGX, EDGA
 *   us-options    Multicast PITCH 2.41.64, BZX, C1, C2, EDGX Options
 *   cfe-futures   CFE Multicast PITCH 1.2.13 (Apr 2025); prices are signed there
 */
import {
  AUCTION_SUMMARY,
  COMMON_MESSAGES,
  DATED_TIME_MESSAGES,
  EXECUTION,
  EXECUTION_AT,
  EXPANDED_ORDER,
  int,
  longChange,
  longOrder,
  type PitchMessage,
  shortChange,
  shortOrder,
  text,
  timed,
  uint,
  untimed,
} from "./pitch-table.ts";

export const PITCH_EDITIONS = ["us-equities", "us-options", "cfe-futures"] as const;
export type PitchEdition = (typeof PITCH_EDITIONS)[number];

const US_EQUITIES: readonly PitchMessage[] = [
  ...COMMON_MESSAGES,
  untimed(0x20, "time", 6, [uint(2, "time", 4)]),
  timed(0x21, "add_order_long", 34, [...longOrder(), uint(33, "add_flags", 1)]),
  timed(0x22, "add_order_short", 26, [...shortOrder(), uint(25, "add_flags", 1)]),
  timed(0x2f, "add_order_expanded", 41, [
    ...EXPANDED_ORDER,
    uint(35, "add_flags", 1),
    text(36, "participant_id", 4),
    text(40, "customer_indicator", 1),
  ]),
  timed(0x23, "order_executed", 26, [...EXECUTION]),
  timed(0x24, "order_executed_at_price_size", 38, [...EXECUTION_AT]),
  timed(0x27, "modify_order_long", 27, [...longChange(), uint(26, "modify_flags", 1)]),
  timed(0x28, "modify_order_short", 19, [...shortChange(), uint(18, "modify_flags", 1)]),
  timed(0x2a, "trade_long", 41, [...longOrder(), uint(33, "execution_id", 8)]),
  timed(0x2b, "trade_short", 33, [...shortOrder(), uint(25, "execution_id", 8)]),
  timed(0x30, "trade_expanded", 43, [...EXPANDED_ORDER, uint(35, "execution_id", 8)]),
  timed(0x31, "trading_status", 18, [
    text(6, "symbol_printable_ascii_8", 8),
    text(14, "trading_status", 1),
    text(15, "reg_sho_action", 1),
    text(16, "reserved_1", 1),
    text(17, "second_reserved_1", 1),
  ]),
  timed(0x95, "auction_update", 47, [
    text(6, "stock_symbol", 8),
    text(14, "auction_type", 1),
    uint(15, "reference_price", 8, 10000),
    uint(23, "buy_shares", 4),
    uint(27, "sell_shares", 4),
    uint(31, "indicative_price", 8, 10000),
    uint(39, "auction_only_price", 8, 10000),
  ]),
  timed(0x96, "auction_summary", 27, [...AUCTION_SUMMARY]),
  timed(0x98, "retail_price_improvement", 15, [
    text(6, "symbol_printable_ascii_8", 8),
    text(14, "retail_price_improvement", 1),
  ]),
];

const US_OPTIONS: readonly PitchMessage[] = [
  ...COMMON_MESSAGES,
  ...DATED_TIME_MESSAGES,
  timed(0x21, "add_order_long", 34, [...longOrder(), uint(33, "add_flags", 1)]),
  timed(0x22, "add_order_short", 26, [...shortOrder(), uint(25, "add_flags", 1)]),
  timed(0x2f, "add_order_expanded", 50, [
    ...EXPANDED_ORDER,
    uint(35, "add_flags", 1),
    text(36, "participant_id", 4),
    text(40, "customer_indicator", 1),
    text(41, "client_id", 4),
    text(45, "reserved_5", 5),
  ]),
  timed(0x23, "order_executed", 27, [...EXECUTION, text(26, "trade_condition", 1)]),
  timed(0x24, "order_executed_at_price_size", 39, [
    ...EXECUTION_AT,
    text(38, "trade_condition", 1),
  ]),
  timed(0x27, "modify_order_long", 27, [...longChange(), uint(26, "modify_flags", 1)]),
  timed(0x28, "modify_order_short", 19, [...shortChange(), uint(18, "modify_flags", 1)]),
  timed(0x2a, "trade_long", 42, [
    ...longOrder(),
    uint(33, "execution_id", 8),
    text(41, "trade_condition", 1),
  ]),
  timed(0x2b, "trade_short", 34, [
    ...shortOrder(),
    uint(25, "execution_id", 8),
    text(33, "trade_condition", 1),
  ]),
  timed(0x30, "trade_expanded", 44, [
    ...EXPANDED_ORDER,
    uint(35, "execution_id", 8),
    text(43, "trade_condition", 1),
  ]),
  untimed(0x2e, "symbol_mapping", 38, [
    text(2, "feed_symbol", 6),
    text(8, "osi_symbol", 21),
    text(29, "symbol_condition", 1),
    text(30, "underlying", 8),
  ]),
  timed(0x31, "trading_status", 18, [
    text(6, "symbol_printable_ascii_6", 6),
    text(12, "reserved_2", 2),
    text(14, "trading_status", 1),
    text(15, "reserved_1", 1),
    text(16, "gth_trading_status", 1),
    text(17, "second_reserved_1", 1),
  ]),
  timed(0xd2, "width_update", 19, [
    text(6, "underlying", 8),
    text(14, "width_type", 1),
    uint(15, "multiplier", 4, 10),
  ]),
  timed(0xd1, "options_auction_update", 64, [
    text(6, "symbol_printable_ascii_8", 8),
    text(14, "auction_type", 1),
    uint(15, "reference_price", 8, 10000),
    uint(23, "buy_contracts", 4),
    uint(27, "sell_contracts", 4),
    uint(31, "indicative_price", 8, 10000),
    uint(39, "auction_only_price", 8, 10000),
    text(47, "opening_condition", 1),
    uint(48, "composite_market_bid_price", 8, 10000),
    uint(56, "composite_market_offer_price", 8, 10000),
  ]),
  timed(0x96, "auction_summary", 27, [...AUCTION_SUMMARY]),
  timed(0xad, "auction_notification", 47, [
    text(6, "symbol_printable_ascii_6", 6),
    uint(12, "auction_id", 8),
    text(20, "auction_type", 1),
    text(21, "side", 1),
    uint(22, "price_binary_long_price_8", 8, 10000),
    uint(30, "contracts", 4),
    text(34, "customer_indicator", 1),
    text(35, "participant_id", 4),
    uint(39, "auction_end_offset", 4),
    text(43, "client_id", 4),
  ]),
  timed(0xae, "auction_cancel", 14, [uint(6, "auction_id", 8)]),
  timed(0xaf, "auction_trade", 34, [
    uint(6, "auction_id", 8),
    uint(14, "execution_id", 8),
    uint(22, "price_binary_long_price_8", 8, 10000),
    uint(30, "contracts", 4),
  ]),
  timed(0x9d, "soq_strike_range_update", 42, [
    text(6, "soq_identifier", 20),
    uint(26, "lower_strike_price", 8, 10000),
    uint(34, "upper_strike_price", 8, 10000),
  ]),
  untimed(0x9e, "constituent_symbol_mapping", 58, [
    text(2, "feed_symbol", 6),
    text(8, "osi_symbol", 21),
    text(29, "symbol_condition", 1),
    text(30, "underlying", 8),
    text(38, "soq_identifier", 20),
  ]),
];

const CFE_FUTURES: readonly PitchMessage[] = [
  ...COMMON_MESSAGES,
  ...DATED_TIME_MESSAGES,
  timed(0x21, "add_order_long", 33, longOrder(int)),
  timed(0x22, "add_order_short", 25, shortOrder(int)),
  timed(0x23, "order_executed", 27, [...EXECUTION, text(26, "trade_condition", 1)]),
  timed(0x27, "modify_order_long", 26, longChange(int)),
  timed(0x28, "modify_order_short", 18, shortChange(int)),
  timed(0x2a, "trade_long", 42, [
    ...longOrder(int),
    uint(33, "execution_id", 8),
    text(41, "trade_condition", 1),
  ]),
  timed(0x2b, "trade_short", 34, [
    ...shortOrder(int),
    uint(25, "execution_id", 8),
    text(33, "trade_condition", 1),
  ]),
  timed(0x31, "trading_status", 18, [
    text(6, "symbol_printable_ascii_6", 6),
    text(12, "reserved_2", 2),
    text(14, "trading_status", 1),
    text(15, "reserved_3", 3),
  ]),
  timed(0xb9, "settlement", 25, [
    text(6, "symbol_printable_ascii_6", 6),
    uint(12, "trade_date", 4),
    int(16, "settlement_price", 8, 10000),
    text(24, "issue", 1),
  ]),
  timed(0xd3, "open_interest", 20, [
    text(6, "symbol_printable_ascii_6", 6),
    uint(12, "trade_date", 4),
    uint(16, "open_interest", 4),
  ]),
  timed(0xba, "end_of_day_summary", 65, [
    text(6, "symbol_printable_ascii_6", 6),
    uint(12, "trade_date", 4),
    uint(16, "open_interest", 4),
    int(20, "high_price", 8, 10000),
    int(28, "low_price", 8, 10000),
    int(36, "open_price", 8, 10000),
    int(44, "close_price", 8, 10000),
    uint(52, "total_volume", 4),
    uint(56, "block_volume", 4),
    uint(60, "ecrp_volume", 4),
    uint(64, "summary_flags", 1),
  ]),
  timed(0xbe, "price_limits", 28, [
    text(6, "symbol_printable_ascii_6", 6),
    int(12, "upper_price_limit", 8, 10000),
    int(20, "lower_price_limit", 8, 10000),
  ]),
  {
    // The legs of a spread follow: ratio i32, symbol char[6] each.
    ...timed(0xbb, "futures_instrument_definition", 45, [
      text(6, "symbol_printable_ascii_6", 6),
      uint(12, "unit_timestamp", 4),
      text(16, "report_symbol", 6),
      uint(22, "futures_flags", 1),
      uint(23, "expiration_date", 4),
      uint(27, "contract_size", 2),
      text(29, "listing_state", 1),
      int(30, "price_increment", 8, 10000),
      uint(38, "leg_count", 1),
      uint(39, "leg_offset", 1),
      uint(40, "reserved_1", 1),
      uint(41, "contract_date", 4),
    ]),
    isOpen: true,
  },
];

const BY_EDITION: Readonly<Record<PitchEdition, readonly PitchMessage[]>> = {
  "us-equities": US_EQUITIES,
  "us-options": US_OPTIONS,
  "cfe-futures": CFE_FUTURES,
};

/** Every message of the feed in an edition. */
export function pitchMessages(edition: PitchEdition): readonly PitchMessage[] {
  return BY_EDITION[edition];
}
