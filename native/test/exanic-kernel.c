/* What an ExaNIC's port asks of the kernel's interface on it: a card that says it has one, in a network
 * of this test's own. */
#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>

#include "exanic-rig.h"

static rig r;

static int run(const char *command) { return system(command) == 0; }

/* Interface e0 with 10.9.0.1/24 and one neighbour that is known. */
static int make_network(void) {
  return unshare(CLONE_NEWNET) == 0 && run("ip link add e0 type veth peer name e1") &&
         run("ip addr add 10.9.0.1/24 dev e0") && run("ip link set e0 up") &&
         run("ip link set e1 up") &&
         run("ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:77 dev e0 nud permanent");
}

static void open_on_interface(void) {
  EQ(hp_exacard_set(r.card, 0, HP_EXACARD_INTERFACE, if_nametoindex("e0")), HP_OK);
  r.config.address = 0;
  rig_open(&r);
}

/* Lines of a file of /proc with that word in them. */
static int lines_with(const char *path, const char *word) {
  char line[512];
  FILE *file = fopen(path, "r");
  int count = 0;
  while (file != NULL && fgets(line, sizeof line, file) != NULL) count += strstr(line, word) != NULL;
  if (file != NULL) fclose(file);
  return count;
}

static void groups_are_joined_and_left(void) {
  rig_card(&r);
  r.config.line_count = 40;
  for (uint32_t i = 0; i < 40; i++)
    r.config.line[i] = (hp_port_line){.group = 0xefff0a00u + i, .port = RIG_PORT};
  /* The same group by another port, and one source of another. */
  r.config.line[38] = (hp_port_line){.group = 0xefff0a00u, .port = RIG_PORT + 1};
  r.config.line[39].source = PEER_ADDRESS;
  open_on_interface();
  EQ(lines_with("/proc/net/igmp", "0AFFEF"), 39); /* in network order, read as one number */
  EQ(lines_with("/proc/net/mcfilter", "e0"), 1);
  EQ(hp_exanic_close(r.port), HP_OK);
  EQ(lines_with("/proc/net/igmp", "0AFFEF"), 0);
  r.config.flags = HP_PORT_NO_JOIN;
  open_on_interface();
  EQ(lines_with("/proc/net/igmp", "0AFFEF"), 0);
  EQ(r.info.mtu, 1500);
  rig_end(&r);
}

/* Sockets of this process that take a group from everybody. */
static int open_to_all(uint32_t group) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(group)}};
  int count = 0;
  for (int fd = 3; fd < 256; fd++) {
    uint32_t mode = MCAST_INCLUDE, sources = 0;
    if (getsourcefilter(fd, if_nametoindex("e0"), (struct sockaddr *)&at, sizeof at, &mode, &sources,
                        NULL) == 0)
      count += mode == MCAST_EXCLUDE;
  }
  return count;
}

/* Lines that differ by their port, and a group that one line wants from anybody and one from a source:
 * for the kernel's sockets the same twice, and two that no one socket takes. */
static void lines_may_share_a_group(void) {
  rig_card(&r);
  r.config.line_count = 5;
  const hp_port_line lines[] = {
      {.group = 0xefff0a01u, .port = 1, .source = PEER_ADDRESS},
      {.group = 0xefff0a01u, .port = 2, .source = PEER_ADDRESS},
      {.group = 0xefff0a01u, .port = 3, .source = PEER_ADDRESS + 1},
      {.group = 0xefff0a02u, .port = 1},
      {.group = 0xefff0a02u, .port = 2, .source = PEER_ADDRESS},
  };
  memcpy(r.config.line, lines, sizeof lines);
  open_on_interface();
  EQ(lines_with("/proc/net/igmp", "0AFFEF"), 2);
  EQ(open_to_all(0xefff0a01u), 0);
  EQ(open_to_all(0xefff0a02u), 1);
  rig_end(&r);
}

static int32_t flow_to(uint32_t address) {
  const hp_tx_flow flow = {.address = address, .port = RIG_PORT};
  return hp_exanic_tx_flow(r.port, &flow);
}

static void check_sent(int32_t flow) {
  uint8_t frame[200];
  const uint8_t mac[6] = {2, 0, 0, 0, 0, 0x77};
  EQ(hp_exanic_tx(r.port, flow, 0, 10), HP_OK);
  EQ(take(&r, frame, sizeof frame), 60);
  CHECK(memcmp(frame, mac, 6) == 0);
  EQ(hp_get32(frame + 26), 0x0a090001);
}

static void neighbours_are_the_kernels(void) {
  rig_card(&r);
  r.config.gateway = 0x0a090002;
  open_on_interface();
  EQ(flow_to(0x0a090002), 0);
  check_sent(0);
  EQ(flow_to(0x08080808), 1); /* by the gateway */
  check_sent(1);
  EQ(flow_to(0x0a090003), HP_EAGAIN);
  CHECK(run("ip neigh show 10.9.0.3 dev e0 | grep -qE 'INCOMPLETE|FAILED'"));
  CHECK(run("ip neigh replace 10.9.0.3 lladdr 02:00:00:00:00:77 dev e0 nud permanent"));
  EQ(flow_to(0x0a090003), 2);
  check_sent(2);
  EQ(hp_exanic_close(r.port), HP_OK);
  r.config.gateway = 0;
  open_on_interface();
  EQ(flow_to(0x08080808), HP_EINVAL);
  rig_end(&r);
}

static void promiscuous_is_the_interfaces(void) {
  rig_card(&r);
  open_on_interface();
  CHECK(run("! ip -d link show e0 | grep -q 'promiscuity 1'"));
  EQ(hp_exanic_close(r.port), HP_OK);
  r.config.flags = HP_PORT_PROMISCUOUS;
  open_on_interface();
  CHECK(run("ip -d link show e0 | grep -q 'promiscuity 1'"));
  EQ(hp_exanic_close(r.port), HP_OK);
  CHECK(run("! ip -d link show e0 | grep -q 'promiscuity 1'"));
  r.port = -1;
  rig_end(&r);
}

int main(void) {
  if (geteuid() != 0 || !run("command -v ip > /dev/null")) {
    const char *ci = getenv("CI");
    printf("skipped exanic-kernel: it takes root and iproute2\n");
    return ci != NULL && strcmp(ci, "true") == 0;
  }
  if (!make_network()) {
    printf("FAIL no network of our own\n");
    return 1;
  }
  RUN(groups_are_joined_and_left);
  RUN(lines_may_share_a_group);
  RUN(neighbours_are_the_kernels);
  RUN(promiscuous_is_the_interfaces);
  FINISH();
}
