/* Lines to queues: one rule per line, destination address and port to the Port's queue. What has no rule
 * comes by queue 0. With one queue everything comes there, and there is nothing to say. */
#include <rte_flow.h>

#include "dpdk.h"

static struct rte_flow *rule_make(uint16_t id, uint16_t queue, const hp_port_line *line) {
  struct rte_flow_attr attr = {.ingress = 1};
  struct rte_flow_item_ipv4 ip = {
      .hdr.dst_addr = rte_cpu_to_be_32(line->group != 0 ? line->group : line->iface)};
  struct rte_flow_item_ipv4 ip_mask = {.hdr.dst_addr = 0xffffffff};
  struct rte_flow_item_udp udp = {.hdr.dst_port = rte_cpu_to_be_16((uint16_t)line->port)};
  struct rte_flow_item_udp udp_mask = {.hdr.dst_port = 0xffff};
  struct rte_flow_item pattern[] = {
      {.type = RTE_FLOW_ITEM_TYPE_ETH},
      {.type = RTE_FLOW_ITEM_TYPE_IPV4, .spec = &ip, .mask = &ip_mask},
      {.type = RTE_FLOW_ITEM_TYPE_UDP, .spec = &udp, .mask = &udp_mask},
      {.type = RTE_FLOW_ITEM_TYPE_END},
  };
  struct rte_flow_action_queue to = {.index = queue};
  struct rte_flow_action actions[] = {
      {.type = RTE_FLOW_ACTION_TYPE_QUEUE, .conf = &to},
      {.type = RTE_FLOW_ACTION_TYPE_END},
  };
  struct rte_flow_error error;
  return rte_flow_create(id, &attr, pattern, actions, &error);
}

int32_t hp_steer(hp_dpdk_port *port) {
  const hp_device *device = port->device;
  if (device->queue_count == 1 || !device->steers) return HP_OK;
  for (uint32_t i = 0; i < port->lines.count; i++) {
    struct rte_flow *rule = rule_make(port->id, port->queue, &port->lines.line[i]);
    if (rule != NULL) {
      port->rule[port->rule_count++] = rule;
      continue;
    }
    hp_steer_stop(port);
    return HP_ENOTSUP;
  }
  return HP_OK;
}

void hp_steer_stop(hp_dpdk_port *port) {
  struct rte_flow_error error;
  while (port->rule_count > 0) rte_flow_destroy(port->id, port->rule[--port->rule_count], &error);
}
