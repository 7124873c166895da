/* How ioctls reach the software card: a page of its file that the real layout leaves free. Client and
 * card may be two processes. A client takes a slot by a lock on one byte of the file, which the system
 * lifts when its descriptor closes or its process dies, as a driver would be told. */
#ifndef HAIRPIN_EXANIC_MAILBOX_H
#define HAIRPIN_EXANIC_MAILBOX_H

#include <stdatomic.h>

#include "abi.h"

#define CARD_MAILBOX_PAGE 2
#define CARD_MAGIC 0x48504558u
#define CARD_VERSION 1
#define CARD_SLOTS 15
/* Locked bytes, behind anything that is mapped: the card's own, then one of each slot. */
#define CARD_LOCK_AT (1ll << 40)
/* Instead of an ioctl's number: a new client has the slot, what the last one had is free. */
#define CARD_HELLO 1u
#define CARD_ARGUMENT_MAX 192

typedef struct card_slot {
  _Atomic uint32_t asked;    /* client: grows with each request */
  _Atomic uint32_t answered; /* card: follows `asked` */
  uint32_t request;
  int32_t error;             /* errno, 0 = done */
  uint8_t argument[CARD_ARGUMENT_MAX];
  uint8_t pad[48];
} card_slot;

typedef struct card_mailbox {
  uint32_t magic;
  uint32_t version;
  uint8_t pad[248];
  card_slot slot[CARD_SLOTS];
} card_mailbox;

static_assert(sizeof(card_slot) == 256, "card_slot");
static_assert(sizeof(card_mailbox) == EXA_PAGE, "card_mailbox");

#endif
