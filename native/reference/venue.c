/* The rule that stands for a venue (ref_path_config, fill_*): answers each message that was sent,
 * in order. What it says takes effect when the answers are applied, not before. */
#include "path.h"

static void say(path *p, int32_t kind, const venue_message *m, int32_t qty, int32_t px,
                int32_t is_done) {
  if (p->answer_count == ANSWERS_MAX) {
    p->fault = REF_ESPACE;
    return;
  }
  p->answers[p->answer_count++] = (answer){kind, m->slot, m->generation, qty, px, is_done};
}

static int is_turn(uint32_t count, double every) {
  return every >= 1 && count % (uint32_t)every == 0;
}

static void fill(path *p, venue_order *o, const venue_message *m) {
  int32_t open = o->qty - o->cum;
  int is_half = is_turn(++p->venue_fills, p->config.half_fill_every) && open > 1;
  int32_t qty = is_half ? open / 2 : open;
  o->cum += qty;
  o->is_done = o->cum == o->qty;
  say(p, ANSWER_FILL, m, qty, o->px, o->is_done);
}

static void answer_one(path *p, const venue_message *m) {
  venue_order *o = &p->venue[m->slot];
  if (m->kind == HP_INTENT_NEW) {
    *o = (venue_order){.qty = m->qty, .px = m->px};
    say(p, ANSWER_ACK, m, m->qty, m->px, 0);
    if (is_turn(++p->venue_news, p->config.fill_new_every)) fill(p, o, m);
  } else if (o->is_done) {
    say(p, ANSWER_TOO_LATE, m, 0, 0, 1);
  } else if (m->kind == HP_INTENT_CANCEL) {
    o->is_done = 1;
    say(p, ANSWER_CANCELED, m, 0, 0, 0);
  } else {
    o->qty = m->qty;
    o->px = m->px;
    o->is_done = o->cum >= o->qty;
    say(p, ANSWER_REPLACED, m, m->qty, m->px, o->is_done);
    if (is_turn(++p->venue_replaces, p->config.fill_replace_every) && !o->is_done) fill(p, o, m);
  }
}

int32_t venue_serve(path *p) {
  hp_pipe *pipe = p->pipe;
  uint32_t length = pipe->sent_head - pipe->sent_tail;
  if (p->out != NULL && length > p->out_capacity - p->out_bytes) p->fault = REF_ESPACE;
  else if (p->out != NULL) {
    uint32_t at = pipe->sent_tail & (HP_PIPE_DATA - 1);
    uint32_t first = HP_PIPE_DATA - at < length ? HP_PIPE_DATA - at : length;
    memcpy(p->out + p->out_bytes, pipe->sent + at, first);
    memcpy(p->out + p->out_bytes + first, pipe->sent, length - first);
  }
  p->out_bytes += length;
  pipe->sent_tail = pipe->sent_head;
  int32_t count = p->inbox_count;
  p->inbox_count = 0;
  p->answer_count = 0;
  for (int32_t k = 0; k < count; k++) answer_one(p, &p->inbox[k]);
  return count;
}
