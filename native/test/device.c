/* What a packet Port receives, and what becomes of its interface. */
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "device-rig.h"

static void packets_of_both_lines_arrive(void) {
  side *to = receiver(FRAME), *from = sender();
  EQ(to->by->rx_burst(to->port), 0);
  for (int tags = 0; tags <= 2; tags++) {
    send_frame(from, frame_make(GROUP, PORT, 100, tags, 0));
    EQ(burst(to), 1);
    check_payload(to, 0, 100);
    EQ(to->desc[0].line, 0);
    EQ(to->desc[0].feed, 3);
    EQ(to->desc[0].flags & HP_RX_TRUNCATED, 0);
    EQ(to->by->rx_release(to->port), HP_OK);
  }
  send_frame(from, frame_make(GROUP_B, PORT + 1, 0, 0, 3));
  EQ(burst(to), 1);
  EQ(to->desc[0].line, 1);
  EQ(to->desc[0].length, 0);
  to->by->rx_release(to->port);
  EQ(to->stats.packets, 4);
  EQ(to->stats.bytes, 300);
  EQ(to->stats.malformed + to->stats.strangers, 0);
  side_free(from);
  side_free(to);
}

/* Good packets in between have to arrive, and only they. */
static void bad_frames_are_counted_and_not_seen(void) {
  side *to = receiver(FRAME), *from = sender();
  test_frame *f;
  send_frame(from, frame_make(GROUP, PORT, 30, 0, 0));
  f = frame_make(GROUP, PORT, 30, 0, 0);
  f->bytes[f->udp + 9] ^= 1; /* UDP checksum */
  send_frame(from, f);
  f = frame_make(GROUP, PORT, 30, 0, 0);
  f->bytes[f->ip + 8] ^= 1; /* IPv4 checksum */
  send_frame(from, f);
  f = frame_make(GROUP, PORT, 30, 0, 0);
  put(f->bytes + f->udp + 4, 39, 2); /* a UDP length beyond the packet */
  send_frame(from, f);
  f = frame_make(GROUP, PORT, 30, 0, 0);
  put(f->bytes + f->ip + 2, 200, 2); /* an IPv4 length beyond the frame */
  send_frame(from, f);
  send_frame(from, frame_make(GROUP, PORT + 1, 30, 0, 0)); /* the other line's port */
  send_frame(from, frame_make(GROUP + 9, PORT, 30, 0, 0));
  f = frame_make(GROUP, PORT, 30, 0, 0);
  put(f->bytes + f->ip + 6, 0x2000, 2); /* the first fragment */
  frame_seal(f);
  send_frame(from, f);
  f = frame_make(GROUP, PORT, 30, 0, 0);
  put(f->bytes + 12, 0x0806, 2);
  send_frame(from, f);
  f = frame_make(GROUP, PORT, 30, 0, 0);
  put(f->bytes + 12, 0x86dd, 2);
  send_frame(from, f);
  f = frame_make(GROUP, PORT, 0, 0, 0);
  f->length = 14;
  send_frame(from, f);
  send_frame(from, frame_make(GROUP, PORT, 31, 0, 0));
  int32_t got = burst(to);
  if (got == 1) {
    check_payload(to, 0, 30);
    to->by->rx_release(to->port);
    EQ(burst(to), 1);
    check_payload(to, 0, 31);
  } else {
    EQ(got, 2);
    check_payload(to, 0, 30);
    check_payload(to, 1, 31);
  }
  to->by->rx_release(to->port);
  EQ(to->stats.packets, 2);
  EQ(to->stats.bad_checksum, 2);
  EQ(to->stats.malformed, 2);
  EQ(to->stats.strangers, on->counts_strangers ? 1 : 0);
  EQ(to->stats.fragments, on->counts_strangers ? 1 : 0);
  side_free(from);
  side_free(to);
}

static void noise(side *from, int count) {
  for (int i = 0; i < count; i++) {
    test_frame *f = frame_make(GROUP, PORT, random_next() % 200, (int)(random_next() % 3), random_next() % 3);
    for (uint32_t k = 1 + random_next() % 3; k > 0; k--)
      f->bytes[12 + random_next() % (f->length - 12)] = (uint8_t)random_next();
    send_frame(from, f);
  }
}

static void random_frames_do_no_harm(void) {
  side *to = receiver(FRAME), *from = sender();
  for (int round = 0; round < 100; round++) {
    noise(from, 50);
    send_frame(from, frame_make(GROUP_B, PORT + 1, 999, 0, 0));
    int seen = 0;
    for (int poll = 0; poll < 1000 && !seen; poll++) {
      int32_t got = burst(to);
      for (int32_t i = 0; i < got; i++) {
        CHECK((double)to->desc[i].offset + to->desc[i].length <= to->info.arena_size);
        seen |= to->desc[i].line == 1 && to->desc[i].length == 999;
      }
      if (got > 0) to->by->rx_release(to->port);
    }
    EQ(seen, 1);
  }
  side_free(from);
  side_free(to);
}

static void a_burst_beyond_the_ring_is_counted(void) {
  side *to = receiver_make(FRAME), *from = sender();
  to->config.frames = 256;
  side_open(to);
  int sent = 1000;
  for (int lap = 0; lap < 3; lap++) {
    for (int i = 0; i < sent; i++) send_frame(from, frame_make(GROUP, PORT, 64, 0, 0));
    usleep(50000);
    int got = 0, now;
    while ((now = to->by->rx_burst(to->port)) > 0) {
      got += now;
      to->by->rx_release(to->port);
    }
    EQ(to->by->refresh(to->port), HP_OK);
    CHECK(got >= 250 && got < sent);
  }
  EQ(to->stats.packets + to->stats.kernel_drops, 3 * sent);
  side_free(from);
  side_free(to);
}

static void every_byte_is_right_over_many_laps(void) {
  side *to = receiver_make(FRAME), *from = sender();
  to->config.frames = 128;
  side_open(to);
  for (uint32_t i = 0; i < 3000; i++) {
    send_frame(from, frame_make(GROUP, PORT, i * 131 % 1400, 0, 0));
    if (i % 40 != 39) continue;
    for (uint32_t seen = 0; seen < 40;) {
      int32_t got = burst(to);
      CHECK(got > 0);
      if (got <= 0) break;
      for (int32_t k = 0; k < got; k++, seen++) check_payload(to, k, (i - 39 + seen) * 131 % 1400);
      to->by->rx_release(to->port);
    }
  }
  EQ(to->stats.kernel_drops, 0);
  side_free(from);
  side_free(to);
}

static void who_never_releases_gets_no_frame_twice(void) {
  side *to = receiver_make(FRAME), *from = sender();
  to->config.frames = 128;
  side_open(to);
  for (uint32_t i = 0; i < 300; i++) send_frame(from, frame_make(GROUP, PORT, i, 0, 0));
  usleep(20000);
  uint32_t next = 0;
  for (int poll = 0; poll < 50; poll++) {
    int32_t got = to->by->rx_burst(to->port);
    for (int32_t k = 0; k < got; k++) EQ(to->desc[k].length, next++);
  }
  CHECK(next >= 64 && next <= 256);
  side_free(from);
  side_free(to);
}

static void jumbo_frames_arrive_whole(void) {
  run("ip link set va mtu 9200; ip link set vb mtu 9200");
  side *to = receiver_make(on->jumbo), *from = sender();
  to->config.frames = 256;
  side_open(to);
  for (uint32_t i = 0; i < 400; i++) {
    uint32_t length = i % 7 == 0 ? 60 : 9000 - i;
    send_frame(from, frame_make(GROUP, PORT, length, 0, 0));
    EQ(burst(to), 1);
    check_payload(to, 0, length);
    to->by->rx_release(to->port);
  }
  EQ(to->stats.kernel_drops, 0);
  side_free(from);
  side_free(to);
  run("ip link set va mtu 1500; ip link set vb mtu 1500");
}

static void a_frame_longer_than_wanted_is_flagged(void) {
  side *to = receiver(142), *from = sender();
  send_frame(from, frame_make(GROUP, PORT, 101, 0, 0));
  send_frame(from, frame_make(GROUP, PORT, 100, 0, 0));
  for (int seen = 0; seen < 2;) {
    int32_t got = burst(to);
    if (got <= 0) break;
    for (int32_t i = 0; i < got; i++, seen++) {
      EQ(to->desc[i].flags & HP_RX_TRUNCATED, seen == 0 ? HP_RX_TRUNCATED : 0);
      EQ(to->desc[i].length, 100);
    }
    to->by->rx_release(to->port);
  }
  EQ(to->stats.truncated, 1);
  EQ(to->stats.packets, 2);
  side_free(from);
  side_free(to);
}

/* Strict seccomp kills at the first system call but read, write and exit. */
static void bursts_make_no_system_call(void) {
  side *to = receiver(FRAME), *from = sender();
  for (uint32_t i = 0; i < 100; i++) send_frame(from, frame_make(GROUP, PORT, i, 0, 0));
  usleep(20000);
  pid_t child = fork();
  if (child == 0) {
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) syscall(SYS_exit, 9);
    int32_t got = 0;
    for (int i = 0; i < 1000; i++) {
      int32_t now = to->by->rx_burst(to->port);
      got += now;
      if (now > 0) to->by->rx_release(to->port);
    }
    syscall(SYS_exit, got == 100 ? 0 : 8);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EQ(status, 0);
  side_free(from);
  side_free(to);
}

static void a_link_that_flaps_is_told_and_comes_back(void) {
  side *to = receiver(FRAME), *from = sender();
  for (int i = 0; i < 200 && to->stats.link != 1; i++) { /* told some time after it is up */
    usleep(10000);
    EQ(to->by->refresh(to->port), HP_OK);
  }
  double changes = to->stats.link_changes;
  run("ip link set vb down");
  EQ(to->by->refresh(to->port), HP_OK);
  EQ(to->stats.link, 0);
  EQ(to->by->rx_burst(to->port), 0);
  memset(from->tx, 0, 100);
  EQ(hp_packet_tx(from->port, HP_TX_RAW, 0, 100), HP_EAGAIN);
  EQ(from->stats.tx_refused, 1);
  run("ip link set vb up");
  for (int i = 0; i < 200 && to->stats.link != 1; i++) {
    usleep(10000);
    EQ(to->by->refresh(to->port), HP_OK);
  }
  EQ(to->stats.link, 1);
  EQ(to->stats.link_changes, changes + 2);
  send_frame(from, frame_make(GROUP, PORT, 77, 0, 0));
  EQ(burst(to), 1);
  check_payload(to, 0, 77);
  side_free(from);
  side_free(to);
}

static void an_interface_that_disappears_is_gone(void) {
  side *to = receiver(FRAME), *from = sender();
  run("ip link del va");
  EQ(to->by->refresh(to->port), HP_EGONE);
  EQ(to->by->rx_burst(to->port), HP_EGONE);
  EQ(to->stats.link, 0);
  EQ(to->stats.errors, 1);
  EQ(to->by->refresh(to->port), HP_EGONE);
  EQ(to->stats.errors, 1);
  EQ(hp_packet_tx(from->port, HP_TX_RAW, 0, 100), HP_EGONE);
  side_free(from);
  side_free(to);
  run("ip link add va type veth peer name vb; ip link set va up; ip link set vb up");
}

static void suite(void) {
  RUN(packets_of_both_lines_arrive);
  RUN(bad_frames_are_counted_and_not_seen);
  RUN(random_frames_do_no_harm);
  RUN(a_burst_beyond_the_ring_is_counted);
  RUN(every_byte_is_right_over_many_laps);
  RUN(who_never_releases_gets_no_frame_twice);
  RUN(jumbo_frames_arrive_whole);
  RUN(a_frame_longer_than_wanted_is_flagged);
  RUN(bursts_make_no_system_call);
  RUN(a_link_that_flaps_is_told_and_comes_back);
  RUN(an_interface_that_disappears_is_gone);
}

int main(int argc, char **argv) { return on_every_backend(argc, argv, suite); }
