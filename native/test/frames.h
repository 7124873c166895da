/* Frames for tests: built byte by byte here, so that what frame.h reads is checked against something
 * that frame.h did not write. */
#ifndef HAIRPIN_TEST_FRAMES_H
#define HAIRPIN_TEST_FRAMES_H

#include "check.h"

#define GROUP 0xefff5001u
#define GROUP_B 0xefff5002u
#define SOURCE 0x0a4d0002u
#define PORT 5001

typedef struct test_frame {
  uint8_t bytes[16384];
  uint32_t length;
  uint32_t ip;  /* where the IPv4 header is */
  uint32_t udp; /* and the UDP header */
} test_frame;

static inline void put(uint8_t *at, uint32_t value, int bytes) {
  for (int i = 0; i < bytes; i++) at[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
}

/* RFC 1071 two bytes a step. */
static inline uint32_t plain_sum(const uint8_t *at, uint32_t length, uint32_t sum) {
  for (uint32_t i = 0; i + 1 < length; i += 2) sum += (uint32_t)at[i] << 8 | at[i + 1];
  if (length & 1) sum += (uint32_t)at[length - 1] << 8;
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

/* Sets both checksums for what the headers say now. */
static inline void frame_seal(test_frame *f) {
  uint8_t *ip = f->bytes + f->ip;
  uint8_t *udp = f->bytes + f->udp;
  put(ip + 10, 0, 2);
  put(ip + 10, 0xffff - plain_sum(ip, f->udp - f->ip, 0), 2);
  put(udp + 6, 0, 2);
  uint32_t length = (uint32_t)udp[4] << 8 | udp[5];
  if (f->udp + length > f->length) return;
  uint32_t sum = 0xffff - plain_sum(udp, length, plain_sum(ip + 12, 8, 17 + length));
  put(udp + 6, sum == 0 ? 0xffff : sum, 2);
}

/* A sound frame. `tags`: 0, 1 or 2; `options`: words of IPv4 options. */
static inline test_frame *frame_make(uint32_t group, uint32_t port, uint32_t length, int tags,
                                     uint32_t options) {
  test_frame *f = calloc(1, sizeof *f);
  put(f->bytes, 0x0100, 2);
  put(f->bytes + 2, 0x5e000000u | (group & 0x7fffff), 4);
  put(f->bytes + 6, 0x0200, 2);
  put(f->bytes + 8, 0x00000001, 4);
  uint32_t at = 12;
  if (tags == 2) {
    put(f->bytes + at, 0x88a80007, 4);
    at += 4;
  }
  if (tags >= 1) {
    put(f->bytes + at, 0x81000065, 4);
    at += 4;
  }
  put(f->bytes + at, 0x0800, 2);
  f->ip = at + 2;
  f->udp = f->ip + 20 + options * 4;
  f->length = f->udp + 8 + length;
  uint8_t *ip = f->bytes + f->ip;
  ip[0] = (uint8_t)(0x45 + options);
  put(ip + 2, 28 + options * 4 + length, 2);
  ip[8] = 1;
  ip[9] = 17;
  put(ip + 12, SOURCE, 4);
  put(ip + 16, group, 4);
  for (uint32_t i = 0; i < options * 4; i++) ip[20 + i] = 1; /* no-operation */
  uint8_t *udp = f->bytes + f->udp;
  put(udp, 40000, 2);
  put(udp + 2, port, 2);
  put(udp + 4, 8 + length, 2);
  for (uint32_t i = 0; i < length; i++) udp[8 + i] = (uint8_t)(i * 7 + length);
  frame_seal(f);
  return f;
}

#endif
