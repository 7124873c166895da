#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

#ifndef MAP_HUGE_2MB
#define MAP_HUGE_2MB (21 << 26)
#endif
#ifndef MCL_ONFAULT
#define MCL_ONFAULT 4
#endif

#define HUGE_SIZE (2u << 20)
#define BYTES_MAX 1e15 /* far below 2^53 and far above any machine */

static size_t round_up(size_t size, size_t unit) { return (size + unit - 1) / unit * unit; }

static size_t page_size(void) { return (size_t)sysconf(_SC_PAGESIZE); }

/* Common end of both kinds of mapping: lock, touch, tell. */
static int32_t region_fill(hp_region *out, void *at, size_t size, int32_t pages, int32_t flags) {
  out->addr = hp_address(at);
  out->size = (double)size;
  out->pages = pages;
  out->locked = 0;
  if (flags & HP_MEM_LOCK) {
    if (mlock(at, size) == 0) out->locked = 1;
    else hp_fail(HP_OK);
  }
  if (flags & HP_MEM_TOUCH) {
    /* An atomic OR of nothing: a write fault on each page that keeps what another process wrote. */
    size_t step = page_size();
    for (size_t i = 0; i < size; i += step)
      atomic_fetch_or((_Atomic uint8_t *)((uint8_t *)at + i), 0);
  }
  return HP_OK;
}

int32_t hp_arena_alloc(double bytes, int32_t flags, hp_region *out) {
  if (out == NULL || !(bytes >= 1 && bytes <= BYTES_MAX)) return HP_EINVAL;
  const int base = MAP_PRIVATE | MAP_ANONYMOUS;
  const int prot = PROT_READ | PROT_WRITE;
  if (flags & HP_MEM_HUGE) {
    size_t size = round_up((size_t)bytes, HUGE_SIZE);
    void *at = mmap(NULL, size, prot, base | MAP_HUGETLB | MAP_HUGE_2MB, -1, 0);
    if (at != MAP_FAILED) return region_fill(out, at, size, HP_PAGES_HUGE, flags);
  }
  size_t size = round_up((size_t)bytes, page_size());
  void *at = mmap(NULL, size, prot, base, -1, 0);
  if (at == MAP_FAILED) return hp_fail_errno();
  return region_fill(out, at, size, HP_PAGES_PLAIN, flags);
}

/* "/name" or "name" to a path in /dev/shm. Opened there directly: shm_open() would tie the shipped
 * library to a recent libc. */
static int32_t shm_path(const char *name, char *path, size_t size) {
  if (name == NULL) return HP_EINVAL;
  if (name[0] == '/') name++;
  size_t length = strlen(name);
  if (length == 0 || length > 200 || name[0] == '.' || strchr(name, '/') != NULL) return HP_EINVAL;
  snprintf(path, size, "/dev/shm/%s", name);
  return HP_OK;
}

/* Backs the first `size` bytes with real memory, so that a full /dev/shm shows here. */
static int reserve(int fd, size_t size) {
  int rc;
  do rc = fallocate(fd, 0, 0, (off_t)size);
  while (rc != 0 && errno == EINTR);
  return rc;
}

int32_t hp_shm_open(const char *name, double bytes, int32_t flags, hp_region *out) {
  char path[256];
  const int create = (flags & (HP_SHM_CREATE | HP_SHM_OPEN_OR_CREATE)) != 0;
  if (out == NULL || shm_path(name, path, sizeof path) != HP_OK) return HP_EINVAL;
  if (!(bytes >= (create ? 1 : 0) && bytes <= BYTES_MAX)) return HP_EINVAL;

  int how = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
  int fresh = 0;
  int fd = -1;
  if (create) {
    fd = open(path, how | O_CREAT | O_EXCL, 0600);
    fresh = fd >= 0;
    if (!fresh && !(errno == EEXIST && (flags & HP_SHM_OPEN_OR_CREATE))) return hp_fail_errno();
  }
  if (!fresh) fd = open(path, how);
  if (fd < 0) return hp_fail_errno();

  int32_t status = HP_OK;
  off_t have = fresh ? 0 : lseek(fd, 0, SEEK_END);
  size_t size = round_up((size_t)bytes, page_size());
  if (fresh) {
    if (reserve(fd, size) != 0) status = hp_fail_errno();
  } else if (have < 0) {
    status = hp_fail_errno();
  } else if ((flags & HP_SHM_OPEN_OR_CREATE) && have == 0) {
    if (reserve(fd, size) != 0) status = hp_fail_errno(); /* its creator is between two calls */
  } else if (bytes == 0 && have > 0) {
    size = (size_t)have;
  } else if ((size_t)have < size || bytes == 0) {
    status = HP_EABI; /* smaller than this version lays out */
  }
  if (status == HP_OK) {
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    status = at == MAP_FAILED ? hp_fail_errno() : region_fill(out, at, size, HP_PAGES_SHM, flags);
  }
  close(fd);
  if (status != HP_OK && fresh) unlink(path);
  return status;
}

int32_t hp_shm_unlink(const char *name) {
  char path[256];
  if (shm_path(name, path, sizeof path) != HP_OK) return HP_EINVAL;
  return unlink(path) == 0 ? HP_OK : hp_fail_errno();
}

int32_t hp_region_free(hp_region *region) {
  if (region == NULL || !(region->addr > 0 && region->size > 0)) return HP_EINVAL;
  if (munmap(hp_pointer(region->addr), (size_t)region->size) != 0) return hp_fail_errno();
  memset(region, 0, sizeof *region);
  return HP_OK;
}

/* ONFAULT, else a Bun process grows from 20 MB to its whole address space of 6 GB. */
int32_t hp_memory_lock_all(void) {
  return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0 ? HP_OK : hp_fail_errno();
}
