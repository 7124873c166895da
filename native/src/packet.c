/* AF_PACKET Port: the kernel copies each frame into a ring that both sides map (TPACKET_V2), and we read
 * it there. Works on every interface and every kernel since 4.20.
 *
 *   | frame 0: tpacket2_hdr, address, gap, Ethernet frame ... | frame 1 ... |   one block = the arena
 *
 * tp_status of a frame says whose it is: the kernel's, or, with TP_STATUS_USER, ours until release. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netdev.h"
#include "packet-filter.h"

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

#define FRAMES_DEFAULT 4096
/* Frames looked at in one burst: strangers and malformed ones may not hold the loop up for ever. */
#define LOOKS_MAX (4 * HP_BURST_MAX)
/* In front of the Ethernet header: see tpacket_rcv() in the kernel's net/packet/af_packet.c. */
#define FRAME_OFFSET 80u
_Static_assert(sizeof(struct tpacket2_hdr) + sizeof(struct sockaddr_ll) + 16 <= FRAME_OFFSET,
               "the kernel's offset");
#define TX_FRAME_MAX 16384

typedef struct packet_port {
  uint8_t *ring;
  uint64_t ring_size;
  uint32_t stride;
  uint32_t frames;
  uint32_t next;        /* frame to look at */
  uint32_t held;        /* frames behind it that are ours until release */
  uint32_t reserved;
  int fd;
  hp_rx_desc *desc;
  hp_port_stats *stats;
  uint32_t *played;     /* NULL = a device */
  double session_start_s;
  const uint8_t *tx;
  uint32_t tx_size;
  hp_stamps stamps;
  hp_netdev dev;
  hp_lines lines;
  uint8_t frame[TX_FRAME_MAX + HP_TX_HEADER_MAX];
} packet_port;

static packet_port *find(int32_t port) { return hp_device_find(hp_lib.packet, port); }

static int set_int(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof value);
}

static void port_free(packet_port *p) {
  if (p->ring != NULL) munmap(p->ring, p->ring_size);
  if (p->fd >= 0) close(p->fd);
  hp_netdev_close(&p->dev);
  free(p);
}

/* Who only sends needs no ring, whose making and ending wait for the kernel; it gets a page as arena. */
static int32_t ring_none(packet_port *p) {
  p->ring_size = (uint64_t)sysconf(_SC_PAGESIZE);
  void *at = mmap(NULL, p->ring_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return hp_fail_errno();
  p->ring = at;
  return HP_OK;
}

/* Lays the ring out: one block, frames a whole number of cache lines apart. */
static int32_t ring_open(packet_port *p, const hp_port_config *config, hp_port_info *info) {
  uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
  p->stride = (FRAME_OFFSET + config->frame_size + 63) / 64 * 64;
  p->frames = config->frames != 0 ? config->frames : FRAMES_DEFAULT;
  if (p->frames * (uint64_t)p->stride > INT32_MAX) p->frames = FRAMES_DEFAULT;
  p->ring_size = (p->frames * (uint64_t)p->stride + page - 1) / page * page;
  struct tpacket_req request = {(uint32_t)p->ring_size, 1, p->stride,
                                (uint32_t)(p->ring_size / p->stride)};
  p->frames = request.tp_frame_nr; /* the rounding may have room for one more */
  if (set_int(p->fd, SOL_PACKET, PACKET_VERSION, TPACKET_V2) == 0 &&
      setsockopt(p->fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) == 0) {
    void *at = mmap(NULL, p->ring_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, p->fd, 0);
    if (at != MAP_FAILED) {
      p->ring = at;
      return HP_OK;
    }
  }
  int error = errno;
  return hp_port_refuse(info, hp_fail_errno(), "no receive ring of %u frames of %u bytes is to be had: %s",
                        p->frames, p->stride, strerror(error));
}

static int filter(const packet_port *p, uint32_t keep) {
  struct sock_filter code[HP_FILTER_MAX];
  struct sock_fprog program = {hp_packet_filter(&p->lines, keep, code), code};
  return setsockopt(p->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

/* Everything is set before bind, so that no packet comes by without its filter and its stamp. */
static int32_t socket_open(packet_port *p, const hp_port_config *config, hp_port_info *info) {
  p->fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (p->fd < 0) {
    int error = errno;
    int32_t status = hp_fail_errno();
    if (status == HP_EPERM)
      return hp_port_refuse(info, status, "that needs CAP_NET_RAW: run as root, or "
                                          "`setcap cap_net_raw,cap_net_admin,cap_bpf+ep hairpin`");
    return hp_port_refuse(info, status, "no packet socket is to be had: %s", strerror(error));
  }
  int32_t status = config->line_count > 0 ? ring_open(p, config, info) : ring_none(p);
  if (status != HP_OK) return status;
  if (config->busy_poll_us > 0) set_int(p->fd, SOL_SOCKET, SO_BUSY_POLL, (int)config->busy_poll_us);
  if (info->flags & HP_PORT_STAMPS_RX)
    set_int(p->fd, SOL_PACKET, PACKET_TIMESTAMP, SOF_TIMESTAMPING_RAW_HARDWARE);
  set_int(p->fd, SOL_PACKET, PACKET_QDISC_BYPASS, 1);
  /* Without lines only to send: the socket is in nobody's way on receive. */
  struct sockaddr_ll at = {.sll_family = AF_PACKET,
                           .sll_protocol = htons(config->line_count > 0 ? ETH_P_ALL : 0),
                           .sll_ifindex = p->dev.index};
  if (filter(p, config->frame_size) == 0 &&
      set_int(p->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1) == 0 && hp_netdev_members(&p->dev, p->fd, config) &&
      bind(p->fd, (struct sockaddr *)&at, sizeof at) == 0)
    return HP_OK;
  int error = errno;
  /* A ring that is bound to an interface that is down says so once and works when it comes up. */
  return hp_port_refuse(info, hp_fail_errno(), "%s can't be listened to: %s", p->dev.name,
                        strerror(error));
}

static int32_t port_open(packet_port *p, const hp_port_config *config, hp_port_info *info) {
  if (p->played != NULL) return HP_OK;
  if (hp_lines_set(&p->lines, config) != HP_OK)
    return hp_port_refuse(info, HP_EINVAL, "two lines want the same packets, or one is impossible");
  int32_t status = hp_netdev_open(&p->dev, config, info);
  if (status != HP_OK) return status;
  hp_netdev_stamp(&p->dev, info);
  p->stamps.is_hardware = (info->flags & HP_PORT_STAMPS_TX) != 0;
  status = socket_open(p, config, info);
  if (status == HP_OK) status = hp_netdev_join(&p->dev, config, 1, info);
  if (status != HP_OK) return status;
  if (hp_netdev_checks(&p->dev)) info->flags |= HP_PORT_CHECKS;
  info->arena = hp_address(p->ring);
  info->arena_size = (double)p->ring_size;
  info->frames = p->frames;
  strcpy((char *)info->mode, "ring, one copy by the kernel");
  hp_netdev_refresh(&p->dev, p->stats);
  return HP_OK;
}

int32_t hp_packet_open(const hp_port_config *config, hp_port_info *info) {
  if (config == NULL || info == NULL) return HP_EINVAL;
  memset(info, 0, sizeof *info);
  if (!hp_port_config_is_valid(config, info)) return HP_EINVAL;
  packet_port *p = calloc(1, sizeof *p);
  if (p == NULL) return hp_fail(HP_ENOSPC);
  p->fd = -1;
  p->dev.fd = -1;
  for (int i = 0; i < HP_JOIN_SOCKETS; i++) p->dev.join[i] = -1;
  p->desc = hp_pointer(config->desc);
  p->stats = hp_pointer(config->stats);
  p->played = hp_pointer(config->played);
  p->session_start_s = config->session_start_s;
  p->tx = hp_pointer(config->tx);
  p->tx_size = config->tx != 0 ? config->tx_size : 0;
  int32_t status = port_open(p, config, info);
  if (status == HP_OK) status = hp_device_place(hp_lib.packet, p);
  if (status < 0) port_free(p);
  return status;
}

/* ---- receive --------------------------------------------------------------------------------- */

static struct tpacket2_hdr *frame_at(const packet_port *p, uint32_t index) {
  return (struct tpacket2_hdr *)(void *)(p->ring + (uint64_t)index * p->stride);
}

static uint32_t status_of(struct tpacket2_hdr *frame) {
  return __atomic_load_n(&frame->tp_status, __ATOMIC_ACQUIRE);
}

/* Frames go back in the order in which they came. */
static void release(packet_port *p) {
  uint32_t index = p->next >= p->held ? p->next - p->held : p->next + p->frames - p->held;
  for (; p->held > 0; p->held--) {
    __atomic_store_n(&frame_at(p, index)->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    index = index + 1 == p->frames ? 0 : index + 1;
  }
}

/* Reading the count also ends TP_STATUS_LOSING. Call with the slot's lock. */
static void count_drops(packet_port *p) {
  struct tpacket_stats now;
  socklen_t size = sizeof now;
  if (getsockopt(p->fd, SOL_PACKET, PACKET_STATISTICS, &now, &size) == 0)
    p->stats->kernel_drops += (double)now.tp_drops;
}

/* Looks at one frame; 1 when it filled descriptor `count`. */
static int take(packet_port *p, const struct tpacket2_hdr *head, uint32_t status, uint32_t count) {
  const uint8_t *frame = (const uint8_t *)head + head->tp_mac;
  uint32_t checked = status & (TP_STATUS_CSUM_VALID | TP_STATUS_CSUMNOTREADY) ? HP_CHECKED_UDP : 0;
  hp_payload payload;
  int verdict = hp_frame_find(frame, head->tp_snaplen, head->tp_len, &p->lines, checked, &payload);
  if (verdict != HP_FRAME_OURS) {
    hp_frame_count(p->stats, verdict);
    return 0;
  }
  double ns = ((double)head->tp_sec - p->session_start_s) * 1e9 + (double)head->tp_nsec;
  uint32_t stamp = status & TP_STATUS_TS_RAW_HARDWARE ? HP_RX_STAMP_NIC : HP_RX_STAMP_KERNEL;
  hp_frame_describe(&p->desc[count], p->stats, &p->lines, &payload, (uint32_t)(frame - p->ring), ns,
                    stamp);
  return 1;
}

/* An idle burst reads one word of the next frame and makes no system call. */
int32_t hp_packet_rx_burst(int32_t port) {
  packet_port *p = find(port);
  if (p == NULL) return HP_ECLOSED;
  if (p->played != NULL) return hp_played_burst(p->played, p->desc, p->stats);
  uint32_t count = 0;
  uint32_t seen = 0;
  for (uint32_t looks = 0; looks < LOOKS_MAX && count < HP_BURST_MAX && p->held < p->frames; looks++) {
    struct tpacket2_hdr *head = frame_at(p, p->next);
    uint32_t status = status_of(head);
    if (!(status & TP_STATUS_USER)) break;
    p->next = p->next + 1 == p->frames ? 0 : p->next + 1;
    p->held++;
    __builtin_prefetch(frame_at(p, p->next));
    count += (uint32_t)take(p, head, status, count);
    seen |= status;
  }
  p->stats->polls += 1;
  p->stats->packets += count;
  if ((seen & TP_STATUS_LOSING) && hp_device_try(&hp_lib.packet[port])) {
    count_drops(p); /* while somebody refreshes, the next burst will do */
    hp_device_unlock(&hp_lib.packet[port]);
  }
  if (count > 0) return (int32_t)count;
  if (seen != 0) release(p); /* nothing in them that anybody waits for */
  return atomic_load_explicit(&p->dev.is_gone, memory_order_relaxed) ? HP_EGONE : 0;
}

int32_t hp_packet_rx_release(int32_t port) {
  packet_port *p = find(port);
  if (p == NULL) return HP_ECLOSED;
  release(p);
  return HP_OK;
}

static int32_t renew(void *port) {
  packet_port *p = port;
  if (p->played != NULL) return HP_OK;
  int32_t status = hp_netdev_refresh(&p->dev, p->stats);
  count_drops(p);
  return status;
}

int32_t hp_packet_refresh(int32_t port) { return hp_device_refresh(hp_lib.packet, port, renew); }

int32_t hp_packet_close(int32_t port) {
  packet_port *p = hp_device_take(hp_lib.packet, port);
  if (p == NULL) return HP_ECLOSED;
  port_free(p);
  return HP_OK;
}

/* ---- send ------------------------------------------------------------------------------------ */

int32_t hp_packet_tx_flow(int32_t port, const hp_tx_flow *flow) {
  packet_port *p = find(port);
  if (p == NULL) return HP_ECLOSED;
  return p->played != NULL ? HP_ENOTSUP : hp_netdev_flow(&p->dev, flow);
}

static int32_t refused(packet_port *p) {
  int error = errno;
  p->stats->tx_refused += 1;
  hp_stamps_reset(&p->stamps, p->fd);
  errno = error;
  switch (error) {
    case EMSGSIZE:
    case EINVAL:
      return hp_fail(HP_EINVAL);
    case ENXIO:
    case ENODEV:
      return hp_fail(HP_EGONE);
    case ENETDOWN: /* it may come up again */
    case ENOBUFS:
      return hp_fail(HP_EAGAIN);
    default:
      return hp_fail_errno();
  }
}

/* One frame at a time, by send() past the queueing discipline: 1.6 us for 142 bytes on a veth pair, where
 * a transmit ring, whose frame wants a system call all the same, took 2.0. */
int32_t hp_packet_tx(int32_t port, int32_t flow, int32_t offset, int32_t length) {
  packet_port *p = find(port);
  if (p == NULL) return HP_ECLOSED;
  if (offset < 0 || length < 0 || (int64_t)offset + length > p->tx_size) return HP_EINVAL;
  if (length > TX_FRAME_MAX || p->tx == NULL) return HP_EINVAL;
  if (p->played != NULL) return HP_ENOTSUP;
  const uint8_t *frame = p->tx + offset;
  uint32_t size = (uint32_t)length;
  if (flow != HP_TX_RAW) {
    if (flow < 0 || (uint32_t)flow >= p->dev.flow_count) return HP_EINVAL;
    size = hp_tx_frame(p->frame, &p->dev.flow[flow], frame, size);
    frame = p->frame;
  } else if (length < HP_ETHERNET_BYTES) return HP_EINVAL;
  ssize_t sent = send(p->fd, frame, size, MSG_DONTWAIT);
  /* The first try after the link came back still tells of its going. */
  if (sent < 0 && errno == ENETDOWN) sent = send(p->fd, frame, size, MSG_DONTWAIT);
  if (sent < 0) return refused(p);
  p->stamps.sent += (uint32_t)p->stamps.is_on;
  p->stats->tx_packets += 1;
  p->stats->tx_bytes += size;
  return HP_OK;
}

double hp_packet_tx_stamp(int32_t port) {
  packet_port *p = find(port);
  if (p == NULL || p->played != NULL) return 0;
  return hp_stamps_read(&p->stamps, p->fd, p->session_start_s);
}
