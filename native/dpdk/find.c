/* From what the config calls a device to a device on one of DPDK's buses. A card that cannot be had is
 * told with what stands in the way: sysfs knows more about it than DPDK's own errors do. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dpdk.h"

#define PCI "/sys/bus/pci/devices"
#define MEMIF_SOCKET "/run/memif.sock" /* DPDK's own choice */
#define MELLANOX 0x15b3

/* "0000:3b:00.0" */
static int is_pci_address(const char *text) {
  static const char form[] = "xxxx:xx:xx.d";
  if (strlen(text) != sizeof form - 1) return 0;
  for (size_t i = 0; form[i] != 0; i++) {
    if (form[i] == 'x' && isxdigit((unsigned char)text[i])) continue;
    if (form[i] == 'd' && text[i] >= '0' && text[i] <= '7') continue;
    if (form[i] != text[i]) return 0;
  }
  return 1;
}

/* Last part of what a link points to; "" when there is none. */
static void link_name(const char *path, char *out, size_t size) {
  char target[PATH_MAX];
  ssize_t got = readlink(path, target, sizeof target - 1);
  target[got > 0 ? got : 0] = 0;
  const char *slash = strrchr(target, '/');
  snprintf(out, size, "%.*s", (int)size - 1, slash != NULL ? slash + 1 : target);
}

static long number_in(const char *path, long missing) {
  char text[32];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return missing;
  ssize_t got = read(fd, text, sizeof text - 1);
  close(fd);
  if (got <= 0) return missing;
  text[got] = 0;
  return strtol(text, NULL, 0);
}

int32_t hp_core_node(int32_t core) {
  char path[64];
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d", core);
  DIR *dir = opendir(path);
  if (dir == NULL) return -1;
  int node = -1;
  for (struct dirent *entry = readdir(dir); entry != NULL && node < 0; entry = readdir(dir))
    if (sscanf(entry->d_name, "node%d", &node) != 1) node = -1;
  closedir(dir);
  return node;
}

/* The card behind a kernel interface: the last PCI address on its path (virtio has a bus of its own
 * below it). 0 = it is no card. */
static int pci_of_interface(const char *iface, char *out, size_t size) {
  char path[96], real[PATH_MAX];
  snprintf(path, sizeof path, "/sys/class/net/%.15s/device", iface);
  if (realpath(path, real) == NULL) return 0;
  int has_one = 0;
  char *rest = NULL;
  for (char *part = strtok_r(real, "/", &rest); part != NULL; part = strtok_r(NULL, "/", &rest)) {
    if (!is_pci_address(part)) continue;
    snprintf(out, size, "%s", part);
    has_one = 1;
  }
  return has_one;
}

static int32_t check_vfio(const char *address, hp_port_info *info) {
  char path[128], group[32];
  snprintf(path, sizeof path, PCI "/%s/iommu_group", address);
  link_name(path, group, sizeof group);
  if (group[0] == 0)
    return hp_why(info, HP_ENOTSUP,
                  "there is no IOMMU for %s: boot with intel_iommu=on or amd_iommu=on, or without one: "
                  "`echo 1 > /sys/module/vfio/parameters/enable_unsafe_noiommu_mode` and bind it again",
                  address);
  snprintf(path, sizeof path, "/dev/vfio/%s", group);
  if (access(path, F_OK) != 0) snprintf(path, sizeof path, "/dev/vfio/noiommu-%s", group);
  if (access(path, F_OK) != 0)
    return hp_why(info, HP_ENOENT, "there is no /dev/vfio/%s for %s: `modprobe vfio-pci`", group,
                  address);
  if (access(path, R_OK | W_OK) != 0)
    return hp_why(info, HP_EPERM, "no right to %s: run as root, or give it to this user", path);
  return HP_OK;
}

static int32_t find_pci(const char *address, const char *called, hp_place *out, hp_port_info *info) {
  char path[128], driver[32];
  snprintf(path, sizeof path, PCI "/%s", address);
  if (access(path, F_OK) != 0)
    return hp_why(info, HP_ENOENT, "there is no card at %s (`hairpin ports` lists them)", address);
  out->is_pci = 1;
  snprintf(out->name, sizeof out->name, "%s", address);
  snprintf(path, sizeof path, PCI "/%s/numa_node", address);
  out->node = (int32_t)number_in(path, -1);
  snprintf(out->lock, sizeof out->lock, PCI "/%s/config", address);
  snprintf(path, sizeof path, PCI "/%s/vendor", address);
  long vendor = number_in(path, 0);
  snprintf(path, sizeof path, PCI "/%s/driver", address);
  link_name(path, driver, sizeof driver);
  if (vendor == MELLANOX) { /* stays with the kernel's driver, both use it */
#ifdef HP_DPDK_MORE
    if (strcmp(driver, "mlx5_core") == 0) return HP_OK;
    return hp_why(info, HP_ENOTSUP, "%s needs the kernel's mlx5_core beside it: `modprobe mlx5_core`",
                  called);
#else
    return hp_why(info, HP_ENOTSUP, "%s is a Mellanox card, whose driver is in the larger object",
                  called);
#endif
  }
  if (strcmp(driver, "vfio-pci") == 0) return check_vfio(address, info);
  if (strcmp(driver, "igb_uio") == 0 || strcmp(driver, "uio_pci_generic") == 0) return HP_OK;
  if (driver[0] == 0)
    return hp_why(info, HP_EBUSY, "%s has no driver: `modprobe vfio-pci; cd " PCI
                  "/%s; echo vfio-pci > driver_override; echo %s > ../../drivers_probe`",
                  called, address, address);
  return hp_why(info, HP_EBUSY, "%s is driven by %s: bind it to vfio-pci: `modprobe vfio-pci; cd " PCI
                "/%s; echo vfio-pci > driver_override; echo %s > driver/unbind; "
                "echo %s > ../../drivers_probe`",
                called, driver, address, address, address);
}

/* Value of a vdev argument, "" when it has none of that name. */
static void argument(const char *args, const char *key, char *out, size_t size) {
  out[0] = 0;
  size_t length = strlen(key);
  for (const char *at = args; at != NULL && *at != 0; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
    if (strncmp(at, key, length) == 0 && at[length] == '=') {
      snprintf(out, size, "%.*s", (int)strcspn(at + length + 1, ","), at + length + 1);
      return;
    }
}

static int starts(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

/* Frames longer than the ring's slots would arrive cut: larger slots, unless the config has its own.
 * Buffers must be as large as slots, whatever is in them. */
static void packet_slots(const hp_port_config *config, hp_place *out) {
  char own[32];
  argument(out->args, "framesz", own, sizeof own);
  out->room = (uint32_t)strtoul(own, NULL, 10);
  if (own[0] != 0 || config->frame_size <= 2048) return;
  uint32_t size = 4096;
  while (size < config->frame_size + 64) size *= 2;
  out->room = size;
  size_t at = strlen(out->args);
  snprintf(out->args + at, sizeof out->args - at, ",framesz=%u,blocksz=%u", size, size);
}

/* A virtual device on a kernel's interface. */
static int32_t check_interface(hp_place *out, hp_port_info *info) {
  if (out->iface[0] == 0)
    return hp_why(info, HP_EINVAL, "%s needs an interface: %s,iface=NAME", out->name, out->name);
  if (if_nametoindex(out->iface) == 0)
    return hp_why(info, HP_ENOENT, "there is no interface %s", out->iface);
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return hp_why(info, errno == EPERM ? HP_EPERM : HP_ESYS,
                  "no right to raw sockets: run as root, or `setcap cap_net_raw,cap_net_admin+ep` on "
                  "the binary");
  out->net_fd = fd;
  /* A second reader would see every packet too, and answer the same requests. */
  snprintf(out->lock, sizeof out->lock, "@hairpin-dpdk/%s", out->iface);
  char path[96];
  snprintf(path, sizeof path, "/sys/class/net/%s/device/numa_node", out->iface);
  out->node = (int32_t)number_in(path, -1);
  return HP_OK;
}

static int32_t find_virtual(const hp_port_config *config, hp_place *out, hp_port_info *info) {
  const char *text = (const char *)config->device;
  size_t length = strcspn(text, ",");
  if (length >= sizeof out->name)
    return hp_why(info, HP_EINVAL, "a virtual device has a name of up to %d characters",
                  (int)sizeof out->name - 1);
  memcpy(out->name, text, length);
  snprintf(out->args, sizeof out->args, "%s", text[length] == ',' ? text + length + 1 : "");
#ifndef HP_DPDK_MORE
  if (starts(out->name, "net_pcap") || starts(out->name, "net_af_xdp") || starts(out->name, "net_mlx5"))
    return hp_why(info, HP_ENOTSUP, "%s is in the larger object", out->name);
#endif
  if (starts(out->name, "net_memif")) {
    argument(out->args, "socket", out->socket, sizeof out->socket);
    if (out->socket[0] == 0) snprintf(out->socket, sizeof out->socket, "%s", MEMIF_SOCKET);
  }
  if (!starts(out->name, "net_af_packet") && !starts(out->name, "net_af_xdp")) return HP_OK;
  argument(out->args, "iface", out->iface, sizeof out->iface);
  if (starts(out->name, "net_af_packet")) packet_slots(config, out);
  return check_interface(out, info);
}

int32_t hp_place_find(const hp_port_config *config, hp_place *out, hp_port_info *info) {
  const char *text = (const char *)config->device;
  memset(out, 0, sizeof *out);
  out->node = -1;
  out->net_fd = -1;
  if (starts(text, "net_")) return find_virtual(config, out, info);
  if (is_pci_address(text)) return find_pci(text, text, out, info);
  char address[16];
  if (strlen(text) < IF_NAMESIZE && pci_of_interface(text, address, sizeof address))
    return find_pci(address, text, out, info);
  if (strlen(text) < IF_NAMESIZE && if_nametoindex(text) != 0)
    return hp_why(info, HP_ENOTSUP,
                  "%s is no card on the PCI bus: device = \"net_af_packet0,iface=%s\", or another driver",
                  text, text);
  return hp_why(info, HP_ENOENT,
                "there is no interface %s (a card that is bound to vfio-pci goes by its PCI address)",
                text);
}
