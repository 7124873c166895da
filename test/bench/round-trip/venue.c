/* The least that a venue can be: a FIX 4.4 acceptor that answers each NewOrderSingle with one
 * prepared ExecutionReport, a fill of just the order that the contestants send. What a round trip
 * against it takes over the ping-pong is the client's, but for some 100 ns.
 *
 *   venue PORT CORE
 *
 * One client, whose non-blocking socket is asked until it has something, as in the ping-pong's poll
 * mode; core -1 = anywhere. Answers Logon and TestRequest, takes no notice of Heartbeats, and reads
 * nothing but 9, 35, 34, 11 and 112. A number that is not the next, or a message that it does not
 * know, ends it: exit 1. Exit 2: usage; 0: the client has gone. Prints "listening" when it does. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "round-trips.h"

#define SOH '\1'
#define INBOX_BYTES 65536
#define MESSAGE_BYTES 512
/* FIX lets numbers begin with zeros: fields of one width stay where they are. */
#define SEQ_DIGITS 8
#define TIME_BYTES 21
#define TRAILER_BYTES 7
#define BEGIN "8=FIX.4.4\0019="
#define BEGIN_BYTES 12

/* One that is sent again and again: what changes is written over. */
typedef struct message {
  char text[MESSAGE_BYTES];
  size_t length;
  char *seq, *sending_time;
  /* Of a report; behind the last digit of numbers that grow by one. */
  char *cl_ord_id, *transact_time;
  char *order_id_end, *exec_id_end;
  size_t id_length;
} message;

static char inbox[INBOX_BYTES];
static char next_out[SEQ_DIGITS + 1] = "00000001";
static char time_text[TIME_BYTES + 1];
static time_t time_s;
static long expected_seq = 1;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void refuse(const char *what) {
  fprintf(stderr, "venue: %s\n", what);
  exit(1);
}

static void count_up(char *end) {
  while (*--end == '9') *end = '0';
  ++*end;
}

static void fill_in(message *m, const char *cl_ord_id) {
  memcpy(m->cl_ord_id, cl_ord_id, m->id_length);
  memcpy(m->transact_time, time_text, TIME_BYTES);
  count_up(m->order_id_end);
  count_up(m->exec_id_end);
}

/* UTC by the kernel's last tick: right to a few ms, at a few ns. Most of it changes once a second. */
static void tell_time(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (now.tv_sec != time_s) {
    struct tm parts;
    time_s = now.tv_sec;
    gmtime_r(&time_s, &parts);
    strftime(time_text, sizeof time_text, "%Y%m%d-%H:%M:%S.000", &parts);
  }
  unsigned ms = (unsigned)(now.tv_nsec / 1000000);
  time_text[18] = (char)('0' + ms / 100);
  time_text[19] = (char)('0' + ms / 10 % 10);
  time_text[20] = (char)('0' + ms % 10);
}

/* Where the value of `field` ("|11=") begins, while fields still end with `|`; NULL without it. */
static char *value_of(message *m, const char *field) {
  char *at = strstr(m->text, field);
  return at == NULL ? NULL : at + strlen(field);
}

static char *end_of(char *value) {
  return value == NULL ? NULL : strchr(value, '|');
}

/* The message of this type and body, whose fields are given with `|` for SOH. */
static void compose(message *m, const char *type, const char *format, ...) {
  char body[MESSAGE_BYTES], more[MESSAGE_BYTES / 2];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(more, sizeof more, format, arguments);
  va_end(arguments);
  int bytes = snprintf(body, sizeof body, "35=%s|34=%s|49=EXCHANGE|52=%s|56=HAIRPIN|%s", type,
                       next_out, time_text, more);
  int length = snprintf(m->text, sizeof m->text, "8=FIX.4.4|9=%d|%s10=000|", bytes, body);
  if (length >= MESSAGE_BYTES) refuse("an answer is too long");
  m->length = (size_t)length;
  m->seq = value_of(m, "|34=");
  m->sending_time = value_of(m, "|52=");
  m->cl_ord_id = value_of(m, "|11=");
  m->transact_time = value_of(m, "|60=");
  m->order_id_end = end_of(value_of(m, "|37="));
  m->exec_id_end = end_of(value_of(m, "|17="));
  for (int i = 0; i < length; i++) {
    if (m->text[i] == '|') m->text[i] = SOH;
  }
}

/* Number, time and sum first. */
static void dispatch(int fd, message *m) {
  memcpy(m->seq, next_out, SEQ_DIGITS);
  count_up(next_out + SEQ_DIGITS);
  memcpy(m->sending_time, time_text, TIME_BYTES);
  size_t summed = m->length - TRAILER_BYTES;
  uint32_t sum = 0;
  for (size_t i = 0; i < summed; i++) sum += (uint8_t)m->text[i];
  sum &= 255;
  m->text[summed + 3] = (char)('0' + sum / 100);
  m->text[summed + 4] = (char)('0' + sum / 10 % 10);
  m->text[summed + 5] = (char)('0' + sum % 10);
  for (size_t sent = 0; sent < m->length;) {
    ssize_t took = send(fd, m->text + sent, m->length - sent, MSG_NOSIGNAL);
    if (took > 0) sent += (size_t)took;
    else if (took < 0 && errno != EAGAIN) fail("send");
  }
}

/* The value of a tag ("11=") and how long it is, behind `from`. Every field ends before `end`. */
static const char *find(const char *from, const char *end, const char *tag, size_t *length) {
  size_t tag_bytes = strlen(tag);
  while (from + tag_bytes < end) {
    const char *stop = memchr(from, SOH, (size_t)(end - from));
    if (stop == NULL) break;
    if (memcmp(from, tag, tag_bytes) == 0) {
      *length = (size_t)(stop - from) - tag_bytes;
      return from + tag_bytes;
    }
    from = stop + 1;
  }
  refuse("a field is missing");
  return NULL;
}

static void answer_order(int fd, const char *id, size_t length) {
  static message report;
  if (report.id_length != length) {
    /* The values of test/bench/fix-messages.ts, for the first instrument. */
    compose(&report, "8",
            "37=V1000000|17=E1000000|11=%.*s|150=F|39=2|55=AAPL|54=1|38=100|44=101.5000|32=100|"
            "31=101.5000|151=0|14=100|6=101.5000|60=%s|851=1|",
            (int)length, id, time_text);
    report.id_length = length;
  }
  fill_in(&report, id);
  dispatch(fd, &report);
}

/* The message whose MsgType (35) begins at `from`, and whose fields end at `end`. */
static void answer(int fd, const char *from, const char *end) {
  message reply;
  size_t length = 0;
  char type = *from;
  if (from[1] != SOH) refuse("a message of a kind that it does not know");
  const char *seq = find(from + 2, end, "34=", &length);
  if (strtol(seq, NULL, 10) != expected_seq++) refuse("a MsgSeqNum that is not the next");
  tell_time();
  if (type == 'D') {
    const char *id = find(seq + length + 1, end, "11=", &length);
    answer_order(fd, id, length);
  } else if (type == 'A') {
    compose(&reply, "A", "98=0|108=30|141=Y|");
    dispatch(fd, &reply);
  } else if (type == '1') {
    const char *id = find(from + 2, end, "112=", &length);
    compose(&reply, "0", "112=%.*s|", (int)length, id);
    dispatch(fd, &reply);
  } else if (type != '0') {
    refuse("a message of a kind that it does not know");
  }
}

/* Bytes of the whole message at `at`, 0 when more of it is to come. */
static size_t take_message(int fd, const char *at, size_t have) {
  if (have <= BEGIN_BYTES) return 0;
  if (memcmp(at, BEGIN, BEGIN_BYTES) != 0) refuse("no FIX 4.4");
  size_t body = 0, i = BEGIN_BYTES;
  while (i < have && at[i] != SOH) body = body * 10 + (size_t)(at[i++] - '0');
  if (body < 5 || body > INBOX_BYTES / 2) refuse("a BodyLength that can't be");
  size_t total = i + 1 + body + TRAILER_BYTES;
  if (have < total) return 0;
  const char *fields = at + i + 1;
  if (memcmp(fields, "35=", 3) != 0) refuse("no MsgType behind the BodyLength");
  answer(fd, fields + 3, fields + body);
  return total;
}

static void serve(int fd) {
  for (size_t have = 0;;) {
    ssize_t got = recv(fd, inbox + have, INBOX_BYTES - have, 0);
    if (got == 0) return;
    if (got < 0 && errno == ECONNRESET) return;
    if (got < 0 && errno != EAGAIN) fail("recv");
    if (got < 0) continue;
    have += (size_t)got;
    size_t used = 0, length;
    while ((length = take_message(fd, inbox + used, have - used)) > 0) used += length;
    memmove(inbox, inbox + used, have -= used);
  }
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fputs("usage: venue PORT CORE\n", stderr);
    return 2;
  }
  if (pin_to(atoi(argv[2])) != 0) fail("pin");
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int on = 1;
  struct sockaddr_in at = {.sin_family = AF_INET,
                           .sin_port = htons((uint16_t)atoi(argv[1])),
                           .sin_addr = {htonl(INADDR_LOOPBACK)}};
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&at, sizeof at) != 0) fail("bind");
  if (listen(listener, 1) != 0) fail("listen");
  puts("listening");
  fflush(stdout);
  int fd = accept(listener, NULL, NULL);
  if (fd < 0) fail("accept");
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) fail("TCP_NODELAY");
  if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0) fail("O_NONBLOCK");
  serve(fd);
  return 0;
}
