/* The built-in market maker: one post-only quote on each side of the mid price, moved against
 * inventory. As src/strategy/maker.ts. */
#include "path.h"

int maker_open(path *p) {
  const ref_path_config *c = &p->config;
  size_t n = 2 * (size_t)p->instruments + 1;
  maker *m = &p->maker;
  *m = (maker){.size = c->size_shares,
               .spread_ticks = c->spread_ticks,
               .skew_ticks = c->skew_ticks,
               .max_inventory = c->max_inventory_shares,
               .requote_ticks = c->requote_ticks,
               .refresh_ns = c->refresh_ms * 1e6,
               .mark_short = c->mark_short != 0};
  m->order = malloc(n * sizeof *m->order);
  m->filled = calloc(n, sizeof *m->filled);
  if (m->order == NULL || m->filled == NULL) return 0;
  for (size_t k = 0; k < n; k++) m->order[k] = NONE;
  m->due_ns = p->now_ns + m->refresh_ns;
  return 1;
}

static void pull_order(path *p, int32_t slot) {
  if (slot == NONE) return;
  int32_t state = p->order[slot].state;
  /* Anything else is under way to its end already. */
  if (state == ORDER_OPEN || state == ORDER_PENDING_NEW || state == ORDER_PENDING_REPLACE)
    orders_cancel(p, slot);
}

static void pull(path *p, int32_t i) {
  pull_order(p, p->maker.order[2 * i]);
  pull_order(p, p->maker.order[2 * i + 1]);
}

static inline int32_t leaves(const order *o) {
  if (o->state < ORDER_PENDING_NEW || o->state > ORDER_UNKNOWN) return 0;
  return max_int(0, o->qty - o->cum);
}

/* 1 for an answer to a replace after which the quote may stand: it went out, or has to wait. */
static int passes(int32_t code) {
  return code >= 0 || code == DENY_SELF_MATCH || code == DENY_RATE || code == DENY_BACKPRESSURE;
}

static void quote_side(path *p, int32_t i, int32_t side, double px, int32_t qty, int32_t tick) {
  maker *m = &p->maker;
  int32_t at = 2 * i + (side == SIDE_BUY ? 0 : 1);
  int32_t slot = m->order[at];
  if (slot == NONE) {
    if (qty <= 0 || px <= 0) return;
    int is_short = side == SIDE_SELL && m->mark_short && p->instrument[i].qty < qty;
    int32_t flags = is_short ? ORDER_POST_ONLY | ORDER_SHORT : ORDER_POST_ONLY;
    slot = orders_send(p, i, side, qty, (int32_t)px, flags);
    if (slot < 0) return;
    m->order[at] = slot;
    m->filled[at] = 0;
    return;
  }
  const order *o = &p->order[slot];
  if (o->state != ORDER_OPEN) return;
  if (qty == 0 || px <= 0) {
    orders_cancel(p, slot);
    return;
  }
  int is_off = abs_of(o->px - px) >= m->requote_ticks * tick;
  /* Inventory may leave less room than the quote still has open. */
  if (!is_off && leaves(o) <= qty) return;
  /* A sale keeps its short mark in a replace: one that would need the other mark is cancelled. */
  if (side == SIDE_SELL && m->mark_short && leaves(o) != qty) orders_cancel(p, slot);
  else if (!passes(orders_replace(p, slot, m->filled[at] + qty, (int32_t)px)))
    orders_cancel(p, slot);
}

static inline int32_t quantity(const path *p, int32_t i, double room) {
  int32_t qty = (int32_t)min_of(p->maker.size, room);
  return qty <= 0 ? 0 : qty - qty % p->instrument[i].lot;
}

static void quote(path *p, int32_t i) {
  const maker *m = &p->maker;
  const ladders *l = &p->book->ladders;
  int32_t bid = ladders_bid(l, (uint32_t)i), ask = ladders_ask(l, (uint32_t)i);
  int is_trading = (p->book->market[i].status & STATUS_STATE_MASK) == STATUS_TRADING;
  if (p->killed || p->mold.state != FEED_LIVE || !is_trading || bid <= 0 || ask <= bid) {
    pull(p, i);
    return;
  }
  const instrument *in = &p->instrument[i];
  int32_t step = 0;
  while (step + 1 < REF_TICKS && in->tick_from[step + 1] <= bid) step++;
  int32_t tick = in->tick_size[step];
  double position = in->qty;
  double skew = position / m->max_inventory * m->skew_ticks * tick;
  double fair = ((double)bid + ask) / 2 - skew;
  double half = m->spread_ticks * tick / 2;
  /* Never at or through the other side: a post-only order would be refused. */
  double buy_px = min_of(floor_of((fair - half) / tick) * tick, (double)ask - tick);
  double sell_px = max_of(ceil_of((fair + half) / tick) * tick, (double)bid + tick);
  quote_side(p, i, SIDE_BUY, buy_px, quantity(p, i, m->max_inventory - position), tick);
  quote_side(p, i, SIDE_SELL, sell_px, quantity(p, i, m->max_inventory + position), tick);
}

static void quote_all(path *p) {
  for (int32_t i = 0; i < p->instruments; i++) quote(p, i);
}

void maker_on_book(path *p, int32_t i, uint32_t changed) {
  if ((changed & CHANGED_BEST) != 0) quote(p, i);
}

void maker_on_status(path *p, int32_t i) { quote(p, i); }

void maker_on_feed(path *p) { quote_all(p); }

void maker_on_order(path *p, int32_t slot, int32_t event, int32_t qty) {
  maker *m = &p->maker;
  const order *o = &p->order[slot];
  int32_t at = 2 * o->instrument + (o->side == SIDE_BUY ? 0 : 1);
  if (m->order[at] != slot) return;
  if (event == EVENT_FILL) m->filled[at] += qty;
  if (o->state < ORDER_PENDING_NEW || o->state > ORDER_UNKNOWN) m->order[at] = NONE;
  /* After a refusal the next look at the market is soon enough. */
  if (event != EVENT_REJECTED && event != EVENT_EXPIRED) quote(p, o->instrument);
}

void maker_poll(path *p, double now_ns) {
  if (now_ns < p->maker.due_ns) return;
  quote_all(p);
  p->maker.due_ns = now_ns + p->maker.refresh_ns;
}
