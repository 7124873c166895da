/* Buffers. A queue has one pool for what it receives and what it sends: a looped device (net_ring)
 * gives back what was sent, so that both must lie in the arena. It holds what the card, the caller and
 * the wire can have at the same time, hence neither side can starve the other. */
#include <rte_errno.h>
#include <rte_mempool.h>
#include <stdio.h>

#include "dpdk.h"

#define FRAMES_DEFAULT 1024
#define SPARE (HP_BURST_MAX * 4 + 1024)

/* Cards take buffers in steps: 1 KiB (ixgbe), powers of two (e1000). */
static uint32_t room_of(uint32_t frame_size) {
  uint32_t room = 2048;
  while (room < frame_size) room *= 2;
  return room;
}

static uint32_t count_of(uint32_t rx_frames, uint32_t tx_frames) {
  return rx_frames + tx_frames + SPARE;
}

/* What a card holds to receive: vmxnet3 fills a second ring of the same length, for the rest of long
 * frames. A pool that the rings have emptied receives nothing, since each frame wants one in exchange. */
static uint32_t held_by(const hp_device *device) {
  const uint32_t rings = strcmp(device->info.driver_name, "net_vmxnet3") == 0 ? 2 : 1;
  return device->rx_frames * rings;
}

uint64_t hp_pool_bytes(uint32_t frame_size, uint32_t frames) {
  uint32_t count = count_of(frames != 0 ? frames : FRAMES_DEFAULT, 1024);
  return (uint64_t)count * (room_of(frame_size) + RTE_PKTMBUF_HEADROOM + sizeof(struct rte_mbuf) + 128);
}

struct rte_mempool *hp_pool_make(const hp_device *device, uint32_t queue) {
  static uint32_t number;
  char name[RTE_MEMPOOL_NAMESIZE];
  snprintf(name, sizeof name, "hairpin-%u-%u", queue, number++);
  /* One thread polls, sends and releases. memif alone gives buffers back from a thread of its own,
   * when its peer goes away. */
  const char *ring = strncmp(device->place.name, "net_memif", 9) == 0 ? "ring_mp_mc" : "ring_sp_sc";
  uint32_t least = device->place.room;
  uint32_t room = room_of(least > device->frame_size ? least : device->frame_size);
  room += RTE_PKTMBUF_HEADROOM;
  return rte_pktmbuf_pool_create_by_ops(name, count_of(held_by(device), device->tx_frames), 0, 0,
                                        (uint16_t)(room < 65535 ? room : 65535),
                                        device->place.node >= 0 ? device->place.node : SOCKET_ID_ANY,
                                        ring);
}

typedef struct range {
  uint8_t *from;
  uint8_t *to;
} range;

static void widen(struct rte_mempool *pool, void *opaque, struct rte_mempool_memhdr *chunk,
                  unsigned index) {
  (void)pool;
  (void)index;
  range *all = opaque;
  uint8_t *from = chunk->addr, *to = from + chunk->len;
  if (all->from == NULL || from < all->from) all->from = from;
  if (to > all->to) all->to = to;
}

/* From the first byte to the last: chunks need not be neighbours, what is between is never told. */
void hp_pool_range(struct rte_mempool *pool, uint8_t **from, uint64_t *size) {
  range all = {NULL, NULL};
  rte_mempool_mem_iter(pool, widen, &all);
  *from = all.from;
  *size = (uint64_t)(all.to - all.from);
}
