/* Neighbours: what is written is read back, and what is broken is not believed. */
#include "check.h"

#include "../dpdk/arp.c"

static const uint8_t ours[6] = {2, 0, 0, 0, 0, 1};
static const uint8_t theirs[6] = {2, 0, 0, 0, 0, 2};

static void a_request_is_broadcast_and_reads_back(void) {
  uint8_t frame[HP_ARP_FRAME];
  hp_arp_message message;
  EQ(hp_arp_write(frame, HP_ARP_REQUEST, 0, ours, 0x0a000001, NULL, 0x0a000002), 60);
  for (int i = 0; i < 6; i++) EQ(frame[i], 0xff);
  EQ(hp_get16(frame + 12), 0x0806);
  CHECK(hp_arp_read(frame, 60, 14, &message));
  EQ(message.operation, HP_ARP_REQUEST);
  EQ(message.sender, 0x0a000001);
  EQ(message.target, 0x0a000002);
  CHECK(memcmp(message.sender_mac, ours, 6) == 0);
}

static void a_reply_goes_to_one_and_carries_the_tag(void) {
  uint8_t frame[HP_ARP_FRAME];
  hp_arp_message message;
  EQ(hp_arp_write(frame, HP_ARP_REPLY, 42, ours, 1, theirs, 2), 64);
  CHECK(memcmp(frame, theirs, 6) == 0);
  EQ(hp_get16(frame + 12), 0x8100);
  EQ(hp_get16(frame + 14), 42);
  CHECK(hp_arp_read(frame, 64, 18, &message));
  EQ(message.operation, HP_ARP_REPLY);
  CHECK(memcmp(frame + 18 + 18, theirs, 6) == 0);
}

static void broken_messages_are_refused(void) {
  uint8_t frame[HP_ARP_FRAME];
  hp_arp_message message;
  hp_arp_write(frame, HP_ARP_REPLY, 0, ours, 1, theirs, 2);
  for (uint32_t cut = 0; cut < 14 + 28; cut++) {
    uint8_t *copy = malloc(cut + 1);
    memcpy(copy, frame, cut);
    EQ(hp_arp_read(copy, cut, 14, &message), 0);
    free(copy);
  }
  const uint32_t at[] = {14, 16, 18, 19, 21, 22}; /* kinds, lengths, operation, group as sender */
  for (int i = 0; i < 6; i++) {
    uint8_t copy[HP_ARP_FRAME];
    memcpy(copy, frame, sizeof copy);
    copy[at[i]] ^= 0x41;
    EQ(hp_arp_read(copy, 60, 14, &message), 0);
  }
}

static void only_wanted_neighbours_are_kept(void) {
  static hp_arp arp;
  hp_arp_message message = {HP_ARP_REPLY, 7, 1, {2, 0, 0, 0, 0, 2}};
  hp_arp_learn(&arp, &message);
  hp_arp_entry *entry = hp_arp_want(&arp, 7);
  EQ(entry->is_known, 0);
  EQ(hp_arp_ask(entry, 1000), 1);
  EQ(hp_arp_ask(entry, 1000 + HP_ARP_ASK_MS - 1), 0);
  EQ(hp_arp_ask(entry, 1000 + HP_ARP_ASK_MS), 1);
  hp_arp_learn(&arp, &message);
  EQ(entry->is_known, 1);
  EQ(arp.changes, 0);
  CHECK(memcmp(entry->mac, theirs, 6) == 0);
  message.sender_mac[5] = 9;
  hp_arp_learn(&arp, &message);
  EQ(arp.changes, 1);
  EQ(entry->mac[5], 9);
  CHECK(hp_arp_want(&arp, 7) == entry);
}

static void a_full_table_says_so(void) {
  static hp_arp arp;
  for (uint32_t i = 1; i <= HP_ARP_MAX; i++) CHECK(hp_arp_want(&arp, i) != NULL);
  CHECK(hp_arp_want(&arp, 99) == NULL);
  CHECK(hp_arp_want(&arp, 5) != NULL);
}

int main(void) {
  RUN(a_request_is_broadcast_and_reads_back);
  RUN(a_reply_goes_to_one_and_carries_the_tag);
  RUN(broken_messages_are_refused);
  RUN(only_wanted_neighbours_are_kept);
  RUN(a_full_table_says_so);
  FINISH();
}
