#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "check.h"

#define DATA 4096

typedef struct fixture {
  uint8_t *memory; /* exactly the ring, so that the address sanitizer guards its end */
  hp_rx_desc desc[HP_BURST_MAX];
  hp_port_stats stats;
  int32_t rx;
  int32_t tx;
} fixture;

static fixture *fixture_open(void) {
  fixture *f = calloc(1, sizeof *f);
  f->memory = aligned_alloc(128, sizeof(hp_ring) + DATA);
  double at = address_of(f->memory), size = sizeof(hp_ring) + DATA;
  f->rx = hp_ring_open(at, size, address_of(f->desc), address_of(&f->stats), 1);
  f->tx = hp_ring_open(at, size, 0, 0, 0);
  CHECK(f->rx >= 0 && f->tx >= 0);
  return f;
}

static void fixture_close(fixture *f) {
  EQ(hp_ring_close(f->rx), HP_OK);
  EQ(hp_ring_close(f->tx), HP_OK);
  EQ(hp_ring_rx_burst(f->rx), HP_ECLOSED);
  free(f->memory);
  free(f);
}

static uint32_t sum(const uint8_t *at, uint32_t length) {
  uint32_t total = 0;
  for (uint32_t i = 0; i < length; i++) total = total * 31 + at[i];
  return total;
}

static void random_frames_come_out_as_they_went_in(void) {
  fixture *f = fixture_open();
  uint8_t payload[2048];
  uint32_t sums[4096], sent = 0, got = 0, refused = 0;
  while (got < 20000) {
    uint32_t length = random_next() % 1500;
    for (uint32_t i = 0; i < length; i++) payload[i] = (uint8_t)random_next();
    int32_t status = hp_ring_tx(f->tx, address_of(payload), (int32_t)length, (int32_t)sent, 1.5);
    if (status == HP_OK) sums[sent++ & 4095] = sum(payload, length);
    else refused++;
    if (status == HP_OK && random_next() % 3 != 0) continue;
    int32_t count = hp_ring_rx_burst(f->rx);
    for (int32_t i = 0; i < count; i++, got++) {
      const hp_rx_desc *d = &f->desc[i];
      CHECK(d->offset + d->length <= sizeof(hp_ring) + DATA);
      CHECK(d->line == got && d->rx_ns == 1.5);
      CHECK(sum(f->memory + d->offset, d->length) == sums[got & 4095]);
    }
    EQ(hp_ring_rx_release(f->rx), HP_OK);
  }
  CHECK(refused > 0);
  EQ(((hp_ring *)(void *)f->memory)->drops, refused);
  EQ(f->stats.errors, 0);
  fixture_close(f);
}

/* Whatever another process writes into the ring, we read only inside it and come to an end. */
static void corrupt_memory_never_leads_outside(void) {
  fixture *f = fixture_open();
  hp_ring *ring = (hp_ring *)(void *)f->memory;
  uint8_t payload[512];
  memset(payload, 7, sizeof payload);
  uint32_t total = 0;
  for (int round = 0; round < 200000; round++) {
    hp_ring_tx(f->tx, address_of(payload), (int32_t)(random_next() % 512), 0, 0);
    switch (random_next() % 4) {
      case 0: ring->head = random_next(); break;
      case 1: ring->tail = random_next(); break;
      case 2: {
        uint32_t word = random_next() % 5 == 0 ? HP_RING_WRAP : random_next() >> (random_next() & 31);
        memcpy(f->memory + sizeof(hp_ring) + (random_next() % (DATA / 4)) * 4, &word, 4);
        break;
      }
      default: ring->data_size = random_next(); break;
    }
    int32_t count = hp_ring_rx_burst(f->rx);
    CHECK(count >= 0 && count <= HP_BURST_MAX);
    for (int32_t i = 0; i < count; i++) total += sum(f->memory + f->desc[i].offset, f->desc[i].length);
    hp_ring_rx_release(f->rx);
  }
  CHECK(total != 0);
  CHECK(f->stats.errors > 1000);
  fixture_close(f);
}

static void attaching_to_corrupt_memory_is_refused_or_safe(void) {
  fixture *f = fixture_open();
  for (int round = 0; round < 20000; round++) {
    double at = address_of(f->memory), size = sizeof(hp_ring) + DATA;
    int32_t fresh = hp_ring_open(at, size, address_of(f->desc), address_of(&f->stats), 1);
    CHECK(fresh >= 0);
    hp_ring_close(fresh);
    uint32_t word = random_next() >> (random_next() & 31);
    memcpy(f->memory + (random_next() % 5) * 4, &word, 4);
    word = random_next();
    memcpy(f->memory + 128, &word, 4);
    int32_t late = hp_ring_open(at, size, address_of(f->desc), address_of(&f->stats), 0);
    if (late < 0) continue;
    CHECK(hp_ring_rx_burst(late) >= 0);
    hp_ring_rx_release(late);
    hp_ring_close(late);
  }
  fixture_close(f);
}

static void bad_arguments_are_refused(void) {
  fixture *f = fixture_open();
  double at = address_of(f->memory);
  EQ(hp_ring_open(0, 1e6, 0, 0, 1), HP_EINVAL);
  EQ(hp_ring_open(at + 4, 1e6, 0, 0, 0), HP_EINVAL);
  EQ(hp_ring_open(at, 100, 0, 0, 1), HP_EINVAL);
  EQ(hp_ring_tx(f->tx, at, -1, 0, 0), HP_EINVAL);
  EQ(hp_ring_tx(f->tx, at, DATA, 0, 0), HP_EINVAL);
  EQ(hp_ring_tx(f->tx, 0, 10, 0, 0), HP_EINVAL);
  EQ(hp_ring_tx(f->tx, 0, 0, 0, 0), HP_OK);
  EQ(hp_ring_rx_burst(f->tx), HP_EINVAL); /* opened without descriptors */
  EQ(hp_ring_rx_burst(-1), HP_ECLOSED);
  EQ(hp_ring_rx_burst(1000), HP_ECLOSED);
  EQ(hp_ring_close(1000), HP_ECLOSED);
  fixture_close(f);
}

#define FRAMES 300000

static void *produce(void *argument) {
  fixture *f = argument;
  for (uint32_t i = 0; i < FRAMES; i++) {
    uint32_t payload[16];
    for (int k = 0; k < 16; k++) payload[k] = i * 3 + (uint32_t)k;
    int32_t length = (int32_t)(4 * (1 + i % 16));
    while (hp_ring_tx(f->tx, address_of(payload), length, (int32_t)i, i) == HP_EAGAIN) sched_yield();
  }
  return NULL;
}

static void two_threads_lose_nothing(void) {
  fixture *f = fixture_open();
  pthread_t thread;
  pthread_create(&thread, NULL, produce, f);
  uint32_t got = 0, wrong = 0;
  while (got < FRAMES) {
    int32_t count = hp_ring_rx_burst(f->rx);
    for (int32_t i = 0; i < count; i++, got++) {
      uint32_t first;
      memcpy(&first, f->memory + f->desc[i].offset, 4);
      wrong += f->desc[i].line != got || first != got * 3 || f->desc[i].length != 4 * (1 + got % 16);
    }
    if (count > 0) hp_ring_rx_release(f->rx);
    else sched_yield();
  }
  pthread_join(thread, NULL);
  EQ(wrong, 0);
  EQ(f->stats.packets, FRAMES);
  fixture_close(f);
}

int main(void) {
  RUN(random_frames_come_out_as_they_went_in);
  RUN(corrupt_memory_never_leads_outside);
  RUN(attaching_to_corrupt_memory_is_refused_or_safe);
  RUN(bad_arguments_are_refused);
  RUN(two_threads_lose_nothing);
  FINISH();
}
