/* Every order passes here. Two kinds of limits: those of one order (quantity, notional, price,
 * status of the market), and those of the sum of what is open, each open order in its worst case.
 * The checks and their order are those of src/risk/gate.ts. */
#include "path.h"

#define FLAGS_ALL                                                                        \
  (ORDER_MARKET | ORDER_IOC | ORDER_FOK | ORDER_POST_ONLY | ORDER_SHORT | ORDER_SHORT_EXEMPT)
#define FLAGS_SHORT (ORDER_SHORT | ORDER_SHORT_EXEMPT)
#define LONG_AGO (-9007199254740991.0)

void bucket_open(bucket *b, double per_s, double burst) {
  *b = (bucket){.burst = burst, .per_ns = per_s / 1e9, .tokens = burst, .last_ns = LONG_AGO};
}

static inline int bucket_take(bucket *b, double now_ns) {
  if (now_ns > b->last_ns) {
    b->tokens = min_of(b->tokens + (now_ns - b->last_ns) * b->per_ns, b->burst);
    b->last_ns = now_ns;
  }
  if (b->tokens < 1) return 0;
  b->tokens -= 1;
  return 1;
}

/* Trips the kill when the loss is over its limit; 1 when it is. */
static inline int loss_is_over(path *p) {
  double pnl = (p->realized_total + p->unrealized_total - p->fee_total) / 1e4;
  if (pnl >= -p->config.max_loss) return 0;
  p->killed = 1;
  return 1;
}

void gate_value(path *p, int32_t i) {
  const ladders *l = &p->book->ladders;
  int32_t bid = ladders_bid(l, (uint32_t)i), ask = ladders_ask(l, (uint32_t)i);
  double px = bid > 0 && ask > 0 ? ((double)bid + ask) / 2 : p->book->market[i].last_px;
  if (px > 0) positions_mark(p, i, px);
  exposure_refresh(p, i);
  loss_is_over(p);
}

/* The state of the appliance and of the market. */
static inline int32_t check_state(path *p, int32_t i) {
  if (p->killed) return DENY_KILLED;
  if (loss_is_over(p)) return DENY_LOSS;
  if (p->waiting_count > WAITING_MAX / 2 || p->waiting_bytes > (int32_t)sizeof p->backlog / 2)
    return DENY_BACKPRESSURE;
  if (!journal_has_room(&p->journal)) return DENY_JOURNAL;
  if (p->mold.state != FEED_LIVE) return DENY_FEED;
  const market *m = &p->book->market[i];
  if ((m->status & STATUS_STATE_MASK) != STATUS_TRADING) return DENY_STATUS;
  return m->flags != 0 ? DENY_BOOK : 0;
}

static inline int32_t tick_at(const instrument *in, int32_t px) {
  int32_t step = 0;
  while (step + 1 < REF_TICKS && in->tick_from[step + 1] <= px) step++;
  return in->tick_size[step];
}

/* True for flags that a venue could make sense of. */
static inline int flags_fit(int32_t side, int32_t flags) {
  if ((flags & FLAGS_ALL) != flags) return 0;
  if (side == SIDE_BUY && (flags & FLAGS_SHORT) != 0) return 0;
  if ((flags & FLAGS_SHORT) == FLAGS_SHORT) return 0;
  int32_t immediate = flags & (ORDER_IOC | ORDER_FOK);
  if (immediate == (ORDER_IOC | ORDER_FOK)) return 0;
  return (flags & ORDER_POST_ONLY) == 0 || (immediate == 0 && (flags & ORDER_MARKET) == 0);
}

/* The last price of the tick table inside the collar, upwards for a buy, downwards for a sale. */
static double collar_edge(const instrument *in, int32_t side, double reference, double width) {
  if (side == SIDE_BUY) {
    int32_t top = (int32_t)floor_of(reference + width);
    return top - top % tick_at(in, top);
  }
  double bottom = ceil_of(reference - width);
  double tick = tick_at(in, (int32_t)bottom);
  return ceil_of(bottom / tick) * tick;
}

/* Collar and LULD band; sets reserve_px and worst_px. */
static inline int32_t check_price(path *p, const instrument *in, int32_t i, int32_t side,
                                  int32_t px, int is_market) {
  const market *m = &p->book->market[i];
  const ladders *l = &p->book->ladders;
  double reference =
      side == SIDE_BUY ? ladders_ask(l, (uint32_t)i) : ladders_bid(l, (uint32_t)i);
  if (reference <= 0) reference = m->last_px;
  if (reference <= 0) return DENY_COLLAR;
  double width = min_of(reference * in->own.collar_ratio, in->own.collar_units);
  double limit = is_market ? collar_edge(in, side, reference, width) : px;
  if (limit <= 0 || limit > reference + width || limit < reference - width) return DENY_COLLAR;
  p->worst_px = is_market ? ceil_of(reference + width) : limit;
  p->reserve_px = limit;
  if (m->collar_upper > 0 && limit > m->collar_upper) return DENY_BAND;
  return limit < m->collar_lower ? DENY_BAND : 0;
}

/* What is wrong with the order itself. */
static inline int32_t check_order(path *p, const instrument *in, int32_t i, int32_t side,
                                  int32_t qty, int32_t px, int32_t flags) {
  if (side != SIDE_BUY && side != SIDE_SELL) return DENY_ARGUMENT;
  if (!flags_fit(side, flags)) return DENY_ARGUMENT;
  if (qty <= 0 || qty > in->own.max_order_qty) return DENY_QTY;
  if (qty % in->lot != 0) return DENY_LOT;
  int is_market = (flags & ORDER_MARKET) != 0;
  if (!is_market && (px <= 0 || px % tick_at(in, px) != 0)) return DENY_TICK;
  int32_t code = check_price(p, in, i, side, px, is_market);
  if (code != 0) return code;
  if (side == SIDE_SELL && (flags & ORDER_SHORT) != 0 &&
      (p->book->market[i].status & STATUS_SHORT_RESTRICTED) != 0 &&
      (is_market || px <= ladders_bid(&p->book->ladders, (uint32_t)i)))
    return DENY_SHORT_SALE;
  return qty * p->worst_px * in->own.value > in->own.max_notional ? DENY_NOTIONAL : 0;
}

/* Position, long-sale marking and exposure with qty and notional more of a side. */
static inline int32_t check_sums(path *p, const instrument *in, int32_t side, int32_t flags,
                                 double qty, double notional) {
  if (qty > 0) {
    double worst = side == SIDE_BUY ? in->qty + in->buy_qty + qty : in->sell_qty + qty - in->qty;
    if (worst > in->own.max_position) return DENY_POSITION;
    if (side == SIDE_SELL && (flags & FLAGS_SHORT) == 0 && p->config.short_marking != 0 &&
        in->long_sell_qty + qty > in->qty)
      return DENY_SHORT_SALE;
  }
  double after = exposure_with(in, side, notional);
  if (after > in->cents && p->exposure_cents - in->cents + after > p->config.max_exposure_cents)
    return DENY_EXPOSURE;
  return 0;
}

static inline int32_t judge_new(path *p, int32_t i, int32_t side, int32_t qty, int32_t px,
                                int32_t flags, double now_ns) {
  if (i < 0 || i >= p->instruments) return DENY_ARGUMENT;
  int32_t code = check_state(p, i);
  if (code != 0) return code;
  const instrument *in = &p->instrument[i];
  code = check_order(p, in, i, side, qty, px, flags);
  if (code != 0) return code;
  if (p->orders_all >= p->config.max_open_orders) return DENY_OPEN_ORDERS;
  if (in->orders >= in->own.max_open_orders) return DENY_OPEN_ORDERS;
  code = check_sums(p, in, side, flags, qty, qty * p->reserve_px);
  if (code != 0) return code;
  if (p->config.deny_self_match != 0 && slots_cross(p, i, side, (int32_t)p->reserve_px, NONE))
    return DENY_SELF_MATCH;
  return bucket_take(&p->orders_bucket, now_ns) ? 0 : DENY_RATE;
}

int32_t gate_new(path *p, int32_t i, int32_t side, int32_t qty, int32_t px, int32_t flags,
                 double now_ns) {
  int32_t code = judge_new(p, i, side, qty, px, flags, now_ns);
  return code == 0 ? 0 : denied(p, code);
}

static inline int32_t judge_replace(path *p, int32_t slot, int32_t qty, int32_t px, double now_ns) {
  const order *o = &p->order[slot];
  const instrument *in = &p->instrument[o->instrument];
  int32_t code = check_state(p, o->instrument);
  if (code == 0) code = check_order(p, in, o->instrument, o->side, qty, px, o->flags);
  if (code == 0 && qty <= o->cum) code = DENY_QTY;
  if (code != 0) return code;
  double worst_qty = (double)max_int(o->qty, qty) - o->cum;
  double added = worst_qty * max_int(o->px, px) - o->held_notional;
  code = check_sums(p, in, o->side, o->flags, worst_qty - o->held, added);
  if (code != 0) return code;
  if (p->config.deny_self_match != 0 && slots_cross(p, o->instrument, o->side, px, slot))
    return DENY_SELF_MATCH;
  return bucket_take(&p->orders_bucket, now_ns) ? 0 : DENY_RATE;
}

int32_t gate_replace(path *p, int32_t slot, int32_t qty, int32_t px, double now_ns) {
  int32_t code = judge_replace(p, slot, qty, px, now_ns);
  return code == 0 ? 0 : denied(p, code);
}

int32_t gate_cancel(path *p, double now_ns) {
  return bucket_take(&p->cancels_bucket, now_ns) ? 0 : denied(p, DENY_RATE);
}

int32_t ref_gate_check(void *handle, int32_t i, int32_t side, int32_t qty, int32_t px,
                       int32_t flags, double now_ns, double step_ns, int32_t n) {
  path *p = handle;
  int32_t passed = 0, code = 0;
  for (int32_t k = 0; k < n; k++) {
    code = gate_new(p, i, side, qty, px, flags, now_ns + k * step_ns);
    passed += code == 0;
  }
  return n == 1 ? code : passed;
}
