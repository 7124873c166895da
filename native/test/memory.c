#include <math.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static char name[64];

static void an_arena_is_zeroed_and_whole_pages(void) {
  for (int flags = 0; flags < 8; flags++) {
    hp_region region;
    EQ(hp_arena_alloc(5000, flags, &region), HP_OK);
    CHECK(region.size >= 8192 && fmod(region.size, 4096) == 0);
    uint8_t *at = (uint8_t *)(uintptr_t)region.addr;
    for (size_t i = 0; i < (size_t)region.size; i++)
      if (at[i] != 0) check_failed = 1;
    memset(at, 1, (size_t)region.size);
    CHECK((flags & HP_MEM_LOCK) || region.locked == 0);
    EQ(hp_region_free(&region), HP_OK);
    EQ(region.addr, 0);
    EQ(hp_region_free(&region), HP_EINVAL);
  }
}

static void sizes_out_of_range_are_refused(void) {
  hp_region region;
  const double bad[] = {0, -1, NAN, INFINITY, 1e18};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    EQ(hp_arena_alloc(bad[i], 0, &region), HP_EINVAL);
  EQ(hp_arena_alloc(1, 0, NULL), HP_EINVAL);
  EQ(hp_arena_alloc(9e14, 0, &region), HP_ENOSPC);
  CHECK(hp_last_errno() != 0);
}

static void touching_a_shared_segment_keeps_its_bytes(void) {
  hp_region a, b;
  EQ(hp_shm_open(name, 100000, HP_SHM_CREATE | HP_MEM_TOUCH, &a), HP_OK);
  memset((void *)(uintptr_t)a.addr, 0x5a, (size_t)a.size);
  EQ(hp_shm_open(name, 100000, HP_SHM_OPEN_OR_CREATE | HP_MEM_TOUCH | HP_MEM_LOCK, &b), HP_OK);
  CHECK(memcmp((void *)(uintptr_t)a.addr, (void *)(uintptr_t)b.addr, (size_t)a.size) == 0);
  CHECK(a.addr != b.addr);
  EQ(hp_region_free(&a), HP_OK);
  EQ(hp_region_free(&b), HP_OK);
  EQ(hp_shm_unlink(name), HP_OK);
}

static void a_segment_crosses_processes(void) {
  hp_region mine;
  EQ(hp_shm_open(name, 4096, HP_SHM_CREATE, &mine), HP_OK);
  volatile uint32_t *word = (uint32_t *)(uintptr_t)mine.addr;
  pid_t child = fork();
  if (child == 0) {
    hp_region theirs;
    if (hp_shm_open(name, 0, 0, &theirs) != HP_OK) _exit(1);
    hp_atomic_or(theirs.addr, 6);
    _exit(0);
  }
  int status = 1;
  waitpid(child, &status, 0);
  EQ(status, 0);
  EQ(*word, 6);
  EQ(hp_region_free(&mine), HP_OK);
  EQ(hp_shm_unlink(name), HP_OK);
}

static void a_full_shm_is_said_and_leaves_no_name(void) {
  hp_region region;
  EQ(hp_shm_open(name, 1e14, HP_SHM_CREATE, &region), HP_ENOSPC);
  EQ(hp_shm_open(name, 0, 0, &region), HP_ENOENT);
}

static void bad_names_are_refused(void) {
  hp_region region;
  const char *bad[] = {"", "/", "a/b", "..", "../etc", "/.x"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    EQ(hp_shm_open(bad[i], 4096, HP_SHM_CREATE, &region), HP_EINVAL);
    EQ(hp_shm_unlink(bad[i]), HP_EINVAL);
  }
  EQ(hp_shm_open(NULL, 4096, HP_SHM_CREATE, &region), HP_EINVAL);
}

int main(void) {
  snprintf(name, sizeof name, "hairpin-ctest-%d", (int)getpid());
  RUN(an_arena_is_zeroed_and_whole_pages);
  RUN(sizes_out_of_range_are_refused);
  RUN(touching_a_shared_segment_keeps_its_bytes);
  RUN(a_segment_crosses_processes);
  RUN(a_full_shm_is_said_and_leaves_no_name);
  RUN(bad_names_are_refused);
  FINISH();
}
