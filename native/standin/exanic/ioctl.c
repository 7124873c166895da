/* What the driver does: answers ioctls, and takes back what a client had when it goes. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "card.h"

void card_release(card *c, int client) {
  uint8_t owner = (uint8_t)(client + 1);
  for (uint32_t i = 0; i < CARD_TX_PAGES; i++)
    if (c->tx_page[i] == owner) c->tx_page[i] = 0;
  for (uint32_t i = 0; i < EXA_FEEDBACK_SLOTS; i++)
    if (c->slot_owner[i] == owner) c->slot_owner[i] = 0;
  for (uint32_t i = 0; i < CARD_SENDERS_MAX; i++)
    if (c->sender[i].owner == owner) c->sender[i].owner = 0;
  for (uint32_t p = 0; p < c->ports; p++) {
    for (uint32_t i = 0; i < CARD_RULES_MAX; i++)
      if (c->port[p].rule[i].owner == owner) c->port[p].rule[i].is_used = 0;
    for (uint32_t i = 1; i <= CARD_BUFFERS_MAX; i++)
      if (c->port[p].ring[i].owner == owner) c->port[p].ring[i].is_open = c->port[p].ring[i].owner = 0;
  }
  c->clients &= ~(1u << client);
}

/* Clients whose lock is gone are gone. */
static void reap(card *c) {
  for (int i = 0; i < CARD_SLOTS; i++) {
    if ((c->clients & 1u << i) == 0) continue;
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = CARD_LOCK_AT + 1 + i, .l_len = 1};
    if (fcntl(c->fd, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_UNLCK) card_release(c, i);
  }
}

uint32_t card_clients(card *c) {
  reap(c);
  return (uint32_t)__builtin_popcount(c->clients);
}

static int tell_info(card *c, exa_info *out) {
  memset(out, 0, sizeof *out);
  out->tx_size = (uint64_t)CARD_TX_PAGES * EXA_PAGE;
  out->filter_buffers = c->filter_buffers;
  out->ports = c->ports;
  for (uint32_t i = 0; i < c->ports; i++) out->interface[i] = c->port[i].interface;
  return 0;
}

static int give_memory(card *c, uint8_t owner, exa_tx_buffer *b) {
  if (b->port >= c->ports || b->size == 0 || b->size % EXA_PAGE != 0) return EINVAL;
  uint64_t pages = b->size / EXA_PAGE;
  uint32_t first = b->port * CARD_TX_PAGES_PER_PORT;
  card_sender *sender = NULL;
  for (uint32_t i = 0; i < CARD_SENDERS_MAX && sender == NULL; i++)
    if (c->sender[i].owner == 0) sender = &c->sender[i];
  if (sender == NULL || pages > CARD_TX_PAGES_PER_PORT) return ENOMEM;
  for (uint32_t at = first; at + pages <= first + CARD_TX_PAGES_PER_PORT; at++) {
    uint32_t free = 0;
    while (free < pages && c->tx_page[at + free] == 0) free++;
    if (free < pages) continue;
    memset(&c->tx_page[at], owner, pages);
    b->offset = (uint64_t)at * EXA_PAGE;
    memset(c->file + (EXA_TX_PAGE + (uint64_t)at) * EXA_PAGE, 0, b->size);
    *sender = (card_sender){.owner = owner,
                            .port = (uint8_t)b->port,
                            .next_id = 1,
                            .offset = (uint32_t)b->offset,
                            .size = (uint32_t)b->size};
    return 0;
  }
  return ENOMEM;
}

static int give_slot(card *c, uint8_t owner, exa_feedback *f) {
  if (f->port >= c->ports) return EINVAL;
  for (uint32_t i = 0; i < CARD_SLOTS_PER_PORT; i++) {
    uint32_t slot = f->port * CARD_SLOTS_PER_PORT + i;
    if (c->slot_owner[slot] != 0) continue;
    c->slot_owner[slot] = owner;
    f->slot = slot;
    return 0;
  }
  return ENOMEM;
}

static int give_buffer(card *c, uint8_t owner, exa_filter_buffer *b) {
  if (b->port >= c->ports) return EINVAL;
  if (b->buffer != EXA_ANY_BUFFER && b->buffer >= c->filter_buffers) return EINVAL;
  uint32_t from = b->buffer == EXA_ANY_BUFFER ? 0 : b->buffer;
  uint32_t to = b->buffer == EXA_ANY_BUFFER ? c->filter_buffers : b->buffer + 1;
  for (uint32_t i = from; i < to; i++) {
    card_ring *ring = &c->port[b->port].ring[1 + i];
    if (ring->is_open) continue;
    if (card_ring_open(c, ring, exa_filter_page(b->port, c->filter_buffers, i)) != 0) return ENOMEM;
    ring->owner = owner;
    b->buffer = i;
    return 0;
  }
  return ENOMEM;
}

static int take_buffer(card *c, uint8_t owner, const exa_filter_buffer *b) {
  if (b->port >= c->ports || b->buffer >= c->filter_buffers) return EINVAL;
  card_port *port = &c->port[b->port];
  card_ring *ring = &port->ring[1 + b->buffer];
  if (ring->owner != owner) return EINVAL;
  ring->is_open = ring->owner = 0;
  for (uint32_t i = 0; i < CARD_RULES_MAX; i++)
    if (port->rule[i].buffer == b->buffer) port->rule[i].is_used = 0;
  return 0;
}

static int add_rule(card *c, uint8_t owner, exa_ip_filter *f) {
  if (f->port >= c->ports || f->buffer >= c->filter_buffers) return EINVAL;
  card_port *port = &c->port[f->port];
  if (!port->ring[1 + f->buffer].is_open) return EFAULT;
  for (uint32_t i = 0; i < port->rules_max; i++) {
    card_rule *rule = &port->rule[i];
    if (rule->is_used) continue;
    *rule = (card_rule){.is_used = 1,
                        .buffer = (uint8_t)f->buffer,
                        .protocol = f->protocol,
                        .owner = owner,
                        .source_port = __builtin_bswap16(f->source_port),
                        .destination_port = __builtin_bswap16(f->destination_port),
                        .source = __builtin_bswap32(f->source),
                        .destination = __builtin_bswap32(f->destination)};
    f->id = i;
    return 0;
  }
  return ENOMEM;
}

static int perform(card *c, int client, card_slot *slot) {
  uint8_t owner = (uint8_t)(client + 1);
  void *argument = slot->argument;
  switch (slot->request) {
    case CARD_HELLO:
      card_release(c, client);
      c->clients |= 1u << client;
      return 0;
    case EXA_IOCTL_INFO:
      return tell_info(c, argument);
    case EXA_IOCTL_TX_ALLOC:
      return give_memory(c, owner, argument);
    case EXA_IOCTL_FEEDBACK_ALLOC:
      return give_slot(c, owner, argument);
    case EXA_IOCTL_FILTER_ADD_IP:
      return add_rule(c, owner, argument);
    case EXA_IOCTL_BUFFER_ALLOC:
      return give_buffer(c, owner, argument);
    case EXA_IOCTL_BUFFER_FREE:
      return take_buffer(c, owner, argument);
    default:
      return ENOTTY;
  }
}

int card_serve(card *c) {
  int did = 0;
  for (int i = 0; i < CARD_SLOTS; i++) {
    card_slot *slot = &c->mailbox->slot[i];
    uint32_t asked = atomic_load(&slot->asked);
    if (asked == atomic_load_explicit(&slot->answered, memory_order_relaxed)) continue;
    if (!did) reap(c);
    slot->error = perform(c, i, slot);
    atomic_store(&slot->answered, asked);
    did = 1;
  }
  return did;
}
