/** What the header of a message must say before its number counts. */
import { describe, expect, test } from "bun:test";
import * as C from "../../../../src/core/codes.ts";
import { wrapMessage } from "../../../../src/fix/codec/text.ts";
import * as N from "../../../../src/fix/counters.ts";
import { FakePeer, field, types } from "../../../support/fake-peer.ts";
import { S } from "../../../support/fake-venue.ts";

/** The answers to one message with this header behind a session that is up, and the session. */
function said(header: string, more = {}): [string[], FakePeer] {
  const peer = new FakePeer(more).up();
  peer.push(wrapMessage(`${header}11=a|`));
  return [peer.take(), peer];
}
const reject = (messages: string[]) => [45, 371, 373].map((tag) => field(messages[0], tag));

describe("a header", () => {
  test("without a CompID or SendingTime is refused, uses its number up, and the session stays", () => {
    for (const [header, tag] of [
      ["35=D|34=3|56=ME|52=20260102-10:00:00|", "49"],
      ["35=D|34=3|49=PEER|52=20260102-10:00:00|", "56"],
      ["35=D|34=3|49=PEER|56=ME|", "52"],
    ] as const) {
      const [out, peer] = said(header);
      expect(reject(out)).toEqual(["3", tag, "1"]);
      expect(peer.session.state).toBe(C.SESSION_UP);
      expect(peer.session.nextIn()).toBe(4);
      expect(peer.application.calls).toEqual(["skipped D"]);
    }
  });

  test("with an empty CompID or SendingTime is refused as such", () => {
    expect(reject(said("35=D|34=3|49=|56=ME|52=20260102-10:00:00|")[0])).toEqual(["3", "49", "4"]);
    expect(reject(said("35=D|34=3|49=PEER|56=|52=20260102-10:00:00|")[0])).toEqual([
      "3",
      "56",
      "4",
    ]);
    expect(reject(said("35=D|34=3|49=PEER|56=ME|52=|")[0])).toEqual(["3", "52", "4"]);
  });

  test("with a CompID of somebody else, or one that only begins like ours, ends the session", () => {
    for (const [sender, target] of [
      ["OTHER", "ME"],
      ["PEER", "OTHER"],
      ["PEERX", "ME"],
      ["PEE", "ME"],
      ["ME", "PEER"],
    ]) {
      const [out, peer] = said(`35=D|34=3|49=${sender}|56=${target}|52=20260102-10:00:00|`);
      expect(types(out)).toBe("35");
      expect(reject(out)).toEqual(["3", "", "9"]);
      expect(peer.session.state).toBe(C.SESSION_LOGOUT_SENT);
      expect(peer.counters[N.FIX_WRONG_PEER]).toBe(1);
    }
  });

  test("with a SendingTime that is none is refused, and the session stays", () => {
    const [out, peer] = said("35=D|34=3|49=PEER|56=ME|52=20260102-25:00:00|");
    expect(reject(out)).toEqual(["3", "52", "6"]);
    expect(peer.session.state).toBe(C.SESSION_UP);
  });

  test("with a SendingTime further off than allowed, either side, ends the session", () => {
    for (const [time, isNear] of [
      ["20260102-09:58:00", true],
      ["20260102-09:57:59.999", false],
      ["20260102-10:02:00", true],
      ["20260102-10:02:00.001", false],
      ["20260101-10:00:00", false],
      ["19000101-00:00:00", false],
      ["99991231-23:59:59", false],
    ] as const) {
      const [out, peer] = said(`35=D|34=3|49=PEER|56=ME|52=${time}|`);
      expect([time, types(out)]).toEqual([time, isNear ? "" : "35"]);
      if (!isNear) expect(reject(out)).toEqual(["3", "", "10"]);
      expect(peer.counters[N.FIX_BAD_TIME]).toBe(isNear ? 0 : 1);
    }
  });

  test("may have any SendingTime where the tolerance is 0", () => {
    const [out] = said("35=D|34=3|49=PEER|56=ME|52=19000101-00:00:00|", {
      sendingTimeToleranceNs: 0,
    });
    expect(out).toEqual([]);
  });

  test("is timely by the wall clock, not by the clock of the session alone", () => {
    const peer = new FakePeer().up();
    peer.clock.wallOffsetNs = 300 * S;
    peer.say("0");
    expect(types(peer.take())).toBe("35");
  });
});

describe("a duplicate seen before", () => {
  const dated = (original: string) => {
    const peer = new FakePeer().up();
    peer.say("D|11=a", 1, `43=Y|${original}`);
    return [peer.take(), peer] as const;
  };

  test("is passed over when it says when it was first sent", () => {
    const [out, peer] = dated("122=20260102-09:00:00|");
    expect(out).toEqual([]);
    expect(peer.counters[N.FIX_DUPLICATES]).toBe(1);
    expect(peer.session.nextIn()).toBe(3);
  });

  test("is refused when it does not, or in no words that are a time", () => {
    expect(reject(dated("")[0])).toEqual(["1", "122", "1"]);
    expect(reject(dated("122=yesterday|")[0])).toEqual(["1", "122", "6"]);
    expect(dated("")[1].session.nextIn()).toBe(3);
  });

  test("first sent behind when it was sent again ends the session", () => {
    const [out, peer] = dated("122=20260102-10:00:01|");
    expect(types(out)).toBe("35");
    expect(reject(out)).toEqual(["1", "", "10"]);
    expect(peer.session.state).toBe(C.SESSION_LOGOUT_SENT);
  });
});

describe("MsgSeqNum", () => {
  test("that is missing, 0, negative or beyond an int ends the session", () => {
    for (const number of ["", "34=0|", "34=-1|", "34=x|", "34=99999999999|"]) {
      const [out, peer] = said(`35=D|${number}49=PEER|56=ME|52=20260102-10:00:00|`);
      expect([number, types(out)]).toEqual([number, "5"]);
      expect(peer.session.nextIn()).toBe(3);
    }
  });

  test("0 is allowed for a SequenceReset in reset mode", () => {
    const [out, peer] = said("35=4|34=0|49=PEER|56=ME|52=20260102-10:00:00|36=7|");
    expect(out).toEqual([]);
    expect(peer.session.nextIn()).toBe(7);
  });
});
