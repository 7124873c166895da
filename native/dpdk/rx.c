/* The poll loop. Frames stay where the card put them until release; what is not for a line goes back at
 * once. Every 256 polls it looks at the clock, and every 5 ms at what is due: no system call here. */
#include <rte_cycles.h>
#include <rte_mbuf_dyn.h>

#include "dpdk.h"

#define ARP_AT(tagged) ((tagged) ? 18u : 14u)

void hp_port_hear(hp_dpdk_port *port, const uint8_t *frame, uint32_t length, uint32_t tag) {
  if (length < 34) return;
  hp_device *device = port->device;
  int is_tagged = hp_get16(frame + 12) == HP_TYPE_VLAN;
  if (is_tagged) tag = hp_get16(frame + 14);
  if ((tag & 0xfff) != device->vlan) return;
  uint32_t at = ARP_AT(is_tagged);
  uint32_t type = hp_get16(frame + at - 2);
  hp_arp_message message;
  if (type == HP_TYPE_ARP && hp_arp_read(frame, length, at, &message)) {
    rte_spinlock_lock(&device->lock);
    hp_arp_learn(&device->arp, &message);
    rte_spinlock_unlock(&device->lock);
    if (message.operation != HP_ARP_REQUEST || device->address == 0) return;
    if (message.target != device->address) return;
    uint8_t reply[HP_ARP_FRAME];
    uint32_t size = hp_arp_write(reply, HP_ARP_REPLY, device->vlan, device->mac, device->address,
                                 message.sender_mac, message.sender);
    if (hp_port_put(port, reply, size)) port->stats->arps += 1;
    return;
  }
  if (type != HP_TYPE_IPV4 || frame[at + 9] != HP_PROTOCOL_IGMP) return;
  /* A query comes by one queue and concerns the groups of all. */
  uint64_t now_ms = hp_port_now_ms(port);
  rte_spinlock_lock(&device->lock);
  for (uint32_t q = 0; q < device->queue_count; q++)
    if (device->port[q] != NULL && device->port[q]->is_joined)
      hp_igmp_hear(&device->port[q]->igmp, frame + at, length - at, now_ms);
  rte_spinlock_unlock(&device->lock);
}

/* Flows whose neighbour has another card now. */
static void flows_renew(hp_dpdk_port *port) {
  hp_device *device = port->device;
  for (uint32_t i = 0; i < port->flow_count; i++) {
    if (port->flow[i].next_hop == 0) continue;
    const hp_arp_entry *entry = hp_arp_want(&device->arp, port->flow[i].next_hop);
    if (entry != NULL && entry->is_known) memcpy(port->flow[i].header.bytes, entry->mac, 6);
  }
}

void hp_port_check(hp_dpdk_port *port) {
  hp_device *device = port->device;
  uint64_t now_ms = hp_port_now_ms(port);
  uint8_t frame[HP_IGMP_FRAME_MAX];
  uint32_t ups = atomic_load_explicit(&device->link_ups, memory_order_relaxed);
  rte_spinlock_lock(&device->lock);
  if (port->arp_changes != device->arp.changes) {
    port->arp_changes = device->arp.changes;
    flows_renew(port);
  }
  if (port->is_joined && port->link_ups != ups) hp_igmp_join(&port->igmp, now_ms);
  port->link_ups = ups;
  for (uint32_t length = 1; port->is_joined && length > 0;) {
    length = hp_igmp_next(&port->igmp, now_ms, frame);
    if (length > 0) hp_port_put(port, frame, length);
  }
  port->stats->joins += port->igmp.reports - port->reports_seen;
  port->stats->queries += port->igmp.answers - port->answers_seen;
  port->reports_seen = port->igmp.reports;
  port->answers_seen = port->igmp.answers;
  rte_spinlock_unlock(&device->lock);
}

/* What the card says about checksums. A card that says "bad" is not believed: some say so of packets
 * that carry none. */
static inline uint32_t checked_of(uint64_t flags) {
  uint64_t ip = flags & RTE_MBUF_F_RX_IP_CKSUM_MASK, udp = flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
  return (ip == RTE_MBUF_F_RX_IP_CKSUM_GOOD || ip == RTE_MBUF_F_RX_IP_CKSUM_NONE ? HP_CHECKED_IP : 0u) |
         (udp == RTE_MBUF_F_RX_L4_CKSUM_GOOD || udp == RTE_MBUF_F_RX_L4_CKSUM_NONE ? HP_CHECKED_UDP
                                                                                    : 0u);
}

static void stranger(hp_dpdk_port *port, const struct rte_mbuf *mbuf, int verdict) {
  hp_frame_count(port->stats, verdict);
  if (verdict != HP_FRAME_STRANGER) return;
  uint32_t tag = (mbuf->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0 ? mbuf->vlan_tci : 0;
  hp_port_hear(port, rte_pktmbuf_mtod(mbuf, const uint8_t *), mbuf->data_len, tag);
}

static void release(hp_dpdk_port *port) {
  rte_pktmbuf_free_bulk(port->held, port->held_count);
  port->held_count = 0;
}

static int32_t take(hp_dpdk_port *port, uint32_t got) {
  struct rte_mbuf *others[HP_BURST_MAX];
  uint32_t count = 0, other_count = 0;
  for (uint32_t i = 0; i < got; i++) {
    struct rte_mbuf *mbuf = port->mbuf[i];
    const uint8_t *frame = rte_pktmbuf_mtod(mbuf, const uint8_t *);
    if (i + 1 < got) rte_prefetch0(rte_pktmbuf_mtod(port->mbuf[i + 1], void *));
    uint64_t offset = (uint64_t)(frame - port->arena);
    uint32_t length = mbuf->data_len < port->frame_size ? mbuf->data_len : port->frame_size;
    hp_payload payload;
    int verdict = offset >= port->arena_size
                      ? HP_FRAME_MALFORMED
                      : hp_frame_find(frame, length, mbuf->pkt_len, &port->lines,
                                      checked_of(mbuf->ol_flags), &payload);
    if (verdict != HP_FRAME_OURS) {
      stranger(port, mbuf, verdict);
      others[other_count++] = mbuf;
      continue;
    }
    double rx_ns = 0;
    uint32_t stamp = 0;
    if (port->stamp_offset >= 0 && (mbuf->ol_flags & port->stamp_flag) != 0) {
      uint64_t ticks = *RTE_MBUF_DYNFIELD(mbuf, (size_t)port->stamp_offset, const rte_mbuf_timestamp_t *);
      rx_ns = hp_stamp_ns(port->device, ticks, port->session_start_s);
      stamp = HP_RX_STAMP_NIC;
    }
    hp_frame_describe(&port->desc[count], port->stats, &port->lines, &payload, (uint32_t)offset, rx_ns,
                      stamp);
    port->held[count++] = mbuf;
  }
  port->held_count = count;
  if (other_count > 0) rte_pktmbuf_free_bulk(others, other_count);
  return (int32_t)count;
}

/* The clock is looked at now and then alone; the status is that of the device. */
static int32_t look_at_clock(hp_dpdk_port *port) {
  uint64_t tsc = rte_rdtsc();
  if (tsc < port->check_tsc) return HP_OK;
  port->check_tsc = tsc + port->ticks_per_ms * HP_CHECK_MS;
  hp_port_check(port);
  return atomic_load_explicit(&port->device->is_gone, memory_order_relaxed) ? HP_EGONE : HP_OK;
}

int32_t hp_dpdk_rx_burst(int32_t handle) {
  hp_dpdk_port *port = hp_dpdk_find(handle);
  if (unlikely(port == NULL)) return HP_ECLOSED;
  hp_port_stats *stats = port->stats;
  if (unlikely(port->played != NULL)) return hp_played_burst(port->played, port->desc, stats);
  if (unlikely(port->held_count > 0)) release(port);
  uint32_t got = rte_eth_rx_burst(port->id, port->queue, port->mbuf, HP_BURST_MAX);
  stats->polls += 1;
  int32_t count = got > 0 ? take(port, got) : 0;
  if (unlikely((++port->polls & (HP_POLLS_PER_CHECK - 1)) == 0)) {
    int32_t status = look_at_clock(port);
    if (status != HP_OK && count == 0) return status;
  }
  stats->packets += (double)count;
  return count;
}

int32_t hp_dpdk_rx_release(int32_t handle) {
  hp_dpdk_port *port = hp_dpdk_find(handle);
  if (port == NULL) return HP_ECLOSED;
  if (port->held_count > 0) release(port);
  return HP_OK;
}
