/* Frames that go out. A doorbell is a word of memory here, so of several rings in a row only the last
 * is seen: the card walks from the chunk that it expects next to the one that was rung for. */
#include <string.h>

#include "card.h"

static uint8_t *region(const card *c) { return c->file + (size_t)EXA_TX_PAGE * EXA_PAGE; }

static exa_tx_chunk header_at(const card *c, const card_sender *s, uint32_t at) {
  uint64_t word = __atomic_load_n((uint64_t *)(void *)(region(c) + s->offset + at), __ATOMIC_ACQUIRE);
  exa_tx_chunk chunk;
  memcpy(&chunk, &word, sizeof chunk);
  return chunk;
}

static int is_expected(const card *c, const card_sender *s, uint32_t at) {
  if (at + sizeof(exa_tx_chunk) > s->size) return 0;
  exa_tx_chunk chunk = header_at(c, s, at);
  uint32_t end = at + (uint32_t)sizeof chunk + chunk.length;
  return chunk.id == s->next_id && chunk.type == EXA_TX_RAW && chunk.length >= EXA_TX_PADDING &&
         end <= s->size;
}

static void keep(card_port *port, const uint8_t *frame, uint32_t length) {
  uint32_t used = port->taken_head - port->taken_tail;
  if (length + 4 > CARD_TAKEN_SIZE - used) {
    port->counter[HP_EXACARD_DROPPED] += 1;
    return;
  }
  for (uint32_t i = 0; i < 4; i++)
    port->taken[(port->taken_head + i) & (CARD_TAKEN_SIZE - 1)] = (uint8_t)(length >> (8 * i));
  for (uint32_t i = 0; i < length; i++)
    port->taken[(port->taken_head + 4 + i) & (CARD_TAKEN_SIZE - 1)] = frame[i];
  port->taken_head += length + 4;
}

int32_t card_take(card_port *port, uint8_t *out, uint32_t capacity) {
  if (port->taken_head == port->taken_tail) return HP_EAGAIN;
  uint32_t length = 0;
  for (uint32_t i = 0; i < 4; i++)
    length |= (uint32_t)port->taken[(port->taken_tail + i) & (CARD_TAKEN_SIZE - 1)] << (8 * i);
  if (length > capacity) return HP_ENOSPC;
  for (uint32_t i = 0; i < length; i++)
    out[i] = port->taken[(port->taken_tail + 4 + i) & (CARD_TAKEN_SIZE - 1)];
  port->taken_tail += length + 4;
  return (int32_t)length;
}

/* Sends the chunk at `at`, writes feedback, and moves on. */
static void send_chunk(card *c, card_sender *s, uint32_t at) {
  card_port *port = &c->port[s->port];
  exa_tx_chunk chunk = header_at(c, s, at);
  const uint8_t *frame = region(c) + s->offset + at + sizeof chunk + EXA_TX_PADDING;
  uint32_t length = (uint32_t)chunk.length - EXA_TX_PADDING;
  c->registers[EXA_PORT_REG(s->port, EXA_PORT_SENT_TIME)] = (uint32_t)card_ticks(c);
  c->registers[EXA_STAT_REG(s->port, EXA_STAT_TX)] += 1;
  port->counter[HP_EXACARD_SENT] += 1;
  if (port->loop >= 0) card_receive(c, (uint32_t)port->loop, frame, length, HP_EXACARD_OK);
  else keep(port, frame, length);
  uint32_t size = (uint32_t)sizeof chunk + chunk.length;
  s->next = at + ((size + EXA_TX_ALIGN - 1) & ~(EXA_TX_ALIGN - 1));
  s->next_id++;
  if (chunk.slot & EXA_FEEDBACK_NONE) return;
  uint16_t *feedback = (void *)(c->file + (size_t)EXA_FEEDBACK_PAGE * EXA_PAGE);
  __atomic_store_n(&feedback[chunk.slot & (EXA_FEEDBACK_SLOTS - 1)], chunk.id, __ATOMIC_RELEASE);
}

/* The next chunk of a sender, by its id: behind the last one, or at the beginning. -1 = none. */
static int32_t next_chunk(const card *c, const card_sender *s) {
  if (is_expected(c, s, s->next)) return (int32_t)s->next;
  return is_expected(c, s, 0) ? 0 : -1;
}

/* Up to the chunk at offset `last`; 0 when that is no chunk we were to expect. */
static int walk_to(card *c, card_sender *s, uint32_t last) {
  for (uint32_t i = 0; i <= s->size / EXA_TX_ALIGN; i++) {
    int32_t at = next_chunk(c, s);
    if (at < 0) return 0;
    send_chunk(c, s, (uint32_t)at);
    if ((uint32_t)at == last) return 1;
  }
  return 0;
}

static void answer(card *c, uint32_t number, uint32_t bell) {
  card_port *port = &c->port[number];
  int others = 0;
  int found = 0;
  port->counter[HP_EXACARD_DOORBELLS] += 1;
  for (uint32_t i = 0; i < CARD_SENDERS_MAX; i++) {
    card_sender *s = &c->sender[i];
    if (s->owner == 0 || s->port != number) continue;
    if (bell >= s->offset && bell - s->offset < s->size) found = walk_to(c, s, bell - s->offset);
    else others++;
  }
  if (!found) port->counter[HP_EXACARD_FAULTS] += 1;
  /* Another sender's ring may have been overwritten by this one: look whether it left something. */
  for (uint32_t i = 0; i < CARD_SENDERS_MAX && others > 0; i++) {
    card_sender *s = &c->sender[i];
    if (s->owner == 0 || s->port != number || (bell >= s->offset && bell - s->offset < s->size))
      continue;
    for (int32_t at = next_chunk(c, s); at >= 0; at = next_chunk(c, s)) send_chunk(c, s, (uint32_t)at);
  }
}

int card_transmit(card *c) {
  int did = 0;
  if (c->is_gone) return 0;
  for (uint32_t i = 0; i < c->ports; i++) {
    if (c->port[i].holds) continue;
    volatile uint32_t *bell = &c->registers[EXA_PORT_REG(i, EXA_PORT_DOORBELL)];
    if (*bell == CARD_NO_BELL) continue;
    answer(c, i, __atomic_exchange_n((uint32_t *)(uintptr_t)bell, CARD_NO_BELL, __ATOMIC_SEQ_CST));
    did = 1;
  }
  return did;
}
