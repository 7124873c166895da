/** The player against a peer that says what it is told to: each small lie must be seen. */
import { expect, test } from "bun:test";
import { stepsOf } from "./definition.ts";
import { Link, Listener } from "./link.ts";
import { play, type Step } from "./player.ts";
import { SCENARIOS } from "./table.ts";
import { VERSIONS } from "./versions.ts";
import { complete, SOH, timestamp } from "./wire.ts";

const soh = (text: string) => text.replaceAll("|", SOH);
const NOW = timestamp();

/** What the peer says after the player's first message, and how it ends. */
interface Peer {
  says: string[];
  /** Keeps the connection instead of closing it. */
  stays?: boolean;
}

const LOGON = soh(`8=FIX.4.4|35=A|34=1|49=YOU|52=${NOW}|56=ME|98=0|108=30|`);
const EXPECTED: Step[] = [
  { does: "connect", client: 1 },
  { does: "send", client: 1, text: soh("8=FIX.4.4|35=A|34=1|49=ME|52=<TIME>|56=YOU|98=0|108=30|") },
  { does: "expect", client: 1, text: soh("8=FIX.4.4|35=A|34=1|49=YOU|52=*|56=ME|98=0|108=30|") },
  { does: "expect close", client: 1 },
];

/** What the player says about it, "" when it finds nothing. */
async function judged(peer: Peer, steps = EXPECTED, isDefinition = false): Promise<string> {
  const listener = Bun.listen<undefined>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket) {
        for (const text of peer.says) socket.write(Buffer.from(complete(text), "latin1"));
        if (peer.stays !== true) socket.end();
      },
    },
  });
  try {
    const open = () => Link.connect("127.0.0.1", listener.port);
    await play(steps, { open, isDefinition, timeoutMs: 200 });
    return "";
  } catch (error) {
    return (error as Error).message;
  } finally {
    listener.stop(true);
  }
}

test("a peer that does what is expected passes", async () => {
  expect(await judged({ says: [LOGON] })).toBe("");
});

const lies: [string, string, Peer][] = [
  ["a wrong value", "108=31 should be 30", { says: [LOGON.replace("108=30", "108=31")] }],
  ["a missing field", "expected 98=0", { says: [LOGON.replace(soh("98=0|"), "")] }],
  ["a field too many", "found 58=x", { says: [LOGON + soh("58=x|")] }],
  ["fields in another order", "expected 98", { says: [swapped(LOGON)] }],
  ["a wrong CheckSum", "CheckSum should be", { says: [LOGON + soh("10=000|")] }],
  ["a wrong BodyLength", "BodyLength is wrong", { says: [soh(`8=FIX.4.4|9=40|${body(LOGON)}`)] }],
  [
    "a BodyLength in the wrong place",
    "not second",
    { says: [`8=FIX.4.4${SOH}35=A${SOH}9=1${SOH}`] },
  ],
  ["no message", "the connection was closed instead", { says: [] }],
  ["half a message", "inside a message", { says: ["8=FIX"] }],
  ["something else", "not a FIX message", { says: ["HTTP/1.1 200 OK"] }],
  ["a message too many", "a message came instead of the end", { says: [LOGON, LOGON] }],
  ["no end of the connection", "nothing came within", { says: [LOGON], stays: true }],
  ["a SendingTime of yesterday", "is not now", { says: [LOGON.replace(NOW, timestamp(-86_400))] }],
  ["a SendingTime that is none", "is not a timestamp", { says: [LOGON.replace(NOW, "today")] }],
];
for (const [what, fault, peer] of lies) {
  test(`is seen: ${what}`, async () => expect(await judged(peer)).toContain(fault));
}

test("is seen: bytes after the last step", async () => {
  const steps = EXPECTED.slice(0, 3);
  expect(await judged({ says: [LOGON, "8=FIX.4.4"], stays: true }, steps)).toContain(
    "after the last",
  );
});

test("is seen: an OrigSendingTime that is not the first SendingTime", async () => {
  const text = soh("8=FIX.4.4|35=D|34=2|49=YOU|52=*|56=ME|11=x|");
  const again = soh("8=FIX.4.4|35=D|34=2|43=Y|49=YOU|52=*|56=ME|122=*|11=x|");
  const steps: Step[] = [
    ...EXPECTED.slice(0, 2),
    { does: "expect", client: 1, text },
    { does: "expect", client: 1, text: again },
  ];
  const order = text.replace("*", NOW);
  const resend = (original: string) => again.replace("*", NOW).replace("*", original);
  expect(await judged({ says: [order, resend(NOW)] }, steps)).toBe("");
  expect(await judged({ says: [order, resend(timestamp(-5))] }, steps)).toContain(
    "SendingTime of the first",
  );
  expect(await judged({ says: [order, resend(timestamp(+5))] }, steps)).toContain(
    "is after SendingTime",
  );
});

test("is seen: fractions of a second before FIX 4.2", async () => {
  const old = (text: string) => text.replace("FIX.4.4", "FIX.4.1");
  const steps = EXPECTED.map((step) => ("text" in step ? { ...step, text: old(step.text) } : step));
  expect(await judged({ says: [old(LOGON)] }, steps)).toBe("");
  const exact = old(LOGON).replace(NOW, `${NOW}.123`);
  expect(await judged({ says: [exact] }, steps)).toContain("fraction");
});

test("a definition file is read as steps, and compares BodyLength where it has one", async () => {
  const file = (length: string) =>
    [
      "# a Logon",
      "iCONNECT",
      soh("I8=FIX.4.4|35=A|34=1|49=ME|52=<TIME>|56=YOU|98=0|108=30|"),
      soh(`E8=FIX.4.4|9=${length}|35=A|34=1|49=YOU|52=00000000-00:00:00|56=ME|98=0|108=30|10=0|`),
      "eDISCONNECT",
    ].join("\n");
  const bytes = String(body(LOGON).length);
  expect(await judged({ says: [LOGON] }, stepsOf(file(bytes)), true)).toBe("");
  expect(await judged({ says: [LOGON] }, stepsOf(file("7")), true)).toContain("should be 7");
  expect(() => stepsOf("xCONNECT")).toThrow("line 1 is no step");
});

test("connections of initiators are told apart by their Logon", async () => {
  const listener = new Listener();
  try {
    const [one, two] = await Promise.all([
      Link.connect("127.0.0.1", listener.port),
      Link.connect("127.0.0.1", listener.port),
    ]);
    await one.send(complete(LOGON));
    await two.send(complete(LOGON.replace("56=ME", "56=IT")));
    expect(await (await listener.link("IT")).next(1000)).toContain("56=IT");
    expect(await (await listener.link("ME")).next(1000)).toContain("56=ME");
    expect(listener.link("ME", 50)).rejects.toThrow("no Logon for ME");
  } finally {
    listener.stop();
  }
});

test("the table has every test case of the session layer, and every version plays most of it", () => {
  const rules = new Set(SCENARIOS.map((scenario) => scenario.rule));
  const cases =
    "1a 1b 1c 1d 1e 2a 2b 2c 2d 2e 2f 2g 2i 2k 2m 2o 2q 2r 2t 3b 3c 4a 4b 6 7 8 10 11a 11b 11c " +
    "13b 14a 14b 14c 14d 14e 14f 14g 14h 14i 15 19a 19b 20 21";
  expect(cases.split(" ").filter((rule) => !rules.has(rule))).toEqual([]);
  const names = SCENARIOS.map((scenario) => `${scenario.rule} ${scenario.name}`);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  for (const version of VERSIONS) {
    const own = SCENARIOS.filter((scenario) => scenario.versions?.(version) ?? true);
    expect(own.length).toBeGreaterThan(SCENARIOS.length * 0.8);
  }
});

/** From MsgType on. */
function body(text: string): string {
  return text.slice(text.indexOf(SOH) + 1);
}

function swapped(text: string): string {
  return text.replace(soh("98=0|108=30|"), soh("108=30|98=0|"));
}
