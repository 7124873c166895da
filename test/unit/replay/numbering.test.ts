import { describe, expect, test } from "bun:test";
import type { FeedOptions } from "../../../src/engine/options.ts";
import { numberingOf } from "../../../src/replay/numbering.ts";
import { unit } from "../../support/pitch-bytes.ts";

const PITCH = { protocol: "pitch", pitch: { unit: 1 } } as unknown as FeedOptions;

describe("the numbers of units in a packet", () => {
  for (const length of [0, 1, 7]) {
    test(`are lowered past a header that says it is ${length} bytes long`, () => {
      const packet = new Uint8Array([...unit(1, 5, []), ...unit(1, 9, [])]);
      const view = new DataView(packet.buffer);
      view.setUint16(0, length, true);
      numberingOf(PITCH).lower!(view, 0, packet.length, 4);
      expect([view.getUint32(4, true), view.getUint32(12, true)]).toEqual([1, 5]);
    });
  }
});
