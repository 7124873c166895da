/* Shared by the files of the ExaNIC backend. */
#ifndef HAIRPIN_EXANIC_CLIENT_H
#define HAIRPIN_EXANIC_CLIENT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "frame.h"

#define EXA_HANDLES_MAX 32
#define EXA_SLOTS 128u /* two bursts: a frame may still be coming while a whole burst stands */
#define EXA_QUEUE_MAX 128u
#define EXA_JOIN_SOCKETS 8

/* The three calls that differ between a card and its software double. */
typedef struct hp_exanic_system {
  int (*open)(const char *path);
  int (*ioctl)(int fd, unsigned long request, void *argument);
  int (*close)(int fd);
} hp_exanic_system;

/* How the receiver stands to the chunk that it reads next. */
#define EXA_BETWEEN 0    /* it begins a frame */
#define EXA_COLLECTING 1 /* it goes on with a frame that is being copied */
#define EXA_PASSING 2    /* it goes on with a stranger's frame */
#define EXA_LOST 3       /* it goes on with a frame whose beginning we have not seen */

typedef struct exa_receiver {
  const uint8_t *ring;
  uint32_t next;        /* chunk to read */
  uint8_t generation;   /* that it will have */
  uint8_t state;        /* EXA_BETWEEN, ... */
  uint32_t size;        /* bytes of the frame so far, with those not kept */
  uint32_t slot;        /* where the next frame goes */
  uint32_t slot_size;
  uint32_t kept_max;    /* bytes of a frame that a slot is for, FCS too */
  uint32_t sentinel_at; /* chunk in front of the frame's first one ... */
  uint64_t sentinel;    /* ... and its trailer: see rx.c */
  uint8_t *arena;
} exa_receiver;

/* Ticks to ns since session start: a point where both are known, and a rate. */
typedef struct exa_clock {
  const _Atomic uint64_t *info; /* the info page's time, NULL = read registers */
  uint64_t anchor;              /* ticks */
  double anchor_ns;
  double ns_per_tick;           /* 0 = the card tells no time */
  uint64_t told;                /* what `info` was at the anchor */
  uint64_t next_ns;             /* CLOCK_MONOTONIC_COARSE: registers are read again then */
  uint64_t renew_ns;
  uint32_t hz;
  double session_start_s;
} exa_clock;

typedef struct exa_sender {
  uint8_t *memory;              /* our part of the transmit memory */
  void *map;
  size_t map_size;
  uint32_t base;                /* its offset: what doorbells are told relative to */
  uint32_t size;
  uint32_t queue;               /* frames that may be under way, a power of two */
  uint32_t head;                /* where the next chunk goes */
  uint16_t next_id;
  uint16_t done_id;             /* last one fed back, as last seen */
  uint16_t slot;
  volatile uint16_t *feedback;
  uint32_t start[EXA_QUEUE_MAX]; /* of the chunk with that id */
  uint32_t flow_count;
  hp_tx_header flow[HP_TX_FLOWS_MAX];
  uint32_t loaded;              /* bytes of the frame that lies ready at `head`, 0 = none */
  uint32_t loaded_payload;      /* where its payload begins */
  uint8_t *stage;               /* chunk header, padding, frame: as they go to the card */
} exa_sender;

typedef struct hp_exanic {
  exa_receiver rx;
  exa_clock clock;
  exa_sender tx;
  hp_lines lines;
  hp_rx_desc *desc;
  hp_port_stats *stats;
  uint32_t *played;
  const uint8_t *payloads;      /* hp_port_config.tx */
  uint32_t payloads_size;
  uint32_t frame_size;
  volatile uint32_t *registers;
  uint8_t *feedback_page;
  void *info_page;
  size_t arena_size;
  const hp_exanic_system *system; /* that opened fd */
  int fd;
  int control;                  /* an ordinary socket for the kernel's tables, -1 = none */
  int joins[EXA_JOIN_SOCKETS];
  int promiscuous;              /* socket that holds the interface promiscuous */
  uint32_t port;
  uint32_t buffer;              /* filter buffer + 1, 0 = the port's default ring */
  uint32_t ports;
  uint32_t filter_buffers;
  int32_t interface;            /* kernel's index, 0 = none */
  char interface_name[16];
  char device[24];              /* "exanic0" */
  uint32_t address;
  uint32_t netmask;
  uint32_t gateway;
  uint32_t vlan;
  uint8_t mac[6];
  int32_t is_refreshed;         /* once at least */
  uint32_t dropped_seen;        /* the card's 32-bit count, as last read */
  _Atomic int32_t is_gone;
  _Atomic int32_t rx_stamps;    /* 0 while the card says that its stamps are no good */
  _Atomic int32_t tx_stamps;
} hp_exanic;

/* open.c: sets info->why and returns the status. */
int32_t exa_why(hp_port_info *info, int32_t status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* system.c */
const hp_exanic_system *exa_system(void);
int exa_is_software(void);
void exa_system_path(const char *name, char *out, size_t size);

/* kernel.c: what the kernel's interface of the port knows and does. */
int32_t exa_kernel_find(const char *name, char *device, uint32_t *port, hp_port_info *info);
int32_t exa_kernel_attach(hp_exanic *p, const hp_port_config *config, hp_port_info *info);
int32_t exa_kernel_join(hp_exanic *p, const hp_port_config *config, hp_port_info *info);
int32_t exa_kernel_neighbour(hp_exanic *p, uint32_t address, uint8_t *mac);
void exa_kernel_detach(hp_exanic *p);

/* clock.c */
void exa_clock_set(hp_exanic *p, double session_start_s);
void exa_clock_anchor(hp_exanic *p);
double exa_clock_ns(const exa_clock *clock, uint32_t ticks);

/* rx.c */
int32_t exa_rx_open(hp_exanic *p, const hp_port_config *config, hp_port_info *info);
int32_t exa_rx_burst(hp_exanic *p);
void exa_rx_catch_up(exa_receiver *rx);
void exa_rx_close(hp_exanic *p);

/* tx.c */
int32_t exa_tx_open(hp_exanic *p, uint64_t region, hp_port_info *info);
int32_t exa_tx_flow(hp_exanic *p, const hp_tx_flow *flow);
int32_t exa_tx_send(hp_exanic *p, int32_t flow, uint32_t offset, uint32_t length);
int32_t exa_tx_preload(hp_exanic *p, int32_t flow, uint32_t offset, uint32_t length);
int32_t exa_tx_fire(hp_exanic *p, uint32_t at, uint32_t offset, uint32_t length);
int32_t exa_tx_warm(hp_exanic *p, int32_t flow, uint32_t offset, uint32_t length);
double exa_tx_stamp(hp_exanic *p);
void exa_tx_close(hp_exanic *p);

/* open.c */
hp_exanic *exa_open(const hp_port_config *config, hp_port_info *info, int32_t *status);
void exa_close(hp_exanic *p);

static inline void *exa_pointer(double address) { return (void *)(uintptr_t)address; }

#endif
