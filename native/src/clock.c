/* Invariant TSC scaled to ns since session start.
 *
 * Calibration: two (TSC, CLOCK_MONOTONIC_RAW) pairs 20 ms apart. A pair is the tightest of many
 * readings, TSC before and after the clock, so that an interrupt in between cannot spoil it; its
 * error is some 20 ns, hence 2 ppm over the interval. RAW is not bent by NTP; what wall time needs
 * on top is the slewed offset in the control block. */
#include <cpuid.h>
#include <time.h>
#include <x86intrin.h>

#include "internal.h"

#define CALIBRATION_NS 20000000
#define PAIR_TRIES 64

typedef struct clock_pair {
  uint64_t tsc;
  int64_t ns;
} clock_pair;

static int64_t clock_read(clockid_t id) {
  struct timespec ts;
  clock_gettime(id, &ts);
  return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static clock_pair clock_pair_read(clockid_t id) {
  clock_pair best = {0, 0};
  uint64_t width = UINT64_MAX;
  for (int i = 0; i < PAIR_TRIES; i++) {
    uint64_t before = __rdtsc();
    int64_t ns = clock_read(id);
    uint64_t after = __rdtsc();
    if (after - before < width) {
      width = after - before;
      best.tsc = before + width / 2;
      best.ns = ns;
    }
  }
  return best;
}

static int has_invariant_tsc(void) {
  unsigned a, b, c, d;
  if (__get_cpuid_max(0x80000000, NULL) < 0x80000007) return 0;
  __cpuid(0x80000007, a, b, c, d);
  return (d >> 8) & 1;
}

int32_t hp_clock_init(double session_start_s) {
  if (!(session_start_s >= 0 && session_start_s < 1e11)) return HP_EINVAL;
  if (!has_invariant_tsc()) return HP_ENOTSC;
  clock_pair first = clock_pair_read(CLOCK_MONOTONIC_RAW);
  while (clock_read(CLOCK_MONOTONIC_RAW) - first.ns < CALIBRATION_NS) _mm_pause();
  clock_pair last = clock_pair_read(CLOCK_MONOTONIC_RAW);
  if (last.tsc <= first.tsc) return HP_ENOTSC;
  clock_pair wall = clock_pair_read(CLOCK_REALTIME);
  hp_lib.ns_per_tick = (double)(last.ns - first.ns) / (double)(last.tsc - first.tsc);
  hp_lib.session_start_s = session_start_s;
  hp_lib.start_tsc = wall.tsc;
  /* The subtraction is done in whole seconds first: ns since 1970 do not fit a double exactly. */
  hp_lib.start_ns = ((double)(wall.ns / 1000000000) - session_start_s) * 1e9 +
                    (double)(wall.ns % 1000000000);
  return HP_OK;
}

int32_t hp_clock_export(hp_control *control) {
  if (control == NULL || hp_lib.ns_per_tick == 0) return HP_EINVAL;
  control->session_start_s = hp_lib.session_start_s;
  control->clock_ns_per_tick = hp_lib.ns_per_tick;
  control->clock_start_ns = hp_lib.start_ns;
  control->clock_start_tsc = hp_lib.start_tsc;
  return HP_OK;
}

int32_t hp_clock_adopt(const hp_control *control) {
  if (control == NULL) return HP_EINVAL;
  if (control->magic != HP_MAGIC || control->abi != HP_ABI_VERSION) return HP_EABI;
  if (!(control->clock_ns_per_tick > 0)) return HP_EINVAL;
  if (!has_invariant_tsc()) return HP_ENOTSC;
  hp_lib.session_start_s = control->session_start_s;
  hp_lib.ns_per_tick = control->clock_ns_per_tick;
  hp_lib.start_ns = control->clock_start_ns;
  hp_lib.start_tsc = control->clock_start_tsc;
  return HP_OK;
}

double hp_clock_ns(void) {
  return hp_lib.start_ns + (double)(int64_t)(__rdtsc() - hp_lib.start_tsc) * hp_lib.ns_per_tick;
}

double hp_clock_wall_ns(void) {
  struct timespec ts;
  clock_gettime(CLOCK_REALTIME, &ts);
  return ((double)ts.tv_sec - hp_lib.session_start_s) * 1e9 + (double)ts.tv_nsec;
}
