/* A test program: TEST functions listed in main() by RUN, checks by CHECK and EQ.
 * Prints one line per test; exits 1 when one failed. */
#ifndef HAIRPIN_CHECK_H
#define HAIRPIN_CHECK_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hairpin.h"

static int check_failed;
static int check_bad_tests;

#define CHECK(condition)                                                     \
  do {                                                                       \
    if (!(condition)) {                                                      \
      check_failed = 1;                                                      \
      printf("  %s:%d: %s\n", __FILE__, __LINE__, #condition);               \
    }                                                                        \
  } while (0)

#define EQ(got, wanted)                                                      \
  do {                                                                       \
    double got_ = (double)(got), wanted_ = (double)(wanted);                 \
    if (got_ != wanted_) {                                                   \
      check_failed = 1;                                                      \
      printf("  %s:%d: %s is %.17g, not %.17g\n", __FILE__, __LINE__, #got,  \
             got_, wanted_);                                                 \
    }                                                                        \
  } while (0)

#define RUN(name)                                                            \
  do {                                                                       \
    check_failed = 0;                                                        \
    name();                                                                  \
    printf("%s %s\n", check_failed ? "FAIL" : "ok", #name);                  \
    fflush(stdout);                                                          \
    check_bad_tests += check_failed;                                         \
  } while (0)

#define FINISH() return check_bad_tests != 0

static inline double address_of(const void *at) { return (double)(uintptr_t)at; }

static inline int open_descriptors(void) {
  int count = 0;
  for (int fd = 0; fd < 1024; fd++) count += fcntl(fd, F_GETFD) != -1;
  return count;
}

/* A small generator, the same on every run. */
static uint32_t random_state = 12345;
static inline uint32_t random_next(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  random_state ^= random_state << 5;
  return random_state;
}

#endif
