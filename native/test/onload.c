/* Streams driven by Onload, which is played by native/standin/onload-double.c, linked in. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcp-rig.h"

static uint8_t tx[4096], frame[4096];
static char log_path[64], log_text[1 << 16];

/* How the double behaves from here on; its log begins anew. */
static void words(const char *text) {
  setenv("HAIRPIN_ONLOAD_DOUBLE_WORDS", text, 1);
  if (truncate(log_path, 0) != 0) exit(2);
}

/* Where the text is in the double's log, from 1 on; 0 = it is not. */
static long logged(const char *text) {
  int fd = open(log_path, O_RDONLY);
  ssize_t got = fd < 0 ? 0 : read(fd, log_text, sizeof log_text - 1);
  close(fd);
  log_text[got < 0 ? 0 : got] = 0;
  const char *at = strstr(log_text, text);
  return at == NULL ? 0 : at - log_text + 1;
}

static int32_t open_with(uint32_t flags, int *peer) {
  hp_tcp_config config = {.address = LOOPBACK, .port = port, .flags = flags};
  int32_t stream = hp_tcp_open_with(address_of(&config));
  CHECK(stream >= 0);
  *peer = accept(listener, NULL, NULL);
  for (int i = 0; i < 1000 && hp_tcp_state(stream) == HP_TCP_CONNECTING; i++) hp_sleep_us(1000);
  EQ(hp_tcp_bind_arena(stream, address_of(rx), address_of(tx)), HP_OK);
  for (size_t i = 0; i < sizeof tx; i++) tx[i] = (uint8_t)(i * 7);
  return stream;
}

static int32_t connect_up(int *peer) {
  int32_t stream = open_with(HP_TCP_ACCELERATE | HP_TCP_MUST, peer);
  EQ(hp_tcp_state(stream), HP_TCP_UP);
  return stream;
}

static void finish(int32_t stream, int peer) {
  EQ(hp_tcp_close(stream), HP_OK);
  close(peer);
  EQ(logged("VIOLATION"), 0);
}

/* Everything the peer gets until the stream is shut, in rx. */
static int64_t drain(int peer) {
  int64_t got = 0;
  for (ssize_t n; (n = read(peer, rx + got, sizeof rx - (size_t)got)) > 0;) got += n;
  return got;
}

static uint32_t word_at(const uint8_t *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* The Internet checksum over what has its own in it: 0 when it is right. */
static uint32_t check16(const uint8_t *at, size_t length, uint32_t sum) {
  for (size_t i = 0; i < length; i += 2)
    sum += (uint32_t)at[i] << 8 | (i + 1 < length ? at[i + 1] : 0);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

static void the_stack_is_named_before_the_socket_and_looked_at_before_the_first_byte(void) {
  words("");
  EQ(hp_onload_present(), 1);
  EQ(hp_onload_stack("hairpin"), HP_OK);
  EQ(hp_onload_spin(1), HP_OK);
  int peer;
  int32_t stream = connect_up(&peer);
  EQ(hp_onload_accelerated(stream), 1);
  EQ(hp_tcp_send(stream, 0, 5), 5);
  CHECK(logged("set_stackname(0, 2, \"hairpin\")") != 0);
  CHECK(logged("set_stackname") < logged("socket() = "));
  CHECK(logged("on \"hairpin\"") != 0);
  CHECK(logged("thread_set_spin(0, 1)") != 0);
  CHECK(logged("connect(") < logged("fd_stat("));
  CHECK(logged("fd_stat(") != 0 && logged("fd_stat(") < logged("send("));
  finish(stream, peer);
}

static void sockets_opened_without_a_stack_are_the_kernels(void) {
  words("");
  EQ(hp_onload_stack(""), HP_OK);
  CHECK(logged("set_stackname(0, 2, NULL) = 0") != 0);
  int peer;
  int32_t stream = open_with(HP_TCP_ACCELERATE, &peer);
  EQ(hp_onload_accelerated(stream), 0);
  EQ(hp_onload_stack("hairpin"), HP_OK);
  EQ(hp_onload_accelerated(stream), 0); /* a socket stays where it was opened */
  EQ(hp_tcp_warm(stream, 0, 100), HP_EAGAIN);
  finish(stream, peer);
}

static void one_that_onload_left_to_the_kernel_is_refused_before_its_first_byte(void) {
  words("plain");
  int peer;
  int32_t stream = open_with(HP_TCP_ACCELERATE | HP_TCP_MUST, &peer);
  EQ(hp_onload_present(), 1); /* it is there, and proves nothing */
  EQ(hp_tcp_state(stream), HP_ENOTACCEL);
  EQ(hp_tcp_send(stream, 0, 5), HP_ENOTACCEL);
  EQ(hp_tcp_recv(stream, 0, 5), HP_ENOTACCEL);
  EQ(read(peer, rx, sizeof rx), 0);
  EQ(logged("send("), 0);
  finish(stream, peer);
}

static void one_that_may_be_plain_trades_and_never_sends_warm(void) {
  words("plain");
  int peer;
  int32_t stream = open_with(HP_TCP_ACCELERATE, &peer);
  EQ(hp_tcp_state(stream), HP_TCP_UP);
  EQ(hp_onload_accelerated(stream), 0);
  EQ(hp_tcp_warm(stream, 0, 100), HP_EAGAIN);
  EQ(hp_tcp_delegate_begin(stream, 0, 100, address_of(frame), sizeof frame), HP_EAGAIN);
  EQ(logged("prepare"), 0);
  EQ(hp_tcp_send(stream, 0, 5), 5);
  shutdown(hp_tcp_fd(stream), SHUT_WR);
  EQ(drain(peer), 5);
  finish(stream, peer);
}

static void warm_sends_reach_the_stack_and_not_the_peer(void) {
  words("");
  int peer;
  int32_t stream = connect_up(&peer);
  for (int i = 0; i < 3; i++) EQ(hp_tcp_warm(stream, 10, 200), 200);
  CHECK(logged(", 200, warm) = 200") != 0);
  EQ(hp_tcp_warm(stream, -1, 200), HP_EINVAL);
  EQ(hp_tcp_warm(stream, 0, 0), HP_EINVAL);
  EQ(hp_tcp_send(stream, 0, 5), 5);
  EQ(hp_tcp_warm(stream, 10, 200), 200);
  shutdown(hp_tcp_fd(stream), SHUT_WR);
  EQ(drain(peer), 5);
  finish(stream, peer);
}

static void without_support_there_is_no_warm_send(void) {
  words("cold");
  int peer;
  int32_t stream = connect_up(&peer);
  EQ(hp_onload_accelerated(stream), 1);
  EQ(hp_tcp_warm(stream, 0, 200), HP_EAGAIN);
  EQ(logged("warm"), 0);
  finish(stream, peer);
}

static int32_t begin(int32_t stream, int32_t offset, int32_t length) {
  return hp_tcp_delegate_begin(stream, offset, length, address_of(frame), sizeof frame);
}

static void a_delegated_frame_is_whole_and_its_bytes_arrive_once(void) {
  words("");
  int peer;
  int32_t stream = connect_up(&peer);
  EQ(begin(stream, 100, 33), 66 + 33);
  EQ(hp_tcp_state(stream), HP_TCP_DELEGATED);
  EQ(hp_tcp_send(stream, 0, 5), HP_EAGAIN); /* a send in between could crash the real one */
  EQ(hp_tcp_warm(stream, 0, 5), HP_EAGAIN);
  EQ(begin(stream, 0, 5), HP_EAGAIN);
  EQ(hp_tcp_recv(stream, 0, 5), HP_EAGAIN);
  CHECK(memcmp(frame + 66, tx + 100, 33) == 0);
  EQ(frame[16] << 8 | frame[17], 20 + 32 + 33);
  EQ(check16(frame + 14, 20, 0), 0);
  EQ(check16(frame + 34, 32 + 33, check16(frame + 26, 8, 6 + 32 + 33) ^ 0xffff), 0);
  EQ(frame[47] & 8, 8); /* PSH */
  uint32_t seq = word_at(frame + 38);
  EQ(hp_tcp_delegate_end(stream, 20), HP_EINVAL); /* a frame leaves whole, or not */
  EQ(hp_tcp_delegate_end(stream, 33), 33);
  EQ(hp_tcp_state(stream), HP_TCP_UP);
  EQ(begin(stream, 0, 4), 70);
  EQ(word_at(frame + 38), seq + 33);
  EQ(hp_tcp_delegate_end(stream, 0), HP_EAGAIN); /* the Port had no room for it */
  EQ(hp_tcp_send(stream, 0, 4), 4);
  EQ(hp_tcp_delegate_count(stream, 0), 2);
  shutdown(hp_tcp_fd(stream), SHUT_WR);
  EQ(drain(peer), 37);
  CHECK(memcmp(rx, tx + 100, 33) == 0 && memcmp(rx + 33, tx, 4) == 0);
  finish(stream, peer);
}

static void every_code_of_the_preparation_is_counted_given_back_and_sent_plainly(void) {
  int peer;
  words("");
  int32_t stream = connect_up(&peer);
  for (int32_t code = 1; code <= 6; code++) {
    char text[32];
    snprintf(text, sizeof text, "delegated=%d", code);
    words(text);
    EQ(begin(stream, 0, 10), HP_EAGAIN);
    CHECK(logged("prepare") != 0 && logged("prepare") < logged("delegated_send_cancel("));
    EQ(hp_tcp_send(stream, 0, 10), 10);
    EQ(hp_tcp_delegate_count(stream, code), 1);
  }
  words("delegated=77");
  EQ(begin(stream, 0, 10), HP_EAGAIN);
  EQ(hp_tcp_delegate_count(stream, HP_TCP_DELEGATE_OTHER), 1);
  EQ(hp_tcp_delegate_count(stream, 0), 0);
  shutdown(hp_tcp_fd(stream), SHUT_WR);
  EQ(drain(peer), 60);
  finish(stream, peer);
}

static void what_fits_no_single_segment_or_window_is_sent_plainly(void) {
  int peer;
  words("");
  int32_t stream = connect_up(&peer);
  EQ(begin(stream, 0, 1449), HP_EAGAIN);
  EQ(hp_tcp_delegate_begin(stream, 0, 100, address_of(frame), 66 + 99), HP_EAGAIN);
  CHECK(logged("delegated_send_cancel(") != 0);
  words("small");
  EQ(begin(stream, 0, 3), HP_EAGAIN);
  CHECK(logged("delegated_send_cancel(") != 0);
  EQ(hp_tcp_delegate_count(stream, HP_TCP_DELEGATE_OTHER), 3);
  EQ(begin(stream, 0, 2), 68);
  EQ(hp_tcp_delegate_end(stream, 2), 2);
  words("");
  EQ(hp_tcp_delegate_begin(stream, 0, 10, address_of(frame), 20), HP_EAGAIN); /* no room: code 2 */
  EQ(hp_tcp_delegate_count(stream, 2), 1);
  EQ(hp_tcp_delegate_begin(stream, 0, 0, address_of(frame), 20), HP_EINVAL);
  EQ(hp_tcp_delegate_begin(stream, 0, 10, 0, 20), HP_EINVAL);
  finish(stream, peer);
}

static void bytes_on_the_wire_count_as_sent_even_when_they_cannot_be_handed_over(void) {
  int peer;
  words("complete=again");
  int32_t stream = connect_up(&peer);
  EQ(begin(stream, 0, 10), 76);
  EQ(hp_tcp_delegate_end(stream, 10), 10);
  EQ(hp_tcp_state(stream), HP_TCP_UP);
  words("complete=fail");
  EQ(begin(stream, 0, 10), 76);
  EQ(hp_tcp_delegate_end(stream, 10), 10);
  EQ(hp_tcp_send(stream, 0, 10), HP_ESYS);
  EQ(hp_tcp_state(stream), HP_ESYS);
  EQ(drain(peer), 10);
  finish(stream, peer);
}

static void a_reset_in_between_does_not_unsend_what_is_on_the_wire(void) {
  for (int32_t sent = 0; sent <= 10; sent += 10) {
    int peer;
    words("");
    int32_t stream = connect_up(&peer);
    EQ(begin(stream, 0, 10), 76);
    const struct linger now = {1, 0};
    setsockopt(peer, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(peer);
    for (int i = 0; i < 1000 && hp_tcp_recv(stream, 0, 5) == HP_EAGAIN; i++) hp_sleep_us(1000);
    EQ(hp_tcp_state(stream), HP_ERESET);
    EQ(hp_tcp_delegate_end(stream, sent), sent == 0 ? HP_ERESET : 10);
    EQ(hp_tcp_state(stream), HP_ERESET);
    EQ(hp_tcp_send(stream, 0, 10), HP_ERESET);
    EQ(hp_tcp_close(stream), HP_OK);
  }
}

static void what_cannot_be_given_back_ends_the_stream(void) {
  int peer;
  words("cancel=fail");
  int32_t stream = connect_up(&peer);
  EQ(begin(stream, 0, 10), 76);
  EQ(hp_tcp_delegate_end(stream, 0), HP_ESYS);
  EQ(hp_tcp_send(stream, 0, 10), HP_ESYS);
  EQ(drain(peer), 0);
  finish(stream, peer);
}

static void a_close_in_between_gives_it_back_first(void) {
  int peer;
  words("");
  int32_t stream = connect_up(&peer);
  EQ(begin(stream, 0, 10), 76);
  EQ(hp_tcp_close(stream), HP_OK);
  CHECK(logged("delegated_send_cancel(") < logged("shutdown("));
  EQ(drain(peer), 0);
  close(peer);
}

static void stamps_are_those_of_the_nic(void) {
  int peer;
  words("");
  hp_tcp_stamps stamps;
  EQ(hp_clock_init(1.7e9), HP_OK);
  double before = hp_clock_wall_ns();
  int32_t stream = open_with(HP_TCP_ACCELERATE | HP_TCP_STAMPS | HP_TCP_QUICK_ACK, &peer);
  EQ(hp_tcp_send(stream, 0, 100), 100);
  EQ(hp_tcp_send(stream, 0, 23), 23);
  CHECK(write(peer, "ack", 3) == 3);
  int32_t got = HP_EAGAIN;
  for (int i = 0; i < 1000 && got == HP_EAGAIN; i++) {
    got = hp_tcp_recv(stream, 0, sizeof rx);
    if (got == HP_EAGAIN) hp_sleep_us(1000);
  }
  EQ(got, 3);
  EQ(hp_tcp_stamps_read(stream, address_of(&stamps)), HP_OK);
  EQ(stamps.rx_source, HP_STAMP_NIC);
  EQ(stamps.tx_source, HP_STAMP_NIC);
  EQ(stamps.tx_bytes, 123);
  CHECK(stamps.tx_ns >= before && stamps.tx_ns <= hp_clock_wall_ns());
  CHECK(stamps.rx_ns >= before && stamps.rx_ns <= hp_clock_wall_ns());
  finish(stream, peer);
}

int main(void) {
  snprintf(log_path, sizeof log_path, "/tmp/hairpin-onload-%d.log", (int)getpid());
  setenv("HAIRPIN_ONLOAD_DOUBLE_LOG", log_path, 1);
  int fd = open(log_path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  close(fd);
  listen_open();
  RUN(the_stack_is_named_before_the_socket_and_looked_at_before_the_first_byte);
  RUN(sockets_opened_without_a_stack_are_the_kernels);
  RUN(one_that_onload_left_to_the_kernel_is_refused_before_its_first_byte);
  RUN(one_that_may_be_plain_trades_and_never_sends_warm);
  RUN(warm_sends_reach_the_stack_and_not_the_peer);
  RUN(without_support_there_is_no_warm_send);
  RUN(a_delegated_frame_is_whole_and_its_bytes_arrive_once);
  RUN(every_code_of_the_preparation_is_counted_given_back_and_sent_plainly);
  RUN(what_fits_no_single_segment_or_window_is_sent_plainly);
  RUN(bytes_on_the_wire_count_as_sent_even_when_they_cannot_be_handed_over);
  RUN(a_reset_in_between_does_not_unsend_what_is_on_the_wire);
  RUN(what_cannot_be_given_back_ends_the_stream);
  RUN(a_close_in_between_gives_it_back_first);
  RUN(stamps_are_those_of_the_nic);
  close(listener);
  unlink(log_path);
  FINISH();
}
