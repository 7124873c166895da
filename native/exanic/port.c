/* The functions of hairpin.h over a table of handles. */
#include <pthread.h>

#include "client.h"

static _Atomic(hp_exanic *) table[EXA_HANDLES_MAX];
/* Of refresh and close: a thread that refreshes may not find the registers unmapped under it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static inline hp_exanic *find(int32_t port) {
  if (port < 0 || port >= EXA_HANDLES_MAX) return NULL;
  return atomic_load_explicit(&table[port], memory_order_acquire);
}

static inline int is_gone(hp_exanic *p) {
  return atomic_load_explicit(&p->is_gone, memory_order_relaxed);
}

int32_t hp_exanic_abi_version(void) { return HP_ABI_VERSION; }

int32_t hp_exanic_open(const hp_port_config *config, hp_port_info *info) {
  int32_t status;
  hp_exanic *p = exa_open(config, info, &status);
  if (p == NULL) return status;
  for (int32_t handle = 0; handle < EXA_HANDLES_MAX; handle++) {
    hp_exanic *expected = NULL;
    if (!atomic_compare_exchange_strong(&table[handle], &expected, p)) continue;
    if (p->played == NULL) hp_exanic_refresh(handle);
    return handle;
  }
  exa_close(p);
  return exa_why(info, HP_ENOSPC, "this process has %d ports open already", EXA_HANDLES_MAX);
}

int32_t hp_exanic_rx_burst(int32_t port) {
  hp_exanic *p = find(port);
  if (p == NULL) return HP_ECLOSED;
  if (p->played != NULL) return hp_played_burst(p->played, p->desc, p->stats);
  int32_t count = exa_rx_burst(p);
  return count == 0 && is_gone(p) ? HP_EGONE : count;
}

/* The slots are free as soon as the next burst starts; nothing to give back. */
int32_t hp_exanic_rx_release(int32_t port) { return find(port) == NULL ? HP_ECLOSED : HP_OK; }

int32_t hp_exanic_tx_flow(int32_t port, const hp_tx_flow *flow) {
  hp_exanic *p = find(port);
  return p == NULL ? HP_ECLOSED : p->played != NULL ? HP_ENOTSUP : exa_tx_flow(p, flow);
}

/* The port, when it is one to send by with these arguments; else NULL and why. */
static inline hp_exanic *sender(int32_t port, int32_t offset, int32_t length, int32_t *status) {
  hp_exanic *p = find(port);
  *status = p == NULL ? HP_ECLOSED : is_gone(p) ? HP_EGONE : HP_EINVAL;
  if (p != NULL && p->played != NULL && offset >= 0 && length >= 0) *status = HP_ENOTSUP;
  return p == NULL || is_gone(p) || offset < 0 || length < 0 || p->tx.memory == NULL ? NULL : p;
}

int32_t hp_exanic_tx(int32_t port, int32_t flow, int32_t offset, int32_t length) {
  int32_t status;
  hp_exanic *p = sender(port, offset, length, &status);
  return p == NULL ? status : exa_tx_send(p, flow, (uint32_t)offset, (uint32_t)length);
}

int32_t hp_exanic_tx_preload(int32_t port, int32_t flow, int32_t offset, int32_t length) {
  int32_t status;
  hp_exanic *p = sender(port, offset, length, &status);
  return p == NULL ? status : exa_tx_preload(p, flow, (uint32_t)offset, (uint32_t)length);
}

int32_t hp_exanic_tx_fire(int32_t port, int32_t at, int32_t offset, int32_t length) {
  int32_t status;
  hp_exanic *p = sender(port, offset, length, &status);
  if (p == NULL) return status;
  return at < 0 ? HP_EINVAL : exa_tx_fire(p, (uint32_t)at, (uint32_t)offset, (uint32_t)length);
}

int32_t hp_exanic_tx_warm(int32_t port, int32_t flow, int32_t offset, int32_t length) {
  int32_t status;
  hp_exanic *p = sender(port, offset, length, &status);
  return p == NULL ? status : exa_tx_warm(p, flow, (uint32_t)offset, (uint32_t)length);
}

double hp_exanic_tx_stamp(int32_t port) {
  hp_exanic *p = find(port);
  return p == NULL || p->played != NULL || is_gone(p) ? 0 : exa_tx_stamp(p);
}

/* Writes only what no other function writes: any thread may call it. A register costs a round trip
 * over PCI, so nothing on the path reads one. */
static int32_t refresh(hp_exanic *p) {
  volatile uint32_t *registers = p->registers;
  uint32_t status = registers[EXA_PORT_REG(p->port, EXA_PORT_STATUS)];
  uint32_t speed = registers[EXA_PORT_REG(p->port, EXA_PORT_SPEED)];
  uint32_t dropped = registers[EXA_STAT_REG(p->port, EXA_STAT_RX_DROPPED)];
  /* Asked last: while it answers, what was read before is good. */
  if (registers[EXA_REG_TICK_HZ] == EXA_NOBODY) {
    if (!is_gone(p) && p->stats->link == 1) p->stats->link_changes += 1;
    p->stats->link = 0;
    atomic_store(&p->is_gone, 1);
    return HP_EGONE;
  }
  double link = (status & EXA_STATUS_LINK) != 0 ? 1 : 0;
  if (p->is_refreshed && link != p->stats->link) p->stats->link_changes += 1;
  p->is_refreshed = 1;
  p->stats->link = link;
  p->stats->speed_mbps = speed;
  p->stats->kernel_drops += (double)(dropped - p->dropped_seen);
  p->dropped_seen = dropped;
  int has_clock = p->clock.ns_per_tick > 0;
  atomic_store(&p->rx_stamps, has_clock && (status & EXA_STATUS_RX_TIME_BAD) == 0);
  atomic_store(&p->tx_stamps, has_clock && (status & EXA_STATUS_TX_TIME_BAD) == 0);
  return HP_OK;
}

int32_t hp_exanic_refresh(int32_t port) {
  pthread_mutex_lock(&lock);
  hp_exanic *p = find(port);
  int32_t status = p == NULL ? HP_ECLOSED : p->played != NULL ? HP_OK : refresh(p);
  pthread_mutex_unlock(&lock);
  return status;
}

int32_t hp_exanic_close(int32_t port) {
  if (port < 0 || port >= EXA_HANDLES_MAX) return HP_ECLOSED;
  pthread_mutex_lock(&lock);
  hp_exanic *p = atomic_exchange(&table[port], NULL);
  pthread_mutex_unlock(&lock);
  if (p == NULL) return HP_ECLOSED;
  exa_close(p);
  return HP_OK;
}
