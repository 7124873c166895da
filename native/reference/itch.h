/* ITCH 5.0 (Nasdaq TotalView-ITCH, edition Feb 2026): message lengths, and where stocks stand. */
#ifndef REFERENCE_ITCH_H
#define REFERENCE_ITCH_H

#include "bytes.h"

#define LOCATES 65536
/* locates[]: instrument + 1, or one of these */
#define LOCATE_UNSEEN 0
#define LOCATE_IGNORED (-1)

#define SIDE_BUY 1
#define SIDE_SELL (-1)

/* by type byte; 0 = no such type, no stock */
extern const uint8_t itch_lengths[256];
extern const uint8_t itch_stocks[256];

/* Of 'B', which is even, or 'S', odd. */
static inline int32_t itch_side(uint8_t code) {
  int32_t odd = code & 1;
  return code == 'B' + odd * ('S' - 'B') ? SIDE_BUY - (odd << 1) : 0;
}

#endif
