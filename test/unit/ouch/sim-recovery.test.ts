/** Orders, the OUCH session and the simulated venue together, killed and restored in the middle. */
import { expect, test } from "bun:test";
import { TableLedger } from "../../../src/order/table-ledger.ts";
import { OuchOrderSession } from "../../../src/ouch/ouch-order-session.ts";
import { TERMS } from "../../support/ouch-venue.ts";
import { type Protocol, type SimSession, SLOTS, survivesCrashes } from "../../support/sim-run.ts";
import { QUIET } from "../../support/sim-venue.ts";

const own = (session: SimSession) => session as OuchOrderSession;

const OUCH: Protocol = {
  accept: (venue) => (transport) => venue.exchange.acceptOuch(transport),
  make: (parts) =>
    new OuchOrderSession({
      ...parts,
      index: 0,
      slots: SLOTS,
      idPrefix: "HP",
      username: "ME",
      password: "secret",
      terms: TERMS,
    }),
  attach: (session, orders) => own(session).attach(new TableLedger(orders.table)),
  restore: (session, type, words, at) => own(session).restore(type, words, at),
  // A query without an answer holds it up until the venue has been quiet for two heartbeats.
  upMs: 4000,
};

const VENUE = { ...QUIET, ouch: { clients: [{ username: "ME", password: "secret" }] } };

test("after any crash no fate is unknown, no order is sent twice, and positions agree", () => {
  const { crashes, shares } = survivesCrashes(VENUE, OUCH, 60, (run, report) => {
    expect(report.nextOut).toBe(run.session.nextIn());
    // Cancels use up numbers that the venue never sees.
    expect(report.nextIn).toBeLessThanOrEqual(run.session.nextOut());
  });
  expect(crashes).toBeGreaterThan(40);
  expect(shares).toBeGreaterThan(5000);
}, 60_000);
