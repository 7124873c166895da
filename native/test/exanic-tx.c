/* The ExaNIC transmitter on the software card. */
#include "exanic-rig.h"

static rig r;
static uint8_t frame[17000];

static int32_t group_flow(void) {
  const hp_tx_flow flow = {.address = GROUP_A, .port = RIG_PORT, .source_port = 7000};
  int32_t index = hp_exanic_tx_flow(r.port, &flow);
  CHECK(index >= 0);
  return index;
}

static void fill(uint32_t seed, uint32_t length) {
  for (uint32_t i = 0; i < length; i++) r.tx[i] = pattern(seed, i);
}

/* Takes the next frame and compares it with what the flow and the payload say. */
static void expect(uint32_t seed, uint32_t length) {
  int32_t size = take(&r, frame, sizeof frame);
  uint32_t wire = length + 42 < 60 ? 60 : length + 42;
  EQ(size, wire);
  EQ(hp_get16(frame + 38), length + 8);
  EQ(hp_get32(frame + 30), GROUP_A);
  EQ(hp_get32(frame + 26), OUR_ADDRESS);
  EQ(hp_get16(frame + 34), 7000);
  EQ(hp_sum(frame + 14, 20, 0), 0xffff);
  CHECK(hp_udp_is_sound(frame + 14, frame + 34, length + 8));
  for (uint32_t i = 0; i < length; i++)
    if (frame[42 + i] != pattern(seed, i)) check_failed = 1;
  for (uint32_t i = length + 42; i < wire; i++) EQ(frame[i], 0);
}

static void payloads_of_every_length_leave_as_frames(void) {
  rig_start(&r);
  int32_t flow = group_flow();
  for (uint32_t length = 0; length <= 1472; length += 1 + length / 60) {
    fill(length, length);
    EQ(hp_exanic_tx(r.port, flow, 0, (int32_t)length), HP_OK);
    expect(length, length);
  }
  EQ(hp_exacard_take(r.card, 0, address_of(frame), sizeof frame), HP_EAGAIN);
  EQ(hp_exacard_counter(r.card, 0, HP_EXACARD_FAULTS), 0);
  EQ(hp_exacard_counter(r.card, 0, HP_EXACARD_SENT), r.stats.tx_packets);
  rig_end(&r);
}

static void what_can_never_go_is_refused(void) {
  rig_start(&r);
  int32_t flow = group_flow();
  EQ(hp_exanic_tx(r.port, flow, 0, 2048 - 41), HP_EINVAL);
  EQ(hp_exanic_tx(r.port, flow, 0, 2048 - 42), HP_OK);
  EQ(hp_exanic_tx(r.port, flow, sizeof r.tx - 10, 11), HP_EINVAL);
  EQ(hp_exanic_tx(r.port, flow, -1, 11), HP_EINVAL);
  EQ(hp_exanic_tx(r.port, flow, 0, -1), HP_EINVAL);
  EQ(hp_exanic_tx(r.port, flow, INT32_MAX, INT32_MAX), HP_EINVAL);
  EQ(hp_exanic_tx(r.port, flow + 1, 0, 1), HP_EINVAL);
  EQ(hp_exanic_tx(r.port, -2, 0, 1), HP_EINVAL);
  EQ(hp_exanic_tx(r.port, HP_TX_RAW, 0, 13), HP_EINVAL);
  EQ(hp_exanic_tx(99, flow, 0, 1), HP_ECLOSED);
  rig_end(&r);
}

static void a_raw_frame_leaves_as_it_is(void) {
  rig_start(&r);
  fill(3, 333);
  EQ(hp_exanic_tx(r.port, HP_TX_RAW, 0, 333), HP_OK);
  EQ(take(&r, frame, sizeof frame), 333);
  CHECK(memcmp(frame, r.tx, 333) == 0);
  EQ(hp_exanic_tx(r.port, HP_TX_RAW, 0, 20), HP_OK);
  EQ(take(&r, frame, 50), HP_ENOSPC);
  EQ(take(&r, frame, 60), 60);
  CHECK(memcmp(frame, r.tx, 20) == 0 && frame[20] == 0 && frame[59] == 0);
  rig_end(&r);
}

/* Many laps of the transmit memory, doorbells that the card sees only some of. */
static void frames_sent_to_the_other_port_arrive_in_order(void) {
  static rig other;
  rig_card(&r);
  EQ(hp_exacard_set(r.card, 0, HP_EXACARD_LOOP, 1), HP_OK);
  rig_open(&r);
  other = r;
  rig_configure(&other, "1");
  rig_open(&other);
  int32_t flow = group_flow();
  uint32_t sent = 0;
  uint32_t got = 0;
  for (int turns = 0; got < 20000 && turns < 1000000 && !check_failed; turns++) {
    uint32_t length = 4 + (sent * 131) % 1400;
    fill(sent, length);
    if (sent < 20000 && hp_exanic_tx(r.port, flow, 0, (int32_t)length) == HP_OK) sent++;
    int32_t count = hp_exanic_rx_burst(other.port);
    if (count == 0) nap_us(5);
    for (int32_t i = 0; i < count; i++, got++) check_payload(&other, i, got, 4 + (got * 131) % 1400);
  }
  EQ(got, 20000);
  EQ(other.stats.lapped, 0);
  EQ(hp_exacard_counter(r.card, 0, HP_EXACARD_FAULTS), 0);
  EQ(hp_exanic_close(other.port), HP_OK);
  rig_end(&r);
}

static void without_feedback_sends_are_refused_and_nothing_is_overwritten(void) {
  rig_start(&r);
  int32_t flow = group_flow();
  for (uint32_t round = 0; round < 3; round++) {
    EQ(hp_exacard_set(r.card, 0, HP_EXACARD_HOLD, 1), HP_OK);
    uint32_t went = 0;
    for (uint32_t i = 0; i < 100; i++) {
      uint32_t length = 4 + round * 300;
      fill(i, length);
      int32_t status = hp_exanic_tx(r.port, flow, 0, (int32_t)length);
      if (status != HP_OK) {
        EQ(status, HP_EAGAIN);
        break;
      }
      went++;
    }
    CHECK(went > 4 && went < 100);
    EQ(r.stats.tx_refused, round + 1);
    EQ(hp_exacard_take(r.card, 0, address_of(frame), sizeof frame), HP_EAGAIN);
    EQ(hp_exacard_set(r.card, 0, HP_EXACARD_HOLD, 0), HP_OK);
    for (uint32_t i = 0; i < went; i++) expect(i, 4 + round * 300);
  }
  EQ(hp_exacard_counter(r.card, 0, HP_EXACARD_FAULTS), 0);
  rig_end(&r);
}

static void warm_frames_never_leave(void) {
  rig_start(&r);
  int32_t flow = group_flow();
  for (uint32_t i = 0; i < 2000; i++) {
    fill(0, 100);
    EQ(hp_exanic_tx_warm(r.port, flow, 0, 100), HP_OK);
    if (i % 500 != 499) continue;
    nap_us(2000);
    fill(i, 100);
    EQ(hp_exanic_tx(r.port, flow, 0, 100), HP_OK);
    expect(i, 100);
  }
  nap_us(2000);
  EQ(hp_exacard_take(r.card, 0, address_of(frame), sizeof frame), HP_EAGAIN);
  EQ(hp_exacard_counter(r.card, 0, HP_EXACARD_DOORBELLS), 4);
  EQ(hp_exacard_counter(r.card, 0, HP_EXACARD_SENT), 4);
  EQ(r.stats.tx_packets, 4);
  EQ(hp_exanic_refresh(r.port), HP_OK);
  rig_end(&r);
}

static void a_preloaded_frame_leaves_when_it_is_fired(void) {
  rig_start(&r);
  int32_t flow = group_flow();
  EQ(hp_exanic_tx_fire(r.port, 0, 0, 2), HP_EAGAIN);
  for (uint32_t length = 2; length < 400; length += 33) {
    fill(9, length);
    memset(r.tx + length / 4 * 2, 0, length - length / 4 * 2);
    EQ(hp_exanic_tx_preload(r.port, flow, 0, (int32_t)length), HP_OK);
    nap_us(200);
    EQ(hp_exacard_take(r.card, 0, address_of(frame), sizeof frame), HP_EAGAIN);
    fill(9, length);
    int32_t at = (int32_t)(length / 4 * 2);
    EQ(hp_exanic_tx_fire(r.port, at, at, (int32_t)length - at), HP_OK);
    expect(9, length);
    EQ(hp_exanic_tx_fire(r.port, 0, 0, 2), HP_EAGAIN);
  }
  rig_end(&r);
}

static void what_is_fired_fits_the_frame_or_is_refused(void) {
  rig_start(&r);
  int32_t flow = group_flow();
  fill(1, 101);
  EQ(hp_exanic_tx_preload(r.port, HP_TX_RAW, 0, 100), HP_EINVAL);
  EQ(hp_exanic_tx_preload(r.port, flow, 0, 101), HP_OK);
  EQ(hp_exanic_tx_fire(r.port, 1, 1, 2), HP_EINVAL);
  EQ(hp_exanic_tx_fire(r.port, 2, 2, 3), HP_EINVAL);
  EQ(hp_exanic_tx_fire(r.port, 100, 100, 2), HP_EINVAL);
  EQ(hp_exanic_tx_fire(r.port, -2, 0, 2), HP_EINVAL);
  EQ(hp_exanic_tx_fire(r.port, 2, sizeof r.tx, 2), HP_EINVAL);
  EQ(hp_exanic_tx_fire(r.port, 100, 100, 1), HP_OK);
  expect(1, 101);
  /* Any other send forgets what lay ready, one that is refused too. */
  EQ(hp_exanic_tx_preload(r.port, flow, 0, 50), HP_OK);
  EQ(hp_exanic_tx(r.port, flow, 0, 60), HP_OK);
  expect(1, 60);
  EQ(hp_exanic_tx_fire(r.port, 0, 0, 2), HP_EAGAIN);
  EQ(hp_exanic_tx_preload(r.port, flow, 0, 50), HP_OK);
  EQ(hp_exanic_tx_warm(r.port, flow, 0, 60), HP_OK);
  EQ(hp_exanic_tx_fire(r.port, 0, 0, 2), HP_EAGAIN);
  rig_end(&r);
}

static void the_stamp_is_the_cards_and_comes_with_the_feedback(void) {
  rig_card(&r);
  EQ(hp_exacard_set(r.card, 0, HP_EXACARD_CLOCK_HZ, 250e6), HP_OK);
  EQ(hp_exacard_set(r.card, 0, HP_EXACARD_CLOCK_AT, 1e9), HP_OK);
  r.config.session_start_s = 1;
  rig_open(&r);
  CHECK(r.info.flags & HP_PORT_STAMPS_TX);
  int32_t flow = group_flow();
  EQ(hp_exanic_tx_stamp(r.port), 0);
  EQ(hp_exacard_set(r.card, 0, HP_EXACARD_HOLD, 1), HP_OK);
  EQ(hp_exanic_tx(r.port, flow, 0, 10), HP_OK);
  EQ(hp_exanic_tx_stamp(r.port), 0);
  EQ(hp_exacard_set(r.card, 0, HP_EXACARD_CLOCK_AT, 1e9 + 25), HP_OK);
  EQ(hp_exacard_set(r.card, 0, HP_EXACARD_HOLD, 0), HP_OK);
  EQ(take(&r, frame, sizeof frame), 60);
  for (int i = 0; i < 20000 && hp_exanic_tx_stamp(r.port) == 0; i++) nap_us(100);
  EQ(hp_exanic_tx_stamp(r.port), 3e9 + 100);
  rig_end(&r);
}

static void flows_that_cannot_be_are_refused(void) {
  rig_start(&r);
  hp_tx_flow flow = {.address = GROUP_A, .port = 0};
  EQ(hp_exanic_tx_flow(r.port, &flow), HP_EINVAL);
  flow = (hp_tx_flow){.address = 0, .port = 1};
  EQ(hp_exanic_tx_flow(r.port, &flow), HP_EINVAL);
  flow = (hp_tx_flow){.address = GROUP_A, .port = 1, .ttl = 256};
  EQ(hp_exanic_tx_flow(r.port, &flow), HP_EINVAL);
  /* The software card has no interface whose neighbours the kernel would know. */
  flow = (hp_tx_flow){.address = PEER_ADDRESS, .port = 1};
  EQ(hp_exanic_tx_flow(r.port, &flow), HP_ENOTSUP);
  flow.has_mac = 1;
  for (int i = 0; i < HP_TX_FLOWS_MAX; i++) EQ(hp_exanic_tx_flow(r.port, &flow), i);
  EQ(hp_exanic_tx_flow(r.port, &flow), HP_ENOSPC);
  rig_end(&r);
}

static void a_tag_is_put_in_when_the_port_has_one(void) {
  rig_card(&r);
  r.config.vlan = 77;
  rig_open(&r);
  int32_t flow = group_flow();
  fill(4, 100);
  EQ(hp_exanic_tx(r.port, flow, 0, 100), HP_OK);
  EQ(take(&r, frame, sizeof frame), 146);
  EQ(hp_get16(frame + 12), HP_TYPE_VLAN);
  EQ(hp_get16(frame + 14), 77);
  CHECK(hp_udp_is_sound(frame + 18, frame + 38, 108));
  rig_end(&r);
}

static void two_senders_of_one_port_lose_nothing(void) {
  static rig other;
  rig_start(&r);
  other = r;
  rig_open(&other);
  const hp_tx_flow flow = {.address = GROUP_A, .port = RIG_PORT, .source_port = 7001};
  int32_t first = group_flow();
  int32_t second = hp_exanic_tx_flow(other.port, &flow);
  uint32_t sent[2] = {0, 0};
  uint32_t got[2] = {0, 0};
  for (int turns = 0; turns < 200000 && got[0] + got[1] < 4000 && !check_failed; turns++) {
    memcpy(r.tx, &sent[0], 4);
    if (sent[0] < 2000 && hp_exanic_tx(r.port, first, 0, 4) == HP_OK) sent[0]++;
    memcpy(r.tx, &sent[1], 4);
    if (sent[1] < 2000 && hp_exanic_tx(other.port, second, 0, 4) == HP_OK) sent[1]++;
    if (hp_exacard_take(r.card, 0, address_of(frame), sizeof frame) < 0) {
      nap_us(20);
      continue;
    }
    uint32_t who = hp_get16(frame + 34) - 7000u;
    uint32_t number;
    memcpy(&number, frame + 42, 4);
    CHECK(who < 2);
    EQ(number, got[who & 1]);
    got[who & 1]++;
  }
  EQ(got[0], 2000);
  EQ(got[1], 2000);
  EQ(hp_exanic_close(other.port), HP_OK);
  rig_end(&r);
}

int main(void) {
  RUN(payloads_of_every_length_leave_as_frames);
  RUN(what_can_never_go_is_refused);
  RUN(a_raw_frame_leaves_as_it_is);
  RUN(frames_sent_to_the_other_port_arrive_in_order);
  RUN(without_feedback_sends_are_refused_and_nothing_is_overwritten);
  RUN(warm_frames_never_leave);
  RUN(a_preloaded_frame_leaves_when_it_is_fired);
  RUN(what_is_fired_fits_the_frame_or_is_refused);
  RUN(the_stamp_is_the_cards_and_comes_with_the_feedback);
  RUN(flows_that_cannot_be_are_refused);
  RUN(a_tag_is_put_in_when_the_port_has_one);
  RUN(two_senders_of_one_port_lose_nothing);
  FINISH();
}
