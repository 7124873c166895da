/* What the kernel tells about a network interface: ethtool's ioctls, route netlink for the XDP program,
 * and the netdev family for what the driver's XDP can do. Cold: `hairpin ports` asks once. */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "internal.h"

/* linux/netdev.h, from kernel 6.3 on; older headers lack it. */
#define NETDEV_GET 1
#define NETDEV_IFINDEX 1
#define NETDEV_XDP_FEATURES 3

/* As NLA_HDRLEN and NLA_ALIGN, which are of a signed type. */
#define ATTR_HEAD sizeof(struct nlattr)
#define ATTR_ALIGN(size) (((size_t)(size) + 3) & ~(size_t)3)
#define REPLY_SIZE 32768
#define REQUEST_SIZE 128

typedef struct request {
  union {
    struct nlmsghdr head;
    uint8_t bytes[REQUEST_SIZE];
  };
} request;

static request request_new(uint16_t type, const void *body, size_t size) {
  request out;
  memset(&out, 0, sizeof out);
  out.head.nlmsg_type = type;
  out.head.nlmsg_flags = NLM_F_REQUEST;
  out.head.nlmsg_len = (uint32_t)NLMSG_LENGTH(size);
  memcpy(NLMSG_DATA(&out.head), body, size);
  return out;
}

/* At most 32 bytes: the names and numbers that are asked for here fit. */
static void request_add(request *to, uint16_t type, const void *value, size_t size) {
  struct nlattr *at = (struct nlattr *)(void *)(to->bytes + NLMSG_ALIGN(to->head.nlmsg_len));
  at->nla_type = type;
  at->nla_len = (uint16_t)(ATTR_HEAD + size);
  memcpy((uint8_t *)at + ATTR_HEAD, value, size);
  to->head.nlmsg_len = (uint32_t)(NLMSG_ALIGN(to->head.nlmsg_len) + ATTR_ALIGN(at->nla_len));
}

/* Sends and takes the first message back; NULL when there is none, or it tells an error. */
static const struct nlmsghdr *ask(int fd, const request *what, uint8_t *reply) {
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  if (sendto(fd, what, what->head.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0)
    return NULL;
  ssize_t got = recv(fd, reply, REPLY_SIZE, 0);
  if (got < (ssize_t)sizeof(struct nlmsghdr)) return NULL;
  const struct nlmsghdr *head = (const struct nlmsghdr *)(const void *)reply;
  if (!NLMSG_OK(head, (uint32_t)got) || head->nlmsg_type == NLMSG_ERROR) return NULL;
  return head;
}

/* The attribute of that type among `size` bytes, or NULL. */
static const struct nlattr *find(const uint8_t *from, size_t size, uint16_t type) {
  for (size_t at = 0; at + ATTR_HEAD <= size;) {
    const struct nlattr *attr = (const struct nlattr *)(const void *)(from + at);
    if (attr->nla_len < ATTR_HEAD || at + attr->nla_len > size) return NULL;
    if ((attr->nla_type & NLA_TYPE_MASK) == type) return attr;
    at += ATTR_ALIGN(attr->nla_len);
  }
  return NULL;
}

/* The attribute behind a message's fixed part. */
static const struct nlattr *find_in(const struct nlmsghdr *head, size_t fixed, uint16_t type) {
  size_t start = NLMSG_HDRLEN + NLMSG_ALIGN(fixed);
  if (head->nlmsg_len < start) return NULL;
  return find((const uint8_t *)head + start, head->nlmsg_len - start, type);
}

/* Up to `size` bytes of an attribute as a number; 0 when it is shorter. */
static uint64_t number(const struct nlattr *attr, size_t size) {
  uint64_t out = 0;
  if (attr == NULL || attr->nla_len < ATTR_HEAD + size) return 0;
  memcpy(&out, (const uint8_t *)attr + ATTR_HEAD, size); /* the processor is little-endian */
  return out;
}

static int netlink_open(int family) {
  struct timeval wait = {1, 0}; /* a kernel that does not answer must not hang the verb */
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, family);
  if (fd >= 0) setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  return fd;
}

static void tell_program(int index, hp_nic *out, uint8_t *reply) {
  struct ifinfomsg body = {.ifi_family = AF_UNSPEC, .ifi_index = index};
  request link = request_new(RTM_GETLINK, &body, sizeof body);
  int fd = netlink_open(NETLINK_ROUTE);
  if (fd < 0) return;
  const struct nlmsghdr *head = ask(fd, &link, reply);
  close(fd);
  const struct nlattr *xdp = head == NULL ? NULL : find_in(head, sizeof body, IFLA_XDP);
  if (xdp == NULL) return;
  const uint8_t *inside = (const uint8_t *)xdp + ATTR_HEAD;
  size_t size = xdp->nla_len - ATTR_HEAD;
  const struct nlattr *attached = find(inside, size, IFLA_XDP_ATTACHED);
  if (attached == NULL) return;
  out->xdp_attached = (uint32_t)number(attached, 1);
  out->xdp_program = (uint32_t)number(find(inside, size, IFLA_XDP_PROG_ID), 4);
  out->told |= HP_NIC_TOLD_PROGRAM;
}

static void tell_xdp(int index, hp_nic *out, uint8_t *reply) {
  struct genlmsghdr body = {.cmd = CTRL_CMD_GETFAMILY, .version = 1};
  request family = request_new(GENL_ID_CTRL, &body, sizeof body);
  request_add(&family, CTRL_ATTR_FAMILY_NAME, "netdev", sizeof "netdev");
  int fd = netlink_open(NETLINK_GENERIC);
  if (fd < 0) return;
  const struct nlmsghdr *head = ask(fd, &family, reply);
  uint16_t id = head == NULL ? 0 : (uint16_t)number(find_in(head, sizeof body, CTRL_ATTR_FAMILY_ID), 2);
  if (id != 0) {
    body.cmd = NETDEV_GET;
    request device = request_new(id, &body, sizeof body);
    request_add(&device, NETDEV_IFINDEX, &index, sizeof index);
    head = ask(fd, &device, reply);
    const struct nlattr *features = head == NULL ? NULL : find_in(head, sizeof body, NETDEV_XDP_FEATURES);
    if (features != NULL) {
      out->xdp_features = (uint32_t)number(features, 8);
      out->told |= HP_NIC_TOLD_XDP;
    }
  }
  close(fd);
}

/* One of ethtool's requests; 0 when the driver does not answer it. */
static int ethtool(int fd, const char *name, void *command) {
  struct ifreq call;
  memset(&call, 0, sizeof call);
  snprintf(call.ifr_name, sizeof call.ifr_name, "%s", name);
  call.ifr_data = command;
  return ioctl(fd, SIOCETHTOOL, &call) == 0;
}

static void tell_ethtool(int fd, const char *name, hp_nic *out) {
  struct ethtool_drvinfo driver = {.cmd = ETHTOOL_GDRVINFO};
  struct ethtool_ts_info stamps = {.cmd = ETHTOOL_GET_TS_INFO};
  struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};
  struct ethtool_ringparam ring = {.cmd = ETHTOOL_GRINGPARAM};
  if (ethtool(fd, name, &driver)) {
    memcpy(out->driver, driver.driver, sizeof out->driver - 1);
    memcpy(out->bus, driver.bus_info, sizeof out->bus - 1);
    out->told |= HP_NIC_TOLD_DRIVER;
  }
  if (ethtool(fd, name, &stamps)) {
    out->stamping = stamps.so_timestamping;
    out->tx_types = stamps.tx_types;
    out->rx_filters = stamps.rx_filters;
    out->clock = stamps.phc_index;
    out->told |= HP_NIC_TOLD_STAMPS;
  }
  if (ethtool(fd, name, &channels)) {
    out->queues = channels.rx_count + channels.combined_count;
    out->queues_max = channels.max_rx + channels.max_combined;
    out->told |= HP_NIC_TOLD_QUEUES;
  }
  if (ethtool(fd, name, &ring)) {
    out->ring = ring.rx_pending;
    out->ring_max = ring.rx_max_pending;
    out->told |= HP_NIC_TOLD_RING;
  }
}

int32_t hp_nic_query(const char *name, hp_nic *out) {
  _Alignas(8) uint8_t reply[REPLY_SIZE];
  if (name == NULL || out == NULL || name[0] == 0 || strlen(name) >= IFNAMSIZ) return HP_EINVAL;
  memset(out, 0, sizeof *out);
  out->clock = -1;
  unsigned index = if_nametoindex(name);
  if (index == 0) return hp_fail_errno();
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return hp_fail_errno();
  tell_ethtool(fd, name, out);
  close(fd);
  tell_program((int)index, out, reply);
  tell_xdp((int)index, out, reply);
  return HP_OK;
}
