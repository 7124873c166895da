/* The sending half of the UDP Port on kernel sockets. */
#ifndef HAIRPIN_UDP_TX_H
#define HAIRPIN_UDP_TX_H

#include "netdev.h"

typedef struct hp_udp_sender {
  const uint8_t *tx;
  uint32_t tx_size;
  uint32_t iface;  /* address of the interface that groups leave by, 0 = by route */
  uint32_t count;
  int32_t last;    /* flow sent on last, or -1 */
  int fd[HP_TX_FLOWS_MAX];
  hp_stamps stamps[HP_TX_FLOWS_MAX];
} hp_udp_sender;

void hp_udp_sender_open(hp_udp_sender *sender, const hp_udp_config *config);
void hp_udp_sender_close(hp_udp_sender *sender);
int32_t hp_udp_sender_flow(hp_udp_sender *sender, const hp_tx_flow *flow);
int32_t hp_udp_sender_send(hp_udp_sender *sender, hp_port_stats *stats, int32_t flow, int32_t offset,
                           int32_t length);
double hp_udp_sender_stamp(hp_udp_sender *sender);

#endif
