/* Orders and levels of the books:
 *
 *   A F  add        E C  execute (reduce)     X  reduce     D  delete
 *   U    delete + add under a new reference, same side: time priority is lost
 *   P Q  trades that no displayed order took part in        B  nothing
 *
 * What can't be held exactly is refused, and the book flagged. */
#include "book.h"

#define NO_PX (-1)

static inline int32_t units_of(const market *m, int32_t feed_px) {
  if (feed_px < 0) return NO_PX;
  if (m->divisor > 1) {
    int32_t px = feed_px / m->divisor;
    return px * m->divisor == feed_px ? px : NO_PX;
  }
  int64_t px = (int64_t)feed_px * m->factor;
  return px <= INT32_MAX && m->divisor == 1 ? (int32_t)px : NO_PX;
}

/* A bound between two units is moved inwards: the same prices are allowed. */
static int32_t bound_of(const market *m, int32_t feed_px, int is_upper) {
  if (m->divisor == 0) return 0;
  double px = (double)(uint32_t)feed_px / m->divisor * m->factor;
  px = is_upper ? floor_of(px) : ceil_of(px);
  return px > INT32_MAX ? INT32_MAX : (int32_t)px;
}

static void refuse(book *b, uint32_t i, uint8_t flag) {
  b->refused++;
  b->market[i].flags |= flag;
}

static inline void moved(book *b, uint32_t i, uint32_t side) {
  market *m = &b->market[i];
  if (m->changed == 0) b->changed[b->changed_count++] = i;
  m->changed |= (uint8_t)(CHANGED_BID << (side & 1) | b->ladders.changed);
}

static inline void traded(book *b, uint32_t i, int32_t px, int64_t qty, int32_t aggressor) {
  market *m = &b->market[i];
  if (qty > 0) m->volume += (double)qty;
  if (px == NO_PX || qty <= 0 || qty > INT32_MAX) {
    b->inexact_trades++;
    return;
  }
  m->last_px = px;
  m->last_qty = (int32_t)qty;
  if (b->trade_count == TRADES_MAX) return;
  b->trades[b->trade_count++] = (trade){i, px, (int32_t)qty, aggressor};
}

static inline void place(book *b, uint32_t i, uint32_t side, uint64_t ref, int32_t qty,
                         int32_t feed_px) {
  int32_t px = units_of(&b->market[i], feed_px);
  if (UNLIKELY(px == NO_PX || qty <= 0)) {
    refuse(b, i, BOOK_INEXACT);
    return;
  }
  if (UNLIKELY(rows_find(&b->rows, ref) != NO_ROW)) {
    b->refused++;
    return;
  }
  if (UNLIKELY(b->rows.count == b->rows.capacity)) {
    refuse(b, i, BOOK_FULL);
    return;
  }
  uint32_t at = ladders_add(&b->ladders, side, side & 1 ? -px : px, qty);
  if (UNLIKELY(at == NO_LEVEL)) {
    refuse(b, i, BOOK_FULL);
    return;
  }
  rows_insert(&b->rows, ref, at, qty);
  moved(b, i, side);
}

/* The order's row when it is known and of this instrument, else NO_ROW. */
static inline uint32_t row_of(book *b, uint32_t i, uint64_t ref) {
  uint32_t at = rows_find(&b->rows, ref);
  if (at != NO_ROW && b->ladders.level[b->rows.row[at].level].side >> 1 == i) return at;
  if (at != NO_ROW) refuse(b, i, BOOK_INEXACT);
  else b->refused++;
  return NO_ROW;
}

static inline void drop(book *b, uint32_t i, uint32_t at) {
  row *r = &b->rows.row[at];
  uint32_t side = b->ladders.level[r->level].side;
  ladders_remove(&b->ladders, r->level, r->qty);
  moved(b, i, side);
  rows_remove(&b->rows, at);
}

/* Takes qty from an order, all of it at most. What was taken. */
static inline int32_t take(book *b, uint32_t i, uint32_t at, int32_t qty) {
  row *r = &b->rows.row[at];
  int32_t left = r->qty;
  if (UNLIKELY(qty < 0 || qty > left)) refuse(b, i, BOOK_INEXACT);
  if (qty < 0 || qty >= left) {
    drop(b, i, at);
    return left;
  }
  r->qty = left - qty;
  level *l = &b->ladders.level[r->level];
  ladders_change(&b->ladders, l, -(int64_t)qty);
  moved(b, i, l->side);
  return qty;
}

/* ---- what the decoder calls ------------------------------------------------------------------ */

static inline void book_fn_add(book *b, int32_t i, uint64_t ref, int32_t side, int32_t qty,
                               int32_t px, uint64_t ns) {
  b->market[i].time_ns = ns;
  if (side == 0) return;
  place(b, (uint32_t)i, 2 * (uint32_t)i + (side < 0), ref, qty, px);
}
static inline void book_fn_execute(book *b, int32_t i, uint64_t ref, int32_t qty, uint64_t ns) {
  b->market[i].time_ns = ns;
  uint32_t at = row_of(b, (uint32_t)i, ref);
  if (at == NO_ROW) return;
  const level *l = &b->ladders.level[b->rows.row[at].level];
  int32_t key = l->key;
  uint32_t is_ask = l->side & 1;
  int32_t taken = take(b, (uint32_t)i, at, qty);
  if (taken == 0) return;
  traded(b, (uint32_t)i, is_ask ? -key : key, taken, is_ask ? SIDE_BUY : SIDE_SELL);
}
static inline void book_fn_execute_at(book *b, int32_t i, uint64_t ref, int32_t qty, int32_t px,
                                      int printable, uint64_t ns) {
  b->market[i].time_ns = ns;
  uint32_t at = row_of(b, (uint32_t)i, ref);
  if (at == NO_ROW) return;
  uint32_t is_ask = b->ladders.level[b->rows.row[at].level].side & 1;
  int32_t taken = take(b, (uint32_t)i, at, qty);
  if (!printable || taken == 0) return;
  traded(b, (uint32_t)i, units_of(&b->market[i], px), taken, is_ask ? SIDE_BUY : SIDE_SELL);
}
static inline void book_fn_reduce(book *b, int32_t i, uint64_t ref, int32_t qty, uint64_t ns) {
  b->market[i].time_ns = ns;
  uint32_t at = row_of(b, (uint32_t)i, ref);
  if (at != NO_ROW) take(b, (uint32_t)i, at, qty);
}
static inline void book_fn_delete(book *b, int32_t i, uint64_t ref, uint64_t ns) {
  b->market[i].time_ns = ns;
  uint32_t at = row_of(b, (uint32_t)i, ref);
  if (at != NO_ROW) drop(b, (uint32_t)i, at);
}
static inline void book_fn_replace(book *b, int32_t i, uint64_t old, uint64_t ref, int32_t qty,
                                   int32_t px, uint64_t ns) {
  b->market[i].time_ns = ns;
  uint32_t at = row_of(b, (uint32_t)i, old);
  if (at == NO_ROW) return;
  uint32_t side = b->ladders.level[b->rows.row[at].level].side;
  drop(b, (uint32_t)i, at);
  place(b, (uint32_t)i, side, ref, qty, px);
}
/* `side` is the hidden order's, so the aggressor is the other one; 0 stays 0. */
static void book_fn_hidden_trade(book *b, int32_t i, int32_t side, int32_t qty, int32_t px,
                                 uint64_t ns) {
  b->market[i].time_ns = ns;
  traded(b, (uint32_t)i, units_of(&b->market[i], px), qty, -side);
}
static void book_fn_cross(book *b, int32_t i, int64_t qty, int32_t px, uint8_t type, uint64_t ns) {
  (void)type;
  b->market[i].time_ns = ns;
  /* Without shares it is only the news that there was none. */
  if (qty != 0) traded(b, (uint32_t)i, units_of(&b->market[i], px), qty > INT32_MAX ? -1 : qty, 0);
}
static void book_fn_broken(book *b, int32_t i, uint64_t match, uint64_t ns) {
  (void)b, (void)i, (void)match, (void)ns;
}
static void book_fn_other(book *b, int32_t i, uint8_t type, const uint8_t *m, uint64_t ns) {
  (void)b, (void)i, (void)type, (void)m, (void)ns;
}
static void book_fn_skipped(book *b) { b->skipped++; }
static void book_fn_system_event(book *b, uint8_t code, uint64_t ns) {
  (void)ns;
  if (!status_system(b, code)) return;
  for (uint32_t i = 0; i < b->count; i++)
    if (status_renew(b, (int32_t)i)) book_touch_status(b, (int32_t)i);
}
static void book_fn_trading_action(book *b, int32_t i, uint8_t state, uint64_t ns) {
  (void)ns;
  if (status_trading(b, i, state)) book_touch_status(b, i);
}
static void book_fn_reg_sho(book *b, int32_t i, uint8_t action, uint64_t ns) {
  (void)ns;
  if (status_reg_sho(b, i, action)) book_touch_status(b, i);
}
static void book_fn_auction_collar(book *b, int32_t i, int32_t reference, int32_t upper,
                                   int32_t lower, uint64_t ns) {
  (void)reference, (void)ns;
  const market *m = &b->market[i];
  if (status_collar(b, i, bound_of(m, upper, 1), bound_of(m, lower, 0))) book_touch_status(b, i);
}
static void book_fn_operational_halt(book *b, int32_t i, uint8_t code, uint8_t action,
                                     uint64_t ns) {
  (void)ns;
  if (status_operational(b, i, code, action)) book_touch_status(b, i);
}
static void book_fn_unseen_locate(book *b, uint32_t locate, uint64_t symbol) {
  int32_t i = book_find(b, symbol);
  if (i < 0 && b->is_wild) i = book_add(b, symbol, 1, 1);
  b->locates[locate] = i < 0 ? LOCATE_IGNORED : i + 1;
}
static void book_fn_directory(book *b, uint32_t locate, uint64_t symbol, uint32_t lot) {
  (void)lot;
  book_fn_unseen_locate(b, locate, symbol);
}

#define ITCH_SINK book
#define ITCH_FN(name) book_fn_##name
#include "itch-decode.h"

void book_decode(book *b, const uint8_t *m, uint32_t length) { book_fn_decode(b, m, length); }
