/* Tables of ITCH 5.0, and the decoder alone, behind which a sum is kept. */
#include "itch.h"

#include "reference.h"

const uint8_t itch_lengths[256] = {
    ['S'] = 12, ['R'] = 39, ['H'] = 25, ['Y'] = 20, ['L'] = 26, ['V'] = 35, ['W'] = 12, ['K'] = 28,
    ['J'] = 35, ['h'] = 21, ['A'] = 36, ['F'] = 40, ['E'] = 31, ['C'] = 36, ['X'] = 23, ['D'] = 19,
    ['U'] = 35, ['P'] = 44, ['Q'] = 40, ['B'] = 19, ['I'] = 50, ['N'] = 20, ['O'] = 48};

const uint8_t itch_stocks[256] = {['R'] = 11, ['H'] = 11, ['Y'] = 11, ['L'] = 15, ['K'] = 11,
                                  ['J'] = 11, ['h'] = 11, ['A'] = 24, ['F'] = 24, ['P'] = 24,
                                  ['Q'] = 19, ['I'] = 28, ['N'] = 11, ['O'] = 11};

/* Adds up what a sink is told: code + 3 a + 5 b + 7 c ... over the arguments in order, 64-bit ones
 * as two words, high first; the time always last. */
typedef struct sum_sink {
  int32_t locates[LOCATES];
  uint32_t sum;
} sum_sink;

#define HI(x) ((uint32_t)((uint64_t)(x) >> 32))
#define LO(x) ((uint32_t)(x))

static inline void sum_add(sum_sink *s, int32_t i, uint64_t ref, int32_t side, int32_t qty,
                           int32_t px, uint64_t ns) {
  s->sum += 1 + 3 * (uint32_t)i + 5 * HI(ref) + 7 * LO(ref) + 9 * (uint32_t)side +
            11 * (uint32_t)qty + 13 * (uint32_t)px + 15 * HI(ns) + 17 * LO(ns);
}
static inline void sum_execute(sum_sink *s, int32_t i, uint64_t ref, int32_t qty, uint64_t ns) {
  s->sum += 2 + 3 * (uint32_t)i + 5 * HI(ref) + 7 * LO(ref) + 9 * (uint32_t)qty + 11 * HI(ns) +
            13 * LO(ns);
}
static inline void sum_execute_at(sum_sink *s, int32_t i, uint64_t ref, int32_t qty, int32_t px,
                                  int printable, uint64_t ns) {
  s->sum += 3 + 3 * (uint32_t)i + 5 * HI(ref) + 7 * LO(ref) + 9 * (uint32_t)qty +
            11 * (uint32_t)px + 13 * (uint32_t)printable + 15 * HI(ns) + 17 * LO(ns);
}
static inline void sum_reduce(sum_sink *s, int32_t i, uint64_t ref, int32_t qty, uint64_t ns) {
  s->sum += 4 + 3 * (uint32_t)i + 5 * HI(ref) + 7 * LO(ref) + 9 * (uint32_t)qty + 11 * HI(ns) +
            13 * LO(ns);
}
static inline void sum_delete(sum_sink *s, int32_t i, uint64_t ref, uint64_t ns) {
  s->sum += 5 + 3 * (uint32_t)i + 5 * HI(ref) + 7 * LO(ref) + 9 * HI(ns) + 11 * LO(ns);
}
static inline void sum_replace(sum_sink *s, int32_t i, uint64_t old, uint64_t ref, int32_t qty,
                               int32_t px, uint64_t ns) {
  s->sum += 6 + 3 * (uint32_t)i + 5 * HI(old) + 7 * LO(old) + 9 * HI(ref) + 11 * LO(ref) +
            13 * (uint32_t)qty + 15 * (uint32_t)px + 17 * HI(ns) + 19 * LO(ns);
}
static void sum_hidden_trade(sum_sink *s, int32_t i, int32_t side, int32_t qty, int32_t px,
                             uint64_t ns) {
  s->sum += 7 + 3 * (uint32_t)i + 5 * (uint32_t)side + 7 * (uint32_t)qty + 9 * (uint32_t)px +
            11 * HI(ns) + 13 * LO(ns);
}
static void sum_cross(sum_sink *s, int32_t i, int64_t qty, int32_t px, uint8_t type, uint64_t ns) {
  s->sum += 8 + 3 * (uint32_t)i + 5 * HI(qty) + 7 * LO(qty) + 9 * (uint32_t)px + 11 * type +
            13 * HI(ns) + 15 * LO(ns);
}
static void sum_broken(sum_sink *s, int32_t i, uint64_t match, uint64_t ns) {
  s->sum += 9 + 3 * (uint32_t)i + 5 * HI(match) + 7 * LO(match) + 9 * HI(ns) + 11 * LO(ns);
}
static void sum_trading_action(sum_sink *s, int32_t i, uint8_t state, uint64_t ns) {
  s->sum += 10 + 3 * (uint32_t)i + 5u * state + 7 * HI(ns) + 9 * LO(ns);
}
static void sum_reg_sho(sum_sink *s, int32_t i, uint8_t action, uint64_t ns) {
  s->sum += 11 + 3 * (uint32_t)i + 5u * action + 7 * HI(ns) + 9 * LO(ns);
}
static void sum_auction_collar(sum_sink *s, int32_t i, int32_t reference, int32_t upper,
                               int32_t lower, uint64_t ns) {
  s->sum += 12 + 3 * (uint32_t)i + 5 * (uint32_t)reference + 7 * (uint32_t)upper +
            9 * (uint32_t)lower + 11 * HI(ns) + 13 * LO(ns);
}
static void sum_operational_halt(sum_sink *s, int32_t i, uint8_t market, uint8_t action,
                                 uint64_t ns) {
  s->sum += 13 + 3 * (uint32_t)i + 5u * market + 7u * action + 9 * HI(ns) + 11 * LO(ns);
}
static void sum_directory(sum_sink *s, uint32_t locate, uint64_t stock, uint32_t lot) {
  s->sum += 14 + 3 * locate + 5 * HI(stock) + 7 * LO(stock) + 9 * lot;
}
static void sum_system_event(sum_sink *s, uint8_t code, uint64_t ns) {
  s->sum += 15 + 3u * code + 5 * HI(ns) + 7 * LO(ns);
}
static void sum_other(sum_sink *s, int32_t i, uint8_t type, const uint8_t *m, uint64_t ns) {
  (void)m;
  s->sum += 16 + 3 * (uint32_t)i + 5u * type + 7 * HI(ns) + 9 * LO(ns);
}
static void sum_unseen_locate(sum_sink *s, uint32_t locate, uint64_t stock) {
  s->sum += 17 + 3 * locate + 5 * HI(stock) + 7 * LO(stock);
}
static void sum_skipped(sum_sink *s) { (void)s; }

#define ITCH_SINK sum_sink
#define ITCH_FN(name) sum_##name
#include "itch-decode.h"

static sum_sink sink;

int32_t ref_decode(const uint8_t *bytes, double length, int32_t flags) {
  if (!(length >= 0) || flags != 0) return REF_EINVAL;
  const uint8_t *end = bytes + (uint64_t)length;
  if (sink.locates[0] == 0)
    for (int32_t i = 0; i < LOCATES; i++) sink.locates[i] = 1;
  sink.sum = 0;
  int32_t count = 0;
  for (const uint8_t *at = bytes; at < end; count++) {
    if (end - at < 2 || end - at < 2 + be16(at)) return REF_ECUT;
    uint32_t size = be16(at);
    sum_decode(&sink, at + 2, size);
    at += 2 + size;
  }
  return count;
}

uint32_t ref_decode_sum(void) { return sink.sum; }
