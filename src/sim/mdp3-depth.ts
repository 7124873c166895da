/** Levels of each side that the simulator tells by MDP 3.0. */
export const MDP3_DEPTH = 10;
