/* What the strategy sends: gate, slot, message. As src/order/orders.ts. */
#include "path.h"

#define ANSWER_TIMEOUT_NS 2e9
#define DENY_WINDOW_NS 1e6
#define DENIES_PER_MS 4

static int32_t live_state(int32_t bits) {
  int32_t pending = bits & (BIT_CANCEL | BIT_REPLACE);
  if (pending == (BIT_CANCEL | BIT_REPLACE)) return ORDER_PENDING_BOTH;
  if (pending == BIT_CANCEL) return ORDER_PENDING_CANCEL;
  if (pending == BIT_REPLACE) return ORDER_PENDING_REPLACE;
  return (bits & BIT_ACKED) != 0 ? ORDER_OPEN : ORDER_PENDING_NEW;
}

static inline int is_live(const order *o) {
  return o->state >= ORDER_PENDING_NEW && o->state <= ORDER_UNKNOWN;
}

static inline int is_awaited(const order *o) {
  return (o->bits & BIT_ACKED) == 0 || (o->bits & (BIT_CANCEL | BIT_REPLACE)) != 0;
}

/* Journals a denial, a few per millisecond. */
static int32_t deny(path *p, int32_t i, int32_t side, int32_t qty, int32_t px, int32_t code,
                    int32_t flags, double now_ns) {
  if (now_ns - p->deny_window_ns >= DENY_WINDOW_NS) {
    p->deny_window_ns = now_ns;
    p->denies_written = 0;
  }
  if (p->denies_written >= DENIES_PER_MS || !journal_has_room(&p->journal)) return code;
  hp_jr_deny *d = (hp_jr_deny *)journal_begin(&p->journal, HP_JR_DENY, sizeof *d);
  p->denies_written++;
  *d = (hp_jr_deny){(uint32_t)i, side, qty, px, code, (uint32_t)flags};
  journal_commit(&p->journal, now_ns);
  return code;
}

static inline void remember(path *p, int32_t seq, int32_t slot, uint32_t generation) {
  p->sent[seq & (SENT_MESSAGES - 1)] = (sent_message){seq, slot, generation, 0};
}

/* A market order leaves as a limit order at the collar's edge that fills at once or not at all. */
static inline int32_t as_limit(int32_t flags) {
  if ((flags & ORDER_MARKET) == 0) return flags;
  int32_t rest = flags & ~ORDER_MARKET;
  return (rest & ORDER_FOK) != 0 ? rest : rest | ORDER_IOC;
}

int32_t orders_send(path *p, int32_t i, int32_t side, int32_t qty, int32_t px, int32_t flags) {
  double now_ns = path_now(p);
  int32_t slot = p->free_head;
  uint32_t generation = slot < 0 ? 0 : slots_next_generation(p, slot);
  int32_t code = generation == 0 ? denied(p, DENY_SLOTS)
                                 : gate_new(p, i, side, qty, px, flags, now_ns);
  if (code != 0) return deny(p, i, side, qty, px, code, flags, now_ns);
  int32_t limit_px = (int32_t)p->reserve_px, limit_flags = as_limit(flags);
  p->intent = (hp_jr_intent){.kind = HP_INTENT_NEW,
                             .slot = (uint32_t)slot,
                             .generation = generation,
                             .instrument = (uint32_t)i,
                             .side = side,
                             .qty = qty,
                             .px = limit_px,
                             .flags = (uint32_t)limit_flags};
  int32_t seq = sender_order(p, now_ns);
  if (seq < 0) return deny(p, i, side, qty, px, denied(p, seq), flags, now_ns);
  slots_take(p, slot, generation, i, side, qty, limit_px, limit_flags);
  slots_hold(p, slot, qty, (double)qty * limit_px);
  remember(p, seq, slot, generation);
  p->order[slot].deadline_ns = now_ns + ANSWER_TIMEOUT_NS;
  p->figures.news++;
  return slot;
}

int32_t orders_cancel(path *p, int32_t slot) {
  order *o = &p->order[slot];
  if (!is_live(o) || (o->bits & BIT_CANCEL) != 0) return denied(p, DENY_STATE);
  double now_ns = path_now(p);
  int32_t code = gate_cancel(p, now_ns);
  if (code != 0) return code;
  uint32_t generation = slots_next_generation(p, slot);
  if (generation == 0) return denied(p, DENY_SLOTS);
  /* OrigClOrdID (41) is the last id sent that was not refused (FIX 4.4, volume 4, appendix D). */
  p->intent = (hp_jr_intent){.kind = HP_INTENT_CANCEL,
                             .slot = (uint32_t)slot,
                             .generation = generation,
                             .orig_generation =
                                 (o->bits & BIT_REPLACE) != 0 ? o->gen_replace : o->gen_order,
                             .instrument = (uint32_t)o->instrument,
                             .side = o->side,
                             .qty = o->qty,
                             .flags = (uint32_t)o->flags};
  int32_t seq = sender_order(p, now_ns);
  if (seq < 0) return denied(p, seq);
  o->gen_cancel = o->gen_last = generation;
  o->bits |= BIT_CANCEL;
  if (o->state != ORDER_UNKNOWN) o->state = live_state(o->bits);
  remember(p, seq, slot, generation);
  o->deadline_ns = now_ns + ANSWER_TIMEOUT_NS;
  p->figures.cancels++;
  return 0;
}

/* New total quantity (with what is filled) and price. */
int32_t orders_replace(path *p, int32_t slot, int32_t qty, int32_t px) {
  order *o = &p->order[slot];
  double now_ns = path_now(p);
  int32_t code;
  if (!is_live(o) || o->state == ORDER_UNKNOWN || is_awaited(o) || (o->flags & ORDER_MARKET) != 0)
    code = denied(p, DENY_STATE);
  else if (slots_next_generation(p, slot) == 0) code = denied(p, DENY_SLOTS);
  else code = gate_replace(p, slot, qty, px, now_ns);
  if (code != 0) return deny(p, o->instrument, o->side, qty, px, code, o->flags, now_ns);
  uint32_t generation = slots_next_generation(p, slot);
  p->intent = (hp_jr_intent){.kind = HP_INTENT_REPLACE,
                             .slot = (uint32_t)slot,
                             .generation = generation,
                             .orig_generation = o->gen_order,
                             .instrument = (uint32_t)o->instrument,
                             .side = o->side,
                             .qty = qty,
                             .px = px,
                             .flags = (uint32_t)o->flags};
  int32_t seq = sender_order(p, now_ns);
  if (seq < 0)
    return deny(p, o->instrument, o->side, qty, px, denied(p, seq), o->flags, now_ns);
  o->gen_replace = o->gen_last = generation;
  o->pend_qty = qty;
  o->pend_px = px;
  o->bits |= BIT_REPLACE;
  o->state = live_state(o->bits);
  slots_reserve(p, slot);
  remember(p, seq, slot, generation);
  o->deadline_ns = now_ns + ANSWER_TIMEOUT_NS;
  p->figures.replaces++;
  return 0;
}

/* ---- what the venue says --------------------------------------------------------------------- */

static void set_live(path *p, int32_t slot) {
  order *o = &p->order[slot];
  o->state = live_state(o->bits);
  if (!is_awaited(o)) o->deadline_ns = 0;
  slots_reserve(p, slot);
}

static int32_t on_ack(path *p, int32_t slot) {
  order *o = &p->order[slot];
  if ((o->bits & BIT_ACKED) != 0) return 0;
  o->bits |= BIT_ACKED;
  set_live(p, slot);
  return EVENT_ACK;
}

static int32_t on_fill(path *p, int32_t slot, const answer *a) {
  order *o = &p->order[slot];
  positions_fill(p, o->instrument, o->side, a->qty, a->px, 1);
  exposure_refresh(p, o->instrument);
  o->cum += a->qty;
  o->bits |= BIT_ACKED;
  int is_replacing = (o->bits & BIT_REPLACE) != 0;
  int32_t worst = is_replacing ? max_int(o->qty, o->pend_qty) : o->qty;
  if (o->cum >= worst || (a->is_done && !is_replacing)) slots_close(p, slot, ORDER_FILLED);
  else set_live(p, slot);
  p->figures.fills++;
  gate_value(p, o->instrument);
  return EVENT_FILL;
}

static int32_t on_replaced(path *p, int32_t slot, const answer *a) {
  order *o = &p->order[slot];
  o->px = a->px;
  o->qty = a->qty;
  o->gen_order = a->generation;
  o->bits = (o->bits | BIT_ACKED) & ~BIT_REPLACE;
  if (o->cum >= o->qty) slots_close(p, slot, ORDER_FILLED);
  else set_live(p, slot);
  return EVENT_REPLACED;
}

static int32_t on_too_late(path *p, int32_t slot, const answer *a) {
  order *o = &p->order[slot];
  if ((o->bits & BIT_CANCEL) != 0 && a->generation == o->gen_cancel) {
    o->bits &= ~BIT_CANCEL;
    set_live(p, slot);
    return EVENT_CANCEL_REJECTED;
  }
  if ((o->bits & BIT_REPLACE) == 0 || a->generation != o->gen_replace) return 0;
  o->bits &= ~BIT_REPLACE;
  if (o->cum >= o->qty) slots_close(p, slot, ORDER_FILLED);
  else set_live(p, slot);
  return EVENT_REPLACE_REJECTED;
}

void answers_apply(path *p, const answer *a) {
  order *o = &p->order[a->slot];
  /* An order that had the slot before, or one that is done already: without effect. The venue of
   * the rule fills only what is live, so that no late fill can come. */
  if (a->generation < o->gen_first || a->generation > o->gen_last || !is_live(o)) return;
  int32_t event = 0;
  switch (a->kind) {
    case ANSWER_ACK: event = on_ack(p, a->slot); break;
    case ANSWER_FILL: event = on_fill(p, a->slot, a); break;
    case ANSWER_REPLACED: event = on_replaced(p, a->slot, a); break;
    case ANSWER_CANCELED:
      slots_close(p, a->slot, ORDER_CANCELED);
      event = EVENT_CANCELED;
      break;
    default: event = on_too_late(p, a->slot, a);
  }
  if (event != 0) maker_on_order(p, a->slot, event, a->qty);
}
