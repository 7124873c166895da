/* TCP Stream: plain non-blocking socket calls through libc, so that a preloaded Onload or exasock
 * takes them over. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "internal.h"

static int tcp_connect(hp_tcp_config *config, int32_t *state) {
  int fd = hp_tcp_socket(config);
  if (fd < 0) return -1;
  struct sockaddr_in peer = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)config->port),
                             .sin_addr = {htonl(config->address)}};
  if (connect(fd, (struct sockaddr *)&peer, sizeof peer) == 0) {
    /* What is to be done once it is up, hp_tcp_state does, which finds it up at its first look. */
    *state = config->flags == 0 ? HP_TCP_UP : HP_TCP_CONNECTING;
    return fd;
  }
  /* A refusal known at once is told by hp_tcp_state, like one that takes a while. */
  *state = errno == EINPROGRESS ? HP_TCP_CONNECTING : hp_fail_errno();
  if (*state == HP_TCP_CONNECTING || *state == HP_EREFUSED) return fd;
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
    h->flags = h->on_recv = 0;
    h->drives = h->can_warm = h->reserved = h->reserved_at = 0;
    memset(h->delegated, 0, sizeof h->delegated);
    memset(&h->stamps, 0, sizeof h->stamps);
    atomic_store(&h->used, 2);
    return stream;
  }
  return HP_ENOSPC;
}

static int32_t tcp_open(hp_tcp_config *config) {
  int32_t state = HP_TCP_CONNECTING;
  int fd = tcp_connect(config, &state);
  if (fd < 0) return hp_fail_errno();
  int32_t stream = hp_tcp_claim(fd, state, NULL);
  if (stream < 0) close(fd);
  else hp_lib.tcp[stream].flags = config->flags;
  return stream;
}

int32_t hp_tcp_open(int32_t address, int32_t port, int32_t local_address) {
  if (port < 1 || port > 65535 || address == 0) return HP_EINVAL;
  hp_tcp_config config = {.address = (uint32_t)address,
                          .port = (uint32_t)port,
                          .local_address = (uint32_t)local_address};
  return tcp_open(&config);
}

int32_t hp_tcp_open_with(double address) {
  if (!(address > 0) || (uintptr_t)address % 4 != 0) return HP_EINVAL;
  hp_tcp_config *config = hp_pointer(address);
  if (config->port < 1 || config->port > 65535 || config->address == 0) return HP_EINVAL;
  if ((config->flags & ~(uint32_t)HP_TCP_FLAGS) != 0) return HP_EINVAL;
  return tcp_open(config);
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
  if (h->state == HP_TCP_UP && h->flags != 0) hp_tcp_came_up(h);
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

int32_t hp_tcp_failed(hp_tcp_handle *h) {
  int32_t status = hp_fail_errno();
  if (status != HP_EAGAIN) h->state = status;
  return status;
}

int32_t hp_tcp_end(hp_tcp_handle *h, int32_t status) {
  shutdown(h->fd, SHUT_RDWR);
  h->state = status;
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
  if (h->state != HP_TCP_UP) return h->state >= 0 ? HP_EAGAIN : h->state;
  if (h->pipe != NULL) return pipe_send(h->pipe, h->tx + offset, (uint32_t)length);
  ssize_t took = send(h->fd, h->tx + offset, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL);
  return took > 0 ? (int32_t)took : hp_tcp_failed(h);
}

static int32_t socket_recv(hp_tcp_handle *h, int32_t offset, int32_t capacity, int flags) {
  uint8_t *to = h->rx + offset;
  ssize_t got = h->on_recv == 0
                    ? recv(h->fd, to, (size_t)capacity, MSG_DONTWAIT | flags)
                    : hp_tcp_recv_more(h, to, (size_t)capacity, MSG_DONTWAIT | flags);
  if (got > 0) return (int32_t)got;
  if (got < 0) return hp_tcp_failed(h);
  h->state = HP_ECLOSED;
  return HP_ECLOSED;
}

/* 0 = ask the socket: after a failed send there may still be bytes to read (a Logout, a last fill). */
static int32_t recv_refused(const hp_tcp_handle *h) {
  if (h->state == HP_TCP_CONNECTING) return HP_EAGAIN;
  return h->state == HP_ENOTACCEL ? HP_ENOTACCEL : 0;
}

int32_t hp_tcp_recv(int32_t stream, int32_t offset, int32_t capacity) {
  hp_tcp_handle *h = hp_tcp_find(stream);
  if (h == NULL) return HP_ECLOSED;
  if (h->rx == NULL || offset < 0 || capacity < 1) return HP_EINVAL;
  if (h->state != HP_TCP_UP && recv_refused(h) != 0) return recv_refused(h);
  if (h->pipe != NULL) return pipe_recv(h->pipe, h->rx + offset, (uint32_t)capacity);
  return socket_recv(h, offset, capacity, 0);
}

int32_t hp_tcp_peek(int32_t stream, int32_t offset, int32_t capacity) {
  hp_tcp_handle *h = hp_tcp_find(stream);
  if (h == NULL) return HP_ECLOSED;
  if (h->rx == NULL || offset < 0 || capacity < 1) return HP_EINVAL;
  if (h->state != HP_TCP_UP && recv_refused(h) != 0) return recv_refused(h);
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
    if (h->reserved != 0) hp_onload_cancel(h);
    shutdown(h->fd, SHUT_RDWR);
    close(h->fd);
  }
  h->fd = -1;
  h->pipe = NULL;
  h->state = HP_ECLOSED;
  atomic_store(&h->used, 0);
  return HP_OK;
}
