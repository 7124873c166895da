/* Position and profit per instrument, kept exactly as whole numbers in doubles, and exposure: what
 * the open orders could still do. As src/risk/positions.ts and exposure.ts. */
#include "path.h"

#define STEPS 1e4
#define CENTS 100

static void settle(path *p, instrument *in) {
  double steps = in->own.value * STEPS;
  double gross = in->cash + (in->mark_px > 0 ? in->qty * in->mark_px : in->open_cost);
  double realized_units = in->cash + in->open_cost;
  double realized = round_of(realized_units * steps);
  double unrealized = round_of((gross - realized_units) * steps);
  double fees =
      round_of((in->maker_qty * in->own.maker_fee + in->taker_qty * in->own.taker_fee) * STEPS);
  p->realized_total += realized - in->realized_steps;
  p->unrealized_total += unrealized - in->unrealized_steps;
  p->fee_total += fees - in->fee_steps;
  in->realized_steps = realized;
  in->unrealized_steps = unrealized;
  in->fee_steps = fees;
}

void positions_fill(path *p, int32_t i, int32_t side, int32_t qty, int32_t px, int is_maker) {
  instrument *in = &p->instrument[i];
  double delta = (double)side * qty;
  double before = in->qty, after = before + delta;
  in->cash -= delta * px;
  in->qty = after;
  if (after == 0) in->open_cost = 0;
  else if (before == 0 || before * delta > 0) in->open_cost += delta * px;
  else if (before * after > 0) in->open_cost = in->open_cost * after / before;
  else in->open_cost = after * px;
  if (is_maker) in->maker_qty += qty;
  else in->taker_qty += qty;
  settle(p, in);
}

void positions_mark(path *p, int32_t i, double px) {
  instrument *in = &p->instrument[i];
  if (in->mark_px == px) return;
  in->mark_px = px;
  settle(p, in);
}

/* Cents of one instrument with `notional` (price units * shares) more on a side. */
double exposure_with(const instrument *in, int32_t side, double notional) {
  double held = in->mark_px > 0 ? in->qty * in->mark_px : in->open_cost;
  double high = held + in->buy_notional + (side == SIDE_BUY ? notional : 0);
  double low = held - in->sell_notional - (side == SIDE_BUY ? 0 : notional);
  return ceil_of(max_of(abs_of(high), abs_of(low)) * in->own.value * CENTS);
}

void exposure_refresh(path *p, int32_t i) {
  instrument *in = &p->instrument[i];
  double cents = exposure_with(in, SIDE_BUY, 0);
  p->exposure_cents += cents - in->cents;
  in->cents = cents;
}
