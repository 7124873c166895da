/* Sending: frames are written into the card's memory, then the doorbell is told where.
 *
 *   | chunk | chunk | free ......................... | chunk under way | chunk under way |
 *           ^ head                                   ^ start[done_id + 1]
 *
 * Every frame asks for feedback: two bytes that the card writes when it is done with it, which is how
 * we know what is free. The memory is write-combining: reads are slow and there are none; a chunk is
 * put together in ordinary memory and copied in one go, its id last. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "client.h"

#define TX_SIZE_WANTED 16384u
#define TX_SIZE_MIN 4096u
/* Ethernet without FCS; a shorter frame is filled with zeros. */
#define FRAME_MIN 60u
#define FRAME_AT (sizeof(exa_tx_chunk) + EXA_TX_PADDING)

static inline uint32_t chunk_size(uint32_t frame) {
  return ((uint32_t)FRAME_AT + frame + EXA_TX_ALIGN - 1) & ~(EXA_TX_ALIGN - 1);
}

static inline uint32_t under_way(const exa_sender *tx) {
  return (uint16_t)(tx->next_id - 1 - tx->done_id);
}

/* Takes what the card has fed back. What is no id of ours is not believed. */
static void collect(exa_sender *tx) {
  uint16_t told = *tx->feedback;
  if ((uint16_t)(told - tx->done_id) <= under_way(tx)) tx->done_id = told;
}

/* Whether `need` bytes are free at `head`, or at 0 when they do not fit behind it; moves `head`. */
static int fits(exa_sender *tx, uint32_t need) {
  uint32_t busy = under_way(tx);
  if (busy >= tx->queue) return 0;
  if (busy == 0) {
    if (tx->head + need > tx->size) tx->head = 0;
    return 1;
  }
  uint32_t oldest = tx->start[(uint16_t)(tx->done_id + 1) & (tx->queue - 1)];
  if (tx->head <= oldest) return need <= oldest - tx->head;
  if (tx->head + need <= tx->size) return 1;
  if (need > oldest) return 0;
  tx->head = 0;
  return 1;
}

static int has_room(exa_sender *tx, uint32_t frame) {
  uint32_t need = chunk_size(frame);
  if (fits(tx, need)) return 1;
  collect(tx);
  return fits(tx, need);
}

/* Builds the frame in `stage`; its length, or a status. */
static int32_t build(hp_exanic *p, int32_t flow, uint32_t offset, uint32_t length) {
  exa_sender *tx = &p->tx;
  if (tx->memory == NULL || offset > p->payloads_size || length > p->payloads_size - offset)
    return HP_EINVAL;
  if (flow != HP_TX_RAW && (flow < 0 || (uint32_t)flow >= tx->flow_count)) return HP_EINVAL;
  uint32_t header = flow == HP_TX_RAW ? 0 : tx->flow[flow].length;
  uint32_t size = header + length;
  if (size > p->frame_size || (flow == HP_TX_RAW && size < HP_ETHERNET_BYTES)) return HP_EINVAL;
  uint8_t *frame = tx->stage + FRAME_AT;
  tx->loaded = 0; /* what lay ready was in `stage`, too */
  if (flow == HP_TX_RAW) memcpy(frame, p->payloads + offset, length);
  else hp_tx_frame(frame, &tx->flow[flow], p->payloads + offset, length);
  if (size < FRAME_MIN) {
    memset(frame + size, 0, FRAME_MIN - size);
    size = FRAME_MIN;
  }
  return (int32_t)size;
}

/* Everything of a chunk but its header. */
static inline void write_frame(exa_sender *tx, uint32_t frame) {
  memcpy(tx->memory + tx->head + sizeof(exa_tx_chunk), tx->stage + sizeof(exa_tx_chunk),
         EXA_TX_PADDING + frame);
}

/* Hands the chunk at `head` to the card. */
static void ring_doorbell(hp_exanic *p, uint32_t frame) {
  exa_sender *tx = &p->tx;
  exa_tx_chunk chunk = {.id = tx->next_id,
                        .slot = tx->slot,
                        .length = (uint16_t)(EXA_TX_PADDING + frame),
                        .type = EXA_TX_RAW};
  uint64_t header;
  memcpy(&header, &chunk, sizeof header);
  __atomic_store_n((uint64_t *)(void *)(tx->memory + tx->head), header, __ATOMIC_RELEASE);
  __builtin_ia32_sfence(); /* out of the write-combining buffers before the card looks */
  p->registers[EXA_PORT_REG(p->port, EXA_PORT_DOORBELL)] = tx->base + tx->head;
  tx->start[tx->next_id & (tx->queue - 1)] = tx->head;
  tx->next_id++;
  tx->head += chunk_size(frame);
  tx->loaded = 0;
  p->stats->tx_packets += 1;
  p->stats->tx_bytes += (double)frame;
}

int32_t exa_tx_send(hp_exanic *p, int32_t flow, uint32_t offset, uint32_t length) {
  int32_t frame = build(p, flow, offset, length);
  if (frame < 0) return frame;
  if (!has_room(&p->tx, (uint32_t)frame)) {
    p->stats->tx_refused += 1;
    return HP_EAGAIN;
  }
  write_frame(&p->tx, (uint32_t)frame);
  ring_doorbell(p, (uint32_t)frame);
  return HP_OK;
}

int32_t exa_tx_preload(hp_exanic *p, int32_t flow, uint32_t offset, uint32_t length) {
  if (flow == HP_TX_RAW) return HP_EINVAL;
  int32_t frame = build(p, flow, offset, length);
  if (frame < 0) return frame;
  if (!has_room(&p->tx, (uint32_t)frame)) return HP_EAGAIN;
  write_frame(&p->tx, (uint32_t)frame);
  p->tx.loaded = (uint32_t)frame;
  p->tx.loaded_payload = p->tx.flow[flow].length;
  return HP_OK;
}

/* The checksum of the frame in `stage` with `sum` bytes of payload changed: RFC 1624, equation 3. */
static void mend_checksum(uint8_t *field, const uint8_t *old, const uint8_t *fresh, uint32_t length) {
  uint16_t check;
  memcpy(&check, field, 2);
  uint32_t sum = (uint16_t)~check + (uint32_t)(uint16_t)~hp_sum(old, length, 0) +
                 hp_sum(fresh, length, 0);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  check = (uint16_t)~sum;
  if (check == 0) check = 0xffff;
  memcpy(field, &check, 2);
}

int32_t exa_tx_fire(hp_exanic *p, uint32_t at, uint32_t offset, uint32_t length) {
  exa_sender *tx = &p->tx;
  if (tx->loaded == 0) return HP_EAGAIN;
  uint8_t *udp = tx->stage + FRAME_AT + tx->loaded_payload - 8;
  uint32_t payload = (uint32_t)hp_get16(udp + 4) - 8;
  if (offset > p->payloads_size || length > p->payloads_size - offset) return HP_EINVAL;
  /* Whole words of the checksum: what is changed begins at an even byte, and ends so or with all. */
  if (at > payload || length > payload - at || at % 2 != 0) return HP_EINVAL;
  if (length % 2 != 0 && at + length != payload) return HP_EINVAL;
  uint8_t *place = udp + 8 + at;
  mend_checksum(udp + 6, place, p->payloads + offset, length);
  memcpy(place, p->payloads + offset, length);
  uint8_t *memory = tx->memory + tx->head;
  memcpy(memory + (udp + 6 - tx->stage), udp + 6, 2);
  memcpy(memory + (place - tx->stage), place, length);
  ring_doorbell(p, tx->loaded);
  return HP_OK;
}

int32_t exa_tx_warm(hp_exanic *p, int32_t flow, uint32_t offset, uint32_t length) {
  int32_t frame = build(p, flow, offset, length);
  if (frame < 0) return frame;
  if (!has_room(&p->tx, (uint32_t)frame)) return HP_EAGAIN;
  write_frame(&p->tx, (uint32_t)frame);
  __builtin_ia32_sfence();
  /* A write that the card ignores wakes the bus as the doorbell would. What is there is written, for
   * a card made of memory. */
  p->registers[EXA_REG_INTERFACE] = 1;
  return HP_OK;
}

double exa_tx_stamp(hp_exanic *p) {
  exa_sender *tx = &p->tx;
  if (tx->memory == NULL || tx->next_id == 1) return 0;
  collect(tx);
  if (under_way(tx) != 0 || !atomic_load_explicit(&p->tx_stamps, memory_order_relaxed)) return 0;
  exa_clock_anchor(p);
  return exa_clock_ns(&p->clock, p->registers[EXA_PORT_REG(p->port, EXA_PORT_SENT_TIME)]);
}

int32_t exa_tx_flow(hp_exanic *p, const hp_tx_flow *flow) {
  exa_sender *tx = &p->tx;
  if (!hp_tx_flow_is_valid(flow)) return HP_EINVAL;
  if (tx->flow_count == HP_TX_FLOWS_MAX) return HP_ENOSPC;
  uint32_t source = flow->source_address != 0 ? flow->source_address : p->address;
  if (source == 0) return HP_EINVAL;
  uint8_t mac[6];
  if (!hp_tx_flow_mac(flow, mac)) {
    int32_t status = exa_kernel_neighbour(p, flow->address, mac);
    if (status != HP_OK) return status;
  }
  hp_tx_header_set(&tx->flow[tx->flow_count], flow, source, p->vlan, mac, p->mac);
  return (int32_t)tx->flow_count++;
}

static int32_t take_memory(hp_exanic *p, uint64_t region, uint64_t *offset, hp_port_info *info) {
  exa_sender *tx = &p->tx;
  uint32_t least = chunk_size(p->frame_size);
  uint32_t size = TX_SIZE_WANTED;
  while (size < 4 * least) size *= 2;
  for (; size >= TX_SIZE_MIN && size >= least; size /= 2) {
    exa_tx_buffer buffer = {.port = p->port, .size = size};
    if (p->system->ioctl(p->fd, EXA_IOCTL_TX_ALLOC, &buffer) != 0) continue;
    if (buffer.offset % EXA_PAGE != 0 || buffer.offset + size > region) break;
    *offset = buffer.offset;
    tx->size = size;
    return HP_OK;
  }
  return exa_why(info, HP_EBUSY,
                 "no transmit memory of %s:%u is free for frames of %u bytes: end another program "
                 "that sends by it, or lower frame_bytes",
                 p->device, p->port, p->frame_size);
}

int32_t exa_tx_open(hp_exanic *p, uint64_t region, hp_port_info *info) {
  exa_sender *tx = &p->tx;
  if (region == 0 || (p->registers[EXA_PORT_REG(p->port, EXA_PORT_STATUS)] & EXA_STATUS_NO_TX))
    return exa_why(info, HP_ENOTSUP, "%s:%u can't send: it has no transmitter", p->device, p->port);
  uint64_t offset = 0;
  int32_t status = take_memory(p, region, &offset, info);
  if (status != HP_OK) return status;
  exa_feedback feedback = {.port = p->port};
  if (p->system->ioctl(p->fd, EXA_IOCTL_FEEDBACK_ALLOC, &feedback) != 0 ||
      feedback.slot >= EXA_FEEDBACK_SLOTS)
    return exa_why(info, HP_EBUSY, "no feedback slot of %s:%u is free: end another program that sends",
                   p->device, p->port);
  tx->map_size = offset + tx->size;
  tx->map = mmap(NULL, tx->map_size, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd,
                 (off_t)EXA_TX_PAGE * EXA_PAGE);
  void *page = mmap(NULL, EXA_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd,
                    (off_t)EXA_FEEDBACK_PAGE * EXA_PAGE);
  p->feedback_page = page == MAP_FAILED ? NULL : page;
  tx->stage = aligned_alloc(64, (chunk_size(p->frame_size + HP_TX_HEADER_MAX) + 63) & ~63u);
  if (tx->map == MAP_FAILED || p->feedback_page == NULL || tx->stage == NULL) {
    if (tx->map == MAP_FAILED) tx->map = NULL;
    return exa_why(info, HP_ESYS, "the transmit memory of %s can't be mapped: %s", p->device,
                   strerror(errno));
  }
  memset(tx->stage, 0, FRAME_AT);
  tx->memory = (uint8_t *)tx->map + offset;
  tx->base = (uint32_t)offset;
  tx->slot = (uint16_t)feedback.slot;
  tx->feedback = (volatile uint16_t *)(void *)p->feedback_page + feedback.slot;
  *tx->feedback = 0;
  tx->next_id = 1;
  tx->queue = 1;
  while (tx->queue * 2 <= tx->size / EXA_TX_BYTES_PER_COMMAND && tx->queue < EXA_QUEUE_MAX)
    tx->queue *= 2;
  return HP_OK;
}

/* Memory and slot go back when the device closes. */
void exa_tx_close(hp_exanic *p) {
  if (p->tx.map != NULL) munmap(p->tx.map, p->tx.map_size);
  if (p->feedback_page != NULL) munmap(p->feedback_page, EXA_PAGE);
  free(p->tx.stage);
}
