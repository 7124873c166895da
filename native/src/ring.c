/* Ring Port: packets from one producer to one consumer, in another thread or process.
 * The layout is drawn in hairpin.h. The consumer trusts nothing it reads: a frame that does not fit
 * between its cursor and the producer's is counted, and the ring is skipped to the producer's. */
#include <string.h>

#include "internal.h"

#define FRAME_HEADER 16
#define DATA_SIZE_MIN 4096
#define DATA_SIZE_MAX (1u << 30)

static _Atomic uint32_t *cursor(uint32_t *word) { return (_Atomic uint32_t *)word; }

static hp_ring_handle *ring_find(int32_t handle) {
  if (handle < 0 || handle >= HP_RING_MAX) return NULL;
  hp_ring_handle *h = &hp_lib.ring[handle];
  return atomic_load_explicit(&h->used, memory_order_relaxed) == 2 ? h : NULL;
}

/* Lays a new ring out over the largest power of two that fits behind the header. */
static int32_t ring_create(hp_ring *ring, double room) {
  uint32_t size = DATA_SIZE_MIN;
  if (room < DATA_SIZE_MIN) return HP_EINVAL;
  while (size < DATA_SIZE_MAX && (double)size * 2 <= room) size *= 2;
  memset(ring, 0, sizeof *ring);
  ring->abi = HP_ABI_VERSION;
  ring->data_size = size;
  atomic_store_explicit(cursor(&ring->magic), HP_MAGIC, memory_order_release);
  return HP_OK;
}

int32_t hp_ring_open(double address, double bytes, double desc, double stats, int32_t create) {
  double room = bytes - (double)sizeof(hp_ring);
  if (!(address > 0) || ((uintptr_t)address & 7) != 0 || !(room >= DATA_SIZE_MIN)) return HP_EINVAL;
  hp_ring *ring = hp_pointer(address);
  if (create) {
    int32_t status = ring_create(ring, room);
    if (status != HP_OK) return status;
  }
  if (atomic_load_explicit(cursor(&ring->magic), memory_order_acquire) != HP_MAGIC) return HP_EABI;
  if (ring->abi != HP_ABI_VERSION) return HP_EABI;
  uint32_t size = ring->data_size;
  if (size < DATA_SIZE_MIN || (size & (size - 1)) != 0 || (double)size > room) return HP_EABI;
  if (((ring->head | ring->tail) & 7) != 0) return HP_EABI;
  for (int32_t handle = 0; handle < HP_RING_MAX; handle++) {
    hp_ring_handle *h = &hp_lib.ring[handle];
    int32_t expected = 0;
    if (!atomic_compare_exchange_strong(&h->used, &expected, 1)) continue;
    h->ring = ring;
    h->data = (uint8_t *)ring + sizeof *ring;
    h->desc = hp_pointer(desc);
    h->stats = hp_pointer(stats);
    h->size = size;
    h->tail = h->next = atomic_load_explicit(cursor(&ring->tail), memory_order_acquire);
    h->head = atomic_load_explicit(cursor(&ring->head), memory_order_acquire);
    atomic_store(&h->used, 2);
    return handle;
  }
  return HP_ENOSPC;
}

static void frame_describe(hp_ring_handle *h, hp_rx_desc *desc, uint32_t at, uint32_t length) {
  const uint8_t *frame = h->data + at;
  desc->offset = (uint32_t)sizeof(hp_ring) + at + FRAME_HEADER;
  desc->length = length;
  desc->flags = 0;
  memcpy(&desc->line, frame + 4, 4);
  memcpy(&desc->rx_ns, frame + 8, 8);
  if (desc->rx_ns != 0) desc->flags = HP_RX_STAMP_KERNEL;
}

int32_t hp_ring_rx_burst(int32_t handle) {
  hp_ring_handle *h = ring_find(handle);
  if (h == NULL) return HP_ECLOSED;
  if (h->desc == NULL || h->stats == NULL) return HP_EINVAL;
  h->stats->polls += 1;
  uint32_t head = atomic_load_explicit(cursor(&h->ring->head), memory_order_acquire);
  uint32_t next = h->next;
  uint32_t bytes = 0;
  int32_t count = 0;
  if (((head | next) & 7) != 0 || head - next > h->size) {
    h->stats->errors += 1;
    h->next = head & ~7u;
    return 0;
  }
  while (next != head && count < HP_BURST_MAX) {
    uint32_t at = next & (h->size - 1);
    uint32_t room = h->size - at;    /* to the end of the data */
    uint32_t ready = head - next;    /* published by the producer */
    uint32_t length = /* read once: what is checked is what is used */
        atomic_load_explicit(cursor((uint32_t *)(void *)(h->data + at)), memory_order_relaxed);
    if (length == HP_RING_WRAP && room <= ready) {
      next += room;
      continue;
    }
    uint32_t limit = room < ready ? room : ready;
    if (limit < FRAME_HEADER || length > limit - FRAME_HEADER) {
      h->stats->errors += 1;
      next = head;
      break;
    }
    frame_describe(h, &h->desc[count++], at, length);
    bytes += length;
    next += (FRAME_HEADER + length + 7) & ~7u;
  }
  h->next = next;
  if (count > 0) {
    h->stats->packets += count;
    h->stats->bytes += bytes;
  }
  return count;
}

int32_t hp_ring_rx_release(int32_t handle) {
  hp_ring_handle *h = ring_find(handle);
  if (h == NULL) return HP_ECLOSED;
  atomic_store_explicit(cursor(&h->ring->tail), h->next, memory_order_release);
  return HP_OK;
}

int32_t hp_ring_tx(int32_t handle, double payload, int32_t length, int32_t line, double rx_ns) {
  hp_ring_handle *h = ring_find(handle);
  if (h == NULL) return HP_ECLOSED;
  if (length < 0 || (uint32_t)length > h->size / 2 || (length > 0 && !(payload > 0))) return HP_EINVAL;
  uint32_t need = (FRAME_HEADER + (uint32_t)length + 7) & ~7u;
  uint32_t head = h->head; /* our own: the word in the ring is for the consumer */
  uint32_t at = head & (h->size - 1);
  uint32_t skip = h->size - at < need ? h->size - at : 0;
  if (h->size - (head - h->tail) < need + skip) {
    h->tail = atomic_load_explicit(cursor(&h->ring->tail), memory_order_acquire);
    if (head - h->tail > h->size || h->size - (head - h->tail) < need + skip) {
      h->ring->drops += 1;
      return HP_EAGAIN;
    }
  }
  if (skip > 0) {
    const uint32_t wrap = HP_RING_WRAP;
    memcpy(h->data + at, &wrap, 4);
    at = 0;
  }
  uint8_t *frame = h->data + at;
  memcpy(frame, &length, 4);
  memcpy(frame + 4, &line, 4);
  memcpy(frame + 8, &rx_ns, 8);
  if (length > 0) memcpy(frame + FRAME_HEADER, hp_pointer(payload), (size_t)length);
  h->head = head + skip + need;
  atomic_store_explicit(cursor(&h->ring->head), h->head, memory_order_release);
  return HP_OK;
}

int32_t hp_ring_close(int32_t handle) {
  hp_ring_handle *h = ring_find(handle);
  if (h == NULL) return HP_ECLOSED;
  atomic_store(&h->used, 0);
  return HP_OK;
}
