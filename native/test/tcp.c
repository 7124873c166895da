#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

#define LOOPBACK 0x7f000001

static int listener;
static int32_t port;
static uint8_t rx[4096], tx[1 << 20];

static void listen_open(void) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(LOOPBACK)}};
  socklen_t size = sizeof at;
  listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listener, (struct sockaddr *)&at, size) != 0 || listen(listener, 16) != 0) exit(2);
  getsockname(listener, (struct sockaddr *)&at, &size);
  port = ntohs(at.sin_port);
}

static int32_t connect_up(int *peer) {
  int32_t stream = hp_tcp_open(LOOPBACK, port, 0);
  CHECK(stream >= 0);
  *peer = accept(listener, NULL, NULL);
  for (int i = 0; i < 1000 && hp_tcp_state(stream) == HP_TCP_CONNECTING; i++) hp_sleep_us(1000);
  EQ(hp_tcp_state(stream), HP_TCP_UP);
  EQ(hp_tcp_bind_arena(stream, address_of(rx), address_of(tx)), HP_OK);
  return stream;
}

/* recv until something else than "nothing now". */
static int32_t recv_wait(int32_t stream) {
  int32_t got = HP_EAGAIN;
  for (int i = 0; i < 1000 && got == HP_EAGAIN; i++) {
    got = hp_tcp_recv(stream, 0, sizeof rx);
    if (got == HP_EAGAIN) hp_sleep_us(1000);
  }
  return got;
}

static void bytes_go_both_ways(void) {
  int peer;
  int32_t stream = connect_up(&peer);
  char text[8] = {0};
  memcpy(tx + 100, "order", 5);
  EQ(hp_tcp_send(stream, 100, 5), 5);
  CHECK(read(peer, text, sizeof text) == 5 && memcmp(text, "order", 5) == 0);
  CHECK(write(peer, "ack", 3) == 3);
  EQ(recv_wait(stream), 3);
  CHECK(memcmp(rx, "ack", 3) == 0);
  EQ(hp_tcp_recv(stream, 0, 100), HP_EAGAIN);
  EQ(hp_tcp_close(stream), HP_OK);
  close(peer);
}

static void a_stalled_peer_gives_partial_sends_then_try_again(void) {
  int peer;
  int32_t stream = connect_up(&peer);
  int64_t taken = 0;
  int partial = 0;
  int32_t count = 0;
  for (int i = 0; i < 1000; i++) {
    count = hp_tcp_send(stream, 0, sizeof tx);
    if (count < 0) break;
    partial |= count < (int32_t)sizeof tx;
    taken += count;
  }
  EQ(count, HP_EAGAIN);
  EQ(hp_tcp_state(stream), HP_TCP_UP);
  CHECK(partial && taken > 0);
  EQ(hp_tcp_close(stream), HP_OK);
  int64_t got = 0;
  for (ssize_t n; (n = read(peer, rx, sizeof rx)) > 0;) got += n;
  EQ(got, taken); /* what was taken arrives, even after a close */
  close(peer);
}

static void ends_and_resets_are_told_apart(void) {
  int peer;
  int32_t stream = connect_up(&peer);
  CHECK(write(peer, "bye", 3) == 3);
  close(peer);
  EQ(recv_wait(stream), 3);
  EQ(recv_wait(stream), HP_ECLOSED);
  EQ(hp_tcp_state(stream), HP_ECLOSED);
  EQ(hp_tcp_close(stream), HP_OK);

  stream = connect_up(&peer);
  struct linger hard = {1, 0};
  setsockopt(peer, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  close(peer);
  EQ(recv_wait(stream), HP_ERESET);
  EQ(hp_tcp_send(stream, 0, 10), HP_ERESET);
  EQ(hp_tcp_close(stream), HP_OK);
}

static void a_duplicate_elsewhere_does_not_keep_a_closed_stream_alive(void) {
  int peer;
  int32_t stream = connect_up(&peer);
  int held = dup(hp_tcp_fd(stream));
  EQ(hp_tcp_close(stream), HP_OK);
  struct pollfd ready = {.fd = peer, .events = POLLIN};
  EQ(poll(&ready, 1, 2000), 1);
  EQ(read(peer, rx, 1), 0);
  close(held);
  close(peer);
}

static void nobody_there_is_a_refusal(void) {
  int32_t stream = hp_tcp_open(LOOPBACK, 1, 0);
  CHECK(stream >= 0);
  int32_t state = HP_TCP_CONNECTING;
  for (int i = 0; i < 1000 && state == HP_TCP_CONNECTING; i++, hp_sleep_us(1000))
    state = hp_tcp_state(stream);
  EQ(state, HP_EREFUSED);
  EQ(hp_tcp_bind_arena(stream, address_of(rx), address_of(tx)), HP_OK);
  EQ(hp_tcp_send(stream, 0, 1), HP_EREFUSED);
  EQ(hp_tcp_close(stream), HP_OK);
  EQ(hp_tcp_open(LOOPBACK, port, 0x08080808), HP_ENOENT); /* not our address */
}

static void bad_arguments_are_refused(void) {
  int peer;
  EQ(hp_tcp_open(LOOPBACK, 0, 0), HP_EINVAL);
  EQ(hp_tcp_open(LOOPBACK, 65536, 0), HP_EINVAL);
  EQ(hp_tcp_open(0, 80, 0), HP_EINVAL);
  int32_t stream = hp_tcp_open(LOOPBACK, port, 0);
  peer = accept(listener, NULL, NULL);
  EQ(hp_tcp_send(stream, 0, 1), HP_EINVAL); /* no arena yet */
  EQ(hp_tcp_bind_arena(stream, 0, 1), HP_EINVAL);
  EQ(hp_tcp_bind_arena(stream, address_of(rx), address_of(tx)), HP_OK);
  EQ(hp_tcp_send(stream, -1, 1), HP_EINVAL);
  EQ(hp_tcp_send(stream, 0, 0), HP_EINVAL);
  EQ(hp_tcp_recv(stream, 0, -1), HP_EINVAL);
  EQ(hp_tcp_close(stream), HP_OK);
  for (int32_t handle = -2; handle < 2000; handle += 1001) {
    EQ(hp_tcp_state(handle), HP_ECLOSED);
    EQ(hp_tcp_fd(handle), HP_ECLOSED);
    EQ(hp_tcp_send(handle, 0, 1), HP_ECLOSED);
    EQ(hp_tcp_recv(handle, 0, 1), HP_ECLOSED);
    EQ(hp_tcp_close(handle), HP_ECLOSED);
  }
  close(peer);
}

static void handles_run_out_with_a_status_and_come_back(void) {
  int32_t open[200];
  int peers[200], count = 0;
  for (;;) {
    open[count] = hp_tcp_open(LOOPBACK, port, 0);
    if (open[count] < 0) break;
    peers[count] = accept(listener, NULL, NULL);
    if (++count == 200) break;
  }
  EQ(open[count], HP_ENOSPC);
  EQ(close(accept(listener, NULL, NULL)), 0);
  for (int i = 0; i < count; i++) {
    EQ(hp_tcp_close(open[i]), HP_OK);
    close(peers[i]);
  }
  int peer;
  EQ(hp_tcp_close(connect_up(&peer)), HP_OK);
  close(peer);
}

int main(void) {
  listen_open();
  RUN(bytes_go_both_ways);
  RUN(a_stalled_peer_gives_partial_sends_then_try_again);
  RUN(ends_and_resets_are_told_apart);
  RUN(a_duplicate_elsewhere_does_not_keep_a_closed_stream_alive);
  RUN(nobody_there_is_a_refusal);
  RUN(bad_arguments_are_refused);
  RUN(handles_run_out_with_a_status_and_come_back);
  close(listener);
  FINISH();
}
