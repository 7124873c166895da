/* Packet Ports of the kernel on a veth pair: what the tests of devices share. */
#ifndef HAIRPIN_TEST_DEVICE_RIG_H
#define HAIRPIN_TEST_DEVICE_RIG_H

#include <sched.h>
#include <stdarg.h>
#include <unistd.h>

#include "frames.h"

#define FRAME 2048

typedef struct backend {
  const char *name;
  uint32_t flags;
  int counts_strangers; /* ports of another line's address reach the parser */
  uint32_t jumbo;       /* longest frame */
  int32_t (*open)(const hp_port_config *, hp_port_info *);
  int32_t (*rx_burst)(int32_t);
  int32_t (*rx_release)(int32_t);
  int32_t (*tx_flow)(int32_t, const hp_tx_flow *);
  int32_t (*tx)(int32_t, int32_t, int32_t, int32_t);
  double (*tx_stamp)(int32_t);
  int32_t (*refresh)(int32_t);
  int32_t (*close)(int32_t);
} backend;

#define FUNCTIONS(B) \
  hp_##B##_open, hp_##B##_rx_burst, hp_##B##_rx_release, hp_##B##_tx_flow, hp_##B##_tx, \
      hp_##B##_tx_stamp, hp_##B##_refresh, hp_##B##_close

static const backend BACKENDS[] = {
    {"packet", 0, 1, 9216, FUNCTIONS(packet)},
    {"xdp, driver", 0, 0, 9216, FUNCTIONS(xdp)},
    {"xdp, generic", HP_PORT_GENERIC, 0, 9216, FUNCTIONS(xdp)},
};
static const backend *on;

typedef struct side {
  const backend *by;
  hp_port_config config;
  hp_port_info info;
  hp_rx_desc desc[HP_BURST_MAX];
  hp_port_stats stats;
  uint8_t *tx;
  int32_t port;
} side;

__attribute__((format(printf, 1, 2))) static inline int run(const char *format, ...) {
  char line[256];
  va_list list;
  va_start(list, format);
  vsnprintf(line, sizeof line, format, list);
  va_end(list);
  return system(line);
}

static inline side *side_make(const backend *by, const char *device) {
  side *s = calloc(1, sizeof *s);
  s->by = by;
  s->tx = malloc(16384);
  s->config.desc = address_of(s->desc);
  s->config.stats = address_of(&s->stats);
  s->config.tx = address_of(s->tx);
  s->config.tx_size = 16384;
  s->config.frame_size = FRAME;
  s->config.frames = 1024;
  s->config.core = -1;
  s->config.flags = by->flags;
  strcpy((char *)s->config.device, device);
  return s;
}

static inline void side_open(side *s) {
  s->port = s->by->open(&s->config, &s->info);
  if (s->port < 0) printf("  %s: %d %s\n", s->by->name, s->port, (char *)s->info.why);
  CHECK(s->port >= 0);
}

static inline void side_free(side *s) {
  if (s->port >= 0) EQ(s->by->close(s->port), HP_OK);
  EQ(s->by->close(s->port), HP_ECLOSED);
  EQ(s->by->rx_burst(s->port), HP_ECLOSED);
  free(s->tx);
  free(s);
}

/* The receiver: two lines, on vb. */
static inline side *receiver_make(uint32_t frame_size) {
  side *s = side_make(on, "vb");
  s->config.frame_size = frame_size;
  s->config.line_count = 2;
  s->config.line[0] = (hp_port_line){GROUP, PORT, 0, 0, 3, 0};
  s->config.line[1] = (hp_port_line){GROUP_B, PORT + 1, 0, 0, 4, 1};
  return s;
}

static inline side *receiver(uint32_t frame_size) {
  side *s = receiver_make(frame_size);
  side_open(s);
  return s;
}

/* The sender: raw frames from va, always by packet. */
static inline side *sender(void) {
  side *s = side_make(&BACKENDS[0], "va");
  s->config.flags = 0;
  s->config.frames = 8;
  side_open(s);
  return s;
}

static inline void send_frame(side *s, test_frame *f) {
  memcpy(s->tx, f->bytes, f->length);
  EQ(hp_packet_tx(s->port, HP_TX_RAW, 0, (int32_t)f->length), HP_OK);
  free(f);
}

/* Polls until `count` packets came, for at most a second. */
static inline int32_t burst(side *s) {
  for (int i = 0; i < 1000; i++) {
    int32_t got = s->by->rx_burst(s->port);
    if (got != 0) return got;
    usleep(1000);
  }
  return 0;
}

static inline const uint8_t *payload_of(const side *s, int i) {
  return (const uint8_t *)(uintptr_t)s->info.arena + s->desc[i].offset;
}

static inline void check_payload(const side *s, int i, uint32_t length) {
  EQ(s->desc[i].length, length);
  CHECK((double)s->desc[i].offset + length <= s->info.arena_size);
  const uint8_t *at = payload_of(s, i);
  uint32_t wrong = 0;
  for (uint32_t k = 0; k < length; k++) wrong += at[k] != (uint8_t)(k * 7 + length);
  EQ(wrong, 0);
}

static inline int is_xdp(void) { return on->open == hp_xdp_open; }

/* Runs the suite on each backend (or that of the first argument), on a veth pair in a network namespace
 * of this program's own; the exit code. */
static inline int on_every_backend(int argc, char **argv, void (*suite)(void)) {
  if (unshare(CLONE_NEWNET) != 0) {
    printf("skipped: no network namespace of our own (needs CAP_SYS_ADMIN)\n");
    return getenv("CI") != NULL;
  }
  if (run("ip link set lo up; ip link add va type veth peer name vb && ip link set va up && "
          "ip link set vb up") != 0) {
    printf("skipped: no veth pair (needs iproute2 and a kernel with veth)\n");
    return getenv("CI") != NULL;
  }
  for (size_t i = 0; i < sizeof BACKENDS / sizeof *BACKENDS; i++) {
    on = &BACKENDS[i];
    if (argc > 1 && (size_t)atoi(argv[1]) != i) continue;
    printf("%s\n", on->name);
    suite();
  }
  FINISH();
}

#endif
