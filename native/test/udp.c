#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

#define LOOPBACK 0x7f000001u
#define GROUP_A 0xefff4e01u
#define GROUP_B 0xefff4e02u
#define SLOT 256

static uint32_t port_number;

typedef struct fixture {
  hp_udp_config config;
  hp_rx_desc desc[HP_BURST_MAX];
  hp_port_stats stats;
  uint8_t *arena;
  int32_t port;
  int sender;
} fixture;

static int sender_open(void) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct in_addr iface = {htonl(LOOPBACK)};
  setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &iface, sizeof iface);
  return fd;
}

static fixture *fixture_open(int lines) {
  fixture *f = calloc(1, sizeof *f);
  f->arena = malloc(SLOT * HP_BURST_MAX);
  f->config.arena = address_of(f->arena);
  f->config.desc = address_of(f->desc);
  f->config.stats = address_of(&f->stats);
  f->config.slot_size = SLOT;
  f->config.line_count = (uint32_t)lines;
  f->config.busy_poll_us = 10;
  for (uint32_t i = 0; i < (uint32_t)lines; i++)
    f->config.line[i] = (hp_udp_line){i == 0 ? GROUP_A : GROUP_B, port_number, LOOPBACK, 0};
  f->port = hp_udp_open(&f->config);
  CHECK(f->port >= 0);
  f->sender = sender_open();
  return f;
}

static void fixture_close(fixture *f) {
  EQ(hp_udp_close(f->port), HP_OK);
  EQ(hp_udp_close(f->port), HP_ECLOSED);
  EQ(hp_udp_rx_burst(f->port), HP_ECLOSED);
  close(f->sender);
  free(f->arena);
  free(f);
}

static void send_to(fixture *f, uint32_t group, const void *payload, size_t length) {
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_port = htons((uint16_t)port_number),
                           .sin_addr = {htonl(group)}};
  CHECK(sendto(f->sender, payload, length, 0, (struct sockaddr *)&to, sizeof to) == (ssize_t)length);
}

static void a_packet_carries_its_stamp_and_line(void) {
  fixture *f = fixture_open(2);
  hp_clock_init(0);
  EQ(hp_udp_rx_burst(f->port), 0);
  double before = hp_clock_wall_ns();
  send_to(f, GROUP_B, "hello", 5);
  EQ(hp_udp_rx_burst(f->port), 1);
  EQ(f->desc[0].length, 5);
  EQ(f->desc[0].line, 1);
  EQ(f->desc[0].flags, HP_RX_STAMP_KERNEL);
  CHECK(memcmp(f->arena + f->desc[0].offset, "hello", 5) == 0);
  CHECK(f->desc[0].rx_ns >= before - 1e6 && f->desc[0].rx_ns <= hp_clock_wall_ns() + 1e6);
  EQ(hp_udp_rx_release(f->port), HP_OK);
  fixture_close(f);
}

/* The stamp of one burst must survive in the next: the control buffers are readied again. */
static void stamps_stay_right_over_many_bursts(void) {
  fixture *f = fixture_open(1);
  int missing = 0, wrong = 0;
  for (int round = 0; round < 200; round++) {
    int count = 1 + round % 64;
    for (int i = 0; i < count; i++) send_to(f, GROUP_A, &i, sizeof i);
    int32_t got = hp_udp_rx_burst(f->port);
    wrong += got != count;
    for (int32_t i = 0; i < got; i++) missing += f->desc[i].rx_ns == 0;
  }
  EQ(wrong, 0);
  EQ(missing, 0);
  fixture_close(f);
}

static void a_slot_is_never_overrun(void) {
  fixture *f = fixture_open(1);
  uint8_t big[60000];
  memset(big, 9, sizeof big);
  for (size_t length = SLOT - 2; length <= SLOT + 2; length++) send_to(f, GROUP_A, big, length);
  send_to(f, GROUP_A, big, sizeof big);
  EQ(hp_udp_rx_burst(f->port), 6);
  for (int i = 0; i < 6; i++) {
    EQ((f->desc[i].flags & HP_RX_TRUNCATED) != 0, i >= 3);
    CHECK(f->desc[i].length <= SLOT);
  }
  EQ(f->stats.truncated, 3);
  fixture_close(f);
}

static void a_flood_on_one_line_does_not_starve_the_other(void) {
  fixture *f = fixture_open(2);
  uint8_t payload[4] = {0};
  send_to(f, GROUP_B, payload, 4);
  int seen = 0;
  for (int poll = 0; poll < 3; poll++) {
    for (int i = 0; i < 80; i++) send_to(f, GROUP_A, payload, 4);
    int32_t got = hp_udp_rx_burst(f->port);
    for (int32_t i = 0; i < got; i++) seen += f->desc[i].line == 1;
  }
  EQ(seen, 1);
  fixture_close(f);
}

static void every_socket_is_closed_when_one_line_fails(void) {
  fixture *f = fixture_open(1);
  hp_udp_config config = f->config;
  config.line_count = 2;
  config.line[1] = (hp_udp_line){GROUP_B, port_number, 0xcb007101, 0};
  int before = open_descriptors();
  for (int i = 0; i < 20; i++) EQ(hp_udp_open(&config), HP_ENOENT);
  EQ(open_descriptors(), before);
  fixture_close(f);
}

static void configs_out_of_range_are_refused(void) {
  fixture *f = fixture_open(1);
  hp_udp_config bad;
#define REFUSED(change)                     \
  do {                                      \
    bad = f->config;                        \
    change;                                 \
    EQ(hp_udp_open(&bad), HP_EINVAL);       \
  } while (0)
  REFUSED(bad.arena = 0);
  REFUSED(bad.desc = 0);
  REFUSED(bad.stats = 0);
  REFUSED(bad.slot_size = 0);
  REFUSED(bad.slot_size = 100);
  REFUSED(bad.slot_size = 65536 + 64);
  REFUSED(bad.line_count = 0);
  REFUSED(bad.line_count = HP_UDP_LINES_MAX + 1);
  REFUSED(bad.rcvbuf = 0xffffffff);
  REFUSED(bad.line[0].port = 0);
  REFUSED(bad.line[0].port = 65536);
  REFUSED(bad.line[0].group = LOOPBACK);
  EQ(hp_udp_open(NULL), HP_EINVAL);
  EQ(hp_udp_rx_burst(-1), HP_ECLOSED);
  EQ(hp_udp_rx_burst(1000), HP_ECLOSED);
  fixture_close(f);
}

static void source_specific_joins_hear_only_their_source(void) {
  fixture *f = fixture_open(1);
  hp_udp_config config = f->config;
  config.line[0] = (hp_udp_line){GROUP_B, port_number, LOOPBACK, 0x7f000002};
  int32_t other = hp_udp_open(&config);
  CHECK(other >= 0);
  send_to(f, GROUP_B, "x", 1);
  EQ(hp_udp_rx_burst(other), 0);
  close(f->sender); /* it is bound by its first packet */
  f->sender = sender_open();
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr = {htonl(0x7f000002)}};
  CHECK(bind(f->sender, (struct sockaddr *)&from, sizeof from) == 0);
  send_to(f, GROUP_B, "y", 1);
  EQ(hp_udp_rx_burst(other), 1);
  EQ(hp_udp_close(other), HP_OK);
  fixture_close(f);
}

static void a_played_port_gives_what_its_owner_put_there(void) {
  int before = open_descriptors();
  fixture f = {0};
  uint32_t played = 0;
  f.arena = malloc(SLOT * HP_BURST_MAX);
  f.config = (hp_udp_config){.arena = address_of(f.arena), .desc = address_of(f.desc),
                             .stats = address_of(&f.stats), .played = address_of(&played),
                             .slot_size = SLOT};
  f.config.line[0].group = LOOPBACK; /* would be refused, were it looked at */
  for (uint32_t lines = 0; lines <= HP_UDP_LINES_MAX; lines += HP_UDP_LINES_MAX) {
    memset(&f.stats, 0, sizeof f.stats);
    f.config.line_count = lines;
    f.port = hp_udp_open(&f.config);
    CHECK(f.port >= 0);
    EQ(open_descriptors(), before);
    EQ(hp_udp_rx_burst(f.port), 0);
    for (uint32_t i = 0; i < 3; i++) f.desc[i] = (hp_rx_desc){i * SLOT, 10 + i, 0, i, 5, 0, 0};
    played = 3;
    EQ(hp_udp_rx_burst(f.port), 3);
    EQ(played, 0);
    EQ(f.desc[2].line, 2); /* as the owner left it */
    EQ(hp_udp_rx_burst(f.port), 0);
    EQ(f.stats.packets, 3);
    EQ(f.stats.bytes, 33);
    EQ(f.stats.polls, 3);
    EQ(hp_udp_rx_release(f.port), HP_OK);
    played = 0xffffffff;
    EQ(hp_udp_rx_burst(f.port), HP_BURST_MAX);
    EQ(played, 0);
    EQ(hp_udp_close(f.port), HP_OK);
    EQ(hp_udp_rx_burst(f.port), HP_ECLOSED);
  }
  f.config.line_count = HP_UDP_LINES_MAX + 1;
  EQ(hp_udp_open(&f.config), HP_EINVAL);
  f.config.line_count = 0;
  f.config.played = -8;
  EQ(hp_udp_open(&f.config), HP_EINVAL);
  f.config.played = address_of(&played) + 1;
  EQ(hp_udp_open(&f.config), HP_EINVAL);
  free(f.arena);
}

static void fixture_send(fixture *f, hp_udp_config *config, uint8_t *tx, uint32_t size) {
  *config = f->config;
  config->tx = address_of(tx);
  config->tx_size = size;
  config->line_count = 0;
  memset(config->line, 0, sizeof config->line);
}

static void what_one_port_sends_another_receives(void) {
  fixture *f = fixture_open(2);
  uint8_t tx[64];
  hp_udp_config config;
  fixture_send(f, &config, tx, sizeof tx);
  hp_port_stats stats = {0};
  config.stats = address_of(&stats);
  int32_t from = hp_udp_open(&config);
  CHECK(from >= 0);
  EQ(hp_udp_rx_burst(from), 0);
  hp_tx_flow flow = {GROUP_B, port_number, LOOPBACK, 0, 0, 0, {0}};
  EQ(hp_udp_tx_flow(from, &flow), 0);
  flow.address = GROUP_A;
  EQ(hp_udp_tx_flow(from, &flow), 1);
  memcpy(tx + 3, "hello", 5);
  EQ(hp_udp_tx(from, 0, 3, 5), HP_OK);
  EQ(hp_udp_tx(from, 1, 3, 4), HP_OK);
  EQ(hp_udp_rx_burst(f->port), 2);
  EQ(f->desc[0].length + f->desc[1].length, 9);
  EQ(f->desc[0].line + f->desc[1].line, 1);
  EQ(stats.tx_packets, 2);
  EQ(stats.tx_bytes, 9);
  EQ(hp_udp_tx(from, HP_TX_RAW, 0, 5), HP_ENOTSUP);
  EQ(hp_udp_tx(from, 2, 0, 5), HP_EINVAL);
  EQ(hp_udp_tx(from, -2, 0, 5), HP_EINVAL);
  EQ(hp_udp_tx(from, 0, 60, 5), HP_EINVAL);
  EQ(hp_udp_tx(from, 0, -1, 5), HP_EINVAL);
  EQ(hp_udp_tx(from, 0, 0, -1), HP_EINVAL);
  EQ(hp_udp_tx_stamp(from), 0);
  hp_clock_init(0);
  double before = hp_clock_wall_ns();
  EQ(hp_udp_tx(from, 1, 0, 1), HP_OK);
  double stamp = hp_udp_tx_stamp(from);
  CHECK(stamp >= before - 1e6 && stamp <= hp_clock_wall_ns() + 1e6);
  EQ(hp_udp_tx_stamp(from), stamp);
  EQ(hp_udp_close(from), HP_OK);
  EQ(hp_udp_tx(from, 0, 0, 1), HP_ECLOSED);
  EQ(hp_udp_tx_flow(from, &flow), HP_ECLOSED);
  fixture_close(f);
}

static void flows_out_of_range_are_refused(void) {
  int before = open_descriptors();
  fixture *f = fixture_open(1);
  uint8_t tx[64];
  hp_udp_config config;
  fixture_send(f, &config, tx, sizeof tx);
  int32_t from = hp_udp_open(&config);
  hp_tx_flow bad[] = {{0, 1, 0, 0, 0, 0, {0}},          {GROUP_A, 0, 0, 0, 0, 0, {0}},
                      {GROUP_A, 65536, 0, 0, 0, 0, {0}}, {GROUP_A, 1, 0, 65536, 0, 0, {0}},
                      {GROUP_A, 1, 0, 0, 256, 0, {0}}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) EQ(hp_udp_tx_flow(from, &bad[i]), HP_EINVAL);
  EQ(hp_udp_tx_flow(from, NULL), HP_EINVAL);
  hp_tx_flow flow = {GROUP_A, 1, 0xcb007101, 0, 0, 0, {0}};
  EQ(hp_udp_tx_flow(from, &flow), HP_ENOENT); /* no address of ours */
  flow.source_address = LOOPBACK;
  for (int i = 0; i < HP_TX_FLOWS_MAX; i++) EQ(hp_udp_tx_flow(from, &flow), i);
  EQ(hp_udp_tx_flow(from, &flow), HP_ENOSPC);
  EQ(hp_udp_tx_flow(f->port, &flow), HP_EINVAL); /* opened without room to send from */
  EQ(hp_udp_close(from), HP_OK);
  config.tx_size = 0;
  EQ(hp_udp_open(&config), HP_EINVAL);
  fixture_close(f);
  EQ(open_descriptors(), before);
}

/* The kernel answers a datagram to a closed port by failing the next one, which has to go all the same. */
static void a_reader_that_went_away_costs_no_later_datagram(void) {
  fixture *f = fixture_open(1);
  uint8_t tx[64] = {0};
  hp_udp_config config;
  fixture_send(f, &config, tx, sizeof tx);
  hp_port_stats stats = {0};
  config.stats = address_of(&stats);
  int32_t from = hp_udp_open(&config);
  hp_tx_flow flow = {LOOPBACK, port_number + 1, 0, 0, 0, 0, {0}};
  EQ(hp_udp_tx_flow(from, &flow), 0);
  EQ(hp_udp_tx(from, 0, 0, 1), HP_OK);
  hp_udp_config reader = f->config;
  reader.line[0] = (hp_udp_line){0, port_number + 1, LOOPBACK, 0};
  int32_t to = hp_udp_open(&reader);
  EQ(hp_udp_tx(from, 0, 0, 2), HP_OK);
  EQ(stats.errors, 1);
  EQ(hp_udp_rx_burst(to), 1);
  EQ(f->desc[0].length, 2);
  EQ(hp_udp_close(to), HP_OK);
  EQ(hp_udp_close(from), HP_OK);
  fixture_close(f);
}

int main(void) {
  port_number = 20000 + (uint32_t)getpid() % 20000;
  RUN(a_packet_carries_its_stamp_and_line);
  RUN(stamps_stay_right_over_many_bursts);
  RUN(a_slot_is_never_overrun);
  RUN(a_flood_on_one_line_does_not_starve_the_other);
  RUN(every_socket_is_closed_when_one_line_fails);
  RUN(configs_out_of_range_are_refused);
  RUN(source_specific_joins_hear_only_their_source);
  RUN(a_played_port_gives_what_its_owner_put_there);
  RUN(what_one_port_sends_another_receives);
  RUN(flows_out_of_range_are_refused);
  RUN(a_reader_that_went_away_costs_no_later_datagram);
  FINISH();
}
