/** Counters of the loop itself: indices into hp_engine.counters. */
export const ENGINE_PACKETS = 192;
export const ENGINE_PORT_ERRORS = 193;
export const ENGINE_IDLE_TURNS = 194;
export const ENGINE_WARM_TURNS = 195;
export const ENGINE_ARMS = 196;
export const ENGINE_DISARMS = 197;
export const ENGINE_KILLS = 198;
export const ENGINE_SOCKETS_HANDED = 199;
export const ENGINE_RECOVERY_PACKETS = 200;
export const ENGINE_WARM_SENDS = 205;

export const ENGINE_COUNTER_NAMES: Record<number, string> = {
  [ENGINE_PACKETS]: "engine_packets",
  [ENGINE_PORT_ERRORS]: "engine_port_errors",
  [ENGINE_IDLE_TURNS]: "engine_idle_turns",
  [ENGINE_WARM_TURNS]: "engine_warm_turns",
  [ENGINE_ARMS]: "engine_arms",
  [ENGINE_DISARMS]: "engine_disarms",
  [ENGINE_KILLS]: "engine_kills",
  [ENGINE_SOCKETS_HANDED]: "engine_sockets_handed",
  [ENGINE_RECOVERY_PACKETS]: "engine_recovery_packets",
  [ENGINE_WARM_SENDS]: "engine_warm_sends",
};
