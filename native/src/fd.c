/* Descriptors: handing order sockets to the guard (SCM_RIGHTS), and file locks. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "internal.h"

typedef union fd_cmsg {
  struct cmsghdr align;
  uint8_t bytes[CMSG_SPACE(sizeof(int))];
} fd_cmsg;

static int32_t unix_address(const char *path, struct sockaddr_un *out) {
  if (path == NULL) return HP_EINVAL;
  size_t length = strlen(path);
  if (length == 0 || length >= sizeof out->sun_path) return HP_EINVAL;
  memset(out, 0, sizeof *out);
  out->sun_family = AF_UNIX;
  memcpy(out->sun_path, path, length);
  return HP_OK;
}

static int unix_socket(void) { return socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

/* Removes a socket file that nobody listens on any more; HP_EEXIST when somebody does, or when the
 * path is something else, which is never removed. */
static int32_t clear_stale(const char *path, const struct sockaddr_un *at) {
  struct statx st; /* not lstat(), which would tie the shipped library to glibc 2.33 */
  if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &st) != 0) return HP_OK;
  if (!S_ISSOCK(st.stx_mode)) return HP_EEXIST;
  int probe = unix_socket();
  if (probe < 0) return hp_fail_errno();
  int rc = connect(probe, (const struct sockaddr *)at, sizeof *at);
  int refused = rc != 0 && errno == ECONNREFUSED;
  close(probe);
  if (!refused) return HP_EEXIST;
  return unlink(path) == 0 ? HP_OK : hp_fail_errno();
}

int32_t hp_fd_listen(const char *path) {
  struct sockaddr_un at;
  int32_t status = unix_address(path, &at);
  if (status == HP_OK) status = clear_stale(path, &at);
  if (status != HP_OK) return status;
  int fd = unix_socket();
  if (fd < 0) return hp_fail_errno();
  /* The mode goes on before the name exists, so that there is no moment of being open to all. */
  if (fchmod(fd, 0600) == 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0) return fd;
  status = hp_fail_errno();
  close(fd);
  return status;
}

int32_t hp_fd_send(const char *path, int32_t fd, int32_t tag) {
  struct sockaddr_un at;
  int32_t status = unix_address(path, &at);
  if (status != HP_OK) return status;
  if (fd < 0) return HP_EINVAL;
  int through = unix_socket();
  if (through < 0) return hp_fail_errno();
  fd_cmsg control;
  memset(&control, 0, sizeof control);
  struct iovec iov = {&tag, sizeof tag};
  struct msghdr message = {.msg_name = &at,
                           .msg_namelen = sizeof at,
                           .msg_iov = &iov,
                           .msg_iovlen = 1,
                           .msg_control = &control,
                           .msg_controllen = sizeof control};
  struct cmsghdr *c = CMSG_FIRSTHDR(&message);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(c), &fd, sizeof(int));
  status = sendmsg(through, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0
               ? (errno == EBADF ? HP_EINVAL : hp_fail_errno())
               : HP_OK;
  close(through);
  return status;
}

int32_t hp_fd_recv(int32_t listener, int32_t *tag) {
  if (listener < 0 || tag == NULL) return HP_EINVAL;
  int32_t got_tag = 0;
  fd_cmsg control;
  struct iovec iov = {&got_tag, sizeof got_tag};
  /* CMSG_LEN, not the padded size, which has room for a second descriptor that would leak. */
  struct msghdr message = {.msg_iov = &iov,
                           .msg_iovlen = 1,
                           .msg_control = &control,
                           .msg_controllen = CMSG_LEN(sizeof(int))};
  ssize_t got = recvmsg(listener, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got < 0) return hp_fail_errno();
  int fd = -1;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL; c = CMSG_NXTHDR(&message, c))
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
      memcpy(&fd, CMSG_DATA(c), sizeof fd);
  if (fd < 0) return HP_EINVAL;
  if (got != sizeof got_tag || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
    close(fd);
    return HP_EINVAL;
  }
  *tag = got_tag;
  return fd;
}

int32_t hp_fd_shutdown(int32_t fd) {
  if (fd < 0) return HP_EINVAL;
  return shutdown(fd, SHUT_RDWR) == 0 ? HP_OK : hp_fail_errno();
}

int32_t hp_fd_close(int32_t fd) {
  if (fd < 0) return HP_EINVAL;
  return close(fd) == 0 ? HP_OK : hp_fail(HP_ECLOSED);
}

int32_t hp_file_lock(const char *path) {
  if (path == NULL) return HP_EINVAL;
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return hp_fail_errno();
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  int32_t status = errno == EWOULDBLOCK ? hp_fail(HP_EEXIST) : hp_fail_errno();
  close(fd);
  return status;
}
