/* A network of its own for a process: a new network namespace, joined to the old one by a veth pair.
 * Both are gone when the last thread in the new namespace is, whatever ended it. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "internal.h"

typedef struct link_request {
  struct nlmsghdr head;
  struct ifinfomsg info;
  uint8_t attributes[512];
} link_request;

static struct rtattr *attribute(link_request *r, uint16_t type, const void *data, size_t size) {
  struct rtattr *at = (struct rtattr *)((uint8_t *)r + NLMSG_ALIGN(r->head.nlmsg_len));
  at->rta_type = type;
  at->rta_len = (uint16_t)RTA_LENGTH(size);
  if (size > 0) memcpy(RTA_DATA(at), data, size);
  r->head.nlmsg_len = NLMSG_ALIGN(r->head.nlmsg_len) + (uint32_t)RTA_ALIGN(at->rta_len);
  return at;
}

static void attribute_end(link_request *r, struct rtattr *at) {
  at->rta_len = (uint16_t)((uint8_t *)r + r->head.nlmsg_len - (uint8_t *)at);
}

/* RTM_NEWLINK (rtnetlink(7)): `far` here, its peer `near` in the namespace of `home`. */
static int veth_create(const char *near, const char *far, int home) {
  link_request r;
  memset(&r, 0, sizeof r);
  r.head.nlmsg_len = NLMSG_LENGTH(sizeof r.info);
  r.head.nlmsg_type = RTM_NEWLINK;
  r.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;
  attribute(&r, IFLA_IFNAME, far, strlen(far) + 1);
  struct rtattr *link = attribute(&r, IFLA_LINKINFO, NULL, 0);
  attribute(&r, IFLA_INFO_KIND, "veth", 4);
  struct rtattr *data = attribute(&r, IFLA_INFO_DATA, NULL, 0);
  const struct ifinfomsg none = {0};
  struct rtattr *peer = attribute(&r, VETH_INFO_PEER, &none, sizeof none);
  attribute(&r, IFLA_IFNAME, near, strlen(near) + 1);
  attribute(&r, IFLA_NET_NS_FD, &home, sizeof home);
  attribute_end(&r, peer);
  attribute_end(&r, data);
  attribute_end(&r, link);

  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) return -1;
  union {
    struct nlmsghdr head;
    uint8_t bytes[1024];
  } answer;
  ssize_t got = -1;
  if (send(fd, &r, r.head.nlmsg_len, 0) >= 0) got = recv(fd, &answer, sizeof answer, 0);
  int error = got < 0 ? errno : EPROTO;
  close(fd);
  if (got >= (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr)) && answer.head.nlmsg_type == NLMSG_ERROR) {
    struct nlmsgerr told;
    memcpy(&told, NLMSG_DATA(&answer.head), sizeof told);
    error = -told.error;
  }
  errno = error;
  return error == 0 ? 0 : -1;
}

/* Address, netmask and "up" of an interface in the namespace that `fd`, a socket, belongs to. */
static int link_raise(int fd, const char *name, uint32_t address, uint32_t prefix) {
  struct ifreq request = {0};
  struct sockaddr_in *at = (struct sockaddr_in *)&request.ifr_addr;
  strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
  if (address != 0) {
    at->sin_family = AF_INET;
    at->sin_addr.s_addr = htonl(address);
    if (ioctl(fd, SIOCSIFADDR, &request) != 0) return -1;
    at->sin_addr.s_addr = htonl(0xffffffffu << (32 - prefix));
    if (ioctl(fd, SIOCSIFNETMASK, &request) != 0) return -1;
  }
  if (ioctl(fd, SIOCGIFFLAGS, &request) != 0) return -1;
  request.ifr_flags |= IFF_UP;
  return ioctl(fd, SIOCSIFFLAGS, &request);
}

static int name_is_valid(const char *name) {
  return name != NULL && name[0] != '\0' && strlen(name) < IFNAMSIZ;
}

int32_t hp_veth_namespace(const char *near, const char *far, int32_t near_address,
                          int32_t far_address, int32_t prefix) {
  if (!name_is_valid(near) || !name_is_valid(far)) return HP_EINVAL;
  if (near_address == 0 || far_address == 0 || prefix < 8 || prefix > 31) return HP_EINVAL;
  int32_t status = HP_OK;
  int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  int old = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int own = -1;
  if (home < 0 || old < 0 || unshare(CLONE_NEWNET) != 0) {
    status = hp_fail_errno();
  } else {
    own = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (own < 0 || veth_create(near, far, home) != 0 || link_raise(own, "lo", 0, 0) != 0 ||
        link_raise(own, far, (uint32_t)far_address, (uint32_t)prefix) != 0 ||
        link_raise(old, near, (uint32_t)near_address, (uint32_t)prefix) != 0)
      status = hp_fail_errno();
  }
  if (own >= 0) close(own);
  if (old >= 0) close(old);
  if (home >= 0) close(home);
  return status;
}
