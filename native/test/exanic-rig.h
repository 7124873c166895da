/* A client and its software card in one process. */
#ifndef HAIRPIN_EXANIC_RIG_H
#define HAIRPIN_EXANIC_RIG_H

#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../exanic/abi.h"
#include "check.h"
#include "frame.h"

#define GROUP_A 0xefff0101u
#define GROUP_B 0xefff0102u
#define OUR_ADDRESS 0x0a000001u
#define PEER_ADDRESS 0x0a000002u
#define RIG_PORT 5000

typedef struct rig {
  int32_t card;
  int32_t port;
  hp_port_config config;
  hp_port_info info;
  hp_rx_desc desc[HP_BURST_MAX];
  hp_port_stats stats;
  uint8_t tx[16384];
  char path[64];
} rig;

static uint8_t rig_frame[20000];
static int rig_count;

static inline void nap_us(long us) {
  const struct timespec pause = {.tv_nsec = us * 1000};
  nanosleep(&pause, NULL);
}

/* Two lines, both groups on one UDP port; sends by port `number` of the card. */
static inline void rig_configure(rig *r, const char *number) {
  memset(&r->config, 0, sizeof r->config);
  r->config.desc = address_of(r->desc);
  r->config.stats = address_of(&r->stats);
  r->config.tx = address_of(r->tx);
  r->config.tx_size = sizeof r->tx;
  r->config.frame_size = 2048;
  r->config.address = OUR_ADDRESS;
  r->config.core = -1;
  r->config.line_count = 2;
  for (uint32_t i = 0; i < 2; i++)
    r->config.line[i] = (hp_port_line){.group = GROUP_A + i, .port = RIG_PORT, .feed = 3, .line = i};
  snprintf((char *)r->config.device, sizeof r->config.device, "exanic0:%s", number);
}

/* A card of two ports; nobody has opened it yet. */
static inline void rig_card(rig *r) {
  memset(r, 0, sizeof *r);
  r->port = -1;
  snprintf(r->path, sizeof r->path, "/dev/shm/hairpin-ctest-%d-%d.card", (int)getpid(), rig_count++);
  r->card = hp_exacard_open(r->path, 2);
  CHECK(r->card >= 0);
  EQ(hp_exanic_use_card(r->path), HP_OK);
  rig_configure(r, "0");
}

static inline void rig_open(rig *r) {
  r->port = hp_exanic_open(&r->config, &r->info);
  if (r->port < 0) printf("  open: %d %s\n", r->port, (char *)r->info.why);
  CHECK(r->port >= 0);
}

static inline void rig_start(rig *r) {
  rig_card(r);
  rig_open(r);
}

static inline void rig_end(rig *r) {
  if (r->port >= 0) EQ(hp_exanic_close(r->port), HP_OK);
  EQ(hp_exacard_close(r->card), HP_OK);
  CHECK(access(r->path, F_OK) != 0);
  hp_exanic_use_card("");
}

static inline uint8_t pattern(uint32_t seed, uint32_t i) { return (uint8_t)(seed * 31 + i * 7 + (i >> 8)); }

/* A frame to a group in rig_frame; its length. `vlan` 0 = untagged. */
static inline uint32_t make_frame(uint32_t group, uint32_t port, uint32_t seed, uint32_t length,
                                  uint32_t vlan) {
  static uint8_t payload[18000];
  const uint8_t from[6] = {2, 0, 0, 0, 0, 9};
  uint8_t to[6];
  hp_tx_header header;
  const hp_tx_flow flow = {.address = group, .port = port, .source_port = 4000};
  hp_group_mac(group, to);
  hp_tx_header_set(&header, &flow, PEER_ADDRESS, vlan, to, from);
  for (uint32_t i = 0; i < length; i++) payload[i] = pattern(seed, i);
  return hp_tx_frame(rig_frame, &header, payload, length);
}

static inline void deliver(rig *r, uint32_t length, int32_t status) {
  EQ(hp_exacard_deliver(r->card, 0, address_of(rig_frame), (int32_t)length, status), HP_OK);
}

static inline void deliver_payload(rig *r, uint32_t seed, uint32_t length) {
  deliver(r, make_frame(GROUP_A, RIG_PORT, seed, length, 0), HP_EXACARD_OK);
}

static inline const uint8_t *payload_of(const rig *r, int32_t i) {
  return (const uint8_t *)(uintptr_t)r->info.arena + r->desc[i].offset;
}

static inline void check_payload(const rig *r, int32_t i, uint32_t seed, uint32_t length) {
  EQ(r->desc[i].length, length);
  const uint8_t *at = payload_of(r, i);
  for (uint32_t k = 0; k < length && k < r->desc[i].length; k++) {
    if (at[k] == pattern(seed, k)) continue;
    printf("  byte %u of frame %u is wrong\n", k, seed);
    check_failed = 1;
    return;
  }
}

/* The next frame that port 0 has sent, waited for up to 2 s. */
static inline int32_t take(rig *r, uint8_t *out, int32_t capacity) {
  for (int i = 0; i < 20000; i++) {
    int32_t length = hp_exacard_take(r->card, 0, address_of(out), capacity);
    if (length != HP_EAGAIN) return length;
    nap_us(100);
  }
  return HP_EAGAIN;
}

#endif
