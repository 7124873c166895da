/* The ExaNIC receiver on the software card. */
#include <pthread.h>
#include <stdatomic.h>

#include "exanic-rig.h"

static rig r;

static void frames_of_every_length_arrive_whole(void) {
  rig_card(&r);
  r.config.frame_size = 9300;
  rig_open(&r);
  CHECK(r.info.flags & HP_PORT_STEERS);
  EQ(hp_exanic_rx_burst(r.port), 0);
  for (uint32_t length = 0; length < 1600; length++) {
    deliver_payload(&r, length, length);
    EQ(hp_exanic_rx_burst(r.port), 1);
    check_payload(&r, 0, length, length);
    EQ(r.desc[0].feed, 3);
    EQ(r.desc[0].line, 0);
    if (check_failed) break;
  }
  deliver_payload(&r, 5, 9000);
  EQ(hp_exanic_rx_burst(r.port), 1);
  check_payload(&r, 0, 5, 9000);
  EQ(r.stats.packets, 1601);
  EQ(r.stats.lapped, 0);
  EQ(r.stats.strangers, 0);
  rig_end(&r);
}

static void a_burst_is_64_and_stands_until_the_next(void) {
  rig_start(&r);
  for (uint32_t i = 0; i < 150; i++) deliver_payload(&r, i, 40 + i);
  const int32_t sizes[] = {64, 64, 22, 0};
  uint32_t seed = 0;
  for (int i = 0; i < 4; i++) {
    EQ(hp_exanic_rx_burst(r.port), sizes[i]);
    for (int32_t k = 0; k < sizes[i]; k++, seed++) check_payload(&r, k, seed, 40 + seed);
    EQ(hp_exanic_rx_release(r.port), HP_OK);
  }
  rig_end(&r);
}

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
  for (int turn = 0; turn < 60 && !check_failed; turn++) {
    /* A lap is 2,440 of these frames: the card comes from behind while we read. */
    fall_behind(2200 + random_next() % 400);
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

static void what_the_card_marks_as_bad_is_counted_and_not_handed_on(void) {
  rig_start(&r);
  const int32_t statuses[] = {HP_EXACARD_ABORTED, HP_EXACARD_CORRUPT, HP_EXACARD_OVERFLOW};
  for (int i = 0; i < 3; i++) {
    for (uint32_t length = 20; length < 700; length += 300) {
      deliver(&r, make_frame(GROUP_A, RIG_PORT, 1, length, 0), statuses[i]);
      EQ(hp_exanic_rx_burst(r.port), 0);
    }
  }
  EQ(r.stats.errors, 9);
  EQ(r.stats.kernel_drops, 0);
  EQ(hp_exanic_refresh(r.port), HP_OK);
  EQ(r.stats.kernel_drops, 3);
  deliver_payload(&r, 1, 30);
  EQ(hp_exanic_rx_burst(r.port), 1);
  rig_end(&r);
}

static void a_frame_longer_than_a_slot_is_cut_and_flagged(void) {
  rig_card(&r);
  r.config.frame_size = 142;
  rig_open(&r);
  deliver_payload(&r, 1, 100);
  deliver_payload(&r, 2, 101);
  deliver_payload(&r, 3, 5000);
  EQ(hp_exanic_rx_burst(r.port), 3);
  check_payload(&r, 0, 1, 100);
  EQ(r.desc[0].flags & HP_RX_TRUNCATED, 0);
  for (int32_t i = 1; i < 3; i++) {
    check_payload(&r, i, (uint32_t)i + 1, 100);
    CHECK(r.desc[i].flags & HP_RX_TRUNCATED);
  }
  EQ(r.stats.truncated, 2);
  rig_end(&r);
}

static void rules_bring_our_lines_and_nothing_else(void) {
  rig_start(&r);
  deliver(&r, make_frame(GROUP_B, RIG_PORT, 1, 50, 0), 0);
  deliver(&r, make_frame(GROUP_B, RIG_PORT + 1, 2, 50, 0), 0);
  deliver(&r, make_frame(GROUP_B + 1, RIG_PORT, 3, 500, 0), 0);
  deliver(&r, make_frame(GROUP_A, RIG_PORT, 4, 50, 77), 0);
  EQ(hp_exanic_rx_burst(r.port), 2);
  check_payload(&r, 0, 1, 50);
  EQ(r.desc[0].line, 1);
  check_payload(&r, 1, 4, 50);
  EQ(r.desc[1].line, 0);
  EQ(r.stats.strangers, 0);
  rig_end(&r);
}

static void the_default_ring_brings_strangers_and_they_are_counted(void) {
  rig_card(&r);
  EQ(hp_exacard_set(r.card, 0, HP_EXACARD_FILTER_BUFFERS, 0), HP_OK);
  rig_open(&r);
  EQ(r.info.flags & HP_PORT_STEERS, 0);
  deliver(&r, make_frame(GROUP_B + 1, RIG_PORT, 3, 50, 0), 0);
  deliver(&r, make_frame(GROUP_B + 1, RIG_PORT, 3, 1400, 0), 0);
  deliver(&r, make_frame(GROUP_B, RIG_PORT, 1, 1400, 0), 0);
  memset(rig_frame, 0xff, 60);
  hp_put16(rig_frame + 12, HP_TYPE_ARP);
  deliver(&r, 60, 0);
  EQ(hp_exanic_rx_burst(r.port), 1);
  check_payload(&r, 0, 1, 1400);
  EQ(r.stats.strangers, 3);
  rig_end(&r);
}

static void frames_that_contradict_themselves_are_counted(void) {
  rig_start(&r);
  uint32_t length = make_frame(GROUP_A, RIG_PORT, 1, 200, 0);
  rig_frame[100] ^= 1;
  deliver(&r, length, 0);
  make_frame(GROUP_A, RIG_PORT, 1, 200, 0);
  deliver(&r, length - 60, 0);
  make_frame(GROUP_A, RIG_PORT, 1, 200, 0);
  hp_put16(rig_frame + 20, 0x2000);
  deliver(&r, length, 0);
  EQ(hp_exanic_rx_burst(r.port), 0);
  EQ(r.stats.bad_checksum, 1);
  EQ(r.stats.malformed, 1);
  EQ(r.stats.fragments, 1);
  rig_end(&r);
}

static void stamp_at(double ticks, double hz, double session_start_s) {
  EQ(hp_exacard_set(r.card, 0, HP_EXACARD_CLOCK_AT, ticks), HP_OK);
  deliver_payload(&r, 1, 20);
  EQ(hp_exanic_rx_burst(r.port), 1);
  EQ(r.desc[0].flags & HP_RX_STAMP_NIC, HP_RX_STAMP_NIC);
  double wanted = ticks / hz * 1e9 - session_start_s * 1e9;
  CHECK(r.desc[0].rx_ns > wanted - 1 && r.desc[0].rx_ns < wanted + 1);
}

static void stamps_are_expanded_across_the_wrap(void) {
  const double laps[] = {1, 2, 3, 1000};
  for (int style = 0; style < 2; style++) {
    rig_card(&r);
    const double hz = 161132812;
    EQ(hp_exacard_set(r.card, 0, HP_EXACARD_CLOCK_IN, style), HP_OK);
    EQ(hp_exacard_set(r.card, 0, HP_EXACARD_CLOCK_AT, 4294967296.0 - 100), HP_OK);
    r.config.session_start_s = 10;
    rig_open(&r);
    CHECK(r.info.flags & HP_PORT_STAMPS_RX);
    stamp_at(4294967296.0 - 50, hz, 10);
    stamp_at(4294967296.0 - 1, hz, 10);
    stamp_at(4294967296.0, hz, 10);
    stamp_at(4294967296.0 + 12345, hz, 10);
    /* A clock that jumps: registers are not read for every frame. */
    stamp_at(6000000000.0, hz, 10);
    for (int i = 0; i < 4 && style == 0; i++) {
      stamp_at(4294967296.0 * laps[i] + 2147483647, hz, 10);
      stamp_at(4294967296.0 * laps[i] + 2147483649, hz, 10);
    }
    rig_end(&r);
  }
}

static void without_a_clock_there_are_no_stamps(void) {
  for (int way = 0; way < 2; way++) {
    rig_card(&r);
    if (way == 0) EQ(hp_exacard_set(r.card, 0, HP_EXACARD_CLOCK_HZ, 0), HP_OK);
    else EQ(hp_exacard_set(r.card, 0, HP_EXACARD_CLOCK_IN, 2), HP_OK);
    rig_open(&r);
    EQ(r.info.flags & HP_PORT_STAMPS_RX, 0);
    deliver_payload(&r, 1, 20);
    EQ(hp_exanic_rx_burst(r.port), 1);
    EQ(r.desc[0].flags, 0);
    EQ(r.desc[0].rx_ns, 0);
    rig_end(&r);
  }
}

int main(void) {
  RUN(frames_of_every_length_arrive_whole);
  RUN(a_burst_is_64_and_stands_until_the_next);
  RUN(generations_wrap);
  RUN(a_lap_is_counted_and_gone_on_after);
  RUN(a_frame_that_is_still_coming_is_gone_on_with);
  RUN(a_frame_overtaken_while_it_is_copied_is_never_handed_on);
  RUN(a_reader_that_sleeps_256_laps_long_is_not_deceived);
  RUN(who_opens_in_the_middle_of_a_frame_waits_for_the_next);
  RUN(under_a_flood_no_frame_is_ever_torn);
  RUN(what_the_card_marks_as_bad_is_counted_and_not_handed_on);
  RUN(a_frame_longer_than_a_slot_is_cut_and_flagged);
  RUN(rules_bring_our_lines_and_nothing_else);
  RUN(the_default_ring_brings_strangers_and_they_are_counted);
  RUN(frames_that_contradict_themselves_are_counted);
  RUN(stamps_are_expanded_across_the_wrap);
  RUN(without_a_clock_there_are_no_stamps);
  FINISH();
}
