/**
 * Any session of an engine, as the engine runs it: FixSession, FixOrderSession, OuchOrderSession. What
 * Orders and the gate ask of one that carries orders is OrderSession (fix/order/execution.ts).
 */
export interface EngineSession {
  readonly index: number;
  /** SESSION_*. */
  readonly state: number;
  /** Number of the next message sent, and of the next one expected. */
  nextOut(): number;
  nextIn(): number;
  /** DENY_JOURNAL when the journal is full beyond its reserve and nothing is sent any more; else 0. */
  fault(): number;
  /** Connects at the next poll, and again whenever the connection ends. */
  start(): void;
  /** One step; nowNs: the engine's clock. */
  poll(nowNs: number): void;
  /** Messages gather from here until release(); clock and receive stamp of the packet, 0 = none. */
  hold(burstNs: number, rxNs: number): void;
  release(nowNs: number): void;
  /** Ends in good order; DOWN until start(). */
  logout(): void;
  /** Closes at once. */
  stop(): void;
}
