/* AF_XDP Port: a program in the driver (or right behind it) puts our packets into memory that is ours,
 * before the kernel's own stack sees them; see xdp-program.c and xdp-socket.c. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "xdp-program.h"
#include "xdp-socket.h"

#ifndef SOL_XDP
#define SOL_XDP 283
#endif
#ifndef XDP_PKT_CONTD
#define XDP_PKT_CONTD (1 << 0)
#endif

/* Frames looked at in one burst. */
#define LOOKS_MAX (4 * HP_BURST_MAX)

typedef struct xdp_port {
  hp_xdp_socket socket;
  uint32_t next;        /* rx entry to look at; those between rx.mine and it are ours until release */
  uint32_t frame_size;
  uint32_t queue;
  uint32_t busy_poll_us;
  int is_kick_owed;     /* the kernel still has to be told of a frame in the tx ring */
  hp_rx_desc *desc;
  hp_port_stats *stats;
  uint32_t *played;     /* NULL = a device */
  const uint8_t *tx;
  uint32_t tx_size;
  uint32_t slot;        /* transmit slot to try first */
  uint8_t pending[HP_XDP_TX_SLOTS]; /* entries of the slot that the kernel has */
  int member;           /* packet socket that holds MAC memberships, or -1 */
  hp_xdp_program *program;
  double drops_seen;    /* of the socket, as last read: the statistics outlive it */
  hp_netdev dev;
  hp_lines lines;
} xdp_port;

static xdp_port *find(int32_t port) { return hp_device_find(hp_lib.xdp, port); }

static void port_free(xdp_port *p) {
  if (p->program != NULL) hp_xdp_program_put(p->program, &p->lines, p->queue);
  hp_xdp_socket_close(&p->socket);
  if (p->member >= 0) close(p->member);
  hp_netdev_close(&p->dev);
  free(p);
}

static int32_t receive_open(xdp_port *p, const hp_port_config *config, hp_port_info *info) {
  if (config->line_count == 0) return HP_OK;
  int32_t status;
  p->program = hp_xdp_program_get(&p->dev, &p->lines, config, info, &status);
  return status;
}

/* The kernel's joins have the card pass the groups' MAC addresses already, where they are on this
 * interface; a packet socket, which takes the kernel long to end, holds what they do not. */
static void members_open(xdp_port *p, const hp_port_config *config) {
  int is_needed = (config->flags & (HP_PORT_NO_JOIN | HP_PORT_PROMISCUOUS)) != 0;
  for (uint32_t i = 0; i < config->line_count; i++)
    is_needed |= config->line[i].group != 0 && config->line[i].iface != 0;
  if (!is_needed) return;
  p->member = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (p->member < 0 || !hp_netdev_members(&p->dev, p->member, config)) p->stats->errors += 1;
}

static void describe(const xdp_port *p, hp_port_info *info) {
  const hp_xdp_socket *s = &p->socket;
  info->arena = s->region.addr;
  info->arena_size = s->region.size;
  info->frames = s->chunks;
  if (s->is_zero_copy) info->flags |= HP_PORT_IS_ZERO_COPY;
  const char *where = p->program == NULL ? "sends only" : p->program->is_generic ? "generic" : "driver";
  snprintf((char *)info->mode, sizeof info->mode, "%s, %s", s->is_zero_copy ? "zero copy" : "copy", where);
}

static int32_t port_open(xdp_port *p, const hp_port_config *config, hp_port_info *info) {
  if (p->played != NULL) return HP_OK;
  if (hp_lines_set(&p->lines, config) != HP_OK)
    return hp_port_refuse(info, HP_EINVAL, "two lines want the same packets, or one is impossible");
  int32_t status = hp_netdev_open(&p->dev, config, info);
  if (status != HP_OK) return status;
  if (config->queue >= HP_XDP_QUEUES_MAX || (p->dev.queues > 0 && config->queue >= p->dev.queues))
    return hp_port_refuse(info, HP_ENOENT, "%s has no queue %u: `ethtool -l %s` tells that there are %u",
                          p->dev.name, config->queue, p->dev.name, p->dev.queues);
  status = hp_xdp_socket_open(&p->socket, config, info);
  if (status == HP_OK) status = receive_open(p, config, info);
  if (status == HP_OK) status = hp_xdp_socket_bind(&p->socket, &p->dev, config, info);
  if (status == HP_OK && p->program != NULL &&
      hp_xdp_program_serve(p->program, config->queue, p->socket.fd) != 0)
    status = hp_port_refuse(info, hp_fail_errno(), "the program does not take queue %u of %s: %s",
                            config->queue, p->dev.name, strerror(errno));
  if (status == HP_OK) status = hp_netdev_join(&p->dev, config, 0, info);
  if (status != HP_OK) return status;
  members_open(p, config);
  describe(p, info);
  hp_netdev_refresh(&p->dev, p->stats);
  return HP_OK;
}

int32_t hp_xdp_open(const hp_port_config *config, hp_port_info *info) {
  if (config == NULL || info == NULL) return HP_EINVAL;
  memset(info, 0, sizeof *info);
  if (!hp_port_config_is_valid(config, info)) return HP_EINVAL;
  xdp_port *p = calloc(1, sizeof *p);
  if (p == NULL) return hp_fail(HP_ENOSPC);
  p->socket.fd = p->member = p->dev.fd = -1;
  for (int i = 0; i < HP_JOIN_SOCKETS; i++) p->dev.join[i] = -1;
  p->desc = hp_pointer(config->desc);
  p->stats = hp_pointer(config->stats);
  p->played = hp_pointer(config->played);
  p->frame_size = config->frame_size;
  p->queue = config->queue;
  p->busy_poll_us = config->busy_poll_us;
  p->tx = hp_pointer(config->tx);
  p->tx_size = config->tx != 0 ? config->tx_size : 0;
  int32_t status = port_open(p, config, info);
  if (status == HP_OK) status = hp_device_place(hp_lib.xdp, p);
  if (status < 0) port_free(p);
  return status;
}

/* ---- receive --------------------------------------------------------------------------------- */

static const struct xdp_desc *received(const xdp_port *p, uint32_t at) {
  return (const struct xdp_desc *)p->socket.rx.entries + (at & p->socket.rx.mask);
}

/* Gives the entries up to `next` back: their chunks to the fill ring, in the order in which they came,
 * which keeps the chunks of jumbo frames neighbours. */
static void release(xdp_port *p) {
  hp_xdp_ring *fill = &p->socket.fill;
  hp_xdp_ring *rx = &p->socket.rx;
  if (rx->mine == p->next) return;
  const uint64_t keep = p->socket.is_jumbo ? HP_XDP_ADDRESS : ~(uint64_t)(p->socket.chunk - 1);
  uint64_t *entries = fill->entries;
  for (; rx->mine != p->next; rx->mine++)
    entries[fill->mine++ & fill->mask] = received(p, rx->mine)->addr & keep;
  hp_xdp_store(rx->consumer, rx->mine);
  hp_xdp_store(fill->producer, fill->mine);
}

/* Where in the memory the data of an entry begins. */
static uint64_t place_of(const xdp_port *p, const struct xdp_desc *entry) {
  return p->socket.is_jumbo ? (entry->addr & HP_XDP_ADDRESS) + (entry->addr >> 48) : entry->addr;
}

/* The frame at `next`, over as many entries as it has; moves `next` behind it. Its length, or 0 when
 * the rest of it is not there yet; `together`: bytes from `place` on that are the frame's. */
static uint32_t gather(xdp_port *p, uint64_t *place, uint32_t *together) {
  uint32_t at = p->next;
  const struct xdp_desc *entry = received(p, at++);
  uint32_t length = entry->len;
  *place = place_of(p, entry);
  *together = length;
  const uint64_t spill = (uint64_t)p->socket.chunks * p->socket.chunk;
  while (entry->options & XDP_PKT_CONTD) {
    if (at == p->socket.rx.other) p->socket.rx.other = hp_xdp_load(p->socket.rx.producer);
    if (at == p->socket.rx.other) return 0;
    entry = received(p, at++);
    uint64_t from = place_of(p, entry);
    uint64_t to = *place + length;
    int is_next = from == to;
    /* Elsewhere than in the spill there are other frames, or the kernel is about to write one. */
    if (!is_next && to >= spill && to + entry->len <= p->socket.tx_base) {
      memcpy(p->socket.memory + to, p->socket.memory + from, entry->len);
      is_next = 1;
    }
    if (is_next && *together == length) *together += entry->len;
    length += entry->len;
  }
  p->next = at;
  return length;
}

/* Looks at one frame; 1 when it filled descriptor `count`. The card's or kernel's checks of checksums do
 * not come with it. */
static int take(xdp_port *p, uint64_t place, uint32_t together, uint32_t length, uint32_t count) {
  uint32_t kept = together < p->frame_size ? together : p->frame_size;
  hp_payload payload;
  int verdict = hp_frame_find(p->socket.memory + place, kept, length, &p->lines, 0, &payload);
  if (verdict == HP_FRAME_OURS) {
    hp_frame_describe(&p->desc[count], p->stats, &p->lines, &payload, (uint32_t)place, 0, 0);
    return 1;
  }
  hp_frame_count(p->stats, verdict);
  return 0;
}

/* Has the driver go on: only where it asked for that, or where we poll in its stead. */
static void wake(xdp_port *p) {
  if (p->busy_poll_us > 0 || hp_xdp_wants_wakeup(&p->socket.fill))
    recvfrom(p->socket.fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
}

static void kick(xdp_port *p);

/* An idle burst reads one word and makes no system call, unless the driver or busy polling wants one. */
int32_t hp_xdp_rx_burst(int32_t port) {
  xdp_port *p = find(port);
  if (p == NULL) return HP_ECLOSED;
  if (p->played != NULL) return hp_played_burst(p->played, p->desc, p->stats);
  p->stats->polls += 1;
  if (p->is_kick_owed) kick(p);
  if (p->program == NULL) return atomic_load_explicit(&p->dev.is_gone, memory_order_relaxed) ? HP_EGONE : 0;
  hp_xdp_ring *rx = &p->socket.rx;
  if (p->next == rx->other) rx->other = hp_xdp_load(rx->producer);
  uint32_t count = 0;
  for (uint32_t looks = 0; looks < LOOKS_MAX && count < HP_BURST_MAX && p->next != rx->other; looks++) {
    uint64_t place;
    uint32_t together;
    uint32_t length = gather(p, &place, &together);
    if (length == 0) break;
    if (p->next != rx->other) __builtin_prefetch(p->socket.memory + place_of(p, received(p, p->next)));
    count += (uint32_t)take(p, place, together, length, count);
  }
  p->stats->packets += count;
  if (count > 0) return (int32_t)count;
  release(p); /* nothing in them that anybody waits for */
  wake(p);
  return atomic_load_explicit(&p->dev.is_gone, memory_order_relaxed) ? HP_EGONE : 0;
}

int32_t hp_xdp_rx_release(int32_t port) {
  xdp_port *p = find(port);
  if (p == NULL) return HP_ECLOSED;
  if (p->program == NULL) return HP_OK;
  release(p);
  if (hp_xdp_wants_wakeup(&p->socket.fill)) wake(p); /* the card had run out of chunks */
  return HP_OK;
}

static void count_drops(xdp_port *p) {
  struct xdp_statistics now;
  socklen_t size = sizeof now;
  memset(&now, 0, sizeof now);
  if (getsockopt(p->socket.fd, SOL_XDP, XDP_STATISTICS, &now, &size) != 0) return;
  double drops = (double)now.rx_dropped + (double)now.rx_ring_full;
  p->stats->kernel_drops += drops - p->drops_seen;
  p->drops_seen = drops;
}

static int32_t renew(void *port) {
  xdp_port *p = port;
  if (p->played != NULL) return HP_OK;
  int32_t status = hp_netdev_refresh(&p->dev, p->stats);
  count_drops(p);
  return status;
}

int32_t hp_xdp_refresh(int32_t port) { return hp_device_refresh(hp_lib.xdp, port, renew); }

int32_t hp_xdp_close(int32_t port) {
  xdp_port *p = hp_device_take(hp_lib.xdp, port);
  if (p == NULL) return HP_ECLOSED;
  port_free(p);
  return HP_OK;
}

/* ---- send ------------------------------------------------------------------------------------ */

int32_t hp_xdp_tx_flow(int32_t port, const hp_tx_flow *flow) {
  xdp_port *p = find(port);
  if (p == NULL) return HP_ECLOSED;
  return p->played != NULL ? HP_ENOTSUP : hp_netdev_flow(&p->dev, flow);
}

/* Sent entries come back in any order; their addresses name the slot. */
static void reclaim(xdp_port *p) {
  hp_xdp_ring *ring = &p->socket.completion;
  const uint64_t *entries = ring->entries;
  ring->other = hp_xdp_load(ring->producer);
  if (ring->mine == ring->other) return;
  for (; ring->mine != ring->other; ring->mine++) {
    uint64_t slot = (entries[ring->mine & ring->mask] - p->socket.tx_base) / p->socket.tx_slot;
    if (slot < HP_XDP_TX_SLOTS && p->pending[slot] > 0) p->pending[slot]--;
  }
  hp_xdp_store(ring->consumer, ring->mine);
}

/* A free slot, or -1. */
static int32_t slot_find(xdp_port *p) {
  for (uint32_t i = 0; i < HP_XDP_TX_SLOTS; i++) {
    uint32_t slot = (p->slot + i) % HP_XDP_TX_SLOTS;
    if (p->pending[slot] != 0) continue;
    p->slot = (slot + 1) % HP_XDP_TX_SLOTS;
    return (int32_t)slot;
  }
  return -1;
}

/* Tells the kernel of what is in the tx ring; 0, or an errno. */
static int wake_tx(xdp_port *p) {
  if (!hp_xdp_wants_wakeup(&p->socket.tx)) return 0;
  return sendto(p->socket.fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 ? errno : 0;
}

static void kick(xdp_port *p) { p->is_kick_owed = wake_tx(p) == EAGAIN; }

/* Publishes `entries` entries of a slot. In copy mode the kernel looks at the ring only in our kick, so
 * that a frame that it has not touched can be taken back: it must not leave minutes later. */
static int32_t publish(xdp_port *p, uint32_t slot, uint32_t entries) {
  hp_xdp_ring *ring = &p->socket.tx;
  p->pending[slot] = (uint8_t)entries;
  ring->mine += entries;
  hp_xdp_store(ring->producer, ring->mine);
  int error = wake_tx(p);
  if (error == 0) return HP_OK;
  if (error == EBUSY) return HP_EAGAIN; /* taken, and dropped: no carrier */
  int is_untouched = hp_xdp_load(ring->consumer) + entries == ring->mine;
  if ((error == EAGAIN || error == ENOBUFS) && (p->socket.is_zero_copy || !is_untouched || entries > 1)) {
    p->is_kick_owed = 1;
    return HP_OK;
  }
  if (!p->socket.is_zero_copy && is_untouched) {
    ring->mine -= entries;
    hp_xdp_store(ring->producer, ring->mine);
    p->pending[slot] = 0;
  }
  return error == ENXIO || error == ENODEV ? HP_EGONE : HP_EAGAIN;
}

/* Writes the entries of a frame of `size` bytes in `slot`; how many, or 0 when the ring is full. */
static uint32_t enqueue(xdp_port *p, uint32_t slot, uint32_t size) {
  hp_xdp_ring *ring = &p->socket.tx;
  uint32_t count = (size + HP_XDP_CHUNK - 1) / HP_XDP_CHUNK;
  ring->other = hp_xdp_load(ring->consumer);
  if (ring->mine - ring->other + count > ring->mask + 1) return 0;
  uint64_t place = p->socket.tx_base + (uint64_t)slot * p->socket.tx_slot;
  for (uint32_t i = 0; i < count; i++) {
    struct xdp_desc *entry = (struct xdp_desc *)ring->entries + ((ring->mine + i) & ring->mask);
    uint32_t from = i * HP_XDP_CHUNK;
    uint32_t length = size - from < HP_XDP_CHUNK ? size - from : HP_XDP_CHUNK;
    *entry = (struct xdp_desc){place + from, length, i + 1 < count ? XDP_PKT_CONTD : 0};
  }
  return count;
}

int32_t hp_xdp_tx(int32_t port, int32_t flow, int32_t offset, int32_t length) {
  xdp_port *p = find(port);
  if (p == NULL) return HP_ECLOSED;
  if (offset < 0 || length < 0 || (int64_t)offset + length > p->tx_size) return HP_EINVAL;
  if (p->played != NULL) return HP_ENOTSUP;
  if (p->socket.tx.map == NULL) return HP_EINVAL; /* opened without anything to send */
  uint32_t most = p->socket.is_jumbo ? HP_XDP_JUMBO_MAX : p->socket.tx_slot;
  if ((uint32_t)length + (flow == HP_TX_RAW ? 0 : HP_TX_HEADER_MAX) > most) return HP_EINVAL;
  if (flow == HP_TX_RAW ? length < HP_ETHERNET_BYTES : flow < 0 || (uint32_t)flow >= p->dev.flow_count)
    return HP_EINVAL;
  reclaim(p);
  if (p->is_kick_owed) kick(p);
  int32_t slot = slot_find(p);
  uint32_t entries = 0;
  uint32_t size = (uint32_t)length;
  if (slot >= 0) {
    uint8_t *frame = p->socket.memory + p->socket.tx_base + (uint64_t)slot * p->socket.tx_slot;
    if (flow == HP_TX_RAW) memcpy(frame, p->tx + offset, size);
    else size = hp_tx_frame(frame, &p->dev.flow[flow], p->tx + offset, size);
    entries = enqueue(p, (uint32_t)slot, size);
  }
  int32_t status = entries == 0 ? HP_EAGAIN : publish(p, (uint32_t)slot, entries);
  if (status != HP_OK) {
    p->stats->tx_refused += 1;
    return status;
  }
  p->stats->tx_packets += 1;
  p->stats->tx_bytes += size;
  return HP_OK;
}

/* The kernel tells no transmit stamps of XDP sockets before 6.8, and then only those of few cards. */
double hp_xdp_tx_stamp(int32_t port) {
  (void)port;
  return 0;
}
