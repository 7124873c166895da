/* TCP listeners, and the streams that they accept: the other half of tcp.c. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "internal.h"

#define PORT_MAX 65535
#define BACKLOG_MAX 65535

/* Closes a descriptor; errno stays that of what failed before. */
static int32_t fail_closed(int fd) {
  int error = errno;
  close(fd);
  errno = error;
  return hp_fail_errno();
}

int32_t hp_tcp_listen(int32_t address, int32_t port, int32_t backlog) {
  if (port < 0 || port > PORT_MAX || backlog < 1 || backlog > BACKLOG_MAX) return HP_EINVAL;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return hp_fail_errno();
  const int on = 1;
  struct sockaddr_in at = {.sin_family = AF_INET,
                           .sin_port = htons((uint16_t)port),
                           .sin_addr = {htonl((uint32_t)address)}};
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, backlog) != 0)
    return fail_closed(fd);
  int32_t listener = hp_tcp_claim(fd, HP_TCP_LISTENING, NULL);
  if (listener < 0) close(fd);
  return listener;
}

/* Connections that ended while they waited are nobody's business. */
static int accept_next(int listener) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0 || (errno != ECONNABORTED && errno != EINTR)) return fd;
  }
}

int32_t hp_tcp_accept(int32_t listener) {
  hp_tcp_handle *h = hp_tcp_find(listener);
  if (h == NULL) return HP_ECLOSED;
  if (h->state != HP_TCP_LISTENING) return HP_EINVAL;
  int fd = accept_next(h->fd);
  if (fd < 0) return hp_fail_errno();
  const int on = 1;
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) return fail_closed(fd);
  int32_t stream = hp_tcp_claim(fd, HP_TCP_UP, NULL);
  if (stream < 0) close(fd);
  return stream;
}

int32_t hp_tcp_local_port(int32_t handle) {
  hp_tcp_handle *h = hp_tcp_find(handle);
  if (h == NULL) return HP_ECLOSED;
  if (h->pipe != NULL) return HP_EINVAL;
  struct sockaddr_in at;
  socklen_t size = sizeof at;
  if (getsockname(h->fd, (struct sockaddr *)&at, &size) != 0) return hp_fail_errno();
  return ntohs(at.sin_port);
}

double hp_tcp_peer(int32_t stream) {
  hp_tcp_handle *h = hp_tcp_find(stream);
  if (h == NULL) return HP_ECLOSED;
  if (h->pipe != NULL || h->state == HP_TCP_LISTENING) return HP_EINVAL;
  struct sockaddr_in at;
  socklen_t size = sizeof at;
  if (getpeername(h->fd, (struct sockaddr *)&at, &size) != 0) return hp_fail_errno();
  return (double)ntohl(at.sin_addr.s_addr) * 65536 + ntohs(at.sin_port);
}
