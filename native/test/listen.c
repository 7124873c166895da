#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

#define LOOPBACK 0x7f000001

static uint8_t rx[4096], tx[4096];

static int32_t listener_open(int32_t *port) {
  int32_t listener = hp_tcp_listen(LOOPBACK, 0, 16);
  CHECK(listener >= 0);
  *port = hp_tcp_local_port(listener);
  CHECK(*port > 0);
  return listener;
}

static int dial(int32_t port) {
  struct sockaddr_in at = {.sin_family = AF_INET,
                           .sin_port = htons((uint16_t)port),
                           .sin_addr = {htonl(LOOPBACK)}};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, (struct sockaddr *)&at, sizeof at) != 0) exit(2);
  return fd;
}

/* Asks until something else comes than "nothing now". */
static int32_t wait_for(int32_t (*ask)(int32_t), int32_t handle) {
  int32_t got = HP_EAGAIN;
  for (int i = 0; i < 1000 && got == HP_EAGAIN; i++) {
    got = ask(handle);
    if (got == HP_EAGAIN) hp_sleep_us(1000);
  }
  return got;
}

static int32_t peek_ten(int32_t stream) { return hp_tcp_peek(stream, 0, 10); }
static int32_t recv_all(int32_t stream) { return hp_tcp_recv(stream, 0, sizeof rx); }

static int32_t accept_bound(int32_t listener) {
  int32_t stream = wait_for(hp_tcp_accept, listener);
  CHECK(stream >= 0);
  EQ(hp_tcp_state(stream), HP_TCP_UP);
  EQ(hp_tcp_bind_arena(stream, address_of(rx), address_of(tx)), HP_OK);
  return stream;
}

static void an_accepted_stream_is_like_an_opened_one(void) {
  int32_t port;
  int32_t listener = listener_open(&port);
  EQ(hp_tcp_state(listener), HP_TCP_LISTENING);
  EQ(hp_tcp_accept(listener), HP_EAGAIN);
  int peer = dial(port);
  int32_t stream = accept_bound(listener);
  EQ(hp_tcp_accept(listener), HP_EAGAIN);
  int fd = hp_tcp_fd(stream), on = 0;
  socklen_t size = sizeof on;
  EQ(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
  CHECK(on != 0);
  CHECK((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((fcntl(hp_tcp_fd(listener), F_GETFD) & FD_CLOEXEC) != 0);
  memcpy(tx, "logon", 5);
  EQ(hp_tcp_send(stream, 0, 5), 5);
  char text[8] = {0};
  CHECK(read(peer, text, sizeof text) == 5 && memcmp(text, "logon", 5) == 0);
  EQ(hp_tcp_close(listener), HP_OK); /* what was accepted stays */
  CHECK(write(peer, "ack", 3) == 3);
  EQ(wait_for(recv_all, stream), 3);
  EQ(hp_tcp_close(stream), HP_OK);
  close(peer);
}

static void peeking_leaves_every_byte_for_recv(void) {
  int32_t port;
  int32_t listener = listener_open(&port);
  int peer = dial(port);
  int32_t stream = accept_bound(listener);
  EQ(hp_tcp_peek(stream, 0, 10), HP_EAGAIN);
  CHECK(write(peer, "abcdefghijkl", 12) == 12);
  EQ(wait_for(peek_ten, stream), 10);
  EQ(hp_tcp_peek(stream, 20, 100), 12);
  CHECK(memcmp(rx, "abcdefghij", 10) == 0 && memcmp(rx + 20, "abcdefghijkl", 12) == 0);
  shutdown(peer, SHUT_WR);
  EQ(hp_tcp_peek(stream, 0, 100), 12);
  EQ(hp_tcp_recv(stream, 0, 100), 12);
  EQ(wait_for(peek_ten, stream), HP_ECLOSED);
  EQ(hp_tcp_state(stream), HP_ECLOSED);
  EQ(hp_tcp_peek(stream, -1, 10), HP_EINVAL);
  EQ(hp_tcp_peek(stream, 0, 0), HP_EINVAL);
  EQ(hp_tcp_close(stream), HP_OK);
  EQ(hp_tcp_peek(stream, 0, 10), HP_ECLOSED);
  EQ(hp_tcp_close(listener), HP_OK);
  close(peer);
}

static void peeking_into_a_pipe_leaves_every_byte(void) {
  hp_pipe *pipe = calloc(1, sizeof *pipe);
  int32_t stream = hp_tcp_open_pipe(address_of(pipe));
  EQ(hp_tcp_bind_arena(stream, address_of(rx), address_of(tx)), HP_OK);
  EQ(hp_tcp_peek(stream, 0, 10), HP_EAGAIN);
  memcpy(pipe->answers, "abc", 3);
  pipe->answer_head = 3;
  EQ(hp_tcp_peek(stream, 0, 10), 3);
  EQ(hp_tcp_recv(stream, 10, 2), 2);
  EQ(hp_tcp_peek(stream, 0, 10), 1);
  CHECK(rx[0] == 'c' && memcmp(rx + 10, "ab", 2) == 0);
  EQ(hp_tcp_peer(stream), HP_EINVAL);
  EQ(hp_tcp_local_port(stream), HP_EINVAL);
  EQ(hp_tcp_close(stream), HP_OK);
  free(pipe);
}

static void both_ends_know_each_other(void) {
  int32_t port;
  int32_t listener = listener_open(&port);
  int32_t out = hp_tcp_open(LOOPBACK, port, 0);
  int32_t in = accept_bound(listener);
  EQ(hp_tcp_local_port(in), port);
  EQ(hp_tcp_peer(in), LOOPBACK * 65536.0 + hp_tcp_local_port(out));
  EQ(hp_tcp_peer(out), LOOPBACK * 65536.0 + port);
  EQ(hp_tcp_peer(listener), HP_EINVAL);
  EQ(hp_tcp_close(in), HP_OK);
  EQ(hp_tcp_close(out), HP_OK);
  EQ(hp_tcp_close(listener), HP_OK);
}

static void a_port_is_listened_on_once_and_again_after_a_close(void) {
  int32_t port;
  int before = open_descriptors();
  int32_t listener = listener_open(&port);
  EQ(hp_tcp_listen(LOOPBACK, port, 16), HP_EEXIST);
  int peer = dial(port);
  int32_t stream = accept_bound(listener);
  EQ(hp_tcp_close(stream), HP_OK); /* leaves the port in TIME_WAIT */
  EQ(hp_tcp_close(listener), HP_OK);
  close(peer);
  listener = hp_tcp_listen(LOOPBACK, port, 16);
  CHECK(listener >= 0);
  EQ(hp_tcp_close(listener), HP_OK);
  EQ(hp_tcp_close(listener), HP_ECLOSED);
  EQ(hp_tcp_accept(listener), HP_ECLOSED);
  EQ(hp_tcp_local_port(listener), HP_ECLOSED);
  EQ(open_descriptors(), before);
}

static void bad_arguments_are_refused(void) {
  int32_t port;
  EQ(hp_tcp_listen(LOOPBACK, -1, 16), HP_EINVAL);
  EQ(hp_tcp_listen(LOOPBACK, 65536, 16), HP_EINVAL);
  EQ(hp_tcp_listen(LOOPBACK, 0, 0), HP_EINVAL);
  EQ(hp_tcp_listen(LOOPBACK, 0, 65536), HP_EINVAL);
  EQ(hp_tcp_listen(0x08080808, 0, 16), HP_ENOENT); /* not our address */
  int32_t listener = listener_open(&port);
  EQ(hp_tcp_bind_arena(listener, address_of(rx), address_of(tx)), HP_EINVAL);
  EQ(hp_tcp_send(listener, 0, 1), HP_EINVAL);
  EQ(hp_tcp_recv(listener, 0, 1), HP_EINVAL);
  EQ(hp_tcp_peek(listener, 0, 1), HP_EINVAL);
  int32_t stream = hp_tcp_open(LOOPBACK, port, 0);
  EQ(hp_tcp_accept(stream), HP_EINVAL);
  EQ(hp_tcp_close(stream), HP_OK);
  EQ(hp_tcp_close(listener), HP_OK);
  for (int32_t handle = -2; handle < 2000; handle += 1001) {
    EQ(hp_tcp_accept(handle), HP_ECLOSED);
    EQ(hp_tcp_peek(handle, 0, 1), HP_ECLOSED);
    EQ(hp_tcp_local_port(handle), HP_ECLOSED);
    EQ(hp_tcp_peer(handle), HP_ECLOSED);
  }
}

static void without_a_free_handle_a_connection_is_closed(void) {
  static int32_t open[HP_TCP_MAX];
  int32_t port, count = 0;
  int32_t listener = listener_open(&port);
  hp_pipe *pipe = calloc(1, sizeof *pipe);
  while (count < HP_TCP_MAX && (open[count] = hp_tcp_open_pipe(address_of(pipe))) >= 0) count++;
  int peer = dial(port);
  EQ(wait_for(hp_tcp_accept, listener), HP_ENOSPC);
  EQ(read(peer, rx, 1), 0);
  EQ(hp_tcp_accept(listener), HP_EAGAIN);
  close(peer);
  EQ(hp_tcp_listen(LOOPBACK, 0, 16), HP_ENOSPC);
  while (count > 0) EQ(hp_tcp_close(open[--count]), HP_OK);
  EQ(hp_tcp_close(listener), HP_OK);
  free(pipe);
}

int main(void) {
  RUN(an_accepted_stream_is_like_an_opened_one);
  RUN(peeking_leaves_every_byte_for_recv);
  RUN(peeking_into_a_pipe_leaves_every_byte);
  RUN(both_ends_know_each_other);
  RUN(a_port_is_listened_on_once_and_again_after_a_close);
  RUN(bad_arguments_are_refused);
  RUN(without_a_free_handle_a_connection_is_closed);
  FINISH();
}
