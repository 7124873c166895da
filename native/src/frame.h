/* From an Ethernet frame to the UDP payload of one of our lines, and back: what every packet backend
 * does with the frames it reads in place, and with the payloads it sends. All inline, so that each
 * backend compiles its own copy into its poll loop. Layouts: IEEE 802.3 and 802.1Q, RFC 791, RFC 768. */
#ifndef HAIRPIN_FRAME_H
#define HAIRPIN_FRAME_H

#include <stdint.h>
#include <string.h>

#pragma GCC visibility push(default)
#include "hairpin.h"
#pragma GCC visibility pop

#define HP_ETHERNET_BYTES 14
#define HP_TYPE_IPV4 0x0800
#define HP_TYPE_ARP 0x0806
#define HP_TYPE_VLAN 0x8100
#define HP_PROTOCOL_IGMP 2
#define HP_PROTOCOL_UDP 17
/* Ethernet, one tag, IPv4 without options, UDP. */
#define HP_TX_HEADER_MAX 46

/* What hp_frame_find says about a frame. */
#define HP_FRAME_OURS 0
#define HP_FRAME_STRANGER 1
#define HP_FRAME_MALFORMED 2
#define HP_FRAME_FRAGMENT 3
#define HP_FRAME_BAD_CHECKSUM 4

/* What the card or the kernel has done about a frame already. */
#define HP_CHECKED_IP 1   /* the IPv4 header's checksum is right */
#define HP_CHECKED_UDP 2  /* the UDP checksum is right, or will be put in by the card (local sender) */

typedef struct hp_lines {
  uint64_t key[HP_PORT_LINES_MAX]; /* destination address << 16 | port */
  hp_port_line line[HP_PORT_LINES_MAX];
  uint32_t count;
  uint32_t skips_checksum; /* HP_PORT_NO_CHECKSUM */
} hp_lines;

typedef struct hp_payload {
  uint32_t offset; /* of the UDP payload in the frame */
  uint32_t length; /* that is there */
  uint32_t flags;  /* HP_RX_TRUNCATED or 0 */
  uint32_t index;  /* of the line */
} hp_payload;

static inline uint16_t hp_get16(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }

static inline uint32_t hp_get32(const uint8_t *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline void hp_put16(uint8_t *at, uint32_t value) {
  at[0] = (uint8_t)(value >> 8);
  at[1] = (uint8_t)value;
}

static inline void hp_put32(uint8_t *at, uint32_t value) {
  hp_put16(at, value >> 16);
  hp_put16(at + 2, value & 0xffff);
}

/* The one's complement sum of RFC 1071 in the byte order of memory, folded to 16 bits. Eight bytes a
 * step: 1,400 bytes take about 50 ns without vector instructions. */
static inline uint32_t hp_sum(const uint8_t *at, uint32_t length, uint64_t sum) {
  while (length >= 8) {
    uint64_t word;
    memcpy(&word, at, 8);
    sum += word;
    sum += sum < word;
    at += 8;
    length -= 8;
  }
  uint64_t rest = 0;
  memcpy(&rest, at, length);
  sum += rest;
  sum += sum < rest;
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return (uint32_t)sum;
}

/* Sum of the pseudo header: both addresses, the protocol, the UDP length. `ip`: the IPv4 header. */
static inline uint32_t hp_pseudo_sum(const uint8_t *ip, uint32_t udp_length) {
  uint8_t tail[4] = {0, HP_PROTOCOL_UDP, (uint8_t)(udp_length >> 8), (uint8_t)udp_length};
  return hp_sum(tail, 4, hp_sum(ip + 12, 8, 0));
}

/* True when the UDP checksum is right, absent, or still that of the pseudo header alone: a sender on
 * this host leaves the rest to a card that is not there (veth, tap, loopback). */
static inline int hp_udp_is_sound(const uint8_t *ip, const uint8_t *udp, uint32_t udp_length) {
  uint16_t told;
  memcpy(&told, udp + 6, 2);
  if (told == 0) return 1;
  uint32_t pseudo = hp_pseudo_sum(ip, udp_length);
  return hp_sum(udp, udp_length, pseudo) == 0xffff || told == pseudo;
}

static inline uint64_t hp_line_key(uint32_t address, uint32_t port) {
  return (uint64_t)address << 16 | port;
}

/* Takes the lines of a config. HP_EINVAL when there are too many, when one is impossible, or when two
 * want the same packets: the first would have all of them. */
static inline int32_t hp_lines_set(hp_lines *lines, const hp_port_config *config) {
  if (config->line_count > HP_PORT_LINES_MAX) return HP_EINVAL;
  lines->count = config->line_count;
  lines->skips_checksum = config->flags & HP_PORT_NO_CHECKSUM;
  for (uint32_t i = 0; i < lines->count; i++) {
    const hp_port_line *line = &config->line[i];
    if (line->port < 1 || line->port > 65535) return HP_EINVAL;
    if (line->group != 0 && line->group >> 28 != 14) return HP_EINVAL; /* 224.0.0.0/4 */
    if (line->group == 0 && line->iface == 0) return HP_EINVAL;
    lines->line[i] = *line;
    lines->key[i] = hp_line_key(line->group != 0 ? line->group : line->iface, line->port);
    for (uint32_t k = 0; k < i; k++)
      if (lines->key[k] == lines->key[i] &&
          (lines->line[k].source == line->source || lines->line[k].source == 0 || line->source == 0))
        return HP_EINVAL;
  }
  return HP_OK;
}

/* Fragments after the first have no ports: one for an address of ours is a fragment of ours. */
static inline int hp_lines_have_address(const hp_lines *lines, uint32_t address) {
  for (uint32_t i = 0; i < lines->count; i++)
    if (lines->key[i] >> 16 == address) return 1;
  return 0;
}

/* Index of the line, or -1. */
static inline int32_t hp_lines_find(const hp_lines *lines, uint64_t key, uint32_t source) {
  for (uint32_t i = 0; i < lines->count; i++)
    if (lines->key[i] == key && (lines->line[i].source == 0 || lines->line[i].source == source))
      return (int32_t)i;
  return -1;
}

/* Where the IPv4 header is: behind the EtherType and up to two tags (802.1Q, 802.1ad and its older
 * number). 0 = it is no IPv4 frame, or ends before. */
static inline uint32_t hp_frame_ip(const uint8_t *frame, uint32_t length) {
  for (uint32_t at = 12; at <= 20 && at + 2 <= length; at += 4) {
    uint32_t type = hp_get16(frame + at);
    if (type == HP_TYPE_IPV4) return at + 2;
    if (type != HP_TYPE_VLAN && type != 0x88a8 && type != 0x9100) return 0;
  }
  return 0;
}

/* What a frame is. `length` bytes of it are there, `wire_length` came; fewer than that is a truncated
 * packet, told by its flag and not checked. `checked`: HP_CHECKED_*. Never reads past `length`. */
static inline int hp_frame_find(const uint8_t *frame, uint32_t length, uint32_t wire_length,
                                const hp_lines *lines, uint32_t checked, hp_payload *out) {
  uint32_t ip_at = hp_frame_ip(frame, length);
  if (ip_at == 0) return length < HP_ETHERNET_BYTES ? HP_FRAME_MALFORMED : HP_FRAME_STRANGER;
  if (ip_at + 20 > length) return HP_FRAME_MALFORMED;
  const uint8_t *ip = frame + ip_at;
  uint32_t header = (uint32_t)(ip[0] & 15) * 4;
  uint32_t total = hp_get16(ip + 2);
  uint32_t address = hp_get32(ip + 16);
  if (ip[9] != HP_PROTOCOL_UDP) return HP_FRAME_STRANGER;
  if (ip[0] >> 4 != 4 || header < 20 || total < header) return HP_FRAME_MALFORMED;
  if (ip_at + total > wire_length || ip_at + header > length) return HP_FRAME_MALFORMED;
  if ((hp_get16(ip + 6) & 0x3fff) != 0) /* more fragments, or an offset */
    return hp_lines_have_address(lines, address) ? HP_FRAME_FRAGMENT : HP_FRAME_STRANGER;
  if (total < header + 8 || ip_at + header + 8 > length) return HP_FRAME_MALFORMED;
  const uint8_t *udp = ip + header;
  int32_t index = hp_lines_find(lines, hp_line_key(address, hp_get16(udp + 2)), hp_get32(ip + 12));
  if (index < 0) return HP_FRAME_STRANGER;
  uint32_t udp_length = hp_get16(udp + 4);
  if (udp_length < 8 || header + udp_length > total) return HP_FRAME_MALFORMED;
  if (!(checked & HP_CHECKED_IP) && hp_sum(ip, header, 0) != 0xffff) return HP_FRAME_BAD_CHECKSUM;
  out->offset = ip_at + header + 8;
  out->length = udp_length - 8;
  out->flags = 0;
  out->index = (uint32_t)index;
  if (out->offset + out->length > length) {
    out->length = length - out->offset;
    out->flags = HP_RX_TRUNCATED;
    return HP_FRAME_OURS;
  }
  if ((checked & HP_CHECKED_UDP) || lines->skips_checksum) return HP_FRAME_OURS;
  return hp_udp_is_sound(ip, udp, udp_length) ? HP_FRAME_OURS : HP_FRAME_BAD_CHECKSUM;
}

/* Counts a frame that is not handed on. */
static inline void hp_frame_count(hp_port_stats *stats, int verdict) {
  switch (verdict) {
    case HP_FRAME_STRANGER:
      stats->strangers += 1;
      break;
    case HP_FRAME_FRAGMENT:
      stats->fragments += 1;
      break;
    case HP_FRAME_BAD_CHECKSUM:
      stats->bad_checksum += 1;
      break;
    default:
      stats->malformed += 1;
  }
}

/* Fills the descriptor of a payload whose frame begins at `offset` of the arena, and counts it.
 * `stamp`: HP_RX_STAMP_* of rx_ns, 0 when there is none. */
static inline void hp_frame_describe(hp_rx_desc *desc, hp_port_stats *stats, const hp_lines *lines,
                                     const hp_payload *payload, uint32_t offset, double rx_ns,
                                     uint32_t stamp) {
  const hp_port_line *line = &lines->line[payload->index];
  desc->offset = offset + payload->offset;
  desc->length = payload->length;
  desc->flags = payload->flags | stamp;
  desc->line = line->line;
  desc->rx_ns = rx_ns;
  desc->feed = line->feed;
  stats->bytes += (double)payload->length;
  if (payload->flags & HP_RX_TRUNCATED) stats->truncated += 1;
}

/* A played Port's burst: its owner has filled the descriptors, only the counting is left. */
static inline int32_t hp_played_burst(uint32_t *played, const hp_rx_desc *desc, hp_port_stats *stats) {
  uint32_t count = *played;
  if (count > HP_BURST_MAX) count = HP_BURST_MAX;
  *played = 0;
  for (uint32_t i = 0; i < count; i++) stats->bytes += (double)desc[i].length;
  stats->polls += 1;
  stats->packets += count;
  return (int32_t)count;
}

/* ---- sending --------------------------------------------------------------------------------- */

typedef struct hp_tx_header {
  uint8_t bytes[HP_TX_HEADER_MAX + 2]; /* checksums and lengths left at 0 */
  uint32_t length;                     /* 42, or 46 with a tag */
  uint32_t ip_sum;                     /* of the IPv4 header as it stands */
  uint32_t pseudo_sum;                 /* of both addresses and the protocol */
} hp_tx_header;

/* RFC 1112 section 6.4: 01-00-5e and the low 23 bits of the group. */
static inline void hp_group_mac(uint32_t group, uint8_t *mac) {
  mac[0] = 1;
  mac[1] = 0;
  mac[2] = 0x5e;
  mac[3] = (uint8_t)(group >> 16 & 0x7f);
  mac[4] = (uint8_t)(group >> 8);
  mac[5] = (uint8_t)group;
}

static inline int hp_tx_flow_is_valid(const hp_tx_flow *flow) {
  return flow != NULL && flow->address != 0 && flow->port >= 1 && flow->port <= 65535 &&
         flow->source_port <= 65535 && flow->ttl <= 255;
}

/* The MAC address that a flow goes to, where no neighbour has to be asked: given, a group's, or
 * everybody's. 0 = there is one to be asked. */
static inline int hp_tx_flow_mac(const hp_tx_flow *flow, uint8_t *mac) {
  if (flow->has_mac) memcpy(mac, flow->mac, 6);
  else if (flow->address >> 28 == 14) hp_group_mac(flow->address, mac);
  else if (flow->address == 0xffffffff) memset(mac, 0xff, 6);
  else return 0;
  return 1;
}

/* Builds the headers of a flow. `vlan` 0 = no tag. `to`, `from`: MAC addresses. */
static inline void hp_tx_header_set(hp_tx_header *out, const hp_tx_flow *flow, uint32_t source,
                                    uint32_t vlan, const uint8_t *to, const uint8_t *from) {
  memset(out, 0, sizeof *out);
  uint8_t *at = out->bytes;
  memcpy(at, to, 6);
  memcpy(at + 6, from, 6);
  at += 12;
  if (vlan != 0) {
    hp_put16(at, HP_TYPE_VLAN);
    hp_put16(at + 2, vlan & 0xfff);
    at += 4;
  }
  hp_put16(at, HP_TYPE_IPV4);
  uint8_t *ip = at + 2;
  ip[0] = 0x45;
  hp_put16(ip + 6, 0x4000); /* do not fragment */
  ip[8] = (uint8_t)(flow->ttl != 0 ? flow->ttl : flow->address >> 28 == 14 ? 1 : 64);
  ip[9] = HP_PROTOCOL_UDP;
  hp_put32(ip + 12, source);
  hp_put32(ip + 16, flow->address);
  hp_put16(ip + 20, flow->source_port);
  hp_put16(ip + 22, flow->port);
  out->length = (uint32_t)(ip - out->bytes) + 28;
  out->ip_sum = hp_sum(ip, 20, 0);
  out->pseudo_sum = hp_pseudo_sum(ip, 0);
}

/* Writes a whole frame for `length` bytes of payload to `frame`; its length. Both checksums are ours:
 * a card that would put them in differs from the next one in how it is told. */
static inline uint32_t hp_tx_frame(uint8_t *frame, const hp_tx_header *header, const uint8_t *payload,
                                   uint32_t length) {
  memcpy(frame, header->bytes, HP_TX_HEADER_MAX);
  memcpy(frame + header->length, payload, length);
  uint8_t *udp = frame + header->length - 8;
  uint8_t *ip = udp - 20;
  uint8_t size[4] = {(uint8_t)((length + 28) >> 8), (uint8_t)(length + 28)};
  uint32_t sum = hp_sum(size, 2, header->ip_sum);
  uint16_t check = (uint16_t)~sum;
  memcpy(ip + 2, size, 2);
  memcpy(ip + 10, &check, 2);
  hp_put16(udp + 4, length + 8);
  hp_put16(size, length + 8);
  sum = hp_sum(size, 2, header->pseudo_sum);
  check = (uint16_t)~hp_sum(udp, length + 8, sum);
  if (check == 0) check = 0xffff; /* 0 would say that there is none */
  memcpy(udp + 6, &check, 2);
  return header->length + length;
}

#endif
