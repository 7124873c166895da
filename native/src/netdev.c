/* An interface of the kernel's: found, asked, refreshed. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <linux/ethtool.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netdev.h"

#define FRAMES_MAX 65536
#define STAMPS_PER_READ 64

int32_t hp_port_refuse(hp_port_info *info, int32_t status, const char *format, ...) {
  hp_fail(status);
  va_list list;
  va_start(list, format);
  vsnprintf((char *)info->why, sizeof info->why, format, list);
  va_end(list);
  return status;
}

int hp_port_config_is_valid(const hp_port_config *config, hp_port_info *info) {
  const char *what = NULL;
  if (!(config->desc > 0 && config->stats > 0)) what = "no memory for descriptors or statistics";
  else if (config->played != 0) return config->played > 0 && (uintptr_t)config->played % 4 == 0;
  else if (config->frame_size < 128 || config->frame_size > 16384)
    what = "frames of 128 to 16384 bytes are possible";
  else if (config->frames > FRAMES_MAX || (config->frames & (config->frames - 1)) != 0)
    what = "the number of frames has to be a power of two up to 65536";
  else if (config->vlan > 4094) what = "VLAN ids end at 4094";
  else if (memchr(config->device, 0, sizeof config->device) == NULL || config->device[0] == 0)
    what = "no interface is named";
  else if (config->tx != 0 && config->tx_size == 0) what = "nothing to send from";
  if (what != NULL) snprintf((char *)info->why, sizeof info->why, "%s", what);
  return what == NULL;
}

static int request(const hp_netdev *dev, unsigned long what, struct ifreq *out) {
  memset(out, 0, sizeof *out);
  memcpy(out->ifr_name, dev->name, sizeof out->ifr_name);
  return ioctl(dev->fd, what, out);
}

static int ethtool(const hp_netdev *dev, void *command) {
  struct ifreq ifr;
  memset(&ifr, 0, sizeof ifr);
  memcpy(ifr.ifr_name, dev->name, sizeof ifr.ifr_name);
  ifr.ifr_data = command;
  return ioctl(dev->fd, SIOCETHTOOL, &ifr);
}

static uint32_t request_address(const hp_netdev *dev, unsigned long what) {
  struct ifreq ifr;
  if (request(dev, what, &ifr) != 0) return 0;
  struct sockaddr_in in;
  memcpy(&in, &ifr.ifr_addr, sizeof in);
  return ntohl(in.sin_addr.s_addr);
}

static int32_t read_number(const char *path, int32_t otherwise) {
  FILE *file = fopen(path, "re");
  if (file == NULL) return otherwise;
  char text[32] = "";
  int has = fgets(text, sizeof text, file) != NULL;
  fclose(file);
  return has ? (int32_t)strtol(text, NULL, 10) : otherwise;
}

static uint32_t speed_of(const hp_netdev *dev) {
  struct ethtool_cmd command = {.cmd = ETHTOOL_GSET};
  if (ethtool(dev, &command) != 0) return 0;
  uint32_t speed = ethtool_cmd_speed(&command);
  return speed == 0xffffffff || speed == 0xffff ? 0 : speed;
}

static void describe_driver(hp_netdev *dev) {
  struct ethtool_drvinfo driver = {.cmd = ETHTOOL_GDRVINFO};
  if (ethtool(dev, &driver) == 0)
    snprintf(dev->driver, sizeof dev->driver, "%.31s", driver.driver);
  struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};
  if (ethtool(dev, &channels) == 0) dev->queues = channels.combined_count + channels.rx_count;
  char path[96];
  snprintf(path, sizeof path, "/sys/class/net/%s/device", dev->name);
  dev->is_virtual = access(path, F_OK) != 0;
  snprintf(path, sizeof path, "/sys/class/net/%s/device/numa_node", dev->name);
  dev->numa_node = read_number(path, -1);
}

/* 1 when the core is on another node than the card. */
static int is_far(const hp_netdev *dev, int32_t core) {
  if (core < 0 || dev->numa_node < 0) return 0;
  char path[96];
  snprintf(path, sizeof path, "/sys/devices/system/node/node%d/cpu%d", dev->numa_node, core);
  return access(path, F_OK) != 0;
}

static int32_t find(hp_netdev *dev, const hp_port_config *config, hp_port_info *info) {
  struct ifreq ifr;
  const char *name = (const char *)config->device;
  if (strlen(name) >= IFNAMSIZ || strchr(name, '/') != NULL)
    return hp_port_refuse(info, HP_ENOENT, "%.40s is no name of an interface: `ip link` lists them",
                          name);
  memcpy(dev->name, name, strlen(name));
  if (request(dev, SIOCGIFINDEX, &ifr) != 0)
    return hp_port_refuse(info, HP_ENOENT, "there is no interface %s here: `ip link` lists them",
                          name);
  dev->index = ifr.ifr_ifindex;
  if (request(dev, SIOCGIFMTU, &ifr) == 0) dev->mtu = (uint32_t)ifr.ifr_mtu;
  if (request(dev, SIOCGIFHWADDR, &ifr) == 0) memcpy(dev->mac, ifr.ifr_hwaddr.sa_data, 6);
  if (ifr.ifr_hwaddr.sa_family != 1 && ifr.ifr_hwaddr.sa_family != 772) /* Ethernet, loopback */
    return hp_port_refuse(info, HP_ENOTSUP, "%s is no Ethernet interface", name);
  return HP_OK;
}

int32_t hp_netdev_open(hp_netdev *dev, const hp_port_config *config, hp_port_info *info) {
  memset(dev, 0, sizeof *dev);
  for (int i = 0; i < HP_JOIN_SOCKETS; i++) dev->join[i] = -1;
  dev->link = -1;
  dev->numa_node = -1;
  dev->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (dev->fd < 0) {
    int32_t status = hp_fail_errno();
    return hp_port_refuse(info, status, "no socket is to be had: %s", strerror(errno));
  }
  int32_t status = find(dev, config, info);
  if (status != HP_OK) {
    hp_netdev_close(dev);
    return status;
  }
  describe_driver(dev);
  dev->address = config->address != 0 ? config->address : request_address(dev, SIOCGIFADDR);
  dev->netmask = config->netmask;
  if (dev->netmask == 0 && config->address == 0) dev->netmask = request_address(dev, SIOCGIFNETMASK);
  if (dev->netmask == 0) dev->netmask = 0xffffff00;
  dev->gateway = config->gateway;
  dev->vlan = config->vlan;
  info->mtu = dev->mtu;
  info->numa_node = dev->numa_node;
  info->queues_max = dev->queues;
  memcpy(info->mac, dev->mac, 6);
  memcpy(info->driver, dev->driver, sizeof info->driver);
  if (is_far(dev, config->core)) info->flags |= HP_PORT_FAR;
  return HP_OK;
}

void hp_netdev_close(hp_netdev *dev) {
  if (dev->fd >= 0) close(dev->fd);
  for (int i = 0; i < HP_JOIN_SOCKETS; i++) {
    if (dev->join[i] >= 0) close(dev->join[i]);
    dev->join[i] = -1;
  }
  for (uint32_t i = 0; i < dev->hold_count; i++) close(dev->hold[i]);
  dev->fd = -1;
  dev->hold_count = 0;
}

int32_t hp_netdev_refresh(hp_netdev *dev, hp_port_stats *stats) {
  struct ifreq ifr;
  memset(&ifr, 0, sizeof ifr);
  ifr.ifr_ifindex = dev->index;
  /* By index: another interface may have the name by now, and this one may have been renamed. */
  if (ioctl(dev->fd, SIOCGIFNAME, &ifr) != 0) {
    if (!atomic_exchange(&dev->is_gone, 1)) {
      stats->link_changes += stats->link > 0;
      stats->link = 0;
      stats->errors += 1;
    }
    return HP_EGONE;
  }
  memcpy(dev->name, ifr.ifr_name, sizeof dev->name);
  if (request(dev, SIOCGIFFLAGS, &ifr) != 0) return hp_fail_errno();
  double link = (ifr.ifr_flags & IFF_UP) && (ifr.ifr_flags & IFF_RUNNING);
  if (link != dev->link) { /* the speed costs a wait for the kernel's network lock */
    stats->link_changes += dev->link >= 0;
    stats->speed_mbps = speed_of(dev);
  }
  dev->link = link;
  stats->link = link;
  return HP_OK;
}

/* 1 when the card stamps all that it receives, from now on. */
static int stamp_all(hp_netdev *dev, const struct ethtool_ts_info *able) {
  struct hwtstamp_config want = {0, HWTSTAMP_TX_OFF, HWTSTAMP_FILTER_NONE};
  struct ifreq ifr;
  memset(&ifr, 0, sizeof ifr);
  memcpy(ifr.ifr_name, dev->name, sizeof ifr.ifr_name);
  ifr.ifr_data = (void *)&want;
  /* What somebody else, a PTP daemon above all, has set stays as it is. */
  if (ioctl(dev->fd, SIOCGHWTSTAMP, &ifr) == 0 && want.rx_filter != HWTSTAMP_FILTER_NONE)
    return want.rx_filter == HWTSTAMP_FILTER_ALL;
  want.rx_filter = HWTSTAMP_FILTER_ALL;
  want.tx_type = able->tx_types & (1u << HWTSTAMP_TX_ON) ? HWTSTAMP_TX_ON : HWTSTAMP_TX_OFF;
  return ioctl(dev->fd, SIOCSHWTSTAMP, &ifr) == 0 && want.rx_filter == HWTSTAMP_FILTER_ALL;
}

void hp_netdev_stamp(hp_netdev *dev, hp_port_info *info) {
  struct ethtool_ts_info able = {.cmd = ETHTOOL_GET_TS_INFO};
  info->flags |= HP_PORT_STAMPS_RX_KERNEL;
  if (ethtool(dev, &able) != 0) return;
  if (able.so_timestamping & SOF_TIMESTAMPING_TX_SOFTWARE) info->flags |= HP_PORT_STAMPS_TX_KERNEL;
  if (!(able.rx_filters & (1u << HWTSTAMP_FILTER_ALL)) || !stamp_all(dev, &able)) return;
  info->flags |= HP_PORT_STAMPS_RX;
  if (able.tx_types & (1u << HWTSTAMP_TX_ON)) info->flags |= HP_PORT_STAMPS_TX;
}

int hp_netdev_checks(hp_netdev *dev) {
  struct ethtool_value value = {.cmd = ETHTOOL_GRXCSUM};
  return !dev->is_virtual && ethtool(dev, &value) == 0 && value.data != 0;
}

/* ---- handles --------------------------------------------------------------------------------- */

void hp_device_lock(hp_device_slot *slot) {
  while (!hp_device_try(slot)) sched_yield();
}

int32_t hp_device_place(hp_device_slot *table, void *port) {
  for (int32_t handle = 0; handle < HP_DEVICE_MAX; handle++) {
    void *expected = NULL;
    if (atomic_compare_exchange_strong(&table[handle].port, &expected, port)) return handle;
  }
  return HP_ENOSPC;
}

void *hp_device_take(hp_device_slot *table, int32_t handle) {
  if (handle < 0 || handle >= HP_DEVICE_MAX) return NULL;
  hp_device_lock(&table[handle]);
  void *port = atomic_exchange(&table[handle].port, NULL);
  hp_device_unlock(&table[handle]);
  return port;
}

int32_t hp_device_refresh(hp_device_slot *table, int32_t handle, int32_t (*renew)(void *port)) {
  if (handle < 0 || handle >= HP_DEVICE_MAX) return HP_ECLOSED;
  hp_device_lock(&table[handle]);
  void *port = hp_device_find(table, handle);
  int32_t status = port == NULL ? HP_ECLOSED : renew(port);
  hp_device_unlock(&table[handle]);
  return status;
}

/* ---- transmit stamps --------------------------------------------------------------------------- */

static int stamps_start(int fd, int is_hardware) {
  int want = SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY;
  want |= is_hardware ? SOF_TIMESTAMPING_TX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE
                      : SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
  return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &want, sizeof want) == 0;
}

/* One message of the error queue; 0 when there is none. */
static int stamps_take(hp_stamps *stamps, int fd, double session_start_s) {
  union {
    struct cmsghdr align;
    uint8_t bytes[256];
  } control;
  struct msghdr message = {.msg_control = &control, .msg_controllen = sizeof control};
  if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return 0;
  struct scm_timestamping stamp = {0};
  uint32_t number = 0;
  struct cmsghdr *c = CMSG_FIRSTHDR(&message);
  for (; c != NULL; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPING) {
      memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
    } else if (c->cmsg_len >= CMSG_LEN(sizeof(struct sock_extended_err))) {
      struct sock_extended_err error;
      memcpy(&error, CMSG_DATA(c), sizeof error);
      if (error.ee_origin == SO_EE_ORIGIN_TIMESTAMPING) number = error.ee_data + 1;
    }
  }
  const struct timespec *ts = stamp.ts[2].tv_sec != 0 ? &stamp.ts[2] : &stamp.ts[0];
  if (number == 0 || ts->tv_sec == 0) return 1;
  stamps->told = number;
  stamps->ns = ((double)ts->tv_sec - session_start_s) * 1e9 + (double)ts->tv_nsec;
  return 1;
}

double hp_stamps_read(hp_stamps *stamps, int fd, double session_start_s) {
  if (!stamps->is_on) {
    stamps->is_on = stamps_start(fd, stamps->is_hardware);
    return 0;
  }
  for (int i = 0; i < STAMPS_PER_READ && stamps->told != stamps->sent; i++)
    if (!stamps_take(stamps, fd, session_start_s)) break;
  return stamps->told == stamps->sent ? stamps->ns : 0;
}

void hp_stamps_reset(hp_stamps *stamps, int fd) {
  int none = 0;
  if (!stamps->is_on) return;
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &none, sizeof none);
  for (int i = 0; i < STAMPS_PER_READ && stamps_take(stamps, fd, 0); i++) continue;
  *stamps = (hp_stamps){.is_hardware = stamps->is_hardware};
}
