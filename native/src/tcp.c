/* TCP Stream: plain non-blocking socket calls through libc, so that a preloaded Onload or exasock
 * takes them over. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "internal.h"

static int tcp_connect(int32_t address, int32_t port, int32_t local_address, int32_t *state) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int on = 1;
  struct sockaddr_in peer = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr = {htonl((uint32_t)address)}};
  struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr = {htonl((uint32_t)local_address)}};
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
      (local_address == 0 || bind(fd, (struct sockaddr *)&local, sizeof local) == 0)) {
    if (connect(fd, (struct sockaddr *)&peer, sizeof peer) == 0) {
      *state = HP_TCP_UP;
      return fd;
    }
    /* A refusal known at once is told by hp_tcp_state, like one that takes a while. */
    *state = errno == EINPROGRESS ? HP_TCP_CONNECTING : hp_fail_errno();
    if (*state == HP_TCP_CONNECTING || *state == HP_EREFUSED) return fd;
  }
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

int32_t hp_tcp_claim(int fd, int32_t state, hp_pipe *pipe) {
  for (int32_t stream = 0; stream < HP_TCP_MAX; stream++) {
    hp_tcp_handle *h = &hp_lib.tcp[stream];
    int32_t expected = 0;
    /* Passing over a used one is a plain load: a full table takes a microsecond, not ten. */
    if (atomic_load_explicit(&h->used, memory_order_relaxed) != 0) continue;
    if (!atomic_compare_exchange_strong(&h->used, &expected, 1)) continue;
    h->fd = fd;
    h->state = state;
    h->rx = h->tx = NULL;
    h->pipe = pipe;
    atomic_store(&h->used, 2);
    return stream;
  }
  return HP_ENOSPC;
}

int32_t hp_tcp_open(int32_t address, int32_t port, int32_t local_address) {
  if (port < 1 || port > 65535 || address == 0) return HP_EINVAL;
  int32_t state = HP_TCP_CONNECTING;
  int fd = tcp_connect(address, port, local_address, &state);
  if (fd < 0) return hp_fail_errno();
  int32_t stream = hp_tcp_claim(fd, state, NULL);
  if (stream < 0) close(fd);
  return stream;
}

int32_t hp_tcp_open_pipe(double address) {
  if (!(address > 0) || (uintptr_t)address % 8 != 0) return HP_EINVAL;
  hp_pipe *pipe = hp_pointer(address);
  int32_t stream = hp_tcp_claim(-1, HP_TCP_UP, pipe);
  if (stream < 0) return stream;
  pipe->sent_head = pipe->sent_tail = 0;
  pipe->answer_head = pipe->answer_tail = 0;
  return stream;
}

int32_t hp_tcp_state(int32_t stream) {
  hp_tcp_handle *h = hp_tcp_find(stream);
  if (h == NULL) return HP_ECLOSED;
  if (h->state != HP_TCP_CONNECTING) return h->state;
  struct pollfd ready = {.fd = h->fd, .events = POLLOUT};
  if (poll(&ready, 1, 0) <= 0) return HP_TCP_CONNECTING;
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(h->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  errno = error;
  h->state = error == 0 ? HP_TCP_UP : hp_fail_errno();
  return h->state;
}

int32_t hp_tcp_bind_arena(int32_t stream, double rx, double tx) {
  hp_tcp_handle *h = hp_tcp_find(stream);
  if (h == NULL) return HP_ECLOSED;
  if (!(rx > 0 && tx > 0) || h->state == HP_TCP_LISTENING) return HP_EINVAL;
  h->rx = hp_pointer(rx);
  h->tx = hp_pointer(tx);
  return HP_OK;
}

/* Keeps the status that ended the stream; HP_EAGAIN ends nothing. */
static int32_t tcp_status(hp_tcp_handle *h) {
  int32_t status = hp_fail_errno();
  if (status != HP_EAGAIN) h->state = status;
  return status;
}

/* Cursors that say more than a ring holds are HP_EINVAL: they lie in memory that others write. */
static int32_t pipe_send(hp_pipe *pipe, const uint8_t *from, uint32_t length) {
  uint32_t used = pipe->sent_head - pipe->sent_tail;
  if (used > HP_PIPE_DATA) return HP_EINVAL;
  uint32_t count = HP_PIPE_DATA - used;
  if (count > length) count = length;
  if (count == 0) return HP_EAGAIN;
  uint32_t at = pipe->sent_head & (HP_PIPE_DATA - 1);
  uint32_t first = HP_PIPE_DATA - at < count ? HP_PIPE_DATA - at : count;
  memcpy(pipe->sent + at, from, first);
  memcpy(pipe->sent, from + first, count - first);
  pipe->sent_head += count;
  return (int32_t)count;
}

/* Copies what there is; the caller's cursor stays. */
static int32_t pipe_peek(const hp_pipe *pipe, uint8_t *to, uint32_t capacity) {
  uint32_t count = pipe->answer_head - pipe->answer_tail;
  if (count > HP_PIPE_DATA) return HP_EINVAL;
  if (count > capacity) count = capacity;
  if (count == 0) return HP_EAGAIN;
  uint32_t at = pipe->answer_tail & (HP_PIPE_DATA - 1);
  uint32_t first = HP_PIPE_DATA - at < count ? HP_PIPE_DATA - at : count;
  memcpy(to, pipe->answers + at, first);
  memcpy(to + first, pipe->answers, count - first);
  return (int32_t)count;
}

static int32_t pipe_recv(hp_pipe *pipe, uint8_t *to, uint32_t capacity) {
  int32_t count = pipe_peek(pipe, to, capacity);
  if (count > 0) pipe->answer_tail += (uint32_t)count;
  return count;
}

int32_t hp_tcp_send(int32_t stream, int32_t offset, int32_t length) {
  hp_tcp_handle *h = hp_tcp_find(stream);
  if (h == NULL) return HP_ECLOSED;
  if (h->tx == NULL || offset < 0 || length < 1) return HP_EINVAL;
  if (h->state != HP_TCP_UP) return h->state == HP_TCP_CONNECTING ? HP_EAGAIN : h->state;
  if (h->pipe != NULL) return pipe_send(h->pipe, h->tx + offset, (uint32_t)length);
  ssize_t took = send(h->fd, h->tx + offset, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL);
  return took > 0 ? (int32_t)took : tcp_status(h);
}

static int32_t socket_recv(hp_tcp_handle *h, int32_t offset, int32_t capacity, int flags) {
  /* After a failed send there may still be bytes to read (a Logout, a last fill): ask the socket. */
  ssize_t got = recv(h->fd, h->rx + offset, (size_t)capacity, MSG_DONTWAIT | flags);
  if (got > 0) return (int32_t)got;
  if (got < 0) return tcp_status(h);
  h->state = HP_ECLOSED;
  return HP_ECLOSED;
}

int32_t hp_tcp_recv(int32_t stream, int32_t offset, int32_t capacity) {
  hp_tcp_handle *h = hp_tcp_find(stream);
  if (h == NULL) return HP_ECLOSED;
  if (h->rx == NULL || offset < 0 || capacity < 1) return HP_EINVAL;
  if (h->state == HP_TCP_CONNECTING) return HP_EAGAIN;
  if (h->pipe != NULL) return pipe_recv(h->pipe, h->rx + offset, (uint32_t)capacity);
  return socket_recv(h, offset, capacity, 0);
}

int32_t hp_tcp_peek(int32_t stream, int32_t offset, int32_t capacity) {
  hp_tcp_handle *h = hp_tcp_find(stream);
  if (h == NULL) return HP_ECLOSED;
  if (h->rx == NULL || offset < 0 || capacity < 1) return HP_EINVAL;
  if (h->state == HP_TCP_CONNECTING) return HP_EAGAIN;
  if (h->pipe != NULL) return pipe_peek(h->pipe, h->rx + offset, (uint32_t)capacity);
  return socket_recv(h, offset, capacity, MSG_PEEK);
}

int32_t hp_tcp_fd(int32_t stream) {
  hp_tcp_handle *h = hp_tcp_find(stream);
  if (h == NULL) return HP_ECLOSED;
  return h->pipe != NULL ? HP_EINVAL : h->fd;
}

/* Shut down first: the guard holds a duplicate, so that close() alone would not end the stream. */
int32_t hp_tcp_close(int32_t stream) {
  hp_tcp_handle *h = hp_tcp_find(stream);
  if (h == NULL) return HP_ECLOSED;
  if (h->pipe == NULL) {
    shutdown(h->fd, SHUT_RDWR);
    close(h->fd);
  }
  h->fd = -1;
  h->pipe = NULL;
  h->state = HP_ECLOSED;
  atomic_store(&h->used, 0);
  return HP_OK;
}
