/** The words of each version: Reject, BusinessMessageReject, ResendRequest, Logon, and their headers. */
import { describe, expect, test } from "bun:test";
import * as C from "../../../../src/core/codes.ts";
import type { FixSessionOptions } from "../../../../src/fix/session/options.ts";
import { dictionaryOf, FakePeer, field, types } from "../../../support/fake-peer.ts";

const VERSIONS = ["FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3", "FIX.4.4", "FIXT.1.1"] as const;
const dictionaries = new Map(
  VERSIONS.map((v) => [
    v,
    dictionaryOf(v === "FIX.4.0" || v === "FIX.4.1" || v === "FIX.4.3" ? "FIX.4.2" : v),
  ]),
);

function peerOf(
  version: (typeof VERSIONS)[number],
  more: Partial<FixSessionOptions> = {},
): FakePeer {
  return new FakePeer({
    beginString: version,
    dictionary: dictionaries.get(version)!,
    ...(version === "FIXT.1.1" ? { applVerId: "9" } : {}),
    ...more,
  });
}

/** Tags and values behind the header, in order. */
function bodyOf(message: string | undefined): string {
  return /\|56=PEER\|(?:11[56]=[^|]*\|)*(.*?)10=\d{3}\|$/.exec(message ?? "")?.[1] ?? "";
}

/** The Reject of a message, for a reason and a tag. */
function rejectOf(version: (typeof VERSIONS)[number], code: number, refTag: number): string {
  const validator = { validate: () => 0, refTag };
  const peer = peerOf(version, { validator }).up();
  validator.validate = () => code + 1;
  peer.say("D|11=a");
  const [reject, ...rest] = peer.take();
  expect(rest).toEqual([]);
  expect(field(reject, 35)).toBe("3");
  expect(peer.session.state).toBe(C.SESSION_UP);
  return bodyOf(reject);
}

describe("a Reject", () => {
  test("names the tag in its text before FIX 4.2", () => {
    for (const version of ["FIX.4.0", "FIX.4.1"] as const) {
      expect(rejectOf(version, 1, 40)).toBe("45=3|58=Required tag missing (40)|");
      expect(rejectOf(version, 11, -0x80000000)).toBe("45=3|58=Invalid MsgType|");
      expect(rejectOf(version, 0, -7)).toBe("45=3|58=Invalid tag number (-7)|");
    }
  });

  test("has RefTagID, RefMsgType and a reason in FIX 4.2, which knows those up to 11", () => {
    expect(rejectOf("FIX.4.2", 1, 40)).toBe("45=3|58=Required tag missing|371=40|372=D|373=1|");
    expect(rejectOf("FIX.4.2", 11, -0x80000000)).toBe("45=3|58=Invalid MsgType|372=D|373=11|");
    expect(rejectOf("FIX.4.2", 13, 40)).toBe("45=3|58=Tag appears more than once|371=40|372=D|");
  });

  test("has every reason from FIX 4.3 on", () => {
    for (const version of ["FIX.4.3", "FIX.4.4", "FIXT.1.1"] as const) {
      expect(rejectOf(version, 13, 40)).toBe(
        "45=3|58=Tag appears more than once|371=40|372=D|373=13|",
      );
    }
  });
});

describe("an application message of a type that nobody takes", () => {
  test("gets a Reject before FIX 4.2, a BusinessMessageReject since", () => {
    for (const version of VERSIONS) {
      const peer = peerOf(version);
      peer.logonBody = "98=0|108=30|1137=9";
      peer.up();
      peer.application.answer = 2;
      peer.say("B|148=x");
      const [answer, ...rest] = peer.take();
      expect(rest).toEqual([]);
      const isOld = version === "FIX.4.0" || version === "FIX.4.1";
      expect([version, field(answer, 35), bodyOf(answer)]).toEqual([
        version,
        isOld ? "3" : "j",
        isOld
          ? "45=3|58=Unsupported message type|"
          : "45=3|58=Unsupported Message Type|372=B|380=3|",
      ]);
    }
  });
});

describe("everything that is missing", () => {
  test("is asked for up to 999999 before FIX 4.2, up to 0 since", () => {
    for (const version of VERSIONS) {
      const peer = peerOf(version).up();
      peer.say("0", 9);
      const end = version === "FIX.4.0" || version === "FIX.4.1" ? "999999" : "0";
      expect([version, bodyOf(peer.take()[0])]).toEqual([version, `7=3|16=${end}|`]);
    }
  });

  test("is sent up to the last message for either end", () => {
    for (const end of ["0", "999999"]) {
      const peer = peerOf("FIX.4.1").up();
      peer.say(`2|7=1|16=${end}`);
      expect(bodyOf(peer.take()[0])).toMatch(/^122=[^|]*\|36=3\|123=Y\|$/);
    }
  });
});

describe("a Logon", () => {
  test("has ResetSeqNumFlag from FIX 4.1 on", () => {
    for (const version of VERSIONS) {
      const peer = peerOf(version, { resetOnLogon: true }).connect();
      const expected = version === "FIX.4.0" ? "" : "Y";
      expect([version, field(peer.take()[0], 141)]).toEqual([version, expected]);
    }
  });
});

describe("the header", () => {
  const tags = (message: string | undefined) =>
    [...(message ?? "").matchAll(/(?:^|\|)(\d+)=/g)].map((m) => Number(m[1]));

  test("stands in the order of its tags, whatever is put in", () => {
    const more = {
      senderSubId: "S",
      targetSubId: "T",
      headerTags: { 128: "D", 50: "x", 115: "O", 5001: "Z" },
    };
    const peer = peerOf("FIX.4.4", more).up();
    peer.say("1|112=x");
    expect(tags(peer.take()[0])).toEqual([
      8, 9, 35, 34, 49, 50, 52, 56, 57, 115, 128, 5001, 112, 10,
    ]);
    peer.say("2|7=1|16=0");
    expect(tags(peer.take()[0])).toEqual([
      8, 9, 35, 34, 43, 49, 50, 52, 56, 57, 115, 122, 128, 5001, 36, 123, 10,
    ]);
  });

  test("of an answer goes back along the route: OnBehalfOf and DeliverTo change places", () => {
    const peer = peerOf("FIX.4.4").up();
    peer.application.answer = 2;
    peer.say("B|148=x", 3, "115=A|116=B|128=C|129=D|144=E|145=F|");
    const [answer] = peer.take();
    expect([115, 116, 128, 129, 144, 145].map((tag) => field(answer, tag))).toEqual([
      "C",
      "D",
      "A",
      "B",
      "F",
      "E",
    ]);
    expect(tags(answer).slice(0, -5)).toEqual([
      8, 9, 35, 34, 49, 52, 56, 115, 116, 128, 129, 144, 145,
    ]);
  });

  test("of an answer has no route that the message did not have, nor an empty one", () => {
    const peer = peerOf("FIX.4.4").up();
    peer.application.answer = 2;
    peer.say("B|148=x", 3, "115=|");
    expect(tags(peer.take()[0])).toEqual([8, 9, 35, 34, 49, 52, 56, 45, 58, 372, 380, 10]);
  });

  test("has SendingTime in as many decimals as the session is told", () => {
    for (const [timestampDigits, text] of [
      [0, "20260102-10:00:00"],
      [3, "20260102-10:00:00.000"],
      [6, "20260102-10:00:00.000000"],
      [9, "20260102-10:00:00.000000000"],
    ] as const) {
      const peer = peerOf("FIX.4.4", { timestampDigits }).connect();
      expect(field(peer.take()[0], 52)).toBe(text);
    }
  });
});

describe("another BeginString", () => {
  test("ends the session with a Logout that says so", () => {
    for (const version of VERSIONS) {
      const peer = peerOf(version).up();
      const other = new FakePeer({ beginString: version === "FIX.4.4" ? "FIX.4.2" : "FIX.4.4" });
      peer.push(other.text("0", 3));
      const [logout] = peer.take();
      expect([version, types([logout!]), field(logout, 58)]).toEqual([
        version,
        "5",
        "Incorrect BeginString",
      ]);
      expect(peer.session.nextIn()).toBe(4);
    }
  });
});
