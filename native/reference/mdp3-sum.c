/* The MDP 3.0 decoder alone, behind which a sum is kept: every SecurityID is known as instrument 0. */
#include "mdp3.h"

#include "reference.h"

typedef struct sum_sink {
  int32_t entries;
  int mid_event;
  uint32_t sum;
  double px;
  int is_found; /* the id that was looked up last, in this packet */
  int32_t found_id;
} sum_sink;

/* Prices as doubles, as ours has them; a null has a term of its own. */
static inline uint32_t px_terms(sum_sink *s, int64_t px, uint32_t factor) {
  if (UNLIKELY(px == MDP3_PX_NULL)) return 99 * factor;
  s->px += (double)px * factor;
  return 0;
}

static inline int32_t sum_find(sum_sink *s, int32_t id) {
  if (!s->is_found || s->found_id != id) s->sum += 3 * (uint32_t)id;
  s->is_found = 1;
  s->found_id = id;
  return 0;
}
static inline void sum_level(sum_sink *s, int32_t i, uint32_t rpt, uint8_t action, uint8_t type,
                             uint8_t level, int64_t px, int exponent, int32_t qty,
                             int32_t orders) {
  s->sum += 1 + (uint32_t)i + 5 * rpt + 7u * action + 9u * type + 11u * level + px_terms(s, px, 13) +
            17 * (uint32_t)qty + 19 * (uint32_t)orders + 21 * (uint32_t)exponent;
}
static inline void sum_trade(sum_sink *s, int32_t i, uint32_t rpt, uint8_t action, int64_t px,
                             int exponent, int32_t qty, uint8_t aggressor) {
  s->sum += 2 + (uint32_t)i + 5 * rpt + 7u * action + px_terms(s, px, 13) + 17 * (uint32_t)qty +
            19u * aggressor + 21 * (uint32_t)exponent;
}
static inline void sum_volume(sum_sink *s, int32_t i, uint32_t rpt, uint8_t action, int32_t qty) {
  s->sum += 3 + (uint32_t)i + 5 * rpt + 7u * action + 17 * (uint32_t)qty;
}
static inline void sum_statistic(sum_sink *s, int32_t i, uint32_t rpt, uint8_t action,
                                 uint8_t type, int64_t px, int exponent, int32_t qty) {
  s->sum += 4 + (uint32_t)i + 5 * rpt + 7u * action + 9u * type + px_terms(s, px, 13) +
            17 * (uint32_t)qty + 21 * (uint32_t)exponent;
}
static inline void sum_limits(sum_sink *s, int32_t i, uint32_t rpt, int64_t high, int64_t low,
                              int exponent) {
  s->sum += 5 + (uint32_t)i + 5 * rpt + px_terms(s, high, 13) + px_terms(s, low, 17) +
            21 * (uint32_t)exponent;
}
static inline void sum_status(sum_sink *s, int32_t i, uint8_t status) {
  s->sum += 6 + (uint32_t)i + 5u * status;
}
static inline void sum_reset(sum_sink *s) { s->sum += 7; }
static inline void sum_refuse(sum_sink *s) { s->sum += 8; }
static inline void sum_packet(sum_sink *s, uint32_t seq) {
  s->is_found = 0;
  s->sum += seq;
}
static inline void sum_flush(sum_sink *s) { s->sum += 9; }

#define MDP3_SINK sum_sink
#define MDP3_FN(name) sum_##name
#include "mdp3-decode.h"

static sum_sink sink;

int32_t ref_mdp3_decode(const uint8_t *bytes, double length) {
  sink.sum = 0;
  sink.px = 0;
  sink.mid_event = 0;
  return sum_run(&sink, bytes, length);
}

uint32_t ref_mdp3_decode_sum(void) { return sink.sum; }

double ref_mdp3_decode_px(void) { return sink.px; }
