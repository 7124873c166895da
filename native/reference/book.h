/* The books of one feed: takes what the decoder reads, keeps orders, levels, last trades and
 * trading status, and lists what a packet changed until its end. */
#ifndef REFERENCE_BOOK_H
#define REFERENCE_BOOK_H

#include "itch.h"
#include "ladders.h"
#include "rows.h"

/* flags: reasons not to trust a book */
#define BOOK_FULL 1
#define BOOK_INEXACT 2

/* status: as src/core/codes.ts */
#define STATUS_UNKNOWN 0
#define STATUS_TRADING 1
#define STATUS_HALTED 2
#define STATUS_PAUSED 3
#define STATUS_QUOTATION 4
#define STATUS_CLOSED 5
#define STATUS_SHORT_RESTRICTED 256
#define STATUS_LULD_AUCTION 512
#define STATUS_STATE_MASK 255

#define TRADES_MAX 1024

/* What one instrument has beside its levels. */
typedef struct market {
  int32_t divisor; /* feed price / divisor, or * factor, = price in units; 0 = inexact */
  int32_t factor;
  int32_t status;
  int32_t base; /* H's state */
  int32_t status_flags;
  int32_t collar_lower; /* LULD, price units, 0 = none */
  int32_t collar_upper;
  uint8_t flags; /* BOOK_* */
  uint8_t halted;
  uint8_t changed; /* CHANGED_*; 0 = not in the list */
  uint8_t status_changed;
  int32_t last_px;
  int32_t last_qty;
  double volume;
  uint64_t time_ns; /* venue time of the last message */
  uint64_t symbol;  /* 8 characters, big-endian */
} market;

typedef struct trade {
  uint32_t instrument;
  int32_t px;
  int32_t qty;
  int32_t aggressor;
} trade;

typedef struct book {
  rows rows;
  ladders ladders;
  market *market;
  uint32_t capacity; /* instruments, at most and now */
  uint32_t count;
  uint32_t *changed;
  uint32_t changed_count;
  uint32_t *status_changed;
  uint32_t status_count;
  uint32_t trade_count;
  trade trades[TRADES_MAX];
  int is_wild; /* every symbol that R announces becomes an instrument */
  int closed;  /* outside of market hours */
  int extended_hours;
  uint64_t events;   /* told at flushes */
  uint64_t refused;  /* adds, reductions and removals without effect */
  uint64_t inexact_trades;
  uint64_t skipped;  /* messages of unknown type or length, or filtered */
  uint32_t symbol_mask;
  uint32_t *symbols; /* open addressing, instrument + 1 */
  int32_t locates[LOCATES];
} book;

book *book_open(uint32_t instruments, uint32_t max_orders, uint32_t max_levels);
void book_close(book *b);
/* A new session: no orders, no locates, statuses unknown. */
void book_clear(book *b);
/* Adds an instrument; its index, or -1. */
int32_t book_add(book *b, uint64_t symbol, int32_t divisor, int32_t factor);
/* Applies one message. */
void book_decode(book *b, const uint8_t *m, uint32_t length);
/* Instrument of a symbol, or -1. */
int32_t book_find(const book *b, uint64_t symbol);

/* status.c: H, h, Y, J and S. 1 when the status changed. */
int status_trading(book *b, int32_t i, uint8_t state);
int status_operational(book *b, int32_t i, uint8_t market_code, uint8_t action);
int status_reg_sho(book *b, int32_t i, uint8_t action);
int status_collar(book *b, int32_t i, int32_t upper, int32_t lower);
int status_system(book *b, uint8_t code);
int status_renew(book *b, int32_t i);

static inline void book_touch_status(book *b, int32_t i) {
  if (b->market[i].status_changed) return;
  b->market[i].status_changed = 1;
  b->status_changed[b->status_count++] = (uint32_t)i;
}

#endif
