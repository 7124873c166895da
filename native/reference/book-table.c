/* The books' memory and instruments, and the books of a file as the caller sees them. */
#include <stdio.h>

#include "book.h"
#include "reference.h"

static uint32_t *probe(const book *b, uint64_t symbol) {
  uint32_t high = (uint32_t)(symbol >> 32), low = (uint32_t)symbol;
  uint32_t at = (high * 0x9e3779b1u ^ low * 0x85ebca6bu) >> 7;
  for (;; at++) {
    uint32_t *entry = &b->symbols[at & b->symbol_mask];
    if (*entry == 0 || b->market[*entry - 1].symbol == symbol) return entry;
  }
}

int32_t book_find(const book *b, uint64_t symbol) { return (int32_t)*probe(b, symbol) - 1; }

int32_t book_add(book *b, uint64_t symbol, int32_t divisor, int32_t factor) {
  if (b->count == b->capacity) return -1;
  uint32_t i = b->count++;
  b->market[i] = (market){.symbol = symbol, .divisor = divisor, .factor = factor};
  *probe(b, symbol) = i + 1;
  return (int32_t)i;
}

book *book_open(uint32_t instruments, uint32_t max_orders, uint32_t max_levels) {
  book *b = calloc(1, sizeof *b);
  if (b == NULL) return NULL;
  uint32_t size = 16;
  while (size < 2 * instruments) size *= 2;
  b->capacity = instruments;
  b->symbol_mask = size - 1;
  b->symbols = calloc(size, sizeof *b->symbols);
  b->market = calloc(instruments, sizeof *b->market);
  b->changed = calloc(instruments, sizeof *b->changed);
  b->status_changed = calloc(instruments, sizeof *b->status_changed);
  int ok = b->symbols && b->market && b->changed && b->status_changed;
  ok = rows_open(&b->rows, max_orders) && ok;
  ok = ladders_open(&b->ladders, 2 * instruments, max_levels) && ok;
  if (ok) return b;
  book_close(b);
  return NULL;
}

void book_close(book *b) {
  if (b == NULL) return;
  free(b->rows.row);
  ladders_close(&b->ladders);
  free(b->symbols);
  free(b->market);
  free(b->changed);
  free(b->status_changed);
  free(b);
}

void book_clear(book *b) {
  rows_clear(&b->rows);
  ladders_clear(&b->ladders);
  memset(b->locates, 0, sizeof b->locates);
  for (uint32_t i = 0; i < b->count; i++) {
    market *m = &b->market[i];
    *m = (market){.symbol = m->symbol, .divisor = m->divisor, .factor = m->factor};
  }
  b->closed = 0;
  b->changed_count = b->status_count = b->trade_count = 0;
}

/* ---- books of a file ------------------------------------------------------------------------- */

#define INSTRUMENTS_MAX 65536

void *ref_book_open(int32_t max_orders, int32_t max_levels) {
  if (max_orders < 1 || max_levels < 1) return NULL;
  book *b = book_open(INSTRUMENTS_MAX, (uint32_t)max_orders, (uint32_t)max_levels);
  if (b != NULL) b->is_wild = 1;
  return b;
}

/* Trades, statuses, then books: nobody listens, but each is taken off its list. */
static inline void flush(book *b) {
  b->events += b->trade_count;
  b->trade_count = 0;
  for (uint32_t k = 0; k < b->status_count; k++) b->market[b->status_changed[k]].status_changed = 0;
  b->events += b->status_count;
  b->status_count = 0;
  for (uint32_t k = 0; k < b->changed_count; k++) b->market[b->changed[k]].changed = 0;
  b->events += b->changed_count;
  b->changed_count = 0;
}

int32_t ref_book_run(void *handle, const uint8_t *bytes, double length) {
  book *b = handle;
  if (b == NULL || !(length >= 0)) return REF_EINVAL;
  const uint8_t *end = bytes + (uint64_t)length;
  int32_t count = 0;
  for (const uint8_t *at = bytes; at < end; count++) {
    if (end - at < 2 || end - at < 2 + be16(at)) return REF_ECUT;
    uint32_t size = be16(at);
    book_decode(b, at + 2, size);
    flush(b);
    at += 2 + size;
  }
  return count;
}

int32_t ref_book_clear(void *handle) {
  if (handle == NULL) return REF_EINVAL;
  book_clear(handle);
  return 0;
}

static uint64_t live_orders(const ladders *l, uint32_t side) {
  uint64_t live = 0;
  for (uint32_t k = l->side[side].start; k < l->side[side].end; k++)
    live += l->level[l->rung[k].level].orders;
  return live;
}

int32_t ref_book_csv(void *handle, uint8_t *out, int32_t capacity) {
  static const char header[] =
      "locate,symbol,bid_px,bid_sh,bid_n,ask_px,ask_sh,ask_n,live_orders\n";
  static const level none;
  const book *b = handle;
  const ladders *l = &b->ladders;
  int32_t at = (int32_t)sizeof header - 1;
  if (at > capacity) return REF_ESPACE;
  memcpy(out, header, (size_t)at);
  for (int32_t locate = 0; locate < LOCATES; locate++) {
    if (b->locates[locate] <= 0) continue;
    uint32_t i = (uint32_t)b->locates[locate] - 1;
    char symbol[9] = {0};
    uint64_t text = __builtin_bswap64(b->market[i].symbol);
    memcpy(symbol, &text, 8);
    for (int k = 7; k >= 0 && symbol[k] == ' '; k--) symbol[k] = 0;
    const level *bid = ladders_best(l, 2 * i), *ask = ladders_best(l, 2 * i + 1);
    if (bid == NULL) bid = &none;
    if (ask == NULL) ask = &none;
    char line[160];
    int n = snprintf(line, sizeof line, "%d,%s,%d,%lld,%u,%d,%lld,%u,%llu\n", locate, symbol,
                     bid->key, (long long)bid->qty, bid->orders, -ask->key, (long long)ask->qty,
                     ask->orders,
                     (unsigned long long)(live_orders(l, 2 * i) + live_orders(l, 2 * i + 1)));
    if (n > capacity - at) return REF_ESPACE;
    memcpy(out + at, line, (size_t)n);
    at += n;
  }
  return at;
}

void ref_book_close(void *handle) { book_close(handle); }
