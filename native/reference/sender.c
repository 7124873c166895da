/* The way out: journal first, then the stream. Messages of one packet gather and leave in one send.
 * The stream is a pipe of the size that the shim's has. As sender.ts and backlog.ts of src/fix/session. */
#include "path.h"

static inline uint32_t bucket_of(double ns) {
  if (!(ns >= 1)) return 0;
  if (ns >= 137438953472.0) return HP_HIST_BUCKETS - 1;
  uint64_t value = (uint64_t)ns;
  uint32_t octave = 63 - (uint32_t)__builtin_clzll(value);
  uint32_t shift = octave > 6 ? octave - 6 : 0;
  return (shift << 6) + (uint32_t)(value >> shift);
}

int32_t ref_bucket_of(double ns) { return (int32_t)bucket_of(ns); }

/* Encodes and journals p->intent; returns its MsgSeqNum, or a DENY_* code. */
int32_t sender_order(path *p, double now_ns) {
  hp_jr_intent *o = &p->intent;
  int opens = o->kind != HP_INTENT_CANCEL;
  if (opens && !journal_has_room(&p->journal)) return DENY_JOURNAL;
  utc_set(&p->fix->time, now_ns);
  o->msg_seq = (uint32_t)p->next_out;
  const fix_template *m = fix_encode(p->fix, o);
  if (p->waiting_count == WAITING_MAX || p->inbox_count == WAITING_MAX ||
      (uint32_t)p->waiting_bytes + m->length > sizeof p->backlog)
    return DENY_BACKPRESSURE;
  uint32_t *body = journal_begin(&p->journal, HP_JR_INTENT, (uint32_t)sizeof *o + m->length);
  o->bytes = m->length;
  memcpy(body, o, sizeof *o);
  journal_commit_bytes(&p->journal, now_ns, m->start, m->length);
  memcpy(p->backlog + p->waiting_bytes, m->start, m->length);
  p->waiting_bytes += (int32_t)m->length;
  p->waiting[p->waiting_count] = (waiting){p->next_out, (int32_t)o->slot, (int32_t)m->length,
                                           p->waiting_bytes};
  p->inbox[p->inbox_count++] =
      (venue_message){(int32_t)o->kind, (int32_t)o->slot, o->qty, o->px, o->generation};
  p->waiting_count++;
  return p->next_out++;
}

static void pipe_send(hp_pipe *pipe, const uint8_t *from, uint32_t length) {
  uint32_t at = pipe->sent_head & (HP_PIPE_DATA - 1);
  uint32_t first = HP_PIPE_DATA - at < length ? HP_PIPE_DATA - at : length;
  memcpy(pipe->sent + at, from, first);
  memcpy(pipe->sent, from + first, length - first);
  pipe->sent_head += length;
}

/* Sends what has gathered, and notes each message that left. */
void sender_release(path *p) {
  if (p->waiting_count == 0) return;
  uint64_t handed = __rdtsc();
  uint32_t length = (uint32_t)p->waiting_bytes;
  if (length > HP_PIPE_DATA - (p->pipe->sent_head - p->pipe->sent_tail)) {
    p->fault = REF_ESPACE;
    return;
  }
  pipe_send(p->pipe, p->backlog, length);
  double sent_ns = path_now(p);
  double latency = (double)(int64_t)(handed - p->burst_tsc) * p->ns_per_tick;
  for (int32_t k = 0; k < p->waiting_count; k++) {
    const waiting *w = &p->waiting[k];
    if (p->burst_tsc != 0) p->latency[bucket_of(latency)]++;
    hp_jr_sent *s = (hp_jr_sent *)journal_begin(&p->journal, HP_JR_SENT, sizeof *s);
    *s = (hp_jr_sent){0, (uint32_t)w->seq, (uint32_t)w->slot, (uint32_t)w->bytes};
    journal_commit(&p->journal, sent_ns);
  }
  p->waiting_count = 0;
  p->waiting_bytes = 0;
}
