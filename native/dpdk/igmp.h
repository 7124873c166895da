/* Group membership spoken by ourselves: a card that the kernel does not drive gets no multicast unless
 * somebody asks for it. Hosts' side of IGMPv3 (RFC 3376), with v2 (RFC 2236) and v1 (RFC 1112) while
 * an older querier is about. Bytes in, bytes out: no device, no clock, no allocation. */
#ifndef HAIRPIN_IGMP_H
#define HAIRPIN_IGMP_H

#include "../src/frame.h"

/* Ethernet, a tag, IPv4 with router alert, a v3 report on HP_PORT_LINES_MAX groups and sources. */
#define HP_IGMP_FRAME_MAX (14 + 4 + 24 + 8 + HP_PORT_LINES_MAX * 12)
#define HP_IGMP_QUERIED_MAX 16

typedef struct hp_igmp_group {
  uint32_t group;
  uint32_t source_count; /* 0 = from anybody */
  uint32_t source[HP_PORT_LINES_MAX];
  uint32_t joins_left;   /* unsolicited reports still to be sent */
  uint32_t has_answer;   /* a query waits for answer_ms */
  uint64_t join_ms;
  uint64_t answer_ms;
  uint32_t queried_count; /* 0 = the whole group was asked for */
  uint32_t queried[HP_IGMP_QUERIED_MAX];
} hp_igmp_group;

typedef struct hp_igmp {
  uint32_t count;
  uint32_t version;    /* spoken when no older querier was heard: 1..3 */
  uint32_t address;    /* source of our reports; 0 is allowed (RFC 3376 section 4.2.13) */
  uint32_t vlan;       /* 0 = untagged */
  uint32_t random;     /* state of the delays' generator, never 0 */
  uint32_t reports;    /* sent unasked */
  uint32_t answers;
  uint8_t mac[6];
  uint8_t pad[6];
  uint64_t older_until_ms[3]; /* [v]: until then a querier of version v is about */
  hp_igmp_group group[HP_PORT_LINES_MAX];
} hp_igmp;

/* Takes the groups of a config. `seed`: anything that differs between hosts. */
void hp_igmp_set(hp_igmp *igmp, const hp_port_config *config, uint32_t version, const uint8_t *mac,
                 uint32_t seed);
/* From now on every group is reported, three times a second apart (RFC 3376 sections 8.1 and 8.11, and
 * one more for a link that is not up at once). */
void hp_igmp_join(hp_igmp *igmp, uint64_t now_ms);
/* A message: `ip` the IPv4 header, `length` bytes of it. 1 = a query that concerns us. */
int hp_igmp_hear(hp_igmp *igmp, const uint8_t *ip, uint32_t length, uint64_t now_ms);
/* Writes the next frame that is due, HP_IGMP_FRAME_MAX bytes at most: its length, 0 = nothing is. */
uint32_t hp_igmp_next(hp_igmp *igmp, uint64_t now_ms, uint8_t *frame);
/* Takes out the groups that somebody else on the same device still wants. */
void hp_igmp_keep(hp_igmp *igmp, const hp_igmp *other);
/* Writes the next frame of the farewell and forgets its groups: its length, 0 = all is said. */
uint32_t hp_igmp_leave(hp_igmp *igmp, uint64_t now_ms, uint8_t *frame);

#endif
