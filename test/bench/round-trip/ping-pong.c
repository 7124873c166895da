/* The least that a round trip over TCP can cost: bytes there and bytes back on loopback, one at a time,
 * nothing read of them. Prints one line of JSON (round-trips.h).
 *
 *   ping-pong poll|block REQUEST REPLY WARM COUNT CLIENT_CORE SERVER_CORE
 *
 * REQUEST and REPLY are bytes of a message, cores -1 = anywhere. poll: both sides ask their non-blocking
 * socket until it has something; block: both wait in recv(). Nagle is off. The server is a process of
 * its own, forked before either is pinned. Exit 2: usage; 1: a call failed. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "round-trips.h"

#define MESSAGE_MAX 65536

static uint8_t message[MESSAGE_MAX];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

/* Exactly so many bytes in; 0 at the end of the stream. */
static int take(int fd, size_t length) {
  for (size_t have = 0; have < length;) {
    ssize_t got = recv(fd, message + have, length - have, 0);
    if (got > 0) have += (size_t)got;
    else if (got == 0) return 0;
    else if (errno != EAGAIN) fail("recv");
  }
  return 1;
}

static void put(int fd, size_t length) {
  for (size_t sent = 0; sent < length;) {
    ssize_t took = send(fd, message + sent, length - sent, MSG_NOSIGNAL);
    if (took > 0) sent += (size_t)took;
    else if (took < 0 && errno != EAGAIN) fail("send");
  }
}

static void prepare(int fd, int polls) {
  const int on = 1;
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) fail("TCP_NODELAY");
  if (polls && fcntl(fd, F_SETFL, O_NONBLOCK) != 0) fail("O_NONBLOCK");
}

static void serve(int listener, int polls, size_t request, size_t reply) {
  int fd = accept(listener, NULL, NULL);
  if (fd < 0) fail("accept");
  prepare(fd, polls);
  while (take(fd, request)) put(fd, reply);
  exit(0);
}

int main(int argc, char **argv) {
  if (argc != 8) {
    fputs("usage: ping-pong poll|block REQUEST REPLY WARM COUNT CLIENT_CORE SERVER_CORE\n", stderr);
    return 2;
  }
  const int polls = strcmp(argv[1], "poll") == 0;
  const long request = atol(argv[2]), reply = atol(argv[3]), warm = atol(argv[4]);
  const long count = atol(argv[5]);
  if (request < 1 || request > MESSAGE_MAX || reply < 1 || reply > MESSAGE_MAX || count < 1) return 2;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof at;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&at, size) != 0 || listen(listener, 1) != 0) fail("listen");
  getsockname(listener, (struct sockaddr *)&at, &size);
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (pin_to(atoi(argv[child == 0 ? 7 : 6])) != 0) fail("pin");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    serve(listener, polls, (size_t)request, (size_t)reply);
  }
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, (struct sockaddr *)&at, size) != 0) fail("connect");
  prepare(fd, polls);
  int64_t *ns = malloc((size_t)count * sizeof *ns);
  for (long i = -warm; i < count; i++) {
    int64_t start = now_ns();
    put(fd, (size_t)request);
    if (!take(fd, (size_t)reply)) fail("the server has gone");
    if (i >= 0) ns[i] = now_ns() - start;
  }
  print_figures(ns, count, request, reply);
  free(ns);
  return 0;
}
