#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcp-rig.h"

static uint8_t tx[1 << 20];

static int32_t connect_up(int *peer) {
  int32_t stream = hp_tcp_open(LOOPBACK, port, 0);
  CHECK(stream >= 0);
  *peer = accept(listener, NULL, NULL);
  for (int i = 0; i < 1000 && hp_tcp_state(stream) == HP_TCP_CONNECTING; i++) hp_sleep_us(1000);
  EQ(hp_tcp_state(stream), HP_TCP_UP);
  EQ(hp_tcp_bind_arena(stream, address_of(rx), address_of(tx)), HP_OK);
  return stream;
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
  static int32_t open[HP_TCP_MAX + 1];
  int peers[8], count = 0;
  /* Pipes but for the last: a process may have no 1024 descriptors. */
  hp_pipe *pipe = calloc(1, sizeof *pipe);
  for (; count < HP_TCP_MAX - 8; count++) {
    open[count] = hp_tcp_open_pipe(address_of(pipe));
    EQ(open[count] >= 0, 1);
  }
  for (int i = 0; i < 8; i++) {
    open[count] = hp_tcp_open(LOOPBACK, port, 0);
    EQ(open[count] >= 0, 1);
    peers[i] = accept(listener, NULL, NULL);
    count++;
  }
  EQ(count, HP_TCP_MAX);
  EQ(hp_tcp_open(LOOPBACK, port, 0), HP_ENOSPC);
  EQ(close(accept(listener, NULL, NULL)), 0);
  for (int i = 0; i < count; i++) EQ(hp_tcp_close(open[i]), HP_OK);
  for (int i = 0; i < 8; i++) close(peers[i]);
  free(pipe);
  int peer;
  EQ(hp_tcp_close(connect_up(&peer)), HP_OK);
  close(peer);
}

static int32_t pipe_open(hp_pipe *pipe) {
  int32_t stream = hp_tcp_open_pipe(address_of(pipe));
  CHECK(stream >= 0);
  EQ(hp_tcp_bind_arena(stream, address_of(rx), address_of(tx)), HP_OK);
  return stream;
}

static void a_pipe_is_up_at_once_and_has_no_descriptor(void) {
  hp_pipe *pipe = calloc(1, sizeof *pipe);
  int before = open_descriptors();
  pipe->sent_head = pipe->answer_head = 77;
  int32_t stream = hp_tcp_open_pipe(address_of(pipe));
  EQ(hp_tcp_state(stream), HP_TCP_UP);
  EQ(pipe->sent_head - pipe->sent_tail, 0); /* emptied */
  EQ(pipe->answer_head - pipe->answer_tail, 0);
  EQ(hp_tcp_send(stream, 0, 1), HP_EINVAL); /* no arena yet */
  EQ(hp_tcp_recv(stream, 0, 1), HP_EINVAL);
  EQ(hp_tcp_bind_arena(stream, address_of(rx), address_of(tx)), HP_OK);
  EQ(hp_tcp_fd(stream), HP_EINVAL);
  EQ(hp_tcp_recv(stream, 0, 10), HP_EAGAIN);
  EQ(open_descriptors(), before);
  EQ(hp_tcp_close(stream), HP_OK);
  EQ(hp_tcp_close(stream), HP_ECLOSED);
  EQ(hp_tcp_send(stream, 0, 1), HP_ECLOSED);
  EQ(open_descriptors(), before);
  EQ(hp_tcp_open_pipe(0), HP_EINVAL);
  EQ(hp_tcp_open_pipe(-8), HP_EINVAL);
  EQ(hp_tcp_open_pipe(address_of(pipe) + 4), HP_EINVAL);
  free(pipe);
}

/* The handle that held a pipe is a socket's next, and the other way round. */
static void a_handle_changes_between_pipe_and_socket(void) {
  hp_pipe *pipe = calloc(1, sizeof *pipe);
  for (int i = 0; i < 3; i++) {
    EQ(hp_tcp_close(pipe_open(pipe)), HP_OK);
    bytes_go_both_ways();
  }
  free(pipe);
}

static void a_full_pipe_takes_a_part_then_nothing(void) {
  hp_pipe *pipe = calloc(1, sizeof *pipe);
  int32_t stream = pipe_open(pipe);
  EQ(hp_tcp_send(stream, 0, 100), 100);
  EQ(hp_tcp_send(stream, 0, sizeof tx), HP_PIPE_DATA - 100);
  EQ(hp_tcp_send(stream, 0, 1), HP_EAGAIN);
  EQ(hp_tcp_state(stream), HP_TCP_UP);
  pipe->sent_tail += 3;
  EQ(hp_tcp_send(stream, 0, 10), 3);
  EQ(hp_tcp_close(stream), HP_OK);
  free(pipe);
}

/* Over the end of both rings and of both cursors. */
static void every_byte_of_a_pipe_is_right_over_many_laps(void) {
  hp_pipe *pipe = calloc(1, sizeof *pipe);
  int32_t stream = pipe_open(pipe);
  pipe->sent_head = pipe->sent_tail = pipe->answer_head = pipe->answer_tail = 0xffff0000u - 5;
  uint32_t sent = 0, got = 0;
  int wrong = 0;
  for (int round = 0; round < 2000; round++) {
    uint32_t length = 1 + random_next() % 4096;
    for (uint32_t i = 0; i < length; i++) tx[i] = (uint8_t)((sent + i) * 7);
    int32_t took = hp_tcp_send(stream, 0, (int32_t)length);
    sent += took > 0 ? (uint32_t)took : 0;
    /* The caller sends back what it took, while there is room. */
    while (pipe->sent_tail != pipe->sent_head &&
           pipe->answer_head - pipe->answer_tail < HP_PIPE_DATA)
      pipe->answers[pipe->answer_head++ % HP_PIPE_DATA] =
          pipe->sent[pipe->sent_tail++ % HP_PIPE_DATA];
    int32_t count = hp_tcp_recv(stream, 0, 1 + (int32_t)(random_next() % sizeof rx));
    for (int32_t i = 0; i < count; i++) wrong += rx[i] != (uint8_t)((got + (uint32_t)i) * 7);
    got += count > 0 ? (uint32_t)count : 0;
  }
  EQ(wrong, 0);
  CHECK(got > 4 * HP_PIPE_DATA);
  EQ(hp_tcp_close(stream), HP_OK);
  free(pipe);
}

static void cursors_of_a_pipe_that_cannot_be_are_refused(void) {
  hp_pipe *pipe = calloc(1, sizeof *pipe);
  int32_t stream = pipe_open(pipe);
  pipe->sent_tail = 1;
  EQ(hp_tcp_send(stream, 0, 10), HP_EINVAL);
  pipe->answer_head = HP_PIPE_DATA + 1;
  EQ(hp_tcp_recv(stream, 0, 10), HP_EINVAL);
  EQ(hp_tcp_close(stream), HP_OK);
  free(pipe);
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
  RUN(a_pipe_is_up_at_once_and_has_no_descriptor);
  RUN(a_handle_changes_between_pipe_and_socket);
  RUN(a_full_pipe_takes_a_part_then_nothing);
  RUN(every_byte_of_a_pipe_is_right_over_many_laps);
  RUN(cursors_of_a_pipe_that_cannot_be_are_refused);
  close(listener);
  FINISH();
}
