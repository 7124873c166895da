#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "udp-tx.h"

void hp_udp_sender_open(hp_udp_sender *sender, const hp_udp_config *config) {
  sender->tx = hp_pointer(config->tx);
  sender->tx_size = config->tx != 0 ? config->tx_size : 0;
  sender->iface = config->played == 0 && config->line_count > 0 ? config->line[0].iface : 0;
  sender->last = -1;
}

void hp_udp_sender_close(hp_udp_sender *sender) {
  for (uint32_t i = 0; i < sender->count; i++) close(sender->fd[i]);
}

/* A connected socket: 0, or -1 with errno. A group leaves by the interface of the source address. */
static int flow_connect(int fd, const hp_tx_flow *flow, uint32_t iface) {
  struct sockaddr_in from = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)flow->source_port),
                             .sin_addr = {htonl(flow->source_address)}};
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_port = htons((uint16_t)flow->port),
                           .sin_addr = {htonl(flow->address)}};
  int is_group = flow->address >> 28 == 14;
  int ttl = flow->ttl != 0 ? (int)flow->ttl : is_group ? 1 : 64;
  int on = 1;
  if (is_group) {
    struct in_addr by = {htonl(flow->source_address != 0 ? flow->source_address : iface)};
    if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl) != 0 ||
        setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &on, sizeof on) != 0 ||
        (by.s_addr != 0 && setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &by, sizeof by) != 0))
      return -1;
  } else if (setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof ttl) != 0) return -1;
  if ((flow->source_address != 0 || flow->source_port != 0) &&
      bind(fd, (struct sockaddr *)&from, sizeof from) != 0)
    return -1;
  return connect(fd, (struct sockaddr *)&to, sizeof to);
}

int32_t hp_udp_sender_flow(hp_udp_sender *sender, const hp_tx_flow *flow) {
  if (!hp_tx_flow_is_valid(flow) || sender->tx_size == 0) return HP_EINVAL;
  if (sender->count == HP_TX_FLOWS_MAX) return HP_ENOSPC;
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return hp_fail_errno();
  if (flow_connect(fd, flow, sender->iface) != 0) {
    int32_t status = hp_fail_errno();
    close(fd);
    return status;
  }
  sender->fd[sender->count] = fd;
  return (int32_t)sender->count++;
}

static int32_t refused(hp_port_stats *stats, hp_stamps *stamps, int fd) {
  int error = errno;
  stats->tx_refused += 1;
  hp_stamps_reset(stamps, fd);
  errno = error;
  switch (error) {
    case EMSGSIZE:
      return hp_fail(HP_EINVAL);
    case ENOBUFS:
    case ENETDOWN:
      return hp_fail(HP_EAGAIN);
    default:
      return hp_fail_errno();
  }
}

int32_t hp_udp_sender_send(hp_udp_sender *sender, hp_port_stats *stats, int32_t flow, int32_t offset,
                           int32_t length) {
  if (flow == HP_TX_RAW) return HP_ENOTSUP;
  if (flow < 0 || (uint32_t)flow >= sender->count) return HP_EINVAL;
  if (offset < 0 || length < 0 || (int64_t)offset + length > sender->tx_size) return HP_EINVAL;
  int fd = sender->fd[flow];
  ssize_t sent = send(fd, sender->tx + offset, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL);
  /* That nobody listens to an earlier datagram is told instead of sending this one. */
  if (sent < 0 && errno == ECONNREFUSED) {
    stats->errors += 1;
    sent = send(fd, sender->tx + offset, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  if (sent < 0) return refused(stats, &sender->stamps[flow], fd);
  sender->last = flow;
  sender->stamps[flow].sent += (uint32_t)sender->stamps[flow].is_on;
  stats->tx_packets += 1;
  stats->tx_bytes += (double)length;
  return HP_OK;
}

/* Turned on for every flow at once, since the next send may be on any. */
double hp_udp_sender_stamp(hp_udp_sender *sender) {
  double ns = 0;
  for (uint32_t i = 0; i < sender->count; i++)
    if (!sender->stamps[i].is_on || (int32_t)i == sender->last)
      ns = hp_stamps_read(&sender->stamps[i], sender->fd[i], hp_lib.session_start_s);
  return ns;
}
