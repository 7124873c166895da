/* open, ioctl and close: the driver's, or those of the software card. The rest of the client maps and
 * reads either in the same way. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "mailbox.h"

#define ANSWER_MS_MAX 5000

static int driver_open(const char *path) { return open(path, O_RDWR | O_CLOEXEC); }
static int driver_ioctl(int fd, unsigned long request, void *argument) {
  return ioctl(fd, request, argument);
}

static const hp_exanic_system DRIVER = {driver_open, driver_ioctl, close};

/* Connections of this process to software cards. */
typedef struct connection {
  int fd; /* -1 = free */
  card_mailbox *mailbox;
  card_slot *slot;
} connection;

/* "" = the driver. Of a thread: engines of one process may have cards of their own. */
static _Thread_local char card_path[256];

static struct {
  pthread_mutex_t mutex;
  connection connection[EXA_HANDLES_MAX];
  uint32_t opened;
} card = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* A lock of this open file, not of this process: two clients of one process are two. */
static int lock_byte(int fd, int64_t at, int command, short type) {
  struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};
  if (fcntl(fd, command, &lock) != 0) return -1;
  return lock.l_type == F_UNLCK ? 0 : 1;
}

static int is_alive(int fd) { return lock_byte(fd, CARD_LOCK_AT, F_OFD_GETLK, F_WRLCK) == 1; }

/* Puts a request into the slot and waits for the answer: 0, or -1 with errno. */
static int ask(const connection *c, uint32_t request, void *argument, size_t size) {
  card_slot *slot = c->slot;
  memcpy(slot->argument, argument, size);
  slot->request = request;
  uint32_t number = atomic_load(&slot->asked) + 1;
  atomic_store(&slot->asked, number);
  const struct timespec pause = {.tv_nsec = 20000};
  for (int waits = 0; atomic_load(&slot->answered) != number; waits++) {
    if (waits % 500 == 499 && !is_alive(c->fd)) break;
    if (waits > ANSWER_MS_MAX * 15) break; /* a pause takes some 70 us */
    nanosleep(&pause, NULL);
  }
  if (atomic_load(&slot->answered) != number) {
    errno = ENODEV;
    return -1;
  }
  memcpy(argument, slot->argument, size);
  errno = slot->error;
  return slot->error == 0 ? 0 : -1;
}

static int connect_slot(connection *c, int fd) {
  c->mailbox = mmap(NULL, EXA_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                    (off_t)CARD_MAILBOX_PAGE * EXA_PAGE);
  if (c->mailbox == MAP_FAILED) return -1;
  errno = ENODEV;
  if (c->mailbox->magic == CARD_MAGIC && c->mailbox->version == CARD_VERSION && is_alive(fd)) {
    for (int i = 0; i < CARD_SLOTS; i++) {
      if (lock_byte(fd, CARD_LOCK_AT + 1 + i, F_OFD_SETLK, F_WRLCK) < 0) continue;
      c->fd = fd;
      c->slot = &c->mailbox->slot[i];
      uint8_t nothing = 0;
      if (ask(c, CARD_HELLO, &nothing, 1) == 0) return 0;
      break;
    }
    if (c->slot == NULL) errno = EBUSY;
  }
  int error = errno;
  munmap(c->mailbox, EXA_PAGE);
  errno = error;
  return -1;
}

static connection *find(int fd) {
  uint32_t opened = __atomic_load_n(&card.opened, __ATOMIC_ACQUIRE);
  for (uint32_t i = 0; i < opened; i++)
    if (card.connection[i].fd == fd) return &card.connection[i];
  return NULL;
}

static int card_open(const char *path) {
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return -1;
  pthread_mutex_lock(&card.mutex);
  connection *c = find(-1);
  if (c == NULL && card.opened < EXA_HANDLES_MAX) {
    c = &card.connection[card.opened];
    c->fd = -1;
    __atomic_store_n(&card.opened, card.opened + 1, __ATOMIC_RELEASE);
  }
  int done = -1;
  errno = EMFILE;
  if (c != NULL) {
    c->slot = NULL;
    done = connect_slot(c, fd);
    if (done != 0) c->fd = -1;
  }
  pthread_mutex_unlock(&card.mutex);
  if (done == 0) return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

static int card_ioctl(int fd, unsigned long request, void *argument) {
  pthread_mutex_lock(&card.mutex);
  connection *c = find(fd);
  errno = EBADF;
  int done = c == NULL ? -1 : ask(c, (uint32_t)request, argument, _IOC_SIZE(request));
  int error = errno;
  pthread_mutex_unlock(&card.mutex);
  errno = error;
  return done;
}

static int card_close(int fd) {
  pthread_mutex_lock(&card.mutex);
  connection *c = find(fd);
  if (c != NULL) {
    munmap(c->mailbox, EXA_PAGE);
    c->fd = -1;
  }
  pthread_mutex_unlock(&card.mutex);
  return close(fd);
}

static const hp_exanic_system CARD = {card_open, card_ioctl, card_close};

int exa_is_software(void) { return card_path[0] != '\0'; }

const hp_exanic_system *exa_system(void) { return exa_is_software() ? &CARD : &DRIVER; }

/* Where the device is: for the driver /dev/<name>, else the card's file whatever the name. */
void exa_system_path(const char *name, char *out, size_t size) {
  if (exa_is_software()) snprintf(out, size, "%s", card_path);
  else snprintf(out, size, "/dev/%s", name);
}

int32_t hp_exanic_use_card(const char *path) {
  if (path == NULL) path = "";
  size_t length = strlen(path);
  /* Devices are named with a port; the card is the same for all. */
  if (length > 2 && path[length - 2] == ':' && path[length - 1] >= '0' && path[length - 1] <= '9')
    length -= 2;
  if (length >= sizeof card_path) return HP_EINVAL;
  memcpy(card_path, path, length);
  card_path[length] = '\0';
  return HP_OK;
}
