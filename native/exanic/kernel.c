/* The kernel's side of a port: its driver owns a network interface on it, which has an address, joins
 * groups and knows its neighbours. The software card has none. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"

static struct ifreq request_for(const char *name) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
  return request;
}

/* Device and port behind an interface's name. */
int32_t exa_kernel_find(const char *name, char *device, uint32_t *port, hp_port_info *info) {
  if (strlen(name) >= IFNAMSIZ || if_nametoindex(name) == 0)
    return exa_why(info, HP_ENOENT,
                   "there is no interface %s (a port of a card is named \"exanic0:1\")", name);
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return exa_why(info, HP_ESYS, "no socket: %s", strerror(errno));
  struct ethtool_drvinfo driver = {.cmd = ETHTOOL_GDRVINFO};
  exa_which which;
  memset(&which, 0, sizeof which);
  struct ifreq request = request_for(name);
  request.ifr_data = (char *)&driver;
  int found = ioctl(fd, SIOCETHTOOL, &request) == 0 && strcmp(driver.driver, "exanic") == 0;
  request = request_for(name);
  request.ifr_data = (char *)&which;
  found = found && ioctl(fd, EXA_SIOC_WHICH, &request) == 0;
  close(fd);
  if (!found)
    return exa_why(info, HP_ENOTSUP, "the interface %s is not an ExaNIC (its driver is %s)", name,
                   driver.driver[0] != '\0' ? driver.driver : "not told");
  snprintf(device, sizeof ((hp_exanic *)0)->device, "%.15s", which.device);
  *port = which.port;
  return HP_OK;
}

static uint32_t address_of(const hp_exanic *p, unsigned long what) {
  struct ifreq request = request_for(p->interface_name);
  if (p->control < 0 || ioctl(p->control, what, &request) != 0) return 0;
  struct sockaddr_in at;
  memcpy(&at, &request.ifr_addr, sizeof at);
  return ntohl(at.sin_addr.s_addr);
}

static int32_t node_of(const char *path) {
  FILE *file = fopen(path, "re");
  int node = -1;
  if (file == NULL) return -1;
  if (fscanf(file, "%d", &node) != 1) node = -1;
  fclose(file);
  return node;
}

static void tell_numa(const hp_exanic *p, const hp_port_config *config, hp_port_info *info) {
  char path[128];
  snprintf(path, sizeof path, "/sys/class/net/%s/device/numa_node", p->interface_name);
  info->numa_node = node_of(path);
  if (info->numa_node < 0 || config->core < 0) return;
  snprintf(path, sizeof path, "/sys/devices/system/node/node%d/cpu%d", info->numa_node, config->core);
  if (access(path, F_OK) != 0) info->flags |= HP_PORT_FAR;
}

static int32_t make_promiscuous(hp_exanic *p, hp_port_info *info) {
  struct packet_mreq request = {.mr_ifindex = p->interface, .mr_type = PACKET_MR_PROMISC};
  p->promiscuous = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (p->promiscuous >= 0 && setsockopt(p->promiscuous, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request,
                                        sizeof request) == 0)
    return HP_OK;
  return exa_why(info, HP_EPERM, "%s can't be made promiscuous (%s): give the program CAP_NET_RAW",
                 p->interface_name, strerror(errno));
}

/* Addresses, node and mode of the port's interface, where it has one. */
int32_t exa_kernel_attach(hp_exanic *p, const hp_port_config *config, hp_port_info *info) {
  p->address = config->address;
  p->netmask = config->netmask;
  p->gateway = config->gateway;
  info->mtu = p->frame_size - HP_ETHERNET_BYTES;
  info->numa_node = -1;
  if (p->interface > 0 && if_indextoname((unsigned)p->interface, p->interface_name) != NULL) {
    p->control = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (p->address == 0) {
      p->address = address_of(p, SIOCGIFADDR);
      if (p->netmask == 0) p->netmask = address_of(p, SIOCGIFNETMASK);
    }
    struct ifreq request = request_for(p->interface_name);
    if (ioctl(p->control, SIOCGIFMTU, &request) == 0) info->mtu = (uint32_t)request.ifr_mtu;
    tell_numa(p, config, info);
    if (config->flags & HP_PORT_PROMISCUOUS) {
      int32_t status = make_promiscuous(p, info);
      if (status != HP_OK) return status;
    }
  } else {
    p->interface = 0;
  }
  if (p->netmask == 0) p->netmask = 0xffffff00;
  return HP_OK;
}

static int join_one(int fd, int32_t interface, const hp_port_line *line) {
  struct sockaddr_in group = {.sin_family = AF_INET, .sin_addr = {htonl(line->group)}};
  struct sockaddr_in source = {.sin_family = AF_INET, .sin_addr = {htonl(line->source)}};
  if (line->source == 0) {
    struct group_req request = {.gr_interface = (uint32_t)interface};
    memcpy(&request.gr_group, &group, sizeof group);
    return setsockopt(fd, IPPROTO_IP, MCAST_JOIN_GROUP, &request, sizeof request);
  }
  struct group_source_req request = {.gsr_interface = (uint32_t)interface};
  memcpy(&request.gsr_group, &group, sizeof group);
  memcpy(&request.gsr_source, &source, sizeof source);
  return setsockopt(fd, IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, &request, sizeof request);
}

/* On the first socket that has room; 0, or -1 with errno. Two lines may differ by their port alone, which
 * is the same join. Groups with sources have sockets of their own: on one where a group is open to all,
 * a source would close it to the others. */
static int join(hp_exanic *p, const hp_port_line *line) {
  int first = line->source != 0 ? EXA_JOIN_SOCKETS / 2 : 0;
  for (int i = first; i < first + EXA_JOIN_SOCKETS / 2; i++) {
    if (p->joins[i] < 0) p->joins[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (p->joins[i] < 0) return -1;
    if (join_one(p->joins[i], p->interface, line) == 0) return 0;
    if (errno == EADDRINUSE || errno == EADDRNOTAVAIL) return 0;
    if (errno != ENOBUFS) return -1;
  }
  return -1;
}

/* Has the kernel join every group on the port's interface; it leaves them when the sockets close. */
int32_t exa_kernel_join(hp_exanic *p, const hp_port_config *config, hp_port_info *info) {
  if (p->interface == 0 || (config->flags & HP_PORT_NO_JOIN)) return HP_OK;
  for (uint32_t i = 0; i < p->lines.count; i++) {
    const hp_port_line *line = &p->lines.line[i];
    if (line->group == 0 || join(p, line) == 0) continue;
    int error = errno;
    char text[INET_ADDRSTRLEN];
    struct in_addr group = {htonl(line->group)};
    inet_ntop(AF_INET, &group, text, sizeof text);
    return exa_why(info, HP_ESYS, "%s can't join %s: %s", p->interface_name, text, strerror(error));
  }
  return HP_OK;
}

/* Makes the kernel ask: it resolves whom it has something to send to. Port 9 discards. */
static void trigger(const hp_exanic *p, uint32_t address) {
  struct sockaddr_in to = {
      .sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(address)}};
  setsockopt(p->control, SOL_SOCKET, SO_BINDTODEVICE, p->interface_name,
             (socklen_t)strlen(p->interface_name));
  if (sendto(p->control, "", 0, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof to) < 0) return;
}

/* MAC address of whom frames for `address` go to, by the kernel's table; HP_EAGAIN while it asks. */
int32_t exa_kernel_neighbour(hp_exanic *p, uint32_t address, uint8_t *mac) {
  if (p->control < 0) return HP_ENOTSUP;
  if ((address & p->netmask) != (p->address & p->netmask)) address = p->gateway;
  if (address == 0) return HP_EINVAL;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(address)}};
  struct arpreq request;
  memset(&request, 0, sizeof request);
  memcpy(&request.arp_pa, &at, sizeof at);
  snprintf(request.arp_dev, sizeof request.arp_dev, "%s", p->interface_name);
  if (ioctl(p->control, SIOCGARP, &request) == 0 && (request.arp_flags & ATF_COM)) {
    memcpy(mac, request.arp_ha.sa_data, 6);
    return HP_OK;
  }
  trigger(p, address);
  return HP_EAGAIN;
}

void exa_kernel_detach(hp_exanic *p) {
  for (int i = 0; i < EXA_JOIN_SOCKETS; i++)
    if (p->joins[i] >= 0) close(p->joins[i]);
  if (p->promiscuous >= 0) close(p->promiscuous);
  if (p->control >= 0) close(p->control);
}
