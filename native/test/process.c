/* Threads, signals and descriptors. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static char folder[] = "/tmp/hairpin-ctest-XXXXXX";
static char path[128];

static _Atomic int worker_tid;
static _Atomic int worker_stop;

static void *idle(void *unused) {
  (void)unused;
  worker_tid = hp_thread_tid();
  while (!worker_stop) hp_sleep_us(1000);
  return NULL;
}

static int last_core(void) {
  int core = hp_core_count() - 1;
  while (core > 0 && hp_core_online(core) != 1) core--;
  return core;
}

static void pinning_is_exact_and_others_are_moved_away(void) {
  const int core = last_core();
  if (core == 0) {
    printf("  one core only: not tried\n");
    return;
  }
  pthread_t thread;
  pthread_create(&thread, NULL, idle, NULL);
  while (worker_tid == 0) sched_yield();
  EQ(hp_thread_pinned(core), 0);
  EQ(hp_thread_pin(core), HP_OK);
  EQ(hp_thread_pinned(core), 1);
  EQ(hp_process_evict(core), 1);
  EQ(hp_process_evict(core), 0);
  cpu_set_t set;
  CHECK(sched_getaffinity(worker_tid, sizeof set, &set) == 0);
  CHECK(!CPU_ISSET((size_t)core, &set) && CPU_COUNT(&set) >= 1);
  EQ(hp_thread_pinned(core), 1); /* the caller stays */
  worker_stop = 1;
  pthread_join(thread, NULL);
}

static void a_whole_process_avoids_cores(void) {
  const int core = last_core();
  if (core == 0) return;
  const int32_t cores[] = {core};
  CHECK(hp_process_avoid(cores, 1) >= 1); /* this thread was pinned there, and is taken away */
  EQ(hp_thread_pinned(core), 0);
  EQ(hp_process_avoid(cores, 1), 0);
  int32_t all[1024];
  for (int i = 0; i < 1024; i++) all[i] = i;
  EQ(hp_process_avoid(all, 1024), HP_ENOCORE);
  EQ(hp_process_avoid(NULL, 1), HP_EINVAL);
  EQ(hp_process_avoid(cores, -1), HP_EINVAL);
}

static void cores_that_are_not_there_are_named(void) {
  EQ(hp_core_online(-1), HP_ENOCORE);
  EQ(hp_core_online(100000), HP_ENOCORE);
  EQ(hp_thread_pin(100000), HP_ENOCORE);
  EQ(hp_thread_pin(-1), HP_ENOCORE);
  EQ(hp_core_online(0), 1);
  EQ(hp_process_evict(-1), HP_ENOCORE);
}

static void real_time_is_refused_under_throttling(void) {
  int fd = open("/proc/sys/kernel/sched_rt_runtime_us", O_RDONLY);
  char text[32] = {0};
  if (fd >= 0) {
    CHECK(read(fd, text, sizeof text - 1) > 0);
    close(fd);
  }
  int32_t status = hp_thread_fifo(10);
  if (atoi(text) == -1) CHECK(status == HP_OK || status == HP_EPERM);
  else EQ(status, HP_EUNSAFE);
  EQ(hp_thread_fifo(0), HP_OK);
  EQ(hp_thread_fifo(-1), HP_EINVAL);
  EQ(hp_thread_fifo(100), HP_EINVAL);
}

static void a_signal_sets_its_bits_even_in_a_busy_loop(void) {
  static _Atomic uint32_t word;
  EQ(hp_signal_or(SIGUSR1, address_of(&word), 5), HP_OK);
  EQ(hp_signal_or(SIGUSR2, address_of(&word), 8), HP_OK);
  raise(SIGUSR1);
  EQ(word, 5);
  pid_t child = fork();
  if (child == 0) {
    kill(getppid(), SIGUSR2);
    _exit(0);
  }
  while ((word & 8) == 0) hp_pause();
  EQ(word, 13);
  waitpid(child, NULL, 0);
  EQ(hp_signal_restore(SIGUSR1), HP_OK);
  EQ(hp_signal_or(SIGKILL, address_of(&word), 1), HP_EINVAL);
  EQ(hp_signal_or(0, address_of(&word), 1), HP_EINVAL);
  EQ(hp_signal_or(65, address_of(&word), 1), HP_EINVAL);
  EQ(hp_signal_or(SIGUSR1, 0, 1), HP_EINVAL);
}

static void a_child_dies_with_its_parent(void) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  pid_t parent = fork();
  if (parent == 0) {
    pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      hp_parent_death_signal(SIGKILL);
      CHECK(write(ends[1], "r", 1) == 1);
      for (;;) pause();
    }
    char ready;
    if (read(ends[0], &ready, 1) != 1) _exit(1);
    _exit(0);
  }
  close(ends[1]);
  waitpid(parent, NULL, 0);
  char left;
  EQ(read(ends[0], &left, 1), 0); /* end of file: the grandchild is gone */
  close(ends[0]);
  EQ(hp_parent_death_signal(1000), HP_EINVAL);
}

static void a_descriptor_crosses_processes(void) {
  snprintf(path, sizeof path, "%s/guard", folder);
  int listener = hp_fd_listen(path);
  CHECK(listener >= 0);
  int32_t tag = -1;
  EQ(hp_fd_recv(listener, &tag), HP_EAGAIN);
  int ends[2];
  CHECK(pipe(ends) == 0);
  pid_t child = fork();
  if (child == 0) _exit(hp_fd_send(path, ends[1], 42) == HP_OK ? 0 : 1);
  int status = 1;
  waitpid(child, &status, 0);
  EQ(status, 0);
  close(ends[1]);
  int got = hp_fd_recv(listener, &tag);
  CHECK(got >= 0);
  EQ(tag, 42);
  CHECK(write(got, "x", 1) == 1);
  char byte = 0;
  CHECK(read(ends[0], &byte, 1) == 1 && byte == 'x');
  CHECK((fcntl(got, F_GETFD) & FD_CLOEXEC) != 0);
  EQ(hp_fd_close(got), HP_OK);
  close(ends[0]);
  struct stat st;
  CHECK(stat(path, &st) == 0);
  EQ(st.st_mode & 0777, 0600);
  EQ(hp_fd_listen(path), HP_EEXIST); /* somebody listens */
  EQ(hp_fd_close(listener), HP_OK);
  EQ(hp_fd_send(path, 0, 1), HP_EREFUSED);
  listener = hp_fd_listen(path); /* over the stale file */
  CHECK(listener >= 0);
  EQ(hp_fd_close(listener), HP_OK);
}

/* Anybody with our uid may write to the socket: what is no hand-over is refused and leaks nothing. */
static void garbage_on_the_guards_socket_is_refused(void) {
  int listener = hp_fd_listen(path);
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  strcpy(at.sun_path, path);
  int sender = socket(AF_UNIX, SOCK_DGRAM, 0);
  CHECK(connect(sender, (struct sockaddr *)&at, sizeof at) == 0);
  int before = open_descriptors();
  int32_t tag = 7;
  CHECK(send(sender, "hello world", 11, 0) == 11);
  EQ(hp_fd_recv(listener, &tag), HP_EINVAL);
  int many[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  uint8_t control[CMSG_SPACE(sizeof many)] __attribute__((aligned(8))) = {0};
  struct iovec iov = {&tag, sizeof tag};
  struct msghdr message = {
      .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *c = CMSG_FIRSTHDR(&message);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(sizeof many);
  memcpy(CMSG_DATA(c), many, sizeof many);
  CHECK(sendmsg(sender, &message, 0) == 4);
  EQ(hp_fd_recv(listener, &tag), HP_EINVAL);
  EQ(tag, 7);
  EQ(hp_fd_recv(listener, &tag), HP_EAGAIN);
  EQ(open_descriptors(), before);
  close(sender);
  EQ(hp_fd_close(listener), HP_OK);
  unlink(path);
}

static void a_lock_has_one_holder(void) {
  char lock[160];
  snprintf(lock, sizeof lock, "%s/lock", folder);
  int fd = hp_file_lock(lock);
  CHECK(fd >= 0);
  EQ(hp_file_lock(lock), HP_EEXIST);
  EQ(hp_fd_close(fd), HP_OK);
  fd = hp_file_lock(lock);
  CHECK(fd >= 0);
  EQ(hp_fd_close(fd), HP_OK);
  EQ(hp_file_lock("/nowhere/at/all"), HP_ENOENT);
  EQ(hp_file_lock(NULL), HP_EINVAL);
  unlink(lock);
  EQ(hp_fd_close(-1), HP_EINVAL);
  EQ(hp_fd_close(100000), HP_ECLOSED);
}

int main(void) {
  if (mkdtemp(folder) == NULL) return 2;
  RUN(pinning_is_exact_and_others_are_moved_away);
  RUN(a_whole_process_avoids_cores);
  RUN(cores_that_are_not_there_are_named);
  RUN(real_time_is_refused_under_throttling);
  RUN(a_signal_sets_its_bits_even_in_a_busy_loop);
  RUN(a_child_dies_with_its_parent);
  RUN(a_descriptor_crosses_processes);
  RUN(garbage_on_the_guards_socket_is_refused);
  RUN(a_lock_has_one_holder);
  rmdir(folder);
  FINISH();
}
