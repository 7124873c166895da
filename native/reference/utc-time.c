/* UTCTimestamp (FIX 4.4 volume 1, data types): only the digits that changed are written. */
#include "fix.h"

#define NS_PER_S 1e9
#define S_PER_DAY 86400

static void two(uint8_t *at, int64_t value) {
  at[0] = (uint8_t)('0' + value / 10);
  at[1] = (uint8_t)('0' + value % 10);
}

/* Civil date of a day number (days since 1970-01-01), by 400-year eras of 146,097 days. */
static void set_day(utc_time *t, int64_t day) {
  t->day = day;
  int64_t z = day + 719468;
  int64_t era = z / 146097;
  int64_t of_era = z - era * 146097;
  int64_t year_of_era =
      (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t shifted = (5 * of_year + 2) / 153;
  int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  int64_t year = year_of_era + era * 400 + (month <= 2);
  two(t->bytes, year / 100);
  two(t->bytes + 2, year % 100);
  two(t->bytes + 4, month);
  two(t->bytes + 6, of_year - (153 * shifted + 2) / 5 + 1);
}

/* Writes the second of wall_ns; returns the ns that are left. */
static double set_second(utc_time *t, double wall_ns) {
  double wall = floor_of(wall_ns / NS_PER_S);
  int is_early = wall + t->start_s < 0;
  int64_t second = is_early ? 0 : (int64_t)(wall + t->start_s);
  t->second_ns = is_early ? -1e300 : wall * NS_PER_S;
  t->second = second;
  int64_t day = second / S_PER_DAY;
  if (day != t->day) set_day(t, day);
  int64_t s = second % S_PER_DAY;
  two(t->bytes + 9, s / 3600);
  two(t->bytes + 12, s / 60 % 60);
  two(t->bytes + 15, s % 60);
  t->second_sum = t->groups == 0 ? 0 : '.';
  for (int i = 0; i < FIX_FRACTION_AT; i++) t->second_sum += t->bytes[i];
  return is_early ? 0 : wall_ns - t->second_ns;
}

void utc_open(utc_time *t, double start_s, uint32_t digits) {
  *t = (utc_time){.start_s = start_s, .second_ns = -1e300, .second = -1, .day = -1};
  t->groups = digits / 3;
  t->length = digits == 0 ? FIX_FRACTION_AT : FIX_FRACTION_AT + 1 + digits;
  t->bytes[8] = '-';
  t->bytes[11] = t->bytes[14] = ':';
}

void utc_set(utc_time *t, double wall_ns) {
  double left = wall_ns - t->second_ns;
  if (UNLIKELY(!(left >= 0 && left < NS_PER_S))) left = set_second(t, wall_ns);
  uint32_t rest = (uint32_t)left;
  uint32_t before = '.';
  uint32_t sum = t->second_sum;
  uint32_t scale = 1000000;
  for (uint32_t k = 0; k < t->groups; k++) {
    uint32_t group = rest / scale;
    rest -= group * scale;
    scale /= 1000;
    uint32_t quad = decimal_quad(group);
    sum += quad_sum(quad) + 3 * '0';
    uint32_t word = (quad & ~0xffu) | before;
    t->word[k] = word;
    le32_put(t->bytes + FIX_FRACTION_AT + 3 * k, word);
    before = word >> 24;
  }
  t->sum = sum;
}
