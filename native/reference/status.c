/* Trading status by instrument: H's state; h of Nasdaq ('Q') halts whatever H says, until its T; J
 * brings the LULD auction collar, which the next H with T takes away; outside of S 'Q' to S 'M'
 * everything is closed, unless the hours are extended: then S opens and M does not close. */
#include "book.h"

int status_renew(book *b, int32_t i) {
  market *m = &b->market[i];
  int32_t state = m->halted ? STATUS_HALTED : m->base;
  if (b->closed) state = STATUS_CLOSED;
  int32_t status = state | m->status_flags;
  if (status == m->status) return 0;
  m->status = status;
  return 1;
}

int status_trading(book *b, int32_t i, uint8_t state) {
  market *m = &b->market[i];
  m->base = state == 'T'   ? STATUS_TRADING
            : state == 'H' ? STATUS_HALTED
            : state == 'P' ? STATUS_PAUSED
            : state == 'Q' ? STATUS_QUOTATION
                           : STATUS_UNKNOWN;
  if (m->base == STATUS_TRADING) {
    m->status_flags &= ~STATUS_LULD_AUCTION;
    m->collar_lower = m->collar_upper = 0;
  }
  return status_renew(b, i);
}

int status_operational(book *b, int32_t i, uint8_t market_code, uint8_t action) {
  if (market_code != 'Q') return 0;
  b->market[i].halted = action != 'T';
  return status_renew(b, i);
}

int status_reg_sho(book *b, int32_t i, uint8_t action) {
  market *m = &b->market[i];
  if (action == '0') m->status_flags &= ~STATUS_SHORT_RESTRICTED;
  else m->status_flags |= STATUS_SHORT_RESTRICTED;
  return status_renew(b, i);
}

int status_collar(book *b, int32_t i, int32_t upper, int32_t lower) {
  market *m = &b->market[i];
  int moved = upper != m->collar_upper || lower != m->collar_lower;
  m->collar_upper = upper;
  m->collar_lower = lower;
  m->status_flags |= STATUS_LULD_AUCTION;
  return status_renew(b, i) || moved;
}

/* 1 when the market opened or closed: every instrument's status must be renewed. */
int status_system(book *b, uint8_t code) {
  int closed = code != 'Q';
  if (code == 'S' || code == 'M') closed = !b->extended_hours;
  int changed = closed != b->closed;
  b->closed = closed;
  return changed;
}
