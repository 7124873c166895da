/* What virtual devices of DPDK 22.11 leave behind when they are closed, taken away here. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "dpdk.h"

#define XDP_RELEASE_NS 100000000
#define BPF_OBJECT (1ull << 63)

/* memif's server forgets the socket it listens on (DPDK 22.11): its name stays taken, and DPDK's interrupt
 * thread goes on watching the descriptor, and ends the process when it finds it closed. So the number
 * gets something that never happens: one small descriptor per server closed, until the process ends. */
void hp_leftover_memif(const hp_place *place) {
  if (place->socket[0] == 0) return;
  for (int fd = 3; fd < HP_DESCRIPTORS_LOOKED_AT; fd++) {
    struct sockaddr_un at = {0};
    socklen_t size = sizeof at;
    int listens = 0;
    socklen_t one = sizeof listens;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &one) != 0 || !listens) continue;
    if (getsockname(fd, (struct sockaddr *)&at, &size) != 0 || at.sun_family != AF_UNIX) continue;
    const char *name = at.sun_path[0] != 0 ? at.sun_path : at.sun_path + 1;
    if (strncmp(name, place->socket, sizeof at.sun_path - 1) != 0) continue;
    int nothing = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (nothing < 0) return;
    dup3(nothing, fd, O_CLOEXEC);
    close(nothing);
  }
}

/* The kernel's number of a BPF program or map behind a descriptor; 0 = it is neither. */
static uint64_t bpf_identity(int fd) {
  char path[64], text[256];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  ssize_t got = readlink(path, text, sizeof text - 1);
  if (got < 0 || strncmp(text, "anon_inode:bpf", 14) != 0) return 0;
  snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
  FILE *file = fopen(path, "re");
  unsigned long id = 0;
  while (file != NULL && id == 0 && fgets(text, sizeof text, file) != NULL)
    if (sscanf(text, "map_id: %lu", &id) != 1 && sscanf(text, "prog_id: %lu", &id) != 1) id = 0;
  if (file != NULL) fclose(file);
  return id != 0 ? BPF_OBJECT | id : 0;
}

/* What af_xdp opens: sockets, a program, maps. Tells one from the next under the same number. */
static uint64_t xdp_identity(int fd) {
  int domain = 0;
  socklen_t size = sizeof domain;
  struct stat about;
  if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0) return bpf_identity(fd);
  return domain == AF_XDP && fstat(fd, &about) == 0 ? about.st_ino : 0;
}

/* af_xdp forgets its sockets, program and map, and while the sockets live nobody gets their queue again.
 * They have no name to be asked for: those that were not there before it started are its own. */
void hp_leftover_before(hp_device *device) {
  if (strncmp(device->place.name, "net_af_xdp", 10) != 0) return;
  for (int fd = 3; fd < HP_DESCRIPTORS_LOOKED_AT; fd++)
    if (xdp_identity(fd) != 0) device->xdp_before[fd / 64] |= 1ull << (fd % 64);
}

void hp_leftover_started(hp_device *device) {
  if (strncmp(device->place.name, "net_af_xdp", 10) != 0) return;
  for (int fd = 3; fd < HP_DESCRIPTORS_LOOKED_AT && device->xdp_count < HP_LEFTOVERS_MAX; fd++) {
    uint64_t id = xdp_identity(fd);
    if (id == 0 || (device->xdp_before[fd / 64] >> (fd % 64) & 1) != 0) continue;
    device->xdp_id[device->xdp_count++] = id;
  }
}

void hp_leftover_xdp(const hp_device *device) {
  if (device->xdp_count == 0) return;
  /* By what they are: taking the program off opens it once more. */
  for (int fd = 3; fd < HP_DESCRIPTORS_LOOKED_AT; fd++) {
    uint64_t id = xdp_identity(fd);
    uint32_t i = 0;
    while (i < device->xdp_count && device->xdp_id[i] != id) i++;
    if (id != 0 && i < device->xdp_count) close(fd);
  }
  /* The kernel lets go of the queue behind our back; the next one to open it would find it busy. */
  struct timespec pause = {0, XDP_RELEASE_NS};
  nanosleep(&pause, NULL);
}
