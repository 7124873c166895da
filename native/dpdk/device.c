/* A device: found, added to DPDK, configured with its queues, started; and all of that undone. The
 * caller holds the lock of port.c. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_mbuf_dyn.h>

#include "dpdk.h"

#define FRAMES_DEFAULT 1024
#define FRAMES_MAX 32768
#define TX_FRAMES 512
#define MTU_ORDINARY 1500
/* Ethernet header and two tags: what a frame has around its MTU, without the FCS. */
#define AROUND_MTU 22

static hp_device devices[HP_DPDK_DEVICES_MAX];

/* EBUSY, EPERM and the like stand in DPDK's log alone. */
static int32_t status_by_log(int32_t otherwise) {
  const char *text = hp_log_text();
  if (strcasestr(text, "busy") != NULL) return HP_EBUSY;
  if (strcasestr(text, "permi") != NULL) return HP_EPERM;
  if (strcasestr(text, "no such") != NULL) return HP_ENOENT;
  return otherwise;
}

static int32_t why_by_log(hp_port_info *info, int32_t status, const char *name, const char *what,
                          int error) {
  const char *text = hp_log_text();
  if (text[0] == 0) text = rte_strerror(error < 0 ? -error : error);
  return hp_why(info, status_by_log(status), "%s %s: %s", name, what, text);
}

/* One process per device. The lock goes with the process: an abstract socket, which belongs to the
 * network namespace as the interface does, or a lock on the card's own file in sysfs. */
static int32_t lock_take(hp_device *device, hp_port_info *info) {
  const hp_place *place = &device->place;
  if (place->lock[0] == 0) return HP_OK;
  int is_busy;
  if (place->lock[0] == '@') {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t length = strlen(place->lock);
    memcpy(at.sun_path + 1, place->lock + 1, length - 1);
    device->lock_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (device->lock_fd < 0) return hp_why(info, HP_ESYS, "no socket for the lock on %s", place->name);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    is_busy = bind(device->lock_fd, (struct sockaddr *)&at, size) != 0;
  } else {
    device->lock_fd = open(place->lock, O_RDONLY | O_CLOEXEC);
    if (device->lock_fd < 0) return HP_OK; /* EAL will say it better */
    is_busy = flock(device->lock_fd, LOCK_EX | LOCK_NB) != 0;
  }
  if (!is_busy) return HP_OK;
  return hp_why(info, HP_EBUSY, "another process uses %s with DPDK",
                place->iface[0] != 0 ? place->iface : place->name);
}

static int32_t add(hp_device *device, hp_port_info *info) {
  const hp_place *place = &device->place;
  for (int i = 0; i < HP_DPDK_DEVICES_MAX; i++) {
    const hp_device *other = &devices[i];
    if (other == device || other->text[0] == 0 || strcmp(other->place.name, place->name) != 0) continue;
    return hp_why(info, HP_EBUSY, "this process has %s as \"%s\": give it another name or the same words",
                  place->name, other->text);
  }
  hp_log_clear();
  int error = rte_eal_hotplug_add(place->is_pci ? "pci" : "vdev", place->name, place->args);
  if (error != 0)
    return why_by_log(info, error == -EBUSY ? HP_EBUSY : HP_ENOTSUP, place->name,
                      "is not taken by any driver of DPDK here", error);
  if (rte_eth_dev_get_port_by_name(place->name, &device->id) != 0)
    return hp_why(info, HP_ENOTSUP, "%s is no network device to DPDK", place->name);
  device->is_started = 1; /* there is something to close */
  if (rte_eth_dev_info_get(device->id, &device->info) != 0)
    return hp_why(info, HP_ESYS, "%s does not tell what it can do", place->name);
  device->device = device->info.device;
  return HP_OK;
}

static uint16_t mtu_of(const hp_device *device) {
  uint32_t mtu = device->frame_size - AROUND_MTU;
  if (device->frame_size <= 2048) mtu = MTU_ORDINARY;
  const struct rte_eth_dev_info *can = &device->info;
  /* Header and FCS, and the tags that some drivers count. */
  uint32_t around = can->max_mtu != UINT16_MAX && can->max_rx_pktlen > can->max_mtu
                        ? can->max_rx_pktlen - can->max_mtu
                        : 18;
  if (mtu + around > can->max_rx_pktlen) mtu = can->max_rx_pktlen - around;
  if (can->max_mtu != 0 && mtu > can->max_mtu) mtu = can->max_mtu;
  return (uint16_t)mtu;
}

static int32_t queues_setup(hp_device *device, hp_port_info *info) {
  const char *name = device->place.name;
  const unsigned node = (unsigned)rte_eth_dev_socket_id(device->id);
  for (uint16_t q = 0; q < device->queue_count; q++) {
    device->pool[q] = hp_pool_make(device, q);
    if (device->pool[q] == NULL)
      return hp_why(info, HP_ENOSPC,
                    "no memory for %u frames of %u bytes: %s (NUMA node %d)", device->rx_frames,
                    device->frame_size,
                    hp_eal_has_huge() ? "reserve more huge pages on the card's node" : "raise memory_mib",
                    device->place.node);
    struct rte_eth_rxconf rx = device->info.default_rxconf;
    rx.offloads = device->rx_offloads;
    int error = rte_eth_rx_queue_setup(device->id, q, device->rx_frames, node, &rx, device->pool[q]);
    if (error == 0)
      error = rte_eth_tx_queue_setup(device->id, q, device->tx_frames, node,
                                     &device->info.default_txconf);
    if (error != 0) return why_by_log(info, HP_ENOTSUP, name, "refuses its queues", error);
  }
  return HP_OK;
}

static int32_t configure(hp_device *device, const hp_port_config *config, hp_port_info *info) {
  const char *name = device->place.name;
  struct rte_eth_dev_info *can = &device->info;
  uint32_t most = can->max_rx_queues < can->max_tx_queues ? can->max_rx_queues : can->max_tx_queues;
  if (device->queue_count > most)
    return hp_why(info, HP_ENOTSUP, "%s has %u queues, and %u are wanted", name, most,
                  device->queue_count);
  device->rx_offloads = can->rx_offload_capa & (RTE_ETH_RX_OFFLOAD_IPV4_CKSUM |
                                                RTE_ETH_RX_OFFLOAD_UDP_CKSUM |
                                                RTE_ETH_RX_OFFLOAD_TIMESTAMP);
  device->stamp_offset = -1;
  if ((device->rx_offloads & RTE_ETH_RX_OFFLOAD_TIMESTAMP) != 0 &&
      rte_mbuf_dyn_rx_timestamp_register(&device->stamp_offset, &device->stamp_flag) != 0)
    device->rx_offloads &= ~RTE_ETH_RX_OFFLOAD_TIMESTAMP;
  struct rte_eth_conf conf = {0};
  conf.rxmode.mtu = mtu_of(device);
  conf.rxmode.offloads = device->rx_offloads;
  if (device->queue_count > 1 && !device->steers) { /* by hash, as the card likes it */
    conf.rx_adv_conf.rss_conf.rss_hf = can->flow_type_rss_offloads & (RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP);
    if (conf.rx_adv_conf.rss_conf.rss_hf != 0) conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
  }
  hp_log_clear();
  int error = rte_eth_dev_configure(device->id, (uint16_t)device->queue_count,
                                    (uint16_t)device->queue_count, &conf);
  if (error != 0) return why_by_log(info, HP_ENOTSUP, name, "refuses its configuration", error);
  device->mtu = (uint16_t)conf.rxmode.mtu;
  uint32_t frames = config->frames != 0 ? config->frames : FRAMES_DEFAULT;
  device->rx_frames = (uint16_t)(frames < FRAMES_MAX ? frames : FRAMES_MAX);
  device->tx_frames = TX_FRAMES;
  error = rte_eth_dev_adjust_nb_rx_tx_desc(device->id, &device->rx_frames, &device->tx_frames);
  if (error != 0) return why_by_log(info, HP_ENOTSUP, name, "refuses its queues", error);
  int32_t status = queues_setup(device, info);
  if (status != HP_OK) return status;
  hp_log_clear();
  error = rte_eth_dev_start(device->id);
  if (error != 0) return why_by_log(info, HP_ESYS, name, "does not start", error);
  return HP_OK;
}

static int32_t open_device(hp_device *device, const hp_port_config *config,
                           const hp_dpdk_options *options, hp_port_info *info) {
  int32_t status = hp_place_find(config, &device->place, info);
  if (status == HP_OK) status = lock_take(device, info);
  if (status == HP_OK) status = hp_eal_start(config, options, info);
  hp_leftover_before(device);
  if (status == HP_OK) status = add(device, info);
  if (status == HP_OK) status = configure(device, config, info);
  if (status != HP_OK) return status;
  struct rte_ether_addr mac;
  if (rte_eth_macaddr_get(device->id, &mac) == 0) memcpy(device->mac, mac.addr_bytes, 6);
  if (options->stamps) hp_stamp_start(device);
  if (device->stamp.source == HP_CLOCK_NONE) device->stamp_offset = -1;
  hp_link_find(device);
  hp_leftover_started(device);
  return HP_OK;
}

/* The one that a second engine wants another queue of. */
static int32_t join_device(hp_device *device, const hp_port_config *config, hp_port_info *info) {
  const char *name = device->place.name;
  if (config->queue >= device->queue_count)
    return hp_why(info, HP_EINVAL, "%s was opened with %u queues: queue %u is not one of them", name,
                  device->queue_count, config->queue);
  if (device->port[config->queue] != NULL)
    return hp_why(info, HP_EBUSY, "queue %u of %s is in use", config->queue, name);
  if (config->frame_size > device->frame_size)
    return hp_why(info, HP_EINVAL, "%s was opened for frames of %u bytes, by its first Port", name,
                  device->frame_size);
  return HP_OK;
}

int32_t hp_device_take(const hp_port_config *config, const hp_dpdk_options *options, hp_device **out,
                       hp_port_info *info) {
  hp_device *device = NULL;
  for (int i = 0; i < HP_DPDK_DEVICES_MAX; i++) {
    hp_device *known = &devices[i];
    if (known->text[0] == 0) device = device != NULL ? device : known;
    if (known->text[0] == 0 || strcmp(known->text, (const char *)config->device) != 0) continue;
    *out = known;
    return join_device(known, config, info);
  }
  if (device == NULL)
    return hp_why(info, HP_ENOSPC, "%d devices are open already", HP_DPDK_DEVICES_MAX);
  memset(device, 0, sizeof *device);
  device->lock_fd = device->place.net_fd = -1;
  device->queue_count = config->queue_count != 0 ? config->queue_count : 1;
  if (device->queue_count > HP_DPDK_QUEUES_MAX || config->queue >= device->queue_count)
    return hp_why(info, HP_EINVAL, "queue %u of %u: at most %d are used, and they count from 0",
                  config->queue, device->queue_count, HP_DPDK_QUEUES_MAX);
  device->frame_size = config->frame_size;
  device->steers = options->steers;
  device->address = config->address;
  device->netmask = config->netmask != 0 ? config->netmask : 0xffffff00u;
  device->gateway = config->gateway;
  device->vlan = config->vlan;
  rte_spinlock_init(&device->lock);
  memcpy(device->text, config->device, sizeof device->text - 1);
  int32_t status = open_device(device, config, options, info);
  if (status != HP_OK) {
    hp_device_drop(device);
    return status;
  }
  *out = device;
  return HP_OK;
}

void hp_device_drop(hp_device *device) {
  if (device->port_count > 0) return;
  if (device->xdp_count == 0) hp_leftover_started(device); /* it did not come that far */
  if (device->is_started) {
    rte_eth_dev_stop(device->id);
    rte_eth_dev_close(device->id);
  }
  if (device->device != NULL) rte_dev_remove(device->device);
  hp_leftover_xdp(device);
  for (uint32_t q = 0; q < device->queue_count && q < HP_DPDK_QUEUES_MAX; q++)
    rte_mempool_free(device->pool[q]);
  if (device->place.net_fd >= 0) close(device->place.net_fd);
  if (device->lock_fd >= 0) close(device->lock_fd);
  device->text[0] = 0;
  int is_last = device->place.socket[0] != 0;
  for (int i = 0; i < HP_DPDK_DEVICES_MAX; i++)
    if (devices[i].text[0] != 0 && strcmp(devices[i].place.socket, device->place.socket) == 0) is_last = 0;
  if (is_last) hp_leftover_memif(&device->place);
}
