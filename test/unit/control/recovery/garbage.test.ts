/** Damaged streams of servers: nothing throws, and the engine hears of no snapshot that is not whole. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Glimpse } from "../../../../src/control/recovery/glimpse.ts";
import { Spin } from "../../../../src/control/recovery/spin.ts";
import { announce, ascii, type RunRig, runRig, SESSION } from "./kit.ts";
import {
  imageAvailable,
  loginResponse,
  message,
  spinFinished,
  spinResponse,
  unitFrame,
} from "./unit-bytes.ts";

const soup = (text: string) =>
  Uint8Array.from([text.length >> 8, text.length & 255, ...ascii(text)]);
const add = `A${" ".repeat(35)}`;

const GLIMPSE = Buffer.concat([
  soup(`A${SESSION}${"1".padStart(20)}`),
  ...Array.from({ length: 12 }, () => soup(`S${add}`)),
  soup("H"),
  soup(`SG${"120".padStart(20)}`),
]);
const order = message(0x21, "x".repeat(32));
const SPIN = Buffer.concat([
  loginResponse("A"),
  imageAvailable(119),
  spinResponse(119, 12, "A"),
  ...Array.from({ length: 4 }, () => unitFrame([order, order, order])),
  spinFinished(119),
]);

const SERVERS: [string, Buffer, () => RunRig][] = [
  [
    "GLIMPSE",
    GLIMPSE,
    () => runRig((link) => new Glimpse({ username: "u", password: "", checksSession: true }, link)),
  ],
  [
    "spin",
    SPIN,
    () =>
      runRig((link) => {
        const login = { sessionSubId: "1", username: "u", password: "" };
        return new Spin({ ...login, edition: "us-equities" }, link);
      }),
  ],
];

function play(make: () => RunRig, stream: Buffer, piece: number): RunRig {
  const r = make();
  announce(r.feed, 1, 100);
  r.later(0);
  r.now().events.onOpen();
  r.now().give(stream, piece);
  r.now().events.onClose("it closed the connection");
  r.later(1);
  return r;
}

/** Begin comes first and once, what was begun is ended or abandoned, and nothing comes behind that. */
function expectOrder(r: RunRig): string {
  const kinds = r.slices.map((s) => s.kind).join(" ");
  expect(kinds).toMatch(/^(begin( messages)*( end| abandon))?$/);
  return kinds;
}

for (const [name, stream, make] of SERVERS) {
  test(`${name}: whole, it arrives in any pieces`, () => {
    for (let piece = 1; piece < 60; piece += 7) {
      const r = play(make, stream, piece);
      expect(expectOrder(r)).toEndWith("end");
      expect(r.slices.at(-1)).toEqual({ kind: "end", sequence: 120 });
    }
  });

  test(`${name}: cut short, it is abandoned`, () => {
    for (let length = 0; length < stream.length; length++) {
      expect(expectOrder(play(make, stream.subarray(0, length), 64))).not.toEndWith("end");
    }
  });

  test(`${name}: damaged, it is abandoned or keeps its shape`, () => {
    const damage = fc.array(fc.tuple(fc.nat(stream.length - 1), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(damage, fc.integer({ min: 1, max: 200 }), (changes, piece) => {
        const damaged = Buffer.from(stream);
        for (const [at, byte] of changes) damaged[at] = byte;
        expectOrder(play(make, damaged, piece));
      }),
      { numRuns: 500 },
    );
  });
}
