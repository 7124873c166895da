/* Memory and rings of an AF_XDP socket, by raw system calls.
 *
 * Jumbo frames: the kernel spreads a frame over as many chunks as it needs (XDP_USE_SG), taking them from
 * the fill ring in order. With unaligned chunks they may lie where we like, so chunk i + 1 begins where
 * its headroom ends at the end of the data of chunk i:
 *
 *   chunk i    | headroom 256 | data 3840 ............ |
 *   chunk i+1                   | ..... headroom 256 | data 3840 ............ |
 *
 * In copy mode nothing is ever written to the headroom, and a frame is contiguous, as a Port needs it.
 * Only at the end of the memory one may wrap: its tail is copied to the spill behind the last chunk.
 * A card that writes by itself may use the headroom, so zero copy ends at 3840 bytes. */
#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "xdp-socket.h"

#ifndef AF_XDP
#define AF_XDP 44
#endif
#ifndef SOL_XDP
#define SOL_XDP 283
#endif
#ifndef XDP_USE_SG
#define XDP_USE_SG (1 << 4)
#endif
#ifndef SO_PREFER_BUSY_POLL
#define SO_PREFER_BUSY_POLL 69
#endif
#ifndef SO_BUSY_POLL_BUDGET
#define SO_BUSY_POLL_BUDGET 70
#endif

#define FRAMES_DEFAULT 4096
#define FRAMES_JUMBO_DEFAULT 1024
#define RING_MAX 65536
/* A queue is free only some time after its last socket was closed: the kernel does that later. */
#define BIND_TRIES 1000
#define BIND_PAUSE_NS 1000000

static int set(int fd, int name, const void *value, socklen_t size) {
  return setsockopt(fd, SOL_XDP, name, value, size);
}

/* Where everything lies; fills chunk, chunks, tx_base and tx_slot. Returns the bytes it takes. */
static uint64_t lay_out(hp_xdp_socket *s, const hp_port_config *config) {
  s->is_jumbo = hp_xdp_is_jumbo(config->frame_size);
  uint32_t frames = config->frames;
  if (frames == 0) frames = s->is_jumbo ? FRAMES_JUMBO_DEFAULT : FRAMES_DEFAULT;
  if (config->line_count == 0) frames = 1;
  uint64_t size;
  if (s->is_jumbo) {
    uint32_t each = (config->frame_size + HP_XDP_STRIDE - 1) / HP_XDP_STRIDE;
    s->chunks = frames;
    while (s->chunks < frames * each && s->chunks < RING_MAX) s->chunks *= 2;
    s->chunk = HP_XDP_STRIDE;
    s->tx_slot = HP_XDP_JUMBO_MAX + HP_XDP_CHUNK;
    size = (uint64_t)s->chunks * HP_XDP_STRIDE + HP_XDP_CHUNK + HP_XDP_JUMBO_MAX;
  } else {
    s->chunks = frames;
    s->chunk = config->frame_size + HP_XDP_HEADROOM <= 2048 ? 2048 : HP_XDP_CHUNK;
    s->tx_slot = s->chunk;
    size = (uint64_t)s->chunks * s->chunk;
  }
  s->tx_base = (size + HP_XDP_CHUNK - 1) / HP_XDP_CHUNK * HP_XDP_CHUNK;
  return s->tx_base + (uint64_t)HP_XDP_TX_SLOTS * s->tx_slot;
}

static int memory_open(hp_xdp_socket *s, const hp_port_config *config) {
  if (hp_arena_alloc((double)lay_out(s, config), HP_MEM_HUGE | HP_MEM_TOUCH, &s->region) != HP_OK) return 0;
  s->memory = hp_pointer(s->region.addr);
  struct xdp_umem_reg request;
  memset(&request, 0, sizeof request);
  request.addr = (uintptr_t)s->memory;
  request.len = (uint64_t)s->region.size;
  request.chunk_size = s->is_jumbo ? HP_XDP_CHUNK : s->chunk;
  request.flags = s->is_jumbo ? XDP_UMEM_UNALIGNED_CHUNK_FLAG : 0;
  return set(s->fd, XDP_UMEM_REG, &request, sizeof request) == 0;
}

/* Makes a ring of `size` entries (a power of two) and maps it. */
static int ring_open(hp_xdp_socket *s, hp_xdp_ring *ring, int name, uint64_t page, uint32_t size,
                     uint32_t entry) {
  struct xdp_mmap_offsets all;
  socklen_t length = sizeof all;
  if (set(s->fd, name, &size, sizeof size) != 0) return 0;
  if (getsockopt(s->fd, SOL_XDP, XDP_MMAP_OFFSETS, &all, &length) != 0) return 0;
  const struct xdp_ring_offset *at = name == XDP_RX_RING          ? &all.rx
                                     : name == XDP_TX_RING        ? &all.tx
                                     : name == XDP_UMEM_FILL_RING ? &all.fr
                                                                  : &all.cr;
  uint64_t bytes = at->desc + (uint64_t)size * entry;
  uint8_t *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, s->fd, (off_t)page);
  if (map == MAP_FAILED) return 0;
  ring->map = map;
  ring->map_size = bytes;
  ring->producer = (void *)(map + at->producer);
  ring->consumer = (void *)(map + at->consumer);
  ring->flags = (void *)(map + at->flags);
  ring->entries = map + at->desc;
  ring->mask = size - 1;
  return 1;
}

static int rings_open(hp_xdp_socket *s, const hp_port_config *config) {
  uint32_t sends = HP_XDP_TX_SLOTS * (s->is_jumbo ? 8 : 1);
  uint32_t address = sizeof(uint64_t);
  uint32_t desc = sizeof(struct xdp_desc);
  if (!ring_open(s, &s->fill, XDP_UMEM_FILL_RING, XDP_UMEM_PGOFF_FILL_RING, s->chunks, address) ||
      !ring_open(s, &s->completion, XDP_UMEM_COMPLETION_RING, XDP_UMEM_PGOFF_COMPLETION_RING, sends, address))
    return 0;
  if (config->line_count > 0 && !ring_open(s, &s->rx, XDP_RX_RING, XDP_PGOFF_RX_RING, s->chunks, desc))
    return 0;
  if ((config->tx_size > 0 || config->line_count == 0) &&
      !ring_open(s, &s->tx, XDP_TX_RING, XDP_PGOFF_TX_RING, sends, desc))
    return 0;
  if (config->line_count == 0) return 1;
  uint64_t *entries = s->fill.entries;
  for (uint32_t i = 0; i < s->chunks; i++) entries[i] = (uint64_t)i * s->chunk;
  s->fill.mine = s->chunks;
  hp_xdp_store(s->fill.producer, s->fill.mine);
  return 1;
}

int32_t hp_xdp_socket_open(hp_xdp_socket *s, const hp_port_config *config, hp_port_info *info) {
  s->fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (s->fd < 0 && errno == EAFNOSUPPORT)
    return hp_port_refuse(info, HP_ENOTSUP, "this kernel is built without XDP sockets (CONFIG_XDP_SOCKETS): "
                                            "use driver = \"packet\"");
  if (s->fd < 0 && (errno == EPERM || errno == EACCES))
    return hp_port_refuse(info, HP_EPERM, "that needs CAP_NET_RAW: run as root, or "
                                          "`setcap cap_net_raw,cap_net_admin,cap_bpf,cap_ipc_lock+ep hairpin`");
  if (s->fd >= 0 && memory_open(s, config) && rings_open(s, config)) return HP_OK;
  int error = errno;
  int32_t status = hp_fail_errno();
  if (error == ENOBUFS || error == EPERM)
    return hp_port_refuse(info, status, "%.0f MiB can't be locked: CAP_IPC_LOCK, `ulimit -l unlimited`, or "
                                        "LimitMEMLOCK=infinity in the unit", s->region.size / 1048576);
  return hp_port_refuse(info, status, "no XDP socket of %u chunks of %u bytes is to be had: %s", s->chunks,
                        s->chunk, strerror(error));
}

static void busy_poll(int fd, uint32_t us) {
  int on = 1;
  int budget = HP_BURST_MAX;
  int time = (int)us;
  if (us == 0) return;
  setsockopt(fd, SOL_SOCKET, SO_PREFER_BUSY_POLL, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL, &time, sizeof time);
  setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL_BUDGET, &budget, sizeof budget);
}

static int bind_to(const hp_xdp_socket *s, const hp_netdev *dev, uint32_t queue, uint16_t flags) {
  struct sockaddr_xdp at = {.sxdp_family = AF_XDP,
                            .sxdp_flags = (uint16_t)(flags | XDP_USE_NEED_WAKEUP),
                            .sxdp_ifindex = (uint32_t)dev->index,
                            .sxdp_queue_id = queue};
  for (int i = 0;; i++) {
    if (bind(s->fd, (struct sockaddr *)&at, sizeof at) == 0) return 0;
    if (errno != EBUSY || i == BIND_TRIES) return -1;
    nanosleep(&(struct timespec){0, BIND_PAUSE_NS}, NULL);
  }
}

int32_t hp_xdp_socket_bind(hp_xdp_socket *s, const hp_netdev *dev, const hp_port_config *config,
                           hp_port_info *info) {
  uint16_t copy = s->is_jumbo ? XDP_COPY | XDP_USE_SG : XDP_COPY;
  busy_poll(s->fd, config->busy_poll_us);
  s->is_zero_copy = 1;
  if (!(config->flags & (HP_PORT_COPY | HP_PORT_GENERIC)) && !s->is_jumbo &&
      bind_to(s, dev, config->queue, XDP_ZEROCOPY) == 0)
    return HP_OK;
  s->is_zero_copy = 0;
  if (bind_to(s, dev, config->queue, copy) == 0) return HP_OK;
  int error = errno;
  if (error == EBUSY)
    return hp_port_refuse(info, HP_EBUSY, "queue %u of %s has another XDP socket, of this or another process",
                          config->queue, dev->name);
  if (error == EINVAL && s->is_jumbo)
    return hp_port_refuse(info, HP_ENOTSUP, "XDP frames of more than %d bytes need Linux 6.6: use driver = "
                                            "\"packet\", or a smaller frame size", HP_XDP_STRIDE);
  if (error == EINVAL || error == ENXIO)
    return hp_port_refuse(info, HP_ENOENT, "%s has no queue %u: `ethtool -l %s` tells how many there are",
                          dev->name, config->queue, dev->name);
  if (error == ENETDOWN)
    return hp_port_refuse(info, HP_ENOENT, "%s is down, and XDP needs it up: `ip link set %s up`", dev->name,
                          dev->name);
  return hp_port_refuse(info, hp_fail_errno(), "queue %u of %s can't be had: %s", config->queue, dev->name,
                        strerror(error));
}

static void ring_close(hp_xdp_ring *ring) {
  if (ring->map != NULL) munmap(ring->map, ring->map_size);
}

void hp_xdp_socket_close(hp_xdp_socket *s) {
  ring_close(&s->fill);
  ring_close(&s->completion);
  ring_close(&s->rx);
  ring_close(&s->tx);
  if (s->fd >= 0) close(s->fd);
  if (s->memory != NULL) hp_region_free(&s->region);
}
