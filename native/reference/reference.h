/* The path in plain C: ITCH 5.0 decoder, order books, MoldUDP64 on two lines, market maker, gate,
 * order slots, FIX templates and journal records. It is the limit that the TypeScript is measured
 * against, and is tested to give the same bytes. Built as build/libreference.so, never shipped.
 *
 * Same algorithms and tables as src/: what differs is the language. Nothing is allocated after an
 * open. Structs that cross the border hold doubles only, and test/support/reference.ts reads their
 * fields from this file, so that nothing is typed twice. Times are ns since the start of the
 * session date, prices int32 in the instrument's unit, as everywhere in hairpin.
 *
 * The venue is a rule that both sides know (ref_path_config: fill_*): each new order, replace and
 * cancel is acknowledged before the next packet, and some are filled. In TypeScript a venue answers
 * with ExecutionReports on a pipe; in C the effect of the answer is applied to the order table
 * directly, without FIX bytes and without EXEC records. That is outside the measured part, which
 * ends where an order is handed to send(), but it leaves the C warmer caches: run both in turns, a
 * few packets each.
 *
 * What the C does not have: FIX sessions (logon, heartbeats, recovery), a second feed session, a
 * late join, gaps and stale feeds (refused: REF_EGAP, REF_EPACKET), cancel-all after a kill, a
 * watch over answers that do not come, FEED, SESSION and EXEC records, and most counters. The
 * journal's head moves with a release store, where JavaScript has only the locked exchange of
 * Atomics.store. */
#ifndef HAIRPIN_REFERENCE_H
#define HAIRPIN_REFERENCE_H

#include <stdint.h>

#pragma GCC visibility push(default)

#define REF_EINVAL (-1)   /* an argument or a configuration that cannot be */
#define REF_ENOMEM (-2)
#define REF_ECUT (-3)     /* a length-prefixed file that ends inside a message */
#define REF_EGAP (-4)     /* a message is missing: the reference has no recovery */
#define REF_EPACKET (-5)  /* a packet that is not well formed, or of another session */
#define REF_ESPACE (-6)   /* the caller's buffer, or a queue between packets, is too small */
#define REF_ELOOP (-7)    /* the venue's fills bring forth orders without end */

/* ---- decoder and books ----------------------------------------------------------------------- */

/* Decodes `length` bytes of messages, each behind its u16 length, as src/feed/itch.ts does with
 * every locate known, and folds what a sink would be told into a sum: per call the code of its kind
 * and its numbers, each times an odd constant (test/support/decode-sum.ts). flags: 0. Returns the
 * number of messages, or REF_ECUT. */
int32_t ref_decode(const uint8_t *bytes, double length, int32_t flags);
/* Of the last ref_decode. */
uint32_t ref_decode_sum(void);

/* Books of every symbol of a file, prices in the feed's unit. Handles are pointers, NULL = no
 * memory. */
void *ref_book_open(int32_t max_orders, int32_t max_levels);
/* Decodes and applies; each message is flushed as a packet of its own. Messages, or REF_ECUT. */
int32_t ref_book_run(void *book, const uint8_t *bytes, double length);
/* Forgets orders, levels and locates, as a new session does; instruments stay. */
int32_t ref_book_clear(void *book);
/* As `hairpin book FILE --csv`. Bytes written, or REF_ESPACE. */
int32_t ref_book_csv(void *book, uint8_t *out, int32_t capacity);
void ref_book_close(void *book);

/* ---- CME MDP 3.0 ------------------------------------------------------------------------------ */

/* Files of packets, each behind its u16 length, little endian: incremental lines of version 9, or of
 * templates before with the same layout. Decodes and folds what a sink would be told into a sum
 * (test/support/mdp3-sum.ts). Entries, or REF_ECUT, REF_EPACKET. */
int32_t ref_mdp3_decode(const uint8_t *bytes, double length);
/* Of the last ref_mdp3_decode. */
uint32_t ref_mdp3_decode_sum(void);
double ref_mdp3_decode_px(void);

/* Books by position of that many instruments, as src/book/mdp3-books.ts without what heals them.
 * is_loose: 1 = updates are applied to books whose beginning is not known. NULL = no memory. */
void *ref_mdp3_open(int32_t instruments, int32_t is_loose);
/* A SecurityID is this instrument, with so many mantissas of 9 and of 7 decimals a price unit. */
int32_t ref_mdp3_map(void *books, int32_t id, int32_t instrument, double nine, double seven);
/* Decodes and applies, and flushes at the end of each event. Entries, or REF_ECUT, REF_EPACKET. */
int32_t ref_mdp3_run(void *books, const uint8_t *bytes, double length);
/* As a new session does. */
int32_t ref_mdp3_clear(void *books);
/* By instrument: state, inexact, RptSeq, volume, last price and quantity, then of each side its
 * levels and their prices, quantities and orders. Doubles written, or REF_ESPACE. */
int32_t ref_mdp3_dump(void *books, double *out, int32_t capacity);
/* Told at flushes since the open. */
double ref_mdp3_events(void *books);
void ref_mdp3_close(void *books);

/* ---- what FIX and path are built from -------------------------------------------------------- */

#define REF_TICKS 8
typedef struct ref_instrument {
  double symbol_hi;          /* feed symbol, 8 characters as two big-endian words */
  double symbol_lo;
  double feed_divisor;       /* as in src/book/instruments.ts */
  double feed_factor;
  double lot;
  double value;              /* currency per price unit and share */
  double maker_fee;
  double taker_fee;
  double price_decimals;     /* of prices on the order session */
  double price_unit;         /* price unit in the last of them */
  double max_order_qty;      /* limits, as in src/risk/limit-table.ts */
  double max_notional;
  double max_position;
  double max_open_orders;
  double collar_ratio;
  double collar_units;
  double tick_from[REF_TICKS];
  double tick_size[REF_TICKS];
} ref_instrument;

/* Messages: NewOrderSingle, OrderCancelReplaceRequest, OrderCancelRequest; bit m of the has_*
 * fields is message m. Texts (Latin-1): begin string, id prefix, then per message its type, header,
 * body, one text per instrument and 128 combos of side and flags, as src/fix/order/template-plan.ts makes
 * them; segments[2k], [2k + 1] = offset and length of text k. */
#define REF_MESSAGES 3
#define REF_COMBOS 128
typedef struct ref_fix_config {
  double instruments;
  double session_start_s;    /* Unix seconds */
  double timestamp_digits;   /* 0, 3, 6 or 9 */
  double zero_pad;
  double has_orig;
  double has_time;
  double has_qty;
} ref_fix_config;

void *ref_fix_open(const ref_fix_config *config, const ref_instrument *instruments,
                   const uint8_t *texts, const uint32_t *segments);
/* Encodes one message at `wall_ns` into `out` (2048 bytes); returns its length. `order`: words of
 * hp_jr_intent, whose session and bytes are not read. */
int32_t ref_fix_encode(void *fix, const int32_t *order, double wall_ns, uint8_t *out);
/* Encodes n messages in place, order k being orders[12 * (k & (count - 1))] (count: a power of
 * two), its MsgSeqNum and generation grown by k, at wall_ns + k * step_ns. Returns the sum of all
 * lengths and checksums, modulo 2^31. */
int32_t ref_fix_encode_n(void *fix, const int32_t *orders, int32_t count, double wall_ns,
                         double step_ns, int32_t n);
void ref_fix_close(void *fix);

/* ---- whole path ------------------------------------------------------------------------------ */

typedef struct ref_path_config {
  double instruments;
  double max_orders;         /* book: orders, price levels */
  double max_levels;
  double window_packets;
  double window_ns;
  double order_slots;
  double epoch;              /* run number of the session date, part of every ClOrdID */
  double next_out;           /* MsgSeqNum of the first order */
  double journal_bytes;      /* data of the journal ring, a power of two */
  double extended_hours;     /* 1: from S 'S' to its end the market counts as open */
  double is_live;            /* 1: time is the TSC, from now_ns on; 0: the packets' */
  /* gate */
  double max_open_orders;
  double max_exposure_cents;
  double max_loss;
  double orders_per_s;
  double orders_burst;
  double cancels_per_s;
  double cancels_burst;
  double deny_self_match;
  double short_marking;
  /* market maker, as in src/strategy/maker.ts */
  double size_shares;
  double spread_ticks;
  double skew_ticks;
  double max_inventory_shares;
  double requote_ticks;
  double refresh_ms;
  double mark_short;
  /* venue: every so many new orders (replaces) are filled after their acknowledgement, 0 = none;
   * every so many of these fills take half of what is open (rounded down), the others all of it */
  double fill_new_every;
  double fill_replace_every;
  double half_fill_every;
} ref_path_config;

/* Figures since the open. */
typedef struct ref_path_figures {
  double now_ns;
  double next_seq;           /* of the feed */
  double packets;
  double duplicates;         /* packets */
  double messages;
  double news;               /* order messages sent */
  double replaces;
  double cancels;
  double denied;             /* by the gate, all codes */
  double fills;
  double live_orders;
  double position_abs;       /* sum of |position| */
  double pnl_steps;          /* 1/10000 of the currency */
  double exposure_cents;
  double killed;             /* 1: the loss limit was passed */
  double sent_bytes;
  double journal_head;       /* bytes written to the ring */
} ref_path_figures;

/* The strategy has started when this returns: its first timer counts from now_ns. */
void *ref_path_open(const ref_path_config *config, const ref_fix_config *fix,
                    const ref_instrument *instruments, const uint8_t *texts,
                    const uint32_t *segments, double now_ns);
/* Takes `count` packets: four doubles each, offset in `bytes`, length, line (not read: a copy is a
 * copy), time in ns. After each packet the venue answers and timers run, until nothing more is
 * sent. What is sent is appended to `out` (NULL: not kept). Returns the bytes appended, or REF_E*:
 * then the path is not to be used. */
double ref_path_run(void *path, const uint8_t *bytes, const double *packets, int32_t count,
                    uint8_t *out, double capacity);
/* HP_HIST_BUCKETS counters, buckets as in src/core/histogram.ts: one value an order message, from
 * the TSC behind the burst to the TSC before the send; orders sent while the venue answers do not
 * count, as in TypeScript. */
uint32_t *ref_path_latency(void *path);
/* The bucket of a duration. */
int32_t ref_bucket_of(double ns);
void ref_path_figures_read(void *path, ref_path_figures *out);
/* The journal ring: an hp_journal (hairpin.h) and its data, readable as the engine's own. */
uint8_t *ref_path_journal(void *path);
/* n checks of one new order by the gate as it stands, step_ns apart from now_ns on; returns how
 * many passed. n = 1: returns 0 or the DENY_* code. An order that passes takes a rate token. */
int32_t ref_gate_check(void *path, int32_t instrument, int32_t side, int32_t qty, int32_t px,
                       int32_t flags, double now_ns, double step_ns, int32_t n);
void ref_path_close(void *path);

/* ---- loops around a backend ------------------------------------------------------------------- */

/* Address of a function of a shared object (hp_packet_rx_burst, ...), 0 = there is none. Texts end with
 * a NUL. One that this process has open is the same one. */
double ref_symbol(const uint8_t *library, const uint8_t *name);
/* `count` polls of a Port; packets that came. */
int32_t ref_port_idle(double rx_burst, int32_t port, int32_t count);
/* `count` times: sends the frame of `length` bytes at the start of the transmit arena of one Port, polls
 * the other until something comes, reads its length, gives it back. `count`, or a status. */
int32_t ref_port_through(double tx, int32_t from, int32_t length, double rx_burst, double rx_release,
                         int32_t to, double desc, int32_t count);
/* The same over an hp_ring. */
int32_t ref_ring_through(double ring_tx, double payload, int32_t length, double rx_burst,
                         double rx_release, int32_t from, int32_t to, double desc, int32_t count);

/* Bytes of ref_instrument, ref_fix_config, ref_path_config and ref_path_figures, by number; a
 * caller that reads their fields elsewhere holds its count against it. */
int32_t ref_struct_bytes(int32_t which);

/* The journal's check of src/journal/check.ts, over record words. */
int32_t ref_record_check(const uint32_t *words, int32_t count);

#pragma GCC visibility pop

#endif
