/* Patches an order message and its checksum (FIX 4.4 volume 1 and 2). */
#include "fix.h"

#define SOH 1
/* An SOH and the tag behind it, and the sum of "tag=" and the SOH that ends the field. */
#define TAG_34 0x3d343301u
#define TAG_38 0x3d383301u
#define SUM_38 0xa9u
#define TAG_44 0x3d343401u
#define SUM_44 0xa6u
#define TAG_10 0x3d303101u
#define TRAILER_BYTES 7
#define SEQ_NONE INT32_MAX

const uint32_t pow10_of[10] = {1,      10,      100,      1000,      10000,
                               100000, 1000000, 10000000, 100000000, 1000000000};

/* Writes `width` digits so that they end before `end`, zeros on the left; returns their sum. Up to
 * three bytes on the left become zeros too: what stands there is written afterwards. */
static inline uint32_t put_digits(uint8_t *end, uint32_t value, uint32_t width) {
  uint8_t *at = end;
  uint32_t sum = width * '0';
  do {
    uint32_t next = value / 10000;
    uint32_t quad = decimal_quad(value - next * 10000);
    at -= 4;
    le32_put(at, quad);
    sum += quad_sum(quad);
    value = next;
  } while (at > end - width);
  return sum;
}

/* The same for any width, and nothing else is written. */
static uint32_t put_long_digits(uint8_t *end, uint64_t value, uint32_t width) {
  uint32_t sum = 0;
  for (uint8_t *at = end - 1; at >= end - width; at--) {
    *at = (uint8_t)('0' + value % 10);
    sum += *at;
    value /= 10;
  }
  return sum;
}

/* Five hexadecimal digits of the slot, eight of the generation; their sum above zeros. */
static inline uint32_t put_id(uint8_t *at, uint32_t slot, uint32_t generation) {
  uint32_t first = hex_quad(slot >> 16), second = hex_quad(slot);
  uint32_t third = hex_quad(generation >> 16), last = hex_quad(generation);
  at[0] = (uint8_t)(first >> 24);
  le32_put(at + 1, second);
  le32_put(at + 5, third);
  le32_put(at + 9, last);
  return quad_sum(first) + quad_sum(second) + quad_sum(third) + quad_sum(last);
}

/* SendingTime and TransactTime, only the decimals within one second. */
static inline uint32_t put_time(fix_template *m, const utc_time *time) {
  if (UNLIKELY(time->second != m->second)) {
    m->second = time->second;
    memcpy(m->sending_time, time->bytes, FIX_FRACTION_AT);
    memcpy(m->time, time->bytes, FIX_FRACTION_AT);
  }
  for (uint32_t k = 0; k < time->groups; k++) {
    le32_put(m->sending_time + FIX_FRACTION_AT + 3 * k, time->word[k]);
    le32_put(m->time + FIX_FRACTION_AT + 3 * k, time->word[k]);
  }
  return m->time_count * time->sum;
}

/* Up to 15 bytes behind are read, and written again later. */
static inline uint8_t *copy_text(uint8_t *at, const fix_text *text) {
  for (uint32_t k = 0; k < text->length; k += 16) memcpy(at + k, text->from + k, 16);
  return at + text->length;
}

static inline void put_body(fix_template *m, int32_t instrument, int32_t combo) {
  const fix_text *i = &m->instrument[instrument], *c = &m->combo[combo];
  m->tail = copy_text(copy_text(m->body, i), c);
  m->body_sum = i->sum + c->sum;
  m->last_instrument = instrument;
  m->last_combo = combo;
}

/* Writes `value` / 10^decimals at `at`, and its tag; adds to *sum, returns the end. */
static inline uint8_t *put_price(fix_template *m, uint8_t *at, int64_t value, uint32_t decimals,
                                 uint32_t *sum) {
  uint8_t *end = at;
  uint64_t rest = (uint64_t)value;
  if (UNLIKELY(value < 0)) {
    rest = (uint64_t)-value;
    end++;
    *sum += '-';
  }
  if (UNLIKELY(rest > INT32_MAX)) {
    uint64_t whole = rest / pow10_of[decimals];
    uint32_t width = 1;
    for (uint64_t bound = 10; whole >= bound; bound *= 10) width++;
    if (m->px_width > decimals && width < m->px_width - decimals) width = m->px_width - decimals;
    end += width;
    *sum += put_long_digits(end, whole, width);
    if (decimals > 0) {
      *end = '.';
      end += 1 + decimals;
      *sum += '.' + put_long_digits(end, rest - whole * pow10_of[decimals], decimals);
    }
  } else {
    uint32_t width = digit_count((uint32_t)rest);
    if (width <= decimals) width = decimals + 1;
    if (width < m->px_width) width = m->px_width;
    end += width;
    uint32_t whole = (uint32_t)rest;
    if (decimals > 0) {
      whole = (uint32_t)rest / pow10_of[decimals];
      *sum += '.' + put_digits(end + 1, (uint32_t)rest - whole * pow10_of[decimals], decimals);
    }
    *sum += put_digits(end - decimals, whole, width - decimals);
    if (decimals > 0) {
      end[-(int32_t)decimals] = '.';
      end++;
    }
  }
  if (UNLIKELY(value < 0)) *at = '-';
  le32_put(at - 4, TAG_44);
  return end;
}

/* The constants of the header to where these digit counts put them: when a count grows. */
static void move_head(fix_template *m, uint32_t seq_digits, uint32_t length_digits) {
  m->seq_digits = seq_digits;
  m->length_digits = length_digits;
  uint8_t *at = m->pin - seq_digits - m->type_length;
  memcpy(at, m->head + m->begin_length, m->type_length);
  at[-1] = SOH;
  at -= 1 + length_digits + m->begin_length;
  memcpy(at, m->head, m->begin_length);
  m->start = at;
}

/* MsgSeqNum, MsgType, BodyLength and BeginString. */
static uint32_t renew_head(fix_template *m, int32_t seq, uint8_t *end) {
  uint32_t seq_digits = digit_count((uint32_t)seq);
  if (seq_digits < m->seq_width) seq_digits = m->seq_width;
  uint8_t *seq_at = m->pin - seq_digits;
  uint8_t *length_end = seq_at - m->type_length - 1;
  uint32_t body_length = (uint32_t)(end - length_end - 1);
  uint32_t length_digits = digit_count(body_length);
  if (length_digits < m->length_width) length_digits = m->length_width;
  if (seq_digits != m->seq_digits || length_digits != m->length_digits)
    move_head(m, seq_digits, length_digits);
  uint32_t sum = put_digits(m->pin, (uint32_t)seq, seq_digits);
  le32_put(seq_at - 4, TAG_34);
  sum += put_digits(length_end, body_length, length_digits);
  le32_put(length_end - length_digits - 4, m->begin_end);
  m->end = end;
  int32_t low = seq % 10000;
  m->seq_floor = seq - low;
  /* A number with fewer digits than four, also after a reset, is written as a whole. */
  m->seq_first = seq_digits < 4 ? SEQ_NONE : seq_digits == 4 ? 1000 : seq - low;
  m->head_sum = sum - quad_sum(decimal_quad((uint32_t)low));
  return sum;
}

/* The header backwards from the pin. Most often only the last four digits of MsgSeqNum differ. */
static inline uint32_t put_head(fix_template *m, int32_t seq, uint8_t *end) {
  int32_t low = seq - m->seq_floor;
  if (seq < m->seq_first || low > 9999 || end != m->end) return renew_head(m, seq, end);
  uint32_t quad = decimal_quad((uint32_t)low);
  le32_put(m->pin - 4, quad);
  return m->head_sum + quad_sum(quad);
}

static const uint8_t message_of[] = {[HP_INTENT_NEW] = 0, [HP_INTENT_REPLACE] = 1,
                                     [HP_INTENT_CANCEL] = 2};

fix_template *fix_encode(fix_session *f, const hp_jr_intent *order) {
  fix_template *m = &f->template[message_of[order->kind]];
  int32_t instrument = (int32_t)order->instrument;
  int32_t combo = (order->side > 0 ? 0 : REF_COMBOS / 2) | (int32_t)(order->flags & 63);
  uint32_t sum = m->static_sum + put_id(m->id, order->slot, order->generation);
  if (m->orig_id != NULL) sum += put_id(m->orig_id, order->slot, order->orig_generation);
  sum += put_time(m, &f->time);
  if (instrument != m->last_instrument || combo != m->last_combo) put_body(m, instrument, combo);
  sum += m->body_sum;
  uint8_t *at = m->tail;
  if (m->has_qty) {
    uint32_t width = digit_count((uint32_t)order->qty);
    if (width < m->qty_width) width = m->qty_width;
    uint8_t *end = at + 3 + width;
    sum += SUM_38 + put_digits(end, (uint32_t)order->qty, width);
    le32_put(at - 1, TAG_38);
    at = end + 1;
  }
  if (order->kind != HP_INTENT_CANCEL && (order->flags & ORDER_MARKET) == 0) {
    int64_t value = (int64_t)order->px * f->unit[instrument];
    sum += SUM_44;
    at = put_price(m, at + 3, value, (uint32_t)f->decimals[instrument], &sum) + 1;
  }
  sum += put_head(m, (int32_t)order->msg_seq, at);
  /* "10=ccc|" behind the SOH of the last field. */
  le32_put(at + 2, decimal_quad(sum & 255));
  le32_put(at - 1, TAG_10);
  at[6] = SOH;
  m->length = (uint32_t)(at + TRAILER_BYTES - m->start);
  return m;
}
