/* The card's clock: ticks since 1970, as wide as a card tells them. */
#include <time.h>

#include "card.h"

uint64_t card_ticks(const card *c) {
  if (c->clock_at >= 0) return (uint64_t)c->clock_at;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (uint64_t)now.tv_sec * c->hz + (uint64_t)now.tv_nsec * c->hz / 1000000000u;
}

/* Where clients look. The driver renews the info page when the low 31 bits wrap, with the middle of
 * the time until then. */
void card_clock_publish(card *c) {
  uint64_t ticks = card_ticks(c);
  uint64_t told = c->clock_in == 0 ? (ticks & ~0x7fffffffull) + 0x40000000u : 0;
  _Atomic uint64_t *info = (void *)(c->file + (size_t)EXA_INFO_PAGE * EXA_PAGE);
  if (atomic_load_explicit(info, memory_order_relaxed) != told) atomic_store(info, told);
  if (c->is_gone || c->clock_in != 1) return;
  c->registers[EXA_REG_TIME_HIGH] = (uint32_t)(ticks >> 32);
  c->registers[EXA_REG_TIME] = (uint32_t)ticks;
}
