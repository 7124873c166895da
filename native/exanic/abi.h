/* What an ExaNIC and its kernel driver look like from a process: facts of the public driver's
 * interface (exanic-software 2.7), shared by our client and by the software card.
 *
 * A device /dev/exanicN is a space of pages to map, and a few ioctls:
 *
 *   page      0  registers, 32-bit words        page     256  feedback, one uint16 per slot
 *             3  info page (clock)                  512 + 512p  receive ring of port p
 *             8  transmit memory               2560 + 512b  receive ring b of the filter buffers
 *
 * A receive ring is 16,384 chunks of 128 bytes. The card writes a chunk's payload, then its trailer;
 * the generation says in which lap. Nothing holds the card back: it overtakes a slow reader. */
#ifndef HAIRPIN_EXANIC_ABI_H
#define HAIRPIN_EXANIC_ABI_H

#include <assert.h>
#include <stdint.h>
#include <sys/ioctl.h>

#define EXA_PAGE 4096u
#define EXA_REGISTERS_PAGE 0
#define EXA_REGISTERS_SIZE (2 * EXA_PAGE)
#define EXA_INFO_PAGE 3
#define EXA_TX_PAGE 8
#define EXA_FEEDBACK_PAGE 256
#define EXA_RX_PAGE 512
#define EXA_RX_PAGE_HIGH 557056 /* instead of EXA_RX_PAGE from port 4 on */
#define EXA_FILTER_PAGE 2560
#define EXA_PORTS_MAX 8

/* ---- registers: indices of words ------------------------------------------------------------- */
#define EXA_REG_INTERFACE 0 /* version of all this: 1 */
#define EXA_REG_FUNCTION 8
#define EXA_REG_TIME 9
#define EXA_REG_TICK_HZ 13
#define EXA_REG_CAPS 14
#define EXA_REG_TIME_HIGH 15
#define EXA_CAP_TIME_HIGH 0x100
#define EXA_FUNCTION_NIC 0
#define EXA_FUNCTION_DEVKIT 3
#define EXA_FUNCTION_GRANDMASTER 4
/* A PCI read that nobody answers. */
#define EXA_NOBODY 0xffffffffu

#define EXA_PORT_REG(port, reg) (0x80u + (port) * 16u + (reg))
#define EXA_PORT_ENABLED 0
#define EXA_PORT_SPEED 1 /* Mbit/s */
#define EXA_PORT_STATUS 2
#define EXA_PORT_MAC 3 /* last three bytes, the first in the low byte */
#define EXA_PORT_DOORBELL 8
#define EXA_PORT_SENT_TIME 11 /* low 32 bits: first byte of the last frame on the wire */
#define EXA_PORT_MAC_VENDOR 12
#define EXA_STATUS_LINK 0x8
#define EXA_STATUS_RX_TIME_BAD 0x20
#define EXA_STATUS_TX_TIME_BAD 0x40
#define EXA_STATUS_NO_RX 0x1000000
#define EXA_STATUS_NO_TX 0x2000000
#define EXA_STATUS_NO_PORT 0x80000000u

#define EXA_STAT_REG(port, reg) (0x100u + (port) * 16u + (reg))
#define EXA_STAT_TX 1
#define EXA_STAT_RX 2
#define EXA_STAT_RX_ERROR 4
#define EXA_STAT_RX_DROPPED 5

/* ---- receive --------------------------------------------------------------------------------- */
#define EXA_RING_SIZE (2u << 20)
#define EXA_CHUNK_SIZE 128
#define EXA_CHUNK_PAYLOAD 120
#define EXA_CHUNKS (EXA_RING_SIZE / EXA_CHUNK_SIZE)
#define EXA_FCS_BYTES 4 /* a received frame ends with them; one to send has none */

/* A chunk's last eight bytes, read and written in one piece:
 *   bits 0..31 ticks at the start of the frame, 32..39 status, 40..47 length (0 = full, more follow),
 *   48..55 number of the rule that matched, 56..63 generation
 * Status and length are those of the frame's last chunk; a chunk never written has all ones. */
static inline uint32_t exa_trailer_ticks(uint64_t trailer) { return (uint32_t)trailer; }
static inline uint32_t exa_trailer_status(uint64_t trailer) { return (uint32_t)(trailer >> 32) & 15; }
static inline uint32_t exa_trailer_length(uint64_t trailer) { return (uint32_t)(trailer >> 40) & 255; }
static inline uint8_t exa_trailer_generation(uint64_t trailer) { return (uint8_t)(trailer >> 56); }

/* ---- transmit: memory of the card, cut into 64-byte lines ------------------------------------- */
#define EXA_TX_ALIGN 64u
#define EXA_TX_BYTES_PER_COMMAND 512u /* of transmit memory, for each frame under way */
#define EXA_FEEDBACK_SLOTS 256
#define EXA_FEEDBACK_NONE 0x8000 /* in `slot`: write no feedback */
#define EXA_TX_RAW 1
#define EXA_TX_PADDING 2 /* between the header and the frame, counted in `length` */

typedef struct exa_tx_chunk {
  uint16_t id;     /* written to the feedback slot when the chunk is done with */
  uint16_t slot;
  uint16_t length;
  uint8_t type;
  uint8_t flags;
} exa_tx_chunk;

/* ---- ioctls ---------------------------------------------------------------------------------- */
typedef struct exa_info {
  uint64_t tx_size;
  uint64_t filters_size;
  uint32_t filter_buffers; /* of each port */
  uint32_t ports;
  uint32_t reserved[2];
  int32_t interface[32];   /* index of the kernel's interface, 0 = none */
} exa_info;

typedef struct exa_tx_buffer {
  uint32_t port;
  uint32_t pad;
  uint64_t size;
  uint64_t offset;
} exa_tx_buffer;

typedef struct exa_feedback {
  uint32_t port;
  uint32_t slot;
} exa_feedback;

/* Addresses and ports in network order; 0 = any. */
typedef struct exa_ip_filter {
  uint32_t port;
  uint32_t id;
  uint32_t buffer;
  uint32_t source;
  uint32_t destination;
  uint16_t source_port;
  uint16_t destination_port;
  uint8_t protocol;
  uint8_t pad[3];
} exa_ip_filter;

#define EXA_ANY_BUFFER 0xffffffffu
typedef struct exa_filter_buffer {
  uint32_t port;
  uint32_t buffer;
} exa_filter_buffer;

#define EXA_IOCTL_INFO _IOR('x', 0xe0, exa_info)
#define EXA_IOCTL_TX_ALLOC _IOWR('x', 0xe2, exa_tx_buffer)
#define EXA_IOCTL_TX_FREE _IOW('x', 0xe3, exa_tx_buffer)
#define EXA_IOCTL_FEEDBACK_ALLOC _IOWR('x', 0xe4, exa_feedback)
#define EXA_IOCTL_FEEDBACK_FREE _IOW('x', 0xe5, exa_feedback)
#define EXA_IOCTL_FILTER_ADD_IP _IOWR('x', 0xe6, exa_ip_filter)
#define EXA_IOCTL_BUFFER_ALLOC _IOWR('x', 0xea, exa_filter_buffer)
#define EXA_IOCTL_BUFFER_FREE _IOW('x', 0xeb, exa_filter_buffer)

/* Of a socket, with an interface's name: which device and port it is. */
#define EXA_SIOC_WHICH 0x89f0
typedef struct exa_which {
  char device[16];
  uint16_t port;
  char reserved[14];
} exa_which;

static_assert(EXA_IOCTL_INFO == 0x80a078e0, "as the driver has it");
static_assert(EXA_IOCTL_TX_ALLOC == 0xc01878e2, "as the driver has it");
static_assert(EXA_IOCTL_TX_FREE == 0x401878e3, "as the driver has it");
static_assert(EXA_IOCTL_FEEDBACK_ALLOC == 0xc00878e4, "as the driver has it");
static_assert(EXA_IOCTL_FEEDBACK_FREE == 0x400878e5, "as the driver has it");
static_assert(EXA_IOCTL_FILTER_ADD_IP == 0xc01c78e6, "as the driver has it");
static_assert(EXA_IOCTL_BUFFER_ALLOC == 0xc00878ea, "as the driver has it");
static_assert(EXA_IOCTL_BUFFER_FREE == 0x400878eb, "as the driver has it");

/* Page of the receive ring of a port. */
static inline uint64_t exa_ring_page(uint32_t port) {
  return (port < 4 ? EXA_RX_PAGE : EXA_RX_PAGE_HIGH) + (uint64_t)port * (EXA_RING_SIZE / EXA_PAGE);
}

/* Page of the ring of filter buffer `buffer` of a port; `buffers`: that each port has. */
static inline uint64_t exa_filter_page(uint32_t port, uint32_t buffers, uint32_t buffer) {
  return EXA_FILTER_PAGE + ((uint64_t)port * buffers + buffer) * (EXA_RING_SIZE / EXA_PAGE);
}

#endif
