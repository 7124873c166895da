/* The rarer half of the price levels: opening one, and growing a side. */
#include "ladders.h"

int ladders_open(ladders *l, uint32_t sides, uint32_t capacity) {
  memset(l, 0, sizeof *l);
  l->sides = sides;
  l->level_count = capacity + 1;
  /* Four rungs a level: regions are half full at worst when they grow, and leave smaller ones. */
  l->rung_count = 1 + 4 * capacity + 2 * REGION_RUNGS * sides;
  l->side = calloc(sides, sizeof(side_row));
  size_t bytes = sizeof(level) * l->level_count;
  l->level = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
  l->rung = calloc(l->rung_count, sizeof(rung));
  if (l->side == NULL || l->level == NULL || l->rung == NULL) {
    ladders_close(l);
    return 0;
  }
  memset(l->level, 0, bytes);
  memset(l->rung, 0, sizeof(rung) * l->rung_count);
  l->used_levels = 1;
  l->used_rungs = 1;
  return 1;
}

void ladders_clear(ladders *l) {
  memset(l->side, 0, sizeof(side_row) * l->sides);
  memset(l->free_region, 0, sizeof l->free_region);
  l->used_levels = 1;
  l->used_rungs = 1;
  l->free_level = 0;
}

void ladders_close(ladders *l) {
  free(l->side);
  free(l->level);
  free(l->rung);
}

static uint32_t take_region(ladders *l, uint32_t size_class) {
  uint32_t start = l->free_region[size_class];
  if (start != 0) {
    l->free_region[size_class] = l->rung[start].level;
    return start;
  }
  uint64_t used = l->used_rungs + ((uint64_t)REGION_RUNGS << size_class);
  if (used > l->rung_count) return 0;
  start = l->used_rungs;
  l->used_rungs = (uint32_t)used;
  return start;
}

/* Moves a side to a region of twice the size; 0 when the pool has none. */
static int grow(ladders *l, side_row *s) {
  uint32_t old = s->start, old_class = s->size_class, used = s->end - s->start;
  uint32_t size_class = old == 0 ? 0 : old_class + 1;
  uint32_t start = take_region(l, size_class);
  if (start == 0) return 0;
  memcpy(&l->rung[start], &l->rung[old], used * sizeof(rung));
  if (old != 0) {
    l->rung[old].level = l->free_region[old_class];
    l->free_region[old_class] = old;
  }
  s->start = start;
  s->end = start + used;
  s->size_class = size_class;
  return 1;
}

uint32_t ladders_insert(ladders *l, uint32_t side, int32_t key, int32_t qty, uint32_t at) {
  if (l->free_level == 0 && l->used_levels == l->level_count) return NO_LEVEL;
  side_row *s = &l->side[side];
  if (s->start == 0 || s->end - s->start == REGION_RUNGS << s->size_class) {
    uint32_t rank = at - s->start;
    if (!grow(l, s)) return NO_LEVEL;
    at = s->start + rank;
  }
  uint32_t which = l->free_level;
  if (which != 0) l->free_level = l->level[which].next;
  else which = l->used_levels++;
  for (uint32_t i = s->end; i > at; i--) l->rung[i] = l->rung[i - 1];
  l->rung[at] = (rung){key, which};
  l->changed = CHANGED_BEST << (at < s->end);
  s->end++;
  l->level[which] = (level){.key = key, .side = side, .orders = 1, .qty = qty};
  return which;
}
