/* Opening, sharing, losing and closing an ExaNIC, on the software card. */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "exanic-rig.h"

static rig r;

/* An open that must fail: its status, and a word of the sentence. */
static void refused(int32_t status, const char *word) {
  memset(&r.info, 0xff, sizeof r.info);
  int32_t got = hp_exanic_open(&r.config, &r.info);
  EQ(got, status);
  CHECK(memchr(r.info.why, 0, sizeof r.info.why) != NULL);
  if (strstr((char *)r.info.why, word) == NULL) {
    printf("  \"%s\" does not say \"%s\"\n", (char *)r.info.why, word);
    check_failed = 1;
  }
}

static void device_is(const char *name) {
  snprintf((char *)r.config.device, sizeof r.config.device, "%s", name);
}

static void what_is_there_is_told(void) {
  rig_start(&r);
  CHECK(strcmp((char *)r.info.driver, "exanic-sim") == 0);
  CHECK(strcmp((char *)r.info.mode, "steered to filter buffer 0") == 0);
  EQ(r.info.frames, EXA_CHUNKS);
  EQ(r.info.queues_max, 4);
  EQ(r.info.numa_node, -1);
  const uint8_t mac[6] = {2, 0, 0, 0, 0, 0};
  CHECK(memcmp(r.info.mac, mac, 6) == 0);
  EQ(r.stats.link, 1);
  EQ(r.stats.speed_mbps, 10000);
  rig_end(&r);
}

static void without_the_driver_the_sentence_says_so(void) {
  memset(&r, 0, sizeof r);
  hp_exanic_use_card("");
  rig_configure(&r, "0");
  if (access("/dev/exanic9", F_OK) != 0) {
    device_is("exanic9:0");
    refused(HP_ENOENT, "no /dev/exanic9: is the exanic driver loaded (`modprobe exanic`)?");
  }
  device_is("lo");
  refused(HP_ENOTSUP, "the interface lo is not an ExaNIC");
  device_is("nosuchif0");
  refused(HP_ENOENT, "there is no interface nosuchif0");
  device_is("exanic0");
  refused(HP_ENOENT, "\"exanic0:1\"");
  device_is("exanic/../../etc/x:0");
  refused(HP_ENOENT, "there is no interface");
}

static void a_card_that_is_not_there_or_dead_is_named(void) {
  memset(&r, 0, sizeof r);
  rig_configure(&r, "0");
  hp_exanic_use_card("/dev/shm/hairpin-no-such.card");
  refused(HP_ENOENT, "is the simulator running?");
  char path[] = "/dev/shm/hairpin-ctest-XXXXXX";
  int fd = mkstemp(path);
  CHECK(ftruncate(fd, 1 << 20) == 0);
  hp_exanic_use_card(path);
  refused(HP_EGONE, "no living software card");
  close(fd);
  unlink(path);
  EQ(hp_exanic_use_card("/tmp/a/path/that/is/much/too/long/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
     HP_EINVAL);
  hp_exanic_use_card("");
}

static void a_bad_config_is_refused(void) {
  rig_card(&r);
  hp_port_info info;
  EQ(hp_exanic_open(NULL, &info), HP_EINVAL);
  EQ(hp_exanic_open(&r.config, NULL), HP_EINVAL);
  hp_port_config good = r.config;
  r.config.frame_size = 64;
  refused(HP_EINVAL, "");
  r.config = good;
  r.config.desc = 0;
  refused(HP_EINVAL, "");
  r.config = good;
  r.config.line[1] = r.config.line[0];
  refused(HP_EINVAL, "want the same packets");
  r.config = good;
  r.config.vlan = 4096;
  refused(HP_EINVAL, "");
  r.config = good;
  device_is("exanic0:2");
  refused(HP_ENOENT, "has no port 2: it has 0 to 1");
  rig_end(&r);
}

static void a_port_that_is_off_or_gone_is_named(void) {
  rig_card(&r);
  EQ(hp_exacard_set(r.card, 0, HP_EXACARD_ENABLED, 0), HP_OK);
  refused(HP_ENOTSUP, "is switched off");
  EQ(hp_exacard_set(r.card, 0, HP_EXACARD_GONE, 1), HP_OK);
  refused(HP_EGONE, "does not answer");
  EQ(hp_exacard_counter(r.card, 0, HP_EXACARD_CLIENTS), 0);
  rig_end(&r);
}

static void what_is_used_up_is_named_and_given_back(void) {
  rig_card(&r);
  int32_t port[5];
  for (int i = 0; i < 4; i++) {
    r.config.tx = 0;
    port[i] = hp_exanic_open(&r.config, &r.info);
    CHECK(port[i] >= 0);
  }
  refused(HP_EBUSY, "all 4 filter buffers of exanic-sim:0 are taken");
  snprintf((char *)r.config.options, sizeof r.config.options, "default-ring");
  port[4] = hp_exanic_open(&r.config, &r.info);
  CHECK(port[4] >= 0);
  r.config.options[0] = 0;
  EQ(hp_exacard_counter(r.card, 0, HP_EXACARD_CLIENTS), 5);
  for (int i = 0; i < 5; i++) EQ(hp_exanic_close(port[i]), HP_OK);
  EQ(hp_exacard_counter(r.card, 0, HP_EXACARD_CLIENTS), 0);
  EQ(hp_exacard_set(r.card, 0, HP_EXACARD_FILTER_RULES, 1), HP_OK);
  refused(HP_ENOSPC, "no filter rule left for line 2 of 2");
  EQ(hp_exacard_set(r.card, 0, HP_EXACARD_FILTER_RULES, 2), HP_OK);
  rig_open(&r);
  rig_end(&r);
}

static void transmit_memory_is_used_up_and_given_back(void) {
  rig_card(&r);
  r.config.line_count = 0;
  r.config.frame_size = 9216;
  int32_t port[8];
  int count = 0;
  while (count < 8 && (port[count] = hp_exanic_open(&r.config, &r.info)) >= 0) count++;
  CHECK(count >= 2 && count < 8);
  refused(HP_EBUSY, "no transmit memory of exanic-sim:0 is free for frames of 9216 bytes");
  EQ(hp_exanic_close(port[0]), HP_OK);
  port[0] = hp_exanic_open(&r.config, &r.info);
  CHECK(port[0] >= 0);
  for (int i = 0; i < count; i++) EQ(hp_exanic_close(port[i]), HP_OK);
  rig_end(&r);
}

static void two_clients_each_get_their_own_lines(void) {
  static rig other;
  rig_card(&r);
  other = r;
  rig_configure(&other, "0");
  r.config.line_count = 1;
  other.config.line[0] = other.config.line[1];
  other.config.line_count = 1;
  rig_open(&r);
  rig_open(&other);
  deliver(&r, make_frame(GROUP_A, RIG_PORT, 1, 50, 0), 0);
  deliver(&r, make_frame(GROUP_B, RIG_PORT, 2, 60, 0), 0);
  EQ(hp_exanic_rx_burst(r.port), 1);
  check_payload(&r, 0, 1, 50);
  EQ(hp_exanic_rx_burst(other.port), 1);
  check_payload(&other, 0, 2, 60);
  EQ(hp_exanic_close(other.port), HP_OK);
  deliver(&r, make_frame(GROUP_A, RIG_PORT, 3, 50, 0), 0);
  EQ(hp_exanic_rx_burst(r.port), 1);
  rig_end(&r);
}

/* A client in a process of its own, which is killed: the card takes back what it had. */
static void a_killed_process_leaves_nothing_behind(void) {
  rig_card(&r);
  int ready[2];
  CHECK(pipe(ready) == 0);
  pid_t child = fork();
  if (child == 0) {
    r.port = hp_exanic_open(&r.config, &r.info);
    char told = r.port >= 0 ? 'y' : 'n';
    if (write(ready[1], &told, 1) != 1) _exit(1);
    for (;;) pause();
  }
  char told = 0;
  CHECK(read(ready[0], &told, 1) == 1);
  EQ(told, 'y');
  EQ(hp_exacard_counter(r.card, 0, HP_EXACARD_CLIENTS), 1);
  deliver_payload(&r, 1, 20);
  rig_open(&r);
  CHECK(strcmp((char *)r.info.mode, "steered to filter buffer 1") == 0);
  EQ(hp_exacard_counter(r.card, 0, HP_EXACARD_CLIENTS), 2);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  for (int i = 0; i < 1000 && hp_exacard_counter(r.card, 0, HP_EXACARD_CLIENTS) != 1; i++) nap_us(1000);
  EQ(hp_exacard_counter(r.card, 0, HP_EXACARD_CLIENTS), 1);
  static rig other;
  other = r;
  rig_configure(&other, "0");
  rig_open(&other);
  CHECK(strcmp((char *)other.info.mode, "steered to filter buffer 0") == 0);
  EQ(hp_exanic_close(other.port), HP_OK);
  close(ready[0]);
  close(ready[1]);
  rig_end(&r);
}

static void link_and_drops_are_told_by_refresh(void) {
  rig_start(&r);
  EQ(r.stats.link_changes, 0);
  for (int i = 0; i < 3; i++) {
    EQ(hp_exacard_link(r.card, 0, 0), HP_OK);
    EQ(hp_exanic_refresh(r.port), HP_OK);
    EQ(r.stats.link, 0);
    make_frame(GROUP_A, RIG_PORT, 1, 20, 0);
    EQ(hp_exacard_deliver(r.card, 0, address_of(rig_frame), 62, 0), HP_ENOTSUP);
    EQ(hp_exacard_link(r.card, 0, 1), HP_OK);
    EQ(hp_exanic_refresh(r.port), HP_OK);
    EQ(r.stats.link, 1);
  }
  EQ(r.stats.link_changes, 6);
  deliver_payload(&r, 1, 20);
  EQ(hp_exanic_rx_burst(r.port), 1);
  rig_end(&r);
}

static void a_card_that_disappears_is_gone_for_every_call(void) {
  for (int way = 0; way < 2; way++) {
    rig_start(&r);
    const hp_tx_flow to = {.address = GROUP_A, .port = RIG_PORT};
    int32_t flow = hp_exanic_tx_flow(r.port, &to);
    deliver_payload(&r, 1, 20);
    if (way == 0) EQ(hp_exacard_set(r.card, 0, HP_EXACARD_GONE, 1), HP_OK);
    else EQ(hp_exacard_close(r.card), HP_OK);
    EQ(hp_exanic_tx_warm(r.port, flow, 0, 10), HP_OK);
    nap_us(2000);
    EQ(hp_exanic_refresh(r.port), HP_EGONE);
    /* What had come before it went is still good. */
    EQ(hp_exanic_rx_burst(r.port), 1);
    EQ(hp_exanic_rx_burst(r.port), HP_EGONE);
    EQ(hp_exanic_tx(r.port, flow, 0, 10), HP_EGONE);
    EQ(hp_exanic_tx_stamp(r.port), 0);
    EQ(r.stats.link, 0);
    EQ(r.stats.link_changes, 1);
    if (way == 0) rig_end(&r);
    else EQ(hp_exanic_close(r.port), HP_OK);
    hp_exanic_use_card("");
  }
}

static void opening_200_times_leaves_no_descriptor_behind(void) {
  rig_start(&r);
  EQ(hp_exanic_close(r.port), HP_OK);
  int before = open_descriptors();
  for (int i = 0; i < 200; i++) {
    rig_open(&r);
    EQ(hp_exanic_close(r.port), HP_OK);
  }
  EQ(open_descriptors(), before);
  EQ(hp_exanic_close(r.port), HP_ECLOSED);
  EQ(hp_exanic_rx_burst(r.port), HP_ECLOSED);
  EQ(hp_exanic_refresh(r.port), HP_ECLOSED);
  EQ(hp_exacard_counter(r.card, 0, HP_EXACARD_CLIENTS), 0);
  r.port = -1;
  rig_end(&r);
}

static void a_path_has_one_living_card(void) {
  rig_card(&r);
  EQ(hp_exacard_open(r.path, 1), HP_EEXIST);
  rig_open(&r);
  rig_end(&r);
  EQ(hp_exacard_open("/dev/shm/no/such/folder.card", 1), HP_ENOENT);
  EQ(hp_exacard_open("", 1), HP_EINVAL);
  EQ(hp_exacard_open(r.path, 5), HP_EINVAL);
  /* What a killed simulator has left is replaced. */
  FILE *left = fopen(r.path, "w");
  fclose(left);
  r.card = hp_exacard_open(r.path, 1);
  CHECK(r.card >= 0);
  EQ(hp_exacard_close(r.card), HP_OK);
  EQ(hp_exacard_close(r.card), HP_ECLOSED);
  EQ(hp_exacard_take(r.card, 0, 0, 0), HP_ECLOSED);
}

static int32_t status_elsewhere;

static void *open_elsewhere(void *unused) {
  hp_port_info info;
  (void)unused;
  status_elsewhere = hp_exanic_open(&r.config, &info);
  return NULL;
}

static void the_card_is_chosen_for_one_thread(void) {
  rig_card(&r);
  device_is("exanic9:0");
  pthread_t thread;
  pthread_create(&thread, NULL, open_elsewhere, NULL);
  pthread_join(thread, NULL);
  CHECK(status_elsewhere < 0);
  rig_open(&r);
  rig_end(&r);
}

static void a_played_port_needs_no_card(void) {
  uint32_t played = 3;
  memset(&r, 0, sizeof r);
  hp_exanic_use_card("/dev/shm/hairpin-no-such.card");
  rig_configure(&r, "0");
  r.config.played = address_of(&played);
  rig_open(&r);
  for (int i = 0; i < 3; i++) r.desc[i].length = 100;
  EQ(hp_exanic_rx_burst(r.port), 3);
  EQ(hp_exanic_rx_burst(r.port), 0);
  EQ(r.stats.packets, 3);
  EQ(r.stats.bytes, 300);
  const hp_tx_flow flow = {.address = GROUP_A, .port = RIG_PORT};
  EQ(hp_exanic_tx_flow(r.port, &flow), HP_ENOTSUP);
  EQ(hp_exanic_tx(r.port, HP_TX_RAW, 0, 100), HP_ENOTSUP);
  EQ(hp_exanic_refresh(r.port), HP_OK);
  EQ(hp_exanic_close(r.port), HP_OK);
  hp_exanic_use_card("");
}

static _Atomic int refresh_ends;

static void *refresh_on(void *argument) {
  while (!refresh_ends) hp_exanic_refresh(*(int32_t *)argument);
  return NULL;
}

/* refresh may come from any thread: here one that goes on while the port is closed and opened. */
static void a_port_may_be_closed_while_another_thread_refreshes_it(void) {
  pthread_t thread;
  int32_t first = 0;
  rig_card(&r);
  refresh_ends = 0;
  EQ(pthread_create(&thread, NULL, refresh_on, &first), 0);
  for (int i = 0; i < 300; i++) {
    rig_open(&r);
    EQ(r.port, first);
    nap_us(20);
    EQ(hp_exanic_close(r.port), HP_OK);
    r.port = -1;
  }
  refresh_ends = 1;
  pthread_join(thread, NULL);
  rig_end(&r);
}

int main(void) {
  RUN(a_port_may_be_closed_while_another_thread_refreshes_it);
  RUN(what_is_there_is_told);
  RUN(without_the_driver_the_sentence_says_so);
  RUN(a_card_that_is_not_there_or_dead_is_named);
  RUN(a_bad_config_is_refused);
  RUN(a_port_that_is_off_or_gone_is_named);
  RUN(what_is_used_up_is_named_and_given_back);
  RUN(transmit_memory_is_used_up_and_given_back);
  RUN(two_clients_each_get_their_own_lines);
  RUN(a_killed_process_leaves_nothing_behind);
  RUN(link_and_drops_are_told_by_refresh);
  RUN(a_card_that_disappears_is_gone_for_every_call);
  RUN(opening_200_times_leaves_no_descriptor_behind);
  RUN(a_path_has_one_living_card);
  RUN(the_card_is_chosen_for_one_thread);
  RUN(a_played_port_needs_no_card);
  FINISH();
}
