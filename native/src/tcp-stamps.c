/* Stamps of a TCP Stream's bytes, from the NIC where it makes them, else from the kernel; and the
 * receive that has more to do than recv(). SO_TIMESTAMPING, Documentation/networking/timestamping.rst
 * of Linux; what Onload does otherwise: docs/operating/onload.md. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
/* Behind time.h, whose timespec it needs. */
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>

#include "internal.h"

/* Onload's own: a stamp for each segment of a TCP stream, with its length. */
#define ONLOAD_STREAM (1 << 23)
typedef struct stream_stamp {
  struct timespec first_sent; /* 0 = it went by way of the kernel, which stamped nothing */
  struct timespec last_sent;
  size_t length;
} stream_stamp;

#define KERNEL_FLAGS                                                                   \
  (SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RX_SOFTWARE |                       \
   SOF_TIMESTAMPING_TX_HARDWARE | SOF_TIMESTAMPING_TX_SOFTWARE |                       \
   SOF_TIMESTAMPING_RAW_HARDWARE | SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID | \
   SOF_TIMESTAMPING_OPT_TSONLY)
/* Onload ignores sets of flags that it does not know: for sends of TCP, these and the stream's. */
#define ONLOAD_FLAGS                                                                  \
  (SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE |                     \
   SOF_TIMESTAMPING_TX_HARDWARE | SOF_TIMESTAMPING_SYS_HARDWARE | ONLOAD_STREAM)

/* Send stamps taken in one look; more than that wait for the next. */
#define STAMPS_MAX 64
/* Room for a stamp of either kind, and for the extended error that comes with a send's. */
#define CONTROL_SIZE (CMSG_SPACE(sizeof(struct scm_timestamping)) + CMSG_SPACE(128))

typedef union stamp_cmsg {
  struct cmsghdr align;
  uint8_t bytes[CONTROL_SIZE];
} stamp_cmsg;

int hp_tcp_stamp(int fd, int32_t drives) {
  int flags = drives ? ONLOAD_FLAGS : KERNEL_FLAGS;
  return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags) == 0;
}

static double session_ns(const struct timespec *ts) {
  return ((double)ts->tv_sec - hp_lib.session_start_s) * 1e9 + (double)ts->tv_nsec;
}

/* The better of what a stamp has: [2] is the NIC's, [0] the kernel's. */
static int32_t pick(const struct scm_timestamping *stamp, double *ns) {
  static const int order[2] = {2, 0};
  for (int i = 0; i < 2; i++) {
    struct timespec ts;
    memcpy(&ts, &stamp->ts[order[i]], sizeof ts);
    if (ts.tv_sec == 0) continue;
    *ns = session_ns(&ts);
    return i == 0 ? HP_STAMP_NIC : HP_STAMP_KERNEL;
  }
  return HP_STAMP_NONE;
}

static int is_of(const struct cmsghdr *c, int type, size_t size) {
  return c->cmsg_level == SOL_SOCKET && c->cmsg_type == type && c->cmsg_len >= CMSG_LEN(size);
}

static void keep_rx(hp_tcp_handle *h, struct msghdr *message) {
  h->stamps.rx_source = HP_STAMP_NONE;
  h->stamps.rx_ns = 0;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
    struct scm_timestamping stamp;
    if (!is_of(c, SCM_TIMESTAMPING, sizeof stamp)) continue;
    memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
    h->stamps.rx_source = pick(&stamp, &h->stamps.rx_ns);
  }
}

ssize_t hp_tcp_recv_more(hp_tcp_handle *h, uint8_t *to, size_t capacity, int flags) {
  stamp_cmsg control;
  struct iovec iov = {to, capacity};
  struct msghdr message = {.msg_iov = &iov,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
  ssize_t got = (h->on_recv & HP_TCP_STAMPS) != 0 ? recvmsg(h->fd, &message, flags)
                                                  : recv(h->fd, to, capacity, flags);
  if (got <= 0) return got;
  if ((h->on_recv & HP_TCP_STAMPS) != 0) keep_rx(h, &message);
  if ((h->on_recv & HP_TCP_QUICK_ACK) != 0) {
    const int on = 1;
    setsockopt(h->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
  }
  return got;
}

/* Bytes sent up to and with the one that a stamp is of; the kernel counts them modulo 2^32. */
static double count_to(double before, uint32_t last) {
  uint32_t low = (uint32_t)(int64_t)before;
  return before + (double)(int32_t)(last + 1 - low);
}

static void keep_tx(hp_tcp_stamps *s, struct msghdr *message) {
  double ns = 0;
  double bytes = s->tx_bytes;
  int32_t source = HP_STAMP_NONE;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
    struct scm_timestamping stamp;
    stream_stamp sent;
    struct sock_extended_err error;
    if (is_of(c, ONLOAD_STREAM, sizeof sent)) {
      memcpy(&sent, CMSG_DATA(c), sizeof sent);
      bytes += (double)sent.length;
      source = sent.first_sent.tv_sec == 0 ? HP_STAMP_NONE : HP_STAMP_NIC;
      ns = source == HP_STAMP_NONE ? 0 : session_ns(&sent.first_sent);
    } else if (is_of(c, SCM_TIMESTAMPING, sizeof stamp)) {
      memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
      source = pick(&stamp, &ns);
    } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR &&
               c->cmsg_len >= CMSG_LEN(sizeof error)) {
      memcpy(&error, CMSG_DATA(c), sizeof error);
      if (error.ee_origin == SO_EE_ORIGIN_TIMESTAMPING) bytes = count_to(bytes, error.ee_data);
    }
  }
  /* A NIC that stamps comes second: its word stands, the kernel's of the same bytes does not. */
  if (bytes == s->tx_bytes && source < s->tx_source) return;
  s->tx_bytes = bytes;
  s->tx_ns = ns;
  s->tx_source = source;
}

int32_t hp_tcp_stamps_read(int32_t stream, double out) {
  hp_tcp_handle *h = hp_tcp_find(stream);
  if (h == NULL) return HP_ECLOSED;
  if (!(out > 0) || (h->flags & HP_TCP_STAMPS) == 0) return HP_EINVAL;
  for (int i = 0; i < STAMPS_MAX; i++) {
    stamp_cmsg control;
    struct msghdr message = {.msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    if (recvmsg(h->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) break;
    keep_tx(&h->stamps, &message);
  }
  memcpy(hp_pointer(out), &h->stamps, sizeof h->stamps);
  return HP_OK;
}
