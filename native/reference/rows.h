/* Orders of the books by 64-bit reference.
 *
 *   | home rows: one per value of reference & mask .......... | spare rows: `capacity` ........ |
 *     first order of each home, inline -- next --> spare -- next --> spare
 *
 * References grow by one, so that neighbours lie side by side and nearly every order is found in
 * its home row: half a cache line. Others of the same home are chained in spare rows. Deleting a
 * home order moves the next of its chain in: a row number is good until the next remove. */
#ifndef REFERENCE_ROWS_H
#define REFERENCE_ROWS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NO_ROW UINT32_MAX

typedef struct row {
  uint64_t ref;
  uint32_t next;
  uint32_t level; /* of ladders.h, never 0; 0 = the row is empty */
  int32_t qty;
  uint32_t stamp; /* grows with each add: time priority */
  uint32_t pad[2];
} row;

typedef struct rows {
  row *row;
  uint32_t capacity;
  uint32_t count;
  uint32_t mask;
  uint32_t shift;
  uint32_t first_spare;
  uint32_t free;
  uint32_t untouched;
  uint32_t stamp;
} rows;

static inline int rows_open(rows *t, uint32_t capacity) {
  uint32_t size = 16, bits = 4;
  while (size < capacity) size *= 2, bits++;
  *t = (rows){.capacity = capacity, .mask = size - 1, .shift = bits, .first_spare = size};
  t->free = NO_ROW;
  t->untouched = size;
  size_t bytes = sizeof(row) * ((size_t)size + capacity);
  t->row = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
  if (t->row == NULL) return 0;
  memset(t->row, 0, bytes);
  return 1;
}

static inline void rows_clear(rows *t) {
  memset(t->row, 0, sizeof(row) * t->untouched);
  t->free = NO_ROW;
  t->untouched = t->first_spare;
  t->count = 0;
  t->stamp = 0;
}

static inline uint32_t rows_home(const rows *t, uint64_t ref) {
  uint32_t low = (uint32_t)ref;
  /* The high half is mixed in without disturbing neighbours (golden ratio, odd). */
  uint32_t high = (uint32_t)(ref >> 32) * 0x9e3779b1u;
  return (low ^ (low >> (t->shift & 31)) ^ high) & t->mask;
}

static inline uint32_t rows_find(const rows *t, uint64_t ref) {
  uint32_t at = rows_home(t, ref);
  if (t->row[at].level == 0) return NO_ROW;
  while (at != NO_ROW && t->row[at].ref != ref) at = t->row[at].next;
  return at;
}

/* The reference is not in use, and there is room. */
static inline void rows_insert(rows *t, uint64_t ref, uint32_t at_level, int32_t qty) {
  uint32_t at = rows_home(t, ref);
  uint32_t next = NO_ROW;
  if (t->row[at].level != 0) {
    uint32_t home = at;
    at = t->free;
    if (at != NO_ROW) t->free = t->row[at].next;
    else at = t->untouched++;
    next = t->row[home].next;
    t->row[home].next = at;
  }
  row *r = &t->row[at];
  r->ref = ref;
  r->next = next;
  r->level = at_level;
  r->qty = qty;
  r->stamp = ++t->stamp;
  t->count++;
}

static inline void rows_release(rows *t, uint32_t at) {
  t->row[at].level = 0;
  t->row[at].next = t->free;
  t->free = at;
}

static inline void rows_remove(rows *t, uint32_t at) {
  row *r = &t->row[at];
  t->count--;
  uint32_t next = r->next;
  if (at < t->first_spare) {
    if (next == NO_ROW) {
      r->level = 0;
      return;
    }
    *r = t->row[next];
    rows_release(t, next);
    return;
  }
  uint32_t before = rows_home(t, r->ref);
  while (t->row[before].next != at) before = t->row[before].next;
  t->row[before].next = next;
  rows_release(t, at);
}

#endif
