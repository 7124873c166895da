/* Packet Ports on a veth pair, in a network namespace of this program's own. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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

__attribute__((format(printf, 1, 2))) static int run(const char *format, ...) {
  char line[256];
  va_list list;
  va_start(list, format);
  vsnprintf(line, sizeof line, format, list);
  va_end(list);
  return system(line);
}

static side *side_make(const backend *by, const char *device) {
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

static void side_open(side *s) {
  s->port = s->by->open(&s->config, &s->info);
  if (s->port < 0) printf("  %s: %d %s\n", s->by->name, s->port, (char *)s->info.why);
  CHECK(s->port >= 0);
}

static void side_free(side *s) {
  if (s->port >= 0) EQ(s->by->close(s->port), HP_OK);
  EQ(s->by->close(s->port), HP_ECLOSED);
  EQ(s->by->rx_burst(s->port), HP_ECLOSED);
  free(s->tx);
  free(s);
}

/* The receiver: two lines, on vb. */
static side *receiver_make(uint32_t frame_size) {
  side *s = side_make(on, "vb");
  s->config.frame_size = frame_size;
  s->config.line_count = 2;
  s->config.line[0] = (hp_port_line){GROUP, PORT, 0, 0, 3, 0};
  s->config.line[1] = (hp_port_line){GROUP_B, PORT + 1, 0, 0, 4, 1};
  return s;
}

static side *receiver(uint32_t frame_size) {
  side *s = receiver_make(frame_size);
  side_open(s);
  return s;
}

/* The sender: raw frames from va, always by packet. */
static side *sender(void) {
  side *s = side_make(&BACKENDS[0], "va");
  s->config.flags = 0;
  s->config.frames = 8;
  side_open(s);
  return s;
}

static void send_frame(side *s, test_frame *f) {
  memcpy(s->tx, f->bytes, f->length);
  EQ(hp_packet_tx(s->port, HP_TX_RAW, 0, (int32_t)f->length), HP_OK);
  free(f);
}

/* Polls until `count` packets came, for at most a second. */
static int32_t burst(side *s) {
  for (int i = 0; i < 1000; i++) {
    int32_t got = s->by->rx_burst(s->port);
    if (got != 0) return got;
    usleep(1000);
  }
  return 0;
}

static const uint8_t *payload_of(const side *s, int i) {
  return (const uint8_t *)(uintptr_t)s->info.arena + s->desc[i].offset;
}

static void check_payload(const side *s, int i, uint32_t length) {
  EQ(s->desc[i].length, length);
  CHECK((double)s->desc[i].offset + length <= s->info.arena_size);
  const uint8_t *at = payload_of(s, i);
  uint32_t wrong = 0;
  for (uint32_t k = 0; k < length; k++) wrong += at[k] != (uint8_t)(k * 7 + length);
  EQ(wrong, 0);
}

static void packets_of_both_lines_arrive(void) {
  side *to = receiver(FRAME), *from = sender();
  EQ(to->by->rx_burst(to->port), 0);
  for (int tags = 0; tags <= 2; tags++) {
    send_frame(from, frame_make(GROUP, PORT, 100, tags, 0));
    EQ(burst(to), 1);
    check_payload(to, 0, 100);
    EQ(to->desc[0].line, 0);
    EQ(to->desc[0].feed, 3);
    EQ(to->desc[0].flags & HP_RX_TRUNCATED, 0);
    EQ(to->by->rx_release(to->port), HP_OK);
  }
  send_frame(from, frame_make(GROUP_B, PORT + 1, 0, 0, 3));
  EQ(burst(to), 1);
  EQ(to->desc[0].line, 1);
  EQ(to->desc[0].length, 0);
  to->by->rx_release(to->port);
  EQ(to->stats.packets, 4);
  EQ(to->stats.bytes, 300);
  EQ(to->stats.malformed + to->stats.strangers, 0);
  side_free(from);
  side_free(to);
}

/* Good packets in between have to arrive, and only they. */
static void bad_frames_are_counted_and_not_seen(void) {
  side *to = receiver(FRAME), *from = sender();
  test_frame *f;
  send_frame(from, frame_make(GROUP, PORT, 30, 0, 0));
  f = frame_make(GROUP, PORT, 30, 0, 0);
  f->bytes[f->udp + 9] ^= 1; /* UDP checksum */
  send_frame(from, f);
  f = frame_make(GROUP, PORT, 30, 0, 0);
  f->bytes[f->ip + 8] ^= 1; /* IPv4 checksum */
  send_frame(from, f);
  f = frame_make(GROUP, PORT, 30, 0, 0);
  put(f->bytes + f->udp + 4, 39, 2); /* a UDP length beyond the packet */
  send_frame(from, f);
  f = frame_make(GROUP, PORT, 30, 0, 0);
  put(f->bytes + f->ip + 2, 200, 2); /* an IPv4 length beyond the frame */
  send_frame(from, f);
  send_frame(from, frame_make(GROUP, PORT + 1, 30, 0, 0)); /* the other line's port */
  send_frame(from, frame_make(GROUP + 9, PORT, 30, 0, 0));
  f = frame_make(GROUP, PORT, 30, 0, 0);
  put(f->bytes + f->ip + 6, 0x2000, 2); /* the first fragment */
  frame_seal(f);
  send_frame(from, f);
  f = frame_make(GROUP, PORT, 30, 0, 0);
  put(f->bytes + 12, 0x0806, 2);
  send_frame(from, f);
  f = frame_make(GROUP, PORT, 30, 0, 0);
  put(f->bytes + 12, 0x86dd, 2);
  send_frame(from, f);
  f = frame_make(GROUP, PORT, 0, 0, 0);
  f->length = 14;
  send_frame(from, f);
  send_frame(from, frame_make(GROUP, PORT, 31, 0, 0));
  int32_t got = burst(to);
  if (got == 1) {
    check_payload(to, 0, 30);
    to->by->rx_release(to->port);
    EQ(burst(to), 1);
    check_payload(to, 0, 31);
  } else {
    EQ(got, 2);
    check_payload(to, 0, 30);
    check_payload(to, 1, 31);
  }
  to->by->rx_release(to->port);
  EQ(to->stats.packets, 2);
  EQ(to->stats.bad_checksum, 2);
  EQ(to->stats.malformed, 2);
  EQ(to->stats.strangers, on->counts_strangers ? 1 : 0);
  EQ(to->stats.fragments, on->counts_strangers ? 1 : 0);
  side_free(from);
  side_free(to);
}

static void noise(side *from, int count) {
  for (int i = 0; i < count; i++) {
    test_frame *f = frame_make(GROUP, PORT, random_next() % 200, (int)(random_next() % 3), random_next() % 3);
    for (uint32_t k = 1 + random_next() % 3; k > 0; k--)
      f->bytes[12 + random_next() % (f->length - 12)] = (uint8_t)random_next();
    send_frame(from, f);
  }
}

static void random_frames_do_no_harm(void) {
  side *to = receiver(FRAME), *from = sender();
  for (int round = 0; round < 100; round++) {
    noise(from, 50);
    send_frame(from, frame_make(GROUP_B, PORT + 1, 999, 0, 0));
    int seen = 0;
    for (int poll = 0; poll < 1000 && !seen; poll++) {
      int32_t got = burst(to);
      for (int32_t i = 0; i < got; i++) {
        CHECK((double)to->desc[i].offset + to->desc[i].length <= to->info.arena_size);
        seen |= to->desc[i].line == 1 && to->desc[i].length == 999;
      }
      if (got > 0) to->by->rx_release(to->port);
    }
    EQ(seen, 1);
  }
  side_free(from);
  side_free(to);
}

static void a_burst_beyond_the_ring_is_counted(void) {
  side *to = receiver_make(FRAME), *from = sender();
  to->config.frames = 256;
  side_open(to);
  int sent = 1000;
  for (int lap = 0; lap < 3; lap++) {
    for (int i = 0; i < sent; i++) send_frame(from, frame_make(GROUP, PORT, 64, 0, 0));
    usleep(50000);
    int got = 0, now;
    while ((now = to->by->rx_burst(to->port)) > 0) {
      got += now;
      to->by->rx_release(to->port);
    }
    EQ(to->by->refresh(to->port), HP_OK);
    CHECK(got >= 250 && got < sent);
  }
  EQ(to->stats.packets + to->stats.kernel_drops, 3 * sent);
  side_free(from);
  side_free(to);
}

static void every_byte_is_right_over_many_laps(void) {
  side *to = receiver_make(FRAME), *from = sender();
  to->config.frames = 128;
  side_open(to);
  for (uint32_t i = 0; i < 3000; i++) {
    send_frame(from, frame_make(GROUP, PORT, i * 131 % 1400, 0, 0));
    if (i % 40 != 39) continue;
    for (uint32_t seen = 0; seen < 40;) {
      int32_t got = burst(to);
      CHECK(got > 0);
      if (got <= 0) break;
      for (int32_t k = 0; k < got; k++, seen++) check_payload(to, k, (i - 39 + seen) * 131 % 1400);
      to->by->rx_release(to->port);
    }
  }
  EQ(to->stats.kernel_drops, 0);
  side_free(from);
  side_free(to);
}

static void who_never_releases_gets_no_frame_twice(void) {
  side *to = receiver_make(FRAME), *from = sender();
  to->config.frames = 128;
  side_open(to);
  for (uint32_t i = 0; i < 300; i++) send_frame(from, frame_make(GROUP, PORT, i, 0, 0));
  usleep(20000);
  uint32_t next = 0;
  for (int poll = 0; poll < 50; poll++) {
    int32_t got = to->by->rx_burst(to->port);
    for (int32_t k = 0; k < got; k++) EQ(to->desc[k].length, next++);
  }
  CHECK(next >= 64 && next <= 256);
  side_free(from);
  side_free(to);
}

static void jumbo_frames_arrive_whole(void) {
  run("ip link set va mtu 9200; ip link set vb mtu 9200");
  side *to = receiver_make(on->jumbo), *from = sender();
  to->config.frames = 256;
  side_open(to);
  for (uint32_t i = 0; i < 400; i++) {
    uint32_t length = i % 7 == 0 ? 60 : 9000 - i;
    send_frame(from, frame_make(GROUP, PORT, length, 0, 0));
    EQ(burst(to), 1);
    check_payload(to, 0, length);
    to->by->rx_release(to->port);
  }
  EQ(to->stats.kernel_drops, 0);
  side_free(from);
  side_free(to);
  run("ip link set va mtu 1500; ip link set vb mtu 1500");
}

static void a_frame_longer_than_wanted_is_flagged(void) {
  side *to = receiver(142), *from = sender();
  send_frame(from, frame_make(GROUP, PORT, 101, 0, 0));
  send_frame(from, frame_make(GROUP, PORT, 100, 0, 0));
  for (int seen = 0; seen < 2;) {
    int32_t got = burst(to);
    if (got <= 0) break;
    for (int32_t i = 0; i < got; i++, seen++) {
      EQ(to->desc[i].flags & HP_RX_TRUNCATED, seen == 0 ? HP_RX_TRUNCATED : 0);
      EQ(to->desc[i].length, 100);
    }
    to->by->rx_release(to->port);
  }
  EQ(to->stats.truncated, 1);
  EQ(to->stats.packets, 2);
  side_free(from);
  side_free(to);
}

/* Both ends by the backend: what one builds, the other finds. */
static void flows_reach_the_other_end(void) {
  side *to = receiver(FRAME), *from = side_make(on, "va");
  from->config.frames = 64;
  side_open(from);
  hp_tx_flow flow = {GROUP_B, PORT + 1, 0, 4000, 0, 0, {0}};
  int32_t index = on->tx_flow(from->port, &flow);
  EQ(index, 0);
  for (uint32_t i = 0; i < 500; i++) {
    for (uint32_t k = 0; k < i; k++) from->tx[k] = (uint8_t)(k * 7 + i);
    int32_t status = HP_EAGAIN;
    for (int try = 0; try < 1000 && status == HP_EAGAIN; try++) status = on->tx(from->port, index, 0, (int32_t)i);
    EQ(status, HP_OK);
    EQ(burst(to), 1);
    check_payload(to, 0, i);
    EQ(to->desc[0].line, 1);
    to->by->rx_release(to->port);
  }
  EQ(from->stats.tx_packets, 500);
  EQ(to->stats.bad_checksum, 0);
  EQ(on->tx(from->port, 1, 0, 10), HP_EINVAL);
  EQ(on->tx(from->port, -2, 0, 10), HP_EINVAL);
  EQ(on->tx(from->port, index, -1, 10), HP_EINVAL);
  EQ(on->tx(from->port, index, 16380, 10), HP_EINVAL);
  EQ(on->tx(from->port, HP_TX_RAW, 0, 13), HP_EINVAL);
  flow.port = 0;
  EQ(on->tx_flow(from->port, &flow), HP_EINVAL);
  flow.port = 1;
  for (int i = 1; i < HP_TX_FLOWS_MAX; i++) EQ(on->tx_flow(from->port, &flow), i);
  EQ(on->tx_flow(from->port, &flow), HP_ENOSPC);
  side_free(from);
  side_free(to);
}

static void a_neighbour_is_asked_for(void) {
  run("ip addr add 10.77.0.1/24 dev va");
  side *from = side_make(on, "va");
  side_open(from);
  hp_tx_flow flow = {0x0a4d0009, PORT, 0, 4000, 0, 0, {0}};
  EQ(on->tx_flow(from->port, &flow), HP_EAGAIN);
  run("ip neigh replace 10.77.0.9 lladdr 02:00:00:00:00:09 dev va nud reachable");
  EQ(on->tx_flow(from->port, &flow), 0);
  flow.address = 0x0a4e0009; /* another network, and no gateway */
  EQ(on->tx_flow(from->port, &flow), HP_EREFUSED);
  run("ip addr del 10.77.0.1/24 dev va");
  side_free(from);
}

static void stamps_are_told(void) {
  side *to = receiver(FRAME), *from = side_make(on, "va");
  side_open(from);
  hp_tx_flow flow = {GROUP, PORT, SOURCE, 4000, 0, 0, {0}};
  EQ(on->tx_flow(from->port, &flow), 0);
  EQ(on->tx_stamp(from->port), 0); /* from here on they are kept */
  hp_clock_init(0);
  double before = hp_clock_wall_ns();
  EQ(on->tx(from->port, 0, 0, 10), HP_OK);
  EQ(on->tx(from->port, 0, 0, 10), HP_OK);
  CHECK(burst(to) > 0);
  double after = hp_clock_wall_ns();
  if (to->info.flags & HP_PORT_STAMPS_RX_KERNEL) {
    EQ(to->desc[0].flags, HP_RX_STAMP_KERNEL);
    CHECK(to->desc[0].rx_ns >= before - 1e6 && to->desc[0].rx_ns <= after + 1e6);
  } else EQ(to->desc[0].rx_ns, 0);
  double stamp = on->tx_stamp(from->port);
  if (from->info.flags & HP_PORT_STAMPS_TX_KERNEL) {
    CHECK(stamp >= before - 1e6 && stamp <= after + 1e6);
    EQ(on->tx_stamp(from->port), stamp);
    run("ip link set vb down"); /* a send that fails may or may not have used up a number */
    EQ(on->tx(from->port, 0, 0, 10), HP_EAGAIN);
    run("ip link set vb up");
    for (int i = 0; i < 200 && on->tx(from->port, 0, 0, 10) != HP_OK; i++) usleep(10000);
    EQ(on->tx_stamp(from->port), 0);
    EQ(on->tx(from->port, 0, 0, 10), HP_OK);
    CHECK(on->tx_stamp(from->port) > stamp);
  } else EQ(stamp, 0);
  side_free(from);
  side_free(to);
}

static void a_link_that_flaps_is_told_and_comes_back(void) {
  side *to = receiver(FRAME), *from = sender();
  for (int i = 0; i < 200 && to->stats.link != 1; i++) { /* told some time after it is up */
    usleep(10000);
    EQ(to->by->refresh(to->port), HP_OK);
  }
  double changes = to->stats.link_changes;
  run("ip link set vb down");
  EQ(to->by->refresh(to->port), HP_OK);
  EQ(to->stats.link, 0);
  EQ(to->by->rx_burst(to->port), 0);
  memset(from->tx, 0, 100);
  EQ(hp_packet_tx(from->port, HP_TX_RAW, 0, 100), HP_EAGAIN);
  EQ(from->stats.tx_refused, 1);
  run("ip link set vb up");
  for (int i = 0; i < 200 && to->stats.link != 1; i++) {
    usleep(10000);
    EQ(to->by->refresh(to->port), HP_OK);
  }
  EQ(to->stats.link, 1);
  EQ(to->stats.link_changes, changes + 2);
  send_frame(from, frame_make(GROUP, PORT, 77, 0, 0));
  EQ(burst(to), 1);
  check_payload(to, 0, 77);
  side_free(from);
  side_free(to);
}

static void an_interface_that_disappears_is_gone(void) {
  side *to = receiver(FRAME), *from = sender();
  run("ip link del va");
  EQ(to->by->refresh(to->port), HP_EGONE);
  EQ(to->by->rx_burst(to->port), HP_EGONE);
  EQ(to->stats.link, 0);
  EQ(to->stats.errors, 1);
  EQ(to->by->refresh(to->port), HP_EGONE);
  EQ(to->stats.errors, 1);
  EQ(hp_packet_tx(from->port, HP_TX_RAW, 0, 100), HP_EGONE);
  side_free(from);
  side_free(to);
  run("ip link add va type veth peer name vb; ip link set va up; ip link set vb up");
}

static void two_hundred_opens_leave_nothing(void) {
  side_free(receiver(FRAME));
  int before = open_descriptors();
  for (int i = 0; i < 200; i++) side_free(receiver(FRAME));
  EQ(open_descriptors(), before);
  CHECK(run("ip link show vb | grep -q xdp") != 0);
}

static void why(side *s, int32_t status, const char *part) {
  memset(&s->info, 0x55, sizeof s->info);
  int before = open_descriptors();
  EQ(s->by->open(&s->config, &s->info), status);
  EQ(open_descriptors(), before);
  if (strstr((char *)s->info.why, part) == NULL) {
    printf("  why: %s\n", (char *)s->info.why);
    CHECK(!"the sentence");
  }
}

static void what_cannot_be_opened_says_why(void) {
  side *s = receiver_make(FRAME);
  strcpy((char *)s->config.device, "nothere0");
  why(s, HP_ENOENT, "there is no interface nothere0");
  strcpy((char *)s->config.device, "a-name-that-is-far-too-long");
  why(s, HP_ENOENT, "no name of an interface");
  s->config.device[0] = 0;
  why(s, HP_EINVAL, "no interface is named");
  strcpy((char *)s->config.device, "vb");
  s->config.frame_size = 100;
  why(s, HP_EINVAL, "128 to 16384");
  s->config.frame_size = FRAME;
  s->config.frames = 100;
  why(s, HP_EINVAL, "power of two");
  s->config.frames = 128;
  s->config.line[1] = s->config.line[0];
  why(s, HP_EINVAL, "two lines want the same packets");
  EQ(s->by->open(NULL, &s->info), HP_EINVAL);
  EQ(s->by->open(&s->config, NULL), HP_EINVAL);
  s->port = -1;
  side_free(s);
}

static void sixty_four_lines_fit(void) {
  side *to = receiver_make(FRAME), *from = sender();
  to->config.line_count = HP_PORT_LINES_MAX;
  for (uint32_t i = 0; i < HP_PORT_LINES_MAX; i++)
    to->config.line[i] = (hp_port_line){GROUP + i, PORT + i, 0, i % 2 ? SOURCE : 0, 0, i};
  side_open(to);
  for (uint32_t i = 0; i < HP_PORT_LINES_MAX; i++) {
    send_frame(from, frame_make(GROUP + i, PORT + i, 10 + i, (int)(i % 3), 0));
    EQ(burst(to), 1);
    EQ(to->desc[0].line, i);
    check_payload(to, 0, 10 + i);
    to->by->rx_release(to->port);
  }
  side_free(from);
  side_free(to);
}

/* Sockets of this process that take a group from everybody. */
static int open_to_all(uint32_t group) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(group)}};
  int count = 0;
  for (int fd = 3; fd < 256; fd++) {
    uint32_t mode = MCAST_INCLUDE, sources = 0;
    if (getsourcefilter(fd, if_nametoindex("vb"), (struct sockaddr *)&at, sizeof at, &mode, &sources,
                        NULL) == 0)
      count += mode == MCAST_EXCLUDE;
  }
  return count;
}

/* On one socket the kernel would close the group to all but that sender. */
static void a_source_does_not_close_a_group_to_another_line(void) {
  for (int is_first = 0; is_first < 2; is_first++) {
    side *to = receiver_make(FRAME);
    to->config.line[0] = (hp_port_line){GROUP, PORT, 0, is_first ? SOURCE : 0, 0, 0};
    to->config.line[1] = (hp_port_line){GROUP, PORT + 1, 0, is_first ? 0 : SOURCE, 0, 1};
    side_open(to);
    EQ(open_to_all(GROUP), 1);
    side_free(to);
  }
}

static void a_port_without_memory_to_send_from_sends_nothing(void) {
  side *s = receiver_make(FRAME);
  s->config.tx = 0;
  s->config.tx_size = 0;
  side_open(s);
  const hp_tx_flow flow = {.address = GROUP, .port = PORT, .source_address = SOURCE};
  EQ(s->by->tx_flow(s->port, &flow), 0);
  EQ(s->by->tx(s->port, 0, 0, 0), HP_EINVAL);
  EQ(s->by->tx(s->port, HP_TX_RAW, 0, 60), HP_EINVAL);
  side_free(s);
}

/* An engine that is started again goes on with the statistics of the one before. */
static void counts_of_the_port_before_stay(void) {
  side *s = receiver_make(FRAME);
  s->stats.kernel_drops = 5;
  s->stats.packets = 7;
  side_open(s);
  EQ(s->by->refresh(s->port), HP_OK);
  EQ(s->stats.kernel_drops, 5);
  EQ(burst(s), 0);
  EQ(s->stats.packets, 7);
  side_free(s);
}

static int is_xdp(void) { return on->open == hp_xdp_open; }

/* Strict seccomp kills at the first system call but read, write and exit. */
static void bursts_make_no_system_call(void) {
  side *to = receiver(FRAME), *from = sender();
  for (uint32_t i = 0; i < 100; i++) send_frame(from, frame_make(GROUP, PORT, i, 0, 0));
  usleep(20000);
  pid_t child = fork();
  if (child == 0) {
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) syscall(SYS_exit, 9);
    int32_t got = 0;
    for (int i = 0; i < 1000; i++) {
      int32_t now = to->by->rx_burst(to->port);
      got += now;
      if (now > 0) to->by->rx_release(to->port);
    }
    syscall(SYS_exit, got == 100 ? 0 : 8);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EQ(status, 0);
  side_free(from);
  side_free(to);
}

static void run_on(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int i = 0; i < CPU_SETSIZE; i++)
    if (core < 0 || i == core) CPU_SET(i, &set);
  sched_setaffinity(0, sizeof set, &set);
}

/* The sender's core chooses its queue, and that the receiver's; each Port has the packets of its own. */
static void two_ports_share_a_device_by_queue(void) {
  if (!is_xdp()) return;
  run("ip link add qa numtxqueues 2 numrxqueues 2 type veth peer name qb numtxqueues 2 numrxqueues 2; "
      "ip link set qa up; ip link set qb up");
  side *one = receiver_make(FRAME), *two = receiver_make(FRAME), *from = side_make(&BACKENDS[0], "qa");
  from->config.flags = 0;
  strcpy((char *)one->config.device, "qb");
  strcpy((char *)two->config.device, "qb");
  two->config.queue = 1;
  side_open(one);
  side_open(two);
  side_open(from);
  EQ(one->info.queues_max, 2);
  int got[3] = {0, 0, 0};
  for (int round = 0; round < 3; round++) {
    for (uint32_t i = 0; i < 100; i++) {
      if (hp_core_count() > 1) run_on((int)(i & 1));
      send_frame(from, frame_make(GROUP, PORT, 64, 0, 0));
    }
    run_on(-1);
    usleep(20000);
    for (int poll = 0; poll < 10; poll++) {
      side *sides[2] = {one, two};
      for (int i = 0; i < 2; i++) {
        int32_t now = sides[i] == NULL ? 0 : sides[i]->by->rx_burst(sides[i]->port);
        got[i] += now;
        if (now > 0) sides[i]->by->rx_release(sides[i]->port);
      }
    }
    if (round == 0) EQ(got[0] + got[1], 100);
    if (round == 1) { /* the program stays for the one that is left */
      EQ(got[0] + got[1], 200);
      CHECK(run("ip link show qb | grep -q xdp") == 0);
      got[2] = got[0];
      side_free(two);
      two = NULL;
    }
  }
  if (hp_core_count() > 1 && on->flags == 0) EQ(got[1], 100); /* generic: veth puts all on queue 0 */
  EQ(got[0] - got[2], got[2] / 2); /* its share only: the other queue's are the kernel's now */
  side_free(one);
  CHECK(run("ip link show qb | grep -q xdp") != 0);
  side_free(from);
  run("ip link del qa");
}

/* Passes everything; attached for as long as the descriptor is open. */
static int foreign_program(const char *device) {
  struct bpf_insn code[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS},
                            {.code = BPF_JMP | BPF_EXIT}};
  union bpf_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.prog_type = BPF_PROG_TYPE_XDP;
  attr.insns = (uintptr_t)code;
  attr.insn_cnt = 2;
  attr.license = (uintptr_t)"none";
  strcpy(attr.prog_name, "foreign");
  int program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr);
  memset(&attr, 0, sizeof attr);
  attr.link_create.prog_fd = (uint32_t)program;
  attr.link_create.target_ifindex = if_nametoindex(device);
  attr.link_create.attach_type = BPF_XDP;
  attr.link_create.flags = XDP_FLAGS_SKB_MODE;
  int link = (int)syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof attr);
  close(program);
  return link;
}

static void who_has_the_interface_is_named(void) {
  if (!is_xdp()) return;
  side *s = receiver(FRAME), *other = receiver_make(FRAME);
  why(other, HP_EBUSY, "this process has queue 0 of vb already");
  other->config.queue = 7;
  why(other, HP_ENOENT, "vb has no queue 7");
  side_free(s);
  int foreign = foreign_program("vb");
  CHECK(foreign >= 0);
  other->config.queue = 0;
  why(other, HP_EBUSY, "another XDP program is on vb (foreign, number ");
  close(foreign);
  side_open(other);
  side_free(other);
}

/* A packet to an address of the host reaches the Port, and the kernel does not answer that nobody has
 * the port: that answer would come to va, where a second Port listens for it in vain. */
static void a_unicast_line_is_ours_alone(void) {
  run("ip addr add 10.77.1.1/24 dev vb; ip neigh replace 10.77.1.2 lladdr 02:00:00:00:00:09 dev vb");
  side *to = receiver_make(FRAME), *from = sender();
  to->config.line_count = 1;
  to->config.line[0] = (hp_port_line){0, PORT, 0x0a4d0101, 0, 0, 0};
  side_open(to);
  int answers = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK, htons(0x0800));
  for (int i = 0; i < 3; i++) {
    test_frame *f = frame_make(0x0a4d0101, PORT, 50, 0, 0);
    memcpy(f->bytes, to->info.mac, 6);
    put(f->bytes + f->ip + 12, 0x0a4d0102, 4);
    frame_seal(f);
    send_frame(from, f);
    EQ(burst(to), 1);
    check_payload(to, 0, 50);
    to->by->rx_release(to->port);
  }
  uint8_t answer[256];
  int icmp = 0;
  ssize_t got;
  while ((got = recv(answers, answer, sizeof answer, 0)) > 0) icmp += answer[9] == 1;
  EQ(icmp, 0);
  close(answers);
  side_free(from);
  side_free(to);
  run("ip addr del 10.77.1.1/24 dev vb");
}

static void a_played_port_has_no_device(void) {
  uint32_t played = 0;
  side *s = receiver_make(FRAME);
  s->config.played = address_of(&played);
  strcpy((char *)s->config.device, "nothere0");
  int before = open_descriptors();
  side_open(s);
  EQ(open_descriptors(), before);
  s->desc[1].length = 5;
  played = 2;
  EQ(s->by->rx_burst(s->port), 2);
  EQ(s->by->rx_burst(s->port), 0);
  EQ(s->stats.bytes, 5);
  EQ(s->by->rx_release(s->port), HP_OK);
  EQ(s->by->refresh(s->port), HP_OK);
  EQ(s->by->tx(s->port, HP_TX_RAW, 0, 100), HP_ENOTSUP);
  side_free(s);
}

int main(int argc, char **argv) {
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
    RUN(what_cannot_be_opened_says_why);
    RUN(packets_of_both_lines_arrive);
    RUN(bad_frames_are_counted_and_not_seen);
    RUN(random_frames_do_no_harm);
    RUN(a_burst_beyond_the_ring_is_counted);
    RUN(every_byte_is_right_over_many_laps);
    RUN(who_never_releases_gets_no_frame_twice);
    RUN(jumbo_frames_arrive_whole);
    RUN(a_frame_longer_than_wanted_is_flagged);
    RUN(flows_reach_the_other_end);
    RUN(a_neighbour_is_asked_for);
    RUN(stamps_are_told);
    RUN(sixty_four_lines_fit);
    RUN(counts_of_the_port_before_stay);
    RUN(a_source_does_not_close_a_group_to_another_line);
    RUN(a_port_without_memory_to_send_from_sends_nothing);
    RUN(bursts_make_no_system_call);
    RUN(two_ports_share_a_device_by_queue);
    RUN(who_has_the_interface_is_named);
    RUN(a_unicast_line_is_ours_alone);
    RUN(a_link_that_flaps_is_told_and_comes_back);
    RUN(an_interface_that_disappears_is_gone);
    RUN(two_hundred_opens_leave_nothing);
    RUN(a_played_port_has_no_device);
  }
  FINISH();
}
