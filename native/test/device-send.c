/* What a packet Port sends. */
#include "device-rig.h"

/* Both ends by the backend: what one builds, the other finds. */
static void flows_reach_the_other_end(void) {
  side *to = receiver(FRAME), *from = side_make(on, "va");
  from->config.frames = 64;
  side_open(from);
  hp_tx_flow flow = {GROUP_B, PORT + 1, 0, 4000, 0, 0, {0}};
  int32_t index = on->tx_flow(from->port, &flow);
  EQ(index, 0);
  for (uint32_t i = 0; i < 500; i++) {
    for (uint32_t k = 0; k < i; k++) from->tx[k] = (uint8_t)(k * 7 + i);
    int32_t status = HP_EAGAIN;
    for (int try = 0; try < 1000 && status == HP_EAGAIN; try++) status = on->tx(from->port, index, 0, (int32_t)i);
    EQ(status, HP_OK);
    EQ(burst(to), 1);
    check_payload(to, 0, i);
    EQ(to->desc[0].line, 1);
    to->by->rx_release(to->port);
  }
  EQ(from->stats.tx_packets, 500);
  EQ(to->stats.bad_checksum, 0);
  EQ(on->tx(from->port, 1, 0, 10), HP_EINVAL);
  EQ(on->tx(from->port, -2, 0, 10), HP_EINVAL);
  EQ(on->tx(from->port, index, -1, 10), HP_EINVAL);
  EQ(on->tx(from->port, index, 16380, 10), HP_EINVAL);
  EQ(on->tx(from->port, HP_TX_RAW, 0, 13), HP_EINVAL);
  flow.port = 0;
  EQ(on->tx_flow(from->port, &flow), HP_EINVAL);
  flow.port = 1;
  for (int i = 1; i < HP_TX_FLOWS_MAX; i++) EQ(on->tx_flow(from->port, &flow), i);
  EQ(on->tx_flow(from->port, &flow), HP_ENOSPC);
  side_free(from);
  side_free(to);
}

static void a_neighbour_is_asked_for(void) {
  run("ip addr add 10.77.0.1/24 dev va");
  side *from = side_make(on, "va");
  side_open(from);
  hp_tx_flow flow = {0x0a4d0009, PORT, 0, 4000, 0, 0, {0}};
  EQ(on->tx_flow(from->port, &flow), HP_EAGAIN);
  run("ip neigh replace 10.77.0.9 lladdr 02:00:00:00:00:09 dev va nud reachable");
  EQ(on->tx_flow(from->port, &flow), 0);
  flow.address = 0x0a4e0009; /* another network, and no gateway */
  EQ(on->tx_flow(from->port, &flow), HP_EREFUSED);
  run("ip addr del 10.77.0.1/24 dev va");
  side_free(from);
}

static void stamps_are_told(void) {
  side *to = receiver(FRAME), *from = side_make(on, "va");
  side_open(from);
  hp_tx_flow flow = {GROUP, PORT, SOURCE, 4000, 0, 0, {0}};
  EQ(on->tx_flow(from->port, &flow), 0);
  EQ(on->tx_stamp(from->port), 0); /* from here on they are kept */
  hp_clock_init(0);
  double before = hp_clock_wall_ns();
  EQ(on->tx(from->port, 0, 0, 10), HP_OK);
  EQ(on->tx(from->port, 0, 0, 10), HP_OK);
  CHECK(burst(to) > 0);
  double after = hp_clock_wall_ns();
  if (to->info.flags & HP_PORT_STAMPS_RX_KERNEL) {
    EQ(to->desc[0].flags, HP_RX_STAMP_KERNEL);
    CHECK(to->desc[0].rx_ns >= before - 1e6 && to->desc[0].rx_ns <= after + 1e6);
  } else EQ(to->desc[0].rx_ns, 0);
  double stamp = on->tx_stamp(from->port);
  if (from->info.flags & HP_PORT_STAMPS_TX_KERNEL) {
    CHECK(stamp >= before - 1e6 && stamp <= after + 1e6);
    EQ(on->tx_stamp(from->port), stamp);
    run("ip link set vb down"); /* a send that fails may or may not have used up a number */
    EQ(on->tx(from->port, 0, 0, 10), HP_EAGAIN);
    run("ip link set vb up");
    for (int i = 0; i < 200 && on->tx(from->port, 0, 0, 10) != HP_OK; i++) usleep(10000);
    EQ(on->tx_stamp(from->port), 0);
    EQ(on->tx(from->port, 0, 0, 10), HP_OK);
    CHECK(on->tx_stamp(from->port) > stamp);
  } else EQ(stamp, 0);
  side_free(from);
  side_free(to);
}

static void a_port_without_memory_to_send_from_sends_nothing(void) {
  side *s = receiver_make(FRAME);
  s->config.tx = 0;
  s->config.tx_size = 0;
  side_open(s);
  const hp_tx_flow flow = {.address = GROUP, .port = PORT, .source_address = SOURCE};
  EQ(s->by->tx_flow(s->port, &flow), 0);
  EQ(s->by->tx(s->port, 0, 0, 0), HP_EINVAL);
  EQ(s->by->tx(s->port, HP_TX_RAW, 0, 60), HP_EINVAL);
  side_free(s);
}

static void suite(void) {
  RUN(flows_reach_the_other_end);
  RUN(a_neighbour_is_asked_for);
  RUN(stamps_are_told);
  RUN(a_port_without_memory_to_send_from_sends_nothing);
}

int main(int argc, char **argv) { return on_every_backend(argc, argv, suite); }
