/* Groups and neighbours of an interface, by the kernel. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netdev.h"

#define DISCARD_PORT 9 /* RFC 863 */

static void set_group(struct sockaddr_storage *out, uint32_t address) {
  struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(address)}};
  memset(out, 0, sizeof *out);
  memcpy(out, &in, sizeof in);
}

/* One join on one socket: 0, or -1 with errno. A line without an interface address joins by index, so
 * that the interface needs no address. */
static int join_on(const hp_netdev *dev, int fd, const hp_port_line *line) {
  if (line->iface != 0 && line->source != 0) {
    struct ip_mreq_source r = {.imr_multiaddr = {htonl(line->group)},
                               .imr_interface = {htonl(line->iface)},
                               .imr_sourceaddr = {htonl(line->source)}};
    return setsockopt(fd, IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, &r, sizeof r);
  }
  if (line->iface != 0) {
    struct ip_mreqn r = {{htonl(line->group)}, {htonl(line->iface)}, 0};
    return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &r, sizeof r);
  }
  if (line->source != 0) {
    struct group_source_req r;
    memset(&r, 0, sizeof r);
    r.gsr_interface = (uint32_t)dev->index;
    set_group(&r.gsr_group, line->group);
    set_group(&r.gsr_source, line->source);
    return setsockopt(fd, IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, &r, sizeof r);
  }
  struct ip_mreqn r = {{htonl(line->group)}, {0}, dev->index};
  return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &r, sizeof r);
}

/* Never bound, so that no packet is ever queued on it. */
static int join_socket(void) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int off = 0;
  if (fd >= 0) setsockopt(fd, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off);
  return fd;
}

/* Two lines may share a group (and a source): joined once. */
static int is_joined(const hp_port_config *config, uint32_t i) {
  const hp_port_line *line = &config->line[i];
  for (uint32_t k = 0; k < i; k++) {
    const hp_port_line *other = &config->line[k];
    if (other->group == line->group && other->source == line->source && other->iface == line->iface)
      return 1;
  }
  return 0;
}

static int32_t join(hp_netdev *dev, const hp_port_line *line, hp_port_info *info) {
  int error = ENOBUFS;
  /* Groups with sources have sockets of their own: on one where a group is open to all, a source would
   * close it to the others. */
  int first = line->source != 0 ? HP_JOIN_SOCKETS / 2 : 0;
  for (int i = first; i < first + HP_JOIN_SOCKETS / 2; i++) {
    if (dev->join[i] < 0) dev->join[i] = join_socket();
    if (dev->join[i] < 0 || join_on(dev, dev->join[i], line) == 0) {
      error = dev->join[i] < 0 ? errno : 0;
      break;
    }
    error = errno;
    /* A full socket, or the group there by another interface address: the next one can have it. */
    if (error != ENOBUFS && error != EINVAL && error != EADDRINUSE) break;
  }
  if (error == 0) return HP_OK;
  errno = error;
  uint8_t at[4];
  hp_put32(at, line->group);
  return hp_port_refuse(info, hp_fail_errno(), "the kernel does not join %d.%d.%d.%d on %s: %s%s", at[0],
                        at[1], at[2], at[3], dev->name, strerror(error),
                        error == ENOBUFS ? " (raise net.ipv4.igmp_max_memberships)" : "");
}

/* The kernel sees our unicast packets too and would tell the sender that nobody has the port. A socket
 * that drops all of them keeps it quiet. Best effort: the address need not be one of the host's. */
static void hold(hp_netdev *dev, const hp_port_line *line) {
  struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
  struct sock_fprog filter = {1, &nothing};
  struct sockaddr_in at = {.sin_family = AF_INET,
                           .sin_port = htons((uint16_t)line->port),
                           .sin_addr = {htonl(line->iface)}};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0 &&
      bind(fd, (struct sockaddr *)&at, sizeof at) == 0)
    dev->hold[dev->hold_count++] = fd;
  else close(fd);
}

int32_t hp_netdev_join(hp_netdev *dev, const hp_port_config *config, int holds, hp_port_info *info) {
  for (uint32_t i = 0; i < config->line_count; i++) {
    const hp_port_line *line = &config->line[i];
    if (line->group == 0) {
      if (holds) hold(dev, line);
      continue;
    }
    if ((config->flags & HP_PORT_NO_JOIN) || is_joined(config, i)) continue;
    int32_t status = join(dev, line, info);
    if (status != HP_OK) return status;
  }
  return HP_OK;
}

/* Joins by MAC address need no IGMP: the card passes the groups even where somebody else joins them. */
int hp_netdev_members(const hp_netdev *dev, int fd, const hp_port_config *config) {
  struct packet_mreq request = {.mr_ifindex = dev->index, .mr_type = PACKET_MR_MULTICAST, .mr_alen = 6};
  for (uint32_t i = 0; i < config->line_count; i++) {
    if (config->line[i].group == 0) continue;
    hp_group_mac(config->line[i].group, request.mr_address);
    if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof request) != 0) return 0;
  }
  request.mr_type = PACKET_MR_PROMISC;
  return !(config->flags & HP_PORT_PROMISCUOUS) ||
         setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof request) == 0;
}

/* ---- neighbours ------------------------------------------------------------------------------ */

/* The kernel's entry: 1 when it knows the address. A tagged network is another interface of the
 * kernel's, which its routes name. */
static int neighbour_find(const hp_netdev *dev, uint32_t address, uint8_t *mac) {
  struct arpreq arp;
  struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(address)}};
  memset(&arp, 0, sizeof arp);
  memcpy(&arp.arp_pa, &in, sizeof in);
  if (dev->vlan == 0) memcpy(arp.arp_dev, dev->name, sizeof arp.arp_dev);
  if (ioctl(dev->fd, SIOCGARP, &arp) != 0 || !(arp.arp_flags & ATF_COM)) return 0;
  memcpy(mac, arp.arp_ha.sa_data, 6);
  return 1;
}

/* An empty datagram makes the kernel ask. */
static void neighbour_ask(const hp_netdev *dev, uint32_t address) {
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_port = htons(DISCARD_PORT),
                           .sin_addr = {htonl(address)}};
  if (dev->vlan == 0)
    setsockopt(dev->fd, SOL_SOCKET, SO_BINDTODEVICE, dev->name, (socklen_t)strlen(dev->name) + 1);
  if (sendto(dev->fd, "", 0, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof to) < 0) hp_fail(HP_OK);
}

static int32_t neighbour_mac(const hp_netdev *dev, uint32_t address, uint8_t *mac) {
  uint32_t next = address;
  if (((address ^ dev->address) & dev->netmask) != 0) {
    if (dev->gateway == 0) return HP_EREFUSED;
    next = dev->gateway;
  }
  if (next == dev->address) {
    memcpy(mac, dev->mac, 6);
    return HP_OK;
  }
  if (neighbour_find(dev, next, mac)) return HP_OK;
  neighbour_ask(dev, next);
  return HP_EAGAIN;
}

int32_t hp_netdev_flow(hp_netdev *dev, const hp_tx_flow *flow) {
  if (!hp_tx_flow_is_valid(flow)) return HP_EINVAL;
  if (dev->flow_count == HP_TX_FLOWS_MAX) return HP_ENOSPC;
  uint32_t source = flow->source_address != 0 ? flow->source_address : dev->address;
  uint8_t mac[6];
  if (!hp_tx_flow_mac(flow, mac)) {
    if (source == 0) return HP_EINVAL; /* nobody could answer us */
    int32_t status = neighbour_mac(dev, flow->address, mac);
    if (status != HP_OK) return status;
  }
  hp_tx_header_set(&dev->flow[dev->flow_count], flow, source, dev->vlan, mac, dev->mac);
  return (int32_t)dev->flow_count++;
}
