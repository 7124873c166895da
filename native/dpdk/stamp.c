/* The card's clock on the wall clock. A card without a kernel driver is disciplined by nobody, so its
 * stamps are put on CLOCK_REALTIME by two readings of both clocks: the first at open, the last at the
 * most recent refresh. A reading is the tightest of several; its error is about half of one register
 * access over PCIe. */
#include <time.h>

#include "dpdk.h"

#define TRIES 16
#define FIRST_GAP_NS 10000000
#define RATE_GAP_NS 500000000 /* a shorter gap says less about the rate than what is known */

static int64_t wall_ns(void) {
  struct timespec ts;
  clock_gettime(CLOCK_REALTIME, &ts);
  return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int card_read(const hp_device *device, uint64_t *out) {
  struct timespec ts;
  if (device->stamp.source == HP_CLOCK_TICKS) return rte_eth_read_clock(device->id, out);
  int status = rte_eth_timesync_read_time(device->id, &ts);
  *out = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
  return status;
}

static int pair_read(const hp_device *device, uint64_t *card, int64_t *ns) {
  int64_t width = INT64_MAX;
  for (int i = 0; i < TRIES; i++) {
    uint64_t ticks;
    int64_t before = wall_ns();
    if (card_read(device, &ticks) != 0) return -1;
    int64_t after = wall_ns();
    if (after - before >= width) continue;
    width = after - before;
    *card = ticks;
    *ns = before + width / 2;
  }
  return 0;
}

void hp_stamp_start(hp_device *device) {
  hp_stamp *stamp = &device->stamp;
  memset(stamp, 0, sizeof *stamp);
  uint64_t ticks;
  struct timespec ts;
  if (rte_eth_read_clock(device->id, &ticks) == 0) stamp->source = HP_CLOCK_TICKS;
  else if (rte_eth_timesync_enable(device->id) == 0) {
    device->stamps_tx = 1;
    if (rte_eth_timesync_read_time(device->id, &ts) == 0) stamp->source = HP_CLOCK_PTP;
  }
  if (stamp->source == HP_CLOCK_NONE) return;
  if (pair_read(device, &stamp->first, &stamp->first_ns) != 0) goto none;
  struct timespec gap = {0, FIRST_GAP_NS};
  nanosleep(&gap, NULL);
  hp_anchor *at = &stamp->anchor[0];
  if (pair_read(device, &at->ticks, &at->ns) != 0 || at->ticks <= stamp->first) goto none;
  at->ns_per_tick = (double)(at->ns - stamp->first_ns) / (double)(at->ticks - stamp->first);
  return;
none:
  stamp->source = HP_CLOCK_NONE;
  device->stamps_tx = 0;
}

void hp_stamp_renew(hp_device *device) {
  hp_stamp *stamp = &device->stamp;
  uint64_t ticks;
  int64_t ns;
  if (stamp->source == HP_CLOCK_NONE || pair_read(device, &ticks, &ns) != 0) return;
  uint32_t number = atomic_load(&stamp->number);
  const hp_anchor *known = &stamp->anchor[number & 1];
  if (ticks <= known->ticks || ns <= known->ns) return; /* somebody has set one of the clocks */
  double rate = known->ns_per_tick;
  if (ns - stamp->first_ns > RATE_GAP_NS)
    rate = (double)(ns - stamp->first_ns) / (double)(ticks - stamp->first);
  stamp->anchor[(number + 1) & 1] = (hp_anchor){ticks, ns, rate};
  atomic_store(&stamp->number, number + 1);
}

double hp_stamp_ns(const hp_device *device, uint64_t ticks, double session_start_s) {
  const hp_stamp *stamp = &device->stamp;
  for (;;) {
    uint32_t before = atomic_load_explicit(&stamp->number, memory_order_acquire);
    const hp_anchor at = stamp->anchor[before & 1];
    atomic_thread_fence(memory_order_acquire);
    if (atomic_load_explicit(&stamp->number, memory_order_relaxed) != before) continue;
    /* Whole seconds first: ns since 1970 do not fit a double exactly. */
    double ns = ((double)(at.ns / 1000000000) - session_start_s) * 1e9 + (double)(at.ns % 1000000000);
    return ns + (double)(int64_t)(ticks - at.ticks) * at.ns_per_tick;
  }
}
