/* The program, instruction by instruction: no compiler on the host, no library.
 *
 *   Ethernet, up to two tags, IPv4, UDP, no fragment, destination address and port in the `lines` map
 *     -> to the socket of the receive queue, if there is one; everything else -> to the kernel
 *
 * It hangs on a bpf_link: the kernel takes it off when the last descriptor of the process is closed, so
 * a killed process leaves nothing behind. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "xdp-owner.h"
#include "xdp-program.h"
#include "xdp-socket.h"

#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif
#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

#define CODE_MAX 128

/* ---- assembling ------------------------------------------------------------------------------ */

typedef struct assembler {
  struct bpf_insn code[CODE_MAX];
  uint32_t count;
  uint32_t pass[24]; /* jumps to the end */
  uint32_t passes;
} assembler;

static void emit(assembler *a, uint32_t code, uint8_t to, uint8_t from, int16_t off, int32_t imm) {
  struct bpf_insn insn = {.code = (uint8_t)code, .off = off, .imm = imm};
  insn.dst_reg = (unsigned)to & 15u;
  insn.src_reg = (unsigned)from & 15u;
  a->code[a->count++] = insn;
}

static void load(assembler *a, uint32_t size, uint8_t to, uint8_t from, int16_t off) {
  emit(a, BPF_LDX | BPF_MEM | size, to, from, off, 0);
}

static void move(assembler *a, uint8_t to, uint8_t from) { emit(a, BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0); }

static void add(assembler *a, uint8_t to, int32_t value) { emit(a, BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, value); }

/* If `to` <op> value, leaves the packet to the kernel. */
static void pass_if(assembler *a, uint32_t op, uint8_t to, int32_t value) {
  a->pass[a->passes++] = a->count;
  emit(a, BPF_JMP | op | BPF_K, to, 0, 0, value);
}

/* Unless `length` bytes from register `from` on lie in the packet: r8 is its end. */
static void need(assembler *a, uint8_t from, int32_t length) {
  move(a, BPF_REG_1, from);
  add(a, BPF_REG_1, length);
  a->pass[a->passes++] = a->count;
  emit(a, BPF_JMP | BPF_JGT | BPF_X, BPF_REG_1, BPF_REG_8, 0, 0);
}

static void load_map(assembler *a, uint8_t to, int fd) {
  emit(a, BPF_LD | BPF_DW | BPF_IMM, to, BPF_PSEUDO_MAP_FD, 0, fd);
  emit(a, 0, 0, 0, 0, 0);
}

static void call(assembler *a, int32_t helper) { emit(a, BPF_JMP | BPF_CALL, 0, 0, 0, helper); }

/* r0 is the EtherType and r7 four bytes before it less 8: a tag moves both on. */
static void skip_tag(assembler *a) {
  emit(a, BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 3, htons(HP_TYPE_VLAN));
  emit(a, BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 2, htons(0x88a8));
  emit(a, BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 1, htons(0x9100));
  emit(a, BPF_JMP | BPF_JA, 0, 0, 5, 0);
  add(a, BPF_REG_7, 4);
  need(a, BPF_REG_7, HP_ETHERNET_BYTES);
  load(a, BPF_H, BPF_REG_0, BPF_REG_7, 12);
}

/* r9 = r7 and the IPv4 options: r0 is the header's length in words. By constants: to add a register to a
 * packet's address would take CAP_PERFMON, too. */
static void skip_options(assembler *a) {
  move(a, BPF_REG_9, BPF_REG_7);
  for (int words = 6; words <= 15; words++) {
    emit(a, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, 1, words);
    add(a, BPF_REG_9, (words - 5) * 4);
  }
}

/* r6 context, r7 the packet (moved on by its tags), r8 its end; the key of `lines` on the stack. */
static void assemble(assembler *a, int lines, int sockets) {
  move(a, BPF_REG_6, BPF_REG_1);
  load(a, BPF_W, BPF_REG_7, BPF_REG_6, 0); /* struct xdp_md: data, data_end, ..., rx_queue_index */
  load(a, BPF_W, BPF_REG_8, BPF_REG_6, 4);
  need(a, BPF_REG_7, HP_ETHERNET_BYTES);
  load(a, BPF_H, BPF_REG_0, BPF_REG_7, 12);
  skip_tag(a);
  skip_tag(a);
  pass_if(a, BPF_JNE, BPF_REG_0, htons(HP_TYPE_IPV4));
  need(a, BPF_REG_7, 14 + 20 + 8);
  load(a, BPF_B, BPF_REG_0, BPF_REG_7, 14 + 9);
  pass_if(a, BPF_JNE, BPF_REG_0, HP_PROTOCOL_UDP);
  load(a, BPF_H, BPF_REG_0, BPF_REG_7, 14 + 6);
  pass_if(a, BPF_JSET, BPF_REG_0, htons(0x3fff)); /* a fragment */
  load(a, BPF_W, BPF_REG_0, BPF_REG_7, 14 + 16);
  emit(a, BPF_STX | BPF_MEM | BPF_W, BPF_REG_10, BPF_REG_0, -8, 0);
  load(a, BPF_B, BPF_REG_0, BPF_REG_7, 14);
  move(a, BPF_REG_1, BPF_REG_0);
  emit(a, BPF_ALU64 | BPF_RSH | BPF_K, BPF_REG_1, 0, 0, 4);
  pass_if(a, BPF_JNE, BPF_REG_1, 4);
  emit(a, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_0, 0, 0, 15);
  pass_if(a, BPF_JLT, BPF_REG_0, 5);
  skip_options(a);
  need(a, BPF_REG_9, 14 + 20 + 8);
  load(a, BPF_H, BPF_REG_0, BPF_REG_9, 14 + 20 + 2);
  emit(a, BPF_STX | BPF_MEM | BPF_W, BPF_REG_10, BPF_REG_0, -4, 0);
  load_map(a, BPF_REG_1, lines);
  move(a, BPF_REG_2, BPF_REG_10);
  add(a, BPF_REG_2, -8);
  call(a, BPF_FUNC_map_lookup_elem);
  pass_if(a, BPF_JEQ, BPF_REG_0, 0);
  load(a, BPF_W, BPF_REG_2, BPF_REG_6, 16);
  load_map(a, BPF_REG_1, sockets);
  emit(a, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, XDP_PASS); /* when the queue has no socket */
  call(a, BPF_FUNC_redirect_map);
  emit(a, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
  for (uint32_t i = 0; i < a->passes; i++)
    a->code[a->pass[i]].off = (int16_t)(a->count - a->pass[i] - 1);
  emit(a, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, XDP_PASS);
  emit(a, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* ---- bpf(2) ---------------------------------------------------------------------------------- */

static int bpf(int command, union bpf_attr *attr) {
  return (int)syscall(SYS_bpf, command, attr, sizeof *attr);
}

static int map_make(uint32_t type, uint32_t key, uint32_t entries) {
  union bpf_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.map_type = type;
  attr.key_size = key;
  attr.value_size = 4;
  attr.max_entries = entries;
  strcpy(attr.map_name, "hairpin");
  return bpf(BPF_MAP_CREATE, &attr);
}

static int map_do(int command, int fd, const void *key, const void *value) {
  union bpf_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.map_fd = (uint32_t)fd;
  attr.key = (uintptr_t)key;
  attr.value = (uintptr_t)value;
  return bpf(command, &attr);
}

/* The name tells another hairpin who has the interface. */
static int program_load(const hp_xdp_program *program, uint32_t flags) {
  static const char LICENSE[] = "hairpin";
  assembler a = {.count = 0};
  assemble(&a, program->lines, program->sockets);
  union bpf_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.prog_type = BPF_PROG_TYPE_XDP;
  attr.expected_attach_type = BPF_XDP;
  attr.insns = (uintptr_t)a.code;
  attr.insn_cnt = a.count;
  attr.license = (uintptr_t)LICENSE;
  attr.prog_flags = flags;
  snprintf(attr.prog_name, sizeof attr.prog_name, "hairpin_%u", (unsigned)getpid() % 10000000u);
  return bpf(BPF_PROG_LOAD, &attr);
}

static int link_make(int program, int32_t index, uint32_t flags) {
  union bpf_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.link_create.prog_fd = (uint32_t)program;
  attr.link_create.target_ifindex = (uint32_t)index;
  attr.link_create.attach_type = BPF_XDP;
  attr.link_create.flags = flags;
  return bpf(BPF_LINK_CREATE, &attr);
}

/* ---- one program per interface --------------------------------------------------------------- */

static uint64_t network_of(const hp_netdev *dev) {
  uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  getsockopt(dev->fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size);
  return cookie;
}

/* Driver before generic, without frags before with them: a driver that takes both is quicker without.
 * errno as of the last try. */
static int attach(hp_xdp_program *program, const hp_netdev *dev, uint32_t flags, int frags) {
  for (int generic = flags & HP_PORT_GENERIC ? 1 : 0; generic < 2; generic++)
    for (int with = frags ? 1 : 0; with < 2; with++) {
      program->program = program_load(program, with ? BPF_F_XDP_HAS_FRAGS : 0);
      if (program->program < 0) continue;
      program->is_generic = generic;
      program->link = link_make(program->program, dev->index, generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);
      if (program->link >= 0) return 1;
      int error = errno;
      close(program->program);
      program->program = -1;
      errno = error;
      if (error == EBUSY || error == EEXIST || error == EPERM) return 0;
    }
  return 0;
}

static void program_close(hp_xdp_program *program) {
  if (program->link >= 0) close(program->link); /* detached here */
  if (program->program >= 0) close(program->program);
  if (program->lines >= 0) close(program->lines);
  if (program->sockets >= 0) close(program->sockets);
  program->users = 0;
}

static int32_t explain(const hp_netdev *dev, hp_port_info *info) {
  int error = errno;
  int32_t status = hp_fail_errno();
  if (status == HP_EPERM)
    return hp_port_refuse(info, status, "an XDP program needs CAP_BPF, CAP_NET_ADMIN and CAP_NET_RAW: run "
                                        "as root, or `setcap cap_net_raw,cap_net_admin,cap_bpf,cap_ipc_lock+ep hairpin`");
  if (hp_xdp_owner(dev->index, dev->name, info)) return HP_EBUSY;
  errno = error;
  return hp_port_refuse(info, error == ENODEV ? HP_EGONE : HP_ENOTSUP,
                        "%s (driver %s, mtu %u) takes no XDP program: %s; use driver = \"packet\"", dev->name,
                        dev->driver, dev->mtu, strerror(error));
}

static int32_t program_open(hp_xdp_program *program, const hp_netdev *dev, const hp_port_config *config,
                            hp_port_info *info) {
  const int frags = hp_xdp_is_jumbo(config->frame_size);
  program->network = network_of(dev);
  program->index = dev->index;
  program->program = program->link = program->lines = program->sockets = -1;
  program->lines = map_make(BPF_MAP_TYPE_HASH, 8, HP_PORT_LINES_MAX * HP_DEVICE_MAX);
  if (program->lines >= 0) program->sockets = map_make(BPF_MAP_TYPE_XSKMAP, 4, HP_XDP_QUEUES_MAX);
  if (program->sockets >= 0 && attach(program, dev, config->flags, frags)) return HP_OK;
  int32_t status = explain(dev, info);
  program_close(program);
  return status;
}

/* Adds `by` to the number of Ports that want each of the first `count` lines; the packets of a line with
 * none are the kernel's. How many were changed. */
static uint32_t lines_change(const hp_xdp_program *program, const hp_lines *lines, uint32_t count, int by) {
  for (uint32_t i = 0; i < count; i++) {
    uint32_t key[2] = {htonl((uint32_t)(lines->key[i] >> 16)), htons((uint16_t)lines->key[i])};
    uint32_t users = 0;
    map_do(BPF_MAP_LOOKUP_ELEM, program->lines, key, &users);
    users += (uint32_t)by;
    if (users == 0) map_do(BPF_MAP_DELETE_ELEM, program->lines, key, NULL);
    else if (map_do(BPF_MAP_UPDATE_ELEM, program->lines, key, &users) != 0) return i;
  }
  return count;
}

/* `count`: of the lines that were added. */
static void put(hp_xdp_program *program, const hp_lines *lines, uint32_t count, uint32_t queue) {
  program->queue[queue] = 0;
  if (--program->users == 0) program_close(program);
  else lines_change(program, lines, count, -1);
}

static hp_xdp_program *get(const hp_netdev *dev, const hp_lines *lines, const hp_port_config *config,
                           hp_port_info *info, int32_t *status) {
  uint64_t network = network_of(dev);
  hp_xdp_program *program = NULL;
  for (int i = HP_DEVICE_MAX - 1; i >= 0; i--) {
    hp_xdp_program *other = &hp_lib.xdp_program[i];
    if (other->users == 0 && (program == NULL || program->users == 0)) program = other;
    if (other->users > 0 && other->index == dev->index && other->network == network) program = other;
  }
  *status = program == NULL ? HP_ENOSPC : HP_OK;
  if (program == NULL) return NULL;
  if (program->users == 0) *status = program_open(program, dev, config, info);
  if (*status != HP_OK) return NULL;
  if (program->queue[config->queue]) {
    *status = hp_port_refuse(info, HP_EBUSY, "this process has queue %u of %s already", config->queue, dev->name);
    return NULL;
  }
  program->users++;
  program->queue[config->queue] = 1;
  uint32_t added = lines_change(program, lines, lines->count, 1);
  if (added == lines->count) return program;
  *status = hp_port_refuse(info, HP_ENOSPC, "the lines do not fit the program's table");
  put(program, lines, added, config->queue);
  return NULL;
}

hp_xdp_program *hp_xdp_program_get(const hp_netdev *dev, const hp_lines *lines, const hp_port_config *config,
                                   hp_port_info *info, int32_t *status) {
  hp_device_lock(&hp_lib.xdp_program_lock);
  hp_xdp_program *program = get(dev, lines, config, info, status);
  hp_device_unlock(&hp_lib.xdp_program_lock);
  return program;
}

int hp_xdp_program_serve(const hp_xdp_program *program, uint32_t queue, int socket) {
  return map_do(BPF_MAP_UPDATE_ELEM, program->sockets, &queue, &socket);
}

void hp_xdp_program_put(hp_xdp_program *program, const hp_lines *lines, uint32_t queue) {
  hp_device_lock(&hp_lib.xdp_program_lock);
  put(program, lines, lines->count, queue);
  hp_device_unlock(&hp_lib.xdp_program_lock);
}
