/* Big-endian fields of the wire, unaligned, and small arithmetic that must be as JavaScript's. */
#ifndef REFERENCE_BYTES_H
#define REFERENCE_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint16_t be16(const uint8_t *at) {
  uint16_t v;
  memcpy(&v, at, sizeof v);
  return __builtin_bswap16(v);
}

static inline uint32_t be32(const uint8_t *at) {
  uint32_t v;
  memcpy(&v, at, sizeof v);
  return __builtin_bswap32(v);
}

static inline uint64_t be64(const uint8_t *at) {
  uint64_t v;
  memcpy(&v, at, sizeof v);
  return __builtin_bswap64(v);
}

static inline uint64_t be48(const uint8_t *at) {
  return (uint64_t)be16(at) << 32 | be32(at + 2);
}

static inline void le32_put(uint8_t *at, uint32_t v) { memcpy(at, &v, sizeof v); }

/* Of doubles below 2^63, which all of ours are: without SSE4.1 the library's are calls. */
static inline double floor_of(double x) {
  int64_t i = (int64_t)x;
  return (double)(i - (x < (double)i));
}

static inline double ceil_of(double x) {
  int64_t i = (int64_t)x;
  return (double)(i + (x > (double)i));
}

/* Math.round: halves go up. */
static inline double round_of(double x) {
  double low = floor_of(x);
  return x - low >= 0.5 ? low + 1 : low;
}

static inline double max_of(double a, double b) { return a > b ? a : b; }
static inline double min_of(double a, double b) { return a < b ? a : b; }
static inline double abs_of(double a) { return a < 0 ? -a : a; }
static inline int32_t max_int(int32_t a, int32_t b) { return a > b ? a : b; }
static inline int32_t min_int(int32_t a, int32_t b) { return a < b ? a : b; }

#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#endif
