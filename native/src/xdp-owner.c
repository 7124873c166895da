/* Who has the interface: asked over rtnetlink, since the attempt to attach says only "busy". */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "netdev.h"
#include "xdp-owner.h"

#define ANSWER_SIZE 32768

/* The attribute of that type between `at` and `end`, or NULL. */
static const struct rtattr *attribute(const void *at, size_t size, int type) {
  const uint8_t *next = at;
  while (size >= sizeof(struct rtattr)) {
    const struct rtattr *a = (const struct rtattr *)(const void *)next;
    size_t step = RTA_ALIGN((size_t)a->rta_len);
    if (a->rta_len < sizeof *a || a->rta_len > size) return NULL;
    if ((a->rta_type & NLA_TYPE_MASK) == type) return a;
    next += step;
    size = size > step ? size - step : 0;
  }
  return NULL;
}

static uint32_t number_of(const struct rtattr *nest, int type) {
  const struct rtattr *a = attribute(RTA_DATA(nest), RTA_PAYLOAD(nest), type);
  uint32_t number = 0;
  if (a != NULL && RTA_PAYLOAD(a) >= 4) memcpy(&number, RTA_DATA(a), 4);
  return number;
}

/* Number of the program on the interface, 0 = none. */
static uint32_t program_on(int32_t index) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) return 0;
  struct {
    struct nlmsghdr head;
    struct ifinfomsg link;
  } ask = {{sizeof ask, RTM_GETLINK, NLM_F_REQUEST, 1, 0}, {.ifi_family = AF_UNSPEC, .ifi_index = index}};
  _Alignas(struct nlmsghdr) static _Thread_local uint8_t answer[ANSWER_SIZE];
  ssize_t size = send(fd, &ask, sizeof ask, 0) < 0 ? -1 : recv(fd, answer, sizeof answer, 0);
  close(fd);
  const struct nlmsghdr *head = (const struct nlmsghdr *)(const void *)answer;
  const size_t before = NLMSG_SPACE(sizeof(struct ifinfomsg));
  if (size < (ssize_t)before || head->nlmsg_type != RTM_NEWLINK) return 0;
  const struct rtattr *xdp = attribute(answer + before, (size_t)size - before, IFLA_XDP);
  if (xdp == NULL) return 0;
  uint32_t number = number_of(xdp, IFLA_XDP_PROG_ID);
  if (number == 0) number = number_of(xdp, IFLA_XDP_DRV_PROG_ID);
  return number != 0 ? number : number_of(xdp, IFLA_XDP_SKB_PROG_ID);
}

/* Its name; "" when we may not ask. */
static void name_of(uint32_t number, char *name) {
  union bpf_attr attr;
  struct bpf_prog_info about;
  memset(&attr, 0, sizeof attr);
  memset(&about, 0, sizeof about);
  attr.prog_id = number;
  int fd = (int)syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &attr, sizeof attr);
  if (fd < 0) return;
  memset(&attr, 0, sizeof attr);
  attr.info.bpf_fd = (uint32_t)fd;
  attr.info.info_len = sizeof about;
  attr.info.info = (uintptr_t)&about;
  if (syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof attr) == 0)
    memcpy(name, about.name, BPF_OBJ_NAME_LEN);
  close(fd);
}

int hp_xdp_owner(int32_t index, const char *interface, hp_port_info *info) {
  char name[BPF_OBJ_NAME_LEN + 1] = "";
  uint32_t number = program_on(index);
  if (number == 0) return 0;
  name_of(number, name);
  int pid = 0;
  if (sscanf(name, "hairpin_%d", &pid) == 1)
    hp_port_refuse(info, HP_EBUSY, "another hairpin, process %d, has %s: stop that first", pid, interface);
  else
    hp_port_refuse(info, HP_EBUSY,
                   "another XDP program is on %s (%s, number %u): stop what has attached it, or "
                   "`ip link set %s xdp off`",
                   interface, name[0] != 0 ? name : "no name", number, interface);
  return 1;
}
