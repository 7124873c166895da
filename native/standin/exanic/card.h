/* Shared by the files of the software card: an ExaNIC as its driver shows it to a process, made of a
 * sparse file. Everything lies where the driver has it; what a real card does by itself, a thread does. */
#ifndef HAIRPIN_STANDIN_EXANIC_CARD_H
#define HAIRPIN_STANDIN_EXANIC_CARD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "../../exanic/abi.h"
#include "../../exanic/mailbox.h"

#pragma GCC visibility push(default)
#include "hairpin.h"
#pragma GCC visibility pop

#define CARDS_MAX 8
#define CARD_PORTS HP_EXACARD_PORTS_MAX
#define CARD_BUFFERS_MAX 4
#define CARD_RULES_MAX 128
#define CARD_SENDERS_MAX 32
#define CARD_FRAME_MAX 16384
/* Transmit memory: the pages between its first and those of the feedback hold it. */
#define CARD_TX_PAGES_PER_PORT 32
#define CARD_TX_PAGES (CARD_TX_PAGES_PER_PORT * CARD_PORTS)
#define CARD_SLOTS_PER_PORT (EXA_FEEDBACK_SLOTS / EXA_PORTS_MAX)
/* Frames sent and not taken yet, bytes with a length in front of each; a power of two. */
#define CARD_TAKEN_SIZE (1u << 20)
#define CARD_FILE_SIZE \
  (exa_filter_page(CARD_PORTS, CARD_BUFFERS_MAX, 0) * (uint64_t)EXA_PAGE)
/* Instead of a doorbell's offset: nobody has rung. */
#define CARD_NO_BELL 0xffffff00u

typedef struct card_ring {
  uint8_t *chunks;
  uint32_t next;
  uint8_t generation;
  uint8_t is_open;
  uint8_t owner; /* client + 1, of a filter buffer */
} card_ring;

typedef struct card_rule {
  uint8_t is_used;
  uint8_t buffer;
  uint8_t protocol;
  uint8_t owner;
  uint16_t source_port; /* 0 = any, host order, as all here */
  uint16_t destination_port;
  uint32_t source;
  uint32_t destination;
} card_rule;

/* A client's transmit memory and how far the card has come in it. */
typedef struct card_sender {
  uint8_t owner; /* client + 1, 0 = free */
  uint8_t port;
  uint16_t next_id;
  uint32_t offset;
  uint32_t size;
  uint32_t next; /* offset in it where the next chunk is expected, or else at 0 */
} card_sender;

typedef struct card_port {
  card_ring ring[1 + CARD_BUFFERS_MAX]; /* the default one, then the filter buffers */
  card_rule rule[CARD_RULES_MAX];
  uint32_t rules_max;
  int32_t loop;
  int32_t holds;
  int32_t interface;
  uint8_t *taken;
  uint32_t taken_head;
  uint32_t taken_tail;
  double counter[HP_EXACARD_CLIENTS];
} card_port;

typedef struct card {
  pthread_mutex_t mutex; /* over everything below and the file */
  pthread_t thread;
  _Atomic int32_t stops;
  int fd;
  uint8_t *file;
  card_mailbox *mailbox;
  volatile uint32_t *registers;
  uint32_t ports;
  uint32_t filter_buffers;
  uint32_t clock_in;    /* HP_EXACARD_CLOCK_IN */
  uint32_t hz;
  double clock_at;      /* -1 = it runs */
  int32_t is_gone;
  uint32_t crc[256];
  uint32_t clients;     /* bit of each slot that is taken */
  uint8_t tx_page[CARD_TX_PAGES];
  uint8_t slot_owner[EXA_FEEDBACK_SLOTS];
  card_sender sender[CARD_SENDERS_MAX];
  card_port port[CARD_PORTS];
  char path[256];
} card;

/* Calls are made with the mutex held, unless said otherwise. */

/* receive.c */
int32_t card_receive(card *c, uint32_t port, const uint8_t *frame, uint32_t length, uint32_t status);
int32_t card_ring_open(card *c, card_ring *ring, uint64_t page);
void card_crc_set(card *c);

/* transmit.c: 1 when there was something to do. */
int card_transmit(card *c);
int32_t card_take(card_port *port, uint8_t *out, uint32_t capacity);

/* ioctl.c */
int card_serve(card *c);
void card_release(card *c, int client);
uint32_t card_clients(card *c); /* that have it open now */

/* clock.c */
uint64_t card_ticks(const card *c);
void card_clock_publish(card *c);

/* thread.c: takes the mutex itself. */
void *card_thread(void *argument);

#endif
