/* Streams with options, on a machine without Onload. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcp-rig.h"

static uint8_t tx[4096], frame[4096];

static hp_tcp_config config_of(uint32_t flags) {
  return (hp_tcp_config){.address = LOOPBACK, .port = port, .flags = flags};
}

static int32_t settled(int32_t stream) {
  for (int i = 0; i < 1000 && hp_tcp_state(stream) == HP_TCP_CONNECTING; i++) hp_sleep_us(1000);
  return hp_tcp_state(stream);
}

static int32_t connect_up(hp_tcp_config *config, int *peer) {
  int32_t stream = hp_tcp_open_with(address_of(config));
  CHECK(stream >= 0);
  *peer = accept(listener, NULL, NULL);
  EQ(settled(stream), HP_TCP_UP);
  EQ(hp_tcp_bind_arena(stream, address_of(rx), address_of(tx)), HP_OK);
  return stream;
}

static int option(int32_t stream, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  getsockopt(hp_tcp_fd(stream), level, name, &value, &size);
  return value;
}

static void options_are_set_as_asked_for(void) {
  int peer;
  hp_tcp_config config = config_of(HP_TCP_QUICK_ACK);
  config.keep_idle_s = 11;
  config.keep_interval_s = 3;
  config.keep_count = 4;
  config.user_timeout_ms = 5000;
  config.busy_poll_us = 20;
  config.local_address = 0x7f000002;
  memcpy(config.device, "lo", 3);
  int32_t stream = connect_up(&config, &peer);
  EQ(option(stream, IPPROTO_TCP, TCP_NODELAY), 1);
  EQ(option(stream, SOL_SOCKET, SO_KEEPALIVE), 1);
  EQ(option(stream, IPPROTO_TCP, TCP_KEEPIDLE), 11);
  EQ(option(stream, IPPROTO_TCP, TCP_KEEPINTVL), 3);
  EQ(option(stream, IPPROTO_TCP, TCP_KEEPCNT), 4);
  EQ(option(stream, IPPROTO_TCP, TCP_USER_TIMEOUT), 5000);
  int polls = option(stream, SOL_SOCKET, SO_BUSY_POLL);
  EQ(polls, (config.refused & HP_TCP_REFUSED_BUSY_POLL) != 0 ? 0 : 20);
  struct sockaddr_in at;
  socklen_t size = sizeof at;
  CHECK(getpeername(peer, (struct sockaddr *)&at, &size) == 0);
  EQ(ntohl(at.sin_addr.s_addr), 0x7f000002);
  EQ(hp_tcp_close(stream), HP_OK);
  close(peer);
}

static void without_options_the_system_keeps_its_own(void) {
  int peer;
  hp_tcp_config config = config_of(0);
  int32_t stream = connect_up(&config, &peer);
  EQ(config.refused, 0);
  EQ(option(stream, IPPROTO_TCP, TCP_NODELAY), 1);
  EQ(option(stream, SOL_SOCKET, SO_KEEPALIVE), 0);
  EQ(option(stream, IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
  EQ(hp_tcp_close(stream), HP_OK);
  close(peer);
}

/* Linux leaves quick-ack mode by itself: without arming it again it is gone after some exchanges. */
static void quick_ack_is_armed_again_after_each_receive(void) {
  int peer;
  hp_tcp_config config = config_of(HP_TCP_QUICK_ACK);
  int32_t stream = connect_up(&config, &peer);
  const int off = 0;
  for (int i = 0; i < 20; i++) {
    setsockopt(hp_tcp_fd(stream), IPPROTO_TCP, TCP_QUICKACK, &off, sizeof off);
    EQ(option(stream, IPPROTO_TCP, TCP_QUICKACK), 0);
    CHECK(write(peer, "ack", 3) == 3);
    EQ(recv_wait(stream), 3);
    EQ(option(stream, IPPROTO_TCP, TCP_QUICKACK), 1);
  }
  CHECK(memcmp(rx, "ack", 3) == 0);
  EQ(hp_tcp_close(stream), HP_OK);
  close(peer);
}

static void bad_configs_are_refused(void) {
  hp_tcp_config config = config_of(0);
  EQ(hp_tcp_open_with(0), HP_EINVAL);
  EQ(hp_tcp_probe(0), HP_EINVAL);
  EQ(hp_tcp_open_with(address_of(&config) + 1), HP_EINVAL);
  config.flags = 1 << 20;
  EQ(hp_tcp_probe(address_of(&config)), HP_EINVAL);
  EQ(hp_tcp_open_with(address_of(&config)), HP_EINVAL);
  config = config_of(0);
  config.port = 70000;
  EQ(hp_tcp_open_with(address_of(&config)), HP_EINVAL);
  config = config_of(0);
  config.address = 0;
  EQ(hp_tcp_open_with(address_of(&config)), HP_EINVAL);
  config = config_of(0);
  memcpy(config.device, "nosuch0", 8);
  EQ(hp_tcp_probe(address_of(&config)), HP_ENOENT);
  EQ(hp_tcp_open_with(address_of(&config)), HP_ENOENT);
  memset(config.device, 'x', sizeof config.device);
  EQ(hp_tcp_probe(address_of(&config)), HP_ENOENT);
  config = config_of(HP_TCP_FLAGS);
  int before = open_descriptors();
  EQ(hp_tcp_probe(address_of(&config)), HP_OK);
  EQ(open_descriptors(), before);
}

static void what_a_connection_can_do_without_is_told(void) {
  int peer;
  hp_tcp_config config = config_of(0);
  config.keep_idle_s = 40000; /* more than Linux has */
  EQ(hp_tcp_probe(address_of(&config)), HP_OK);
  EQ(config.refused, HP_TCP_REFUSED_KEEPALIVE);
  int32_t stream = connect_up(&config, &peer);
  EQ(config.refused, HP_TCP_REFUSED_KEEPALIVE);
  EQ(hp_tcp_send(stream, 0, 5), 5);
  EQ(hp_tcp_close(stream), HP_OK);
  close(peer);
}

static void without_libonload_there_is_no_acceleration_and_nobody_pretends(void) {
  EQ(hp_onload_present(), 0);
  EQ(hp_onload_stack("hairpin"), HP_ENOENT);
  EQ(hp_onload_stack(""), HP_ENOENT);
  EQ(hp_onload_stack("ninechars"), HP_EINVAL);
  EQ(hp_onload_spin(1), HP_ENOENT);
  int peer;
  hp_tcp_config config = config_of(HP_TCP_ACCELERATE);
  int32_t stream = connect_up(&config, &peer);
  EQ(hp_onload_accelerated(stream), 0);
  EQ(hp_tcp_warm(stream, 0, 100), HP_EAGAIN);
  EQ(hp_tcp_delegate_begin(stream, 0, 100, address_of(frame), sizeof frame), HP_EAGAIN);
  EQ(hp_tcp_delegate_count(stream, HP_TCP_DELEGATE_OTHER), 1);
  EQ(hp_tcp_delegate_count(stream, HP_TCP_DELEGATE_CODES), HP_EINVAL);
  EQ(hp_tcp_delegate_end(stream, 0), HP_EINVAL);
  EQ(hp_tcp_state(stream), HP_TCP_UP);
  EQ(hp_tcp_close(stream), HP_OK);
  EQ(read(peer, rx, sizeof rx), 0); /* a warm send that were none would be here */
  close(peer);
  EQ(hp_tcp_warm(stream, 0, 100), HP_ECLOSED);
  EQ(hp_onload_accelerated(stream), HP_ECLOSED);
}

static void one_that_must_be_accelerated_ends_before_its_first_byte(void) {
  hp_tcp_config config = config_of(HP_TCP_ACCELERATE | HP_TCP_MUST);
  int32_t stream = hp_tcp_open_with(address_of(&config));
  CHECK(stream >= 0);
  int peer = accept(listener, NULL, NULL);
  EQ(hp_tcp_bind_arena(stream, address_of(rx), address_of(tx)), HP_OK);
  EQ(hp_tcp_send(stream, 0, 5), HP_EAGAIN);
  EQ(settled(stream), HP_ENOTACCEL);
  EQ(hp_tcp_send(stream, 0, 5), HP_ENOTACCEL);
  EQ(hp_tcp_recv(stream, 0, 5), HP_ENOTACCEL);
  EQ(hp_tcp_peek(stream, 0, 5), HP_ENOTACCEL);
  EQ(hp_tcp_warm(stream, 0, 5), HP_ENOTACCEL);
  EQ(hp_tcp_state(stream), HP_ENOTACCEL);
  EQ(read(peer, rx, sizeof rx), 0);
  EQ(hp_tcp_close(stream), HP_OK);
  close(peer);
}

static void stamps_say_who_made_them(void) {
  int peer;
  hp_tcp_config config = config_of(HP_TCP_STAMPS);
  hp_tcp_stamps stamps;
  EQ(hp_clock_init(1.7e9), HP_OK);
  double before = hp_clock_wall_ns();
  int32_t stream = connect_up(&config, &peer);
  EQ(hp_tcp_stamps_read(stream, 0), HP_EINVAL);
  EQ(hp_tcp_stamps_read(stream, address_of(&stamps)), HP_OK);
  EQ(stamps.rx_source, HP_STAMP_NONE);
  EQ(stamps.tx_source, HP_STAMP_NONE);
  EQ(hp_tcp_send(stream, 0, 100), 100);
  EQ(hp_tcp_send(stream, 0, 23), 23);
  CHECK(read(peer, rx, sizeof rx) > 0);
  /* The kernel begins to stamp a little after it was first asked to. */
  for (int i = 0; i < 1000; i++) {
    CHECK(write(peer, "ack", 3) == 3);
    EQ(recv_wait(stream), 3);
    EQ(hp_tcp_stamps_read(stream, address_of(&stamps)), HP_OK);
    if (stamps.tx_bytes == 123 && stamps.rx_source != HP_STAMP_NONE) break;
    hp_sleep_us(1000);
  }
  EQ(stamps.tx_bytes, 123);
  EQ(stamps.tx_source, HP_STAMP_KERNEL); /* loopback has no NIC */
  EQ(stamps.rx_source, HP_STAMP_KERNEL);
  double after = hp_clock_wall_ns();
  CHECK(stamps.tx_ns >= before && stamps.tx_ns <= after);
  CHECK(stamps.rx_ns >= before && stamps.rx_ns <= after);
  EQ(hp_tcp_close(stream), HP_OK);
  close(peer);
  config = config_of(0);
  stream = connect_up(&config, &peer);
  EQ(hp_tcp_stamps_read(stream, address_of(&stamps)), HP_EINVAL);
  EQ(hp_tcp_close(stream), HP_OK);
  close(peer);
}

int main(void) {
  listen_open();
  RUN(options_are_set_as_asked_for);
  RUN(without_options_the_system_keeps_its_own);
  RUN(quick_ack_is_armed_again_after_each_receive);
  RUN(bad_configs_are_refused);
  RUN(what_a_connection_can_do_without_is_told);
  RUN(without_libonload_there_is_no_acceleration_and_nobody_pretends);
  RUN(one_that_must_be_accelerated_ends_before_its_first_byte);
  RUN(stamps_say_who_made_them);
  close(listener);
  FINISH();
}
