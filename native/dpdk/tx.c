/* Sending: flows with ready-made headers, and whole frames. Buffers come from the queue's pool and go
 * back when the driver has seen them leave, at the next send. */
#include <rte_cycles.h>

#include "dpdk.h"

#define FRAME_LEAST 60 /* IEEE 802.3, without the FCS: not every device pads by itself */

/* Sends what stands in the buffer; 0 when the ring was full. */
static int put(hp_dpdk_port *port, struct rte_mbuf *mbuf, uint32_t length) {
  mbuf->data_len = (uint16_t)length;
  mbuf->pkt_len = length;
  if (port->device->stamps_tx) mbuf->ol_flags |= RTE_MBUF_F_TX_IEEE1588_TMST;
  if (rte_eth_tx_burst(port->id, port->queue, &mbuf, 1) == 1) return 1;
  rte_pktmbuf_free(mbuf);
  return 0;
}

int hp_port_put(hp_dpdk_port *port, const uint8_t *frame, uint32_t length) {
  struct rte_mbuf *mbuf = rte_pktmbuf_alloc(port->pool);
  if (mbuf == NULL) return 0;
  memcpy(rte_pktmbuf_mtod(mbuf, uint8_t *), frame, length);
  return put(port, mbuf, length);
}

/* The MAC of the neighbour that packets for `address` go to; HP_EAGAIN while it is asked for. */
static int32_t neighbour(hp_dpdk_port *port, uint32_t source, uint32_t hop, uint8_t *mac) {
  hp_device *device = port->device;
  uint8_t request[HP_ARP_FRAME];
  uint32_t length = 0;
  int32_t status = HP_EAGAIN;
  rte_spinlock_lock(&device->lock);
  hp_arp_entry *entry = hp_arp_want(&device->arp, hop);
  if (entry == NULL) {
    status = HP_ENOSPC;
  } else if (entry->is_known) {
    memcpy(mac, entry->mac, 6);
    status = HP_OK;
  } else if (hp_arp_ask(entry, hp_port_now_ms(port))) {
    length = hp_arp_write(request, HP_ARP_REQUEST, device->vlan, device->mac, source, NULL, hop);
  }
  rte_spinlock_unlock(&device->lock);
  if (length > 0) hp_port_put(port, request, length);
  return status;
}

int32_t hp_dpdk_tx_flow(int32_t handle, const hp_tx_flow *flow) {
  hp_dpdk_port *port = hp_dpdk_find(handle);
  if (port == NULL) return HP_ECLOSED;
  if (!hp_tx_flow_is_valid(flow)) return HP_EINVAL;
  if (port->flow_count == HP_TX_FLOWS_MAX) return HP_ENOSPC;
  if (port->played != NULL) return HP_ENOTSUP;
  const hp_device *device = port->device;
  uint32_t source = flow->source_address != 0 ? flow->source_address : port->address;
  uint8_t mac[6];
  hp_flow *out = &port->flow[port->flow_count];
  out->next_hop = 0;
  if (!hp_tx_flow_mac(flow, mac)) {
    int is_near = ((flow->address ^ source) & device->netmask) == 0;
    out->next_hop = is_near ? flow->address : device->gateway;
    if (source == 0) return HP_EINVAL; /* nobody answers a question from 0.0.0.0 */
    if (out->next_hop == 0) return HP_EREFUSED;
    int32_t status = neighbour(port, source, out->next_hop, mac);
    if (status != HP_OK) return status;
  }
  hp_tx_header_set(&out->header, flow, source, device->vlan, mac, device->mac);
  return (int32_t)port->flow_count++;
}

int32_t hp_dpdk_tx(int32_t handle, int32_t flow, int32_t offset, int32_t length) {
  hp_dpdk_port *port = hp_dpdk_find(handle);
  if (port == NULL) return HP_ECLOSED;
  if (offset < 0 || length < 0 || port->tx == NULL) return HP_EINVAL;
  if ((uint32_t)offset > port->tx_size || (uint32_t)length > port->tx_size - (uint32_t)offset)
    return HP_EINVAL;
  if (port->played != NULL) return HP_ENOTSUP;
  if (flow < HP_TX_RAW || flow >= (int32_t)port->flow_count) return HP_EINVAL;
  if (flow == HP_TX_RAW && length < HP_ETHERNET_BYTES) return HP_EINVAL;
  const uint8_t *from = port->tx + offset;
  uint32_t frame = (uint32_t)length + (flow == HP_TX_RAW ? 0 : port->flow[flow].header.length);
  if (frame > port->frame_max) return HP_EINVAL;
  struct rte_mbuf *mbuf = rte_pktmbuf_alloc(port->pool);
  if (mbuf == NULL) {
    port->stats->tx_refused += 1;
    return HP_EAGAIN;
  }
  uint8_t *to = rte_pktmbuf_mtod(mbuf, uint8_t *);
  if (flow == HP_TX_RAW) memcpy(to, from, (size_t)length);
  else hp_tx_frame(to, &port->flow[flow].header, from, (uint32_t)length);
  if (flow != HP_TX_RAW && frame < FRAME_LEAST) {
    memset(to + frame, 0, FRAME_LEAST - frame);
    frame = FRAME_LEAST;
  }
  if (!put(port, mbuf, frame)) {
    port->stats->tx_refused += 1;
    return HP_EAGAIN;
  }
  port->stats->tx_packets += 1;
  port->stats->tx_bytes += frame;
  return HP_OK;
}

/* Cards keep the stamp of one frame, until it is read. */
double hp_dpdk_tx_stamp(int32_t handle) {
  const hp_dpdk_port *port = hp_dpdk_find(handle);
  if (port == NULL || port->played != NULL) return 0;
  const hp_device *device = port->device;
  struct timespec ts;
  if (!device->stamps_tx || device->stamp.source != HP_CLOCK_PTP) return 0;
  if (rte_eth_timesync_read_tx_timestamp(port->id, &ts) != 0) return 0;
  uint64_t ticks = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
  return hp_stamp_ns(device, ticks, port->session_start_s);
}
