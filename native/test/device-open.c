/* How packet Ports are opened, by whom, and what the kernel is asked for. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "device-rig.h"

static void why(side *s, int32_t status, const char *part) {
  memset(&s->info, 0x55, sizeof s->info);
  int before = open_descriptors();
  EQ(s->by->open(&s->config, &s->info), status);
  EQ(open_descriptors(), before);
  if (strstr((char *)s->info.why, part) == NULL) {
    printf("  why: %s\n", (char *)s->info.why);
    CHECK(!"the sentence");
  }
}

static void what_cannot_be_opened_says_why(void) {
  side *s = receiver_make(FRAME);
  strcpy((char *)s->config.device, "nothere0");
  why(s, HP_ENOENT, "there is no interface nothere0");
  strcpy((char *)s->config.device, "a-name-that-is-far-too-long");
  why(s, HP_ENOENT, "no name of an interface");
  s->config.device[0] = 0;
  why(s, HP_EINVAL, "no interface is named");
  strcpy((char *)s->config.device, "vb");
  s->config.frame_size = 100;
  why(s, HP_EINVAL, "128 to 16384");
  s->config.frame_size = FRAME;
  s->config.frames = 100;
  why(s, HP_EINVAL, "power of two");
  s->config.frames = 128;
  s->config.line[1] = s->config.line[0];
  why(s, HP_EINVAL, "two lines want the same packets");
  EQ(s->by->open(NULL, &s->info), HP_EINVAL);
  EQ(s->by->open(&s->config, NULL), HP_EINVAL);
  s->port = -1;
  side_free(s);
}

static void sixty_four_lines_fit(void) {
  side *to = receiver_make(FRAME), *from = sender();
  to->config.line_count = HP_PORT_LINES_MAX;
  for (uint32_t i = 0; i < HP_PORT_LINES_MAX; i++)
    to->config.line[i] = (hp_port_line){GROUP + i, PORT + i, 0, i % 2 ? SOURCE : 0, 0, i};
  side_open(to);
  for (uint32_t i = 0; i < HP_PORT_LINES_MAX; i++) {
    send_frame(from, frame_make(GROUP + i, PORT + i, 10 + i, (int)(i % 3), 0));
    EQ(burst(to), 1);
    EQ(to->desc[0].line, i);
    check_payload(to, 0, 10 + i);
    to->by->rx_release(to->port);
  }
  side_free(from);
  side_free(to);
}

/* Sockets of this process that take a group from everybody. */
static int open_to_all(uint32_t group) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(group)}};
  int count = 0;
  for (int fd = 3; fd < 256; fd++) {
    uint32_t mode = MCAST_INCLUDE, sources = 0;
    if (getsourcefilter(fd, if_nametoindex("vb"), (struct sockaddr *)&at, sizeof at, &mode, &sources,
                        NULL) == 0)
      count += mode == MCAST_EXCLUDE;
  }
  return count;
}

/* On one socket the kernel would close the group to all but that sender. */
static void a_source_does_not_close_a_group_to_another_line(void) {
  for (int is_first = 0; is_first < 2; is_first++) {
    side *to = receiver_make(FRAME);
    to->config.line[0] = (hp_port_line){GROUP, PORT, 0, is_first ? SOURCE : 0, 0, 0};
    to->config.line[1] = (hp_port_line){GROUP, PORT + 1, 0, is_first ? 0 : SOURCE, 0, 1};
    side_open(to);
    EQ(open_to_all(GROUP), 1);
    side_free(to);
  }
}

/* An engine that is started again goes on with the statistics of the one before. */
static void counts_of_the_port_before_stay(void) {
  side *s = receiver_make(FRAME);
  s->stats.kernel_drops = 5;
  s->stats.packets = 7;
  side_open(s);
  EQ(s->by->refresh(s->port), HP_OK);
  EQ(s->stats.kernel_drops, 5);
  EQ(burst(s), 0);
  EQ(s->stats.packets, 7);
  side_free(s);
}

static void run_on(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int i = 0; i < CPU_SETSIZE; i++)
    if (core < 0 || i == core) CPU_SET(i, &set);
  sched_setaffinity(0, sizeof set, &set);
}

/* The sender's core chooses its queue, and that the receiver's; each Port has the packets of its own. */
static void two_ports_share_a_device_by_queue(void) {
  if (!is_xdp()) return;
  run("ip link add qa numtxqueues 2 numrxqueues 2 type veth peer name qb numtxqueues 2 numrxqueues 2; "
      "ip link set qa up; ip link set qb up");
  side *one = receiver_make(FRAME), *two = receiver_make(FRAME), *from = side_make(&BACKENDS[0], "qa");
  from->config.flags = 0;
  strcpy((char *)one->config.device, "qb");
  strcpy((char *)two->config.device, "qb");
  two->config.queue = 1;
  side_open(one);
  side_open(two);
  side_open(from);
  EQ(one->info.queues_max, 2);
  int got[3] = {0, 0, 0};
  for (int round = 0; round < 3; round++) {
    for (uint32_t i = 0; i < 100; i++) {
      if (hp_core_count() > 1) run_on((int)(i & 1));
      send_frame(from, frame_make(GROUP, PORT, 64, 0, 0));
    }
    run_on(-1);
    usleep(20000);
    for (int poll = 0; poll < 10; poll++) {
      side *sides[2] = {one, two};
      for (int i = 0; i < 2; i++) {
        int32_t now = sides[i] == NULL ? 0 : sides[i]->by->rx_burst(sides[i]->port);
        got[i] += now;
        if (now > 0) sides[i]->by->rx_release(sides[i]->port);
      }
    }
    if (round == 0) EQ(got[0] + got[1], 100);
    if (round == 1) { /* the program stays for the one that is left */
      EQ(got[0] + got[1], 200);
      CHECK(run("ip link show qb | grep -q xdp") == 0);
      got[2] = got[0];
      side_free(two);
      two = NULL;
    }
  }
  if (hp_core_count() > 1 && on->flags == 0) EQ(got[1], 100); /* generic: veth puts all on queue 0 */
  EQ(got[0] - got[2], got[2] / 2); /* its share only: the other queue's are the kernel's now */
  side_free(one);
  CHECK(run("ip link show qb | grep -q xdp") != 0);
  side_free(from);
  run("ip link del qa");
}

/* Passes everything; attached for as long as the descriptor is open. */
static int foreign_program(const char *device) {
  struct bpf_insn code[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS},
                            {.code = BPF_JMP | BPF_EXIT}};
  union bpf_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.prog_type = BPF_PROG_TYPE_XDP;
  attr.insns = (uintptr_t)code;
  attr.insn_cnt = 2;
  attr.license = (uintptr_t)"none";
  strcpy(attr.prog_name, "foreign");
  int program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr);
  memset(&attr, 0, sizeof attr);
  attr.link_create.prog_fd = (uint32_t)program;
  attr.link_create.target_ifindex = if_nametoindex(device);
  attr.link_create.attach_type = BPF_XDP;
  attr.link_create.flags = XDP_FLAGS_SKB_MODE;
  int link = (int)syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof attr);
  close(program);
  return link;
}

static void who_has_the_interface_is_named(void) {
  if (!is_xdp()) return;
  side *s = receiver(FRAME), *other = receiver_make(FRAME);
  why(other, HP_EBUSY, "this process has queue 0 of vb already");
  other->config.queue = 7;
  why(other, HP_ENOENT, "vb has no queue 7");
  side_free(s);
  int foreign = foreign_program("vb");
  CHECK(foreign >= 0);
  other->config.queue = 0;
  why(other, HP_EBUSY, "another XDP program is on vb (foreign, number ");
  close(foreign);
  side_open(other);
  side_free(other);
}

/* A packet to an address of the host reaches the Port, and the kernel does not answer that nobody has
 * the port: that answer would come to va, where a second Port listens for it in vain. */
static void a_unicast_line_is_ours_alone(void) {
  run("ip addr add 10.77.1.1/24 dev vb; ip neigh replace 10.77.1.2 lladdr 02:00:00:00:00:09 dev vb");
  side *to = receiver_make(FRAME), *from = sender();
  to->config.line_count = 1;
  to->config.line[0] = (hp_port_line){0, PORT, 0x0a4d0101, 0, 0, 0};
  side_open(to);
  int answers = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK, htons(0x0800));
  for (int i = 0; i < 3; i++) {
    test_frame *f = frame_make(0x0a4d0101, PORT, 50, 0, 0);
    memcpy(f->bytes, to->info.mac, 6);
    put(f->bytes + f->ip + 12, 0x0a4d0102, 4);
    frame_seal(f);
    send_frame(from, f);
    EQ(burst(to), 1);
    check_payload(to, 0, 50);
    to->by->rx_release(to->port);
  }
  uint8_t answer[256];
  int icmp = 0;
  ssize_t got;
  while ((got = recv(answers, answer, sizeof answer, 0)) > 0) icmp += answer[9] == 1;
  EQ(icmp, 0);
  close(answers);
  side_free(from);
  side_free(to);
  run("ip addr del 10.77.1.1/24 dev vb");
}

static void two_hundred_opens_leave_nothing(void) {
  side_free(receiver(FRAME));
  int before = open_descriptors();
  for (int i = 0; i < 200; i++) side_free(receiver(FRAME));
  EQ(open_descriptors(), before);
  CHECK(run("ip link show vb | grep -q xdp") != 0);
}

static void a_played_port_has_no_device(void) {
  uint32_t played = 0;
  side *s = receiver_make(FRAME);
  s->config.played = address_of(&played);
  strcpy((char *)s->config.device, "nothere0");
  int before = open_descriptors();
  side_open(s);
  EQ(open_descriptors(), before);
  s->desc[1].length = 5;
  played = 2;
  EQ(s->by->rx_burst(s->port), 2);
  EQ(s->by->rx_burst(s->port), 0);
  EQ(s->stats.bytes, 5);
  EQ(s->by->rx_release(s->port), HP_OK);
  EQ(s->by->refresh(s->port), HP_OK);
  EQ(s->by->tx(s->port, HP_TX_RAW, 0, 100), HP_ENOTSUP);
  side_free(s);
}

static void suite(void) {
  RUN(what_cannot_be_opened_says_why);
  RUN(sixty_four_lines_fit);
  RUN(a_source_does_not_close_a_group_to_another_line);
  RUN(counts_of_the_port_before_stay);
  RUN(two_ports_share_a_device_by_queue);
  RUN(who_has_the_interface_is_named);
  RUN(a_unicast_line_is_ours_alone);
  RUN(two_hundred_opens_leave_nothing);
  RUN(a_played_port_has_no_device);
}

int main(int argc, char **argv) { return on_every_backend(argc, argv, suite); }
