/* What Onload adds to a TCP Stream. Its extensions are looked up in the process, where they are when
 * libonload was preloaded; nothing is linked, and without them every question is answered "no". The
 * declarations are facts of its extension interface (onload/extensions.h), in our own words. */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "internal.h"

#define WHO_THIS_THREAD 0
#define SCOPE_PROCESS 2
#define DONT_ACCELERATE NULL
#define SPIN_ALL 0
#define FEATURE_WARM 0
/* A bit that Linux gives no meaning to: a kernel socket sends such bytes for real. */
#define MSG_WARM 0x400

typedef struct fd_stat {
  int32_t stack_id;
  char *stack_name; /* to be freed by us */
  int32_t endpoint_id;
  int32_t endpoint_state;
} fd_stat;

typedef struct delegated_send {
  void *headers;
  int headers_len; /* in: room; out: bytes of Ethernet, IP and TCP headers */
  int mss;
  int send_wnd;
  int cong_wnd;
  int user_size;
  int tcp_seq_offset;
  int ip_len_offset;
  int ip_tcp_hdr_len;
  int reserved[5];
} delegated_send;

/* The name of old, which newer ones still have: dlsym moved to libc in glibc 2.34. */
__asm__(".symver dlsym,dlsym@GLIBC_2.2.5");

static void look_up(hp_onload *o) {
  /* A function pointer does not fit a void pointer in C11; POSIX says that it does here. */
  *(void **)&o->is_present = dlsym(RTLD_DEFAULT, "onload_is_present");
  *(void **)&o->set_stackname = dlsym(RTLD_DEFAULT, "onload_set_stackname");
  *(void **)&o->thread_set_spin = dlsym(RTLD_DEFAULT, "onload_thread_set_spin");
  *(void **)&o->fd_stat = dlsym(RTLD_DEFAULT, "onload_fd_stat");
  *(void **)&o->fd_check_feature = dlsym(RTLD_DEFAULT, "onload_fd_check_feature");
  *(void **)&o->prepare = dlsym(RTLD_DEFAULT, "onload_delegated_send_prepare");
  *(void **)&o->complete = dlsym(RTLD_DEFAULT, "onload_delegated_send_complete");
  *(void **)&o->cancel = dlsym(RTLD_DEFAULT, "onload_delegated_send_cancel");
}

/* Looked up once in a process, by the first thread that asks; others wait for it. */
static const hp_onload *onload(void) {
  if (atomic_load(&hp_lib.onload_state) == 2) return &hp_lib.onload;
  int32_t expected = 0;
  if (atomic_compare_exchange_strong(&hp_lib.onload_state, &expected, 1)) {
    look_up(&hp_lib.onload);
    atomic_store(&hp_lib.onload_state, 2);
  }
  while (atomic_load(&hp_lib.onload_state) != 2) hp_pause();
  return &hp_lib.onload;
}

int32_t hp_onload_present(void) {
  const hp_onload *o = onload();
  return o->is_present != NULL && o->is_present() > 0 ? 1 : 0;
}

int32_t hp_onload_stack(const char *name) {
  if (name == NULL) return HP_EINVAL;
  if (strnlen(name, HP_STACK_NAME_MAX + 1) > HP_STACK_NAME_MAX) return HP_EINVAL;
  const hp_onload *o = onload();
  if (o->set_stackname == NULL) return HP_ENOENT;
  if (*name == 0) name = DONT_ACCELERATE;
  return o->set_stackname(WHO_THIS_THREAD, SCOPE_PROCESS, name) == 0 ? HP_OK : hp_fail_errno();
}

int32_t hp_onload_spin(int32_t on) {
  const hp_onload *o = onload();
  if (o->thread_set_spin == NULL) return HP_ENOENT;
  return o->thread_set_spin(SPIN_ALL, on != 0) == 0 ? HP_OK : hp_fail(HP_ESYS);
}

int32_t hp_onload_drives(int fd) {
  const hp_onload *o = onload();
  if (o->fd_stat == NULL) return 0;
  fd_stat stat = {0};
  int is = o->fd_stat(fd, &stat) > 0;
  free(stat.stack_name);
  return is;
}

int32_t hp_onload_can_warm(int fd) {
  const hp_onload *o = onload();
  /* Below zero: it does not know, which is not yes. */
  return o->fd_check_feature != NULL && o->fd_check_feature(fd, FEATURE_WARM) > 0;
}

int32_t hp_onload_accelerated(int32_t stream) {
  hp_tcp_handle *h = hp_tcp_find(stream);
  if (h == NULL) return HP_ECLOSED;
  if (h->state == HP_TCP_LISTENING) return HP_EINVAL;
  return h->pipe != NULL ? 0 : hp_onload_drives(h->fd);
}

int32_t hp_tcp_warm(int32_t stream, int32_t offset, int32_t length) {
  hp_tcp_handle *h = hp_tcp_find(stream);
  if (h == NULL) return HP_ECLOSED;
  if (h->tx == NULL || offset < 0 || length < 1) return HP_EINVAL;
  if (h->state != HP_TCP_UP) return h->state >= 0 ? HP_EAGAIN : h->state;
  if (h->can_warm == 0) return HP_EAGAIN;
  const int flags = MSG_DONTWAIT | MSG_NOSIGNAL | MSG_WARM;
  /* What it says of the connection is for the next real send to find out. */
  ssize_t warmed = send(h->fd, h->tx + offset, (size_t)length, flags);
  return warmed > 0 ? (int32_t)warmed : HP_EAGAIN;
}

/* ---- delegated sends ---------------------------------------------------------------------------
 * `complete` hands bytes over that are on the wire already: they are put where retransmissions come
 * from, and sent by nobody. So it pays only with a Port that can put a frame on the wire of the same
 * NIC faster than send() does, and without one it is not used: the bytes would leave with the first
 * retransmission. */

#define ETHERNET_HEADER 14
#define IP_HEADER_MIN 20
#define TCP_HEADER_MIN 20
#define TCP_SEQ 4          /* offsets within the headers, RFC 9293 3.1 and RFC 791 3.1 */
#define TCP_FLAGS 13
#define TCP_CHECK 16
#define TCP_PSH 8
#define IP_LENGTH 2
#define IP_CHECK 10
#define IP_ADDRESSES 12
#define IP_PROTOCOL_TCP 6
#define COMPLETE_TRIES 64

static void put16(uint8_t *at, uint32_t value) {
  at[0] = (uint8_t)(value >> 8);
  at[1] = (uint8_t)value;
}

/* Sum of 16-bit words for the Internet checksum, RFC 1071. */
static uint32_t sum16(const uint8_t *at, size_t length, uint32_t sum) {
  for (size_t i = 0; i + 1 < length; i += 2) sum += (uint32_t)at[i] << 8 | at[i + 1];
  if (length & 1) sum += (uint32_t)at[length - 1] << 8;
  return sum;
}

static uint32_t fold(uint32_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

/* Lengths, PSH and checksums: Onload leaves the latter to the NIC, a raw Port sends what it is given. */
static void finish_frame(uint8_t *frame, const delegated_send *d, size_t length) {
  uint8_t *ip = frame + d->ip_len_offset - IP_LENGTH;
  uint8_t *tcp = frame + d->tcp_seq_offset - TCP_SEQ;
  size_t tcp_length = (size_t)(frame + d->headers_len - tcp) + length;
  put16(ip + IP_LENGTH, (uint32_t)d->ip_tcp_hdr_len + (uint32_t)length);
  tcp[TCP_FLAGS] |= TCP_PSH;
  put16(ip + IP_CHECK, 0);
  put16(ip + IP_CHECK, fold(sum16(ip, (size_t)(tcp - ip), 0)));
  put16(tcp + TCP_CHECK, 0);
  uint32_t sum = sum16(ip + IP_ADDRESSES, 8, IP_PROTOCOL_TCP + (uint32_t)tcp_length);
  put16(tcp + TCP_CHECK, fold(sum16(tcp, tcp_length, sum)));
}

/* One segment takes all of it, within both windows, and the headers are those of TCP over IPv4. */
static int fits(const delegated_send *d, int32_t length, int32_t capacity) {
  int ip = d->ip_len_offset - IP_LENGTH;
  int tcp = d->tcp_seq_offset - TCP_SEQ;
  return length <= d->mss && length <= d->send_wnd && length <= d->cong_wnd &&
         length <= d->user_size && ip >= ETHERNET_HEADER && tcp >= ip + IP_HEADER_MIN &&
         tcp + TCP_HEADER_MIN <= d->headers_len && d->headers_len == ip + d->ip_tcp_hdr_len &&
         d->headers_len <= capacity && length <= capacity - d->headers_len;
}

/* Nothing is delegated: a plain send is safe again. Without that word it is not, and the stream ends. */
static int32_t give_back(hp_tcp_handle *h) {
  h->reserved = 0;
  int cannot = onload()->cancel(h->fd) != 0;
  if (h->state < 0) return h->state;
  if (cannot) {
    hp_fail(HP_ESYS);
    return hp_tcp_end(h, HP_ESYS);
  }
  h->state = HP_TCP_UP;
  return HP_EAGAIN;
}

void hp_onload_cancel(hp_tcp_handle *h) {
  onload()->cancel(h->fd);
  h->reserved = 0;
}

int32_t hp_tcp_delegate_begin(int32_t stream, int32_t offset, int32_t length, double at,
                              int32_t capacity) {
  hp_tcp_handle *h = hp_tcp_find(stream);
  if (h == NULL) return HP_ECLOSED;
  if (h->tx == NULL || offset < 0 || length < 1 || !(at > 0) || capacity < 1) return HP_EINVAL;
  if (h->state != HP_TCP_UP) return h->state >= 0 ? HP_EAGAIN : h->state;
  const hp_onload *o = onload();
  if (!h->drives || o->prepare == NULL || o->complete == NULL || o->cancel == NULL) {
    h->delegated[HP_TCP_DELEGATE_OTHER]++;
    return HP_EAGAIN;
  }
  uint8_t *frame = hp_pointer(at);
  delegated_send d = {.headers = frame, .headers_len = capacity};
  int code = o->prepare(h->fd, length, 0, &d);
  if (code != 0) {
    h->delegated[code > 0 && code < HP_TCP_DELEGATE_OTHER ? code : HP_TCP_DELEGATE_OTHER]++;
    /* Nothing was reserved, so that it may well say that there is nothing to cancel. */
    o->cancel(h->fd);
    return HP_EAGAIN;
  }
  if (!fits(&d, length, capacity)) {
    h->delegated[HP_TCP_DELEGATE_OTHER]++;
    return give_back(h);
  }
  h->delegated[0]++;
  memcpy(frame + d.headers_len, h->tx + offset, (size_t)length);
  finish_frame(frame, &d, (size_t)length);
  h->reserved = length;
  h->reserved_at = offset;
  h->state = HP_TCP_DELEGATED;
  return d.headers_len + length;
}

/* Hands over what is on the wire. The interface tells 0 for all of it, or, interrupted, how much. */
static int complete_all(const hp_tcp_handle *h, uint8_t *from, size_t left) {
  for (int i = 0; i < COMPLETE_TRIES; i++) {
    struct iovec iov = {from, left};
    int done = onload()->complete(h->fd, &iov, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (done == 0 || (done > 0 && (size_t)done >= left)) return 1;
    if (done < 0 && errno != EAGAIN && errno != EINTR && errno != ENOMEM) return 0;
    if (done > 0) {
      from += done;
      left -= (size_t)done;
    }
  }
  return 0;
}

int32_t hp_tcp_delegate_end(int32_t stream, int32_t sent) {
  hp_tcp_handle *h = hp_tcp_find(stream);
  if (h == NULL) return HP_ECLOSED;
  if (h->reserved == 0) return h->state < 0 ? h->state : HP_EINVAL;
  if (sent != 0 && sent != h->reserved) return HP_EINVAL;
  if (sent == 0) return give_back(h);
  h->reserved = 0;
  /* They are on the wire whatever comes, also when the stream has ended meanwhile: they count as
   * sent, and never go out again. A connection that does not know of them can't go on, though. */
  if (h->state < 0) return sent;
  h->state = HP_TCP_UP;
  if (!complete_all(h, h->tx + h->reserved_at, (size_t)sent)) {
    hp_fail(HP_ESYS);
    hp_tcp_end(h, HP_ESYS);
  }
  return sent;
}

int32_t hp_tcp_delegate_count(int32_t stream, int32_t code) {
  hp_tcp_handle *h = hp_tcp_find(stream);
  if (h == NULL) return HP_ECLOSED;
  if (code < 0 || code >= HP_TCP_DELEGATE_CODES || h->state == HP_TCP_LISTENING) return HP_EINVAL;
  return (int32_t)(h->delegated[code] & 0x7fffffff);
}
