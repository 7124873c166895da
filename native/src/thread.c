#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "internal.h"

/* Reads a small file of /proc or /sys whole; its length, or -1. */
static ssize_t file_read(const char *path, char *text, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t length = read(fd, text, size - 1);
  close(fd);
  text[length > 0 ? length : 0] = 0;
  return length;
}

/* A kernel list of cores such as "0-3,8" as a set. */
static int core_list(const char *path, cpu_set_t *set) {
  char text[4096];
  CPU_ZERO(set);
  if (file_read(path, text, sizeof text) <= 0) return -1;
  for (char *at = text; *at >= '0' && *at <= '9';) {
    long from = strtol(at, &at, 10);
    long to = from;
    if (*at == '-') to = strtol(at + 1, &at, 10);
    for (long core = from; core <= to && core < CPU_SETSIZE; core++) CPU_SET((size_t)core, set);
    if (*at == ',') at++;
  }
  return 0;
}

static int core_set_online(cpu_set_t *set) {
  if (core_list("/sys/devices/system/cpu/online", set) == 0) return 0;
  return sched_getaffinity(0, sizeof *set, set); /* no /sys in this sandbox */
}

int32_t hp_core_count(void) { return (int32_t)sysconf(_SC_NPROCESSORS_CONF); }

int32_t hp_core_online(int32_t core) {
  cpu_set_t online;
  if (core < 0 || core >= hp_core_count() || core >= CPU_SETSIZE) return HP_ENOCORE;
  if (core_set_online(&online) != 0) return hp_fail(HP_ESYS);
  return CPU_ISSET((size_t)core, &online) ? 1 : 0;
}

int32_t hp_thread_tid(void) { return (int32_t)syscall(SYS_gettid); }

int32_t hp_thread_pin(int32_t core) {
  cpu_set_t set;
  if (hp_core_online(core) != 1) return HP_ENOCORE;
  CPU_ZERO(&set);
  CPU_SET((size_t)core, &set);
  if (sched_setaffinity(0, sizeof set, &set) == 0) return HP_OK;
  return hp_fail(errno == EINVAL ? HP_ENOCORE : HP_EPERM); /* EINVAL: outside our cpuset */
}

int32_t hp_thread_pinned(int32_t core) {
  cpu_set_t set;
  if (core < 0 || core >= CPU_SETSIZE) return HP_ENOCORE;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return hp_fail_errno();
  return CPU_COUNT(&set) == 1 && CPU_ISSET((size_t)core, &set) ? 1 : 0;
}

/* Under the default throttling a real-time busy loop is stopped 50 ms in every second, which is
 * worse than no priority at all; hence the refusal. */
int32_t hp_thread_fifo(int32_t priority) {
  struct sched_param param;
  memset(&param, 0, sizeof param);
  if (priority < 0 || priority > 99) return HP_EINVAL;
  if (priority == 0) return sched_setscheduler(0, SCHED_OTHER, &param) == 0 ? HP_OK : hp_fail_errno();
  char text[32];
  if (file_read("/proc/sys/kernel/sched_rt_runtime_us", text, sizeof text) <= 0) return HP_EUNSAFE;
  if (atoi(text) != -1) return HP_EUNSAFE;
  param.sched_priority = priority;
  if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param) != 0) return hp_fail_errno();
  return HP_OK;
}

/* Takes the cores in `away` from the mask of every task of this process but `spare_tid`; the number
 * of tasks changed. A task that would be left with nothing gets every other online core. */
static int32_t tasks_move(const cpu_set_t *away, int32_t spare_tid) {
  cpu_set_t online, home;
  if (core_set_online(&online) != 0) return hp_fail(HP_ESYS);
  CPU_ZERO(&home);
  for (size_t core = 0; core < CPU_SETSIZE; core++)
    if (CPU_ISSET(core, &online) && !CPU_ISSET(core, away)) CPU_SET(core, &home);
  if (CPU_COUNT(&home) == 0) return HP_ENOCORE;
  DIR *dir = opendir("/proc/self/task");
  if (dir == NULL) return hp_fail_errno();
  int32_t moved = 0;
  for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
    int32_t tid = atoi(entry->d_name);
    cpu_set_t mask, common, rest;
    if (tid <= 0 || tid == spare_tid) continue;
    if (sched_getaffinity(tid, sizeof mask, &mask) != 0) continue; /* it ended */
    CPU_AND(&common, &mask, away);
    if (CPU_COUNT(&common) == 0) continue;
    CPU_XOR(&rest, &mask, &common);
    if (CPU_COUNT(&rest) == 0) rest = home;
    if (sched_setaffinity(tid, sizeof rest, &rest) == 0) moved++;
  }
  closedir(dir);
  return moved;
}

int32_t hp_process_evict(int32_t core) {
  cpu_set_t away;
  if (core < 0 || core >= CPU_SETSIZE) return HP_ENOCORE;
  CPU_ZERO(&away);
  CPU_SET((size_t)core, &away);
  return tasks_move(&away, hp_thread_tid());
}

int32_t hp_process_avoid(const int32_t *cores, int32_t count) {
  cpu_set_t away;
  if (count < 0 || count > CPU_SETSIZE || (count > 0 && cores == NULL)) return HP_EINVAL;
  CPU_ZERO(&away);
  for (int32_t i = 0; i < count; i++) {
    if (cores[i] < 0 || cores[i] >= CPU_SETSIZE) return HP_ENOCORE;
    CPU_SET((size_t)cores[i], &away);
  }
  return tasks_move(&away, 0);
}

int32_t hp_parent_death_signal(int32_t signo) {
  return prctl(PR_SET_PDEATHSIG, (unsigned long)signo, 0, 0, 0) == 0 ? HP_OK : hp_fail(HP_EINVAL);
}

int32_t hp_pause(void) {
  _mm_pause();
  return HP_OK;
}

int32_t hp_sleep_us(int32_t us) {
  if (us < 0) return HP_EINVAL;
  struct timespec ts = {us / 1000000, (long)(us % 1000000) * 1000};
  nanosleep(&ts, NULL); /* a signal may end it early, and should */
  return HP_OK;
}
