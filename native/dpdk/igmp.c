#include "igmp.h"

#define QUERY 0x11
#define REPORT_V1 0x12
#define REPORT_V2 0x16
#define LEAVE_V2 0x17
#define REPORT_V3 0x22

/* Record types, RFC 3376 section 4.2.12. */
#define IS_INCLUDE 1
#define IS_EXCLUDE 2
#define TO_INCLUDE 3
#define TO_EXCLUDE 4
#define ALLOW_NEW 5
#define BLOCK_OLD 6

#define ALL_HOSTS 0xe0000001u
#define ALL_ROUTERS 0xe0000002u
#define ALL_V3_ROUTERS 0xe0000016u

#define JOINS 3
#define JOIN_GAP_MS 1000
#define V1_RESPONSE_MS 10000
/* Older Version Querier Present: robustness 2 times 125 s, and 10 s to respond (section 8.12). */
#define OLDER_MS 260000

void hp_igmp_set(hp_igmp *igmp, const hp_port_config *config, uint32_t version, const uint8_t *mac,
                 uint32_t seed) {
  memset(igmp, 0, sizeof *igmp);
  igmp->version = version;
  igmp->address = config->address;
  igmp->vlan = config->vlan;
  igmp->random = seed != 0 ? seed : 1;
  memcpy(igmp->mac, mac, 6);
  for (uint32_t i = 0; i < config->line_count && i < HP_PORT_LINES_MAX; i++) {
    const hp_port_line *line = &config->line[i];
    if (line->group >> 28 != 14) continue;
    uint32_t k = 0;
    while (k < igmp->count && igmp->group[k].group != line->group) k++;
    hp_igmp_group *group = &igmp->group[k];
    int is_new = k == igmp->count;
    if (is_new) {
      group->group = line->group;
      igmp->count++;
    }
    if (line->source == 0 || (!is_new && group->source_count == 0)) {
      group->source_count = 0; /* one line from anybody opens the group for all */
      continue;
    }
    uint32_t s = 0;
    while (s < group->source_count && group->source[s] != line->source) s++;
    group->source[s] = line->source;
    if (s == group->source_count) group->source_count++;
  }
}

void hp_igmp_join(hp_igmp *igmp, uint64_t now_ms) {
  for (uint32_t i = 0; i < igmp->count; i++) {
    igmp->group[i].joins_left = JOINS;
    igmp->group[i].join_ms = now_ms;
  }
}

static uint32_t version_now(const hp_igmp *igmp, uint64_t now_ms) {
  for (uint32_t v = 1; v < igmp->version; v++)
    if (now_ms < igmp->older_until_ms[v]) return v;
  return igmp->version;
}

/* Xorshift: reports of many hosts must not come at once, nothing more. */
static uint64_t delay(hp_igmp *igmp, uint64_t max_ms) {
  igmp->random ^= igmp->random << 13;
  igmp->random ^= igmp->random >> 17;
  igmp->random ^= igmp->random << 5;
  return igmp->random % (max_ms + 1);
}

/* Max Resp Code in ms, section 4.1.1: tenths of a second, floating above 127. */
static uint64_t response_ms(uint32_t code) {
  uint64_t tenths = code < 128 ? code : (uint64_t)((code & 15) | 16) << (((code >> 4) & 7) + 3);
  return tenths * 100;
}

static void ask(hp_igmp_group *group, uint64_t at_ms, const uint8_t *sources, uint32_t count) {
  int was_whole = group->has_answer && group->queried_count == 0;
  int is_first = !group->has_answer;
  if (is_first || at_ms < group->answer_ms) group->answer_ms = at_ms;
  group->has_answer = 1;
  /* What cannot be kept is answered with more: the state of the whole group (section 5.2, 4). */
  if (count == 0 || was_whole || group->queried_count + count > HP_IGMP_QUERIED_MAX) {
    group->queried_count = 0;
    return;
  }
  for (uint32_t i = 0; i < count; i++)
    group->queried[group->queried_count++] = hp_get32(sources + i * 4);
}

int hp_igmp_hear(hp_igmp *igmp, const uint8_t *ip, uint32_t length, uint64_t now_ms) {
  if (length < 20 || ip[0] >> 4 != 4 || ip[9] != HP_PROTOCOL_IGMP) return 0;
  uint32_t header = (uint32_t)(ip[0] & 15) * 4;
  uint32_t total = hp_get16(ip + 2);
  if (header < 20 || total > length || total < header + 8) return 0;
  if ((hp_get16(ip + 6) & 0x3fff) != 0 || hp_sum(ip, header, 0) != 0xffff) return 0;
  const uint8_t *message = ip + header;
  uint32_t size = total - header;
  if (message[0] != QUERY || hp_sum(message, size, 0) != 0xffff) return 0;
  if (size > 8 && size < 12) return 0; /* RFC 3376 section 7.1: of no version */
  uint32_t version = size >= 12 ? 3 : message[1] != 0 ? 2 : 1;
  uint32_t count = version == 3 ? hp_get16(message + 10) : 0;
  if (12 + count * 4 > size && version == 3) return 0;
  uint32_t asked = hp_get32(message + 4);
  if (asked == 0 && hp_get32(ip + 16) != ALL_HOSTS) return 0;
  if (version < 3) igmp->older_until_ms[version] = now_ms + OLDER_MS;
  uint64_t max_ms = version == 3   ? response_ms(message[1])
                    : version == 2 ? message[1] * 100u
                                   : V1_RESPONSE_MS;
  int is_ours = 0;
  uint64_t together = now_ms + delay(igmp, max_ms);
  for (uint32_t i = 0; i < igmp->count; i++) {
    hp_igmp_group *group = &igmp->group[i];
    if (asked != 0 && asked != group->group) continue;
    uint64_t at = version == 3 ? together : now_ms + delay(igmp, max_ms);
    ask(group, at, message + 12, asked != 0 ? count : 0);
    is_ours = 1;
  }
  return is_ours;
}

/* Writes Ethernet and IPv4 headers for `size` bytes of IGMP, which stand there already, and its
 * checksum; the frame's length. `at`: what message_at gave. */
static uint32_t wrap(const hp_igmp *igmp, uint8_t *frame, uint32_t to, uint32_t size) {
  uint8_t *at = frame + 12;
  hp_group_mac(to, frame);
  memcpy(frame + 6, igmp->mac, 6);
  if (igmp->vlan != 0) {
    hp_put16(at, HP_TYPE_VLAN);
    hp_put16(at + 2, igmp->vlan & 0xfff);
    at += 4;
  }
  hp_put16(at, HP_TYPE_IPV4);
  uint8_t *ip = at + 2;
  memset(ip, 0, 24);
  ip[0] = 0x46;
  ip[1] = 0xc0; /* internetwork control, RFC 3376 section 4 */
  hp_put16(ip + 2, 24 + size);
  hp_put16(ip + 6, 0x4000);
  ip[8] = 1;
  ip[9] = HP_PROTOCOL_IGMP;
  hp_put32(ip + 12, igmp->address);
  hp_put32(ip + 16, to);
  ip[20] = 0x94; /* router alert, RFC 2113 */
  ip[21] = 4;
  uint16_t check = (uint16_t)~hp_sum(ip, 24, 0);
  memcpy(ip + 10, &check, 2);
  uint8_t *message = ip + 24;
  memset(message + 2, 0, 2);
  check = (uint16_t)~hp_sum(message, size, 0);
  memcpy(message + 2, &check, 2);
  uint32_t length = (uint32_t)(message - frame) + size;
  if (length < 60) memset(frame + length, 0, 60 - length);
  return length < 60 ? 60 : length;
}

static uint8_t *message_at(const hp_igmp *igmp, uint8_t *frame) {
  return frame + (igmp->vlan != 0 ? 18 : 14) + 24;
}

static uint32_t old_message(const hp_igmp *igmp, uint8_t *frame, uint8_t type, uint32_t group) {
  uint8_t *message = message_at(igmp, frame);
  memset(message, 0, 8);
  message[0] = type;
  hp_put32(message + 4, group);
  return wrap(igmp, frame, type == LEAVE_V2 ? ALL_ROUTERS : group, 8);
}

/* One record of a v3 report; bytes written. */
static uint32_t record(uint8_t *at, uint8_t type, uint32_t group, const uint32_t *source,
                       uint32_t count) {
  at[0] = type;
  at[1] = 0;
  hp_put16(at + 2, count);
  hp_put32(at + 4, group);
  for (uint32_t i = 0; i < count; i++) hp_put32(at + 8 + i * 4, source[i]);
  return 8 + count * 4;
}

/* Bytes that record_answer takes at most. */
static uint32_t answer_size(const hp_igmp_group *group) {
  uint32_t count = group->queried_count != 0 ? group->queried_count : group->source_count;
  return 8 + count * 4;
}

/* The current state of a group, or of the sources that were asked for; 0 = nothing to tell. */
static uint32_t record_answer(uint8_t *at, const hp_igmp_group *group) {
  if (group->queried_count == 0)
    return record(at, group->source_count != 0 ? IS_INCLUDE : IS_EXCLUDE, group->group,
                  group->source, group->source_count);
  uint32_t wanted[HP_IGMP_QUERIED_MAX];
  uint32_t count = 0;
  for (uint32_t i = 0; i < group->queried_count; i++) {
    uint32_t s = 0;
    while (s < group->source_count && group->source[s] != group->queried[i]) s++;
    if (group->source_count == 0 || s < group->source_count) wanted[count++] = group->queried[i];
  }
  return count == 0 ? 0 : record(at, IS_INCLUDE, group->group, wanted, count);
}

static uint32_t finish_report(const hp_igmp *igmp, uint8_t *frame, uint32_t records, uint32_t size) {
  uint8_t *message = message_at(igmp, frame);
  memset(message, 0, 8);
  message[0] = REPORT_V3;
  hp_put16(message + 6, records);
  return wrap(igmp, frame, ALL_V3_ROUTERS, size);
}

static int is_join_due(const hp_igmp_group *group, uint64_t now_ms) {
  return group->joins_left > 0 && now_ms >= group->join_ms;
}

static int is_answer_due(const hp_igmp_group *group, uint64_t now_ms) {
  return group->has_answer && now_ms >= group->answer_ms;
}

static void join_is_sent(hp_igmp *igmp, hp_igmp_group *group, uint64_t now_ms) {
  group->joins_left--;
  group->join_ms = now_ms + JOIN_GAP_MS;
  igmp->reports++;
}

static void answer_is_done(hp_igmp_group *group) {
  group->has_answer = 0;
  group->queried_count = 0;
}

static uint32_t next_v3(hp_igmp *igmp, uint64_t now_ms, uint8_t *frame) {
  uint8_t *message = message_at(igmp, frame);
  uint32_t size = 8, records = 0;
  for (uint32_t i = 0; i < igmp->count; i++) {
    hp_igmp_group *group = &igmp->group[i];
    if (!is_join_due(group, now_ms)) continue;
    uint8_t type = group->source_count != 0 ? ALLOW_NEW : TO_EXCLUDE;
    size += record(message + size, type, group->group, group->source, group->source_count);
    records++;
    join_is_sent(igmp, group, now_ms);
  }
  if (records > 0) return finish_report(igmp, frame, records, size);
  for (uint32_t i = 0; i < igmp->count; i++) {
    hp_igmp_group *group = &igmp->group[i];
    if (!is_answer_due(group, now_ms)) continue;
    /* Who asks for sources of many groups at once is answered in several frames. */
    if ((uint32_t)(message - frame) + size + answer_size(group) > HP_IGMP_FRAME_MAX) break;
    uint32_t bytes = record_answer(message + size, group);
    size += bytes;
    records += bytes > 0;
    igmp->answers += bytes > 0;
    answer_is_done(group);
  }
  return records > 0 ? finish_report(igmp, frame, records, size) : 0;
}

uint32_t hp_igmp_next(hp_igmp *igmp, uint64_t now_ms, uint8_t *frame) {
  uint32_t version = version_now(igmp, now_ms);
  if (version == 3) return next_v3(igmp, now_ms, frame);
  for (uint32_t i = 0; i < igmp->count; i++) {
    hp_igmp_group *group = &igmp->group[i];
    if (is_join_due(group, now_ms)) {
      join_is_sent(igmp, group, now_ms);
    } else if (is_answer_due(group, now_ms)) {
      answer_is_done(group);
      igmp->answers++;
    } else {
      continue;
    }
    return old_message(igmp, frame, version == 1 ? REPORT_V1 : REPORT_V2, group->group);
  }
  return 0;
}

void hp_igmp_keep(hp_igmp *igmp, const hp_igmp *other) {
  for (uint32_t i = 0; i < other->count; i++) {
    uint32_t k = 0;
    while (k < igmp->count && igmp->group[k].group != other->group[i].group) k++;
    if (k < igmp->count) igmp->group[k] = igmp->group[--igmp->count];
  }
}

uint32_t hp_igmp_leave(hp_igmp *igmp, uint64_t now_ms, uint8_t *frame) {
  uint32_t version = version_now(igmp, now_ms);
  if (igmp->count == 0) return 0;
  if (version == 1) { /* v1 knows no farewell */
    igmp->count = 0;
    return 0;
  }
  if (version == 2)
    return old_message(igmp, frame, LEAVE_V2, igmp->group[--igmp->count].group);
  uint8_t *message = message_at(igmp, frame);
  uint32_t size = 8, records = igmp->count;
  for (uint32_t i = 0; i < igmp->count; i++) {
    const hp_igmp_group *group = &igmp->group[i];
    uint8_t type = group->source_count != 0 ? BLOCK_OLD : TO_INCLUDE;
    size += record(message + size, type, group->group, group->source, group->source_count);
  }
  igmp->count = 0;
  return finish_report(igmp, frame, records, size);
}
