/* The check word is src/journal/check.ts: two lanes over the words, folded together at the end. */
#include "journal.h"

#include <stdlib.h>
#include <string.h>

#include "reference.h"

#define RECORD_WORDS (sizeof(hp_record) / 4)
#define LANE_A 0x3c6ef372u
#define LANE_B 0x510e527fu
#define FOLD 0x2545f491u

static inline uint32_t step(uint32_t lane, uint32_t word) {
  return (lane << 5 | lane >> 27) + word;
}

static inline uint32_t folded(uint32_t a, uint32_t b, uint32_t count) {
  uint32_t mixed = (a ^ (b << 13 | b >> 19) ^ count) * FOLD;
  return mixed ^ mixed >> 16;
}

static uint32_t record_check(const uint32_t *words, uint32_t count) {
  uint32_t a = words[1] ^ LANE_A, b = words[2] ^ LANE_B;
  for (uint32_t i = 4; i < count; i += 2) {
    a = step(a, words[i]);
    b = step(b, words[i + 1]);
  }
  return folded(a, b, count);
}

/* The same, while the end of the record, from the word `to` on, is filled with bytes and zeros. */
static uint32_t copy_checked(uint32_t *words, uint32_t count, uint32_t to, const uint8_t *from,
                             uint32_t length) {
  uint32_t a = words[1] ^ LANE_A, b = words[2] ^ LANE_B;
  uint32_t i = 4;
  for (; i < to; i += 2) {
    a = step(a, words[i]);
    b = step(b, words[i + 1]);
  }
  const uint8_t *whole = from + (length & ~7u);
  uint64_t both;
  for (; from < whole; from += 8, i += 2) {
    memcpy(&both, from, 8);
    memcpy(&words[i], &both, 8);
    a = step(a, (uint32_t)both);
    b = step(b, (uint32_t)(both >> 32));
  }
  if ((length & 7) != 0) {
    memcpy(&both, from, 8);
    both &= (UINT64_C(1) << 8 * (length & 7)) - 1;
    memcpy(&words[i], &both, 8);
    a = step(a, (uint32_t)both);
    b = step(b, (uint32_t)(both >> 32));
  }
  return folded(a, b, count);
}

int journal_open(journal *j, uint32_t bytes, uint32_t epoch) {
  memset(j, 0, sizeof *j);
  if (bytes < 4096 || (bytes & (bytes - 1)) != 0) return 0;
  uint8_t *memory = aligned_alloc(4096, (HP_JOURNAL_DATA + bytes + 4095) & ~4095u);
  if (memory == NULL) return 0;
  memset(memory, 0, HP_JOURNAL_DATA + bytes);
  j->header = (hp_journal *)memory;
  j->header->magic = HP_MAGIC;
  j->header->abi = HP_ABI_VERSION;
  j->header->data_size = bytes;
  j->header->epoch = epoch;
  j->header->next_number = 1;
  j->words = (uint32_t *)(memory + HP_JOURNAL_DATA);
  j->size = bytes;
  j->mask = bytes - 1;
  j->limit = bytes / 4 * 3;
  j->number = 1;
  j->epoch = epoch;
  return 1;
}

void journal_close(journal *j) { free(j->header); }

uint32_t *journal_begin(journal *j, uint32_t type, uint32_t body_bytes) {
  uint32_t total = ((uint32_t)sizeof(hp_record) + body_bytes + 7) & ~7u;
  uint32_t at = j->head & j->mask;
  uint32_t at_end = j->size - at;
  uint32_t pad = at_end < total ? at_end : 0;
  if (j->size - (j->head - j->tail) < total + pad) j->tail = j->head;
  if (pad != 0) at = 0;
  uint32_t word = at / 4;
  if ((body_bytes & 7) != 0) memset(&j->words[word + total / 4 - 2], 0, 8);
  j->open_at = word;
  j->open_pad = pad;
  j->open_bytes = total;
  j->open_type = type;
  return &j->words[word + RECORD_WORDS];
}

static hp_record *write_header(journal *j, double time_ns) {
  if (j->open_pad != 0) {
    uint32_t end = (j->head & j->mask) / 4;
    j->words[end + 1] = HP_JR_PAD;
    j->words[end] = j->open_pad;
  }
  hp_record *r = (hp_record *)&j->words[j->open_at];
  r->type = (uint16_t)j->open_type;
  r->engine = 0;
  r->number = j->number;
  r->time_ns = time_ns;
  r->epoch = j->epoch;
  r->reserved = 0;
  return r;
}

static void publish(journal *j, hp_record *r, uint32_t check) {
  r->check = check;
  __atomic_store_n(&r->length, j->open_bytes, __ATOMIC_RELEASE);
  j->number++;
  j->head += j->open_pad + j->open_bytes;
  j->header->next_number = j->number;
  __atomic_store_n(&j->header->head, j->head, __ATOMIC_RELEASE);
}

void journal_commit(journal *j, double time_ns) {
  hp_record *r = write_header(j, time_ns);
  publish(j, r, record_check(&j->words[j->open_at], j->open_bytes / 4));
}

void journal_commit_bytes(journal *j, double time_ns, const uint8_t *from, uint32_t length) {
  hp_record *r = write_header(j, time_ns);
  uint32_t to = (j->open_bytes - ((length + 7) & ~7u)) / 4;
  publish(j, r, copy_checked(&j->words[j->open_at], j->open_bytes / 4, to, from, length));
}

int32_t ref_record_check(const uint32_t *words, int32_t count) {
  return (int32_t)record_check(words, (uint32_t)count);
}
