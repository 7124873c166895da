/* What goes on at the device beside packets: which groups its filter lets through, whether the link is
 * up, what was dropped. For a virtual device on a kernel's interface the interface is asked: DPDK takes
 * its link for up as long as the device is started. */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "dpdk.h"

#define ALL_HOSTS 0xe0000001u

static int interface_ask(const hp_device *device, unsigned long what, struct ifreq *out) {
  memset(out, 0, sizeof *out);
  memcpy(out->ifr_name, device->place.iface, sizeof out->ifr_name - 1);
  return ioctl(device->place.net_fd, what, out);
}

uint32_t hp_link_address(const hp_device *device) {
  struct ifreq request;
  struct sockaddr_in at;
  if (device->place.net_fd < 0 || interface_ask(device, SIOCGIFADDR, &request) != 0) return 0;
  memcpy(&at, &request.ifr_addr, sizeof at);
  return ntohl(at.sin_addr.s_addr);
}

static void member(const hp_device *device, unsigned short type, const uint8_t *mac) {
  struct packet_mreq request = {.mr_ifindex = (int)if_nametoindex(device->place.iface),
                                .mr_type = type,
                                .mr_alen = ETH_ALEN};
  if (mac != NULL) memcpy(request.mr_address, mac, ETH_ALEN);
  setsockopt(device->place.net_fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof request);
}

static uint32_t macs_of(const hp_device *device, struct rte_ether_addr *out, uint32_t most) {
  uint32_t count = 0;
  hp_group_mac(ALL_HOSTS, out[count++].addr_bytes); /* where general queries go */
  for (uint32_t q = 0; q < device->queue_count; q++) {
    const hp_dpdk_port *port = device->port[q];
    for (uint32_t i = 0; port != NULL && i < port->lines.count; i++) {
      struct rte_ether_addr mac;
      if (port->lines.line[i].group == 0) continue;
      hp_group_mac(port->lines.line[i].group, mac.addr_bytes);
      uint32_t k = 0;
      while (k < count && memcmp(&out[k], &mac, sizeof mac) != 0) k++;
      if (k == count && count < most) out[count++] = mac;
    }
  }
  return count;
}

void hp_device_filter(hp_device *device, int is_promiscuous) {
  struct rte_ether_addr mac[HP_DPDK_QUEUES_MAX * HP_PORT_LINES_MAX + 1];
  uint32_t count = macs_of(device, mac, sizeof mac / sizeof mac[0]);
  if (device->place.net_fd >= 0) {
    for (uint32_t i = 0; i < count; i++) member(device, PACKET_MR_MULTICAST, mac[i].addr_bytes);
    if (is_promiscuous) member(device, PACKET_MR_PROMISC, NULL);
    return;
  }
  /* From the exact filter to the widest; devices without any let everything through. */
  int error = rte_eth_dev_set_mc_addr_list(device->id, mac, count);
  if (error != 0) error = rte_eth_allmulticast_enable(device->id);
  if ((error != 0 && device->place.is_pci) || is_promiscuous) rte_eth_promiscuous_enable(device->id);
}

/* 1 up, 0 down, -1 not told. */
static int link_read(hp_device *device, double *speed_mbps) {
  *speed_mbps = 0;
  if (device->is_gone) return 0; /* what has its name now is another one */
  struct ifreq request;
  if (device->place.net_fd >= 0) {
    if (interface_ask(device, SIOCGIFFLAGS, &request) == 0)
      return (request.ifr_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING);
    if (errno == ENODEV) device->is_gone = 1;
    return 0;
  }
  struct rte_eth_link link;
  if (rte_eth_dev_is_removed(device->id)) device->is_gone = 1;
  if (rte_eth_link_get_nowait(device->id, &link) != 0) return -1;
  if (link.link_speed != RTE_ETH_SPEED_NUM_NONE && link.link_speed != RTE_ETH_SPEED_NUM_UNKNOWN)
    *speed_mbps = link.link_speed;
  return link.link_status == RTE_ETH_LINK_UP;
}

void hp_link_find(hp_device *device) {
  if (strncmp(device->place.name, "net_af_packet", 13) != 0) return;
  const int index = (int)if_nametoindex(device->place.iface);
  for (int fd = 3; fd < HP_DESCRIPTORS_LOOKED_AT && device->reader_count < HP_DPDK_QUEUES_MAX; fd++) {
    struct sockaddr_ll at = {0};
    socklen_t size = sizeof at;
    if (fd == device->place.net_fd || getsockname(fd, (struct sockaddr *)&at, &size) != 0) continue;
    if (at.sll_family != AF_PACKET || at.sll_ifindex != index) continue;
    int version = -1;
    size = sizeof version;
    if (getsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, &size) != 0 || version != TPACKET_V2) continue;
    struct tpacket_stats fresh;
    size = sizeof fresh;
    if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &fresh, &size) == 0)
      device->reader[device->reader_count++] = fd;
  }
}

/* Since the last look: the kernel starts again at 0. */
static void readers_count(hp_device *device) {
  for (uint32_t i = 0; i < device->reader_count; i++) {
    struct tpacket_stats since;
    socklen_t size = sizeof since;
    if (getsockopt(device->reader[i], SOL_PACKET, PACKET_STATISTICS, &since, &size) == 0)
      device->reader_drops += since.tp_drops;
  }
}

int32_t hp_device_refresh(hp_device *device) {
  double speed;
  int link = link_read(device, &speed);
  struct rte_eth_stats counters;
  int has_counters = rte_eth_stats_get(device->id, &counters) == 0;
  readers_count(device);
  int is_first = 1;
  for (uint32_t q = 0; q < device->queue_count; q++) {
    hp_dpdk_port *port = device->port[q];
    if (port == NULL) continue;
    if (port->stats->link != link) {
      if (port->stats->link >= 0) port->stats->link_changes += 1;
      if (link == 1 && is_first) atomic_fetch_add(&device->link_ups, 1);
    }
    port->stats->link = link;
    port->stats->speed_mbps = speed;
    /* The card counts for all queues together: told once, by the first Port. What is added is what is
     * new, since the statistics outlive a device that an engine opens again. */
    if (is_first && has_counters) {
      double drops = (double)(counters.imissed + counters.rx_nombuf) + device->reader_drops;
      port->stats->kernel_drops += drops - device->drops_seen;
      port->stats->errors += (double)counters.ierrors - device->errors_seen;
      device->drops_seen = drops;
      device->errors_seen = (double)counters.ierrors;
    }
    is_first = 0;
  }
  if (device->stamp.source != HP_CLOCK_NONE) hp_stamp_renew(device);
  return device->is_gone ? HP_EGONE : HP_OK;
}
