/* CME MDP 3.0: little-endian fields, and what a decoder and its sinks share. */
#ifndef REFERENCE_MDP3_H
#define REFERENCE_MDP3_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bytes.h"

#define MDP3_QTY_NULL INT32_MAX
#define MDP3_PX_NULL INT64_MAX
/* decimals of prices: 9 from version 9 on, 7 before */
#define MDP3_NINE 0
#define MDP3_SEVEN 1

typedef struct mdp3_group {
  const uint8_t *first;
  const uint8_t *next;
  uint32_t block;
  uint32_t count;
} mdp3_group;

static inline uint16_t le16(const uint8_t *at) {
  uint16_t v;
  memcpy(&v, at, sizeof v);
  return v;
}

static inline uint32_t le32(const uint8_t *at) {
  uint32_t v;
  memcpy(&v, at, sizeof v);
  return v;
}

static inline int64_t le64(const uint8_t *at) {
  int64_t v;
  memcpy(&v, at, sizeof v);
  return v;
}

#endif
