/* What the programs of the round-trip bench share, in C and C++: pinning, the clock, and the figures
 * that each prints as one line of JSON. */
#ifndef HAIRPIN_ROUND_TRIPS_H
#define HAIRPIN_ROUND_TRIPS_H

#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* All threads that this one starts later run there, too. core < 0: anywhere. */
static inline int pin_to(int core) {
  cpu_set_t cores;
  if (core < 0) return 0;
  CPU_ZERO(&cores);
  CPU_SET((unsigned)core, &cores);
  return sched_setaffinity(0, sizeof cores, &cores);
}

static inline int64_t now_ns(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (int64_t)at.tv_sec * 1000000000 + at.tv_nsec;
}

static inline int compare_ns(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* ns of each round trip, which are sorted; bytes of the last message each way. */
static inline void print_figures(int64_t *ns, int64_t count, int64_t request, int64_t reply) {
  qsort(ns, (size_t)count, sizeof *ns, compare_ns);
  printf("{\"p50\":%lld,\"p99\":%lld,\"max\":%lld,\"samples\":%lld,\"request\":%lld,\"reply\":%lld}\n",
         (long long)ns[(count - 1) / 2], (long long)ns[(count - 1) * 99 / 100],
         (long long)ns[count - 1], (long long)count, (long long)request, (long long)reply);
  fflush(stdout);
}

#endif
