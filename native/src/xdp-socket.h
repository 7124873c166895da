/* An AF_XDP socket: its memory and its four rings.
 *
 *   fill: free receive chunks, us -> kernel      rx: received, kernel -> us
 *   tx: to be sent, us -> kernel                 completion: sent, kernel -> us
 *
 * Memory (UMEM) = the arena: | receive chunks | spill (jumbo) | transmit slots |
 *
 * A chunk holds one frame behind 256 bytes that the kernel keeps for itself. Chunks end at 4096 bytes,
 * so a longer frame spans several; they are laid out so that their data touches (see xdp-socket.c). */
#ifndef HAIRPIN_XDP_SOCKET_H
#define HAIRPIN_XDP_SOCKET_H

#include <linux/if_xdp.h>

#include "netdev.h"

#define HP_XDP_HEADROOM 256
#define HP_XDP_CHUNK 4096
/* Data of one chunk. */
#define HP_XDP_STRIDE (HP_XDP_CHUNK - HP_XDP_HEADROOM)
#define HP_XDP_TX_SLOTS 64
#define HP_XDP_JUMBO_MAX 16384
#define HP_XDP_ADDRESS 0xffffffffffffULL /* the rest of an address is an offset, in unaligned mode */

typedef struct hp_xdp_ring {
  uint32_t *producer;
  uint32_t *consumer;
  uint32_t *flags;
  void *entries;  /* uint64_t addresses (fill, completion) or struct xdp_desc */
  uint32_t mask;
  uint32_t mine;  /* our own cursor */
  uint32_t other; /* the kernel's, as last seen */
  void *map;
  uint64_t map_size;
} hp_xdp_ring;

typedef struct hp_xdp_socket {
  int fd;
  uint8_t *memory;
  hp_region region;
  int is_jumbo;
  int is_zero_copy;
  uint32_t chunks;
  uint32_t chunk;       /* bytes from one chunk to the next */
  uint64_t tx_base;
  uint32_t tx_slot;     /* bytes of a transmit slot */
  hp_xdp_ring fill;
  hp_xdp_ring completion;
  hp_xdp_ring rx;
  hp_xdp_ring tx;
} hp_xdp_socket;

/* Makes memory and rings and hands all receive chunks to the kernel. On failure info->why is set, and
 * hp_xdp_socket_close still has to be called. */
int32_t hp_xdp_socket_open(hp_xdp_socket *s, const hp_port_config *config, hp_port_info *info);
/* Binds to the queue: zero copy first, unless told otherwise. */
int32_t hp_xdp_socket_bind(hp_xdp_socket *s, const hp_netdev *dev, const hp_port_config *config,
                           hp_port_info *info);
void hp_xdp_socket_close(hp_xdp_socket *s);

/* 1 when frames of that size need more than one chunk. */
static inline int hp_xdp_is_jumbo(uint32_t frame_size) { return frame_size > HP_XDP_STRIDE; }

static inline uint32_t hp_xdp_load(const uint32_t *at) { return __atomic_load_n(at, __ATOMIC_ACQUIRE); }

static inline void hp_xdp_store(uint32_t *at, uint32_t value) {
  __atomic_store_n(at, value, __ATOMIC_RELEASE);
}

static inline int hp_xdp_wants_wakeup(const hp_xdp_ring *ring) {
  return (__atomic_load_n(ring->flags, __ATOMIC_RELAXED) & XDP_RING_NEED_WAKEUP) != 0;
}

#endif
