/* Who has which Ethernet address (RFC 826), for a card that the kernel does not drive: answers for our
 * own address, and a small table of the neighbours that we send to. Bytes in, bytes out. */
#ifndef HAIRPIN_ARP_H
#define HAIRPIN_ARP_H

#include "../src/frame.h"

#define HP_ARP_MAX 32
#define HP_ARP_FRAME 64 /* bytes at most, padding included */
#define HP_ARP_REQUEST 1
#define HP_ARP_REPLY 2
#define HP_ARP_ASK_MS 250 /* between two requests for one address */

typedef struct hp_arp_entry {
  uint32_t address; /* 0 = free */
  uint32_t is_known;
  uint64_t asked_ms; /* 0 = never */
  uint8_t mac[8];
} hp_arp_entry;

typedef struct hp_arp {
  uint32_t changes; /* grows whenever a known address gets another MAC */
  uint32_t pad;
  hp_arp_entry entry[HP_ARP_MAX];
} hp_arp;

typedef struct hp_arp_message {
  uint32_t operation; /* HP_ARP_REQUEST or HP_ARP_REPLY */
  uint32_t sender;
  uint32_t target;
  uint8_t sender_mac[8];
} hp_arp_message;

/* Reads a frame's ARP message, which begins at `at`. 1 = one about IPv4 on Ethernet. */
int hp_arp_read(const uint8_t *frame, uint32_t length, uint32_t at, hp_arp_message *out);
/* Writes a request (to_mac NULL: broadcast) or a reply, HP_ARP_FRAME bytes at most: its length. */
uint32_t hp_arp_write(uint8_t *frame, uint32_t operation, uint32_t vlan, const uint8_t *from_mac,
                      uint32_t from, const uint8_t *to_mac, uint32_t to);
/* Keeps what a message tells about an address that somebody here wants. */
void hp_arp_learn(hp_arp *arp, const hp_arp_message *message);
/* The entry of a neighbour, made when there is none; NULL when the table is full. */
hp_arp_entry *hp_arp_want(hp_arp *arp, uint32_t address);
/* 1 when it is time to ask for the entry, which counts as asked then. */
int hp_arp_ask(hp_arp_entry *entry, uint64_t now_ms);

#endif
