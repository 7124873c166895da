/* Order slots: a free list (first in, first out), a dense live list, and a list per instrument and
 * side for self-match. Each id that a slot sends takes the next generation. As
 * src/order/order-table.ts. */
#include "path.h"

#define ID_COUNT_MAX 0xfffff

static void push_free(path *p, int32_t slot) {
  order *o = &p->order[slot];
  o->free_next = NONE;
  o->free_prev = p->free_tail;
  if (p->free_tail == NONE) p->free_head = slot;
  else p->order[p->free_tail].free_next = slot;
  p->free_tail = slot;
}

int slots_open(path *p, int32_t slots, uint32_t epoch) {
  if (slots < 1 || slots >= 1 << 20) return 0;
  size_t bytes = sizeof(order) * (size_t)slots;
  p->order = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
  p->live = calloc((size_t)slots, sizeof *p->live);
  p->venue = calloc((size_t)slots, sizeof *p->venue);
  if (p->order == NULL || p->live == NULL || p->venue == NULL) return 0;
  memset(p->order, 0, bytes);
  p->slots = slots;
  p->free_head = p->free_tail = NONE;
  p->gen_floor = (epoch << 20) + 1;
  for (int32_t slot = 0; slot < slots; slot++) push_free(p, slot);
  return 1;
}

/* 0 when the count is used up for this run. */
uint32_t slots_next_generation(const path *p, int32_t slot) {
  uint32_t next = p->order[slot].gen_last + 1;
  if (next < p->gen_floor) return p->gen_floor;
  return (next & ID_COUNT_MAX) == 0 ? 0 : next;
}

/* Takes the first free slot for an order just sent. */
void slots_take(path *p, int32_t slot, uint32_t generation, int32_t i, int32_t side, int32_t qty,
                int32_t px, int32_t flags) {
  order *o = &p->order[slot];
  if (o->free_prev == NONE) p->free_head = o->free_next;
  else p->order[o->free_prev].free_next = o->free_next;
  if (o->free_next == NONE) p->free_tail = o->free_prev;
  else p->order[o->free_next].free_prev = o->free_prev;
  o->state = ORDER_PENDING_NEW;
  o->bits = 0;
  o->instrument = i;
  o->side = side;
  o->qty = qty;
  o->px = px;
  o->cum = 0;
  o->flags = flags;
  o->pend_qty = o->pend_px = 0;
  o->gen_first = o->gen_last = o->gen_order = generation;
  o->gen_cancel = o->gen_replace = 0;
  o->live_at = p->live_count;
  p->live[p->live_count++] = slot;
  instrument *in = &p->instrument[i];
  int32_t *first = &in->first_peer[side < 0];
  o->peer_next = *first;
  o->peer_prev = NONE;
  if (o->peer_next != NONE) p->order[o->peer_next].peer_prev = slot;
  *first = slot;
  in->orders++;
  p->orders_all++;
}

/* Ends a live order: nothing is reserved any more, and the slot waits at the end of the line. */
void slots_close(path *p, int32_t slot, int32_t state) {
  order *o = &p->order[slot];
  o->state = state;
  o->bits = 0;
  o->deadline_ns = 0;
  slots_hold(p, slot, 0, 0);
  int32_t last = p->live[--p->live_count];
  p->live[o->live_at] = last;
  p->order[last].live_at = o->live_at;
  instrument *in = &p->instrument[o->instrument];
  if (o->peer_next != NONE) p->order[o->peer_next].peer_prev = o->peer_prev;
  if (o->peer_prev != NONE) p->order[o->peer_prev].peer_next = o->peer_next;
  else in->first_peer[o->side < 0] = o->peer_next;
  in->orders--;
  p->orders_all--;
  push_free(p, slot);
}

/* What could still be filled, in the worst case. */
int32_t slots_open_qty(const order *o) {
  int32_t qty = (o->bits & BIT_REPLACE) != 0 ? max_int(o->qty, o->pend_qty) : o->qty;
  return max_int(0, qty - o->cum);
}

/* Holds qty and notional (price units * quantity) with the gate instead of what was held. */
void slots_hold(path *p, int32_t slot, int32_t qty, double notional) {
  order *o = &p->order[slot];
  double more_qty = (double)qty - o->held;
  double more_notional = notional - o->held_notional;
  if (more_qty == 0 && more_notional == 0) return;
  instrument *in = &p->instrument[o->instrument];
  o->held = qty;
  o->held_notional = notional;
  if (o->side == SIDE_BUY) {
    in->buy_qty += more_qty;
    in->buy_notional += more_notional;
  } else {
    in->sell_qty += more_qty;
    in->sell_notional += more_notional;
    if ((o->flags & (ORDER_SHORT | ORDER_SHORT_EXEMPT)) == 0) in->long_sell_qty += more_qty;
  }
  exposure_refresh(p, o->instrument);
}

/* While a replace is pending: the larger quantity at the higher price. */
void slots_reserve(path *p, int32_t slot) {
  const order *o = &p->order[slot];
  int32_t px = (o->bits & BIT_REPLACE) != 0 ? max_int(o->px, o->pend_px) : o->px;
  int32_t qty = slots_open_qty(o);
  slots_hold(p, slot, qty, (double)qty * px);
}

static inline int meets(const order *o, int32_t side, int32_t px) {
  if ((o->flags & ORDER_MARKET) != 0) return 1;
  int32_t own = o->px;
  if ((o->bits & BIT_REPLACE) != 0)
    own = side == SIDE_BUY ? min_int(own, o->pend_px) : max_int(own, o->pend_px);
  return side == SIDE_BUY ? px >= own : px <= own;
}

int slots_cross(const path *p, int32_t i, int32_t side, int32_t px, int32_t except_slot) {
  int32_t slot = p->instrument[i].first_peer[side > 0];
  for (; slot != NONE; slot = p->order[slot].peer_next) {
    const order *o = &p->order[slot];
    if (slot != except_slot && slots_open_qty(o) > 0 && meets(o, side, px)) return 1;
  }
  return 0;
}
