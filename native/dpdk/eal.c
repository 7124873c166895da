/* DPDK's environment. It is started once in a process and stays until its end; devices come and go.
 *
 * It pins the calling thread to the first core unless told that its one logical core may run anywhere
 * (--lcores 0@(...)), and spawns a worker for every further logical core: so there is one, and the
 * caller gets its own affinity back. Virtual devices and cards are added later, one by one: an allow
 * list with a card that cannot be there keeps EAL from taking all it finds. */
#include <dirent.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dpdk.h"

#define NOBODY "ffff:ff:1f.7"
#define MEMORY_PLAIN_MIB 256 /* reserved, not touched */
#define OVERHEAD_BYTES (32u << 20)

static struct {
  int state; /* 0 not started, 1 runs, -1 failed */
  int has_huge;
  uint32_t memory_mib;
  char why[160];
} eal;

static struct {
  char text[512];
  size_t length;
} log_tail;

static ssize_t log_write(void *cookie, const char *text, size_t size) {
  (void)cookie;
  for (size_t i = 0; i < size; i++) {
    if (log_tail.length + 1 == sizeof log_tail.text) break; /* the first cause is the one to tell */
    log_tail.text[log_tail.length++] = text[i] == '\n' ? ';' : text[i];
  }
  log_tail.text[log_tail.length] = 0;
  return (ssize_t)size;
}

void hp_log_clear(void) {
  log_tail.length = 0;
  log_tail.text[0] = 0;
}

const char *hp_log_text(void) {
  while (log_tail.length > 0 && strchr("; .", log_tail.text[log_tail.length - 1]) != NULL)
    log_tail.text[--log_tail.length] = 0;
  return log_tail.text;
}

int hp_eal_has_huge(void) { return eal.has_huge; }

void hp_options_read(const hp_port_config *config, hp_dpdk_options *out) {
  memset(out, 0, sizeof *out);
  out->igmp = 3;
  out->steers = 1;
  out->stamps = 1;
  memcpy(out->text, config->options, sizeof out->text - 1);
  char *rest = NULL;
  for (char *word = strtok_r(out->text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
    if (strncmp(word, "igmp=", 5) == 0 && word[5] >= '1' && word[5] <= '3' && word[6] == 0)
      out->igmp = (uint32_t)(word[5] - '0');
    else if (strcmp(word, "steer=off") == 0) out->steers = 0;
    else if (strcmp(word, "stamps=off") == 0) out->stamps = 0;
    else if (out->count < 16) out->word[out->count++] = word;
  }
}

/* Free bytes of huge pages of all sizes, by the kernel's own count. */
static uint64_t huge_bytes_free(void) {
  const char *base = "/sys/kernel/mm/hugepages";
  DIR *dir = opendir(base);
  if (dir == NULL) return 0;
  uint64_t bytes = 0;
  for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
    unsigned long long kib, pages;
    char path[320];
    if (sscanf(entry->d_name, "hugepages-%llukB", &kib) != 1) continue;
    snprintf(path, sizeof path, "%s/%s/free_hugepages", base, entry->d_name);
    FILE *file = fopen(path, "re");
    if (file == NULL) continue;
    if (fscanf(file, "%llu", &pages) == 1) bytes += kib * 1024 * pages;
    fclose(file);
  }
  closedir(dir);
  return bytes;
}

static uint64_t wanted_bytes(const hp_port_config *config) {
  if (config->memory_mib != 0) return (uint64_t)config->memory_mib << 20;
  uint32_t queues = config->queue_count != 0 ? config->queue_count : 1;
  return hp_pool_bytes(config->frame_size, config->frames) * queues + OVERHEAD_BYTES;
}

/* "0@(0-3,6)": the cores that this process may run on. */
static void lcores_write(char *out, size_t size) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(getpid(), sizeof set, &set) != 0) CPU_SET(0, &set);
  size_t at = (size_t)snprintf(out, size, "0@(");
  const char *comma = "";
  for (size_t cpu = 0; cpu < CPU_SETSIZE && at + 16 < size; cpu++) {
    if (!CPU_ISSET(cpu, &set)) continue;
    size_t last = cpu;
    while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, &set)) last++;
    at += (size_t)snprintf(out + at, size - at, "%s%zu-%zu", comma, cpu, last);
    comma = ",";
    cpu = last;
  }
  snprintf(out + at, size - at, ")");
}

static int32_t check_memory(const hp_port_config *config, hp_port_info *info) {
  uint64_t wanted = wanted_bytes(config), there = huge_bytes_free();
  if (there >= wanted) return HP_OK;
  const char *file = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages";
  unsigned pages = (unsigned)((wanted + (2u << 20) - 1) >> 21);
  if (there == 0)
    return hp_why(info, HP_ENOSPC, "no huge pages: `echo %u > %s`, or do without (huge_pages = false, --no-huge)", pages,
                  file);
  return hp_why(info, HP_ENOSPC,
                "%u MiB of huge pages are free and %u are needed: `echo %u > %s`, or do without (huge_pages = false, --no-huge)",
                (unsigned)(there >> 20), (unsigned)(wanted >> 20), pages, file);
}

static int32_t check_running(const hp_port_config *config, int has_huge, hp_port_info *info) {
  if (eal.has_huge != has_huge)
    return hp_why(info, HP_EBUSY,
                  "this process runs DPDK on %s pages already: huge_pages is one for all its Ports",
                  eal.has_huge ? "huge" : "ordinary");
  if (!has_huge && config->memory_mib > eal.memory_mib)
    return hp_why(info, HP_EBUSY,
                  "this process runs DPDK with %u MiB already: give memory_mib = %u to its first Port",
                  eal.memory_mib, config->memory_mib);
  return HP_OK;
}

static int32_t start(const hp_dpdk_options *options, hp_port_info *info) {
  static char lcores[512], memory[16];
  static char words[192];
  char *argv[32];
  int argc = 0;
  argv[argc++] = "hairpin";
  lcores_write(lcores, sizeof lcores);
  argv[argc++] = "--lcores";
  argv[argc++] = lcores;
  argv[argc++] = "--no-telemetry";
  argv[argc++] = "--log-level=error";
  argv[argc++] = "-a";
  argv[argc++] = NOBODY;
  /* Nothing shared with other processes and no file left behind. On ordinary pages DPDK refuses
   * --in-memory, and --no-shconf is what that would mean; it makes an empty folder in /run/dpdk. */
  if (eal.has_huge) {
    argv[argc++] = "--in-memory";
  } else {
    argv[argc++] = "--no-huge";
    argv[argc++] = "--no-shconf";
    argv[argc++] = "--file-prefix=hairpin";
  }
  if (!eal.has_huge) {
    snprintf(memory, sizeof memory, "%u", eal.memory_mib);
    argv[argc++] = "-m";
    argv[argc++] = memory;
  }
  memcpy(words, options->text, sizeof words);
  for (int i = 0; i < options->count; i++) argv[argc++] = words + (options->word[i] - options->text);
  argv[argc] = NULL;

  cookie_io_functions_t io = {.write = log_write};
  FILE *stream = fopencookie(NULL, "w", io);
  if (stream != NULL) {
    setvbuf(stream, NULL, _IONBF, 0);
    rte_openlog_stream(stream);
  }
  cpu_set_t own;
  int has_own = sched_getaffinity(0, sizeof own, &own) == 0;
  hp_log_clear();
  int used = rte_eal_init(argc, argv);
  if (has_own) sched_setaffinity(0, sizeof own, &own);
  if (used >= 0) return HP_OK;
  /* Half-started, it cannot be tried again in this process. */
  eal.state = -1;
  const char *text = hp_log_text();
  snprintf(eal.why, sizeof eal.why, "%s", text[0] != 0 ? text : rte_strerror(rte_errno));
  return hp_why(info, rte_errno == EACCES || rte_errno == EPERM ? HP_EPERM : HP_ESYS,
                "DPDK does not start: %s", eal.why);
}

int32_t hp_eal_start(const hp_port_config *config, const hp_dpdk_options *options,
                     hp_port_info *info) {
  int has_huge = (config->flags & HP_PORT_NO_HUGE) == 0;
  if (eal.state == 1) return check_running(config, has_huge, info);
  if (eal.state == -1)
    return hp_why(info, HP_ESYS, "DPDK did not start in this process: %s", eal.why);
  if (has_huge) {
    int32_t status = check_memory(config, info);
    if (status != HP_OK) return status;
  }
  eal.has_huge = has_huge;
  /* Huge pages are taken when a pool wants them, from its card's node: asked for now, they would come
   * from the caller's. Ordinary ones are one piece, laid out now. */
  eal.memory_mib = config->memory_mib;
  if (!has_huge) {
    uint32_t least = (uint32_t)(wanted_bytes(config) >> 20) + 1;
    if (eal.memory_mib == 0) eal.memory_mib = least > MEMORY_PLAIN_MIB ? least : MEMORY_PLAIN_MIB;
  }
  int32_t status = start(options, info);
  if (status == HP_OK) eal.state = 1;
  return status;
}
