/* The table of handles, open and close. One lock for all that is done to devices: opens, closes and
 * refreshes come from several threads, bursts and sends never take it. */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>

#include "dpdk.h"

#ifdef HP_DPDK_MORE
#define FIRST_HANDLE HP_DPDK_MORE_HANDLE
#else
#define FIRST_HANDLE 0
#endif

static _Atomic(hp_dpdk_port *) ports[HP_DPDK_PORTS_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int32_t hp_dpdk_abi_version(void) { return HP_ABI_VERSION; }

hp_dpdk_port *hp_dpdk_find(int32_t handle) {
  uint32_t index = (uint32_t)handle - FIRST_HANDLE;
  return index >= HP_DPDK_PORTS_MAX ? NULL
                                    : atomic_load_explicit(&ports[index], memory_order_relaxed);
}

int32_t hp_why(hp_port_info *info, int32_t status, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf((char *)info->why, sizeof info->why, format, args);
  va_end(args);
  return status;
}

static void *pointer(double address) { return (void *)(uintptr_t)address; }

static int is_text(const uint8_t *text, size_t size) { return memchr(text, 0, size) != NULL; }

static int32_t check(const hp_port_config *config) {
  if (!(config->desc > 0 && config->stats > 0) || config->played < 0) return HP_EINVAL;
  if (config->frame_size < 128 || config->frame_size > 16384) return HP_EINVAL;
  if (config->tx < 0 || (config->tx == 0 && config->tx_size != 0)) return HP_EINVAL;
  if (config->vlan > 4094 || (config->frames & (config->frames - 1)) != 0) return HP_EINVAL;
  if (!is_text(config->device, sizeof config->device)) return HP_EINVAL;
  return is_text(config->options, sizeof config->options) ? HP_OK : HP_EINVAL;
}

static hp_dpdk_port *port_new(const hp_port_config *config) {
  hp_dpdk_port *port = calloc(1, sizeof *port);
  if (port == NULL) return NULL;
  port->desc = pointer(config->desc);
  port->stats = pointer(config->stats);
  port->played = pointer(config->played);
  port->tx = pointer(config->tx);
  port->tx_size = config->tx_size;
  port->session_start_s = config->session_start_s;
  port->frame_size = config->frame_size;
  port->stamp_offset = -1;
  return port;
}

static int32_t place(hp_dpdk_port *port) {
  for (int32_t i = 0; i < HP_DPDK_PORTS_MAX; i++) {
    hp_dpdk_port *expected = NULL;
    if (atomic_compare_exchange_strong(&ports[i], &expected, port)) return FIRST_HANDLE + i;
  }
  return HP_ENOSPC;
}

/* The port takes its queue of the device. */
static int32_t attach(hp_dpdk_port *port, hp_device *device, const hp_port_config *config,
                      const hp_dpdk_options *options, hp_port_info *info) {
  port->device = device;
  port->id = device->id;
  port->queue = (uint16_t)config->queue;
  port->pool = device->pool[port->queue];
  port->frame_max = (uint32_t)rte_pktmbuf_data_room_size(port->pool) - RTE_PKTMBUF_HEADROOM;
  hp_pool_range(port->pool, &port->arena, &port->arena_size);
  if (port->arena_size > UINT32_MAX)
    return hp_why(info, HP_ENOSPC, "the frames lie %u MiB apart: reserve larger huge pages",
                  (unsigned)(port->arena_size >> 20));
  port->stamp_offset = device->stamp_offset;
  port->stamp_flag = device->stamp_flag;
  port->address = config->address != 0 ? config->address : hp_link_address(device);
  port->ticks_per_ms = rte_get_tsc_hz() / 1000;
  port->link_ups = atomic_load(&device->link_ups);
  if (hp_steer(port) != HP_OK)
    return hp_why(info, HP_ENOTSUP,
                  "%s cannot bring chosen groups to chosen queues: use one queue for one engine, or "
                  "options = \"steer=off\" where its own rule is right",
                  device->info.driver_name);
  port->is_joined = (config->flags & HP_PORT_NO_JOIN) == 0 && port->lines.count > 0;
  hp_port_config own = *config;
  own.address = port->address;
  hp_igmp_set(&port->igmp, &own, options->igmp, device->mac, (uint32_t)rte_rdtsc());
  hp_igmp_join(&port->igmp, hp_port_now_ms(port));
  rte_spinlock_lock(&device->lock);
  device->port[port->queue] = port;
  device->port_count++;
  rte_spinlock_unlock(&device->lock);
  port->stats->link = -1;
  hp_device_filter(device, (config->flags & HP_PORT_PROMISCUOUS) != 0);
  hp_device_refresh(device);
  port->link_ups = atomic_load(&device->link_ups);
  hp_port_check(port);
  return HP_OK;
}

static void tell(const hp_dpdk_port *port, const hp_port_config *config, hp_port_info *info) {
  const hp_device *device = port->device;
  const uint64_t checks = RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM;
  info->arena = (double)(uintptr_t)port->arena;
  info->arena_size = (double)port->arena_size;
  info->flags = HP_PORT_IS_ZERO_COPY;
  if (device->stamp_offset >= 0) info->flags |= HP_PORT_STAMPS_RX;
  if (device->stamps_tx && device->stamp.source == HP_CLOCK_PTP) info->flags |= HP_PORT_STAMPS_TX;
  if ((device->rx_offloads & checks) == checks) info->flags |= HP_PORT_CHECKS;
  if (port->rule_count > 0) info->flags |= HP_PORT_STEERS;
  info->numa_node = device->place.node;
  int32_t core_node = config->core >= 0 ? hp_core_node(config->core) : -1;
  if (core_node >= 0 && info->numa_node >= 0 && core_node != info->numa_node)
    info->flags |= HP_PORT_FAR;
  info->mtu = device->mtu;
  info->frames = device->rx_frames;
  info->queues_max = device->info.max_rx_queues;
  memcpy(info->mac, device->mac, 6);
  snprintf((char *)info->driver, sizeof info->driver, "%s", device->info.driver_name);
  snprintf((char *)info->mode, sizeof info->mode, "%s, %s pages",
           device->place.iface[0] != 0 ? "copied by the kernel" : "poll mode",
           hp_eal_has_huge() ? "huge" : "ordinary");
}

static void detach(hp_dpdk_port *port) {
  hp_device *device = port->device;
  if (device->port[port->queue] == port) {
    uint8_t frame[HP_IGMP_FRAME_MAX];
    rte_spinlock_lock(&device->lock);
    device->port[port->queue] = NULL;
    device->port_count--;
    rte_spinlock_unlock(&device->lock);
    for (uint32_t q = 0; q < device->queue_count; q++)
      if (device->port[q] != NULL) hp_igmp_keep(&port->igmp, &device->port[q]->igmp);
    uint64_t now_ms = hp_port_now_ms(port);
    for (uint32_t length = port->is_joined && !device->is_gone; length > 0;) {
      length = hp_igmp_leave(&port->igmp, now_ms, frame);
      if (length > 0) hp_port_put(port, frame, length);
    }
  }
  rte_pktmbuf_free_bulk(port->held, port->held_count);
  hp_steer_stop(port);
  hp_device_drop(device);
}

static int32_t open_real(hp_dpdk_port *port, const hp_port_config *config, hp_port_info *info) {
  hp_dpdk_options options;
  hp_options_read(config, &options);
  hp_device *device;
  int32_t status = hp_device_take(config, &options, &device, info);
  if (status != HP_OK) return status;
  status = attach(port, device, config, &options, info);
  if (status == HP_OK) tell(port, config, info);
  else detach(port);
  return status;
}

int32_t hp_dpdk_open(const hp_port_config *config, hp_port_info *info) {
  if (config == NULL || info == NULL) return HP_EINVAL;
  memset(info, 0, sizeof *info);
  info->numa_node = -1;
  if (check(config) != HP_OK) return hp_why(info, HP_EINVAL, "a figure of its config is out of range");
  hp_dpdk_port *port = port_new(config);
  if (port == NULL) return HP_ENOSPC;
  int32_t status = HP_OK;
  if (port->played == NULL) {
    status = hp_lines_set(&port->lines, config);
    if (status != HP_OK) hp_why(info, status, "two lines want the same packets, or one is impossible");
    pthread_mutex_lock(&lock);
    if (status == HP_OK) status = open_real(port, config, info);
    pthread_mutex_unlock(&lock);
  }
  int32_t handle = status == HP_OK ? place(port) : status;
  if (handle >= 0) return handle;
  if (status == HP_OK) {
    hp_why(info, handle, "%d Ports are open already", HP_DPDK_PORTS_MAX);
    pthread_mutex_lock(&lock);
    if (port->device != NULL) detach(port);
    pthread_mutex_unlock(&lock);
  }
  free(port);
  return handle;
}

int32_t hp_dpdk_refresh(int32_t handle) {
  pthread_mutex_lock(&lock);
  hp_dpdk_port *port = hp_dpdk_find(handle);
  int32_t status = port == NULL ? HP_ECLOSED : HP_OK;
  if (port != NULL && port->device != NULL) status = hp_device_refresh(port->device);
  pthread_mutex_unlock(&lock);
  return status;
}

int32_t hp_dpdk_close(int32_t handle) {
  uint32_t index = (uint32_t)handle - FIRST_HANDLE;
  if (index >= HP_DPDK_PORTS_MAX) return HP_ECLOSED;
  pthread_mutex_lock(&lock);
  hp_dpdk_port *port = atomic_exchange(&ports[index], NULL);
  if (port != NULL && port->device != NULL) detach(port);
  pthread_mutex_unlock(&lock);
  if (port == NULL) return HP_ECLOSED;
  free(port);
  return HP_OK;
}
