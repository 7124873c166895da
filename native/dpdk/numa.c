/* What DPDK wants of libnuma and libbsd. Debian's static libnuma is not position independent and cannot
 * go into a shared object, and these few calls are not worth another library on the host. */
#include <linux/mempolicy.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NODES_MAX 1024
#define WORD_BITS (8 * sizeof(unsigned long))

/* As in numa.h. */
struct bitmask {
  unsigned long size;
  unsigned long *maskp;
};

int numa_available(void);
void numa_set_preferred(int node);
void numa_set_localalloc(void);
struct bitmask *numa_allocate_nodemask(void);
void numa_bitmask_free(struct bitmask *mask);
long get_mempolicy(int *mode, unsigned long *mask, unsigned long bits, void *address, unsigned flags);
long set_mempolicy(int mode, const unsigned long *mask, unsigned long bits);
size_t strlcpy(char *to, const char *from, size_t size);
size_t strlcat(char *to, const char *from, size_t size);

long get_mempolicy(int *mode, unsigned long *mask, unsigned long bits, void *address, unsigned flags) {
  return syscall(SYS_get_mempolicy, mode, mask, bits, address, flags);
}

long set_mempolicy(int mode, const unsigned long *mask, unsigned long bits) {
  return syscall(SYS_set_mempolicy, mode, mask, bits);
}

int numa_available(void) { return get_mempolicy(NULL, NULL, 0, NULL, 0) < 0 ? -1 : 0; }

void numa_set_localalloc(void) { set_mempolicy(MPOL_DEFAULT, NULL, 0); }

void numa_set_preferred(int node) {
  unsigned long mask[NODES_MAX / WORD_BITS] = {0};
  if (node < 0 || node >= NODES_MAX) {
    numa_set_localalloc();
    return;
  }
  mask[(size_t)node / WORD_BITS] = 1ul << ((size_t)node % WORD_BITS);
  set_mempolicy(MPOL_PREFERRED, mask, NODES_MAX + 1);
}

struct bitmask *numa_allocate_nodemask(void) {
  struct bitmask *mask = calloc(1, sizeof *mask + NODES_MAX / 8 + sizeof(unsigned long));
  if (mask == NULL) return NULL;
  mask->size = NODES_MAX;
  mask->maskp = (unsigned long *)(mask + 1);
  return mask;
}

void numa_bitmask_free(struct bitmask *mask) { free(mask); }

size_t strlcpy(char *to, const char *from, size_t size) {
  size_t length = strlen(from);
  if (size == 0) return length;
  size_t kept = length < size ? length : size - 1;
  memcpy(to, from, kept);
  to[kept] = 0;
  return length;
}

size_t strlcat(char *to, const char *from, size_t size) {
  size_t there = strnlen(to, size);
  return there + strlcpy(to + there, from, size - there);
}
