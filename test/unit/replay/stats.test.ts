import { describe, expect, test } from "bun:test";
import { LeadStats } from "../../../src/replay/lead-stats.ts";
import { LineStats } from "../../../src/replay/line-stats.ts";
import { RateStats } from "../../../src/replay/rate-stats.ts";

describe("LineStats", () => {
  const play = (...packets: [seq: number, count: number, session?: string][]) => {
    const line = new LineStats();
    for (const [seq, count, session] of packets) line.packet(session ?? "S", seq, count, 10);
    return line.figures;
  };

  test("counts packets, messages, bytes and heartbeats", () => {
    expect(play([1, 2], [3, 1], [4, 0])).toEqual({
      packets: 3,
      messages: 3,
      bytes: 30,
      heartbeats: 1,
      gaps: 0,
      missing: 0,
      reordered: 0,
      duplicates: 0,
    });
  });

  test("a hole is a gap, a heartbeat shows it too, and a late packet closes it", () => {
    expect(play([1, 1], [5, 1])).toMatchObject({ gaps: 1, missing: 3 });
    expect(play([1, 1], [5, 0])).toMatchObject({ gaps: 1, missing: 3 });
    expect(play([1, 1], [5, 1], [2, 3])).toMatchObject({ gaps: 0, missing: 0, reordered: 1 });
  });

  test("a late packet in the middle of a hole leaves two", () => {
    expect(play([1, 1], [9, 1], [4, 2])).toMatchObject({ gaps: 2, missing: 5, reordered: 1 });
    expect(play([1, 1], [9, 1], [4, 2], [4, 2])).toMatchObject({ reordered: 1, duplicates: 1 });
  });

  test("what came before is a duplicate", () => {
    expect(play([1, 2], [1, 2], [3, 1])).toMatchObject({ duplicates: 1, gaps: 0, reordered: 0 });
  });

  test("counts messages apart from what is numbered, and what is not numbered at all", () => {
    const line = new LineStats();
    line.packet("S", 7, 1, 10, 5);
    line.unnumbered(2, 10);
    line.packet("S", 8, 1, 10, 3);
    expect(line.figures).toMatchObject({ packets: 3, messages: 10, bytes: 30, gaps: 0 });
  });

  test("another session starts where it starts", () => {
    expect(play([1, 2], [500, 1, "T"], [501, 1, "T"])).toMatchObject({ gaps: 0, missing: 0 });
  });
});

describe("LeadStats", () => {
  test("the line that brings a packet first leads by the time to the first copy", () => {
    const lead = new LeadStats();
    lead.packet(0, 1, 1000);
    lead.packet(1, 1, 1100);
    lead.packet(1, 2, 2000);
    lead.packet(0, 2, 2050);
    lead.packet(1, 3, 3000);
    lead.packet(0, 3, 3070);
    lead.packet(1, 4, 4000); // lost on the other line
    expect(lead.pairs).toBe(3);
    expect(lead.of(0)).toEqual({ led: 1, leadNsP50: 100, leadNsP99: 100 });
    expect(lead.of(1)).toEqual({ led: 2, leadNsP50: 50, leadNsP99: 70 });
    expect(lead.of(2)).toEqual({ led: 0, leadNsP50: 0, leadNsP99: 0 });
  });

  test("a repetition on the same line and a third copy lead nothing", () => {
    const lead = new LeadStats();
    lead.packet(0, 7, 10);
    lead.packet(0, 7, 20);
    expect(lead.pairs).toBe(0);
    lead.packet(1, 7, 30);
    lead.packet(2, 7, 40);
    expect(lead.pairs).toBe(1);
  });
});

describe("RateStats", () => {
  test("finds the fullest millisecond, and the rate between first and last", () => {
    const rate = new RateStats();
    for (const ns of [0, 1_000_000, 1_400_000, 1_999_999, 2_000_000, 4_000_000]) rate.add(ns);
    expect(rate).toMatchObject({ count: 6, peak: 3, peakNs: 1_000_000 });
    expect(rate.perS()).toBe(1500);
  });

  test("takes events a little out of order, and none at all", () => {
    const rate = new RateStats();
    expect(rate.perS()).toBe(0);
    for (const ns of [5_000_000, 4_999_999, 5_000_001, 4_000_000, 4_000_001]) rate.add(ns);
    expect(rate).toMatchObject({ peak: 3, peakNs: 4_000_000, firstNs: 4_000_000 });
  });
});
