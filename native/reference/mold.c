/* MoldUDP64 1.00 (big-endian) on several lines: header 20 B = session char[10], sequence u64 of the
 * first message, count u16; then `count` blocks of length u16 + bytes. count 0 = heartbeat, 0xffff
 * = end.
 *
 * A packet is looked through before any message of it is used. Messages go to the books in order,
 * each once; what comes ahead is held in a sorted window, and a hole that is not filled within
 * window_ns, or that overflows the window, is refused. As src/feed/moldudp64.ts. */
#include "path.h"

#define HEADER_BYTES 20
#define END_OF_SESSION 0xffff
#define JUMP_MESSAGES_MAX (1 << 20)

int mold_open(mold *m, int32_t packets) {
  memset(m, 0, sizeof *m);
  m->next_seq = m->high_seq = 1;
  m->capacity = packets;
  m->window = calloc((size_t)packets + 1, sizeof *m->window);
  m->sorted = calloc((size_t)packets + 1, sizeof *m->sorted);
  m->free = calloc((size_t)packets + 1, sizeof *m->free);
  if (m->window == NULL || m->sorted == NULL || m->free == NULL) return 0;
  for (int32_t k = 0; k < packets; k++) m->free[k] = k;
  m->free_count = packets;
  return 1;
}

void mold_close(mold *m) {
  free(m->window);
  free(m->sorted);
  free(m->free);
}

static int is_well_formed(const uint8_t *at, uint32_t length, uint32_t count) {
  const uint8_t *stop = at + length;
  at += HEADER_BYTES;
  if (count != END_OF_SESSION) {
    for (uint32_t k = 0; k < count; k++) {
      if (at + 2 > stop) return 0;
      at += 2 + be16(at);
    }
  }
  return at == stop;
}

/* Hands the messages from next_seq on to the books. */
static inline void apply(path *p, const uint8_t *packet, uint64_t seq, uint64_t end) {
  mold *m = &p->mold;
  const uint8_t *at = packet + HEADER_BYTES;
  uint64_t skip = m->next_seq - seq;
  p->figures.messages += (double)(end - m->next_seq);
  for (uint64_t s = end - seq; s > 0; s--) {
    uint32_t size = be16(at);
    if (skip > 0) skip--;
    else if (size != 0) book_decode(p->book, at + 2, size);
    at += 2 + size;
  }
  m->next_seq = end;
  m->changed = 1;
}

static void drain(path *p) {
  mold *m = &p->mold;
  while (m->count > 0) {
    int32_t first = m->sorted[0];
    const held_packet *h = &m->window[first];
    if (h->seq > m->next_seq) return;
    if (h->end > m->next_seq) apply(p, h->bytes, h->seq, h->end);
    memmove(m->sorted, m->sorted + 1, sizeof *m->sorted * (size_t)--m->count);
    m->free[m->free_count++] = first;
  }
}

/* Copies a packet that came ahead into the window, in order of sequence. */
static int32_t hold_back(path *p, const uint8_t *packet, uint32_t length, uint64_t seq,
                         uint64_t end, double now_ns) {
  mold *m = &p->mold;
  int32_t at = m->count;
  while (at > 0 && m->window[m->sorted[at - 1]].seq > seq) at--;
  if (at > 0 && m->window[m->sorted[at - 1]].end >= end) {
    p->figures.duplicates++;
    return 0;
  }
  if (m->free_count == 0 || length > PACKET_BYTES) return REF_EGAP;
  int32_t slot_of = m->free[--m->free_count];
  memmove(m->sorted + at + 1, m->sorted + at, sizeof *m->sorted * (size_t)(m->count - at));
  m->sorted[at] = slot_of;
  m->count++;
  held_packet *h = &m->window[slot_of];
  h->seq = seq;
  h->end = end;
  h->time_ns = now_ns;
  memcpy(h->bytes, packet, length);
  return 0;
}

/* A hole that is too old. */
static int32_t watch(const mold *m, double now_ns, double window_ns) {
  if (m->next_seq >= m->high_seq) return 0;
  double since = m->count > 0 ? m->window[m->sorted[0]].time_ns : m->high_ns;
  return now_ns - since >= window_ns ? REF_EGAP : 0;
}

static void settle(path *p) {
  mold *m = &p->mold;
  int32_t state = FEED_LIVE;
  if (m->end_seq != 0 && m->next_seq >= m->end_seq) state = FEED_ENDED;
  else if (m->state == FEED_INIT && m->next_seq < m->high_seq) state = FEED_INIT;
  if (state == m->state) return;
  m->state = state;
  m->changed = 1;
  maker_on_feed(p);
}

/* End of a packet: state first, then trades, statuses, books. */
static inline void finish(path *p) {
  settle(p);
  mold *m = &p->mold;
  if (!m->changed) return;
  m->changed = 0;
  book *b = p->book;
  b->trade_count = 0; /* the market maker listens to no trades */
  if (m->state == FEED_INIT) return;
  for (uint32_t k = 0; k < b->status_count; k++) {
    uint32_t i = b->status_changed[k];
    b->market[i].status_changed = 0;
    maker_on_status(p, (int32_t)i);
  }
  b->status_count = 0;
  for (uint32_t k = 0; k < b->changed_count; k++) {
    uint32_t i = b->changed[k];
    uint32_t changed = b->market[i].changed;
    b->market[i].changed = 0;
    gate_on_book(p, (int32_t)i);
    maker_on_book(p, (int32_t)i, changed);
  }
  b->changed_count = 0;
}

static void raise_high(mold *m, uint64_t seq, double now_ns) {
  if (seq <= m->high_seq) return;
  m->high_seq = seq;
  m->high_ns = now_ns;
}

int32_t mold_packet(path *p, const uint8_t *at, uint32_t length, double now_ns) {
  mold *m = &p->mold;
  p->figures.packets++;
  if (length < HEADER_BYTES) return REF_EPACKET;
  uint64_t seq = be64(at + 10);
  uint32_t count = be16(at + 18);
  if (seq >> 53 != 0 || seq == 0) return REF_EPACKET;
  int is_same = m->is_known && memcmp(at, m->session, 10) == 0;
  int is_data = count != 0 && count != END_OF_SESSION;
  uint64_t end = is_data ? seq + count : seq;
  if (is_same && is_data && end <= m->next_seq) {
    p->figures.duplicates++;
    finish(p);
    return 0;
  }
  if (!is_well_formed(at, length, count)) return REF_EPACKET;
  if (!is_same) {
    if (m->is_known) return REF_EPACKET;
    if (seq != 1) return REF_EGAP;
    memcpy(m->session, at, 10);
    m->is_known = 1;
    m->changed = 1;
    book_clear(p->book);
  }
  if (seq > m->high_seq && seq - m->high_seq > JUMP_MESSAGES_MAX) return REF_EGAP;
  if (is_data) {
    if (m->end_seq != 0 && end > m->end_seq) m->end_seq = 0;
    raise_high(m, end, now_ns);
    if (seq <= m->next_seq) {
      apply(p, at, seq, end);
      drain(p);
    } else {
      int32_t status = hold_back(p, at, length, seq, end, now_ns);
      if (status != 0) return status;
    }
  } else {
    if (count == END_OF_SESSION && seq >= m->high_seq) m->end_seq = seq;
    raise_high(m, seq, now_ns);
  }
  int32_t status = watch(m, now_ns, p->config.window_ns);
  if (status != 0) return status;
  finish(p);
  return 0;
}

int32_t mold_poll(path *p, double now_ns) { return watch(&p->mold, now_ns, p->config.window_ns); }
