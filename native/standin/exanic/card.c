/* The functions of hairpin.h, and a card's life from its file to its end. */
#include "card.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TICK_HZ_DEFAULT 161132812u /* an X10's */
#define LINK_UP_STATUS 0xfu         /* enabled, module, signal, link */
#define SPEED_MBPS 10000u

static _Atomic(card *) table[CARDS_MAX];

static card *find(int32_t handle) {
  return handle < 0 || handle >= CARDS_MAX ? NULL : atomic_load(&table[handle]);
}

int32_t hp_exacard_abi_version(void) { return HP_ABI_VERSION; }

static void lay_out(card *c) {
  volatile uint32_t *r = c->registers;
  r[EXA_REG_INTERFACE] = 1;
  r[EXA_REG_FUNCTION] = EXA_FUNCTION_NIC;
  r[EXA_REG_TICK_HZ] = c->hz;
  r[EXA_REG_CAPS] = c->clock_in == 1 ? EXA_CAP_TIME_HIGH : 0;
  for (uint32_t i = 0; i < c->ports; i++) {
    r[EXA_PORT_REG(i, EXA_PORT_ENABLED)] = 1;
    r[EXA_PORT_REG(i, EXA_PORT_SPEED)] = SPEED_MBPS;
    r[EXA_PORT_REG(i, EXA_PORT_STATUS)] = LINK_UP_STATUS;
    r[EXA_PORT_REG(i, EXA_PORT_MAC_VENDOR)] = 0x000002; /* 02:00:00, locally administered */
    r[EXA_PORT_REG(i, EXA_PORT_MAC)] = i << 16;
    r[EXA_PORT_REG(i, EXA_PORT_DOORBELL)] = CARD_NO_BELL;
  }
}

/* A file that no living card has: a new one under the path, since a dead card's clients may still map
 * the old. */
static int32_t make_file(card *c) {
  struct flock lock = {
      .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = CARD_LOCK_AT, .l_len = 1};
  int old = open(c->path, O_RDWR | O_CLOEXEC);
  if (old >= 0) {
    int is_taken = fcntl(old, F_OFD_SETLK, &lock) != 0;
    close(old);
    if (is_taken) return HP_EEXIST;
    unlink(c->path);
  }
  c->fd = open(c->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (c->fd < 0) return errno == EEXIST ? HP_EEXIST : errno == ENOENT ? HP_ENOENT : HP_ESYS;
  if (fcntl(c->fd, F_OFD_SETLK, &lock) != 0) return HP_ESYS;
  if (ftruncate(c->fd, (off_t)CARD_FILE_SIZE) != 0) return HP_ENOSPC;
  /* Everything in front of the rings is there now: a full file system is told here, never later. */
  if (posix_fallocate(c->fd, 0, (off_t)EXA_RX_PAGE * EXA_PAGE) != 0) return HP_ENOSPC;
  void *at = mmap(NULL, CARD_FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, c->fd, 0);
  if (at == MAP_FAILED) return HP_ENOSPC;
  c->file = at;
  c->mailbox = (void *)(c->file + (size_t)CARD_MAILBOX_PAGE * EXA_PAGE);
  c->registers = (void *)c->file;
  return HP_OK;
}

static int32_t start(card *c) {
  int32_t status = make_file(c);
  if (status != HP_OK) return status;
  for (uint32_t i = 0; i < c->ports; i++) {
    card_port *port = &c->port[i];
    port->loop = -1;
    port->rules_max = CARD_RULES_MAX;
    port->taken = malloc(CARD_TAKEN_SIZE);
    if (port->taken == NULL || card_ring_open(c, &port->ring[0], exa_ring_page(i)) != 0)
      return HP_ENOSPC;
  }
  card_crc_set(c);
  lay_out(c);
  card_clock_publish(c);
  c->mailbox->version = CARD_VERSION;
  __atomic_store_n(&c->mailbox->magic, CARD_MAGIC, __ATOMIC_RELEASE);
  /* Signals are the program's, not the device's. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(&c->thread, NULL, card_thread, c);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return error == 0 ? HP_OK : HP_ESYS;
}

static void discard(card *c, int has_path) {
  for (uint32_t i = 0; i < CARD_PORTS; i++) free(c->port[i].taken);
  if (c->file != NULL) munmap(c->file, CARD_FILE_SIZE);
  if (c->fd >= 0) {
    if (has_path) unlink(c->path);
    close(c->fd);
  }
  pthread_mutex_destroy(&c->mutex);
  free(c);
}

int32_t hp_exacard_open(const char *path, int32_t ports) {
  if (path == NULL || path[0] == '\0' || ports < 1 || ports > CARD_PORTS) return HP_EINVAL;
  if (strlen(path) >= sizeof ((card *)0)->path) return HP_EINVAL;
  card *c = calloc(1, sizeof *c);
  if (c == NULL) return HP_ENOSPC;
  pthread_mutex_init(&c->mutex, NULL);
  snprintf(c->path, sizeof c->path, "%s", path);
  c->fd = -1;
  c->ports = (uint32_t)ports;
  c->filter_buffers = CARD_BUFFERS_MAX;
  c->hz = TICK_HZ_DEFAULT;
  c->clock_at = -1;
  int32_t status = start(c);
  if (status != HP_OK) {
    discard(c, c->fd >= 0);
    return status;
  }
  for (int32_t handle = 0; handle < CARDS_MAX; handle++) {
    card *expected = NULL;
    if (atomic_compare_exchange_strong(&table[handle], &expected, c)) return handle;
  }
  atomic_store(&c->stops, 1);
  pthread_join(c->thread, NULL);
  discard(c, 1);
  return HP_ENOSPC;
}

/* The card of that number with its mutex taken, or NULL and why. */
static card *enter(int32_t handle, int32_t port, int32_t *status) {
  card *c = find(handle);
  *status = c == NULL ? HP_ECLOSED : HP_EINVAL;
  if (c == NULL || port < 0 || port >= (int32_t)c->ports) return NULL;
  pthread_mutex_lock(&c->mutex);
  return c;
}

static int32_t leave(card *c, int32_t status) {
  pthread_mutex_unlock(&c->mutex);
  return status;
}

int32_t hp_exacard_deliver(int32_t handle, int32_t port, double frame, int32_t length,
                           int32_t status) {
  int32_t failed;
  card *c = length < 1 || status < 0 ? NULL : enter(handle, port, &failed);
  if (c == NULL) return length < 1 || status < 0 ? HP_EINVAL : failed;
  const uint8_t *bytes = (const uint8_t *)(uintptr_t)frame;
  return leave(c, card_receive(c, (uint32_t)port, bytes, (uint32_t)length, (uint32_t)status));
}

int32_t hp_exacard_take(int32_t handle, int32_t port, double out, int32_t capacity) {
  int32_t failed;
  card *c = enter(handle, port, &failed);
  if (c == NULL) return failed;
  uint32_t room = capacity < 0 ? 0 : (uint32_t)capacity;
  return leave(c, card_take(&c->port[port], (uint8_t *)(uintptr_t)out, room));
}

int32_t hp_exacard_link(int32_t handle, int32_t port, int32_t up) {
  int32_t failed;
  card *c = enter(handle, port, &failed);
  if (c == NULL) return failed;
  volatile uint32_t *status = &c->registers[EXA_PORT_REG((uint32_t)port, EXA_PORT_STATUS)];
  if (!c->is_gone) *status = up ? LINK_UP_STATUS : LINK_UP_STATUS & ~(uint32_t)EXA_STATUS_LINK;
  return leave(c, HP_OK);
}

static void vanish(card *c) {
  c->is_gone = 1;
  for (uint32_t i = 0; i < EXA_REGISTERS_SIZE / 4; i++) c->registers[i] = EXA_NOBODY;
}

static int32_t set(card *c, uint32_t port, int32_t what, double value) {
  switch (what) {
    case HP_EXACARD_LOOP:
      if (value >= c->ports) return HP_EINVAL;
      c->port[port].loop = (int32_t)value;
      return HP_OK;
    case HP_EXACARD_ENABLED:
      c->registers[EXA_PORT_REG(port, EXA_PORT_ENABLED)] = value != 0;
      return HP_OK;
    case HP_EXACARD_FILTER_RULES:
      if (!(value >= 0 && value <= CARD_RULES_MAX)) return HP_EINVAL;
      c->port[port].rules_max = (uint32_t)value;
      return HP_OK;
    case HP_EXACARD_HOLD:
      c->port[port].holds = value != 0;
      return HP_OK;
    case HP_EXACARD_FILTER_BUFFERS:
      if (!(value >= 0 && value <= CARD_BUFFERS_MAX)) return HP_EINVAL;
      c->filter_buffers = (uint32_t)value;
      return HP_OK;
    case HP_EXACARD_CLOCK_HZ:
      if (!(value >= 0 && value < EXA_NOBODY)) return HP_EINVAL;
      c->hz = (uint32_t)value;
      c->registers[EXA_REG_TICK_HZ] = c->hz;
      return HP_OK;
    case HP_EXACARD_CLOCK_AT:
      c->clock_at = value;
      card_clock_publish(c);
      return HP_OK;
    case HP_EXACARD_CLOCK_IN:
      c->clock_in = (uint32_t)value;
      c->registers[EXA_REG_CAPS] = c->clock_in == 1 ? EXA_CAP_TIME_HIGH : 0;
      card_clock_publish(c);
      return HP_OK;
    case HP_EXACARD_INTERFACE:
      if (!(value >= 0 && value <= INT32_MAX)) return HP_EINVAL;
      c->port[port].interface = (int32_t)value;
      return HP_OK;
    case HP_EXACARD_GONE:
      if (value != 0) vanish(c);
      return HP_OK;
    default:
      return HP_EINVAL;
  }
}

int32_t hp_exacard_set(int32_t handle, int32_t port, int32_t what, double value) {
  int32_t failed;
  card *c = enter(handle, port, &failed);
  return c == NULL ? failed : leave(c, set(c, (uint32_t)port, what, value));
}

double hp_exacard_counter(int32_t handle, int32_t port, int32_t what) {
  int32_t failed;
  if (what < 0 || what > HP_EXACARD_CLIENTS) return HP_EINVAL;
  card *c = enter(handle, port, &failed);
  if (c == NULL) return failed;
  double value = what == HP_EXACARD_CLIENTS ? (double)card_clients(c) : c->port[port].counter[what];
  leave(c, HP_OK);
  return value;
}

int32_t hp_exacard_close(int32_t handle) {
  if (handle < 0 || handle >= CARDS_MAX) return HP_ECLOSED;
  card *c = atomic_exchange(&table[handle], NULL);
  if (c == NULL) return HP_ECLOSED;
  atomic_store(&c->stops, 1);
  pthread_join(c->thread, NULL);
  vanish(c);
  discard(c, 1);
  return HP_OK;
}
