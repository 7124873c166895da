/* The ring of an ExaNIC as the card writes it, whatever its reader does: laps, frames overtaken while
 * they are copied, noise. */
#include <pthread.h>
#include <stdatomic.h>

#include "exanic-rig.h"

static rig r;

static void generations_wrap(void) {
  rig_card(&r);
  r.config.frame_size = 16384;
  rig_open(&r);
  /* Some 136 chunks a frame, 16,384 a lap, 256 generations: once around, and a little. */
  const uint32_t frames = 257 * EXA_CHUNKS / 136;
  uint32_t length = make_frame(GROUP_A, RIG_PORT, 1, 16250, 0);
  uint32_t got = 0;
  for (uint32_t i = 0; i < frames; i++) {
    deliver(&r, length, HP_EXACARD_OK);
    if (i % 50 == 0 || i + 1 == frames)
      for (int32_t n; (n = hp_exanic_rx_burst(r.port)) > 0;) got += (uint32_t)n;
  }
  check_payload(&r, 0, 1, 16250);
  EQ(got, frames);
  EQ(r.stats.lapped, 0);
  rig_end(&r);
}

static void a_lap_is_counted_and_gone_on_after(void) {
  rig_start(&r);
  for (uint32_t i = 0; i < EXA_CHUNKS + 100; i++) deliver_payload(&r, i, 20);
  EQ(hp_exanic_rx_burst(r.port), 0);
  EQ(r.stats.lapped, 1);
  EQ(hp_exanic_rx_burst(r.port), 0);
  for (uint32_t i = 0; i < 10; i++) deliver_payload(&r, i, 300);
  EQ(hp_exanic_rx_burst(r.port), 10);
  for (int32_t i = 0; i < 10; i++) check_payload(&r, i, (uint32_t)i, 300);
  EQ(r.stats.lapped, 1);
  rig_end(&r);
}

/* The port's default ring, to write into it as a card would. */
static uint8_t *map_ring(void) {
  FILE *file = fopen(r.path, "r+");
  uint8_t *ring = mmap(NULL, EXA_RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file),
                       (off_t)(exa_ring_page(0) * EXA_PAGE));
  fclose(file);
  return ring;
}

static void put_chunk(uint8_t *ring, uint32_t at, const uint8_t *bytes, uint32_t length, int is_last,
                      uint32_t generation) {
  uint8_t *chunk = ring + (size_t)at * EXA_CHUNK_SIZE;
  memcpy(chunk, bytes, length);
  uint64_t trailer = 77 | (uint64_t)(is_last ? length : 0) << 40 | (uint64_t)generation << 56;
  memcpy(chunk + EXA_CHUNK_PAYLOAD, &trailer, 8);
}

static uint8_t *start_by_hand(void) {
  rig_card(&r);
  snprintf((char *)r.config.options, sizeof r.config.options, "default-ring");
  rig_open(&r);
  CHECK((r.info.flags & HP_PORT_STEERS) == 0);
  return map_ring();
}

static void a_frame_that_is_still_coming_is_gone_on_with(void) {
  uint8_t *ring = start_by_hand();
  uint32_t length = make_frame(GROUP_A, RIG_PORT, 8, 300, 0) + EXA_FCS_BYTES;
  put_chunk(ring, 0, rig_frame, 120, 0, 0);
  EQ(hp_exanic_rx_burst(r.port), 0);
  put_chunk(ring, 1, rig_frame + 120, 120, 0, 0);
  EQ(hp_exanic_rx_burst(r.port), 0);
  put_chunk(ring, 2, rig_frame + 240, length - 240, 1, 0);
  EQ(hp_exanic_rx_burst(r.port), 1);
  check_payload(&r, 0, 8, 300);
  munmap(ring, EXA_RING_SIZE);
  rig_end(&r);
}

/* The trailers of the frame itself look as they should: only the chunk in front of it tells. */
static void a_frame_overtaken_while_it_is_copied_is_never_handed_on(void) {
  uint8_t *ring = start_by_hand();
  uint32_t length = make_frame(GROUP_A, RIG_PORT, 8, 300, 0) + EXA_FCS_BYTES;
  put_chunk(ring, 0, rig_frame, 120, 0, 0);
  put_chunk(ring, 1, rig_frame + 120, 120, 0, 0);
  EQ(hp_exanic_rx_burst(r.port), 0);
  put_chunk(ring, EXA_CHUNKS - 1, rig_frame, 60, 1, 0);
  put_chunk(ring, 2, rig_frame + 240, length - 240, 1, 0);
  EQ(hp_exanic_rx_burst(r.port), 0);
  EQ(r.stats.lapped, 1);
  EQ(r.stats.packets, 0);
  put_chunk(ring, 3, rig_frame, 120, 0, 0);
  put_chunk(ring, 4, rig_frame + 120, 120, 0, 0);
  put_chunk(ring, 5, rig_frame + 240, length - 240, 1, 0);
  EQ(hp_exanic_rx_burst(r.port), 1);
  check_payload(&r, 0, 8, 300);
  munmap(ring, EXA_RING_SIZE);
  rig_end(&r);
}

/* 256 laps on, every generation is as before; the ticks are not. */
static void a_reader_that_sleeps_256_laps_long_is_not_deceived(void) {
  uint8_t *ring = start_by_hand();
  uint32_t length = make_frame(GROUP_A, RIG_PORT, 8, 200, 0) + EXA_FCS_BYTES;
  put_chunk(ring, 0, rig_frame, 60, 1, 0);
  EQ(hp_exanic_rx_burst(r.port), 0);
  put_chunk(ring, 1, rig_frame, 120, 0, 0);
  EQ(hp_exanic_rx_burst(r.port), 0);
  uint32_t later = 99999;
  memcpy(ring + EXA_CHUNK_PAYLOAD, &later, 4);
  put_chunk(ring, 2, rig_frame + 120, length - 120, 1, 0);
  EQ(hp_exanic_rx_burst(r.port), 0);
  EQ(r.stats.lapped, 1);
  munmap(ring, EXA_RING_SIZE);
  rig_end(&r);
}

static void who_opens_in_the_middle_of_a_frame_waits_for_the_next(void) {
  rig_card(&r);
  uint8_t *ring = map_ring();
  put_chunk(ring, 0, rig_frame, 120, 0, 0);
  snprintf((char *)r.config.options, sizeof r.config.options, "default-ring");
  rig_open(&r);
  uint32_t length = make_frame(GROUP_A, RIG_PORT, 8, 50, 0) + EXA_FCS_BYTES;
  put_chunk(ring, 1, rig_frame, 60, 1, 0);
  put_chunk(ring, 2, rig_frame, length, 1, 0);
  EQ(hp_exanic_rx_burst(r.port), 1);
  check_payload(&r, 0, 8, 50);
  EQ(r.stats.malformed + r.stats.strangers + r.stats.errors, 0);
  munmap(ring, EXA_RING_SIZE);
  rig_end(&r);
}

/* Frames without a checksum whose bytes all follow from the first four, as fast as they go, for a
 * reader that naps: what is handed on is never of two frames. */
static _Atomic int flood_stops;

static void *flood(void *unused) {
  static uint8_t frame[1600];
  uint32_t number = 0;
  (void)unused;
  while (!atomic_load(&flood_stops)) {
    uint32_t length = 4 + (number * 37) % 1400;
    if (number < 2 || number % 1000 == 0) make_frame(GROUP_A, RIG_PORT, 0, 1404, 0);
    memcpy(frame, rig_frame, 42);
    hp_put16(frame + 16, length + 28);
    hp_put16(frame + 24, 0);
    uint16_t check = (uint16_t)~hp_sum(frame + 14, 20, 0);
    memcpy(frame + 24, &check, 2);
    hp_put16(frame + 38, length + 8);
    hp_put16(frame + 40, 0);
    memcpy(frame + 42, &number, 4);
    for (uint32_t i = 4; i < length; i++) frame[42 + i] = pattern(number, i);
    hp_exacard_deliver(r.card, 0, address_of(frame), (int32_t)length + 42, HP_EXACARD_OK);
    number++;
  }
  return NULL;
}

/* Waits until that many more frames have come. */
static void fall_behind(double frames) {
  double until = hp_exacard_counter(r.card, 0, HP_EXACARD_DELIVERED) + frames;
  while (hp_exacard_counter(r.card, 0, HP_EXACARD_DELIVERED) < until) nap_us(50);
}

static void under_a_flood_no_frame_is_ever_torn(void) {
  rig_start(&r);
  pthread_t thread;
  atomic_store(&flood_stops, 0);
  pthread_create(&thread, NULL, flood, NULL);
  uint32_t last = 0;
  uint32_t got = 0;
  for (int turn = 0; turn < 3000 && !check_failed; turn++) {
    if (turn >= 60 && r.stats.lapped >= 10 && got >= 5000) break;
    /* A lap is 2,440 of these frames: the card comes from behind while we read. */
    fall_behind(1800 + random_next() % 800);
    for (int bursts = 0; bursts < 40; bursts++) {
      int32_t count = hp_exanic_rx_burst(r.port);
      for (int32_t i = 0; i < count; i++, got++) {
        uint32_t number;
        memcpy(&number, payload_of(&r, i), 4);
        EQ(r.desc[i].length, 4 + (number * 37) % 1400);
        for (uint32_t k = 4; k < r.desc[i].length; k++)
          if (payload_of(&r, i)[k] != pattern(number, k)) check_failed = 1;
        CHECK(got == 0 || number > last);
        last = number;
      }
    }
  }
  atomic_store(&flood_stops, 1);
  pthread_join(thread, NULL);
  CHECK(r.stats.lapped >= 10);
  CHECK(got >= 5000);
  EQ(r.stats.malformed + r.stats.strangers + r.stats.bad_checksum, 0);
  rig_end(&r);
}

/* Trailers of every kind, with the generation that is waited for more often than not. */
static void noise_in_the_ring_does_no_harm(void) {
  uint8_t *ring = start_by_hand();
  make_frame(GROUP_A, RIG_PORT, 8, 1400, 0);
  for (uint32_t lap = 0; lap < 6; lap++) {
    for (uint32_t at = 0; at < EXA_CHUNKS; at++) {
      uint8_t *chunk = ring + (size_t)at * EXA_CHUNK_SIZE;
      uint64_t trailer = (uint64_t)random_next() << 32 | random_next();
      if (random_next() % 8 != 0) trailer = (trailer << 8 >> 8) | (uint64_t)lap << 56;
      if (random_next() % 2 != 0) trailer &= ~0xff0000000000ull; /* more follows */
      if (random_next() % 2 != 0) trailer &= ~0x000f00000000ull; /* no error */
      for (int i = 0; i < 120; i++) chunk[i] = (uint8_t)random_next();
      if (random_next() % 3 != 0) memcpy(chunk, rig_frame, 60);
      memcpy(chunk + EXA_CHUNK_PAYLOAD, &trailer, 8);
      if (random_next() % 50 != 0) continue;
      int32_t count = hp_exanic_rx_burst(r.port);
      CHECK(count >= 0 && count <= HP_BURST_MAX);
      for (int32_t i = 0; i < count; i++)
        CHECK(r.desc[i].offset + (double)r.desc[i].length <= r.info.arena_size);
    }
  }
  hp_port_stats *s = &r.stats;
  CHECK(s->lapped > 0 && s->errors > 0 && s->malformed > 0 && s->strangers > 0);
  munmap(ring, EXA_RING_SIZE);
  rig_end(&r);
}

int main(void) {
  RUN(generations_wrap);
  RUN(a_lap_is_counted_and_gone_on_after);
  RUN(a_frame_that_is_still_coming_is_gone_on_with);
  RUN(a_frame_overtaken_while_it_is_copied_is_never_handed_on);
  RUN(a_reader_that_sleeps_256_laps_long_is_not_deceived);
  RUN(who_opens_in_the_middle_of_a_frame_waits_for_the_next);
  RUN(under_a_flood_no_frame_is_ever_torn);
  RUN(noise_in_the_ring_does_no_harm);
  FINISH();
}
