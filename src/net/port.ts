/**
 * A Port receives packets. It owns one arena, a native region mapped once, and one table of
 * HP_BURST_MAX descriptors (`hp_rx_desc`, hairpin.h). Nothing is copied or allocated per packet.
 *
 *   const n = port.rxBurst();
 *   for (let i = 0; i < n; i++) feed.onPacket(port, i);   // reads port.desc*, port.bytes/view
 *   if (n !== 0) port.rxRelease();
 *
 * Every backend looks the same to the feed: offset and length are those of the UDP payload.
 */
export interface Port {
  readonly name: string;
  /** The arena, three ways. Mapped once, never subarrayed per packet. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Descriptor table as words: index = i * DESC_WORDS + DESC_OFFSET | DESC_LENGTH | ... */
  readonly desc: Uint32Array;
  /** The same table as doubles: index = i * DESC_DOUBLES + DESC_RX_NS. */
  readonly descTime: Float64Array;
  /** hp_port_stats as doubles. */
  readonly stats: Float64Array;
  /** Fills the table; the number of packets, 0..64, or a negative status code. One FFI call. */
  rxBurst(): number;
  /** Gives the frames of the last burst back. */
  rxRelease(): void;
  close(): void;
}
