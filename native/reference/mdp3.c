/* Books of MDP 3.0 by position, as src/book/mdp3-books.ts keeps them, but for what a file without
 * losses does not need: snapshots, orders, definitions. A hole in an instrument's RptSeq makes its
 * book wait for ever. */
#include "mdp3.h"

#include <stdlib.h>

#include "reference.h"

#define SIDES 4
#define DEPTH 10
#define IMPLIED_DEPTH 2
#define TRADES_MAX 1024
#define STATS 16
#define EXPONENTS 2

/* states, as src/book/rpt-recovery.ts */
#define SOUND 0
#define DOUBTED 1
#define WAITING 2
#define LOOSE 3

/* as src/book/market-events.ts */
#define CHANGED_BID 1u
#define CHANGED_BEST 4u
#define CHANGED_DEPTH 8u
#define CHANGED_ALL 15u

typedef struct level {
  int32_t px;
  int32_t qty;
  int32_t orders;
} level;

typedef struct ladder {
  uint32_t count;
  uint32_t limit;
  level level[DEPTH];
} ladder;

typedef struct market {
  ladder side[SIDES];
  double divisor[EXPONENTS]; /* mantissas of a unit */
  int32_t last; /* RptSeq applied, and seen */
  int32_t seen;
  double volume;
  double stat[STATS];
  int32_t last_px;
  int32_t last_qty;
  uint8_t state;
  uint8_t is_inexact;
  uint8_t is_unproven; /* sound, since an update followed, and no more than that */
  uint8_t changed; /* CHANGED_*; 0 = not in the list */
} market;

typedef struct trade {
  int32_t instrument;
  int32_t px;
  int32_t qty;
  int32_t aggressor;
} trade;

typedef struct books {
  int32_t entries;
  int mid_event;
  int is_loose;
  int is_begun;
  int32_t count;
  market *market;
  int32_t *changed;
  int32_t changed_count;
  int32_t trade_count;
  trade trades[TRADES_MAX];
  uint64_t events; /* told at flushes */
  uint64_t misfits;
  uint64_t inexact;
  uint32_t id_mask;
  int32_t *ids; /* id, instrument + 1; open addressing */
  int32_t found_id;
  int32_t found;
} books;

/* ---- instruments ----------------------------------------------------------------------------- */

static uint32_t probe(const books *b, int32_t id) {
  for (uint32_t at = ((uint32_t)id * 0x9e3779b1u) >> 7;; at++) {
    at &= b->id_mask;
    if (b->ids[2 * at + 1] == 0 || b->ids[2 * at] == id) return 2 * at;
  }
}

static inline int32_t book_find(books *b, int32_t id) {
  if (b->found == -2 || id != b->found_id) {
    b->found_id = id;
    b->found = b->ids[probe(b, id) + 1] - 1;
  }
  return b->found;
}

static inline void touch(books *b, int32_t i, uint32_t bits) {
  market *m = &b->market[i];
  if (m->changed == 0) b->changed[b->changed_count++] = i;
  m->changed |= (uint8_t)bits;
}

static void empty(books *b, int32_t i) {
  for (int k = 0; k < SIDES; k++) b->market[i].side[k].count = 0;
  b->market[i].is_inexact = 0;
  touch(b, i, CHANGED_ALL);
}

/* Its numbers begin behind `rpt`. */
static void anew(market *m, int32_t rpt) {
  m->seen = m->last = rpt;
  m->is_unproven = 0;
}

static void distrust(books *b, int32_t i) {
  market *m = &b->market[i];
  if (m->state != LOOSE) {
    if (m->state == DOUBTED) anew(m, 0);
    m->state = WAITING;
  }
  touch(b, i, CHANGED_ALL);
}

/* ---- numbers --------------------------------------------------------------------------------- */

#define OLD (-1)
#define KEEP 0
#define APPLY 1

/* Number 1: the book was empty. */
static int first(books *b, int32_t i) {
  market *m = &b->market[i];
  empty(b, i);
  anew(m, 1);
  m->state = SOUND;
  return APPLY;
}

/* An update that does not simply follow, of a book that is not simply sound. */
static int stray(books *b, int32_t i, int32_t rpt) {
  market *m = &b->market[i];
  if (rpt == m->seen + 1) {
    m->seen = rpt;
    if (rpt == 1) return first(b, i);
    if (m->state == WAITING) return KEEP;
    m->last = rpt;
    if (m->state == DOUBTED) {
      m->state = SOUND;
      m->is_unproven = 1;
    }
    return APPLY;
  }
  if (rpt <= m->seen && rpt >= 0) {
    int is_sure = m->state == SOUND && !m->is_unproven;
    if (is_sure || m->state == LOOSE || rpt == 0) return OLD;
    if (rpt == 1) return first(b, i);
    anew(m, 0);
    m->seen = rpt;
    m->state = WAITING;
    return KEEP;
  }
  if (rpt < 0) {
    if (m->state == LOOSE) return OLD;
    if (m->state == DOUBTED) anew(m, 0);
    m->state = WAITING;
    return OLD;
  }
  m->seen = rpt;
  if (m->state == LOOSE) {
    m->last = rpt;
    return APPLY;
  }
  m->state = WAITING;
  return KEEP;
}

/* What to do with an update. */
static inline int advance(books *b, int32_t i, uint32_t wire) {
  market *m = &b->market[i];
  int32_t rpt = (int32_t)wire;
  if (rpt != m->seen + 1 || m->state != SOUND) return stray(b, i, rpt);
  m->seen = rpt;
  m->last = rpt;
  return APPLY;
}

/* Price in units. exact: it divides and fits. */
static inline int32_t units_of(const market *m, int64_t px, int exponent, int *exact) {
  double mantissa = (double)px, divisor = m->divisor[exponent];
  double units = mantissa / divisor;
  int32_t rounded = units > -2147483649.0 && units < 2147483648.0 ? (int32_t)units : 0;
  *exact = rounded * divisor == mantissa && px <= 9007199254740991 && px >= -9007199254740991;
  return rounded;
}

/* ---- levels ---------------------------------------------------------------------------------- */

static inline int insert(ladder *l, uint32_t position, level fresh) {
  if (position < 1 || position > l->count + 1 || position > l->limit) return 0;
  uint32_t kept = l->count < l->limit ? l->count : l->limit - 1;
  for (uint32_t k = kept; k >= position; k--) l->level[k] = l->level[k - 1];
  l->level[position - 1] = fresh;
  l->count = kept + 1;
  return 1;
}

static inline int removed(ladder *l, uint32_t from, uint32_t to) {
  if (from < 1 || to > l->count || from > to) return 0;
  uint32_t gone = to - from + 1;
  for (uint32_t k = from - 1; k + gone < l->count; k++) l->level[k] = l->level[k + gone];
  l->count -= gone;
  return 1;
}

/* A level stands between worse and better prices. */
static inline int is_ordered(const ladder *l, int side, uint32_t at) {
  int64_t sign = side & 1 ? -1 : 1, px = l->level[at - 1].px * sign;
  if (at > 1 && l->level[at - 2].px * sign <= px) return 0;
  return at >= l->count || l->level[at].px * sign < px;
}

static inline int change(ladder *l, int side, uint8_t action, uint32_t at, level fresh,
                         int has_px) {
  int is_there = at >= 1 && at <= l->count;
  switch (action) {
    case 0: return insert(l, at, fresh) && is_ordered(l, side, at);
    case 1:
      if (!is_there || l->level[at - 1].px != fresh.px) return 0;
      l->level[at - 1] = fresh;
      return 1;
    case 2:
      if (!is_there || (has_px && l->level[at - 1].px != fresh.px)) return 0;
      return removed(l, at, at);
    case 3: return removed(l, 1, at);
    case 4: return removed(l, at, l->count);
    case 5:
      if (at > l->count) return insert(l, at, fresh) && is_ordered(l, side, at);
      if (at < 1) return 0;
      l->level[at - 1] = fresh;
      return is_ordered(l, side, at);
    default: return 0;
  }
}

static inline int side_of(uint8_t type) {
  switch (type) {
    case '0': return 0;
    case '1': return 1;
    case 'E': return 2;
    case 'F': return 3;
    case 'J': return 4;
    default: return 5;
  }
}

static inline void book_level(books *b, int32_t i, uint32_t rpt, uint8_t action, uint8_t type,
                              uint8_t at, int64_t px, int exponent, int32_t qty, int32_t orders) {
  market *m = &b->market[i];
  if (advance(b, i, rpt) != APPLY) return;
  int side = side_of(type);
  if (side == 5) return;
  if (side == 4) {
    empty(b, i);
    return;
  }
  level fresh = {0, qty, orders == MDP3_QTY_NULL ? 0 : orders};
  int exact = 1, has_px = px != MDP3_PX_NULL;
  if (action != 3 && action != 4) {
    fresh.px = units_of(m, px, exponent, &exact);
    if (action != 2) exact = exact && qty >= 0 && qty != MDP3_QTY_NULL;
    else if (!has_px) exact = 1;
  }
  if (UNLIKELY(!exact)) {
    b->inexact++;
    m->is_inexact = 1;
    distrust(b, i);
  } else if (UNLIKELY(!change(&m->side[side], side, action, at, fresh, has_px))) {
    b->misfits++;
    distrust(b, i);
  } else {
    uint32_t rank = at == 1 && side < 2 ? CHANGED_BEST : CHANGED_DEPTH;
    touch(b, i, CHANGED_BID << (side & 1) | rank);
  }
}

/* ---- the rest -------------------------------------------------------------------------------- */

static void book_trade(books *b, int32_t i, uint32_t rpt, uint8_t action, int64_t px, int exponent,
                       int32_t qty, uint8_t aggressor) {
  market *m = &b->market[i];
  int exact;
  if (advance(b, i, rpt) == OLD || action != 0) return;
  int32_t units = units_of(m, px, exponent, &exact);
  if (!exact || qty <= 0 || qty == MDP3_QTY_NULL) return;
  m->volume += qty;
  m->last_px = units;
  m->last_qty = qty;
  if (b->trade_count == TRADES_MAX) return;
  int32_t side = aggressor == 1 ? 1 : aggressor == 2 ? -1 : 0;
  b->trades[b->trade_count++] = (trade){i, units, qty, side};
}

static void book_volume(books *b, int32_t i, uint32_t rpt, uint8_t action, int32_t qty) {
  market *m = &b->market[i];
  (void)action;
  if (advance(b, i, rpt) != OLD && qty >= 0 && qty != MDP3_QTY_NULL) m->volume = qty;
}

static void book_statistic(books *b, int32_t i, uint32_t rpt, uint8_t action, uint8_t type,
                           int64_t px, int exponent, int32_t qty) {
  market *m = &b->market[i];
  int exact;
  (void)action;
  (void)qty;
  if (advance(b, i, rpt) == OLD) return;
  int32_t units = units_of(m, px, exponent, &exact);
  m->stat[type & (STATS - 1)] = exact ? units : 0;
}

static void book_limits(books *b, int32_t i, uint32_t rpt, int64_t high, int64_t low,
                        int exponent) {
  market *m = &b->market[i];
  int exact;
  if (advance(b, i, rpt) == OLD) return;
  m->stat[1] = units_of(m, high, exponent, &exact);
  m->stat[2] = units_of(m, low, exponent, &exact);
}

static void book_status(books *b, int32_t i, uint8_t status) {
  (void)status;
  if (i >= 0) b->events++;
}

static void restart(books *b, int32_t i) {
  empty(b, i);
  b->market[i].state = SOUND;
  anew(&b->market[i], 0);
}

static void book_reset(books *b) {
  for (int32_t i = 0; i < b->count; i++) restart(b, i);
}

static void book_refuse(books *b) {
  b->mid_event = 0;
  for (int32_t i = 0; i < b->count; i++) {
    if (b->market[i].state == WAITING) anew(&b->market[i], 0);
    if (b->market[i].state != SOUND) continue;
    b->market[i].state = DOUBTED;
    touch(b, i, CHANGED_ALL);
  }
}

static void book_packet(books *b, uint32_t seq) {
  b->found = -2;
  if (b->is_begun) return;
  b->is_begun = 1;
  if (seq == 1) book_reset(b);
}

static void book_flush(books *b) {
  b->events += (uint64_t)b->trade_count + (uint64_t)b->changed_count;
  b->trade_count = 0;
  for (int32_t k = 0; k < b->changed_count; k++) b->market[b->changed[k]].changed = 0;
  b->changed_count = 0;
}

#define MDP3_SINK books
#define MDP3_FN(name) book_##name
#include "mdp3-decode.h"

/* ---- handles --------------------------------------------------------------------------------- */

int32_t ref_mdp3_clear(void *handle) {
  books *b = handle;
  for (int32_t i = 0; i < b->count; i++) {
    restart(b, i);
    b->market[i].state = b->is_loose ? LOOSE : WAITING;
  }
  book_flush(b);
  b->is_begun = 0;
  b->mid_event = 0;
  return 0;
}

void ref_mdp3_close(void *handle) {
  books *b = handle;
  if (b == NULL) return;
  free(b->market);
  free(b->changed);
  free(b->ids);
  free(b);
}

void *ref_mdp3_open(int32_t instruments, int32_t is_loose) {
  books *b = calloc(1, sizeof *b);
  if (b == NULL || instruments < 1) return NULL;
  uint32_t size = 1024;
  while (size < 4 * (uint32_t)instruments) size *= 2;
  b->id_mask = size - 1;
  b->count = instruments;
  b->is_loose = is_loose != 0;
  b->market = calloc((size_t)instruments, sizeof *b->market);
  b->changed = calloc((size_t)instruments, sizeof *b->changed);
  b->ids = calloc(size, 2 * sizeof *b->ids);
  if (b->market == NULL || b->changed == NULL || b->ids == NULL) {
    ref_mdp3_close(b);
    return NULL;
  }
  for (int32_t i = 0; i < instruments; i++)
    for (int k = 0; k < SIDES; k++)
      b->market[i].side[k].limit = k < 2 ? DEPTH : IMPLIED_DEPTH;
  ref_mdp3_clear(b);
  return b;
}

int32_t ref_mdp3_map(void *handle, int32_t id, int32_t i, double nine, double seven) {
  books *b = handle;
  if (i < 0 || i >= b->count) return REF_EINVAL;
  uint32_t at = probe(b, id);
  b->ids[at] = id;
  b->ids[at + 1] = i + 1;
  b->market[i].divisor[MDP3_NINE] = nine;
  b->market[i].divisor[MDP3_SEVEN] = seven;
  return 0;
}

int32_t ref_mdp3_run(void *handle, const uint8_t *bytes, double length) {
  return book_run(handle, bytes, length);
}

int32_t ref_mdp3_dump(void *handle, double *out, int32_t capacity) {
  const books *b = handle;
  int32_t n = 0;
  for (int32_t i = 0; i < b->count; i++) {
    const market *m = &b->market[i];
    if (capacity - n < 6 + SIDES * (1 + 3 * DEPTH)) return REF_ESPACE;
    out[n++] = m->state;
    out[n++] = m->is_inexact;
    out[n++] = m->last;
    out[n++] = m->volume;
    out[n++] = m->last_px;
    out[n++] = m->last_qty;
    for (int k = 0; k < SIDES; k++) {
      out[n++] = m->side[k].count;
      for (uint32_t l = 0; l < m->side[k].count; l++) {
        out[n++] = m->side[k].level[l].px;
        out[n++] = m->side[k].level[l].qty;
        out[n++] = m->side[k].level[l].orders;
      }
    }
  }
  return n;
}

double ref_mdp3_events(void *handle) { return (double)((books *)handle)->events; }
