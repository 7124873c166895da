/* Receiving: chunks out of a ring that the card writes without asking.
 *
 * Each chunk is copied to a slot of ours and judged there, since what lies in the ring may change while
 * it is read. Whether the copy is whole tells the chunk in front of the frame, the sentinel: the card
 * goes round in order, so it has rewritten the sentinel's trailer before it touches the frame. The
 * frame's own trailers do not tell: payload comes first. All 64 bits are compared, ticks too, so that
 * a reader that slept through 256 laps sees no generation that happens to fit.
 *
 * A frame whose end is not there yet is gone on with in the next burst; nothing here waits. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "client.h"

/* Chunks looked at in one burst: strangers count, too, and a flood of them must not starve TCP. */
#define CHUNKS_PER_BURST 2048
#define CATCH_UP_TRIES 64

static inline uint64_t trailer_at(const exa_receiver *rx, uint32_t chunk) {
  const uint8_t *at = rx->ring + (size_t)chunk * EXA_CHUNK_SIZE + EXA_CHUNK_PAYLOAD;
  return __atomic_load_n((const uint64_t *)(const void *)at, __ATOMIC_ACQUIRE);
}

/* Finds where the card is: chunks from 0 on are of one generation, those behind it of the one before.
 * 0 when the card moved on meanwhile. */
static int find_writer(const exa_receiver *rx, uint32_t *next, uint8_t *generation) {
  uint8_t first = exa_trailer_generation(trailer_at(rx, 0));
  uint32_t low = 0;
  uint32_t high = EXA_CHUNKS;
  while (high - low > 1) {
    uint32_t middle = (low + high) / 2;
    if (exa_trailer_generation(trailer_at(rx, middle)) == first) low = middle;
    else high = middle;
  }
  *next = high == EXA_CHUNKS ? 0 : high;
  *generation = high == EXA_CHUNKS ? (uint8_t)(first + 1) : first;
  return exa_trailer_generation(trailer_at(rx, *next)) == (uint8_t)(*generation - 1);
}

/* Goes on behind the newest chunk, and behind the frame that it is in the middle of. */
void exa_rx_catch_up(exa_receiver *rx) {
  for (int i = 0; i < CATCH_UP_TRIES; i++) {
    uint32_t next;
    uint8_t generation;
    if (!find_writer(rx, &next, &generation)) continue;
    uint32_t before = next == 0 ? EXA_CHUNKS - 1 : next - 1;
    uint64_t sentinel = trailer_at(rx, before);
    uint8_t expected = next == 0 ? (uint8_t)(generation - 1) : generation;
    if (exa_trailer_generation(sentinel) != expected) continue;
    rx->next = next;
    rx->generation = generation;
    rx->sentinel_at = before;
    rx->sentinel = sentinel;
    rx->state = exa_trailer_length(sentinel) == 0 ? EXA_LOST : EXA_BETWEEN;
    rx->size = 0;
    return;
  }
  /* The card is faster than we can look: stay behind, and be lapped again in the next burst. */
}

static void lapped(hp_exanic *p) {
  p->stats->lapped += 1;
  exa_rx_catch_up(&p->rx);
}

/* What a whole frame is; 1 when it was handed on as descriptor `count`. */
static uint32_t judge(hp_exanic *p, uint64_t trailer, uint32_t size, uint32_t count) {
  exa_receiver *rx = &p->rx;
  hp_port_stats *stats = p->stats;
  if (exa_trailer_status(trailer) != 0) {
    stats->errors += 1;
    return 0;
  }
  if (rx->state == EXA_PASSING) {
    stats->strangers += 1;
    return 0;
  }
  if (size < EXA_FCS_BYTES) {
    stats->malformed += 1;
    return 0;
  }
  uint32_t wire = size - EXA_FCS_BYTES;
  uint32_t kept = wire < p->frame_size ? wire : p->frame_size;
  uint32_t offset = rx->slot * rx->slot_size;
  hp_payload payload;
  int verdict = hp_frame_find(rx->arena + offset, kept, wire, &p->lines, 0, &payload);
  if (verdict != HP_FRAME_OURS) {
    hp_frame_count(stats, verdict);
    return 0;
  }
  double rx_ns = 0;
  uint32_t stamp = 0;
  if (atomic_load_explicit(&p->rx_stamps, memory_order_relaxed)) {
    exa_clock_anchor(p);
    rx_ns = exa_clock_ns(&p->clock, exa_trailer_ticks(trailer));
    stamp = HP_RX_STAMP_NIC;
  }
  hp_frame_describe(&p->desc[count], stats, &p->lines, &payload, offset, rx_ns, stamp);
  rx->slot = (rx->slot + 1) & (EXA_SLOTS - 1);
  return 1;
}

/* Copies the payload of a chunk behind what the slot has. Always 120 bytes, which is one unrolled
 * copy; a slot has room for one chunk more than it keeps. */
static inline void collect(exa_receiver *rx, const uint8_t *chunk) {
  if (rx->size >= rx->kept_max) return;
  memcpy(rx->arena + rx->slot * rx->slot_size + rx->size, chunk, EXA_CHUNK_PAYLOAD);
}

/* After the first chunk of a longer frame: all headers are in it. A stranger is not copied further. */
static inline int is_stranger(const hp_exanic *p) {
  hp_payload payload;
  const uint8_t *frame = p->rx.arena + p->rx.slot * p->rx.slot_size;
  return hp_frame_find(frame, EXA_CHUNK_PAYLOAD, UINT32_MAX, &p->lines,
                       HP_CHECKED_IP | HP_CHECKED_UDP, &payload) == HP_FRAME_STRANGER;
}

/* Takes the next chunk, whose trailer has the right generation; 1 when a descriptor was filled. */
static uint32_t take(hp_exanic *p, uint64_t trailer, uint32_t count) {
  exa_receiver *rx = &p->rx;
  uint32_t chunk = rx->next;
  uint32_t length = exa_trailer_length(trailer);
  if (rx->state == EXA_BETWEEN) rx->state = EXA_COLLECTING;
  if (rx->state == EXA_COLLECTING) collect(rx, rx->ring + (size_t)chunk * EXA_CHUNK_SIZE);
  if (++rx->next == EXA_CHUNKS) {
    rx->next = 0;
    rx->generation++;
  }
  if (length == 0) {
    if (rx->size == 0 && rx->state == EXA_COLLECTING && is_stranger(p)) rx->state = EXA_PASSING;
    rx->size += EXA_CHUNK_PAYLOAD;
    return 0;
  }
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  if (trailer_at(rx, rx->sentinel_at) != rx->sentinel) {
    lapped(p);
    return 0;
  }
  uint32_t size = rx->size + (length < EXA_CHUNK_PAYLOAD ? length : EXA_CHUNK_PAYLOAD);
  uint32_t handed_on = rx->state == EXA_LOST ? 0 : judge(p, trailer, size, count);
  rx->sentinel_at = chunk;
  rx->sentinel = trailer;
  rx->state = EXA_BETWEEN;
  rx->size = 0;
  return handed_on;
}

int32_t exa_rx_burst(hp_exanic *p) {
  exa_receiver *rx = &p->rx;
  uint32_t count = 0;
  for (uint32_t looked = 0; looked < CHUNKS_PER_BURST && count < HP_BURST_MAX; looked++) {
    uint64_t trailer = trailer_at(rx, rx->next);
    uint8_t generation = exa_trailer_generation(trailer);
    if (generation != rx->generation) {
      if ((uint8_t)(generation + 1) != rx->generation) lapped(p);
      break;
    }
    count += take(p, trailer, count);
  }
  p->stats->polls += 1;
  p->stats->packets += count;
  return (int32_t)count;
}

static int32_t map_ring(hp_exanic *p, hp_port_info *info) {
  uint64_t page = p->buffer > 0 ? exa_filter_page(p->port, p->filter_buffers, p->buffer - 1)
                                : exa_ring_page(p->port);
  void *ring = mmap(NULL, EXA_RING_SIZE, PROT_READ, MAP_SHARED | MAP_POPULATE, p->fd,
                    (off_t)(page * EXA_PAGE));
  if (ring == MAP_FAILED)
    return exa_why(info, HP_ESYS, "the receive ring of %s:%u can't be mapped", p->device, p->port);
  p->rx.ring = ring;
  return HP_OK;
}

static int32_t take_buffer(hp_exanic *p, hp_port_info *info) {
  exa_filter_buffer buffer = {.port = p->port, .buffer = EXA_ANY_BUFFER};
  if (p->system->ioctl(p->fd, EXA_IOCTL_BUFFER_ALLOC, &buffer) != 0)
    return exa_why(info, HP_EBUSY,
                   "all %u filter buffers of %s:%u are taken: end another program that has one, or "
                   "set exanic = { steer = false }",
                   p->filter_buffers, p->device, p->port);
  p->buffer = buffer.buffer + 1;
  return HP_OK;
}

/* Steers every line into our buffer. */
static int32_t steer(hp_exanic *p, hp_port_info *info) {
  for (uint32_t i = 0; i < p->lines.count; i++) {
    const hp_port_line *line = &p->lines.line[i];
    uint32_t address = line->group != 0 ? line->group : line->iface;
    exa_ip_filter filter = {.port = p->port,
                            .buffer = p->buffer - 1,
                            .source = __builtin_bswap32(line->source),
                            .destination = __builtin_bswap32(address),
                            .destination_port = __builtin_bswap16((uint16_t)line->port),
                            .protocol = HP_PROTOCOL_UDP};
    if (p->system->ioctl(p->fd, EXA_IOCTL_FILTER_ADD_IP, &filter) == 0) continue;
    return exa_why(info, HP_ENOSPC,
                   "%s:%u has no filter rule left for line %u of %u: give it fewer lines, or set "
                   "exanic = { steer = false }",
                   p->device, p->port, i + 1, p->lines.count);
  }
  info->flags |= HP_PORT_STEERS;
  return HP_OK;
}

int32_t exa_rx_open(hp_exanic *p, const hp_port_config *config, hp_port_info *info) {
  exa_receiver *rx = &p->rx;
  const char *options = (const char *)config->options;
  int steers = p->filter_buffers > 0 && p->lines.count > 0 && strcmp(options, "default-ring") != 0;
  int32_t status = steers ? take_buffer(p, info) : HP_OK;
  if (status == HP_OK) status = map_ring(p, info);
  if (status != HP_OK) return status;
  rx->kept_max = p->frame_size + EXA_FCS_BYTES;
  rx->slot_size = (rx->kept_max + EXA_CHUNK_PAYLOAD + 63) & ~63u;
  p->arena_size = (size_t)rx->slot_size * EXA_SLOTS;
  rx->arena = mmap(NULL, p->arena_size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (rx->arena == MAP_FAILED) {
    rx->arena = NULL;
    return exa_why(info, HP_ENOSPC, "no memory for %zu bytes of frames", p->arena_size);
  }
  exa_rx_catch_up(rx);
  /* Last, so that we see the first frame that the rules bring. */
  return steers ? steer(p, info) : HP_OK;
}

void exa_rx_close(hp_exanic *p) {
  if (p->rx.ring != NULL) munmap((void *)(uintptr_t)p->rx.ring, EXA_RING_SIZE);
  if (p->rx.arena != NULL) munmap(p->rx.arena, p->arena_size);
  exa_filter_buffer buffer = {.port = p->port, .buffer = p->buffer - 1};
  if (p->buffer > 0) p->system->ioctl(p->fd, EXA_IOCTL_BUFFER_FREE, &buffer);
}
