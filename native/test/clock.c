#include <math.h>
#include <time.h>
#include <x86intrin.h>

#include "check.h"

static double raw_ns(void) {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
  return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

/* hp_clock_ns minus the kernel's raw clock, from the tightest of many readings. */
static double offset_ns(void) {
  double best = 0, width = 1e18;
  for (int i = 0; i < 2000; i++) {
    double before = raw_ns();
    double ours = hp_clock_ns();
    double after = raw_ns();
    if (after - before >= width) continue;
    width = after - before;
    best = ours - (before + width / 2);
  }
  return best;
}

static void rate_agrees_with_the_kernel_within_20_ppm(void) {
  EQ(hp_clock_init(0), HP_OK);
  double start = raw_ns();
  double first = offset_ns();
  while (raw_ns() - start < 400e6) _mm_pause();
  double drift = offset_ns() - first;
  double ppm = fabs(drift) / (raw_ns() - start) * 1e6;
  printf("  rate error %.2f ppm\n", ppm);
  CHECK(ppm < 20);
}

static void it_starts_at_wall_time_since_session_start(void) {
  double session = (double)(time(NULL) - 1000);
  EQ(hp_clock_init(session), HP_OK);
  CHECK(fabs(hp_clock_ns() - hp_clock_wall_ns()) < 1e6);
  CHECK(hp_clock_ns() > 999e9 && hp_clock_ns() < 1100e9);
}

static void it_never_runs_backwards(void) {
  double last = hp_clock_ns();
  int backwards = 0;
  for (int i = 0; i < 1000000; i++) {
    double now = hp_clock_ns();
    backwards += now < last;
    last = now;
  }
  EQ(backwards, 0);
}

static void export_and_adopt_give_the_same_clock(void) {
  hp_control control;
  memset(&control, 0, sizeof control);
  EQ(hp_clock_adopt(&control), HP_EABI);
  control.magic = HP_MAGIC;
  control.abi = HP_ABI_VERSION;
  EQ(hp_clock_adopt(&control), HP_EINVAL);
  EQ(hp_clock_export(&control), HP_OK);
  double before = hp_clock_ns();
  EQ(hp_clock_init(5), HP_OK); /* another session start: far away */
  EQ(hp_clock_adopt(&control), HP_OK);
  CHECK(hp_clock_ns() >= before && hp_clock_ns() - before < 10e9);
}

static void nonsense_is_refused(void) {
  EQ(hp_clock_init(-1), HP_EINVAL);
  EQ(hp_clock_init(NAN), HP_EINVAL);
  EQ(hp_clock_init(1e12), HP_EINVAL);
  EQ(hp_clock_export(NULL), HP_EINVAL);
  EQ(hp_clock_adopt(NULL), HP_EINVAL);
}

int main(void) {
  RUN(rate_agrees_with_the_kernel_within_20_ppm);
  RUN(it_starts_at_wall_time_since_session_start);
  RUN(it_never_runs_backwards);
  RUN(export_and_adopt_give_the_same_clock);
  RUN(nonsense_is_refused);
  FINISH();
}
