import { describe, expect, test } from "bun:test";
import * as C from "../../../../src/core/codes.ts";
import { EchoApplication } from "../../../../src/fix/echo/echo-application.ts";
import { dictionaryOf, FakePeer, field, types } from "../../../support/fake-peer.ts";

const dictionary = dictionaryOf("FIX.4.4");

/** An echo that is up. */
function echo(more = {}): { peer: FakePeer; application: EchoApplication } {
  const application = new EchoApplication(() => dictionary);
  const peer = new FakePeer({ application, ...more });
  application.session = peer.session;
  peer.connect();
  peer.logon();
  peer.poll();
  peer.answerSync();
  peer.take();
  return { peer, application };
}

describe("an echo", () => {
  test("sends orders, cancels and security definitions back, and refuses the rest", () => {
    const { peer, application } = echo({ sync: false });
    peer.say("D|11=a|55=X|54=1");
    peer.say("F|11=b|41=a|55=X|54=1");
    peer.say("B|148=news");
    const out = peer.take();
    expect(types(out)).toBe("DFj");
    expect([11, 54, 55].map((tag) => field(out[0], tag))).toEqual(["a", "1", "X"]);
    expect(application.echoed).toBe(2);
  });

  test("drops a PossResend of a ClOrdID that it knows, for the length of a connection", () => {
    const { peer } = echo({ sync: false });
    peer.say("D|11=a", undefined, "97=Y|");
    peer.say("D|11=a", undefined, "97=Y|");
    peer.say("D|11=a");
    expect(types(peer.take())).toBe("DD");
    peer.reconnect().logon();
    peer.say("D|11=a", undefined, "97=Y|");
    expect(types(peer.take())).toBe("D");
  });

  test("ends a connection whose peer takes no bytes, rather than leave something out", () => {
    const { peer, application } = echo({ sync: false, backlogTimeoutNs: 1e18 });
    peer.stream.room = 0;
    let said = 0;
    while (peer.session.state === C.SESSION_UP && said < 1000) {
      peer.say(`D|11=${said}`);
      said++;
    }
    expect(peer.session.state).toBe(C.SESSION_DOWN);
    expect(application.echoed).toBe(said - 1);
  });

  test("sends back what fits the send arena, and ends the connection on what does not", () => {
    const { peer } = echo({ sync: false });
    peer.say(`D|11=a|58=${"x".repeat(3500)}`);
    expect(field(peer.take()[0], 58)).toHaveLength(3500);
    peer.say(`D|11=b|58=${"x".repeat(8000)}`);
    expect(peer.session.state).toBe(C.SESSION_DOWN);
  });
});
