/* Lays the templates out from their texts, once, and the encoder alone as a caller sees it. */
#include <stdlib.h>

#include "fix.h"

#define ID_DIGITS 13

static uint32_t sum_of(const uint8_t *at, uint32_t length) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < length; i++) sum += at[i];
  return sum;
}

/* Appends to the fixed part. */
static uint8_t *append(uint8_t *at, const void *from, uint32_t length) {
  memcpy(at, from, length);
  return at + length;
}

static uint8_t *append_zeros(uint8_t *at, uint32_t length) {
  memset(at, '0', length);
  return at + length;
}

/* texts: begin string, id prefix; message: type, header, body, instruments, combos. */
static int lay_out(fix_session *f, fix_template *m, fix_text *shared, fix_text *message,
                   int has_orig, int has_time, int has_qty, int zero_pad) {
  fix_text *begin = &shared[0], *prefix = &shared[1];
  fix_text *type = &message[0], *header = &message[1], *body = &message[2];
  uint32_t longest = 0;
  for (uint32_t i = 0; i < f->instruments; i++)
    if (message[3 + i].length > longest) longest = message[3 + i].length;
  uint32_t combo = 0;
  for (uint32_t i = 0; i < REF_COMBOS; i++)
    if (message[3 + f->instruments + i].length > combo)
      combo = message[3 + f->instruments + i].length;
  if (begin->length + type->length > 40 || header->length + body->length + longest + combo > 1600)
    return 0;
  uint8_t *h = append(m->head, "8=", 2);
  h = append(append(h, begin->from, begin->length), "\0019=", 3);
  m->begin_length = (uint32_t)(h - m->head);
  memcpy(&m->begin_end, h - 4, 4);
  h = append(append(append(h, "35=", 3), type->from, type->length), "\00134=", 4);
  m->type_length = (uint32_t)(h - m->head) - m->begin_length;
  m->pin = m->buffer + FIX_HEAD_BYTES;
  uint8_t *at = append(append(m->pin, "\001", 1), header->from, header->length);
  at = append(at, "52=", 3);
  m->sending_time = at;
  at = append_zeros(at, f->time.length);
  at = append(append(at, "\00111=", 4), prefix->from, prefix->length);
  m->id = at;
  at = append(append_zeros(at, ID_DIGITS), "\001", 1);
  if (has_orig) {
    at = append(append(at, "41=", 3), prefix->from, prefix->length);
    m->orig_id = at;
    at = append(append_zeros(at, ID_DIGITS), "\001", 1);
  }
  at = append(at, body->from, body->length);
  m->time = m->sending_time;
  m->time_count = has_time ? 2 : 1;
  if (has_time) {
    at = append(at, "60=", 3);
    m->time = at;
    at = append(append_zeros(at, f->time.length), "\001", 1);
  }
  m->body = at;
  /* The times are added at each send, and the SOH behind BodyLength stands in neither text. */
  m->static_sum = sum_of(m->head, (uint32_t)(h - m->head)) + 1 +
                  sum_of(m->pin, (uint32_t)(at - m->pin)) -
                  m->time_count * f->time.length * '0';
  m->has_qty = has_qty != 0;
  m->instrument = &message[3];
  m->combo = &message[3 + f->instruments];
  m->seq_width = zero_pad ? 9 : 1;
  m->length_width = zero_pad ? 6 : 1;
  m->qty_width = zero_pad ? 10 : 1;
  m->px_width = zero_pad ? 12 : 1;
  m->last_instrument = m->last_combo = -1;
  m->second = -1;
  m->seq_first = INT32_MAX;
  return 1;
}

void *ref_fix_open(const ref_fix_config *c, const ref_instrument *instruments,
                   const uint8_t *texts, const uint32_t *segments) {
  uint32_t n = (uint32_t)c->instruments;
  uint32_t per_message = 3 + n + REF_COMBOS;
  uint32_t count = 2 + REF_MESSAGES * per_message;
  uint32_t bytes = 0;
  for (uint32_t k = 0; k < count; k++)
    if (segments[2 * k] + segments[2 * k + 1] > bytes)
      bytes = segments[2 * k] + segments[2 * k + 1];
  fix_session *f = calloc(1, sizeof *f);
  if (f == NULL) return NULL;
  f->instruments = n;
  f->decimals = calloc(n + 1, sizeof *f->decimals);
  f->unit = calloc(n + 1, sizeof *f->unit);
  f->texts = calloc(1, bytes + 16);
  f->text = calloc(count, sizeof *f->text);
  int ok = f->decimals && f->unit && f->texts && f->text;
  if (ok) {
    memcpy(f->texts, texts, bytes);
    for (uint32_t k = 0; k < count; k++) {
      const uint8_t *from = f->texts + segments[2 * k];
      f->text[k] = (fix_text){from, segments[2 * k + 1], sum_of(from, segments[2 * k + 1])};
    }
    for (uint32_t i = 0; i < n; i++) {
      f->decimals[i] = (int32_t)instruments[i].price_decimals;
      f->unit[i] = (int32_t)instruments[i].price_unit;
    }
    utc_open(&f->time, c->session_start_s, (uint32_t)c->timestamp_digits);
    for (uint32_t m = 0; m < REF_MESSAGES && ok; m++)
      ok = lay_out(f, &f->template[m], f->text, &f->text[2 + m * per_message],
                   (uint32_t)c->has_orig >> m & 1, (uint32_t)c->has_time >> m & 1,
                   (uint32_t)c->has_qty >> m & 1, c->zero_pad != 0);
  }
  if (ok) return f;
  fix_free(f);
  return NULL;
}

void fix_free(fix_session *f) {
  if (f == NULL) return;
  free(f->decimals);
  free(f->unit);
  free(f->texts);
  free(f->text);
  free(f);
}

void ref_fix_close(void *fix) { fix_free(fix); }

static int is_known(const fix_session *f, const hp_jr_intent *o) {
  return o->kind >= HP_INTENT_NEW && o->kind <= HP_INTENT_REPLACE && o->instrument < f->instruments;
}

int32_t ref_fix_encode(void *fix, const int32_t *order, double wall_ns, uint8_t *out) {
  fix_session *f = fix;
  hp_jr_intent o;
  memcpy(&o, order, sizeof o);
  if (!is_known(f, &o)) return REF_EINVAL;
  utc_set(&f->time, wall_ns);
  const fix_template *m = fix_encode(f, &o);
  memcpy(out, m->start, m->length);
  return (int32_t)m->length;
}

int32_t ref_fix_encode_n(void *fix, const int32_t *orders, int32_t count, double wall_ns,
                         double step_ns, int32_t n) {
  fix_session *f = fix;
  hp_jr_intent o;
  uint32_t sum = 0;
  if (count < 1 || (count & (count - 1)) != 0) return REF_EINVAL;
  for (int32_t k = 0; k < n; k++) {
    memcpy(&o, orders + 12 * (k & (count - 1)), sizeof o);
    if (!is_known(f, &o)) return REF_EINVAL;
    o.msg_seq += (uint32_t)k;
    o.generation += (uint32_t)k;
    utc_set(&f->time, wall_ns + k * step_ns);
    const fix_template *m = fix_encode(f, &o);
    sum += m->length + m->start[m->length - 2];
  }
  return (int32_t)(sum & INT32_MAX);
}
