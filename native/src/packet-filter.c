/* Passes UDP to one of our addresses and one of our ports, behind no, one or two VLAN tags, and later
 * fragments to our addresses, which have no ports and are counted. Which address goes with which port,
 * and all else, is frame.h's business: this only keeps strangers from costing a frame of the ring.
 *
 * The jumps of classic BPF reach 255 instructions; where more may lie between, a JA follows. */
#include "packet-filter.h"

typedef struct filter_builder {
  struct sock_filter *code;
  uint16_t count;
} filter_builder;

static void emit(filter_builder *b, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf) {
  b->code[b->count++] = (struct sock_filter){code, jt, jf, k};
}

static void load(filter_builder *b, uint16_t size, uint32_t at) {
  emit(b, (uint16_t)(BPF_LD | size | BPF_ABS), at, 0, 0);
}

/* If the accumulator is `value`, goes on with the next instruction; else with the one after it. */
static void if_equal(filter_builder *b, uint32_t value) { emit(b, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1); }

static void give(filter_builder *b, uint32_t keep) { emit(b, BPF_RET | BPF_K, keep, 0, 0); }

/* A jump whose distance is set by land(). */
static uint16_t jump(filter_builder *b) {
  emit(b, BPF_JMP | BPF_JA, 0, 0, 0);
  return (uint16_t)(b->count - 1);
}

static void land(filter_builder *b, uint16_t from) { b->code[from].k = (uint32_t)(b->count - from - 1); }

static uint32_t address_of(const hp_lines *lines, uint32_t i) { return (uint32_t)(lines->key[i] >> 16); }

static int is_first_address(const hp_lines *lines, uint32_t i) {
  for (uint32_t k = 0; k < i; k++)
    if (address_of(lines, k) == address_of(lines, i)) return 0;
  return 1;
}

static int is_first_port(const hp_lines *lines, uint32_t i) {
  for (uint32_t k = 0; k < i; k++)
    if (lines->line[k].port == lines->line[i].port) return 0;
  return 1;
}

/* The decision for an IPv4 header at `ip`. */
static void match(filter_builder *b, const hp_lines *lines, uint32_t ip, uint32_t keep) {
  uint16_t hit[HP_PORT_LINES_MAX];
  uint32_t hits = 0;
  load(b, BPF_B, ip + 9);
  emit(b, BPF_JMP | BPF_JEQ | BPF_K, HP_PROTOCOL_UDP, 1, 0);
  give(b, 0);
  load(b, BPF_W, ip + 16);
  for (uint32_t i = 0; i < lines->count; i++) {
    if (!is_first_address(lines, i)) continue;
    if_equal(b, address_of(lines, i));
    hit[hits++] = jump(b);
  }
  give(b, 0);
  for (uint32_t i = 0; i < hits; i++) land(b, hit[i]);
  load(b, BPF_H, ip + 6);
  emit(b, BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 0, 1);
  give(b, keep);
  emit(b, BPF_LDX | BPF_B | BPF_MSH, ip, 0, 0);
  emit(b, BPF_LD | BPF_H | BPF_IND, ip + 2, 0, 0);
  for (uint32_t i = 0; i < lines->count; i++) {
    if (!is_first_port(lines, i)) continue;
    if_equal(b, lines->line[i].port);
    give(b, keep);
  }
  give(b, 0);
}

uint16_t hp_packet_filter(const hp_lines *lines, uint32_t keep, struct sock_filter *code) {
  static const uint32_t TAGS[3] = {HP_TYPE_VLAN, 0x88a8, 0x9100};
  filter_builder b = {code, 0};
  for (uint32_t at = 12; at <= 20; at += 4) {
    load(&b, BPF_H, at);
    if_equal(&b, HP_TYPE_IPV4);
    uint16_t found = jump(&b);
    uint16_t tagged[3] = {0};
    for (int i = 0; i < 3 && at < 20; i++) {
      if_equal(&b, TAGS[i]);
      tagged[i] = jump(&b);
    }
    give(&b, 0);
    land(&b, found);
    match(&b, lines, at + 2, keep);
    for (int i = 0; i < 3 && at < 20; i++) land(&b, tagged[i]);
  }
  return b.count;
}
