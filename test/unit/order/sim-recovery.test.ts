/** Orders, the FIX session and the simulated venue together, killed and restored in the middle. */
import { expect, test } from "bun:test";
import { loadDictionary } from "../../../src/fix/dictionary/load.ts";
import { FixOrderSession } from "../../../src/fix/order/order-session.ts";
import { type Protocol, survivesCrashes } from "../../support/sim-run.ts";
import { QUIET } from "../../support/sim-venue.ts";

const dictionary = loadDictionary("FIX44");

const FIX: Protocol = {
  accept: (venue) => (transport) => venue.exchange.accept(transport),
  make: (parts) =>
    new FixOrderSession({
      ...parts,
      index: 0,
      dictionary,
      sessionStartS: Date.UTC(2026, 10, 20) / 1000,
      senderCompId: "HAIRPIN",
      targetCompId: "VENUE",
      idPrefix: "HP",
      heartbeatS: 30,
    }),
  upMs: 30,
};

test("after any crash no fate is unknown, no order is sent twice, and positions agree", () => {
  const { crashes, shares } = survivesCrashes(QUIET, FIX, 40, (run, report) => {
    expect(report).toMatchObject({
      nextIn: run.session.nextOut(),
      nextOut: run.session.nextIn(),
    });
  });
  expect(crashes).toBeGreaterThan(40);
  expect(shares).toBeGreaterThan(5000);
}, 30_000);
