/* Options of TCP Streams: what is set before a connect, and what can be asked for only once it is
 * up. Plain socket calls, so that a preloaded library sees them too. */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "internal.h"

#ifndef SO_BUSY_POLL
#define SO_BUSY_POLL 46
#endif

/* An option that is a number; 0 = it stays as the system has it. True when that went well. */
static int set_if(int fd, int level, int name, uint32_t value) {
  if (value == 0) return 1;
  int number = value > INT_MAX ? INT_MAX : (int)value;
  return setsockopt(fd, level, name, &number, sizeof number) == 0;
}

static int set_keepalive(int fd, const hp_tcp_config *c) {
  return c->keep_idle_s == 0 ||
         (set_if(fd, SOL_SOCKET, SO_KEEPALIVE, 1) &&
          set_if(fd, IPPROTO_TCP, TCP_KEEPIDLE, c->keep_idle_s) &&
          set_if(fd, IPPROTO_TCP, TCP_KEEPINTVL, c->keep_interval_s) &&
          set_if(fd, IPPROTO_TCP, TCP_KEEPCNT, c->keep_count));
}

static int bind_device(int fd, const hp_tcp_config *c) {
  size_t length = strnlen((const char *)c->device, sizeof c->device);
  if (length == 0) return 1;
  if (length == sizeof c->device) {
    errno = ENODEV;
    return 0;
  }
  return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, c->device, (socklen_t)length + 1) == 0;
}

static int bind_address(int fd, const hp_tcp_config *c) {
  if (c->local_address == 0) return 1;
  struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr = {htonl(c->local_address)}};
  return bind(fd, (struct sockaddr *)&local, sizeof local) == 0;
}

static uint32_t set_optional(int fd, const hp_tcp_config *c) {
  uint32_t refused = 0;
  uint32_t quick = (c->flags & HP_TCP_QUICK_ACK) != 0;
  if (!set_if(fd, IPPROTO_TCP, TCP_QUICKACK, quick)) refused |= HP_TCP_REFUSED_QUICK_ACK;
  if (!set_keepalive(fd, c)) refused |= HP_TCP_REFUSED_KEEPALIVE;
  if (!set_if(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, c->user_timeout_ms))
    refused |= HP_TCP_REFUSED_USER_TIMEOUT;
  /* Above the system's own figure it takes CAP_NET_ADMIN. */
  if (!set_if(fd, SOL_SOCKET, SO_BUSY_POLL, c->busy_poll_us)) refused |= HP_TCP_REFUSED_BUSY_POLL;
  return refused;
}

int hp_tcp_socket(hp_tcp_config *config) {
  config->refused = 0;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (set_if(fd, IPPROTO_TCP, TCP_NODELAY, 1) && bind_device(fd, config) &&
      bind_address(fd, config)) {
    config->refused = set_optional(fd, config);
    return fd;
  }
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

int32_t hp_tcp_probe(double address) {
  if (!(address > 0) || (uintptr_t)address % 4 != 0) return HP_EINVAL;
  hp_tcp_config *config = hp_pointer(address);
  if ((config->flags & ~(uint32_t)HP_TCP_FLAGS) != 0) return HP_EINVAL;
  int fd = hp_tcp_socket(config);
  if (fd < 0) return hp_fail_errno();
  close(fd);
  return HP_OK;
}

void hp_tcp_came_up(hp_tcp_handle *h) {
  if ((h->flags & HP_TCP_ACCELERATE) != 0) {
    h->drives = hp_onload_drives(h->fd);
    if (h->drives == 0 && (h->flags & HP_TCP_MUST) != 0) {
      hp_tcp_end(h, HP_ENOTACCEL);
      return;
    }
    /* On a kernel socket the flag means nothing, and the bytes would really be sent. */
    h->can_warm = h->drives != 0 && hp_onload_can_warm(h->fd);
  }
  if ((h->flags & HP_TCP_QUICK_ACK) != 0) h->on_recv |= HP_TCP_QUICK_ACK;
  if ((h->flags & HP_TCP_STAMPS) != 0 && hp_tcp_stamp(h->fd, h->drives))
    h->on_recv |= HP_TCP_STAMPS;
}
