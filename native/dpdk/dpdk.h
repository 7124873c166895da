/* Shared by the files of the DPDK backend.
 *
 *   port.c    the functions of hairpin.h: open, close, the table of handles
 *   eal.c     DPDK's environment, started once per process
 *   find.c    from what the config says to a device on a bus, and why not
 *   device.c  a card or virtual device, shared by the Ports of its queues
 *   link.c    its multicast filter, link and counters
 *   leftover.c what DPDK does not take away itself
 *   pool.c    the buffers: one pool per queue, which is that Port's arena
 *   rx.c      the poll loop                tx.c     flows and frames out
 *   steer.c   lines to queues              stamp.c  the card's clock
 *   igmp.c    group membership             arp.c    neighbours (both without DPDK) */
#ifndef HAIRPIN_DPDK_H
#define HAIRPIN_DPDK_H

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_spinlock.h>

#include <stdatomic.h>

#include "arp.h"
#include "igmp.h"

#define HP_DPDK_PORTS_MAX 32
#define HP_DPDK_DEVICES_MAX 16
#define HP_DPDK_QUEUES_MAX 16
#define HP_DESCRIPTORS_LOOKED_AT 1024
#define HP_LEFTOVERS_MAX 64
#define HP_POLLS_PER_CHECK 256 /* between two looks at the clock, a power of two */
#define HP_CHECK_MS 5          /* between two looks at what is due */

/* Where a device is. */
typedef struct hp_place {
  int32_t is_pci;
  int32_t node;    /* NUMA, -1 = not told */
  uint32_t room;   /* bytes that its buffers must have at least */
  char name[64];   /* on its bus: "0000:3b:00.0", "net_ring0" */
  char args[256];  /* of a virtual device */
  char socket[108]; /* of memif, "" = none */
  char iface[16];  /* the kernel's interface below it, "" = none */
  int net_fd;      /* raw socket on that interface, which receives nothing; -1 = none. Its flags and its
                      multicast filter: what is set by it goes when it is closed */
  char lock[112];  /* what no second process may have, "" = nothing */
} hp_place;

/* Our words of hp_port_config.options; the others are for EAL. */
typedef struct hp_dpdk_options {
  uint32_t igmp;     /* igmp=1|2|3: version spoken when nothing else is heard */
  int32_t steers;    /* steer=off: queues are filled by the device's own rules */
  int32_t stamps;    /* stamps=off: the card's clock is left alone */
  int32_t count;     /* further EAL arguments, pointing into text */
  char *word[16];
  char text[192];
} hp_dpdk_options;

/* A point where the card's clock and the wall clock (ns since 1970) are both known, and the rate there. */
typedef struct hp_anchor {
  uint64_t ticks;
  int64_t ns;
  double ns_per_tick;
} hp_anchor;

/* The card's clock on the wall clock, written by refresh, read while polling. A renewal writes the anchor
 * that nobody reads, and then the number: the poll never waits for who renews. */
typedef struct hp_stamp {
  int32_t source;     /* HP_CLOCK_* */
  atomic_uint number; /* of renewals; anchor[number & 1] counts */
  uint64_t first;     /* card's clock and wall clock at open */
  int64_t first_ns;
  hp_anchor anchor[2];
} hp_stamp;

#define HP_CLOCK_NONE 0
#define HP_CLOCK_TICKS 1 /* rte_eth_read_clock */
#define HP_CLOCK_PTP 2   /* rte_eth_timesync_read_time, ns */

typedef struct hp_dpdk_port hp_dpdk_port;

typedef struct hp_device {
  char text[192];      /* as the config names it */
  hp_place place;
  uint16_t id;
  uint16_t rx_frames;
  uint16_t tx_frames;
  uint16_t mtu;
  struct rte_device *device;
  struct rte_eth_dev_info info;
  uint64_t rx_offloads;
  uint32_t queue_count;
  uint32_t frame_size;
  uint32_t port_count;
  int32_t is_started;
  int32_t steers;
  int32_t lock_fd;
  int32_t reader[HP_DPDK_QUEUES_MAX]; /* af_packet's own sockets */
  uint32_t reader_count;
  double reader_drops;
  double drops_seen;
  double errors_seen;
  uint64_t xdp_before[HP_DESCRIPTORS_LOOKED_AT / 64]; /* sockets and BPF objects of others */
  uint64_t xdp_id[HP_LEFTOVERS_MAX];                  /* af_xdp's own */
  uint32_t xdp_count;
  _Atomic int32_t is_gone;
  atomic_uint link_ups; /* grows each time the link comes up: joins are told again */
  uint8_t mac[8];
  uint32_t address;    /* given by the config: requests for it are ours to answer */
  uint32_t netmask;
  uint32_t gateway;
  uint32_t vlan;
  int32_t stamp_offset; /* of the dynamic field, -1 = none */
  uint64_t stamp_flag;
  hp_stamp stamp;
  int32_t stamps_tx;
  rte_spinlock_t lock; /* arp, and every Port's igmp: touched when such a frame comes, or is due */
  hp_arp arp;
  struct rte_mempool *pool[HP_DPDK_QUEUES_MAX];
  hp_dpdk_port *port[HP_DPDK_QUEUES_MAX];
} hp_device;

typedef struct hp_flow {
  hp_tx_header header;
  uint32_t next_hop; /* 0 = the MAC is given or a group's */
  uint32_t pad;
} hp_flow;

struct hp_dpdk_port {
  hp_device *device;
  uint16_t id;
  uint16_t queue;
  uint32_t frame_size;  /* a longer one is cut, and flagged */
  uint32_t held_count;
  uint32_t polls;      /* towards the next look at the clock */
  int32_t is_joined;
  uint8_t *arena;
  uint64_t arena_size;
  hp_rx_desc *desc;
  hp_port_stats *stats;
  uint32_t *played;
  int32_t stamp_offset;
  uint64_t stamp_flag;
  double session_start_s;
  struct rte_mbuf *mbuf[HP_BURST_MAX];
  struct rte_mbuf *held[HP_BURST_MAX];
  hp_lines lines;

  uint64_t ticks_per_ms;
  uint64_t check_tsc;
  uint32_t link_ups;    /* seen */
  uint32_t arp_changes; /* seen */
  uint32_t reports_seen;
  uint32_t answers_seen;
  hp_igmp igmp;

  struct rte_mempool *pool;
  const uint8_t *tx;
  uint32_t tx_size;
  uint32_t frame_max;   /* bytes that a buffer takes */
  uint32_t address;     /* ours, or the interface's below; 0 = none */
  uint32_t flow_count;
  hp_flow flow[HP_TX_FLOWS_MAX];

  struct rte_flow *rule[HP_PORT_LINES_MAX];
  uint32_t rule_count;
};

/* The Port of a handle, or NULL. */
hp_dpdk_port *hp_dpdk_find(int32_t handle);

/* Fills info->why and returns the status. */
__attribute__((format(printf, 3, 4))) int32_t hp_why(hp_port_info *info, int32_t status,
                                                     const char *format, ...);

void hp_options_read(const hp_port_config *config, hp_dpdk_options *out);

/* HP_OK, also when it runs already as wanted. */
int32_t hp_eal_start(const hp_port_config *config, const hp_dpdk_options *options,
                     hp_port_info *info);
int hp_eal_has_huge(void);
/* What DPDK has logged as an error since hp_log_clear, without its line end; "" = nothing. */
void hp_log_clear(void);
const char *hp_log_text(void);

int32_t hp_place_find(const hp_port_config *config, hp_place *out, hp_port_info *info);
/* NUMA node of a core; -1 = not told. */
int32_t hp_core_node(int32_t core);

/* The device of a config, started, with queue_count queues, one of them free for the caller. */
int32_t hp_device_take(const hp_port_config *config, const hp_dpdk_options *options, hp_device **out,
                       hp_port_info *info);
/* Closes it when no Port is left. */
void hp_device_drop(hp_device *device);
/* Address of the kernel's interface below the device; 0 = none. */
uint32_t hp_link_address(const hp_device *device);
/* Finds the sockets that af_packet reads from: they know what was dropped, and DPDK does not ask them. */
void hp_link_find(hp_device *device);

/* What DPDK leaves behind when a device has been taken out; called around its start and behind its end. */
void hp_leftover_before(hp_device *device);
void hp_leftover_started(hp_device *device);
void hp_leftover_xdp(const hp_device *device);
void hp_leftover_memif(const hp_place *place);
/* Renews the multicast filter after a Port came or went. */
void hp_device_filter(hp_device *device, int is_promiscuous);
/* Link and counters into the statistics of its first Port; HP_EGONE when it has disappeared. */
int32_t hp_device_refresh(hp_device *device);

/* Buffers for one queue of `device`; NULL = not enough memory. */
struct rte_mempool *hp_pool_make(const hp_device *device, uint32_t queue);
uint64_t hp_pool_bytes(uint32_t frame_size, uint32_t frames);
void hp_pool_range(struct rte_mempool *pool, uint8_t **from, uint64_t *size);

/* HP_OK, or HP_ENOTSUP when the device cannot bring the Port's lines to its queue. */
int32_t hp_steer(hp_dpdk_port *port);
void hp_steer_stop(hp_dpdk_port *port);

/* Finds out which clock stamps are in, and how fast it runs: takes 10 ms. */
void hp_stamp_start(hp_device *device);
void hp_stamp_renew(hp_device *device);
double hp_stamp_ns(const hp_device *device, uint64_t ticks, double session_start_s);

/* What is due now: membership, a neighbour's new address. The Port's own thread. */
void hp_port_check(hp_dpdk_port *port);
/* Puts a frame on the wire; 0 when there was no room. */
int hp_port_put(hp_dpdk_port *port, const uint8_t *frame, uint32_t length);
/* A frame for nobody: perhaps ARP or IGMP. `tag`: VLAN that the card took off, 0 = none. */
void hp_port_hear(hp_dpdk_port *port, const uint8_t *frame, uint32_t length, uint32_t tag);

static inline uint64_t hp_port_now_ms(const hp_dpdk_port *port) {
  return rte_rdtsc() / port->ticks_per_ms;
}

#endif
