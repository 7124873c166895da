/* UDP Port on kernel sockets: one socket per line, recvmmsg straight into the arena's slots.
 *
 * Each socket is bound to group:port, not *:port, and does not take groups that others joined
 * (IP_MULTICAST_ALL = 0), so that two lines on one port cannot mix. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "udp-tx.h"

#ifndef SO_BUSY_POLL
#define SO_BUSY_POLL 46
#endif

#define SLOT_SIZE_MAX 65536

/* Room for one SCM_TIMESTAMPNS and one SO_RXQ_OVFL. */
#define CONTROL_SIZE (CMSG_SPACE(sizeof(struct timespec)) + CMSG_SPACE(sizeof(uint32_t)))

typedef union udp_cmsg {
  struct cmsghdr align;
  uint8_t bytes[CONTROL_SIZE];
} udp_cmsg;

struct hp_udp {
  struct mmsghdr message[HP_BURST_MAX];
  struct iovec iov[HP_BURST_MAX];
  udp_cmsg cmsg[HP_BURST_MAX];
  hp_rx_desc *desc;
  hp_port_stats *stats;
  uint32_t *played; /* NULL = sockets */
  uint32_t slot_size;
  uint32_t line_count;
  uint32_t first_line; /* turns, so that a flood on one line cannot starve the next */
  int fd[HP_UDP_LINES_MAX];
  uint32_t drops[HP_UDP_LINES_MAX]; /* SO_RXQ_OVFL as last seen: a running count per socket */
  hp_udp_sender sender;
};

static int set_int(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof value);
}

static int line_join(int fd, const hp_udp_line *line) {
  if (line->group == 0) return 0;
  if (line->source != 0) {
    struct ip_mreq_source request = {.imr_multiaddr = {htonl(line->group)},
                                     .imr_interface = {htonl(line->iface)},
                                     .imr_sourceaddr = {htonl(line->source)}};
    return setsockopt(fd, IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, &request, sizeof request);
  }
  struct ip_mreqn request = {{htonl(line->group)}, {htonl(line->iface)}, 0};
  return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request);
}

/* A bound, joined socket, or -1 with errno. */
static int line_open(const hp_udp_line *line, const hp_udp_config *config) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  int size = (int)config->rcvbuf;
  if (size > 0 && set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, size) != 0)
    set_int(fd, SOL_SOCKET, SO_RCVBUF, size);
  if (config->busy_poll_us > 0) /* needs CAP_NET_ADMIN above the system's default: best effort */
    set_int(fd, SOL_SOCKET, SO_BUSY_POLL, (int)config->busy_poll_us);
  struct sockaddr_in at = {.sin_family = AF_INET,
                           .sin_port = htons((uint16_t)line->port),
                           .sin_addr = {htonl(line->group != 0 ? line->group : line->iface)}};
  /* Unicast has one reader by right: without SO_REUSEADDR a second one is refused, and said. */
  if ((line->group == 0 || set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1) == 0) &&
      set_int(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1) == 0 &&
      set_int(fd, SOL_SOCKET, SO_RXQ_OVFL, 1) == 0 &&
      set_int(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0) == 0 &&
      bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && line_join(fd, line) == 0)
    return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

static int config_is_valid(const hp_udp_config *config) {
  if (config == NULL || !(config->arena > 0 && config->desc > 0 && config->stats > 0)) return 0;
  if (config->slot_size < 64 || config->slot_size > SLOT_SIZE_MAX) return 0;
  if (config->slot_size % 64 != 0 || config->rcvbuf > INT32_MAX) return 0;
  if (config->line_count > HP_UDP_LINES_MAX) return 0;
  if (config->played != 0) return config->played > 0 && (uintptr_t)config->played % 4 == 0;
  if (config->tx != 0 ? !(config->tx > 0) || config->tx_size == 0 : config->line_count < 1) return 0;
  for (uint32_t i = 0; i < config->line_count; i++) {
    const hp_udp_line *line = &config->line[i];
    if (line->port < 1 || line->port > 65535) return 0;
    if (line->group != 0 && line->group >> 28 != 14) return 0; /* 224.0.0.0/4 */
  }
  return 1;
}

static void udp_free(hp_udp *udp) {
  for (uint32_t i = 0; i < udp->line_count; i++)
    if (udp->fd[i] >= 0) close(udp->fd[i]);
  hp_udp_sender_close(&udp->sender);
  free(udp);
}

int32_t hp_udp_open(const hp_udp_config *config) {
  if (!config_is_valid(config)) return HP_EINVAL;
  hp_udp *udp = calloc(1, sizeof *udp);
  if (udp == NULL) return hp_fail(HP_ENOSPC);
  udp->desc = hp_pointer(config->desc);
  udp->stats = hp_pointer(config->stats);
  udp->slot_size = config->slot_size;
  udp->played = hp_pointer(config->played);
  hp_udp_sender_open(&udp->sender, config);
  const uint32_t line_count = udp->played == NULL ? config->line_count : 0;
  uint8_t *arena = hp_pointer(config->arena);
  for (uint32_t i = 0; i < HP_BURST_MAX; i++) {
    struct msghdr *header = &udp->message[i].msg_hdr;
    udp->iov[i].iov_base = arena + (size_t)i * config->slot_size;
    udp->iov[i].iov_len = config->slot_size;
    header->msg_iov = &udp->iov[i];
    header->msg_iovlen = 1;
    header->msg_control = &udp->cmsg[i];
    header->msg_controllen = CONTROL_SIZE;
  }
  for (uint32_t i = 0; i < line_count; i++) {
    udp->fd[i] = line_open(&config->line[i], config);
    udp->line_count = i + 1;
    if (udp->fd[i] >= 0) continue;
    int32_t status = hp_fail_errno();
    udp_free(udp);
    return status;
  }
  for (int32_t handle = 0; handle < HP_UDP_MAX; handle++) {
    hp_udp *expected = NULL;
    if (atomic_compare_exchange_strong(&hp_lib.udp[handle], &expected, udp)) return handle;
  }
  udp_free(udp);
  return HP_ENOSPC;
}

/* Turns what recvmmsg left in message `i` into descriptor `i`, and readies the slot again. */
static void describe(hp_udp *udp, uint32_t i, uint32_t line) {
  struct mmsghdr *message = &udp->message[i];
  hp_rx_desc *desc = &udp->desc[i];
  desc->offset = i * udp->slot_size;
  desc->length = message->msg_len;
  desc->flags = 0;
  desc->line = line;
  desc->rx_ns = 0;
  if (message->msg_hdr.msg_flags & MSG_TRUNC) {
    desc->flags = HP_RX_TRUNCATED;
    udp->stats->truncated += 1;
  }
  struct cmsghdr *c = CMSG_FIRSTHDR(&message->msg_hdr);
  for (; c != NULL; c = CMSG_NXTHDR(&message->msg_hdr, c)) {
    if (c->cmsg_level != SOL_SOCKET) continue;
    if (c->cmsg_type == SCM_TIMESTAMPNS) {
      struct timespec ts;
      memcpy(&ts, CMSG_DATA(c), sizeof ts);
      desc->rx_ns = ((double)ts.tv_sec - hp_lib.session_start_s) * 1e9 + (double)ts.tv_nsec;
      desc->flags |= HP_RX_STAMP_KERNEL;
    } else if (c->cmsg_type == SO_RXQ_OVFL) {
      uint32_t drops;
      memcpy(&drops, CMSG_DATA(c), sizeof drops);
      udp->stats->kernel_drops += (double)(drops - udp->drops[line]);
      udp->drops[line] = drops;
    }
  }
  udp->stats->bytes += (double)message->msg_len;
  message->msg_hdr.msg_controllen = CONTROL_SIZE;
}

static hp_udp *udp_find(int32_t port) {
  return port < 0 || port >= HP_UDP_MAX ? NULL : atomic_load(&hp_lib.udp[port]);
}

int32_t hp_udp_rx_burst(int32_t port) {
  hp_udp *udp = udp_find(port);
  if (udp == NULL) return HP_ECLOSED;
  if (udp->played != NULL) return hp_played_burst(udp->played, udp->desc, udp->stats);
  uint32_t count = 0;
  int32_t status = HP_OK;
  uint32_t line = udp->first_line;
  for (uint32_t turn = 0; turn < udp->line_count && count < HP_BURST_MAX; turn++) {
    int got = recvmmsg(udp->fd[line], &udp->message[count], HP_BURST_MAX - count, MSG_DONTWAIT, NULL);
    if (got > 0) {
      for (int i = 0; i < got; i++) describe(udp, count++, line);
    } else if (errno != EAGAIN && errno != EINTR) {
      udp->stats->errors += 1;
      status = hp_fail(HP_ESYS);
    }
    line = line + 1 == udp->line_count ? 0 : line + 1;
  }
  udp->first_line = udp->first_line + 1 >= udp->line_count ? 0 : udp->first_line + 1;
  udp->stats->polls += 1;
  udp->stats->packets += count;
  return count > 0 ? (int32_t)count : status;
}

/* The slots are free as soon as the next burst starts; nothing to give back. */
int32_t hp_udp_rx_release(int32_t port) { return udp_find(port) == NULL ? HP_ECLOSED : HP_OK; }

int32_t hp_udp_tx_flow(int32_t port, const hp_tx_flow *flow) {
  hp_udp *udp = udp_find(port);
  if (udp == NULL) return HP_ECLOSED;
  return udp->played != NULL ? HP_ENOTSUP : hp_udp_sender_flow(&udp->sender, flow);
}

int32_t hp_udp_tx(int32_t port, int32_t flow, int32_t offset, int32_t length) {
  hp_udp *udp = udp_find(port);
  if (udp == NULL) return HP_ECLOSED;
  return hp_udp_sender_send(&udp->sender, udp->stats, flow, offset, length);
}

double hp_udp_tx_stamp(int32_t port) {
  hp_udp *udp = udp_find(port);
  return udp == NULL ? 0 : hp_udp_sender_stamp(&udp->sender);
}

int32_t hp_udp_close(int32_t port) {
  if (port < 0 || port >= HP_UDP_MAX) return HP_ECLOSED;
  hp_udp *udp = atomic_exchange(&hp_lib.udp[port], NULL);
  if (udp == NULL) return HP_ECLOSED;
  udp_free(udp);
  return HP_OK;
}
