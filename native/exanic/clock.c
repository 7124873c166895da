/* The card's clock. Chunks carry the low 32 bits of a counter of ticks since 1970; the driver's info
 * page, or a pair of registers, tells the rest to within a quarter of their lap, which is enough. */
#include <time.h>

#include "client.h"

/* How far a stamp may be from the anchor: a quarter of a lap of 32 bits. */
#define REACH_TICKS (1u << 30)

/* 64 bits out of two registers that go on counting. A read costs a round trip over PCI. */
static uint64_t read_registers(const volatile uint32_t *registers) {
  uint32_t high = registers[EXA_REG_TIME_HIGH];
  uint32_t low = registers[EXA_REG_TIME];
  uint32_t again = registers[EXA_REG_TIME_HIGH];
  /* It wrapped between the reads: a small `low` was read after that, a big one before. */
  uint32_t upper = low < 0x80000000u ? again : high;
  return (uint64_t)upper << 32 | low;
}

static void set_anchor(exa_clock *clock, uint64_t ticks) {
  uint64_t seconds = ticks / clock->hz;
  uint64_t rest = ticks % clock->hz;
  clock->anchor = ticks;
  clock->anchor_ns = ((double)seconds - clock->session_start_s) * 1e9 +
                     (double)rest * 1e9 / (double)clock->hz;
}

static uint64_t coarse_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void exa_clock_anchor(hp_exanic *p) {
  exa_clock *clock = &p->clock;
  if (clock->info != NULL) {
    uint64_t told = atomic_load_explicit(clock->info, memory_order_relaxed);
    if (told == clock->told) return;
    clock->told = told;
    set_anchor(clock, told);
    return;
  }
  uint64_t now = coarse_ns();
  if (now < clock->next_ns) return;
  clock->next_ns = now + clock->renew_ns;
  set_anchor(clock, read_registers(p->registers));
}

double exa_clock_ns(const exa_clock *clock, uint32_t ticks) {
  int32_t distance = (int32_t)(ticks - (uint32_t)clock->anchor);
  return clock->anchor_ns + (double)distance * clock->ns_per_tick;
}

/* Finds out where this card tells the time; leaves ns_per_tick at 0 where it does not. */
void exa_clock_set(hp_exanic *p, double session_start_s) {
  exa_clock *clock = &p->clock;
  clock->hz = p->registers[EXA_REG_TICK_HZ];
  clock->session_start_s = session_start_s;
  const _Atomic uint64_t *info = p->info_page;
  int has_info = info != NULL && atomic_load(info) != 0;
  int has_registers = (p->registers[EXA_REG_CAPS] & EXA_CAP_TIME_HIGH) != 0;
  if (clock->hz == 0 || clock->hz == EXA_NOBODY || !(has_info || has_registers)) return;
  clock->info = has_info ? info : NULL;
  clock->ns_per_tick = 1e9 / (double)clock->hz;
  clock->renew_ns = (uint64_t)((double)REACH_TICKS * clock->ns_per_tick / 4);
  exa_clock_anchor(p);
}
