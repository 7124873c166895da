/* The decoder, once per sink. Before the include:
 *
 *   #define ITCH_SINK struct with a member `int32_t *locates`
 *   #define ITCH_FN(name) the sink's functions, and the name of the decoder: ITCH_FN(decode)
 *
 * The length is checked against the type before anything else is read. Then the locate filter: what
 * nobody subscribed to ends there. Prices and quantities are the wire's u32 read as int32: negative
 * means 2^31 or more, which no book here can hold. */

/* Types that do not change a displayed order. */
static void ITCH_FN(rest)(ITCH_SINK *s, int32_t i, const uint8_t *m) {
  uint64_t ns = be48(m + 5);
  switch (m[0]) {
    case 'P': /* 11 reference, 19 side, 20 shares, 24 stock, 32 price, 36 match */
      /* Reference 0 comes with side 'B' whatever the side was: then it is not told. */
      ITCH_FN(hidden_trade)(s, i, be64(m + 11) != 0 ? itch_side(m[19]) : 0, (int32_t)be32(m + 20),
                            (int32_t)be32(m + 32), ns);
      return;
    case 'Q': { /* 11 shares u64, 19 stock, 27 price, 31 match, 39 cross type */
      uint64_t qty = be64(m + 11);
      ITCH_FN(cross)(s, i, qty >> 53 == 0 ? (int64_t)qty : -1, (int32_t)be32(m + 27), m[39], ns);
      return;
    }
    case 'B': /* 11 match */
      ITCH_FN(broken)(s, i, be64(m + 11), ns);
      return;
    case 'H': /* 11 stock, 19 trading state */
      ITCH_FN(trading_action)(s, i, m[19], ns);
      return;
    case 'Y': /* 11 stock, 19 action */
      ITCH_FN(reg_sho)(s, i, m[19], ns);
      return;
    case 'J': /* 11 stock, 19 reference, 23 upper, 27 lower */
      ITCH_FN(auction_collar)(s, i, (int32_t)be32(m + 19), (int32_t)be32(m + 23),
                              (int32_t)be32(m + 27), ns);
      return;
    case 'h': /* 11 stock, 19 market, 20 action */
      ITCH_FN(operational_halt)(s, i, m[19], m[20], ns);
      return;
    case 'R': /* 11 stock, 21 round lot */
      ITCH_FN(directory)(s, be16(m + 1), be64(m + 11), be32(m + 21));
      return;
    case 'S': /* 11 event */
      ITCH_FN(system_event)(s, m[11], ns);
      return;
    default: /* L V W K I N O */
      ITCH_FN(other)(s, i, m[0], m, ns);
  }
}

/* A message without a subscribed instrument. True when its locate has just been learned. */
static int ITCH_FN(unlisted)(ITCH_SINK *s, const uint8_t *m) {
  uint8_t type = m[0];
  if (type == 'R' || type == 'S' || type == 'V' || type == 'W') {
    ITCH_FN(rest)(s, -1, m);
    return 0;
  }
  uint32_t locate = be16(m + 1);
  uint32_t stock = itch_stocks[type];
  if (s->locates[locate] == LOCATE_UNSEEN && stock != 0 && locate != 0) {
    ITCH_FN(unseen_locate)(s, locate, be64(m + stock));
    if (s->locates[locate] > 0) return 1;
    if (s->locates[locate] == LOCATE_UNSEEN) s->locates[locate] = LOCATE_IGNORED;
  }
  ITCH_FN(skipped)(s);
  return 0;
}

static inline void ITCH_FN(decode)(ITCH_SINK *s, const uint8_t *m, uint32_t length) {
  if (UNLIKELY(length < 1 || itch_lengths[m[0]] != length)) {
    ITCH_FN(skipped)(s);
    return;
  }
  int32_t entry = s->locates[be16(m + 1)];
  if (UNLIKELY(entry <= 0)) {
    if (!ITCH_FN(unlisted)(s, m)) return;
    entry = s->locates[be16(m + 1)];
  }
  int32_t i = entry - 1;
  switch (m[0]) {
    case 'A': /* 11 reference, 19 side, 20 shares, 24 stock, 32 price */
    case 'F': /* A, 36 attribution */
      ITCH_FN(add)(s, i, be64(m + 11), itch_side(m[19]), (int32_t)be32(m + 20),
                   (int32_t)be32(m + 32), be48(m + 5));
      return;
    case 'D': /* 11 reference */
      ITCH_FN(delete)(s, i, be64(m + 11), be48(m + 5));
      return;
    case 'U': /* 11 original reference, 19 new reference, 27 shares, 31 price */
      ITCH_FN(replace)(s, i, be64(m + 11), be64(m + 19), (int32_t)be32(m + 27),
                       (int32_t)be32(m + 31), be48(m + 5));
      return;
    case 'E': /* 11 reference, 19 shares, 23 match */
      ITCH_FN(execute)(s, i, be64(m + 11), (int32_t)be32(m + 19), be48(m + 5));
      return;
    case 'X': /* 11 reference, 19 shares */
      ITCH_FN(reduce)(s, i, be64(m + 11), (int32_t)be32(m + 19), be48(m + 5));
      return;
    case 'C': /* E, 31 printable, 32 price */
      ITCH_FN(execute_at)(s, i, be64(m + 11), (int32_t)be32(m + 19), (int32_t)be32(m + 32),
                          m[31] == 'Y', be48(m + 5));
      return;
    default:
      ITCH_FN(rest)(s, i, m);
  }
}
