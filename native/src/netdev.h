/* A network interface that the kernel owns: what packet.c and xdp.c share. The kernel joins the groups,
 * keeps the neighbour table and answers ARP; a backend only takes the packets and sends. */
#ifndef HAIRPIN_NETDEV_H
#define HAIRPIN_NETDEV_H

#include <net/if.h>
#include <stdatomic.h>

#include "frame.h"
#include "internal.h"

/* The kernel lets one socket join 20 groups (igmp_max_memberships). */
#define HP_JOIN_SOCKETS 8

typedef struct hp_netdev {
  char name[IFNAMSIZ];
  int32_t index;
  int fd;                 /* UDP, not bound: ioctls and neighbour lookups */
  int join[HP_JOIN_SOCKETS];
  int hold[HP_PORT_LINES_MAX]; /* sockets that keep the kernel from answering "port unreachable" */
  uint32_t hold_count;
  uint32_t address;
  uint32_t netmask;
  uint32_t gateway;
  uint32_t vlan;
  uint32_t mtu;
  uint32_t queues;        /* 0 = not told */
  int32_t numa_node;
  uint8_t mac[6];
  char driver[32];
  int is_virtual;         /* no device behind it: veth, tap, a bridge */
  _Atomic int is_gone;
  double link;            /* as last told; -1 = never */
  uint32_t flow_count;
  hp_tx_header flow[HP_TX_FLOWS_MAX];
} hp_netdev;

/* Writes info->why and returns `status`; errno is kept for hp_last_errno. */
__attribute__((format(printf, 3, 4))) int32_t hp_port_refuse(hp_port_info *info, int32_t status,
                                                             const char *format, ...);

/* 1 when the config can be meant; else 0, with info->why. */
int hp_port_config_is_valid(const hp_port_config *config, hp_port_info *info);

/* Finds the interface and fills mtu, mac, driver, queues and NUMA of `info`. On failure info->why is set
 * and nothing stays open. */
int32_t hp_netdev_open(hp_netdev *dev, const hp_port_config *config, hp_port_info *info);
/* Joins the groups of the lines; `holds`: also takes the ports of unicast lines. */
int32_t hp_netdev_join(hp_netdev *dev, const hp_port_config *config, int holds, hp_port_info *info);
/* Lets the card pass the groups' MAC addresses, or all frames with HP_PORT_PROMISCUOUS, for as long as
 * `fd`, a packet socket, is open. 0 with errno when that failed. */
int hp_netdev_members(const hp_netdev *dev, int fd, const hp_port_config *config);
void hp_netdev_close(hp_netdev *dev);

/* Link, its changes and the speed; HP_EGONE when the interface is not there any more. */
int32_t hp_netdev_refresh(hp_netdev *dev, hp_port_stats *stats);

/* As hp_packet_tx_flow. */
int32_t hp_netdev_flow(hp_netdev *dev, const hp_tx_flow *flow);

/* Turns the card's own stamps on, where it has them, and tells in info->flags what stamps there are. */
void hp_netdev_stamp(hp_netdev *dev, hp_port_info *info);
/* 1 when the card checks UDP checksums of what it receives. */
int hp_netdev_checks(hp_netdev *dev);

/* ---- handles: one table per backend ----------------------------------------------------------
 * refresh may come from any thread while the owner closes: both take the slot's lock. */
static inline void *hp_device_find(hp_device_slot *table, int32_t handle) {
  if (handle < 0 || handle >= HP_DEVICE_MAX) return NULL;
  return atomic_load_explicit(&table[handle].port, memory_order_acquire);
}

static inline int hp_device_try(hp_device_slot *slot) {
  return atomic_exchange_explicit(&slot->lock, 1, memory_order_acquire) == 0;
}

static inline void hp_device_unlock(hp_device_slot *slot) {
  atomic_store_explicit(&slot->lock, 0, memory_order_release);
}

void hp_device_lock(hp_device_slot *slot);
/* A handle, or HP_ENOSPC. */
int32_t hp_device_place(hp_device_slot *table, void *port);
/* Takes the Port out of the table; nobody refreshes it any more. */
void *hp_device_take(hp_device_slot *table, int32_t handle);
/* Calls `renew` with the Port, which its owner can't close meanwhile: its status, or HP_ECLOSED. */
int32_t hp_device_refresh(hp_device_slot *table, int32_t handle, int32_t (*renew)(void *port));

/* ---- transmit stamps of the kernel, from a socket's error queue ---------------------------------
 * Off until they are asked for once, so that who never asks pays nothing. */
typedef struct hp_stamps {
  int is_on;
  int is_hardware; /* the card's stamps, not the kernel's */
  uint32_t sent;   /* sends since they were turned on */
  uint32_t told;   /* the send that `ns` belongs to, counted from 1 */
  double ns;
} hp_stamps;

/* When the last send of `fd` left, ns since session start; 0 = not told (yet). */
double hp_stamps_read(hp_stamps *stamps, int fd, double session_start_s);
/* After a send that failed, which may have used up a number or not: they are off until asked for again. */
void hp_stamps_reset(hp_stamps *stamps, int fd);

#endif
