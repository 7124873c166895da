/** What the simulator publishes into a software card, as an engine's Port reads it. */
import { afterEach, describe, expect, test } from "bun:test";
import { HP_PORT_STATS__BAD_CHECKSUM_D, HP_PORT_STATS__MALFORMED_D } from "../../src/ffi/layout.ts";
import { parseIpv4 } from "../../src/net/address.ts";
import { DESC_LENGTH, DESC_LINE, DESC_OFFSET } from "../../src/net/desc.ts";
import { CardFeed } from "../../src/sim/card-feed.ts";
import { simOptionsSchema } from "../../src/sim/options.ts";
import { EXANIC_SKIPPED, openExanic } from "./exanic-rigs.ts";

const title = EXANIC_SKIPPED === undefined ? "" : ` (skipped: ${EXANIC_SKIPPED})`;

describe.skipIf(EXANIC_SKIPPED !== undefined)(`the simulator's card${title}`, () => {
  const open: { close(): void }[] = [];
  afterEach(() => {
    for (const thing of open.splice(0).reverse()) thing.close();
  });

  function start(cardPort: number) {
    const path = `/dev/shm/hairpin-test-${process.pid}-feed.card`;
    const feed = CardFeed.open(cardPort === 0 ? path : `${path}:${cardPort}`, options);
    open.push(feed);
    const lines = feed.lines.map(({ group, port }, line) => ({
      group: parseIpv4(group)!,
      port,
      iface: 0,
      feed: 0,
      line,
    }));
    const rig = openExanic({ lines, device: `${path}:${cardPort}` }, feed.card);
    open.push(rig);
    return { feed, port: rig.port };
  }
  const options = simOptionsSchema.parse({});

  test("every datagram arrives whole, by its line, with the right checksums", () => {
    const { feed, port } = start(0);
    for (let length = 0; length <= 1400; length += length < 50 ? 1 : 45) {
      const bytes = Uint8Array.from({ length }, (_, i) => (length * 131 + i * 29) & 255);
      feed.send(length & 1, bytes);
      expect(port.rxBurst()).toBe(1);
      const at = port.desc[DESC_OFFSET]!;
      expect(port.bytes.slice(at, at + port.desc[DESC_LENGTH]!)).toEqual(bytes);
      expect(port.desc[DESC_LINE]).toBe(length & 1);
    }
    expect(port.stats[HP_PORT_STATS__BAD_CHECKSUM_D]).toBe(0);
    expect(port.stats[HP_PORT_STATS__MALFORMED_D]).toBe(0);
    expect(feed.refused).toBe(0);
  });

  test("a byte that is altered on the way is noticed: the checksum is there", () => {
    const { feed, port } = start(0);
    feed.send(0, new Uint8Array(100));
    expect(port.rxBurst()).toBe(1);
    feed.card.frame[80]! ^= 1;
    feed.card.deliver(0, 142);
    expect(port.rxBurst()).toBe(0);
    expect(port.stats[HP_PORT_STATS__BAD_CHECKSUM_D]).toBe(1);
  });

  test("it delivers to the port that is named, and counts what a port that is down refuses", () => {
    const { feed, port } = start(1);
    feed.send(0, new Uint8Array(10));
    expect(port.rxBurst()).toBe(1);
    feed.card.link(1, false);
    feed.send(0, new Uint8Array(10));
    expect(port.rxBurst()).toBe(0);
    expect(feed.refused).toBe(1);
  });
});
