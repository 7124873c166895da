/* What the parts of the whole path share. */
#ifndef REFERENCE_PATH_H
#define REFERENCE_PATH_H

#include <x86intrin.h>

#include "book.h"
#include "fix.h"
#include "journal.h"

/* states and events, as src/core/codes.ts */
#define FEED_INIT 0
#define FEED_LIVE 1
#define FEED_ENDED 5

#define ORDER_FREE 0
#define ORDER_PENDING_NEW 1
#define ORDER_OPEN 2
#define ORDER_PENDING_CANCEL 3
#define ORDER_PENDING_REPLACE 4
#define ORDER_PENDING_BOTH 5
#define ORDER_UNKNOWN 6
#define ORDER_FILLED 7
#define ORDER_CANCELED 8

#define EVENT_ACK 1
#define EVENT_FILL 2
#define EVENT_CANCELED 3
#define EVENT_REJECTED 4
#define EVENT_REPLACED 5
#define EVENT_CANCEL_REJECTED 6
#define EVENT_REPLACE_REJECTED 7
#define EVENT_EXPIRED 8

#define DENY_DISARMED (-1)
#define DENY_KILLED (-2)
#define DENY_BACKPRESSURE (-4)
#define DENY_JOURNAL (-5)
#define DENY_FEED (-6)
#define DENY_STATUS (-7)
#define DENY_BOOK (-8)
#define DENY_QTY (-9)
#define DENY_NOTIONAL (-10)
#define DENY_COLLAR (-11)
#define DENY_TICK (-12)
#define DENY_LOT (-13)
#define DENY_POSITION (-14)
#define DENY_EXPOSURE (-15)
#define DENY_OPEN_ORDERS (-16)
#define DENY_RATE (-17)
#define DENY_LOSS (-18)
#define DENY_SHORT_SALE (-19)
#define DENY_ARGUMENT (-20)
#define DENY_SLOTS (-21)
#define DENY_STATE (-22)
#define DENY_SELF_MATCH (-24)
#define DENY_BAND (-25)

/* what is under way with a live order */
#define BIT_ACKED 1
#define BIT_CANCEL 2
#define BIT_REPLACE 4

#define NONE (-1)
#define SENT_MESSAGES 8192
#define WAITING_MAX 256
#define ANSWERS_MAX 64
#define PACKET_BYTES 2048

/* One instrument as gate, positions and strategy see it. Whole numbers in doubles are exact. */
typedef struct instrument {
  ref_instrument own;
  double qty;       /* position, signed */
  double open_cost; /* price units * signed quantity */
  double mark_px;   /* 0 = not known */
  double cash, maker_qty, taker_qty;
  double realized_steps, unrealized_steps, fee_steps;
  double buy_qty, sell_qty, long_sell_qty; /* open */
  double buy_notional, sell_notional;
  double cents; /* exposure */
  int32_t orders;
  int32_t first_peer[2]; /* live orders, buys and sells */
  int32_t lot;
  int32_t tick_from[REF_TICKS], tick_size[REF_TICKS];
} instrument;

typedef struct order {
  int32_t state, bits, instrument, side;
  int32_t qty, px, cum, flags;
  int32_t pend_qty, pend_px, held;
  uint32_t gen_first, gen_last, gen_order, gen_cancel, gen_replace;
  int32_t live_at, free_next, free_prev, peer_next, peer_prev;
  int32_t pad;
  double held_notional;
  double deadline_ns; /* of the venue's answer; nobody watches it here */
} order;

typedef struct bucket {
  double burst, per_ns, tokens, last_ns;
} bucket;

typedef struct sent_message {
  int32_t seq, slot;
  uint32_t generation;
  int32_t pad;
} sent_message;

/* A message that waits for release(). */
typedef struct waiting {
  int32_t seq, slot, bytes, end;
} waiting;

/* What the venue does with one message, and what it knows of an order. */
typedef struct answer {
  int32_t kind; /* ANSWER_* */
  int32_t slot;
  uint32_t generation;
  int32_t qty; /* filled, or the new total */
  int32_t px;
  int32_t is_done; /* OrdStatus says filled */
} answer;
typedef struct venue_order {
  int32_t qty, px, cum, is_done;
} venue_order;
typedef struct venue_message {
  int32_t kind, slot, qty, px;
  uint32_t generation;
} venue_message;

typedef struct held_packet {
  uint64_t seq, end;
  double time_ns;
  uint8_t bytes[PACKET_BYTES];
} held_packet;

typedef struct mold {
  uint8_t session[10];
  int is_known;
  int32_t state; /* FEED_* */
  int changed;
  uint64_t next_seq, high_seq, end_seq;
  double high_ns;
  held_packet *window;
  int32_t *sorted, *free;
  int32_t count, free_count, capacity;
} mold;

typedef struct maker {
  double size, spread_ticks, skew_ticks, max_inventory, requote_ticks, refresh_ns;
  int32_t mark_short;
  double due_ns;
  int32_t *order;  /* by instrument and side (buy 0, sell 1), -1 = none */
  int32_t *filled; /* how much of it */
} maker;

typedef struct path {
  ref_path_config config;
  book *book;
  mold mold;
  instrument *instrument;
  int32_t instruments;
  maker maker;
  fix_session *fix;
  journal journal;
  /* gate */
  bucket orders_bucket, cancels_bucket;
  double exposure_cents;
  double realized_total, unrealized_total, fee_total;
  double reserve_px, worst_px;
  int32_t orders_all;
  int32_t killed;
  /* orders */
  order *order;
  int32_t *live; /* dense, in no order */
  int32_t slots, live_count, free_head, free_tail;
  uint32_t gen_floor;
  sent_message sent[SENT_MESSAGES];
  double deny_window_ns;
  int32_t denies_written;
  /* sender */
  hp_jr_intent intent;
  int32_t next_out;
  int32_t waiting_count;
  int32_t waiting_bytes;
  waiting waiting[WAITING_MAX];
  uint8_t backlog[1 << 17];
  hp_pipe *pipe;
  uint64_t burst_tsc; /* 0 = not from a packet */
  /* clock */
  double now_ns;
  double start_ns, ns_per_tick;
  uint64_t start_tsc;
  int32_t is_live;
  /* venue */
  venue_order *venue;
  venue_message inbox[WAITING_MAX];
  int32_t inbox_count;
  answer answers[ANSWERS_MAX];
  int32_t answer_count;
  uint32_t venue_news, venue_replaces, venue_fills;
  int32_t fault; /* REF_E* */
  /* caller's buffer */
  uint8_t *out;
  uint64_t out_bytes, out_capacity;
  ref_path_figures figures;
  uint8_t arena[PACKET_BYTES];
  uint32_t latency[HP_HIST_BUCKETS];
} path;

/* Engine time, ns since the start of the session date. */
static inline double path_now(const path *p) {
  if (!p->is_live) return p->now_ns;
  return p->start_ns + (double)(int64_t)(__rdtsc() - p->start_tsc) * p->ns_per_tick;
}

static inline int32_t denied(path *p, int32_t code) {
  p->figures.denied++;
  return code;
}

/* gate.c: 0, or a DENY_* code */
int32_t gate_new(path *p, int32_t i, int32_t side, int32_t qty, int32_t px, int32_t flags,
                 double now_ns);
int32_t gate_replace(path *p, int32_t slot, int32_t qty, int32_t px, double now_ns);
int32_t gate_cancel(path *p, double now_ns);
/* The book of an instrument, or our position in it, changed. */
void gate_value(path *p, int32_t i);
static inline void gate_on_book(path *p, int32_t i) {
  const instrument *in = &p->instrument[i];
  if (in->qty != 0 || in->orders != 0) gate_value(p, i);
}
void bucket_open(bucket *b, double per_s, double burst);

/* positions.c */
void positions_fill(path *p, int32_t i, int32_t side, int32_t qty, int32_t px, int is_maker);
void positions_mark(path *p, int32_t i, double px);
void exposure_refresh(path *p, int32_t i);
double exposure_with(const instrument *in, int32_t side, double notional);

/* slots.c */
int slots_open(path *p, int32_t slots, uint32_t epoch);
uint32_t slots_next_generation(const path *p, int32_t slot);
void slots_take(path *p, int32_t slot, uint32_t generation, int32_t i, int32_t side, int32_t qty,
                int32_t px, int32_t flags);
void slots_close(path *p, int32_t slot, int32_t state);
void slots_hold(path *p, int32_t slot, int32_t qty, double notional);
void slots_reserve(path *p, int32_t slot);
int32_t slots_open_qty(const order *o);
int slots_cross(const path *p, int32_t i, int32_t side, int32_t px, int32_t except_slot);

/* orders.c: a slot (send) or 0, or a DENY_* code */
int32_t orders_send(path *p, int32_t i, int32_t side, int32_t qty, int32_t px, int32_t flags);
int32_t orders_cancel(path *p, int32_t slot);
int32_t orders_replace(path *p, int32_t slot, int32_t qty, int32_t px);

/* answers.c: what the venue said takes effect, and the strategy hears of it */
void answers_apply(path *p, const answer *a);
#define ANSWER_ACK 0
#define ANSWER_FILL 1
#define ANSWER_REPLACED 2
#define ANSWER_CANCELED 3
#define ANSWER_TOO_LATE 4 /* cancel or replace of an order that is filled */

/* sender.c: journals a message and lets it wait for release */
int32_t sender_order(path *p, double now_ns);
void sender_release(path *p);

/* venue.c: answers what was released since the last call; how many messages those were */
int32_t venue_serve(path *p);

/* mold.c: 0, or REF_E* */
int mold_open(mold *m, int32_t packets);
void mold_close(mold *m);
int32_t mold_packet(path *p, const uint8_t *at, uint32_t length, double now_ns);
int32_t mold_poll(path *p, double now_ns);

/* maker.c */
int maker_open(path *p);
void maker_on_book(path *p, int32_t i, uint32_t changed);
void maker_on_status(path *p, int32_t i);
void maker_on_feed(path *p);
void maker_on_order(path *p, int32_t slot, int32_t event, int32_t qty);
void maker_poll(path *p, double now_ns);

#endif
