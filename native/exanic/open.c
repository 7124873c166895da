/* Opening a port of a card: the device, its pages, a ring, memory to send from. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client.h"

int32_t exa_why(hp_port_info *info, int32_t status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf((char *)info->why, sizeof info->why, format, arguments);
  va_end(arguments);
  return status;
}

/* "exanic0:1" into its halves; 0 when it is not of that form. The software card goes by its path,
 * which is known: only a port behind the last colon counts, and 0 stands for none. */
static int split_device(const char *text, char *device, size_t size, uint32_t *port) {
  const char *colon = strrchr(text, ':');
  *port = 0;
  if (colon != NULL && colon[1] >= '0' && colon[1] <= '9' && colon[2] == '\0')
    *port = (uint32_t)(colon[1] - '0');
  else if (!exa_is_software()) return 0;
  if (exa_is_software()) {
    snprintf(device, size, "exanic-sim");
    return 1;
  }
  size_t length = (size_t)(colon - text);
  if (length >= size || strncmp(text, "exanic", 6) != 0) return 0;
  memcpy(device, text, length);
  device[length] = '\0';
  return strchr(device, '/') == NULL;
}

static int32_t open_device(hp_exanic *p, hp_port_info *info) {
  char path[256];
  exa_system_path(p->device, path, sizeof path);
  p->system = exa_system();
  p->fd = p->system->open(path);
  if (p->fd >= 0) return HP_OK;
  int is_software = exa_is_software();
  switch (errno) {
    case ENOENT:
      if (is_software)
        return exa_why(info, HP_ENOENT, "there is no software card %s: is the simulator running?", path);
      return exa_why(info, HP_ENOENT, "no %s: is the exanic driver loaded (`modprobe exanic`)?", path);
    case EACCES:
    case EPERM:
      return exa_why(info, HP_EPERM, "no right to open %s: run as root, or give the user that file", path);
    case ENODEV:
      if (is_software)
        return exa_why(info, HP_EGONE, "%s is no living software card: is the simulator running?", path);
      return exa_why(info, HP_EGONE, "the card behind %s is gone", path);
    case EBUSY:
    case EMFILE:
      return exa_why(info, HP_EBUSY, "%s has no room for another client: end one", path);
    default:
      return exa_why(info, HP_ESYS, "%s can't be opened: %s", path, strerror(errno));
  }
}

static void *map_page(const hp_exanic *p, uint32_t page, size_t size, int protection) {
  void *at = mmap(NULL, size, protection, MAP_SHARED, p->fd, (off_t)page * EXA_PAGE);
  return at == MAP_FAILED ? NULL : at;
}

/* What the driver and the registers say of the card. */
static int32_t read_card(hp_exanic *p, exa_info *card, hp_port_info *info) {
  memset(card, 0, sizeof *card);
  if (p->system->ioctl(p->fd, EXA_IOCTL_INFO, card) != 0)
    return exa_why(info, HP_ENOTSUP, "the exanic driver is too old, or %s is no ExaNIC (%s): update it",
                   p->device, strerror(errno));
  p->ports = card->ports < EXA_PORTS_MAX ? card->ports : EXA_PORTS_MAX;
  p->filter_buffers = card->filter_buffers;
  if (p->port >= p->ports)
    return exa_why(info, HP_ENOENT, "%s has no port %u: it has 0 to %u", p->device, p->port,
                   p->ports - 1);
  p->interface = card->interface[p->port];
  p->registers = map_page(p, EXA_REGISTERS_PAGE, EXA_REGISTERS_SIZE, PROT_READ | PROT_WRITE);
  if (p->registers == NULL)
    return exa_why(info, HP_ESYS, "the registers of %s can't be mapped: %s", p->device, strerror(errno));
  p->info_page = map_page(p, EXA_INFO_PAGE, EXA_PAGE, PROT_READ);
  uint32_t version = p->registers[EXA_REG_INTERFACE];
  uint32_t function = p->registers[EXA_REG_FUNCTION];
  if (version == EXA_NOBODY || p->registers[EXA_REG_TICK_HZ] == EXA_NOBODY)
    return exa_why(info, HP_EGONE, "%s does not answer: reseat the card, or restart the host", p->device);
  if (version != 1)
    return exa_why(info, HP_ENOTSUP, "%s has a register interface of version %u, and only 1 is known",
                   p->device, version);
  if (function != EXA_FUNCTION_NIC && function != EXA_FUNCTION_DEVKIT &&
      function != EXA_FUNCTION_GRANDMASTER)
    return exa_why(info, HP_ENOTSUP,
                   "%s is no network card: load its NIC firmware (it has function %u)", p->device,
                   function);
  return HP_OK;
}

static int32_t read_port(hp_exanic *p, hp_port_info *info) {
  volatile uint32_t *registers = p->registers;
  uint32_t status = registers[EXA_PORT_REG(p->port, EXA_PORT_STATUS)];
  if (status & (EXA_STATUS_NO_PORT | EXA_STATUS_NO_RX))
    return exa_why(info, HP_ENOTSUP, "%s:%u can't receive: it has no receiver", p->device, p->port);
  if (registers[EXA_PORT_REG(p->port, EXA_PORT_ENABLED)] == 0)
    return exa_why(info, HP_ENOTSUP, "%s:%u is switched off: `ip link set %s up`", p->device, p->port,
                   p->interface_name[0] != '\0' ? p->interface_name : "(its interface)");
  uint32_t vendor = registers[EXA_PORT_REG(p->port, EXA_PORT_MAC_VENDOR)];
  uint32_t own = registers[EXA_PORT_REG(p->port, EXA_PORT_MAC)];
  for (int i = 0; i < 3; i++) {
    p->mac[i] = (uint8_t)(vendor >> (8 * i));
    p->mac[3 + i] = (uint8_t)(own >> (8 * i));
  }
  p->dropped_seen = registers[EXA_STAT_REG(p->port, EXA_STAT_RX_DROPPED)];
  return HP_OK;
}

static void describe(const hp_exanic *p, hp_port_info *info) {
  info->arena = (double)(uintptr_t)p->rx.arena;
  info->arena_size = (double)p->arena_size;
  info->frames = EXA_CHUNKS;
  info->queues_max = p->filter_buffers;
  if (p->clock.ns_per_tick > 0) info->flags |= HP_PORT_STAMPS_RX;
  if (p->clock.ns_per_tick > 0 && p->tx.memory != NULL) info->flags |= HP_PORT_STAMPS_TX;
  memcpy(info->mac, p->mac, sizeof p->mac);
  snprintf((char *)info->driver, sizeof info->driver, exa_is_software() ? "exanic-sim" : "exanic");
  if (p->buffer > 0)
    snprintf((char *)info->mode, sizeof info->mode, "steered to filter buffer %u", p->buffer - 1);
  else snprintf((char *)info->mode, sizeof info->mode, "the port's default ring");
}

static int32_t open_all(hp_exanic *p, const hp_port_config *config, hp_port_info *info) {
  const char *name = (const char *)config->device;
  exa_info card;
  int32_t status = HP_OK;
  if (!split_device(name, p->device, sizeof p->device, &p->port))
    status = exa_kernel_find(name, p->device, &p->port, info);
  if (status == HP_OK) status = open_device(p, info);
  if (status == HP_OK) status = read_card(p, &card, info);
  if (status == HP_OK) status = exa_kernel_attach(p, config, info);
  if (status == HP_OK) status = read_port(p, info);
  if (status != HP_OK) return status;
  exa_clock_set(p, config->session_start_s);
  status = exa_rx_open(p, config, info);
  if (status == HP_OK && config->tx > 0) status = exa_tx_open(p, card.tx_size, info);
  if (status == HP_OK) status = exa_kernel_join(p, config, info);
  if (status == HP_OK) describe(p, info);
  return status;
}

static int is_valid(const hp_port_config *config) {
  if (!(config->desc > 0 && config->stats > 0)) return 0;
  if (config->frame_size < 128 || config->frame_size > 16384) return 0;
  if (config->played != 0) return config->played > 0 && (uintptr_t)config->played % 4 == 0;
  if (config->tx != 0 && !(config->tx > 0 && config->tx_size > 0)) return 0;
  return config->vlan < 4096 && memchr(config->device, 0, sizeof config->device) != NULL &&
         memchr(config->options, 0, sizeof config->options) != NULL;
}

/* A port, or NULL with the status. */
hp_exanic *exa_open(const hp_port_config *config, hp_port_info *info, int32_t *status) {
  *status = HP_EINVAL;
  if (config == NULL || info == NULL) return NULL;
  memset(info, 0, sizeof *info);
  if (!is_valid(config)) return NULL;
  hp_exanic *p = calloc(1, sizeof *p);
  *status = HP_ENOSPC;
  if (p == NULL) return NULL;
  p->fd = p->control = p->promiscuous = -1;
  for (int i = 0; i < EXA_JOIN_SOCKETS; i++) p->joins[i] = -1;
  p->desc = exa_pointer(config->desc);
  p->stats = exa_pointer(config->stats);
  p->played = exa_pointer(config->played);
  p->payloads = exa_pointer(config->tx);
  p->payloads_size = config->tx != 0 ? config->tx_size : 0;
  p->frame_size = config->frame_size;
  p->vlan = config->vlan;
  p->system = exa_system();
  *status = HP_OK;
  if (p->played == NULL) *status = hp_lines_set(&p->lines, config);
  if (*status != HP_OK)
    exa_why(info, *status, "its lines are impossible, or two of them want the same packets");
  else if (p->played == NULL) *status = open_all(p, config, info);
  if (*status == HP_OK) return p;
  exa_close(p);
  return NULL;
}

/* The device last: until its last page is unmapped the driver keeps what it has given us. */
void exa_close(hp_exanic *p) {
  exa_rx_close(p);
  exa_tx_close(p);
  exa_kernel_detach(p);
  if (p->info_page != NULL) munmap(p->info_page, EXA_PAGE);
  if (p->registers != NULL) munmap((void *)(uintptr_t)p->registers, EXA_REGISTERS_SIZE);
  if (p->fd >= 0) p->system->close(p->fd);
  free(p);
}
