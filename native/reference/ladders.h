/* Price levels: each side of each instrument owns a region of rungs with its levels in order, the
 * BEST LAST, so that the best is O(1) and moves are short where the action is. A level keeps its
 * place while it lives: an order names its level, and a reduction needs no search.
 *
 *   rung:   key level              key = px for bids, -px for asks
 *   side:   instrument * 2, + 1 for asks
 *   region: | worst .... third second BEST .... spare |
 *             start                        end
 *
 * A region that is full moves to one of twice the size; the old one goes on the free list of its
 * size. Rung 0 and level 0 are nobody's. */
#ifndef REFERENCE_LADDERS_H
#define REFERENCE_LADDERS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

/* as src/book/market-events.ts */
#define CHANGED_BID 1u
#define CHANGED_BEST 4u
#define CHANGED_DEPTH 8u

#define NO_LEVEL 0u
#define REGION_RUNGS 8u
#define SIZE_CLASSES 28
/* Levels looked at one by one from the best before the search halves. */
#define NEAR_RUNGS 6u

typedef struct level {
  int32_t key;
  uint32_t side;
  uint32_t orders;
  uint32_t next; /* free list */
  int64_t qty;
  uint64_t pad;
} level;

typedef struct rung {
  int32_t key;
  uint32_t level;
} rung;

typedef struct side_row {
  uint32_t start; /* 0 = no region yet */
  uint32_t end;
  uint32_t size_class;
  uint32_t pad;
} side_row;

typedef struct ladders {
  side_row *side;
  level *level;
  rung *rung;
  uint32_t sides;
  uint32_t level_count;
  uint32_t rung_count;
  uint32_t used_levels;
  uint32_t used_rungs;
  uint32_t free_level;
  uint32_t free_region[SIZE_CLASSES];
  uint32_t changed; /* by the last add, change or remove: CHANGED_BEST or CHANGED_DEPTH */
} ladders;

int ladders_open(ladders *l, uint32_t sides, uint32_t capacity);
void ladders_clear(ladders *l);
void ladders_close(ladders *l);
/* A new level with one order at rung `at` of a side, or NO_LEVEL. */
uint32_t ladders_insert(ladders *l, uint32_t side, int32_t key, int32_t qty, uint32_t at);

/* The first rung of a side whose key is not below `key` (end = none). */
static inline uint32_t ladders_locate(const ladders *l, const side_row *s, int32_t key) {
  uint32_t low = s->start, high = s->end;
  uint32_t far = high - low > NEAR_RUNGS ? high - NEAR_RUNGS : low;
  for (; high > far; high--)
    if (l->rung[high - 1].key < key) return high;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (l->rung[middle].key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/* Whether a level is the best is arithmetic and not a branch: it can't be predicted. */
static inline void ladders_change(ladders *l, level *at, int64_t qty) {
  const side_row *s = &l->side[at->side];
  at->qty += qty;
  l->changed = CHANGED_BEST << (at->key < l->rung[s->end - 1].key);
}

/* Adds one order of `qty` at a key. Its level, or NO_LEVEL when there is no room. */
static inline uint32_t ladders_add(ladders *l, uint32_t side, int32_t key, int32_t qty) {
  const side_row *s = &l->side[side];
  uint32_t at = ladders_locate(l, s, key);
  if (at == s->end || l->rung[at].key != key) return ladders_insert(l, side, key, qty, at);
  uint32_t found = l->rung[at].level;
  l->level[found].orders++;
  ladders_change(l, &l->level[found], qty);
  return found;
}

/* Takes an order of `qty` away from a level; one without orders is gone. */
static inline void ladders_remove(ladders *l, uint32_t which, int32_t qty) {
  level *at = &l->level[which];
  ladders_change(l, at, -(int64_t)qty);
  if (--at->orders != 0) return;
  side_row *s = &l->side[at->side];
  uint32_t i = ladders_locate(l, s, at->key);
  for (s->end--; i < s->end; i++) l->rung[i] = l->rung[i + 1];
  at->next = l->free_level;
  l->free_level = which;
}

static inline uint32_t ladders_depth(const ladders *l, uint32_t side) {
  return l->side[side].end - l->side[side].start;
}

/* The best level of a side, or NULL. */
static inline const level *ladders_best(const ladders *l, uint32_t side) {
  const side_row *s = &l->side[side];
  return s->end == s->start ? NULL : &l->level[l->rung[s->end - 1].level];
}

/* Price of the best level, 0 = none. */
static inline int32_t ladders_bid(const ladders *l, uint32_t instrument) {
  const side_row *s = &l->side[2 * instrument];
  return s->end == s->start ? 0 : l->rung[s->end - 1].key;
}
static inline int32_t ladders_ask(const ladders *l, uint32_t instrument) {
  const side_row *s = &l->side[2 * instrument + 1];
  return s->end == s->start ? 0 : -l->rung[s->end - 1].key;
}

#endif
