/* hairpin.h: the one header of the shim.
 *
 * Everything TypeScript and C share is laid out here and nowhere else. `bun native/build.ts` reads
 * this file and writes src/ffi/layout.ts (offsets, sizes, constants), so the grammar is kept small:
 * `#define HP_NAME value`, and structs of fixed-width members and one-dimensional arrays, each
 * naturally aligned with explicit padding. Every struct is checked by _Static_assert in
 * native/src/layout.c, which the same generator writes.
 *
 * In this order: status codes and limits; memory; Ports (descriptors, statistics, UDP, packet Ports with
 * their transmit flows, what a network interface is, the ring); TCP Streams (pipe, options); the control
 * segment (control block, engines, feeds, sessions, drop copies, ports); the journal and its records;
 * then every function, with what it returns.
 *
 * Calling convention: int32 and double arguments, pointers only at open time. Functions return
 * >= 0 for success (a count or a handle) and a negative HP_E* status else. All memory is the
 * caller's, or mapped at open; nothing is allocated after open. Strings are NUL-terminated UTF-8.
 */
#ifndef HAIRPIN_H
#define HAIRPIN_H

#include <stdint.h>

#define HP_ABI_VERSION 4
#define HP_MAGIC 0x48504e31

/* ---- status codes (returned by every function; text in src/core/status.ts) ------------------- */
#define HP_OK 0
#define HP_EINVAL -1       /* an argument is out of its documented range */
#define HP_ESYS -2         /* a system call failed: hp_last_errno() says how */
#define HP_EAGAIN -3       /* nothing now, try again; not an error */
#define HP_ECLOSED -4      /* the peer closed the stream, or the handle is closed */
#define HP_ERESET -5       /* the peer reset the stream */
#define HP_ENOSPC -6       /* /dev/shm, memory or a table is full */
#define HP_ENOTSC -7       /* no invariant TSC on this processor */
#define HP_EUNSAFE -8      /* refused: real-time priority under rt throttling */
#define HP_ENOCORE -9      /* no such core, or it is offline */
#define HP_EABI -10        /* the segment was laid out by another version */
#define HP_EEXIST -11      /* the segment exists already */
#define HP_ENOENT -12      /* no such segment, interface or path */
#define HP_EPERM -13       /* not permitted */
#define HP_EREFUSED -14    /* connection refused or unreachable */
#define HP_EBUSY -15       /* somebody else has the device or the queue */
#define HP_ENOTSUP -16     /* the device, its driver or this kernel cannot do that */
#define HP_EGONE -17       /* the device has disappeared */
#define HP_ENOTACCEL -18   /* the connection is up, but Onload has not taken it over */

/* ---- limits ---------------------------------------------------------------------------------- */
#define HP_BURST_MAX 64        /* descriptors in one rx burst */
#define HP_UDP_LINES_MAX 16    /* sockets behind one UDP Port */
#define HP_ENGINES_MAX 8
#define HP_FEEDS_MAX 16
#define HP_SESSIONS_MAX 16
#define HP_COUNTERS_MAX 256
#define HP_HIST_BUCKETS 2048

/* ---- memory ---------------------------------------------------------------------------------- */
#define HP_PAGES_PLAIN 0
#define HP_PAGES_HUGE 1
#define HP_PAGES_SHM 2

/* A mapped region; filled by hp_arena_alloc and hp_shm_open. */
typedef struct hp_region {
  double addr;       /* virtual address, exact below 2^53 */
  double size;       /* bytes mapped, rounded up to the page size used */
  int32_t pages;     /* HP_PAGES_* : what kind of pages it got */
  int32_t locked;    /* 1 when mlock succeeded */
} hp_region;

/* ---- Port: packets --------------------------------------------------------------------------- */
#define HP_RX_TRUNCATED 1      /* longer than a slot: drop it and count */
#define HP_RX_STAMP_KERNEL 2   /* rx_ns is a kernel software stamp */
#define HP_RX_STAMP_NIC 4      /* rx_ns is a NIC hardware stamp */

/* One received packet. offset and length are those of the UDP payload inside the Port's arena. */
typedef struct hp_rx_desc {
  uint32_t offset;
  uint32_t length;
  uint32_t flags;    /* HP_RX_* */
  uint32_t line;     /* index of the line (socket, group) it came by, within its feed */
  double rx_ns;      /* receive stamp, ns since session start (wall clock); 0 when there is none */
  uint32_t feed;     /* index of the feed, where a Port brings more than one; else 0 */
  uint32_t reserved;
} hp_rx_desc;

/* Written by the shim, read by anyone. Doubles so that TypeScript reads them without BigInt. */
typedef struct hp_port_stats {
  double packets;
  double bytes;
  double truncated;
  double kernel_drops;   /* dropped before us: by the kernel, or by the card for want of a buffer */
  double errors;
  double polls;
  double strangers;      /* frames for nobody here: other groups, ARP, IPv6, TCP */
  double malformed;      /* headers that contradict each other or the frame's length */
  double fragments;      /* IPv4 fragments: not put together, dropped */
  double bad_checksum;   /* IPv4 header or UDP, told by the card or found by us */
  double lapped;         /* times that a ring without flow control overtook us */
  double tx_packets;
  double tx_bytes;
  double tx_refused;     /* sends that found no room, or an address still unknown */
  double link;           /* 1 up, 0 down, -1 not told */
  double link_changes;
  double speed_mbps;     /* 0 = not told */
  double joins;          /* IGMP reports sent by ourselves */
  double queries;        /* IGMP queries answered */
  double arps;           /* ARP requests answered */
  double reserved0;
  double reserved1;
  double reserved2;
  double reserved3;
} hp_port_stats;

/* Arguments of hp_udp_open. IPv4 addresses in host byte order (127.0.0.1 = 0x7f000001). */
typedef struct hp_udp_line {
  uint32_t group;        /* multicast group, or 0 for plain unicast */
  uint32_t port;
  uint32_t iface;        /* address of the interface to join on */
  uint32_t source;       /* source for SSM, or 0 for any */
} hp_udp_line;

typedef struct hp_udp_config {
  double arena;          /* address; HP_BURST_MAX slots of slot_size bytes are used */
  double desc;           /* address of HP_BURST_MAX hp_rx_desc */
  double stats;          /* address of one hp_port_stats */
  double played;         /* address of a uint32 count, or 0 = real sockets; see below */
  double tx;             /* address of the bytes that tx() sends from, or 0 = does not send */
  uint32_t tx_size;
  uint32_t reserved;
  uint32_t slot_size;    /* bytes, a multiple of 64 */
  uint32_t line_count;   /* 1..HP_UDP_LINES_MAX, from 0 where it sends; played: from 0, not looked at */
  uint32_t rcvbuf;       /* SO_RCVBUF wanted, bytes (SO_RCVBUFFORCE when allowed) */
  uint32_t busy_poll_us; /* SO_BUSY_POLL, 0 = off */
  hp_udp_line line[16];
} hp_udp_config;

/* A played Port opens no socket. Its owner fills slots and descriptors and stores their count in the
 * word at `played`; the next burst returns that count (at most HP_BURST_MAX) and sets it to 0. Both
 * are one thread. Warm-up runs it, so that all but the system call is what runs live. */

/* ---- packet Ports: frames of a network card, read where the card or the kernel put them ----------
 *
 * One Port per device, receive queue and engine thread; it brings the packets of every feed that has
 * a line there. The backend owns the arena and tells where it is in hp_port_info; descriptors point
 * at the UDP payload inside it. Frames that are no whole, unfragmented UDP packet for one of the
 * lines, with the right checksums, are counted and never seen.
 *
 * The functions are the same for every backend B (packet, xdp, dpdk, exanic); see the end of this file. */
#define HP_PORT_LINES_MAX 64

typedef struct hp_port_line {
  uint32_t group;        /* multicast group, or 0 for unicast to `iface` */
  uint32_t port;
  uint32_t iface;        /* unicast: the address; multicast: where kernel joins are made, 0 = by device */
  uint32_t source;       /* source for SSM, or 0 for any */
  uint32_t feed;         /* told in the descriptor */
  uint32_t line;         /* told in the descriptor */
} hp_port_line;

#define HP_PORT_NO_CHECKSUM 1  /* do not check UDP checksums that the card has not checked */
#define HP_PORT_COPY 2         /* xdp: copy mode, even where the driver has zero copy */
#define HP_PORT_GENERIC 4      /* xdp: the kernel's generic program, not the driver's */
#define HP_PORT_NO_HUGE 8      /* dpdk: ordinary pages */
#define HP_PORT_PROMISCUOUS 16
#define HP_PORT_NO_JOIN 32     /* joins are somebody else's business */

/* Text arrays are NUL-terminated. Addresses as in hp_udp_line. */
typedef struct hp_port_config {
  double desc;           /* address of HP_BURST_MAX hp_rx_desc */
  double stats;          /* address of one hp_port_stats */
  double played;         /* as in hp_udp_config: no device, packets are the caller's */
  double tx;             /* address of the bytes that tx() sends from, or 0 = does not send */
  double session_start_s; /* stamps are told as ns since then */
  uint32_t tx_size;
  uint32_t frame_size;   /* longest frame kept, bytes with headers and tags, 128..16384 */
  uint32_t frames;       /* receive frames wanted, a power of two; 0 = the backend's choice */
  uint32_t line_count;   /* 0..HP_PORT_LINES_MAX */
  uint32_t queue;        /* receive queue of the device: xdp, dpdk */
  uint32_t queue_count;  /* dpdk: queues that the device is opened with, one of them `queue`; 0 = 1 */
  uint32_t flags;        /* HP_PORT_* */
  uint32_t busy_poll_us; /* xdp, packet: kernel busy polling, 0 = off */
  uint32_t address;      /* ours on this device (sender, ARP, IGMP); 0 = that of the interface, if any */
  uint32_t netmask;      /* 0 = 255.255.255.0 */
  uint32_t gateway;      /* for unicast to other networks; 0 = none */
  uint32_t vlan;         /* VLAN id of what we send (IGMP and ARP, too); 0 = untagged */
  uint32_t memory_mib;   /* dpdk: memory of the process-wide pool; 0 = the backend's choice */
  int32_t core;          /* core the engine runs on, for the NUMA check; -1 = not pinned */
  uint32_t reserved0;
  uint32_t reserved1;
  uint8_t device[192];   /* interface name, PCI address, vdev, exanicN:P */
  uint8_t options[192];  /* the backend's own, e.g. further EAL arguments; "" = none */
  hp_port_line line[HP_PORT_LINES_MAX];
} hp_port_config;

#define HP_PORT_IS_ZERO_COPY 1
#define HP_PORT_STAMPS_RX 2     /* the card stamps what it receives */
#define HP_PORT_STAMPS_TX 4     /* the card stamps what it sends */
#define HP_PORT_CHECKS 8        /* the card checks UDP checksums */
#define HP_PORT_STEERS 16       /* lines are steered to the queue by the card */
#define HP_PORT_FAR 32          /* the engine's core is on another NUMA node than the card */
#define HP_PORT_STAMPS_RX_KERNEL 64
#define HP_PORT_STAMPS_TX_KERNEL 128

/* What open found. After a failed open only `why` is set: what is missing and how to mend it, as the
 * end of a sentence. */
typedef struct hp_port_info {
  double arena;          /* address; offsets of descriptors are relative to it */
  double arena_size;
  uint32_t flags;        /* HP_PORT_IS_*, STAMPS_*, ... */
  uint32_t mtu;
  int32_t numa_node;     /* of the card, -1 = not told */
  uint32_t frames;       /* receive frames there are */
  uint32_t queues_max;
  uint32_t reserved;
  uint8_t mac[8];
  uint8_t driver[32];    /* "veth", "net_ixgbe" */
  uint8_t mode[64];      /* for people: "zero copy", "copy, generic" */
  uint8_t why[256];
} hp_port_info;

/* Where UDP payloads go. Headers are built once, by tx_flow. */
#define HP_TX_FLOWS_MAX 16
#define HP_TX_RAW -1           /* instead of a flow: the bytes are a whole Ethernet frame, without FCS */
typedef struct hp_tx_flow {
  uint32_t address;      /* multicast or unicast */
  uint32_t port;
  uint32_t source_address; /* 0 = that of the Port */
  uint32_t source_port;
  uint32_t ttl;          /* 0 = 1 for multicast, 64 else */
  uint32_t has_mac;      /* mac is the destination's; else from the group, or by ARP */
  uint8_t mac[8];
} hp_tx_flow;

/* ---- what the kernel tells about a network interface, for `hairpin ports` -----------------------
 * Each group is there when its bit in `told` is; else the driver or this kernel does not say. */
#define HP_NIC_TOLD_DRIVER 1     /* driver, bus */
#define HP_NIC_TOLD_STAMPS 2     /* stamping, tx_types, rx_filters, clock */
#define HP_NIC_TOLD_QUEUES 4     /* queues, queues_max */
#define HP_NIC_TOLD_RING 8       /* ring, ring_max */
#define HP_NIC_TOLD_PROGRAM 16   /* xdp_attached, xdp_program */
#define HP_NIC_TOLD_XDP 32       /* xdp_features */
typedef struct hp_nic {
  uint32_t told;         /* HP_NIC_TOLD_* */
  uint32_t stamping;     /* SOF_TIMESTAMPING_* of linux/net_tstamp.h */
  uint32_t tx_types;     /* bit n: HWTSTAMP_TX_n */
  uint32_t rx_filters;   /* bit n: HWTSTAMP_FILTER_n */
  int32_t clock;         /* n of /dev/ptpn, -1 = none */
  uint32_t queues;       /* receive queues in use */
  uint32_t queues_max;
  uint32_t ring;         /* receive frames in use */
  uint32_t ring_max;
  uint32_t xdp_attached; /* XDP_ATTACHED_* of linux/if_link.h: 0 none, 1 driver, 2 generic, 3 card, 4 several */
  uint32_t xdp_program;  /* id of the program */
  uint32_t xdp_features; /* NETDEV_XDP_ACT_* of linux/netdev.h: 1 runs programs, 2 redirects, 8 zero copy */
  uint8_t driver[32];
  uint8_t bus[32];       /* usually the PCI address */
} hp_nic;

/* ---- ring Port: packets between processes or threads, one producer, one consumer ---------------
 *
 *   | header: producer line 128 B | consumer line 128 B | data: power-of-two bytes ............ |
 *
 * A frame is `u32 length, u32 line, double rx_ns`, then the payload, padded to 8 bytes. A length of
 * HP_RING_WRAP says: go on at offset 0. Cursors are byte counts modulo 2^32. */
#define HP_RING_WRAP 0xffffffff
typedef struct hp_ring {
  uint32_t magic;
  uint32_t abi;
  uint32_t data_size;      /* power of two, bytes */
  uint32_t head;           /* producer's cursor: bytes published */
  uint32_t drops;          /* frames the producer could not place */
  uint32_t pad0[27];
  uint32_t tail;           /* consumer's cursor: bytes released */
  uint32_t pad1[31];
} hp_ring;

/* ---- pipe: the far end of a TCP Stream, in caller memory ---------------------------------------
 *
 *   | cursors 128 B | sent: 65536 B, stream -> caller | answers: 65536 B, caller -> stream |
 *
 * What hp_tcp_send takes is copied to `sent`, what hp_tcp_recv gives comes from `answers`. Cursors
 * are byte counts modulo 2^32; one thread moves all of them. For warm-up, like a played Port. */
#define HP_PIPE_DATA 65536
typedef struct hp_pipe {
  uint32_t sent_head;      /* stream: bytes sent */
  uint32_t sent_tail;      /* caller: bytes taken */
  uint32_t answer_head;    /* caller: bytes answered */
  uint32_t answer_tail;    /* stream: bytes received */
  uint32_t pad0[28];
  uint8_t sent[HP_PIPE_DATA];
  uint8_t answers[HP_PIPE_DATA];
} hp_pipe;

/* ---- TCP Stream: options -----------------------------------------------------------------------
 * Arguments of hp_tcp_open_with. IPv4 addresses in host byte order. */
#define HP_TCP_QUICK_ACK 1     /* TCP_QUICKACK, armed again after each receive: Linux clears it */
#define HP_TCP_STAMPS 2        /* receive and send stamps, see hp_tcp_stamps */
#define HP_TCP_ACCELERATE 4    /* look whether Onload has taken it over, and what it can do then */
#define HP_TCP_MUST 8          /* with ACCELERATE: not taken over = HP_ENOTACCEL, not a byte sent */
#define HP_TCP_FLAGS 15        /* all of them */

/* Options that a connection can do without: refused ones (rights, or a preloaded library that does
 * not know them) are told, not failed on. */
#define HP_TCP_REFUSED_BUSY_POLL 1
#define HP_TCP_REFUSED_QUICK_ACK 2
#define HP_TCP_REFUSED_KEEPALIVE 4
#define HP_TCP_REFUSED_USER_TIMEOUT 8

typedef struct hp_tcp_config {
  uint32_t address;
  uint32_t port;
  uint32_t local_address;    /* 0 = the system's choice */
  uint32_t flags;            /* HP_TCP_QUICK_ACK.. */
  uint32_t busy_poll_us;     /* SO_BUSY_POLL, 0 = off */
  uint32_t keep_idle_s;      /* TCP_KEEPIDLE, 0 = no keepalive */
  uint32_t keep_interval_s;  /* TCP_KEEPINTVL, 0 = the system's */
  uint32_t keep_count;       /* TCP_KEEPCNT, 0 = the system's */
  uint32_t user_timeout_ms;  /* TCP_USER_TIMEOUT: unacknowledged for so long ends it; 0 = off */
  uint32_t refused;          /* out: HP_TCP_REFUSED_* */
  uint8_t device[16];        /* interface that it is bound to (SO_BINDTODEVICE), "" = any */
} hp_tcp_config;

/* Filled by hp_tcp_stamps_read: stamps of the bytes received last and sent last, ns since session
 * start on the wall clock, and who made them. */
#define HP_STAMP_NONE 0
#define HP_STAMP_KERNEL 1
#define HP_STAMP_NIC 2
typedef struct hp_tcp_stamps {
  double rx_ns;
  double tx_ns;
  double tx_bytes;           /* bytes of the stream that had left at tx_ns, counted from its start */
  int32_t rx_source;         /* HP_STAMP_* */
  int32_t tx_source;
} hp_tcp_stamps;

/* ---- control block: one segment per appliance --------------------------------------------------
 * One writer per word; the writer is named at each group. Kill bits are the one exception: any
 * party may OR a bit in, only `arm` (through control) clears them. Groups keep 128 bytes apart. */
#define HP_KILL_SIGNAL 1
#define HP_KILL_CLI 2
#define HP_KILL_GUARD 4
#define HP_KILL_ENGINE 8       /* impossible state */
#define HP_KILL_STRATEGY 16    /* a strategy threw */
#define HP_KILL_LOSS 32        /* max loss */
#define HP_KILL_JOURNAL 64     /* the journal ring is full or broken */
#define HP_KILL_ORPHAN 128     /* the launcher died */
#define HP_KILL_DROP_COPY 256  /* a difference with a drop copy, on_difference = "kill" */

#define HP_STATE_STARTING 0
#define HP_STATE_RECOVERING 1
#define HP_STATE_WARMING 2
#define HP_STATE_DISARMED 3
#define HP_STATE_ARMED 4
#define HP_STATE_KILLED 5
#define HP_STATE_STOPPED 6

typedef struct hp_control {
  /* the process that creates the segment, once */
  uint32_t magic;
  uint32_t abi;
  uint32_t epoch;            /* run number of this session date, 1.. ; part of every ClOrdID */
  uint32_t engine_count;
  uint32_t feed_count;
  uint32_t session_count;
  uint32_t config_hash;
  uint32_t launcher_pid;
  double session_start_s;    /* start of the session date, Unix seconds */
  double clock_ns_per_tick;
  double clock_start_ns;     /* ns since session start at tick zero below */
  uint64_t clock_start_tsc;
  uint8_t pad0[64];
  /* anyone, atomically */
  uint32_t kill;             /* HP_KILL_* bits; non-zero = killed */
  uint32_t stop;             /* non-zero = stop in good order */
  uint32_t kill_reason;      /* of HP_KILL_ENGINE, told before its bit: src/core/kill-reasons.ts, 0 = none */
  uint32_t kill_session;     /* what it came by: the session, */
  uint32_t kill_type;        /* its message's type or ExecType, up to four characters, little-endian, */
  uint32_t kill_seq;         /* and its number */
  uint32_t pad1[26];
  /* control */
  uint32_t control_pid;
  uint32_t control_beat;     /* grows while control lives */
  uint32_t arm_request;      /* grows with each arm command */
  uint32_t disarm_request;
  uint32_t kill_ack;
  uint32_t wall_seq;         /* sequence lock over wall_offset_ns; odd while writing */
  double wall_offset_ns;     /* wall time minus hp_clock_ns */
  uint32_t pad2[24];
  /* guard */
  uint32_t guard_pid;
  uint32_t guard_beat;
  uint32_t guard_generation; /* grows when a guard starts: engines hand their sockets over again */
  uint32_t guard_sockets;    /* sockets held now */
  uint32_t guard_trips;
  uint32_t guard_reason;     /* 1 stalled, 2 dead, 3 kill not obeyed */
  uint32_t pad3[26];
} hp_control;

/* One per [[engine]], in the control segment behind hp_control. The engine writes it. */
typedef struct hp_engine {
  uint32_t state;            /* HP_STATE_* */
  uint32_t beat;             /* grows every turn (stored every 64th) */
  uint32_t pid;
  uint32_t tid;
  int32_t core;              /* -1 = not pinned */
  uint32_t pinned;           /* 1 when the affinity mask is exactly that core */
  uint32_t realtime;         /* 1 = SCHED_FIFO */
  uint32_t pages;            /* HP_PAGES_* of the arena */
  uint32_t arm_seen;         /* last arm_request obeyed */
  uint32_t guard_seen;       /* last guard_generation served */
  uint32_t fault;            /* status code of the last fault, 0 = none */
  uint32_t ready;            /* sessions logged on */
  double turns;
  double session_ns;         /* hp_clock_ns at the last stored beat */
  double realized;           /* P&L in currency */
  double unrealized;
  double fees;
  double exposure;
  double position_shares;    /* sum of |position| */
  double open_orders;
  uint32_t evicted;          /* tasks moved off the core */
  uint32_t collections;      /* garbage collections seen on this engine's heap; the launcher writes it */
  uint32_t book_full;        /* instruments whose book hit a capacity limit */
  uint8_t fault_text[128];   /* why a strategy was stopped: UTF-8, NUL-padded, "" = none */
  uint32_t pad0[1];
  double counters[256];      /* meaning: src/core/counters.ts */
  uint32_t latency[2048];    /* log-linear histogram, ns: packet in arena -> order handed to send */
  uint32_t wire[2048];       /* receive stamp -> send returned */
  uint32_t turn[2048];       /* ns of a turn that did work */
} hp_engine;

/* One per feed. The engine writes the first 128 bytes and the books, control what is between. */
typedef struct hp_feed {
  uint32_t state;            /* FEED_* of src/core/codes.ts */
  uint32_t gap_seq;          /* grows with each (re)request */
  double gap_from;           /* first sequence wanted */
  double gap_to;             /* one past the last; 0 = no gap */
  double next_seq;
  uint8_t session[16];       /* 10 bytes used: its name, or its number where it has none */
  double messages;
  double gaps;
  double recovered;          /* messages applied from re-request */
  double lost;               /* messages given up */
  double stale_ns;           /* time spent not live */
  double packets_a;
  double packets_b;
  double duplicates;
  double last_ns;
  uint32_t pad0[2];
  /* control */
  uint32_t gap_served;       /* gap_seq last taken up */
  uint32_t requests;         /* request packets sent */
  uint32_t replies;
  uint32_t timeouts;
  uint32_t pad1[12];
  /* engine, counted in slices */
  uint32_t books_kept;       /* instruments of the feed; 0 = not counted yet */
  uint32_t books_stale;      /* those that wait for a snapshot, or for what heals them */
  uint32_t books_untrusted;  /* those with any flag: stale, over capacity, inexact */
  uint32_t pad2[13];
} hp_feed;

/* One per order session. The engine writes it. */
typedef struct hp_session {
  uint32_t state;            /* SESSION_* of src/core/codes.ts */
  uint32_t next_out;         /* next MsgSeqNum to send */
  uint32_t next_in;          /* next MsgSeqNum expected */
  uint32_t connects;
  uint32_t logons;
  uint32_t resends_asked;    /* ResendRequests we sent */
  uint32_t resends_served;   /* ResendRequests we answered */
  uint32_t rejects;
  uint32_t garbled;
  uint32_t backpressure;
  uint32_t socket;           /* descriptor number in the engine, 0 = none */
  uint32_t ends;             /* connections that ended, tries that failed too */
  uint8_t reason[80];        /* why the last one did: printable ASCII, NUL-padded, "" = in good order */
} hp_session;

/* A difference with a drop copy that stands; hp_drop_copy has the first of them. */
#define HP_DIFFERENCES_MAX 8
typedef struct hp_difference {
  uint32_t kind;             /* DIFFERENCE_* of src/core/codes.ts, 0 = none */
  uint32_t instrument;       /* 0xffffffff = the drop copy names none that we know */
  uint32_t exec_id_lo;       /* 64-bit hash of ExecID, as in hp_jr_exec; 0 0 = not of one execution */
  uint32_t exec_id_hi;
  double ours_qty;           /* signed: below zero = sold */
  double ours_px;            /* currency; 0 = none */
  double theirs_qty;
  double theirs_px;
  uint8_t symbol[24];        /* texts are NUL-padded, and cut to fit */
  uint8_t order_id[24];      /* ClOrdID (11) when it is one of ours */
  uint8_t exec_id[24];       /* ExecID (17) as the drop copy told it, "" = it did not */
  uint32_t pad0[2];
} hp_difference;

/* One per session, used where the session is a drop copy. The engine writes it. */
typedef struct hp_drop_copy {
  uint32_t is_used;
  uint32_t version;          /* sequence lock over all that follows; odd while writing */
  uint32_t action;           /* ON_DIFFERENCE_* of src/core/codes.ts */
  uint32_t own;              /* executions told of orders of ours */
  uint32_t others;           /* of other orders */
  uint32_t repeated;         /* told before */
  uint32_t matched;          /* executions that agree */
  uint32_t waiting;          /* told by one side so far, and not late yet */
  uint32_t differing;        /* differences that stand */
  uint32_t found;            /* differences ever */
  uint32_t compared;         /* comparisons of an instrument's sums */
  uint32_t pad0[21];
  hp_difference difference[8];
} hp_drop_copy;

/* One per Port that an engine reads: those of kernel sockets by feed, then those of devices. The engine
 * writes it; link, speed and drops are renewed by its process's main thread. */
#define HP_PORTS_MAX 64
#define HP_PORTS_OF_DEVICES 16 /* the first of those */
typedef struct hp_port {
  hp_port_stats stats;
  uint32_t is_used;
  uint32_t engine;
  uint32_t flags;            /* HP_PORT_IS_ZERO_COPY, ... of hp_port_info */
  int32_t numa_node;
  uint32_t queue;
  uint32_t mtu;
  uint32_t frames;
  uint32_t pad0[1];
  uint8_t name[32];          /* texts are NUL-padded, and cut to fit */
  uint8_t device[64];
  uint8_t driver[32];
  uint8_t mode[64];
} hp_port;

/* ---- journal ring: one per engine, in /dev/shm -------------------------------------------------
 *
 *   | header 512 B | data: power-of-two bytes ................................................ |
 *
 * Records are 8-byte aligned and never wrap: HP_JR_PAD fills the end. A record is written whole,
 * its `length` last (release store), then `head` moves. Cursors are byte counts modulo 2^32. */
#define HP_JOURNAL_DATA 512
typedef struct hp_journal {
  uint32_t magic;
  uint32_t abi;
  uint32_t data_size;
  uint32_t epoch;
  uint32_t engine;
  uint32_t pad0[27];
  uint32_t head;             /* engine: bytes written */
  uint32_t next_number;      /* engine: number of the next record */
  uint32_t pad1[30];
  uint32_t tail;             /* control: bytes drained to disk */
  uint32_t durable;          /* control: bytes safely on disk (fsync) */
  uint32_t broken;           /* control: status code when the disk failed, 0 = none */
  uint32_t pad2[29];
  uint32_t pad3[32];
} hp_journal;

/* Header of every record, 32 bytes; the body follows. */
typedef struct hp_record {
  uint32_t length;           /* bytes with header, multiple of 8; stored last; 0 = nothing here yet */
  uint16_t type;             /* HP_JR_* */
  uint16_t engine;
  uint32_t number;           /* grows by one per record of this engine, over the session date */
  uint32_t check;            /* journal/check.ts over all words but length and check */
  double time_ns;            /* engine clock, ns since session start */
  uint32_t epoch;
  uint32_t reserved;
} hp_record;

#define HP_JR_PAD 0
#define HP_JR_INTENT 1         /* an order message about to be sent: hp_jr_intent + FIX bytes */
#define HP_JR_SENT 2           /* send() took all of it: hp_jr_sent */
#define HP_JR_NOT_SENT 3       /* send() took none of it; MsgSeqNum is free again: hp_jr_sent */
#define HP_JR_EXEC 4           /* execution report or cancel reject applied: hp_jr_exec */
#define HP_JR_SESSION_OUT 5    /* an administrative message about to be sent: hp_jr_session + bytes */
#define HP_JR_SESSION_IN 6     /* an inbound message without order effect consumed: hp_jr_session */
#define HP_JR_SESSION_RESET 7  /* sequence numbers set: hp_jr_session */
#define HP_JR_STATE 8          /* armed, disarmed, killed, stopped: hp_jr_state */
#define HP_JR_FATE 9           /* fate of an order decided by recovery: hp_jr_fate */
#define HP_JR_START 10         /* an engine started: hp_jr_state */
#define HP_JR_DENY 11          /* the gate said no: hp_jr_deny */
#define HP_JR_FEED 12          /* feed changed state: hp_jr_feed */
#define HP_JR_POSITION 13      /* start-of-day position: hp_jr_position */
#define HP_JR_DEFER 14         /* bytes of a message wait behind a full socket: hp_jr_sent */
#define HP_JR_COPY 15          /* an execution told by a drop copy: hp_jr_copy */
#define HP_JR_DIFFERENCE 16    /* a difference with a drop copy begins or ends: hp_jr_difference */

/* kind of an intent */
#define HP_INTENT_NEW 1
#define HP_INTENT_CANCEL 2
#define HP_INTENT_REPLACE 3
#define HP_INTENT_MASS_CANCEL 4
#define HP_INTENT_STATUS 5

typedef struct hp_jr_intent {
  uint32_t kind;             /* HP_INTENT_* */
  uint32_t session;
  uint32_t msg_seq;          /* MsgSeqNum of the message */
  uint32_t slot;
  uint32_t generation;       /* of the ClOrdID of this message */
  uint32_t orig_generation;  /* of the OrigClOrdID, 0 = none */
  uint32_t instrument;
  int32_t side;              /* SIDE_* */
  int32_t qty;               /* new order or replace: order quantity */
  int32_t px;                /* in the instrument's price unit */
  uint32_t flags;            /* ORDER_* flags */
  uint32_t bytes;            /* length of the FIX message that follows */
} hp_jr_intent;

typedef struct hp_jr_sent {
  uint32_t session;
  uint32_t msg_seq;
  uint32_t slot;             /* 0xffffffff for administrative messages */
  uint32_t bytes;
} hp_jr_sent;

/* Everything of an inbound order message that changes state, so that folding the record again through
 * the same state machine gives the same state. */
#define HP_EXEC_REPORT 0
#define HP_EXEC_CANCEL_REJECT 1
#define HP_EXEC_POSS_DUP 1
#define HP_EXEC_OURS 2         /* the id carries our prefix */
#define HP_EXEC_INEXACT 4      /* a price or quantity did not divide or fit */
typedef struct hp_jr_exec {
  uint32_t session;
  uint32_t msg_seq;
  uint32_t slot;             /* 0xffffffff when it belongs to no slot */
  uint32_t generation;       /* of the ClOrdID it carries */
  uint32_t orig_generation;
  uint32_t event;            /* ORDER_EVENT_* that it became */
  uint32_t instrument;       /* 0xffffffff = unknown */
  int32_t side;
  int32_t last_qty;
  int32_t last_px;
  int32_t cum_qty;
  int32_t leaves_qty;
  int32_t order_qty;
  int32_t px;
  uint32_t exec_id_lo;       /* 64-bit hash of ExecID, for replays */
  uint32_t exec_id_hi;
  uint32_t ref_id_lo;        /* of ExecRefID (bust, correct) */
  uint32_t ref_id_hi;
  uint32_t venue_id[6];      /* OrderID (37), 24 bytes, NUL padded */
  uint32_t exec_type;        /* FIX 150 character */
  uint32_t ord_status;       /* FIX 39 character */
  uint32_t message;          /* HP_EXEC_REPORT or HP_EXEC_CANCEL_REJECT */
  uint32_t liquidity;        /* LastLiquidityInd (851): 1 added, 2 removed, 0 not told */
  uint32_t reason;           /* OrdRejReason (103) or CxlRejReason (102), 0xffffffff = absent */
  uint32_t flags;            /* HP_EXEC_* bits below; bits 8-15: CxlRejResponseTo (434) as a number */
} hp_jr_exec;

typedef struct hp_jr_session {
  uint32_t session;
  uint32_t msg_seq;          /* of this message */
  uint32_t msg_type;         /* up to four characters, little-endian */
  uint32_t next_out;         /* after it */
  uint32_t next_in;          /* after it */
  uint32_t bytes;            /* bytes that follow, 0 = none */
} hp_jr_session;

typedef struct hp_jr_state {
  uint32_t state;            /* HP_STATE_* */
  uint32_t kill;             /* HP_KILL_* */
  uint32_t config_hash;
  uint32_t detail;           /* why the engine killed: src/core/kill-reasons.ts, 0 = it did not */
} hp_jr_state;

typedef struct hp_jr_fate {
  uint32_t session;
  uint32_t msg_seq;
  uint32_t slot;
  uint32_t generation;
  uint32_t fate;             /* ORDER_EVENT_NEVER_REACHED, ... */
  uint32_t reserved;
} hp_jr_fate;

typedef struct hp_jr_deny {
  uint32_t instrument;
  int32_t side;
  int32_t qty;
  int32_t px;
  int32_t code;              /* DENY_* */
  uint32_t flags;
} hp_jr_deny;

typedef struct hp_jr_feed {
  uint32_t feed;
  uint32_t state;
  double next_seq;
  double gap_to;
} hp_jr_feed;

typedef struct hp_jr_position {
  uint32_t instrument;
  int32_t qty;
  double cost;               /* price units times quantity */
} hp_jr_position;

/* Everything of a copied execution that changes state: flags are HP_EXEC_*. */
typedef struct hp_jr_copy {
  uint32_t session;          /* that it came by */
  uint32_t msg_seq;
  uint32_t slot;             /* 0xffffffff when the id is not ours */
  uint32_t generation;       /* of the ClOrdID it carries */
  uint32_t instrument;       /* 0xffffffff = unknown */
  int32_t side;
  int32_t last_qty;
  int32_t last_px;
  uint32_t exec_id_lo;       /* 64-bit hash of ExecID, as the order session makes it */
  uint32_t exec_id_hi;
  uint32_t ref_id_lo;        /* of ExecRefID (bust, correct) */
  uint32_t ref_id_hi;
  uint32_t exec_type;        /* FIX 150 character */
  uint32_t liquidity;
  uint32_t flags;
  uint32_t ord_status;       /* FIX 39 character */
  uint32_t exec_id[6];       /* ExecID (17), 24 bytes, NUL padded */
} hp_jr_copy;

typedef struct hp_jr_difference {
  uint32_t session;          /* the drop copy */
  uint32_t kind;             /* DIFFERENCE_* of src/core/codes.ts */
  uint32_t is_open;          /* 1 = it begins, 0 = it has ended */
  uint32_t instrument;
  uint32_t exec_id_lo;       /* 0 0 = not of one execution */
  uint32_t exec_id_hi;
  uint32_t slot;
  uint32_t generation;
  int32_t ours_px;
  int32_t theirs_px;
  double ours_qty;           /* signed */
  double theirs_qty;
} hp_jr_difference;

/* ---- functions ------------------------------------------------------------------------------- */

/* library */
int32_t hp_abi_version(void);
int32_t hp_last_errno(void);

/* clock: invariant TSC scaled to ns since session start. init calibrates (about 20 ms) and returns
 * HP_ENOTSC without an invariant TSC; adopt takes the figures another process put in the control
 * block, so that all processes of an appliance share one time scale. */
int32_t hp_clock_init(double session_start_s);
int32_t hp_clock_export(hp_control *control);
int32_t hp_clock_adopt(const hp_control *control);
double hp_clock_ns(void);
double hp_clock_wall_ns(void); /* CLOCK_REALTIME minus session start; a system call at worst */

/* memory. flags: bit 0 = lock, bit 1 = touch every page, bit 2 = ask for huge pages.
 * shm: bit 3 = create (fails with HP_EEXIST), bit 4 = open or create. Space is reserved with
 * fallocate, so a full /dev/shm is HP_ENOSPC here and never SIGBUS later. */
#define HP_MEM_LOCK 1
#define HP_MEM_TOUCH 2
#define HP_MEM_HUGE 4
#define HP_SHM_CREATE 8
#define HP_SHM_OPEN_OR_CREATE 16
int32_t hp_arena_alloc(double bytes, int32_t flags, hp_region *out);
int32_t hp_shm_open(const char *name, double bytes, int32_t flags, hp_region *out);
int32_t hp_shm_unlink(const char *name);
int32_t hp_region_free(hp_region *region);
int32_t hp_memory_lock_all(void); /* MCL_CURRENT|MCL_FUTURE|MCL_ONFAULT */

/* threads and cores */
int32_t hp_core_count(void);                 /* configured, not online */
int32_t hp_core_online(int32_t core);        /* 1, 0, or HP_ENOCORE */
int32_t hp_thread_tid(void);
int32_t hp_thread_pin(int32_t core);
int32_t hp_thread_pinned(int32_t core);      /* 1 when the mask is exactly this core */
int32_t hp_thread_fifo(int32_t priority);    /* HP_EUNSAFE unless sched_rt_runtime_us is -1 */
int32_t hp_process_evict(int32_t core);      /* other tasks of this process off the core: count */
int32_t hp_process_avoid(const int32_t *cores, int32_t count); /* whole process off these cores */
int32_t hp_parent_death_signal(int32_t signo);
int32_t hp_pause(void);                      /* one PAUSE instruction */
int32_t hp_sleep_us(int32_t us);

/* signals: an async-signal-safe handler ORs `bits` into the word at `address` */
int32_t hp_signal_or(int32_t signo, double address, int32_t bits);
int32_t hp_signal_restore(int32_t signo);
int32_t hp_atomic_or(double address, int32_t bits); /* returns the old value */

/* UDP Port on kernel sockets */
int32_t hp_udp_open(const hp_udp_config *config);
int32_t hp_udp_rx_burst(int32_t port);       /* descriptors filled, 0..HP_BURST_MAX */
int32_t hp_udp_rx_release(int32_t port);
/* Sending, as by a packet Port (below): one connected socket per flow. The kernel finds the neighbour, so
 * that tx_flow never says HP_EAGAIN; groups leave by the flow's source address, or by the first line's
 * interface, and come back to this host's own readers. HP_TX_RAW, and a flow of a played Port:
 * HP_ENOTSUP. tx_stamp: the first call turns stamps on and tells 0. */
int32_t hp_udp_tx_flow(int32_t port, const hp_tx_flow *flow);
int32_t hp_udp_tx(int32_t port, int32_t flow, int32_t offset, int32_t length);
double hp_udp_tx_stamp(int32_t port);
int32_t hp_udp_close(int32_t port);

/* network interfaces. HP_ENOENT when there is none of that name; what is not told is no failure. */
int32_t hp_nic_query(const char *name, hp_nic *out);

/* packet Ports; B is packet and xdp in this library, dpdk and exanic in libraries of their own, which
 * have hp_B_abi_version too. A handle belongs to one thread; refresh may be called by any.
 *
 *   open      a handle, or a status with info->why
 *   rx_burst  descriptors filled, 0..HP_BURST_MAX; they stand until release
 *   tx_flow   index for tx, HP_EAGAIN while the neighbour is being asked for (ask again later), HP_ENOSPC
 *   tx        sends tx[offset, +length) as one UDP payload (flow) or frame (HP_TX_RAW): HP_OK, HP_EAGAIN
 *             when there is no room now, HP_EINVAL when it can never go
 *             (both: HP_ENOTSUP by a played Port)
 *   tx_stamp  when the last frame sent left, ns since session start; 0 = not told (yet)
 *   refresh   renews link, speed and drops in the statistics */
int32_t hp_packet_open(const hp_port_config *config, hp_port_info *info);
int32_t hp_packet_rx_burst(int32_t port);
int32_t hp_packet_rx_release(int32_t port);
int32_t hp_packet_tx_flow(int32_t port, const hp_tx_flow *flow);
int32_t hp_packet_tx(int32_t port, int32_t flow, int32_t offset, int32_t length);
double hp_packet_tx_stamp(int32_t port);
int32_t hp_packet_refresh(int32_t port);
int32_t hp_packet_close(int32_t port);

int32_t hp_xdp_open(const hp_port_config *config, hp_port_info *info);
int32_t hp_xdp_rx_burst(int32_t port);
int32_t hp_xdp_rx_release(int32_t port);
int32_t hp_xdp_tx_flow(int32_t port, const hp_tx_flow *flow);
int32_t hp_xdp_tx(int32_t port, int32_t flow, int32_t offset, int32_t length);
double hp_xdp_tx_stamp(int32_t port);
int32_t hp_xdp_refresh(int32_t port);
int32_t hp_xdp_close(int32_t port);

/* DPDK's drivers that need libraries of the host are in an object of their own, with handles from here
 * on, so that a handle says which object it is of. */
#define HP_DPDK_MORE_HANDLE 1024
int32_t hp_dpdk_abi_version(void);
int32_t hp_dpdk_open(const hp_port_config *config, hp_port_info *info);
int32_t hp_dpdk_rx_burst(int32_t port);
int32_t hp_dpdk_rx_release(int32_t port);
int32_t hp_dpdk_tx_flow(int32_t port, const hp_tx_flow *flow);
int32_t hp_dpdk_tx(int32_t port, int32_t flow, int32_t offset, int32_t length);
double hp_dpdk_tx_stamp(int32_t port);
int32_t hp_dpdk_refresh(int32_t port);
int32_t hp_dpdk_close(int32_t port);

int32_t hp_exanic_abi_version(void);
int32_t hp_exanic_open(const hp_port_config *config, hp_port_info *info);
int32_t hp_exanic_rx_burst(int32_t port);
int32_t hp_exanic_rx_release(int32_t port);
int32_t hp_exanic_tx_flow(int32_t port, const hp_tx_flow *flow);
int32_t hp_exanic_tx(int32_t port, int32_t flow, int32_t offset, int32_t length);
double hp_exanic_tx_stamp(int32_t port);
int32_t hp_exanic_refresh(int32_t port);
int32_t hp_exanic_close(int32_t port);

/* An ExaNIC's own ways to send. preload writes a whole frame into the card ahead of time; fire writes
 * tx[offset, +length) over its payload from byte `at` on, mends the checksum, and sends it; any other
 * send forgets it (fire: HP_EAGAIN). warm does all that tx does, up to but excluding the doorbell. */
int32_t hp_exanic_tx_preload(int32_t port, int32_t flow, int32_t offset, int32_t length);
int32_t hp_exanic_tx_fire(int32_t port, int32_t at, int32_t offset, int32_t length);
int32_t hp_exanic_tx_warm(int32_t port, int32_t flow, int32_t offset, int32_t length);
/* From now on open means, in this thread, the software card at that path; "" or NULL: /dev/exanicN. A
 * port behind a colon, as in a device's name, is left out. */
int32_t hp_exanic_use_card(const char *path);

/* The software card, a library of its own: an ExaNIC as the driver shows it, in a sparse file that this
 * or another process opens by hp_exanic_use_card. A card belongs to one thread, besides its own.
 *
 *   open      lays the file out (HP_EEXIST when a living card has it) and starts the device's thread
 *   deliver   a frame without FCS comes in at a port; status: HP_EXACARD_OK, ... as the card tells it
 *   take      the next frame that a port has sent: its length, HP_EAGAIN, HP_ENOSPC when it is longer
 *   set       HP_EXACARD_LOOP, ... of a port, or of the card whatever `port` is
 *   counter   HP_EXACARD_SENT, ...
 *   close     ends the thread, unlinks the file; clients find their card gone */
#define HP_EXACARD_PORTS_MAX 4
#define HP_EXACARD_OK 0
#define HP_EXACARD_ABORTED 1
#define HP_EXACARD_CORRUPT 2
#define HP_EXACARD_OVERFLOW 3
#define HP_EXACARD_LOOP 0           /* port that hears what this one sends; -1 = nobody, see take */
#define HP_EXACARD_ENABLED 1        /* 0 = the port is switched off */
#define HP_EXACARD_FILTER_RULES 2   /* rules that a port has */
#define HP_EXACARD_HOLD 3           /* 1 = the transmitter stands still */
#define HP_EXACARD_FILTER_BUFFERS 4 /* card: buffers that each port has, 0..4; before clients come */
#define HP_EXACARD_CLOCK_HZ 5       /* card: before clients come */
#define HP_EXACARD_CLOCK_AT 6       /* card: the clock stands still at that many ticks; -1 = it runs */
#define HP_EXACARD_CLOCK_IN 7       /* card: 0 info page, 1 registers, 2 nowhere */
#define HP_EXACARD_GONE 8           /* card: 1 = every register reads as ones */
#define HP_EXACARD_INTERFACE 9      /* index of the kernel's interface that the driver tells, 0 = none */
#define HP_EXACARD_SENT 0           /* frames that left the port */
#define HP_EXACARD_DELIVERED 1      /* frames put into a receive ring */
#define HP_EXACARD_DROPPED 2        /* frames sent that nobody took in time */
#define HP_EXACARD_DOORBELLS 3      /* times that the device saw the doorbell rung */
#define HP_EXACARD_FAULTS 4         /* doorbells for what is no next frame of anybody */
#define HP_EXACARD_CLIENTS 5        /* card: clients that have it open */
int32_t hp_exacard_abi_version(void);
int32_t hp_exacard_open(const char *path, int32_t ports);
int32_t hp_exacard_deliver(int32_t card, int32_t port, double frame, int32_t length, int32_t status);
int32_t hp_exacard_take(int32_t card, int32_t port, double out, int32_t capacity);
int32_t hp_exacard_link(int32_t card, int32_t port, int32_t up);
int32_t hp_exacard_set(int32_t card, int32_t port, int32_t what, double value);
double hp_exacard_counter(int32_t card, int32_t port, int32_t what);
int32_t hp_exacard_close(int32_t card);

/* ring Port. open attaches to (or, with create, lays out) a ring inside caller memory. */
int32_t hp_ring_open(double address, double bytes, double desc, double stats, int32_t create);
int32_t hp_ring_rx_burst(int32_t ring);      /* desc offsets are relative to `address` */
int32_t hp_ring_rx_release(int32_t ring);
int32_t hp_ring_tx(int32_t ring, double payload, int32_t length, int32_t line, double rx_ns);
int32_t hp_ring_close(int32_t ring);

/* TCP Stream: non-blocking, Nagle off. open starts a connect and returns a handle at once.
 * open_pipe empties the hp_pipe at that address and gives a handle that is up and stays up until it
 * is closed; it has no descriptor (hp_tcp_fd: HP_EINVAL). The pipe outlives the handle.
 * A process has HP_TCP_MAX handles, listeners included. */
#define HP_TCP_MAX 1024
#define HP_TCP_CONNECTING 0
#define HP_TCP_UP 1
int32_t hp_tcp_open(int32_t address, int32_t port, int32_t local_address);
int32_t hp_tcp_open_pipe(double pipe);
int32_t hp_tcp_state(int32_t stream);        /* HP_TCP_*, or the status that ended it */
int32_t hp_tcp_bind_arena(int32_t stream, double rx, double tx); /* base addresses of the arenas */
int32_t hp_tcp_send(int32_t stream, int32_t offset, int32_t length); /* bytes taken, or HP_EAGAIN */
int32_t hp_tcp_recv(int32_t stream, int32_t offset, int32_t capacity);
int32_t hp_tcp_peek(int32_t stream, int32_t offset, int32_t capacity); /* as recv; bytes stay unread */
int32_t hp_tcp_fd(int32_t stream);
int32_t hp_tcp_close(int32_t stream);

/* TCP listener: a handle of the same table, non-blocking, SO_REUSEADDR; hp_tcp_state says
 * HP_TCP_LISTENING, hp_tcp_close ends it, and it takes no arena. address 0 = any, port 0 = the
 * system's choice. accept gives a stream that is up, or HP_EAGAIN; HP_ENOSPC when no handle was
 * free (the connection is closed then) or no descriptor (it waits). */
#define HP_TCP_LISTENING 2
int32_t hp_tcp_listen(int32_t address, int32_t port, int32_t backlog);
int32_t hp_tcp_accept(int32_t listener);
int32_t hp_tcp_local_port(int32_t handle);   /* of a stream or a listener; a pipe: HP_EINVAL */
double hp_tcp_peer(int32_t stream);          /* the other end, address * 65536 + port, or a status */

/* TCP Stream with options: as hp_tcp_open. probe opens nothing: it tries the options on a socket of
 * its own, and tells in `refused` what this host does not allow. Both want the address of an
 * hp_tcp_config; HP_EPERM or HP_ENOENT when the interface can't be bound to. */
int32_t hp_tcp_open_with(double config);
int32_t hp_tcp_probe(double config);
int32_t hp_tcp_stamps_read(int32_t stream, double out); /* HP_EINVAL without HP_TCP_STAMPS */

/* Onload: found in the process when libonload was preloaded, never linked. present: 1 or 0, which
 * says nothing about a connection. stack names the stack of the sockets that this thread opens from
 * now on, "" = they are the kernel's; spin turns spinning on or off for this thread; HP_ENOENT without libonload. accelerated: 1
 * when Onload drives this very connection, else 0. */
#define HP_STACK_NAME_MAX 8    /* bytes of a stack's name */
int32_t hp_onload_present(void);
int32_t hp_onload_stack(const char *name);
int32_t hp_onload_spin(int32_t on);
int32_t hp_onload_accelerated(int32_t stream);

/* A send of tx[offset ..] that goes all the way to the NIC and stops there: nothing is sent. Bytes
 * that went the way, or HP_EAGAIN when there is nothing to warm: no acceleration, or no support. */
int32_t hp_tcp_warm(int32_t stream, int32_t offset, int32_t length);

/* Delegated send: the caller puts the segment on the wire itself, by a Port of the same NIC.
 *   begin   writes the Ethernet frame that carries tx[offset .. offset + length) to `frame`, all
 *           checksums filled in. Its length, or HP_EAGAIN: hp_tcp_send is the way now.
 *   end     sent = length when the frame has left, 0 when it has not. Bytes taken, as hp_tcp_send
 *           says it; 0 sent: HP_EAGAIN, and hp_tcp_send is the way.
 * In between the stream is HP_TCP_DELEGATED: hp_tcp_send says HP_EAGAIN, tx must not change. Codes
 * of the preparation (0 = it was possible) are counted by stream; HP_TCP_DELEGATE_OTHER is for what
 * we refused ourselves: it fits into no single segment, or there is no acceleration. */
#define HP_TCP_DELEGATED 3
#define HP_TCP_DELEGATE_CODES 8
#define HP_TCP_DELEGATE_OTHER 7
int32_t hp_tcp_delegate_begin(int32_t stream, int32_t offset, int32_t length, double frame,
                              int32_t capacity);
int32_t hp_tcp_delegate_end(int32_t stream, int32_t sent);
int32_t hp_tcp_delegate_count(int32_t stream, int32_t code);

/* handing sockets to the guard: SCM_RIGHTS over a unix datagram socket */
int32_t hp_fd_listen(const char *path);      /* a bound, non-blocking descriptor, mode 0600 */
int32_t hp_fd_send(const char *path, int32_t fd, int32_t tag);
int32_t hp_fd_recv(int32_t listener, int32_t *tag); /* a descriptor, or HP_EAGAIN */
int32_t hp_fd_shutdown(int32_t fd);
int32_t hp_fd_close(int32_t fd);

/* a network of its own for the calling thread: it enters a new network namespace, in which `far` is one
 * end of a veth pair; the other end, `near`, is where the thread was. Both ends get their address and are
 * up. Needs CAP_SYS_ADMIN and CAP_NET_ADMIN. All of it goes when the thread's process does. */
int32_t hp_veth_namespace(const char *near, const char *far, int32_t near_address,
                          int32_t far_address, int32_t prefix);

/* files: the journal's disk side, called by control only */
int32_t hp_file_lock(const char *path);      /* exclusive lock: descriptor, or HP_EEXIST if taken */

#endif
