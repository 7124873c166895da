/* FIX order messages as prepared bytes: a send patches what differs.
 *
 *   start                 pin                                          end
 *   |8=FIX.4.4|9=181|35=D|34=|4711|49=..|56=..|52=time|11=HPsssssgggggggg|1=..|60=time|...
 *   <-- written backwards --  ^    <------ fixed: patched in place ------>
 *                                     ...|55=AAPL|207=..|54=1|40=2|59=0|38=100|44=1.2|10=ccc|
 *                                        <- instrument -><---- combo --->< forward >
 *
 * Instrument and combo (side and flags) are written again only when they differ from the last
 * order's; the checksum is a sum of sums. */
#ifndef REFERENCE_FIX_H
#define REFERENCE_FIX_H

#include "bytes.h"
#include "hairpin.h"
#include "reference.h"

#define FIX_HEAD_BYTES 64
#define FIX_BYTES 2048
#define FIX_FRACTION_AT 17

/* order flags, as src/core/codes.ts */
#define ORDER_MARKET 1
#define ORDER_IOC 2
#define ORDER_FOK 4
#define ORDER_POST_ONLY 8
#define ORDER_SHORT 16
#define ORDER_SHORT_EXEMPT 32

/* UTCTimestamp: YYYYMMDD-HH:MM:SS and 0, 3, 6 or 9 decimals. */
typedef struct utc_time {
  double start_s; /* of the session date, Unix seconds */
  double second_ns;
  int64_t second; /* Unix second of the text */
  int64_t day;
  uint32_t groups; /* of three decimals */
  uint32_t length;
  uint32_t second_sum;
  uint32_t sum;
  /* Behind the second, in words that overlap by a byte: the point and the milliseconds; the last
   * digit before and the microseconds; nanoseconds. */
  uint32_t word[3];
  uint8_t bytes[32];
} utc_time;

typedef struct fix_text {
  const uint8_t *from;
  uint32_t length;
  uint32_t sum;
} fix_text;

typedef struct fix_template {
  uint8_t *start; /* of the message; valid after fix_encode */
  uint32_t length;
  uint32_t static_sum;
  uint8_t *pin;
  uint8_t *sending_time;
  uint8_t *time; /* = sending_time when the message has no TransactTime */
  uint8_t *id;
  uint8_t *orig_id; /* NULL when the message has no OrigClOrdID */
  uint8_t *body;
  uint32_t time_count;
  uint32_t has_qty;
  uint32_t seq_width, length_width, qty_width, px_width;
  fix_text *instrument;
  fix_text *combo;
  int32_t last_instrument, last_combo;
  uint32_t body_sum;
  uint8_t *tail;
  int64_t second;
  /* Of the last header: where the body ended, its MsgSeqNum with four zeros at the end, the first
   * number with the same digits before those four, and the sum of its digits without them. */
  uint8_t *end;
  int32_t seq_floor, seq_first;
  uint32_t head_sum;
  uint32_t seq_digits, length_digits;
  uint32_t begin_length, type_length, begin_end;
  uint8_t head[64]; /* "8=FIX.4.4|9=" and behind it "35=D|34=" */
  uint8_t buffer[FIX_BYTES];
} fix_template;

typedef struct fix_session {
  utc_time time;
  uint32_t instruments;
  int32_t *decimals; /* by instrument, and its price unit in the last of them */
  int32_t *unit;
  uint8_t *texts;
  fix_text *text;
  fix_template template[REF_MESSAGES]; /* D, G, F */
} fix_session;

/* utc-time.c: brings the text to wall_ns, ns since the start of the session date. */
void utc_set(utc_time *t, double wall_ns);
void utc_open(utc_time *t, double start_s, uint32_t digits);
/* Patches the message of an intent's kind; `time` stands at the moment of sending. */
fix_template *fix_encode(fix_session *f, const hp_jr_intent *order);
void fix_free(fix_session *f);

/* ---- digits as text, four characters to a little-endian word --------------------------------- */

#define ZEROS 0x30303030u
extern const uint32_t pow10_of[10];

static inline uint32_t digit_count(uint32_t value) {
  /* 1233 / 4096 is a little more than log10(2). */
  uint32_t odd = value | 1;
  uint32_t least = (32 - (uint32_t)__builtin_clz(odd)) * 1233 >> 12;
  return odd < pow10_of[least] ? least : least + 1;
}

/* "0000" .. "9999". */
static inline uint32_t decimal_quad(uint32_t value) {
  uint32_t hundreds = value * 5243 >> 19;
  uint32_t pairs = hundreds | (value - hundreds * 100) << 16;
  uint32_t tens = (pairs * 103 >> 10) & 0x000f000f;
  return tens | (pairs - tens * 10) << 8 | ZEROS;
}

/* "0000" .. "ffff" of the low 16 bits. */
static inline uint32_t hex_quad(uint32_t value) {
  uint32_t nibbles =
      (value >> 12 & 15) | (value & 0xf00) | (value & 0xf0) << 12 | (value & 15) << 24;
  uint32_t letters = (nibbles + 0x06060606) >> 4 & 0x01010101;
  return nibbles + ZEROS + letters * 39;
}

/* By how much the sum of a word of digits is more than that of "0000". */
static inline uint32_t quad_sum(uint32_t quad) { return (quad - ZEROS) * 0x01010101u >> 24; }

#endif
