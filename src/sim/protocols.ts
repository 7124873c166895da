/** Protocols that the simulator publishes. */
export const SIM_PROTOCOLS = ["itch50", "pitch", "mdp3"] as const;
export type SimProtocol = (typeof SIM_PROTOCOLS)[number];
