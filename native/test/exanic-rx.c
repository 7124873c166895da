/* The ExaNIC receiver on the software card. */
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
  RUN(what_the_card_marks_as_bad_is_counted_and_not_handed_on);
  RUN(a_frame_longer_than_a_slot_is_cut_and_flagged);
  RUN(rules_bring_our_lines_and_nothing_else);
  RUN(the_default_ring_brings_strangers_and_they_are_counted);
  RUN(frames_that_contradict_themselves_are_counted);
  RUN(stamps_are_expanded_across_the_wrap);
  RUN(without_a_clock_there_are_no_stamps);
  FINISH();
}
