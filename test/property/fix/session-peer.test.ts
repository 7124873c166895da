/**
 * A session against a peer that says whatever it likes, in either role: after every turn the journal says
 * what the session knows, and no number is used for two messages.
 */
import { expect, test } from "bun:test";
import { SESSION_DOWN, SESSION_UP } from "../../../src/core/codes.ts";
import type { FixSessionOptions } from "../../../src/fix/session/options.ts";
import { emptyState, fold } from "../../../src/journal/recover.ts";
import { RingJournal } from "../../../src/journal/ring-journal.ts";
import { layoutRing, ringBytes } from "../../../src/journal/ring-layout.ts";
import { RingReader } from "../../../src/journal/ring-reader.ts";
import { FakePeer, field } from "../../support/fake-peer.ts";
import { diceOf } from "../../support/session-pair.ts";

const ROUNDS = 150 * Number(process.env["HAIRPIN_FUZZ"] ?? 1);
const STEPS = 120;
/** Turns in which the session was up, over all rounds. */
let ups = 0;
const RING_BYTES = 1 << 18;

function run(seed: number): string[] {
  const dice = diceOf(seed);
  const buffer = new ArrayBuffer(ringBytes(RING_BYTES));
  layoutRing(buffer, { dataBytes: RING_BYTES, engine: 0, epoch: 1, nextNumber: 1 });
  const journal = new RingJournal({ buffer, engine: 0, counters: new Float64Array(256) });
  const reader = new RingReader(buffer);
  const recovered = emptyState();
  const yes = (oneIn: number) => dice(oneIn) === 0;
  const options: Partial<FixSessionOptions> = {
    journal,
    role: yes(2) ? "acceptor" : "initiator",
    resend: yes(2) ? "replay" : "gap-fill",
    resendMaxAgeNs: 5e9,
    nextExpected: yes(2),
    resetOnLogon: yes(4),
    resetOnLogout: yes(4),
    resetOnDisconnect: yes(4),
    resendChunk: dice(4),
    heartbeatS: dice(3),
    lowSequence: yes(2) ? "logout" : "reject",
    sync: yes(2),
  };
  const peer = new FakePeer(options);
  const { session, clock } = peer;
  const found: string[] = [];
  let highest = 0;
  let resets = 0;
  peer.application.onSequencesReset = () => {
    resets++;
  };

  /** A number about what the session expects. */
  const number = () => Math.max(0, session.nextIn() + (yes(3) ? dice(7) - 3 : 0));
  const message = (): string => {
    const reset = yes(5) ? "|141=Y" : "";
    const next = yes(3) ? `|789=${dice(2 * session.nextOut())}` : "";
    switch (dice(12)) {
      case 0:
        return `A|98=0|108=${yes(9) ? -1 : dice(4)}${reset}${next}`;
      case 1:
        return "5|58=bye";
      case 2:
      case 3:
        return `2|7=${dice(session.nextOut() + 2)}|16=${yes(2) ? 0 : dice(session.nextOut() + 2)}`;
      case 4:
        return `4|36=${session.nextIn() + dice(6) - 1}${yes(3) ? "" : "|123=Y"}`;
      case 5:
        return yes(3) ? "1" : "1|112=hello";
      case 6:
        return `3|45=${dice(session.nextOut() + 2)}|373=1`;
      case 7:
        return `0|112=SYNC-${1 + dice(4)}`;
      case 8:
        return "0";
      default:
        return "D|11=x";
    }
  };

  const check = (step: number) => {
    reader.read((record) => fold(recovered, record));
    const { nextOut, nextIn } = recovered.sessions[0]!;
    if (nextOut !== session.nextOut() || nextIn !== session.nextIn()) {
      const live = `${session.nextOut()}/${session.nextIn()}`;
      found.push(`seed ${seed} step ${step}: journal ${nextOut}/${nextIn}, session ${live}`);
    }
    for (const sent of peer.take()) {
      const seq = Number(field(sent, 34));
      if (field(sent, 43) === "Y") continue;
      if (seq <= highest && resets-- > 0) highest = 0;
      if (seq <= highest) found.push(`seed ${seed} step ${step}: ${seq} was used twice`);
      highest = seq;
    }
    if (resets > 0) highest = 0;
    resets = 0;
  };

  for (let step = 0; step < STEPS && found.length === 0; step++) {
    if (session.state === SESSION_DOWN) {
      clock.timeNs += 2e9;
      peer.connect();
    }
    const what = dice(30);
    if (what === 0) peer.stream.end();
    else if (what === 1) peer.pass(dice(4));
    else if (what === 2 && session.isLoggedOn()) session.logout();
    else if (what < 8 && session.isLoggedOn()) peer.send(`o${step}`);
    else if (what === 8) {
      peer.say("A|98=0|108=30", session.nextIn());
    } else {
      const header = yes(4) ? `43=Y|${yes(5) ? "" : "122=20260102-09:00:00|"}` : "";
      const bytes = peer.text(message(), number(), header);
      if (yes(40)) bytes[dice(bytes.length)] = dice(256);
      peer.push(bytes);
    }
    peer.poll();
    check(step);
    if (session.state === SESSION_UP) ups++;
  }
  return found;
}

test(
  "the journal says the numbers of a session after every turn, and none is used twice",
  () => {
    const found: string[] = [];
    for (let seed = 0; seed < ROUNDS; seed++) found.push(...run(seed));
    expect(found).toEqual([]);
    expect(ups).toBeGreaterThan((ROUNDS * STEPS) / 20);
  },
  1000 * ROUNDS,
);
