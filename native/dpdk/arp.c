#include "arp.h"

int hp_arp_read(const uint8_t *frame, uint32_t length, uint32_t at, hp_arp_message *out) {
  if (at + 28 > length) return 0;
  const uint8_t *arp = frame + at;
  if (hp_get16(arp) != 1 || hp_get16(arp + 2) != HP_TYPE_IPV4 || arp[4] != 6 || arp[5] != 4)
    return 0;
  out->operation = hp_get16(arp + 6);
  out->sender = hp_get32(arp + 14);
  out->target = hp_get32(arp + 24);
  memset(out->sender_mac, 0, 8);
  memcpy(out->sender_mac, arp + 8, 6);
  /* A group address as sender would be sent to by everybody. */
  if ((arp[8] & 1) != 0) return 0;
  return out->operation == HP_ARP_REQUEST || out->operation == HP_ARP_REPLY;
}

uint32_t hp_arp_write(uint8_t *frame, uint32_t operation, uint32_t vlan, const uint8_t *from_mac,
                      uint32_t from, const uint8_t *to_mac, uint32_t to) {
  memset(frame, 0, HP_ARP_FRAME);
  if (to_mac != NULL) memcpy(frame, to_mac, 6);
  else memset(frame, 0xff, 6);
  memcpy(frame + 6, from_mac, 6);
  uint8_t *at = frame + 12;
  if (vlan != 0) {
    hp_put16(at, HP_TYPE_VLAN);
    hp_put16(at + 2, vlan & 0xfff);
    at += 4;
  }
  hp_put16(at, HP_TYPE_ARP);
  uint8_t *arp = at + 2;
  hp_put16(arp, 1);
  hp_put16(arp + 2, HP_TYPE_IPV4);
  arp[4] = 6;
  arp[5] = 4;
  hp_put16(arp + 6, operation);
  memcpy(arp + 8, from_mac, 6);
  hp_put32(arp + 14, from);
  if (to_mac != NULL) memcpy(arp + 18, to_mac, 6);
  hp_put32(arp + 24, to);
  return vlan != 0 ? 64 : 60;
}

static hp_arp_entry *find(hp_arp *arp, uint32_t address) {
  for (uint32_t i = 0; i < HP_ARP_MAX; i++)
    if (arp->entry[i].address == address) return &arp->entry[i];
  return NULL;
}

void hp_arp_learn(hp_arp *arp, const hp_arp_message *message) {
  if (message->sender == 0) return;
  hp_arp_entry *entry = find(arp, message->sender);
  if (entry == NULL) return;
  if (entry->is_known && memcmp(entry->mac, message->sender_mac, 6) == 0) return;
  if (entry->is_known) arp->changes++;
  memcpy(entry->mac, message->sender_mac, 6);
  entry->is_known = 1;
}

hp_arp_entry *hp_arp_want(hp_arp *arp, uint32_t address) {
  hp_arp_entry *entry = find(arp, address);
  if (entry != NULL) return entry;
  entry = find(arp, 0);
  if (entry != NULL) entry->address = address;
  return entry;
}

int hp_arp_ask(hp_arp_entry *entry, uint64_t now_ms) {
  if (entry->asked_ms != 0 && now_ms - entry->asked_ms < HP_ARP_ASK_MS) return 0;
  entry->asked_ms = now_ms != 0 ? now_ms : 1;
  return 1;
}
