/* The device's thread: doorbells, ioctls, the clock. It spins for a moment after it had something to
 * do, then sleeps longer and longer, so that a quiet card costs next to nothing. */
#include <time.h>

#include "card.h"

#define SPINS 2000u
#define SLEEP_NS_MIN 20000
#define SLEEP_NS_MAX 500000

void *card_thread(void *argument) {
  card *c = argument;
  uint32_t idle = 0;
  long sleep_ns = SLEEP_NS_MIN;
  while (!atomic_load_explicit(&c->stops, memory_order_relaxed)) {
    pthread_mutex_lock(&c->mutex);
    int did = card_transmit(c) | card_serve(c);
    card_clock_publish(c);
    pthread_mutex_unlock(&c->mutex);
    if (did) {
      idle = 0;
      sleep_ns = SLEEP_NS_MIN;
      continue;
    }
    if (++idle < SPINS) {
      __builtin_ia32_pause();
      continue;
    }
    const struct timespec pause = {.tv_nsec = sleep_ns};
    nanosleep(&pause, NULL);
    if (sleep_ns < SLEEP_NS_MAX) sleep_ns += sleep_ns / 16;
  }
  return NULL;
}
