#include "../src/frame.h"

#include "frames.h"

static hp_lines lines;

static void lines_make(void) {
  hp_port_config config = {.line_count = 3};
  config.line[0] = (hp_port_line){GROUP, PORT, 0, 0, 0, 0};
  config.line[1] = (hp_port_line){GROUP_B, PORT, 0, SOURCE, 2, 7};
  config.line[2] = (hp_port_line){0, PORT, 0x0a4d0001, 0, 0, 1};
  EQ(hp_lines_set(&lines, &config), HP_OK);
}

/* Parses a copy that ends where the heap block ends: a read outside stops the program. */
static int find(const test_frame *f, uint32_t length, uint32_t checked, hp_payload *out) {
  uint8_t *exact = malloc(length);
  memcpy(exact, f->bytes, length);
  int verdict = hp_frame_find(exact, length, f->length, &lines, checked, out);
  if (verdict == HP_FRAME_OURS) CHECK(out->offset + out->length <= length);
  free(exact);
  return verdict;
}

static void expect(test_frame *f, int verdict) {
  hp_payload out;
  EQ(find(f, f->length, 0, &out), verdict);
  free(f);
}

static void a_sound_frame_is_found_behind_tags_and_options(void) {
  for (int tags = 0; tags <= 2; tags++)
    for (uint32_t options = 0; options <= 10; options++)
      for (uint32_t length = 0; length < 40; length++) {
        test_frame *f = frame_make(GROUP, PORT, length, tags, options);
        hp_payload out;
        EQ(find(f, f->length, 0, &out), HP_FRAME_OURS);
        EQ(out.offset, f->udp + 8);
        EQ(out.length, length);
        EQ(out.flags, 0);
        EQ(out.index, 0);
        free(f);
      }
}

static void a_line_is_address_port_and_source(void) {
  hp_payload out;
  test_frame *f = frame_make(GROUP_B, PORT, 10, 0, 0);
  EQ(find(f, f->length, 0, &out), HP_FRAME_OURS);
  EQ(out.index, 1);
  put(f->bytes + f->ip + 12, SOURCE + 1, 4);
  frame_seal(f);
  EQ(find(f, f->length, 0, &out), HP_FRAME_STRANGER);
  free(f);
  f = frame_make(0x0a4d0001, PORT, 10, 0, 0);
  EQ(find(f, f->length, 0, &out), HP_FRAME_OURS);
  EQ(out.index, 2);
  free(f);
  expect(frame_make(GROUP, PORT + 1, 10, 0, 0), HP_FRAME_STRANGER);
  expect(frame_make(GROUP + 9, PORT, 10, 0, 0), HP_FRAME_STRANGER);
}

static void padding_behind_the_packet_is_no_payload(void) {
  test_frame *f = frame_make(GROUP, PORT, 3, 0, 0);
  f->length = 60;
  hp_payload out;
  EQ(find(f, f->length, 0, &out), HP_FRAME_OURS);
  EQ(out.length, 3);
  free(f);
}

static void other_protocols_are_strangers(void) {
  test_frame *f = frame_make(GROUP, PORT, 30, 0, 0);
  put(f->bytes + 12, HP_TYPE_ARP, 2);
  expect(f, HP_FRAME_STRANGER);
  f = frame_make(GROUP, PORT, 30, 0, 0);
  put(f->bytes + 12, 0x86dd, 2);
  expect(f, HP_FRAME_STRANGER);
  f = frame_make(GROUP, PORT, 30, 0, 0);
  put(f->bytes + 12, 46, 2); /* IEEE 802.3 length */
  expect(f, HP_FRAME_STRANGER);
  f = frame_make(GROUP, PORT, 30, 0, 0);
  f->bytes[f->ip + 9] = 6;
  expect(f, HP_FRAME_STRANGER);
  f = frame_make(GROUP, PORT, 30, 2, 0);
  put(f->bytes + 20, 0x8100, 2); /* a third tag */
  expect(f, HP_FRAME_STRANGER);
}

static void headers_that_contradict_themselves_are_malformed(void) {
#define MALFORMED(...)                                \
  do {                                                \
    test_frame *f = frame_make(GROUP, PORT, 30, 0, 0); \
    uint8_t *ip = f->bytes + f->ip;                   \
    uint8_t *udp = f->bytes + f->udp;                 \
    (void)ip, (void)udp;                              \
    __VA_ARGS__;                                      \
    expect(f, HP_FRAME_MALFORMED);                    \
  } while (0)
  MALFORMED(ip[0] = 0x55);               /* version 5 under the type of version 4 */
  MALFORMED(ip[0] = 0x44);               /* a header of 16 bytes */
  MALFORMED(put(ip + 2, 19, 2));         /* shorter than its own header */
  MALFORMED(put(ip + 2, 27, 2));         /* no room for UDP */
  MALFORMED(put(ip + 2, 59, 2));         /* longer than the frame */
  MALFORMED(put(udp + 4, 7, 2));         /* shorter than its header */
  MALFORMED(put(udp + 4, 39, 2));        /* longer than the packet */
  MALFORMED(put(udp + 4, 0, 2));
  MALFORMED(ip[0] = 0x4f);               /* options that reach into the payload: total is too small */
  MALFORMED(f->length = 13);
  MALFORMED(f->length = f->ip + 19);
  MALFORMED(f->length = f->ip + 20);
}

static void fragments_of_ours_are_counted_as_such(void) {
  static const uint32_t WORDS[] = {0x2000, 0x2001, 0x0001, 0x1fff, 0x6000};
  for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
    for (int ours = 0; ours < 2; ours++) {
      test_frame *f = frame_make(ours ? GROUP : GROUP + 9, PORT, 30, 0, 0);
      put(f->bytes + f->ip + 6, WORDS[i], 2);
      frame_seal(f);
      expect(f, ours ? HP_FRAME_FRAGMENT : HP_FRAME_STRANGER);
    }
  test_frame *f = frame_make(GROUP, PORT, 30, 0, 0);
  put(f->bytes + f->ip + 6, 0x4000, 2); /* "do not fragment" is no fragment */
  frame_seal(f);
  expect(f, HP_FRAME_OURS);
}

static void every_flipped_bit_under_a_checksum_is_noticed(void) {
  test_frame *f = frame_make(GROUP, PORT, 33, 1, 1);
  for (uint32_t bit = f->ip * 8; bit < f->length * 8; bit++) {
    hp_payload out;
    f->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    CHECK(find(f, f->length, 0, &out) != HP_FRAME_OURS);
    f->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
  }
  free(f);
}

static void checksums_that_are_absent_partial_or_checked_already_are_taken(void) {
  hp_payload out;
  test_frame *f = frame_make(GROUP, PORT, 31, 0, 0);
  uint8_t *udp = f->bytes + f->udp;
  put(udp + 6, 0, 2);
  EQ(find(f, f->length, 0, &out), HP_FRAME_OURS);
  /* What a sender on this host leaves for a card that is not there. */
  put(udp + 6, plain_sum(f->bytes + f->ip + 12, 8, 17 + 39), 2);
  EQ(find(f, f->length, 0, &out), HP_FRAME_OURS);
  put(udp + 6, 0x1234, 2);
  EQ(find(f, f->length, 0, &out), HP_FRAME_BAD_CHECKSUM);
  EQ(find(f, f->length, HP_CHECKED_UDP, &out), HP_FRAME_OURS);
  lines.skips_checksum = 1;
  EQ(find(f, f->length, 0, &out), HP_FRAME_OURS);
  put(f->bytes + f->ip + 10, 0x1234, 2);
  EQ(find(f, f->length, 0, &out), HP_FRAME_BAD_CHECKSUM);
  EQ(find(f, f->length, HP_CHECKED_IP, &out), HP_FRAME_OURS);
  lines.skips_checksum = 0;
  free(f);
}

static void a_frame_cut_anywhere_is_malformed_or_flagged(void) {
  for (int tags = 0; tags <= 2; tags++) {
    test_frame *f = frame_make(GROUP, PORT, 40, tags, 2);
    for (uint32_t length = 0; length < f->length; length++) {
      hp_payload out;
      int verdict = find(f, length, 0, &out);
      if (length < f->udp + 8) {
        CHECK(verdict == HP_FRAME_MALFORMED || verdict == HP_FRAME_STRANGER);
      } else {
        EQ(verdict, HP_FRAME_OURS);
        EQ(out.flags, HP_RX_TRUNCATED);
        EQ(out.length, length - f->udp - 8);
      }
    }
    free(f);
  }
}

static void random_frames_are_never_read_outside(void) {
  for (int round = 0; round < 200000; round++) {
    test_frame *f = frame_make(GROUP, PORT, random_next() % 64, (int)(random_next() % 3), random_next() % 4);
    uint32_t changes = random_next() % 4;
    for (uint32_t i = 0; i < changes; i++) f->bytes[random_next() % f->length] = (uint8_t)random_next();
    uint32_t length = random_next() % 4 == 0 ? random_next() % (f->length + 1) : f->length;
    hp_payload out;
    int verdict = find(f, length, random_next() & 3, &out);
    CHECK(verdict >= HP_FRAME_OURS && verdict <= HP_FRAME_BAD_CHECKSUM);
    if (changes == 0 && length == f->length) EQ(verdict, HP_FRAME_OURS);
    free(f);
  }
}

static void sums_agree_with_the_plain_way_at_every_length(void) {
  uint8_t bytes[2000];
  for (int round = 0; round < 20000; round++) {
    uint32_t length = random_next() % sizeof bytes;
    uint32_t kind = random_next() % 3;
    for (uint32_t i = 0; i < length; i++)
      bytes[i] = kind == 0 ? 0xff : kind == 1 ? 0 : (uint8_t)random_next();
    uint32_t got = hp_sum(bytes, length, 0);
    got = (got & 0xff) << 8 | got >> 8;
    uint32_t want = plain_sum(bytes, length, 0);
    CHECK(got % 0xffff == want % 0xffff); /* 0 and 0xffff are the same number */
  }
}

static void lines_that_cannot_be_told_apart_are_refused(void) {
  hp_lines out;
  hp_port_config config = {.line_count = 2};
#define LINES(result, ...)                                   \
  do {                                                       \
    hp_port_line two[2] = {__VA_ARGS__};                     \
    memcpy(config.line, two, sizeof two);                    \
    EQ(hp_lines_set(&out, &config), result);                 \
  } while (0)
  LINES(HP_OK, {GROUP, 1, 0, 0, 0, 0}, {GROUP, 2, 0, 0, 0, 0});
  LINES(HP_OK, {GROUP, 1, 0, 5, 0, 0}, {GROUP, 1, 0, 6, 0, 0});
  LINES(HP_EINVAL, {GROUP, 1, 0, 0, 0, 0}, {GROUP, 1, 0, 0, 1, 0});
  LINES(HP_EINVAL, {GROUP, 1, 0, 0, 0, 0}, {GROUP, 1, 0, 6, 0, 0});
  LINES(HP_EINVAL, {GROUP, 1, 0, 0, 0, 0}, {SOURCE, 1, 0, 6, 0, 0});
  LINES(HP_EINVAL, {GROUP, 1, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0});
  LINES(HP_EINVAL, {GROUP, 0, 0, 0, 0, 0}, {GROUP, 2, 0, 0, 0, 0});
  LINES(HP_EINVAL, {GROUP, 65536, 0, 0, 0, 0}, {GROUP, 2, 0, 0, 0, 0});
  config.line_count = HP_PORT_LINES_MAX + 1;
  EQ(hp_lines_set(&out, &config), HP_EINVAL);
}

static void a_built_frame_is_what_the_parser_finds(void) {
  static const uint8_t TO[6] = {1, 0, 0x5e, 0x7f, 0x50, 1}, FROM[6] = {2, 0, 0, 0, 0, 1};
  uint8_t payload[1500], frame[1600];
  for (int round = 0; round < 20000; round++) {
    uint32_t length = random_next() % sizeof payload;
    for (uint32_t i = 0; i < length; i++) payload[i] = (uint8_t)random_next();
    hp_tx_flow flow = {GROUP, PORT, 0, random_next() & 0xffff, 0, 1, {0}};
    hp_tx_header header;
    uint32_t vlan = round & 1 ? 101 : 0;
    hp_tx_header_set(&header, &flow, SOURCE, vlan, TO, FROM);
    uint32_t size = hp_tx_frame(frame, &header, payload, length);
    EQ(size, (vlan ? 46 : 42) + length);
    hp_payload out;
    EQ(hp_frame_find(frame, size, size, &lines, 0, &out), HP_FRAME_OURS);
    EQ(out.length, length);
    CHECK(memcmp(frame + out.offset, payload, length) == 0);
    CHECK(memcmp(frame, TO, 6) == 0 && memcmp(frame + 6, FROM, 6) == 0);
    /* and by the plain sum, since the parser takes a bare pseudo header too */
    uint32_t ip = size - length - 28;
    EQ(plain_sum(frame + ip, 20, 0), 0xffff);
    EQ(plain_sum(frame + ip + 20, length + 8, plain_sum(frame + ip + 12, 8, 17 + length + 8)), 0xffff);
  }
}

int main(void) {
  lines_make();
  RUN(a_sound_frame_is_found_behind_tags_and_options);
  RUN(a_line_is_address_port_and_source);
  RUN(padding_behind_the_packet_is_no_payload);
  RUN(other_protocols_are_strangers);
  RUN(headers_that_contradict_themselves_are_malformed);
  RUN(fragments_of_ours_are_counted_as_such);
  RUN(every_flipped_bit_under_a_checksum_is_noticed);
  RUN(checksums_that_are_absent_partial_or_checked_already_are_taken);
  RUN(a_frame_cut_anywhere_is_malformed_or_flagged);
  RUN(random_frames_are_never_read_outside);
  RUN(sums_agree_with_the_plain_way_at_every_length);
  RUN(lines_that_cannot_be_told_apart_are_refused);
  RUN(a_built_frame_is_what_the_parser_finds);
  FINISH();
}
