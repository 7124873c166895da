/* Frames that come in: steered by the rules, cut into chunks, written into a ring whatever its reader
 * does. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "card.h"

static uint32_t get16(const uint8_t *at) { return (uint32_t)at[0] << 8 | at[1]; }
static uint32_t get32(const uint8_t *at) { return get16(at) << 16 | get16(at + 2); }

/* IEEE 802.3 section 3.2.9, a byte a step. */
void card_crc_set(card *c) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; bit++) value = value >> 1 ^ (value & 1 ? 0xedb88320u : 0);
    c->crc[i] = value;
  }
}

static uint32_t crc(const card *c, const uint8_t *at, uint32_t length) {
  uint32_t value = 0xffffffffu;
  for (uint32_t i = 0; i < length; i++) value = value >> 8 ^ c->crc[(value ^ at[i]) & 255];
  return ~value;
}

/* Gives the ring its memory and the look of one that no frame has come to. */
int32_t card_ring_open(card *c, card_ring *ring, uint64_t page) {
  int error = posix_fallocate(c->fd, (off_t)(page * EXA_PAGE), EXA_RING_SIZE);
  if (error != 0) return error;
  ring->chunks = c->file + page * EXA_PAGE;
  ring->next = 0;
  ring->generation = 0;
  ring->is_open = 1;
  memset(ring->chunks, 0xff, EXA_RING_SIZE);
  return 0;
}

/* Fields that rules look at; 0 when the frame has none. */
typedef struct tuple {
  uint32_t source;
  uint32_t destination;
  uint32_t source_port;
  uint32_t destination_port;
  uint32_t protocol;
} tuple;

static int tuple_of(const uint8_t *frame, uint32_t length, tuple *out) {
  uint32_t at = 12;
  while (at + 6 <= length && (get16(frame + at) == 0x8100 || get16(frame + at) == 0x88a8)) at += 4;
  if (at + 22 > length || get16(frame + at) != 0x0800) return 0;
  const uint8_t *ip = frame + at + 2;
  uint32_t header = (uint32_t)(ip[0] & 15) * 4;
  memset(out, 0, sizeof *out);
  out->source = get32(ip + 12);
  out->destination = get32(ip + 16);
  out->protocol = ip[9];
  if ((get16(ip + 6) & 0x1fff) != 0 || at + 2 + header + 4 > length) return 1;
  out->source_port = get16(ip + header);
  out->destination_port = get16(ip + header + 2);
  return 1;
}

static int rule_matches(const card_rule *rule, const tuple *t) {
  return rule->is_used && (rule->source == 0 || rule->source == t->source) &&
         (rule->destination == 0 || rule->destination == t->destination) &&
         (rule->source_port == 0 || rule->source_port == t->source_port) &&
         (rule->destination_port == 0 || rule->destination_port == t->destination_port) &&
         (rule->protocol == 0 || rule->protocol == t->protocol);
}

/* The ring that a frame goes to, and the number of the rule that sent it there. */
static card_ring *ring_for(card_port *port, const uint8_t *frame, uint32_t length, uint32_t *rule) {
  tuple fields;
  *rule = 0;
  if (!tuple_of(frame, length, &fields)) return &port->ring[0];
  for (uint32_t i = 0; i < port->rules_max; i++) {
    card_ring *ring = &port->ring[1 + port->rule[i].buffer];
    if (!rule_matches(&port->rule[i], &fields) || !ring->is_open) continue;
    *rule = i;
    return ring;
  }
  return &port->ring[0];
}

/* Payload first, then the trailer in one piece: the order in which a card writes memory. */
static void write_chunk(card_ring *ring, const uint8_t *payload, uint32_t length, uint64_t trailer) {
  uint8_t *chunk = ring->chunks + (size_t)ring->next * EXA_CHUNK_SIZE;
  memcpy(chunk, payload, length);
  trailer |= (uint64_t)ring->generation << 56;
  __atomic_store_n((uint64_t *)(void *)(chunk + EXA_CHUNK_PAYLOAD), trailer, __ATOMIC_RELEASE);
  if (++ring->next < EXA_CHUNKS) return;
  ring->next = 0;
  ring->generation++;
}

int32_t card_receive(card *c, uint32_t number, const uint8_t *frame, uint32_t length,
                     uint32_t status) {
  uint8_t wire[CARD_FRAME_MAX + EXA_FCS_BYTES];
  if (length < 1 || length > CARD_FRAME_MAX || status > 15) return HP_EINVAL;
  card_port *port = &c->port[number];
  volatile uint32_t *registers = c->registers;
  if (c->is_gone || registers[EXA_PORT_REG(number, EXA_PORT_ENABLED)] == 0) return HP_ENOTSUP;
  if ((registers[EXA_PORT_REG(number, EXA_PORT_STATUS)] & EXA_STATUS_LINK) == 0) return HP_ENOTSUP;
  memcpy(wire, frame, length);
  uint32_t check = crc(c, frame, length);
  if (status == HP_EXACARD_CORRUPT) check ^= 1;
  memcpy(wire + length, &check, sizeof check);
  uint32_t rule;
  card_ring *ring = ring_for(port, frame, length, &rule);
  uint64_t trailer = (card_ticks(c) & 0xffffffffu) | (uint64_t)status << 32 | (uint64_t)rule << 48;
  for (uint32_t left = length + EXA_FCS_BYTES, at = 0; left > 0;) {
    uint32_t bytes = left < EXA_CHUNK_PAYLOAD ? left : EXA_CHUNK_PAYLOAD;
    /* A length of 0 says that more follows, so a last chunk that is full tells its 120. */
    uint64_t told = left <= EXA_CHUNK_PAYLOAD ? left : 0;
    write_chunk(ring, wire + at, bytes, trailer | told << 40);
    at += bytes;
    left -= bytes;
  }
  registers[EXA_STAT_REG(number, status == 0 ? EXA_STAT_RX : EXA_STAT_RX_ERROR)] += 1;
  if (status == HP_EXACARD_OVERFLOW) registers[EXA_STAT_REG(number, EXA_STAT_RX_DROPPED)] += 1;
  port->counter[HP_EXACARD_DELIVERED] += 1;
  return HP_OK;
}
