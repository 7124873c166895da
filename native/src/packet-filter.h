/* The classic BPF program in front of a packet socket's ring. */
#ifndef HAIRPIN_PACKET_FILTER_H
#define HAIRPIN_PACKET_FILTER_H

#include <linux/filter.h>

#include "frame.h"

/* Three places of the IPv4 header, up to 64 addresses and 64 ports each. */
#define HP_FILTER_MAX 1024

/* Fills `code`; the number of instructions. A packet that passes is cut to `keep` bytes. */
uint16_t hp_packet_filter(const hp_lines *lines, uint32_t keep, struct sock_filter *code);

#endif
