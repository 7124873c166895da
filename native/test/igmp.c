/* Membership: every frame is read back byte by byte, and queries of every kind are thrown at it. */
#include "check.h"

#include "../dpdk/igmp.c"

static const uint8_t mac[6] = {2, 0, 0, 0, 0, 7};
static uint8_t frame[HP_IGMP_FRAME_MAX];

#define G1 0xe8010101u /* 232.1.1.1 */
#define G2 0xefff0002u /* 239.255.0.2 */
#define S1 0x0a000001u
#define S2 0x0a000002u
#define OURS 0x0a0000fau

static void config_line(hp_port_config *config, uint32_t group, uint32_t source) {
  hp_port_line *line = &config->line[config->line_count++];
  line->group = group;
  line->port = 5000;
  line->source = source;
}

/* Two sources of G1, anybody of G2. */
static hp_igmp *membership(uint32_t version, uint32_t vlan) {
  static hp_igmp igmp;
  static hp_port_config config;
  memset(&config, 0, sizeof config);
  config.address = OURS;
  config.vlan = vlan;
  config_line(&config, G1, S1);
  config_line(&config, G2, 0);
  config_line(&config, G1, S2);
  config_line(&config, G2, 0);
  hp_igmp_set(&igmp, &config, version, mac, 99);
  return &igmp;
}

/* Checks headers of a frame of ours; its IGMP message. */
static const uint8_t *message_of(uint32_t length, uint32_t to, uint32_t vlan) {
  uint32_t at = vlan != 0 ? 18 : 14;
  uint8_t group_mac[6];
  hp_group_mac(to, group_mac);
  CHECK(length >= 60 && length <= sizeof frame);
  CHECK(memcmp(frame, group_mac, 6) == 0 && memcmp(frame + 6, mac, 6) == 0);
  if (vlan != 0) {
    EQ(hp_get16(frame + 12), 0x8100);
    EQ(hp_get16(frame + 14), vlan);
  }
  EQ(hp_get16(frame + at - 2), 0x0800);
  const uint8_t *ip = frame + at;
  EQ(ip[0], 0x46);
  EQ(ip[8], 1);
  EQ(ip[9], 2);
  EQ(hp_get32(ip + 12), OURS);
  EQ(hp_get32(ip + 16), to);
  EQ(hp_get32(ip + 20), 0x94040000);
  EQ(hp_sum(ip, 24, 0), 0xffff);
  EQ(hp_sum(ip + 24, hp_get16(ip + 2) - 24u, 0), 0xffff);
  CHECK(at + hp_get16(ip + 2) <= length);
  return ip + 24;
}

/* A query as a router sends it; its length. */
static uint32_t query(uint8_t *ip, uint32_t version, uint32_t code, uint32_t group,
                      const uint32_t *sources, uint32_t count) {
  uint32_t size = version == 3 ? 12 + count * 4 : 8;
  memset(ip, 0, 24 + size);
  ip[0] = 0x46;
  hp_put16(ip + 2, 24 + size);
  ip[8] = 1;
  ip[9] = 2;
  hp_put32(ip + 12, S1);
  hp_put32(ip + 16, group != 0 ? group : 0xe0000001u);
  hp_put32(ip + 20, 0x94040000);
  uint16_t check = (uint16_t)~hp_sum(ip, 24, 0);
  memcpy(ip + 10, &check, 2);
  uint8_t *message = ip + 24;
  message[0] = 0x11;
  message[1] = (uint8_t)(version == 1 ? 0 : code);
  hp_put32(message + 4, group);
  if (version == 3) hp_put16(message + 10, count);
  for (uint32_t i = 0; i < count; i++) hp_put32(message + 12 + i * 4, sources[i]);
  check = (uint16_t)~hp_sum(message, size, 0);
  memcpy(message + 2, &check, 2);
  return 24 + size;
}

static void joins_are_told_three_times_in_v3(void) {
  hp_igmp *igmp = membership(3, 0);
  EQ(igmp->count, 2);
  hp_igmp_join(igmp, 1000);
  for (uint64_t now = 1000; now <= 3000; now += 1000) {
    const uint8_t *message = message_of(hp_igmp_next(igmp, now, frame), 0xe0000016u, 0);
    EQ(message[0], 0x22);
    EQ(hp_get16(message + 6), 2);
    EQ(message[8], 5); /* ALLOW_NEW_SOURCES of G1: S1 and S2 */
    EQ(hp_get16(message + 10), 2);
    EQ(hp_get32(message + 12), G1);
    EQ(hp_get32(message + 16), S1);
    EQ(hp_get32(message + 20), S2);
    EQ(message[24], 4); /* CHANGE_TO_EXCLUDE of G2: nobody */
    EQ(hp_get16(message + 26), 0);
    EQ(hp_get32(message + 28), G2);
    EQ(hp_igmp_next(igmp, now, frame), 0);
    EQ(hp_igmp_next(igmp, now + 999, frame), 0);
  }
  EQ(hp_igmp_next(igmp, 100000, frame), 0);
  EQ(igmp->reports, 6);
}

static void frames_carry_the_tag(void) {
  hp_igmp *igmp = membership(3, 77);
  hp_igmp_join(igmp, 5);
  EQ(message_of(hp_igmp_next(igmp, 5, frame), 0xe0000016u, 77)[0], 0x22);
  EQ(message_of(hp_igmp_leave(igmp, 6, frame), 0xe0000016u, 77)[0], 0x22);
}

static void a_general_query_is_answered_within_its_time(void) {
  uint8_t ip[256];
  for (uint32_t seed = 1; seed < 50; seed++) {
    hp_igmp *igmp = membership(3, 0);
    igmp->random = seed * 7919;
    EQ(hp_igmp_hear(igmp, ip, query(ip, 3, 20, 0, NULL, 0), 10000), 1);
    uint64_t now = 10000;
    uint32_t length = 0;
    while ((length = hp_igmp_next(igmp, now, frame)) == 0 && now <= 12001) now++;
    CHECK(now <= 12000);
    const uint8_t *message = message_of(length, 0xe0000016u, 0);
    EQ(hp_get16(message + 6), 2);
    EQ(message[8], 1);  /* MODE_IS_INCLUDE */
    EQ(message[24], 2); /* MODE_IS_EXCLUDE */
    EQ(igmp->answers, 2);
    EQ(hp_igmp_next(igmp, 99999, frame), 0);
  }
}

static void sources_that_are_asked_for_are_answered_alone(void) {
  uint8_t ip[256];
  const uint32_t asked[] = {S2, 0x0a0000ee};
  hp_igmp *igmp = membership(3, 0);
  EQ(hp_igmp_hear(igmp, ip, query(ip, 3, 1, G1, asked, 2), 0), 1);
  const uint8_t *message = message_of(hp_igmp_next(igmp, 100, frame), 0xe0000016u, 0);
  EQ(hp_get16(message + 6), 1);
  EQ(message[8], 1);
  EQ(hp_get16(message + 10), 1);
  EQ(hp_get32(message + 16), S2);
  /* A group from anybody wants both of them. */
  EQ(hp_igmp_hear(igmp, ip, query(ip, 3, 1, G2, asked, 2), 0), 1);
  message = message_of(hp_igmp_next(igmp, 100, frame), 0xe0000016u, 0);
  EQ(hp_get16(message + 10), 2);
  /* Nothing of what is asked for is ours: silence. */
  EQ(hp_igmp_hear(igmp, ip, query(ip, 3, 1, G1, asked + 1, 1), 0), 1);
  EQ(hp_igmp_next(igmp, 100, frame), 0);
  EQ(hp_igmp_hear(igmp, ip, query(ip, 3, 1, 0xe8020202u, NULL, 0), 0), 0);
}

static void more_sources_than_are_kept_are_answered_with_the_group(void) {
  uint8_t ip[256];
  uint32_t asked[HP_IGMP_QUERIED_MAX + 1];
  for (uint32_t i = 0; i <= HP_IGMP_QUERIED_MAX; i++) asked[i] = 0x0b000000u + i;
  hp_igmp *igmp = membership(3, 0);
  EQ(hp_igmp_hear(igmp, ip, query(ip, 3, 1, G1, asked, HP_IGMP_QUERIED_MAX + 1), 0), 1);
  const uint8_t *message = message_of(hp_igmp_next(igmp, 100, frame), 0xe0000016u, 0);
  EQ(hp_get16(message + 10), 2);
  EQ(hp_get32(message + 16), S1);
}

static void an_older_querier_is_spoken_to_in_its_version(void) {
  uint8_t ip[256];
  hp_igmp *igmp = membership(3, 0);
  hp_igmp_hear(igmp, ip, query(ip, 2, 10, 0, NULL, 0), 1);
  uint32_t seen = 0, groups = 0;
  for (uint64_t now = 1; now <= 1001; now++)
    while (hp_igmp_next(igmp, now, frame) > 0) {
      uint32_t group = hp_get32(frame + 14 + 16);
      EQ(message_of(60, group, 0)[0], 0x16);
      EQ(hp_get32(frame + 42), group);
      groups |= group == G1 ? 1 : group == G2 ? 2 : 4;
      seen++;
    }
  EQ(seen, 2);
  EQ(groups, 3);
  EQ(message_of(hp_igmp_leave(igmp, 2000, frame), 0xe0000002u, 0)[0], 0x17);
  EQ(message_of(hp_igmp_leave(igmp, 2000, frame), 0xe0000002u, 0)[0], 0x17);
  EQ(hp_igmp_leave(igmp, 2000, frame), 0);
  /* It is forgotten after 260 s. */
  igmp = membership(3, 0);
  hp_igmp_hear(igmp, ip, query(ip, 2, 0, 0, NULL, 0), 1);
  while (hp_igmp_next(igmp, 1, frame) > 0) continue;
  hp_igmp_join(igmp, 260002);
  EQ(message_of(hp_igmp_next(igmp, 260002, frame), 0xe0000016u, 0)[0], 0x22);
  /* v1: no farewell. */
  igmp = membership(3, 0);
  hp_igmp_hear(igmp, ip, query(ip, 1, 0, 0, NULL, 0), 1);
  CHECK(hp_igmp_next(igmp, 10001, frame) > 0);
  EQ(frame[38], 0x12);
  EQ(hp_igmp_leave(igmp, 2, frame), 0);
}

static void leaving_blocks_sources_and_empties_groups(void) {
  hp_igmp *igmp = membership(3, 0);
  const uint8_t *message = message_of(hp_igmp_leave(igmp, 0, frame), 0xe0000016u, 0);
  EQ(hp_get16(message + 6), 2);
  EQ(message[8], 6);
  EQ(hp_get16(message + 10), 2);
  EQ(message[24], 3);
  EQ(hp_igmp_leave(igmp, 0, frame), 0);
}

static void groups_of_another_port_are_not_left(void) {
  static hp_igmp other;
  static hp_port_config config;
  config.line_count = 0;
  config_line(&config, G1, S1);
  hp_igmp_set(&other, &config, 3, mac, 1);
  hp_igmp *igmp = membership(3, 0);
  hp_igmp_keep(igmp, &other);
  const uint8_t *message = message_of(hp_igmp_leave(igmp, 0, frame), 0xe0000016u, 0);
  EQ(hp_get16(message + 6), 1);
  EQ(hp_get32(message + 12), G2);
}

static void long_response_times_are_floating(void) {
  EQ(response_ms(127), 12700);
  EQ(response_ms(128), 12800);       /* mantissa 16, exponent 3 */
  EQ(response_ms(0xff), 31744 * 100); /* 31 << 10 tenths */
}

static void the_fullest_report_fits_a_frame(void) {
  static hp_igmp igmp;
  static hp_port_config config;
  config.line_count = 0;
  config.vlan = 1;
  for (uint32_t i = 0; i < HP_PORT_LINES_MAX; i++) config_line(&config, 0xe8000000u + i, S1 + i);
  hp_igmp_set(&igmp, &config, 3, mac, 1);
  hp_igmp_join(&igmp, 0);
  EQ(hp_igmp_next(&igmp, 0, frame), HP_IGMP_FRAME_MAX);
}

/* Each copy ends where its heap block ends: one byte too far is seen. */
static void broken_queries_are_not_heard_and_never_read_past(void) {
  uint8_t ip[256];
  const uint32_t asked[] = {S1, S2};
  hp_igmp *igmp = membership(3, 0);
  uint32_t length = query(ip, 3, 10, G1, asked, 2);
  for (uint32_t cut = 0; cut < length; cut++) {
    uint8_t *copy = malloc(cut + 1);
    memcpy(copy, ip, cut);
    EQ(hp_igmp_hear(igmp, copy, cut, 0), 0);
    free(copy);
  }
  for (int i = 0; i < 200000; i++) {
    uint8_t *copy = malloc(length);
    memcpy(copy, ip, length);
    for (uint32_t flips = random_next() % 6 + 1; flips > 0; flips--)
      copy[random_next() % length] = (uint8_t)random_next();
    if (random_next() % 2) { /* with its sums mended, so that the rest is looked at */
      uint32_t header = (uint32_t)(copy[0] & 15) * 4, total = hp_get16(copy + 2);
      if (header >= 20 && total > header && total <= length) {
        memset(copy + 10, 0, 2);
        memset(copy + header + 2, 0, total > header + 4 ? 2 : 0);
        uint16_t check = (uint16_t)~hp_sum(copy + header, total - header, 0);
        if (total > header + 4) memcpy(copy + header + 2, &check, 2);
        check = (uint16_t)~hp_sum(copy, header, 0);
        memcpy(copy + 10, &check, 2);
      }
    }
    hp_igmp_hear(igmp, copy, length, (uint64_t)i);
    while (hp_igmp_next(igmp, (uint64_t)i, frame) > 0) continue;
    free(copy);
  }
  CHECK(igmp->answers > 100);
}

/* Anybody on the wire may ask for sixteen sources of every group: more than one frame holds. */
static void answers_that_fill_more_than_a_frame_go_in_several(void) {
  static hp_igmp igmp;
  static hp_port_config config;
  memset(&config, 0, sizeof config);
  config.address = OURS;
  config.vlan = 7;
  for (uint32_t i = 0; i < HP_PORT_LINES_MAX; i++) config_line(&config, G2 + i, 0);
  hp_igmp_set(&igmp, &config, 3, mac, 99);
  uint32_t sources[HP_IGMP_QUERIED_MAX];
  for (uint32_t i = 0; i < HP_IGMP_QUERIED_MAX; i++) sources[i] = S1 + i;
  uint8_t ip[256];
  for (uint32_t i = 0; i < HP_PORT_LINES_MAX; i++) {
    uint32_t length = query(ip, 3, 10, G2 + i, sources, HP_IGMP_QUERIED_MAX);
    EQ(hp_igmp_hear(&igmp, ip, length, 0), 1);
  }
  uint32_t records = 0, frames = 0;
  for (uint32_t length = 0; (length = hp_igmp_next(&igmp, 60000, frame)) > 0; frames++) {
    const uint8_t *message = message_of(length, 0xe0000016u, 7);
    EQ(message[0], 0x22);
    EQ(hp_get32(message + 12) - G2, records);
    records += hp_get16(message + 6);
  }
  EQ(records, HP_PORT_LINES_MAX);
  EQ(igmp.answers, HP_PORT_LINES_MAX);
  CHECK(frames > 5 && frames <= HP_PORT_LINES_MAX);
}

/* RFC 3376 section 7.1: 8 bytes are of version 1 or 2, from 12 on of 3, all else is silence. */
static void a_query_of_no_version_is_not_heard(void) {
  uint8_t ip[64];
  for (uint32_t size = 8; size <= 12; size++) {
    hp_igmp *igmp = membership(3, 0);
    uint32_t length = query(ip, 2, 10, 0, NULL, 0) + size - 8;
    memset(ip + 32, 0, sizeof ip - 32);
    hp_put16(ip + 2, length);
    memset(ip + 10, 0, 2);
    uint16_t check = (uint16_t)~hp_sum(ip, 24, 0);
    memcpy(ip + 10, &check, 2);
    EQ(hp_igmp_hear(igmp, ip, length, 0), size == 8 || size == 12);
    CHECK((igmp->older_until_ms[2] != 0) == (size == 8));
  }
}

int main(void) {
  RUN(answers_that_fill_more_than_a_frame_go_in_several);
  RUN(a_query_of_no_version_is_not_heard);
  RUN(joins_are_told_three_times_in_v3);
  RUN(frames_carry_the_tag);
  RUN(a_general_query_is_answered_within_its_time);
  RUN(sources_that_are_asked_for_are_answered_alone);
  RUN(more_sources_than_are_kept_are_answered_with_the_group);
  RUN(an_older_querier_is_spoken_to_in_its_version);
  RUN(leaving_blocks_sources_and_empties_groups);
  RUN(groups_of_another_port_are_not_left);
  RUN(long_response_times_are_floating);
  RUN(the_fullest_report_fits_a_frame);
  RUN(broken_queries_are_not_heard_and_never_read_past);
  FINISH();
}
