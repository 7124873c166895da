/* The other end of a TCP Stream: a listener on the loopback interface. */
#ifndef HAIRPIN_TCP_RIG_H
#define HAIRPIN_TCP_RIG_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "check.h"

#define LOOPBACK 0x7f000001

static int listener;
static uint32_t port;
static uint8_t rx[4096];

static inline void listen_open(void) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(LOOPBACK)}};
  socklen_t size = sizeof at;
  listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listener, (struct sockaddr *)&at, size) != 0 || listen(listener, 16) != 0) exit(2);
  getsockname(listener, (struct sockaddr *)&at, &size);
  port = ntohs(at.sin_port);
}

/* recv until something else than "nothing now". */
static inline int32_t recv_wait(int32_t stream) {
  int32_t got = HP_EAGAIN;
  for (int i = 0; i < 1000 && got == HP_EAGAIN; i++) {
    got = hp_tcp_recv(stream, 0, sizeof rx);
    if (got == HP_EAGAIN) hp_sleep_us(1000);
  }
  return got;
}

#endif
