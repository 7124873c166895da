/* Shared by the shim's own files; never seen by TypeScript. */
#ifndef HAIRPIN_INTERNAL_H
#define HAIRPIN_INTERNAL_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#pragma GCC visibility push(default)
#include "hairpin.h"
#pragma GCC visibility pop

/* Open handles of each kind in one process. A handle is an index into a table of these sizes.
 * That of the TCP handles is HP_TCP_MAX. */
#define HP_UDP_MAX 32
#define HP_RING_MAX 64
#define HP_SIGNAL_MAX 65
#define HP_DEVICE_MAX 16 /* packet Ports of one backend */

typedef struct hp_udp hp_udp;

/* A packet Port; see netdev.h. */
typedef struct hp_device_slot {
  _Atomic(void *) port;
  _Atomic int32_t lock;
} hp_device_slot;

typedef struct hp_ring_handle {
  _Atomic int32_t used;
  hp_ring *ring;
  uint8_t *data;
  hp_rx_desc *desc;
  hp_port_stats *stats;
  uint32_t size;      /* checked copies: what another process writes later cannot move our bounds */
  uint32_t next;      /* consumer: where the next burst starts */
  uint32_t head;      /* producer: bytes published */
  uint32_t tail;      /* producer: last tail seen */
} hp_ring_handle;

typedef struct hp_tcp_handle {
  _Atomic int32_t used;
  int fd;
  int32_t state;      /* HP_TCP_* or the status that ended it */
  uint8_t *rx;
  uint8_t *tx;
  hp_pipe *pipe;      /* NULL = a socket */
  uint32_t flags;     /* HP_TCP_QUICK_ACK.. */
  uint32_t on_recv;   /* those of them that a receive has to look at */
  int32_t drives;     /* 1 = Onload drives it, as of when it came up */
  int32_t can_warm;   /* 1 = and it knows warm sends */
  int32_t reserved;   /* bytes of a delegated send that was begun, from tx + reserved_at */
  int32_t reserved_at;
  uint32_t delegated[HP_TCP_DELEGATE_CODES];
  hp_tcp_stamps stamps;
} hp_tcp_handle;

/* Extensions of libonload, NULL = not there; see onload.c. */
struct fd_stat;
struct delegated_send;
struct iovec;
typedef struct hp_onload {
  int (*is_present)(void);
  int (*set_stackname)(int who, int scope, const char *name);
  int (*thread_set_spin)(int type, int spin);
  int (*fd_stat)(int fd, struct fd_stat *out);
  int (*fd_check_feature)(int fd, int feature);
  int (*prepare)(int fd, int size, unsigned flags, struct delegated_send *out);
  int (*complete)(int fd, const struct iovec *iov, int count, int flags);
  int (*cancel)(int fd);
} hp_onload;

typedef struct hp_signal_slot {
  _Atomic(_Atomic uint32_t *) word;
  _Atomic uint32_t bits;
} hp_signal_slot;

/* Receive queues that an XDP program can serve. */
#define HP_XDP_QUEUES_MAX 256

/* An XDP program of ours on an interface, shared by the Ports of the process; see xdp-program.c. */
typedef struct hp_xdp_program {
  uint64_t network;   /* cookie of the network namespace */
  int32_t index;      /* of the interface */
  uint32_t users;     /* 0 = free */
  int sockets;        /* the maps */
  int lines;
  int program;
  int link;
  int is_generic;
  uint8_t queue[HP_XDP_QUEUES_MAX]; /* 1 = a Port of this process has it */
} hp_xdp_program;

/* The library handle: everything the shim knows. */
typedef struct hp_library {
  /* clock, see clock.c */
  double ns_per_tick;
  double start_ns;
  uint64_t start_tsc;
  double session_start_s;

  _Atomic(hp_udp *) udp[HP_UDP_MAX];
  hp_ring_handle ring[HP_RING_MAX];
  hp_tcp_handle tcp[HP_TCP_MAX];
  hp_signal_slot signal[HP_SIGNAL_MAX];

  /* onload.c: what was found of libonload's extensions */
  _Atomic int32_t onload_state; /* 0 = not looked up, 1 = under way, 2 = done */
  hp_onload onload;
  hp_device_slot packet[HP_DEVICE_MAX];
  hp_device_slot xdp[HP_DEVICE_MAX];
  hp_xdp_program xdp_program[HP_DEVICE_MAX];
  hp_device_slot xdp_program_lock;
} hp_library;

extern hp_library hp_lib;

/* Keeps errno for hp_last_errno() and returns `status`. */
int32_t hp_fail(int32_t status);
/* The same, choosing the status by errno. */
int32_t hp_fail_errno(void);

/* The open TCP handle of that number, or NULL. */
static inline hp_tcp_handle *hp_tcp_find(int32_t stream) {
  if (stream < 0 || stream >= HP_TCP_MAX) return NULL;
  hp_tcp_handle *h = &hp_lib.tcp[stream];
  return atomic_load_explicit(&h->used, memory_order_relaxed) == 2 ? h : NULL;
}

/* A free TCP handle, filled, or HP_ENOSPC. */
int32_t hp_tcp_claim(int fd, int32_t state, hp_pipe *pipe);
/* Ends a stream with this status, for both sides. */
int32_t hp_tcp_end(hp_tcp_handle *h, int32_t status);
/* Keeps the status that errno stands for as that which ended the stream; HP_EAGAIN ends nothing. */
int32_t hp_tcp_failed(hp_tcp_handle *h);

/* tcp-options.c. A socket with the options of a config, not connected yet; -1 with errno. */
int hp_tcp_socket(hp_tcp_config *config);
/* A connect has succeeded: what can be asked for only now. */
void hp_tcp_came_up(hp_tcp_handle *h);
/* tcp-stamps.c. True when stamps are to be had; drives: Onload has the descriptor. */
int hp_tcp_stamp(int fd, int32_t drives);
/* As recv(), for a stream whose on_recv is not 0. */
ssize_t hp_tcp_recv_more(hp_tcp_handle *h, uint8_t *to, size_t capacity, int flags);

/* onload.c. 1 when Onload drives the descriptor. */
int32_t hp_onload_drives(int fd);
int32_t hp_onload_can_warm(int fd);
/* Lets go of a delegated send that was begun. */
void hp_onload_cancel(hp_tcp_handle *h);

static inline void *hp_pointer(double address) { return (void *)(uintptr_t)address; }
static inline double hp_address(const void *pointer) { return (double)(uintptr_t)pointer; }

#endif
