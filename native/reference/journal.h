/* The engine's end of a journal ring (hp_journal): records that are never wrapped, a check over
 * each, its length stored last. Nobody drains this ring: its writer throws the old records away. */
#ifndef REFERENCE_JOURNAL_H
#define REFERENCE_JOURNAL_H

#include "hairpin.h"

typedef struct journal {
  hp_journal *header;
  uint32_t *words; /* the data behind the header */
  uint32_t size, mask, limit;
  uint32_t head, tail;
  uint32_t number;
  uint32_t epoch;
  uint32_t open_at, open_pad, open_bytes, open_type;
} journal;

int journal_open(journal *j, uint32_t bytes, uint32_t epoch);
void journal_close(journal *j);
/* Body of a new record. */
uint32_t *journal_begin(journal *j, uint32_t type, uint32_t body_bytes);
void journal_commit(journal *j, double time_ns);
/* The end of the body is filled with from[0 .. length); up to seven bytes behind are read. */
void journal_commit_bytes(journal *j, double time_ns, const uint8_t *from, uint32_t length);

/* Three quarters full: a new order would be denied. */
static inline int journal_has_room(journal *j) {
  if (j->header->broken != 0) return 0;
  if (j->head - j->tail >= j->limit) j->tail = j->head;
  return 1;
}

#endif
