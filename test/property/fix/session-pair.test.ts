/** Our initiator against our acceptor, over a pipe that cuts, garbles and delays, with kills. */
import { expect, test } from "bun:test";
import type { FixSessionOptions } from "../../../src/fix/session/options.ts";
import { diceOf, SessionPair, type Side } from "../../support/session-pair.ts";

/** Rounds per kind of pair; HAIRPIN_FUZZ multiplies them. */
const ROUNDS = 12 * Number(process.env["HAIRPIN_FUZZ"] ?? 1);
const STEPS = 600;
const TIMEOUT_MS = 1000 * ROUNDS;

type Options = Partial<FixSessionOptions>;

/** What came of the messages of one kind of pair. */
class Tally {
  sent = 0;
  handled = 0;
  lost = 0;
  uncertain = 0;
  kills = 0;

  add({ initiator: a, acceptor: b }: SessionPair): void {
    this.sent += a.sent.length + b.sent.length;
    this.handled += a.handled.length + b.handled.length;
    this.lost += a.neverReached.size + b.neverReached.size;
    this.uncertain += a.uncertain.size + b.uncertain.size;
    this.kills += a.kills + b.kills;
  }
}

/** What is wrong with the messages of one direction; empty = each was handled once, or is known lost. */
function faults(from: Side, to: Side): string[] {
  const found: string[] = [];
  const handled = new Map<string, number>();
  to.handled.forEach((id, i) => {
    if (handled.has(id)) found.push(`${id} was handled twice`);
    handled.set(id, i);
  });
  let last = -1;
  for (const [id, isSent] of from.sent) {
    const at = handled.get(id);
    if (at === undefined) {
      const isTold = from.neverReached.has(id) || from.uncertain.has(id);
      if (isSent && !isTold) found.push(`${id} is lost and nobody was told`);
      continue;
    }
    if (!isSent) found.push(`${id} was handled, its sender was told that it did not leave`);
    if (from.neverReached.has(id)) found.push(`${id} was handled and is told as never reached`);
    if (at < last) found.push(`${id} was handled out of order`);
    last = at;
  }
  return found;
}

function run(
  seed: number,
  initiator: Options,
  acceptor: Options,
  garbles: boolean,
  tally: Tally,
): string[] {
  const dice = diceOf(seed);
  const isThrottled = seed % 3 === 0;
  const pair = new SessionPair({ dice, initiator, acceptor, isThrottled });
  for (let i = 0; i < 200; i++) pair.poll();
  for (let step = 0; step < STEPS; step++) {
    const event = dice(100);
    if (event < 25) pair.initiator.say();
    else if (event < 50) pair.acceptor.say();
    else if (event === 50) pair.cut();
    else if (event === 51) pair.initiator.fuse = dice(12);
    else if (event === 52) pair.acceptor.fuse = dice(12);
    else if (event === 53 && garbles) pair.garble();
    else if (event === 55) pair.initiator.burst();
    else if (event === 56) pair.acceptor.burst();
    else if (event === 54 && initiator.heartbeatS !== 0) pair.clock.timeNs += dice(3) * 1e9;
    if (event > 20) pair.poll(1 + dice(5e6));
  }
  pair.initiator.fuse = -1;
  pair.acceptor.fuse = -1;
  const isSettled = pair.settle();
  const { initiator: a, acceptor: b } = pair;
  const found = [...faults(a, b), ...faults(b, a)];
  if (!isSettled) {
    const numbers = [a, b].map(({ session }) => `${session.nextOut()}/${session.nextIn()}`);
    found.push(
      `not in agreement: ${numbers.join(" ")}, states ${a.session.state} ${b.session.state}`,
    );
  }
  tally.add(pair);
  return found.map((fault) => `seed ${seed}: ${fault}`);
}

const KINDS: [name: string, initiator: Options, acceptor: Options][] = [
  ["gap fill", {}, {}],
  ["gap fill in chunks", { resendChunk: 3 }, { resendChunk: 2 }],
  ["NextExpectedMsgSeqNum", { nextExpected: true }, { nextExpected: true }],
  ["NextExpectedMsgSeqNum of the initiator only", { nextExpected: true }, {}],
  ["NextExpectedMsgSeqNum of the acceptor only", {}, { nextExpected: true }],
  ["replay", { resend: "replay" }, { resend: "replay" }],
  [
    "replay in chunks",
    { resend: "replay", resendChunk: 3 },
    { resend: "replay", resendChunk: 2, sync: true },
  ],
  [
    "replay and NextExpectedMsgSeqNum",
    { resend: "replay", nextExpected: true },
    { resend: "replay", nextExpected: true },
  ],
  ["nothing leaves before it is on disk", { sendDurable: "always" }, { sendDurable: "always" }],
  [
    "nothing leaves before it is on disk, and replay",
    { sendDurable: "always", resend: "replay", nextExpected: true },
    { sendDurable: "always", resend: "replay", resendChunk: 4 },
  ],
  ["little room for what comes ahead", { aheadBytes: 300 }, { aheadBytes: 0, resend: "replay" }],
  ["no heartbeats", { heartbeatS: 0 }, { heartbeatS: 0, resend: "replay" }],
];

/** Numbers that begin again lose what was under way; nothing may be handled twice, or the sides drift. */
const RESETS: [name: string, initiator: Options, acceptor: Options][] = [
  ["at each logon", { resetOnLogon: true }, { resetOnLogon: true }],
  ["at each logon, by the initiator", { resetOnLogon: true, resend: "replay" }, {}],
  [
    "at each end of a connection",
    { resetOnDisconnect: true },
    { resetOnDisconnect: true, resend: "replay" },
  ],
];

for (const [name, initiator, acceptor] of RESETS) {
  test(
    `numbers that begin again ${name} agree, and nothing is handled twice`,
    () => {
      const found: string[] = [];
      const tally = new Tally();
      for (let seed = 0; seed < ROUNDS; seed++) {
        found.push(...run(seed, initiator, acceptor, false, tally));
        found.push(...run(1000 + seed, initiator, acceptor, true, tally));
      }
      expect(found.filter((fault) => !fault.endsWith("nobody was told"))).toEqual([]);
      expect(tally.handled).toBeGreaterThan(tally.sent / 2);
    },
    TIMEOUT_MS,
  );
}

for (const [name, initiator, acceptor] of KINDS) {
  test(
    `every message is handled once and in order or known as lost: ${name}`,
    () => {
      const found: string[] = [];
      const tally = new Tally();
      for (let seed = 0; seed < ROUNDS; seed++) {
        found.push(...run(seed, initiator, acceptor, false, tally));
        found.push(...run(1000 + seed, initiator, acceptor, initiator.heartbeatS !== 0, tally));
      }
      expect(found).toEqual([]);
      // The rounds were worth it: much got through, some did not, and processes died.
      expect(tally.sent).toBeGreaterThan(50 * ROUNDS);
      expect(tally.handled).toBeGreaterThan(tally.sent / 2);
      expect(tally.lost).toBeGreaterThan(0);
      expect(tally.kills).toBeGreaterThan(ROUNDS);
    },
    TIMEOUT_MS,
  );
}
