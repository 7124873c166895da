/* A double of libonload, to be preloaded in its place: the extensions that hairpin uses, and the
 * socket calls that Onload takes over. All bytes go over kernel sockets; what is called is noted, in
 * order and with its arguments. Not shipped: it is for tests of a machine without Onload.
 *
 *   HAIRPIN_ONLOAD_DOUBLE_LOG     file that each call adds a line to: "PID name(arguments) = result"
 *   HAIRPIN_ONLOAD_DOUBLE_WORDS   how it behaves, words between blanks:
 *     absent        onload_is_present says no
 *     plain         no connection is accelerated
 *     cold          warm sends are not supported
 *     delegated=N   preparing a delegated send gives code N
 *     small         as if only two bytes fitted the windows
 *     complete=again, complete=fail   handing bytes over fails twice with EAGAIN, or for good
 *     cancel=fail   a delegated send can't be given back
 *   HAIRPIN_ONLOAD_DOUBLE_FILE    file with such words, read at each call; when it is there, they count
 *
 * "VIOLATION" in the log is what would lose or repeat bytes on the real one. */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define FDS 4096
#define MSG_WARM 0x400
#define STAMP_STREAM (1 << 23)
#define HEADERS 66 /* Ethernet, IP, TCP with the timestamp option */

struct onload_stat {
  int32_t stack_id;
  char *stack_name;
  int32_t endpoint_id;
  int32_t endpoint_state;
};

struct onload_delegated_send {
  void *headers;
  int headers_len, mss, send_wnd, cong_wnd, user_size;
  int tcp_seq_offset, ip_len_offset, ip_tcp_hdr_len, reserved[5];
};

struct stream_stamp {
  struct timespec first_sent, last_sent;
  size_t length;
};

/* By descriptor; one thread uses a descriptor at a time. */
static struct {
  int is_tcp;
  int is_kernels; /* opened while this thread's sockets were not to be accelerated */
  int is_delegated; /* between prepare and complete or cancel */
  int has_stamps;
  int tries;
  uint32_t seq;
  size_t unstamped;
} sockets[FDS];

static __thread char stack[16];
static __thread int is_off;

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...) {
  const char *path = getenv("HAIRPIN_ONLOAD_DOUBLE_LOG");
  if (path == NULL) return;
  int error = errno;
  char line[512];
  int length = snprintf(line, sizeof line, "%d ", (int)getpid());
  va_list arguments;
  va_start(arguments, format);
  length += vsnprintf(line + length, sizeof line - (size_t)length - 1, format, arguments);
  va_end(arguments);
  if (length > (int)sizeof line - 2) length = (int)sizeof line - 2;
  line[length++] = '\n';
  int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0 && write(fd, line, (size_t)length) != length) abort();
  if (fd >= 0) syscall(SYS_close, fd);
  errno = error;
}

/* The word, or what stands behind "name=", in `out`; 0 when it is not among the words. */
static int word(const char *name, char *out, size_t size) {
  char words[256] = {0};
  const char *path = getenv("HAIRPIN_ONLOAD_DOUBLE_FILE");
  int error = errno;
  int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    if (read(fd, words, sizeof words - 1) < 0) words[0] = 0;
    syscall(SYS_close, fd);
  } else {
    const char *given = getenv("HAIRPIN_ONLOAD_DOUBLE_WORDS");
    snprintf(words, sizeof words, "%s", given == NULL ? "" : given);
  }
  errno = error;
  size_t length = strlen(name);
  char *rest = NULL;
  for (char *w = strtok_r(words, " \n", &rest); w != NULL; w = strtok_r(NULL, " \n", &rest)) {
    if (strncmp(w, name, length) != 0 || (w[length] != 0 && w[length] != '=')) continue;
    if (out != NULL) snprintf(out, size, "%s", w[length] == '=' ? w + length + 1 : "");
    return 1;
  }
  return 0;
}

static int has(const char *name) { return word(name, NULL, 0); }

static int is_plain(int fd) { return has("plain") || sockets[fd].is_kernels; }

static int is_tcp(int fd) { return fd >= 0 && fd < FDS && sockets[fd].is_tcp; }

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

/* ---- extensions -------------------------------------------------------------------------------- */

EXPORT int onload_is_present(void) {
  int is = !has("absent");
  note("is_present() = %d", is);
  return is;
}

EXPORT int onload_set_stackname(int who, int scope, const char *name) {
  if (name == NULL) note("set_stackname(%d, %d, NULL) = 0", who, scope);
  else note("set_stackname(%d, %d, \"%s\") = 0", who, scope, name);
  snprintf(stack, sizeof stack, "%s", name == NULL ? "" : name);
  is_off = name == NULL;
  return 0;
}

EXPORT int onload_thread_set_spin(int type, int spin) {
  note("thread_set_spin(%d, %d) = 0", type, spin);
  return 0;
}

EXPORT int onload_fd_stat(int fd, struct onload_stat *out) {
  int is = is_tcp(fd) && !is_plain(fd);
  note("fd_stat(%d) = %d", fd, is);
  if (!is) return 0;
  *out = (struct onload_stat){.stack_id = 1, .stack_name = strdup(stack), .endpoint_id = fd};
  return 1;
}

EXPORT int onload_fd_check_feature(int fd, int feature) {
  int is = is_tcp(fd) && feature == 0 && !is_plain(fd) && !has("cold");
  note("fd_check_feature(%d, %d) = %d", fd, feature, is);
  return is;
}

/* Real addresses, and a sequence number that counts as the connection's would. */
static int write_headers(int fd, uint8_t *h) {
  static const uint8_t ethernet[14] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0};
  static const uint8_t option[12] = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
  struct sockaddr_in from, to;
  socklen_t size = sizeof from;
  if (getsockname(fd, (struct sockaddr *)&from, &size) != 0) return 0;
  if (getpeername(fd, (struct sockaddr *)&to, &size) != 0) return 0;
  memset(h, 0, HEADERS);
  memcpy(h, ethernet, sizeof ethernet);
  h[14] = 0x45;
  h[22] = 64;
  h[23] = 6;
  memcpy(h + 26, &from.sin_addr, 4);
  memcpy(h + 30, &to.sin_addr, 4);
  memcpy(h + 34, &from.sin_port, 2);
  memcpy(h + 36, &to.sin_port, 2);
  uint32_t seq = htonl(sockets[fd].seq);
  memcpy(h + 38, &seq, 4);
  h[46] = 0x80;
  h[47] = 0x10;
  h[48] = 0xff;
  memcpy(h + 54, option, sizeof option);
  return 1;
}

static int prepare(int fd, int size, struct onload_delegated_send *d) {
  char code[8];
  if (!is_tcp(fd) || is_plain(fd)) return 1;
  if (word("delegated", code, sizeof code)) return atoi(code);
  if (d->headers_len < HEADERS) {
    d->headers_len = HEADERS;
    return 2;
  }
  if (!write_headers(fd, d->headers)) return 1;
  int window = has("small") ? 2 : 65535;
  d->headers_len = HEADERS;
  d->mss = 1448;
  d->send_wnd = d->cong_wnd = window;
  d->user_size = size;
  d->tcp_seq_offset = 38;
  d->ip_len_offset = 16;
  d->ip_tcp_hdr_len = HEADERS - 14;
  sockets[fd].is_delegated = 1;
  return 0;
}

EXPORT int onload_delegated_send_prepare(int fd, int size, unsigned flags,
                                         struct onload_delegated_send *out) {
  int code = prepare(fd, size, out);
  note("delegated_send_prepare(%d, %d, %u) = %d", fd, size, flags, code);
  return code;
}

/* On the real one they are on the wire by now; here this is where they reach the peer. */
static int complete(int fd, const struct iovec *iov, int count) {
  char how[8] = "";
  if (!sockets[fd].is_delegated) {
    note("VIOLATION delegated_send_complete of nothing");
    errno = EINVAL;
    return -1;
  }
  word("complete", how, sizeof how);
  if (strcmp(how, "fail") == 0 || (strcmp(how, "again") == 0 && sockets[fd].tries++ < 2)) {
    errno = how[0] == 'f' ? EIO : EAGAIN;
    return -1;
  }
  sockets[fd].tries = 0;
  struct msghdr message = {.msg_iov = (struct iovec *)iov, .msg_iovlen = (size_t)count};
  ssize_t (*real)(int, const struct msghdr *, int) = next("sendmsg");
  ssize_t sent = real(fd, &message, MSG_NOSIGNAL);
  if (sent < 0) return -1;
  sockets[fd].seq += (uint32_t)sent;
  sockets[fd].is_delegated = 0;
  return 0;
}

EXPORT int onload_delegated_send_complete(int fd, const struct iovec *iov, int count, int flags) {
  size_t length = 0;
  for (int i = 0; i < count; i++) length += iov[i].iov_len;
  int rc = complete(fd, iov, count);
  note("delegated_send_complete(%d, %zu, 0x%x) = %d", fd, length, (unsigned)flags, rc);
  return rc;
}

EXPORT int onload_delegated_send_cancel(int fd) {
  char how[8] = "";
  word("cancel", how, sizeof how);
  int rc = strcmp(how, "fail") == 0 ? -1 : 0;
  if (is_tcp(fd)) sockets[fd].is_delegated = 0;
  note("delegated_send_cancel(%d) = %d", fd, rc);
  return rc;
}

/* ---- socket calls ------------------------------------------------------------------------------ */

EXPORT int socket(int domain, int type, int protocol) {
  int (*real)(int, int, int) = next("socket");
  int fd = real(domain, type, protocol);
  if (domain != AF_INET || (type & 0xf) != SOCK_STREAM || fd < 0 || fd >= FDS) return fd;
  memset(&sockets[fd], 0, sizeof sockets[fd]);
  sockets[fd].is_tcp = 1;
  sockets[fd].is_kernels = is_off;
  sockets[fd].seq = 1000;
  note("socket() = %d on \"%s\"", fd, stack);
  return fd;
}

EXPORT int connect(int fd, const struct sockaddr *to, socklen_t size) {
  int (*real)(int, const struct sockaddr *, socklen_t) = next("connect");
  int rc = real(fd, to, size);
  if (is_tcp(fd)) note("connect(%d) = %d", fd, rc);
  return rc;
}

EXPORT int setsockopt(int fd, int level, int name, const void *value, socklen_t size) {
  int number = 0;
  if (value != NULL && size >= sizeof number) memcpy(&number, value, sizeof number);
  if (is_tcp(fd)) note("setsockopt(%d, %d, %d, %d)", fd, level, name, number);
  if (is_tcp(fd) && level == SOL_SOCKET && name == SO_TIMESTAMPING && (number & STAMP_STREAM)) {
    sockets[fd].has_stamps = 1;
    return 0;
  }
  int (*real)(int, int, int, const void *, socklen_t) = next("setsockopt");
  return real(fd, level, name, value, size);
}

EXPORT ssize_t send(int fd, const void *from, size_t length, int flags) {
  ssize_t (*real)(int, const void *, size_t, int) = next("send");
  if (!is_tcp(fd)) return real(fd, from, length, flags);
  int is_warm = (flags & MSG_WARM) != 0;
  int is_left = is_plain(fd);
  if (sockets[fd].is_delegated) note("VIOLATION send between prepare and complete");
  if (is_warm && is_left) note("VIOLATION warm send on a kernel socket");
  ssize_t sent = (ssize_t)length;
  if (!is_warm || is_left) {
    sent = real(fd, from, length, flags);
    if (sent > 0) {
      sockets[fd].seq += (uint32_t)sent;
      sockets[fd].unstamped += (size_t)sent;
    }
  }
  note("send(%d, %zu%s) = %zd", fd, length, is_warm ? ", warm" : "", sent);
  return sent;
}

/* Stamps as Onload gives them: the NIC's of what was received, and of each piece sent. */
static void add_stamp(struct msghdr *message, int type, const void *stamp, size_t size) {
  size_t room = message->msg_controllen;
  message->msg_controllen = 0;
  if (message->msg_control == NULL || room < CMSG_SPACE(size)) return;
  struct cmsghdr *c = message->msg_control;
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = type;
  c->cmsg_len = CMSG_LEN(size);
  memcpy(CMSG_DATA(c), stamp, size);
  message->msg_controllen = CMSG_SPACE(size);
}

EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
  ssize_t (*real)(int, struct msghdr *, int) = next("recvmsg");
  if (!is_tcp(fd) || !sockets[fd].has_stamps) return real(fd, message, flags);
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if ((flags & MSG_ERRQUEUE) != 0) {
    if (sockets[fd].unstamped == 0) {
      errno = EAGAIN;
      return -1;
    }
    struct stream_stamp stamp = {.first_sent = now, .length = sockets[fd].unstamped};
    sockets[fd].unstamped = 0;
    add_stamp(message, STAMP_STREAM, &stamp, sizeof stamp);
    return 0;
  }
  size_t room = message->msg_controllen;
  ssize_t got = real(fd, message, flags);
  if (got <= 0) return got;
  struct timespec stamps[3] = {{0, 0}, {0, 0}, now};
  message->msg_controllen = room;
  add_stamp(message, SO_TIMESTAMPING, stamps, sizeof stamps);
  return got;
}

EXPORT int shutdown(int fd, int how) {
  int (*real)(int, int) = next("shutdown");
  int rc = real(fd, how);
  if (is_tcp(fd)) note("shutdown(%d) = %d", fd, rc);
  return rc;
}

EXPORT int close(int fd) {
  int (*real)(int) = next("close");
  if (is_tcp(fd)) {
    note("close(%d)", fd);
    sockets[fd].is_tcp = 0;
  }
  return real(fd);
}
